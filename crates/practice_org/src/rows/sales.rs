//! What opportunity products, campaign members and events know about themselves.

use super::Desk;
use super::changes::Change;
use super::given::Given;
use super::required;
use super::value::{Cell, rounded};
use crate::failure::Failure;
use crate::schema::Object;
use crate::time;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Fills what the object derives, and refuses what it does not allow; `id` is the row's if it exists.
pub(super) fn before(desk: &mut Desk<'_>, object: &Object, id: Option<&str>, given: &mut Given) -> Result<(), Failure> {
    match (object.name.as_str(), id) {
        ("OpportunityLineItem", None) => new_line(desk, object, given),
        ("OpportunityLineItem", Some(id)) => changed_line(desk, object, id, given),
        ("CampaignMember", None) => new_member(desk, object, given),
        ("CampaignMember", Some(_)) => {
            responded(object, given);
            Ok(())
        }
        ("Event", id) => event(desk, object, id, given),
        _ => Ok(()),
    }
}

/// What a written row changes elsewhere.
pub(super) fn after(desk: &mut Desk<'_>, object: &Object, id: &str) -> Result<(), Failure> {
    match object.name.as_str() {
        "OpportunityLineItem" => opportunity_amount(desk, object, id),
        "CampaignMember" => campaign_counts(desk, object, id),
        _ => Ok(()),
    }
}

fn refused(field: &str, message: &str) -> Failure {
    Failure::of("FIELD_INTEGRITY_EXCEPTION", field, message)
}

fn text(given: &Given, object: &Object, name: &str) -> String {
    given.get(object.place(name)).and_then(Cell::as_text).unwrap_or_default().to_owned()
}

/// Some fields of a row of another object; nothing when there is no such row.
fn row_of(desk: &mut Desk<'_>, object: &str, id: &str, names: &[&str]) -> Result<Vec<Cell>, Failure> {
    let schema = desk.schema;
    let Some(object) = schema.object(object) else {
        return Ok(Vec::new());
    };
    let places: Vec<usize> = names.iter().map(|name| object.place(name)).collect();
    Ok(desk.read(object, id, &places)?.unwrap_or_default())
}

fn new_line(desk: &mut Desk<'_>, object: &Object, given: &mut Given) -> Result<(), Failure> {
    let (opportunity, product) = (text(given, object, "OpportunityId"), text(given, object, "Product2Id"));
    let mut entry = text(given, object, "PricebookEntryId");
    if opportunity.is_empty() {
        return Ok(());
    }
    let deal = row_of(desk, "Opportunity", &opportunity, &["Name", "Pricebook2Id"])?;
    let [deal_name, book] = deal.as_slice() else {
        return Ok(());
    };
    if entry.is_empty() && !product.is_empty() {
        let sql = "SELECT max(\"Id\") FROM \"PricebookEntry\" WHERE \"Product2Id\" = ?1 AND \"Pricebook2Id\" = ?2
             AND \"IsActive\" = 1 AND \"IsDeleted\" = 0";
        let book = book.as_text().unwrap_or_default();
        let found: Option<String> = desk.conn.prepare_cached(sql)?.query_row([&*product, book], |row| row.get(0))?;
        entry = found.unwrap_or_default();
    }
    if entry.is_empty() {
        return Err(required(vec!["PricebookEntryId".into()]));
    }
    let priced =
        row_of(desk, "PricebookEntry", &entry, &["Pricebook2Id", "Product2Id", "UnitPrice", "Name", "ProductCode"])?;
    let [entry_book, product, list_price, product_name, code] = priced.as_slice() else {
        return Ok(());
    };
    if *book == Cell::Null {
        let schema = desk.schema;
        if let Some(deals) = schema.object("Opportunity") {
            let mut change = Given::default();
            change.set(deals.place("Pricebook2Id"), entry_book.clone());
            desk.stamp_system(deals, &mut change);
            desk.put(deals, &opportunity, &change, Change::Changed)?;
        }
    } else if book != entry_book {
        return Err(refused(
            "PricebookEntryId",
            "Price Book Entry ID: the price book entry is not in the price book of the opportunity",
        ));
    }
    let shown = |cell: &Cell| cell.as_text().unwrap_or_default().to_owned();
    given.set(object.place("PricebookEntryId"), Cell::Text(entry));
    given.set(object.place("Product2Id"), product.clone());
    given.set(object.place("ListPrice"), list_price.clone());
    given.set(object.place("ProductCode"), code.clone());
    given.set(object.place("Name"), Cell::Text(format!("{} {}", shown(deal_name), shown(product_name))));
    if given.is_blank(object.place("UnitPrice")) && given.is_blank(object.place("TotalPrice")) {
        given.set(object.place("UnitPrice"), list_price.clone());
    }
    settle_prices(object, given, [None, None])
}

fn changed_line(desk: &mut Desk<'_>, object: &Object, id: &str, given: &mut Given) -> Result<(), Failure> {
    let places = [object.place("Quantity"), object.place("UnitPrice"), object.place("TotalPrice")];
    if places.iter().all(|place| given.get(*place).is_none()) {
        return Ok(());
    }
    let kept = desk.read(object, id, &places[..2])?.unwrap_or_default();
    let number = |at: usize| kept.get(at).and_then(Cell::as_number);
    settle_prices(object, given, [number(0), number(1)])
}

/// Of unit price and total one is given, the other follows.
fn settle_prices(object: &Object, given: &mut Given, kept: [Option<f64>; 2]) -> Result<(), Failure> {
    let (unit, total) = (object.place("UnitPrice"), object.place("TotalPrice"));
    if !given.is_blank(unit) && !given.is_blank(total) {
        return Err(refused("TotalPrice", "unit price and total price cannot both be specified"));
    }
    let quantity = given.get(object.place("Quantity")).and_then(Cell::as_number).or(kept[0]).unwrap_or(0.0);
    match given.get(total).and_then(Cell::as_number) {
        Some(sum) if quantity != 0.0 => given.set(unit, Cell::Real(rounded(sum / quantity, 2))),
        Some(_) => {}
        None => {
            let price = given.get(unit).and_then(Cell::as_number).or(kept[1]).unwrap_or(0.0);
            given.set(total, Cell::Real(rounded(price * quantity, 2)));
        }
    }
    Ok(())
}

/// An opportunity with products is worth what they are.
fn opportunity_amount(desk: &mut Desk<'_>, object: &Object, line: &str) -> Result<(), Failure> {
    let found = desk.read(object, line, &[object.place("OpportunityId")])?.unwrap_or_default();
    let Some(id) = found.first().and_then(Cell::as_text).map(str::to_owned) else {
        return Ok(());
    };
    let sql = "SELECT count(*), coalesce(sum(\"TotalPrice\"), 0.0) FROM \"OpportunityLineItem\"
         WHERE \"OpportunityId\" = ?1 AND \"IsDeleted\" = 0";
    let (count, sum): (i64, f64) =
        desk.conn.prepare_cached(sql)?.query_row([&id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let schema = desk.schema;
    let Some(deals) = schema.object("Opportunity") else {
        return Ok(());
    };
    let likely = desk.read(deals, &id, &[deals.place("Probability")])?.unwrap_or_default();
    let mut given = Given::default();
    given.set(deals.place("HasOpportunityLineItem"), Cell::flag(count > 0));
    // The last product leaves the amount behind.
    if count > 0 {
        given.set(deals.place("Amount"), Cell::Real(sum));
        if let Some(percent) = likely.first().and_then(Cell::as_number) {
            given.set(deals.place("ExpectedRevenue"), Cell::Real(rounded(sum * percent / 100.0, 2)));
        }
    }
    desk.stamp_system(deals, &mut given);
    desk.put(deals, &id, &given, Change::Changed)
}

/// What a member shows of the person: its own field, and the lead's and the contact's.
const COPIED: [(&str, &str, &str); 16] = [
    ("Salutation", "Salutation", "Salutation"),
    ("FirstName", "FirstName", "FirstName"),
    ("LastName", "LastName", "LastName"),
    ("Name", "Name", "Name"),
    ("Title", "Title", "Title"),
    ("Street", "Street", "MailingStreet"),
    ("City", "City", "MailingCity"),
    ("State", "State", "MailingState"),
    ("PostalCode", "PostalCode", "MailingPostalCode"),
    ("Country", "Country", "MailingCountry"),
    ("Email", "Email", "Email"),
    ("Phone", "Phone", "Phone"),
    ("Fax", "Fax", "Fax"),
    ("MobilePhone", "MobilePhone", "MobilePhone"),
    ("LeadSource", "LeadSource", "LeadSource"),
    ("LeadOrContactOwnerId", "OwnerId", "OwnerId"),
];

fn new_member(desk: &mut Desk<'_>, object: &Object, given: &mut Given) -> Result<(), Failure> {
    let (lead, contact, account) =
        (text(given, object, "LeadId"), text(given, object, "ContactId"), text(given, object, "AccountId"));
    let people = [&lead, &contact, &account].iter().filter(|id| !id.is_empty()).count();
    if people != 1 {
        return Err(refused("LeadId", "A campaign member is one lead, one contact or one account."));
    }
    let campaign = text(given, object, "CampaignId");
    let (field, person) = match (lead.is_empty(), contact.is_empty()) {
        (false, _) => ("LeadId", &lead),
        (true, false) => ("ContactId", &contact),
        _ => ("AccountId", &account),
    };
    let sql = format!(
        "SELECT count(*) FROM \"CampaignMember\" WHERE \"CampaignId\" = ?1 AND \"{field}\" = ?2 AND \"IsDeleted\" = 0"
    );
    let same: i64 = desk.conn.prepare_cached(&sql)?.query_row([&campaign, person], |row| row.get(0))?;
    if same > 0 {
        return Err(Failure::new("DUPLICATE_VALUE", "Already a campaign member."));
    }
    let of = |lead: &'static str, contact: &'static str| if field == "LeadId" { lead } else { contact };
    let kind = field.trim_end_matches("Id");
    given.set(object.place("Type"), Cell::text(kind));
    responded(object, given);
    if field == "AccountId" {
        let firm = row_of(desk, "Account", person, &["Name"])?;
        given.set(object.place("CompanyOrAccount"), firm.first().cloned().unwrap_or(Cell::Null));
        return Ok(());
    }
    given.set(object.place("LeadOrContactId"), Cell::text(person.as_str()));
    let names: Vec<&str> = COPIED.iter().map(|(_, lead, contact)| of(lead, contact)).collect();
    for ((own, ..), cell) in COPIED.iter().zip(row_of(desk, kind, person, &names)?) {
        given.set(object.place(own), cell);
    }
    let firm = row_of(desk, kind, person, &[of("Company", "AccountId")])?.pop().unwrap_or(Cell::Null);
    let firm = match firm.as_text().filter(|_| field == "ContactId").map(str::to_owned) {
        Some(account) => row_of(desk, "Account", &account, &["Name"])?.pop().unwrap_or(Cell::Null),
        None => firm,
    };
    given.set(object.place("CompanyOrAccount"), firm);
    Ok(())
}

fn responded(object: &Object, given: &mut Given) {
    let Some(status) = given.get(object.place("Status")).and_then(Cell::as_text) else {
        return;
    };
    let responded = status.eq_ignore_ascii_case("Responded");
    given.set(object.place("HasResponded"), Cell::flag(responded));
    if responded {
        given.set(object.place("FirstRespondedDate"), Cell::Text(time::today().to_string()));
    }
}

fn campaign_counts(desk: &mut Desk<'_>, object: &Object, member: &str) -> Result<(), Failure> {
    let found = desk.read(object, member, &[object.place("CampaignId")])?.unwrap_or_default();
    let Some(id) = found.first().and_then(Cell::as_text).map(str::to_owned) else {
        return Ok(());
    };
    let sql =
        "SELECT count(\"LeadId\"), count(\"ContactId\"), coalesce(sum(\"HasResponded\"), 0) FROM \"CampaignMember\"
         WHERE \"CampaignId\" = ?1 AND \"IsDeleted\" = 0";
    let counts: [i64; 3] =
        desk.conn.prepare_cached(sql)?.query_row([&id], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
    let schema = desk.schema;
    let Some(campaigns) = schema.object("Campaign") else {
        return Ok(());
    };
    let mut given = Given::default();
    for (name, count) in ["NumberOfLeads", "NumberOfContacts", "NumberOfResponses"].into_iter().zip(counts) {
        given.set(campaigns.place(name), Cell::Integer(count));
    }
    desk.stamp_system(campaigns, &mut given);
    desk.put(campaigns, &id, &given, Change::Changed)
}

/// An event has a beginning and an end, however they are told.
fn event(desk: &mut Desk<'_>, object: &Object, id: Option<&str>, given: &mut Given) -> Result<(), Failure> {
    if text(given, object, "WhoId").starts_with("00Q") && !given.is_blank(object.place("WhatId")) {
        return Err(refused("WhatId", "Related To ID: cannot be used when the name is a lead"));
    }
    let [all_day, start, at, day, end, minutes] =
        ["IsAllDayEvent", "StartDateTime", "ActivityDateTime", "ActivityDate", "EndDateTime", "DurationInMinutes"]
            .map(|name| object.place(name));
    let told = [all_day, start, at, day, end, minutes].iter().any(|place| given.get(*place).is_some());
    let kept = match id {
        Some(_) if !told => return Ok(()),
        Some(id) => desk.read(object, id, &[all_day, start, minutes])?.unwrap_or_default(),
        None => Vec::new(),
    };
    let number = |place: usize| given.get(place).and_then(Cell::as_number).map(|number| number as i64);
    let kept_number = |at: usize| kept.get(at).and_then(Cell::as_number).map(|number| number as i64);
    let whole = number(all_day).or(kept_number(0)) == Some(1);
    let by_day = given.get(day).and_then(Cell::as_text).and_then(time::parse_date).map(time::start_of);
    let first = if whole { by_day.or(number(start)).or(number(at)) } else { number(start).or(number(at)).or(by_day) };
    let Some(begins) = first.or(kept_number(1)) else {
        return Err(required(vec!["StartDateTime".into()]));
    };
    let begins = if whole { begins - begins.rem_euclid(DAY) } else { begins };
    let lasts = match (number(end), number(minutes)) {
        (Some(end), Some(minutes)) if end - begins != minutes * MINUTE && !whole => {
            return Err(refused("DurationInMinutes", "the duration must be the time between the start and the end"));
        }
        (Some(end), _) => Some((end - begins) / MINUTE + if whole { 24 * 60 } else { 0 }),
        (None, Some(minutes)) => Some(minutes),
        (None, None) => kept_number(2).or(whole.then_some(24 * 60)),
    };
    let lasts = lasts.ok_or_else(|| required(vec!["EndDateTime".into()]))?;
    if lasts < 0 {
        return Err(refused("EndDateTime", "the end of an event cannot be before its start"));
    }
    // A whole day ends on that day.
    let ends = begins + lasts * MINUTE - if whole { DAY } else { 0 };
    let date = |millis: i64| Cell::Text(time::civil(millis).date().to_string());
    given.set(start, Cell::Integer(begins));
    given.set(at, Cell::Integer(begins));
    given.set(day, date(begins));
    given.set(end, Cell::Integer(ends));
    given.set(object.place("EndDate"), date(ends));
    given.set(minutes, Cell::Integer(lasts));
    Ok(())
}
