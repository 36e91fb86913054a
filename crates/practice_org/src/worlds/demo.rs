//! A believable company's five hundred customers: two years of people, deals, cases, tasks and orders.
//!
//! Everything that happened lies in the two years before the org was made, so that "this quarter" always has deals in it.

use serde_json::{Map, Value as Json};

use super::planter::{Planter, cells};
use super::words::{CITIES, FAMILY, FIRMS, GIVEN, STREETS, TITLES, TRADES, legal_form};
use crate::failure::Failure;
use crate::noise::Noise;
use crate::time;

/// Accounts in all, those of the small market among them.
const ACCOUNTS: u64 = 500;
/// Those of the small market.
const SMALL: u64 = 12;
const DAY: i64 = 86_400_000;

const PRODUCTS: [(&str, &str, f64); 12] = [
    ("Conveyor Belt 3 m", "Hardware", 1890.0),
    ("Conveyor Belt 6 m", "Hardware", 3290.0),
    ("Drive Unit", "Hardware", 740.0),
    ("Sensor Kit", "Hardware", 219.0),
    ("Control Panel", "Hardware", 1150.0),
    ("Spare Roller", "Hardware", 38.5),
    ("Maintenance Visit", "None", 480.0),
    ("Training Day", "None", 950.0),
    ("Remote Monitoring, 1 year", "None", 1200.0),
    ("Elderflower Syrup 1 l", "Beverages", 8.9),
    ("Apple Vinegar 5 l", "Condiments", 24.0),
    ("Mustard Seeds 10 kg", "Condiments", 57.0),
];

const SUBJECTS: [(&str, &str); 8] = [
    ("Belt stops after an hour", "Breakdown"),
    ("Invoice does not match the order", "Other"),
    ("Sensor reports nothing", "Performance"),
    ("How do we change the speed?", "Equipment Complexity"),
    ("Delivery is late", "Other"),
    ("Part missing in the delivery", "Installation"),
    ("Panel shows error 14", "Breakdown"),
    ("Praise for the technician", "Feedback"),
];

/// Plants it on top of the small market.
pub(super) fn plant(planter: &mut Planter<'_>) -> Result<(), Failure> {
    let mut noise = Noise::new(500);
    let today = planter.now();
    let entries = products(planter)?;
    let mut taken = std::collections::HashSet::new();
    for number in SMALL + 1..=ACCOUNTS {
        let company = Company::invent(&mut noise, number, today, &mut taken);
        let account = planter.row("Account", &company.account(&mut noise))?;
        let people = people(planter, &mut noise, &company, &account)?;
        deals(planter, &mut noise, &company, &account, today)?;
        service(planter, &mut noise, &company, &account, &people, today)?;
        if number % 4 == 0 {
            order(planter, &mut noise, &company, &account, &entries, today)?;
        }
    }
    for number in 0..180 {
        lead(planter, &mut noise, number, today)?;
    }
    Ok(())
}

fn pick<'a, T>(noise: &mut Noise, list: &'a [T]) -> &'a T {
    &list[noise.below(list.len())]
}

fn digits(noise: &mut Noise, pattern: &str) -> String {
    pattern.chars().map(|sign| if sign == '#' { char::from(b'0' + noise.below(10) as u8) } else { sign }).collect()
}

fn date(millis: i64) -> String {
    time::civil(millis).date().to_string()
}

fn plain(text: &str) -> String {
    let spelt = text.to_lowercase().replace('ü', "ue").replace('ö', "oe").replace('ä', "ae").replace('ø', "o");
    let folded = spelt.chars().map(|sign| match sign {
        'á' | 'à' | 'â' => 'a',
        'é' | 'è' | 'ë' => 'e',
        'í' => 'i',
        'ó' | 'ã' => 'o',
        'ń' | 'ñ' => 'n',
        other => other,
    });
    folded.filter(char::is_ascii_alphanumeric).collect()
}

/// A company before it is a row.
struct Company {
    number: u64,
    name: String,
    industry: &'static str,
    domain: String,
    city: &'static str,
    country: &'static str,
    dial: &'static str,
    postal: String,
    street: String,
    owner: &'static str,
    since: i64,
    customer: bool,
}

impl Company {
    fn invent(noise: &mut Noise, number: u64, today: i64, taken: &mut std::collections::HashSet<String>) -> Company {
        let (city, country, dial, postal) = *pick(noise, &CITIES);
        let (firm, (trade, industry)) = loop {
            let pair = (*pick(noise, &FIRMS), *pick(noise, &TRADES));
            if taken.insert(format!("{} {}", pair.0, pair.1.0)) {
                break pair;
            }
        };
        let street = format!("{} {}", pick(noise, &STREETS), 1 + noise.below(140));
        Company {
            number,
            name: format!("{firm} {trade} {}", legal_form(country)),
            industry,
            domain: format!("{}-{}.example", plain(firm), plain(trade)),
            city,
            country,
            dial,
            postal: digits(noise, postal),
            street,
            owner: pick::<&str>(noise, &["@User.1", "@User.2", "@User.2", "@User.3", "@User.3"]),
            since: today - (60 + noise.below(670) as i64) * DAY,
            customer: noise.happens(0.6),
        }
    }

    fn phone(&self, noise: &mut Noise) -> String {
        format!("+{} {}", self.dial, digits(noise, "## ### ####"))
    }

    fn account(&self, noise: &mut Noise) -> Map<String, Json> {
        let kind = if self.customer { "Customer - Direct" } else { "Prospect" };
        let staff = 5 + noise.below(40) * noise.below(60);
        cells! {
            "Name": self.name,
            "Type": kind,
            "Industry": self.industry,
            "Rating": self.customer.then(|| *pick(noise, &["Hot", "Warm", "Warm", "Cold"])),
            "BillingStreet": self.street,
            "BillingCity": self.city,
            "BillingPostalCode": self.postal,
            "BillingCountry": self.country,
            "Phone": self.phone(noise),
            "Website": format!("https://www.{}", self.domain),
            "NumberOfEmployees": staff,
            "AnnualRevenue": (staff * (80 + noise.below(120))) as f64 * 1000.0,
            "OwnerId": self.owner,
            "ERP_Id__c": self.customer.then(|| format!("LK-D{:05}", 10_000 + self.number)),
            "Customer_Since__c": self.customer.then(|| date(self.since)),
            "Active__c": self.customer,
            "Credit_Limit__c": self.customer.then(|| (1 + noise.below(80)) as f64 * 2500.0),
            "Credit_Rating__c": self.customer.then(|| *pick(noise, &["A", "A", "B", "B", "C", "D"])),
            "AccountSource": *pick(noise, &["Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"]),
            "CreatedDate": time::rest(self.since),
        }
    }
}

fn people(
    planter: &mut Planter<'_>,
    noise: &mut Noise,
    company: &Company,
    account: &str,
) -> Result<Vec<String>, Failure> {
    let mut known: Vec<String> = Vec::new();
    for place in 0..1 + noise.below(4) {
        let (first, last) = (*pick(noise, &GIVEN), *pick(noise, &FAMILY));
        let title = if place == 0 { TITLES[noise.below(4)] } else { TITLES[noise.below(TITLES.len())] };
        let cells = cells! {
            "FirstName": first,
            "LastName": last,
            "Title": title,
            "AccountId": account,
            "ReportsToId": known.first(),
            "Email": format!("{}.{}@{}", plain(first), plain(last), company.domain),
            "Phone": company.phone(noise),
            "MobilePhone": noise.happens(0.5).then(|| company.phone(noise)),
            "MailingCity": company.city,
            "MailingCountry": company.country,
            "OwnerId": company.owner,
            "CreatedDate": time::rest(company.since + (1 + noise.below(50) as i64) * DAY),
        };
        known.push(planter.row("Contact", &cells)?);
    }
    Ok(known)
}

fn deals(
    planter: &mut Planter<'_>,
    noise: &mut Noise,
    company: &Company,
    account: &str,
    today: i64,
) -> Result<(), Failure> {
    const OPEN: [&str; 6] = [
        "Prospecting",
        "Qualification",
        "Needs Analysis",
        "Value Proposition",
        "Proposal/Price Quote",
        "Negotiation/Review",
    ];
    for _ in 0..noise.below(4) {
        let opened = company.since + noise.below(((today - company.since) / DAY).max(1) as usize) as i64 * DAY;
        let close = opened + (20 + noise.below(160) as i64) * DAY;
        let stage = match close < today {
            true if noise.happens(if company.customer { 0.6 } else { 0.1 }) => "Closed Won",
            true => "Closed Lost",
            false => *pick(noise, &OPEN),
        };
        let (what, _, price) = pick(noise, &PRODUCTS);
        let cells = cells! {
            "Name": format!("{} for {}", what, company.name),
            "AccountId": account,
            "StageName": stage,
            "CloseDate": date(close),
            "Amount": price * (1 + noise.below(60)) as f64,
            "LeadSource": *pick(noise, &["Web", "Phone Inquiry", "Partner Referral", "Other"]),
            "Type": if company.customer { "Existing Customer - Upgrade" } else { "New Customer" },
            "OwnerId": company.owner,
            "CreatedDate": time::rest(opened),
        };
        planter.row("Opportunity", &cells)?;
    }
    Ok(())
}

fn service(
    planter: &mut Planter<'_>,
    noise: &mut Noise,
    company: &Company,
    account: &str,
    people: &[String],
    today: i64,
) -> Result<(), Failure> {
    if company.customer && noise.happens(0.5) {
        let (subject, reason) = pick(noise, &SUBJECTS);
        let cells = cells! {
            "Subject": subject,
            "Reason": reason,
            "Status": *pick(noise, &["New", "Working", "Escalated", "Closed", "Closed", "Closed"]),
            "Priority": *pick(noise, &["High", "Medium", "Medium", "Low"]),
            "Origin": *pick(noise, &["Phone", "Email", "Web"]),
            "AccountId": account,
            "ContactId": people.last(),
            "OwnerId": company.owner,
            "CreatedDate": time::rest(today - noise.below(300) as i64 * DAY),
        };
        planter.row("Case", &cells)?;
    }
    if noise.happens(0.7) {
        let due = today + (noise.below(60) as i64 - 40) * DAY;
        let cells = cells! {
            "Subject": *pick(noise, &["Call", "Send quote", "Send letter", "Follow up", "Prepare visit"]),
            "Status": if due < today { "Completed" } else { "Not Started" },
            "Priority": *pick(noise, &["High", "Normal", "Normal", "Low"]),
            "ActivityDate": date(due),
            "WhatId": account,
            "WhoId": people.first(),
            "OwnerId": company.owner,
        };
        planter.row("Task", &cells)?;
    }
    Ok(())
}

/// The standard prices of the products, for orders.
fn products(planter: &mut Planter<'_>) -> Result<Vec<(String, f64)>, Failure> {
    let mut entries = Vec::new();
    for (number, (name, family, price)) in PRODUCTS.iter().enumerate() {
        let product = planter.row(
            "Product2",
            &cells! {
                "Name": name, "Family": family, "IsActive": true,
                "ProductCode": format!("D-{:03}", number + 1), "ERP_Id__c": format!("LK-D{}", number + 1),
            },
        )?;
        let entry = planter.row(
            "PricebookEntry",
            &cells! { "Pricebook2Id": "@Pricebook2.1", "Product2Id": product, "UnitPrice": price, "IsActive": true },
        )?;
        entries.push((entry, *price));
    }
    Ok(entries)
}

fn order(
    planter: &mut Planter<'_>,
    noise: &mut Noise,
    company: &Company,
    account: &str,
    entries: &[(String, f64)],
    today: i64,
) -> Result<(), Failure> {
    let day = date(today - noise.below(400) as i64 * DAY);
    let cells = cells! {
        "AccountId": account, "EffectiveDate": day, "Status": "Draft", "Pricebook2Id": "@Pricebook2.1",
        "ERP_Id__c": format!("LK-O{:05}", company.number), "OwnerId": company.owner,
    };
    let order = planter.row("Order", &cells)?;
    let first = noise.below(entries.len());
    for place in 0..1 + noise.below(4) {
        let (entry, price) = &entries[(first + place) % entries.len()];
        let cells = cells! {
            "OrderId": order, "PricebookEntryId": entry, "Quantity": (1 + noise.below(20)) as f64, "UnitPrice": price,
        };
        planter.row("OrderItem", &cells)?;
    }
    Ok(())
}

fn lead(planter: &mut Planter<'_>, noise: &mut Noise, number: usize, today: i64) -> Result<(), Failure> {
    let (first, last) = (*pick(noise, &GIVEN), *pick(noise, &FAMILY));
    let (firm, (trade, industry)) = (*pick(noise, &FIRMS), *pick(noise, &TRADES));
    let (city, country, ..) = *pick(noise, &CITIES);
    let cells = cells! {
        "FirstName": first,
        "LastName": last,
        "Company": format!("{firm} {trade} {}", number + 2),
        "Title": *pick(noise, &TITLES),
        "Industry": industry,
        "Email": format!("{}.{}{}@{}.example", plain(first), plain(last), number, plain(firm)),
        "City": city,
        "Country": country,
        "LeadSource": *pick(noise, &["Web", "Phone Inquiry", "Partner Referral", "Purchased List"]),
        "Status": *pick(noise, &["Open - Not Contacted", "Open - Not Contacted", "Working - Contacted", "Closed - Not Converted"]),
        "Rating": *pick(noise, &["Hot", "Warm", "Cold"]),
        "OwnerId": *pick(noise, &["@User.1", "@User.2", "@User.3"]),
        "CreatedDate": time::rest(today - noise.below(200) as i64 * DAY),
    };
    planter.row("Lead", &cells).map(drop)
}
