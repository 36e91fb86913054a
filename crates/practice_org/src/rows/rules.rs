//! What single objects know about themselves: derived fields, and rules between fields.

use super::Desk;
use super::changes::Change;
use super::given::Given;
use super::required;
use super::sales;
use super::value::{Cell, rounded};
use crate::failure::Failure;
use crate::schema::Object;
use crate::time;

/// Stage, probability, forecast category and its name; the last two stages are closed, the first of them won.
const STAGES: [(&str, f64, &str, &str); 10] = [
    ("Prospecting", 10.0, "Pipeline", "Pipeline"),
    ("Qualification", 10.0, "Pipeline", "Pipeline"),
    ("Needs Analysis", 20.0, "Pipeline", "Pipeline"),
    ("Value Proposition", 50.0, "Pipeline", "Pipeline"),
    ("Id. Decision Makers", 60.0, "Pipeline", "Pipeline"),
    ("Perception Analysis", 70.0, "Pipeline", "Pipeline"),
    ("Proposal/Price Quote", 75.0, "Pipeline", "Pipeline"),
    ("Negotiation/Review", 90.0, "Pipeline", "Pipeline"),
    ("Closed Won", 100.0, "Closed", "Closed"),
    ("Closed Lost", 0.0, "Omitted", "Omitted"),
];

/// Fills what the object derives, and refuses what it does not allow, before a row is created.
pub(crate) fn before_create(desk: &mut Desk<'_>, object: &Object, given: &mut Given) -> Result<(), Failure> {
    match object.name.as_str() {
        "Contact" | "Lead" | "Individual" => full_name(object, given, Vec::new()),
        "Contract" => numbered(desk, object, given, "ContractNumber"),
        "Quote" => numbered(desk, object, given, "QuoteNumber"),
        "QuoteLineItem" => numbered(desk, object, given, "LineNumber"),
        "User" => {
            full_name(object, given, Vec::new());
            let nickname = object.place("CommunityNickname");
            if given.is_blank(nickname) {
                let name = text(given, object, "Username").split('@').next().unwrap_or_default().to_owned();
                given.set(nickname, Cell::Text(name));
            }
        }
        "Opportunity" => opportunity(desk, object, given, None)?,
        "Case" => {
            let number = format!("{:08}", 1000 + desk.number(object));
            given.set(object.place("CaseNumber"), Cell::Text(number));
            closing(desk, object, given);
        }
        "Task" => {
            task(object, given, &Cell::Null);
            who_and_what(object, given)?;
        }
        "Order" => {
            if given.is_blank(object.place("AccountId")) {
                return Err(required(vec!["AccountId".into()]));
            }
            if text(given, object, "Status") == "Activated" {
                return Err(Failure::of(
                    "FAILED_ACTIVATION",
                    "Status",
                    "Choose a valid order status and save your changes. Ask your Salesforce admin for details.",
                ));
            }
            given.set(object.place("OrderNumber"), Cell::Text(format!("{:08}", 100 + desk.number(object))));
            given.set(object.place("TotalAmount"), Cell::Real(0.0));
        }
        "OrderItem" => order_item(desk, object, given)?,
        "PricebookEntry" => price(desk, object, given)?,
        _ => sales::before(desk, object, None, given)?,
    }
    Ok(())
}

/// The same before a row is changed.
pub(crate) fn before_change(desk: &mut Desk<'_>, object: &Object, id: &str, given: &mut Given) -> Result<(), Failure> {
    match object.name.as_str() {
        "Contact" | "Lead" | "Individual" | "User" => {
            let parts = [object.place("FirstName"), object.place("LastName")];
            if parts.iter().any(|part| given.get(*part).is_some()) {
                let stored = desk.read(object, id, &parts)?.unwrap_or_default();
                full_name(object, given, stored);
            }
        }
        "Opportunity" => opportunity(desk, object, given, Some(id))?,
        "Case" => closing(desk, object, given),
        "Task" => {
            let places = [object.place("Status"), object.place("Priority")];
            let kept = desk.read(object, id, &places)?.unwrap_or_default();
            task(object, given, kept.first().unwrap_or(&Cell::Null));
        }
        "Order" => {
            let status = object.place("Status");
            if let Some(Cell::Text(name)) = given.get(status).cloned() {
                given.set(object.place("StatusCode"), Cell::Text(name.clone()));
                if name == "Activated" {
                    given.set(object.place("ActivatedDate"), Cell::Integer(desk.now));
                }
            }
        }
        "OrderItem" => {
            let places = [object.place("Quantity"), object.place("UnitPrice")];
            if places.iter().any(|place| given.get(*place).is_some()) {
                let kept = desk.read(object, id, &places)?.unwrap_or_default();
                let now = |at: usize| given.get(places[at]).or(kept.get(at)).and_then(Cell::as_number).unwrap_or(0.0);
                let total = rounded(now(0) * now(1), 2);
                given.set(object.place("TotalPrice"), Cell::Real(total));
            }
        }
        _ => sales::before(desk, object, Some(id), given)?,
    }
    Ok(())
}

/// Refuses to remove what others still need.
pub(crate) fn before_remove(desk: &Desk<'_>, object: &Object, id: &str) -> Result<(), Failure> {
    if object.name != "Account" {
        return Ok(());
    }
    let numbers = |sql: &str| -> Result<Option<String>, Failure> {
        Ok(desk.conn.prepare_cached(sql)?.query_row([id], |row| row.get(0))?)
    };
    let refuse = |why: String| {
        let message = format!("Your attempt to delete the account could not be completed because {why}");
        Err(Failure::new("DELETE_FAILED", message))
    };
    let cases = numbers(
        "SELECT group_concat(\"CaseNumber\", ', ') FROM \"Case\" WHERE \"AccountId\" = ?1 AND \"IsDeleted\" = 0",
    )?;
    if let Some(cases) = cases {
        return refuse(format!("it is associated with the following cases.: {cases}"));
    }
    let won = numbers(
        "SELECT group_concat(\"Name\", ', ') FROM \"Opportunity\" WHERE \"AccountId\" = ?1 AND \"IsWon\" = 1 AND \"IsDeleted\" = 0",
    )?;
    match won {
        Some(won) => refuse(format!("some opportunities in this account were closed won.: {won}")),
        None => Ok(()),
    }
}

/// Whether rows of an object change others on their way; those and their row stand or fall together.
pub(crate) fn reach_others(object: &Object) -> bool {
    ["OrderItem", "OpportunityLineItem", "CampaignMember"].contains(&object.name.as_str())
}

/// What a written row changes elsewhere.
pub(crate) fn after_write(desk: &mut Desk<'_>, object: &Object, id: &str, _given: &Given) -> Result<(), Failure> {
    if object.name == "OrderItem" { order_total(desk, object, id) } else { sales::after(desk, object, id) }
}

fn numbered(desk: &Desk<'_>, object: &Object, given: &mut Given, field: &str) {
    given.set(object.place(field), Cell::Text(format!("{:08}", desk.number(object))));
}

/// An order's total is the sum of its items.
fn order_total(desk: &mut Desk<'_>, object: &Object, item: &str) -> Result<(), Failure> {
    let order = desk.read(object, item, &[object.place("OrderId")])?.unwrap_or_default();
    let Some(Cell::Text(order)) = order.first() else {
        return Ok(());
    };
    let sum =
        "SELECT coalesce(sum(\"TotalPrice\"), 0.0) FROM \"OrderItem\" WHERE \"OrderId\" = ?1 AND \"IsDeleted\" = 0";
    let total = desk.conn.prepare_cached(sum)?.query_row([order], |row| row.get(0))?;
    let schema = desk.schema;
    let orders = &schema.objects[known(desk, "Order")?];
    let mut given = Given::default();
    given.set(orders.place("TotalAmount"), Cell::Real(total));
    desk.stamp_system(orders, &mut given);
    desk.put(orders, order, &given, Change::Changed)
}

fn text<'g>(given: &'g Given, object: &Object, name: &str) -> &'g str {
    given.get(object.place(name)).and_then(Cell::as_text).unwrap_or_default()
}

/// `stored` holds first and last name as they are, for a row that exists.
fn full_name(object: &Object, given: &mut Given, stored: Vec<Cell>) {
    let part = |name: &str, at: usize| {
        let cell = given.get(object.place(name)).or(stored.get(at));
        cell.and_then(Cell::as_text).unwrap_or_default()
    };
    let (first, last) = (part("FirstName", 0), part("LastName", 1));
    let name = if first.is_empty() { last.to_owned() } else { format!("{first} {last}") };
    given.set(object.place("Name"), if name.is_empty() { Cell::Null } else { Cell::Text(name) });
}

fn opportunity(desk: &mut Desk<'_>, object: &Object, given: &mut Given, id: Option<&str>) -> Result<(), Failure> {
    let (stage, probability) = (object.place("StageName"), object.place("Probability"));
    let (amount, close) = (object.place("Amount"), object.place("CloseDate"));
    if let Some(Cell::Text(name)) = given.get(stage).cloned() {
        let known = STAGES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(&name));
        let (_, likely, category, category_name) = known.copied().unwrap_or(("", 0.0, "Pipeline", "Pipeline"));
        if given.is_blank(probability) {
            given.set(probability, Cell::Real(likely));
        }
        given.set(object.place("IsClosed"), Cell::flag(category == "Closed" || category == "Omitted"));
        given.set(object.place("IsWon"), Cell::flag(category == "Closed"));
        given.set(object.place("ForecastCategory"), Cell::text(category));
        if given.is_blank(object.place("ForecastCategoryName")) {
            given.set(object.place("ForecastCategoryName"), Cell::text(category_name));
        }
        given.set(object.place("LastStageChangeDate"), Cell::Integer(desk.now));
    }
    if let Some(date) = given.get(close).and_then(Cell::as_text).and_then(time::parse_date) {
        let quarter = i64::from((date.month() - 1) / 3 + 1);
        given.set(object.place("FiscalYear"), Cell::Integer(i64::from(date.year())));
        given.set(object.place("FiscalQuarter"), Cell::Integer(quarter));
        given.set(object.place("Fiscal"), Cell::Text(format!("{} {quarter}", date.year())));
    }
    if given.get(amount).is_some() || given.get(probability).is_some() {
        let kept = match id {
            Some(id) => desk.read(object, id, &[amount, probability])?.unwrap_or_default(),
            None => Vec::new(),
        };
        let number = |place: usize, at: usize| given.get(place).or(kept.get(at)).and_then(Cell::as_number);
        let expected = match (number(amount, 0), number(probability, 1)) {
            (Some(amount), Some(percent)) => Cell::Real(rounded(amount * percent / 100.0, 2)),
            _ => Cell::Null,
        };
        given.set(object.place("ExpectedRevenue"), expected);
    }
    Ok(())
}

fn closing(desk: &Desk<'_>, object: &Object, given: &mut Given) {
    let Some(status) = given.get(object.place("Status")).and_then(Cell::as_text) else {
        return;
    };
    let closed = status.eq_ignore_ascii_case("Closed");
    given.set(object.place("IsClosed"), Cell::flag(closed));
    given.set(object.place("ClosedDate"), if closed { Cell::Integer(desk.now) } else { Cell::Null });
}

fn task(object: &Object, given: &mut Given, kept_status: &Cell) {
    let status = given.get(object.place("Status")).unwrap_or(kept_status);
    let closed = status.as_text().is_some_and(|status| status.eq_ignore_ascii_case("Completed"));
    given.set(object.place("IsClosed"), Cell::flag(closed));
    if let Some(priority) = given.get(object.place("Priority")) {
        let high = priority.as_text().is_some_and(|priority| priority.eq_ignore_ascii_case("High"));
        given.set(object.place("IsHighPriority"), Cell::flag(high));
    }
}

fn who_and_what(object: &Object, given: &Given) -> Result<(), Failure> {
    if text(given, object, "WhoId").starts_with("00Q") && !given.is_blank(object.place("WhatId")) {
        return Err(Failure::of(
            "FIELD_INTEGRITY_EXCEPTION",
            "WhatId",
            "Related To ID: cannot be used when the name is a lead",
        ));
    }
    Ok(())
}

/// An entry in a price book of the org's own needs one in the standard book first; one entry a product and book.
fn price(desk: &mut Desk<'_>, object: &Object, given: &mut Given) -> Result<(), Failure> {
    let (book, product) =
        (text(given, object, "Pricebook2Id").to_owned(), text(given, object, "Product2Id").to_owned());
    if book.is_empty() || product.is_empty() {
        return Ok(());
    }
    let schema = desk.schema;
    let (books, products) = (known(desk, "Pricebook2")?, known(desk, "Product2")?);
    let standard = desk.read(&schema.objects[books], &book, &[schema.objects[books].place("IsStandard")])?;
    let entries =
        |sql: &str| -> Result<i64, Failure> { Ok(desk.conn.query_row(sql, [&product, &book], |row| row.get(0))?) };
    let same = entries(
        "SELECT count(*) FROM \"PricebookEntry\" WHERE \"Product2Id\" = ?1 AND \"Pricebook2Id\" = ?2 AND \"IsDeleted\" = 0",
    )?;
    if same > 0 {
        return Err(Failure::new("DUPLICATE_VALUE", "This price definition already exists in this price book"));
    }
    if standard.as_deref() != Some(&[Cell::Integer(1)]) {
        let priced = entries(
            "SELECT count(*) FROM \"PricebookEntry\" AS e JOIN \"Pricebook2\" AS b ON b.\"Id\" = e.\"Pricebook2Id\"
             WHERE e.\"Product2Id\" = ?1 AND b.\"IsStandard\" = 1 AND e.\"IsDeleted\" = 0 AND ?2 <> ''",
        )?;
        if priced == 0 {
            return Err(Failure::new(
                "STANDARD_PRICE_NOT_DEFINED",
                "Before creating a custom price, create a standard price.",
            ));
        }
    }
    let target = &schema.objects[products];
    let named = desk.read(target, &product, &[target.place("Name"), target.place("ProductCode")])?.unwrap_or_default();
    for (name, cell) in ["Name", "ProductCode"].into_iter().zip(named) {
        given.set(object.place(name), cell);
    }
    Ok(())
}

fn order_item(desk: &mut Desk<'_>, object: &Object, given: &mut Given) -> Result<(), Failure> {
    given.set(object.place("OrderItemNumber"), Cell::Text(format!("{:010}", desk.number(object))));
    let (order, entry) =
        (text(given, object, "OrderId").to_owned(), text(given, object, "PricebookEntryId").to_owned());
    if order.is_empty() || entry.is_empty() {
        return Ok(());
    }
    let schema = desk.schema;
    let orders = &schema.objects[known(desk, "Order")?];
    let entries = &schema.objects[known(desk, "PricebookEntry")?];
    let book = desk.read(orders, &order, &[orders.place("Pricebook2Id")])?.unwrap_or_default();
    let priced = desk
        .read(
            entries,
            &entry,
            &[entries.place("Pricebook2Id"), entries.place("Product2Id"), entries.place("UnitPrice")],
        )?
        .unwrap_or_default();
    let [entry_book, product, list_price] = priced.as_slice() else {
        return Ok(());
    };
    if book.first() != Some(entry_book) {
        return Err(Failure::of(
            "FIELD_INTEGRITY_EXCEPTION",
            "PricebookEntryId",
            "Price Book Entry ID: the price book entry is not in the price book of the order",
        ));
    }
    given.set(object.place("Product2Id"), product.clone());
    given.set(object.place("ListPrice"), list_price.clone());
    if given.is_blank(object.place("UnitPrice")) {
        given.set(object.place("UnitPrice"), list_price.clone());
    }
    let number = |name: &str| given.get(object.place(name)).and_then(Cell::as_number).unwrap_or(0.0);
    let (quantity, unit) = (number("Quantity"), number("UnitPrice"));
    given.set(object.place("TotalPrice"), Cell::Real(rounded(quantity * unit, 2)));
    given.set(object.place("AvailableQuantity"), Cell::Real(quantity));
    Ok(())
}

fn known(desk: &Desk<'_>, name: &str) -> Result<usize, Failure> {
    desk.schema
        .object(name)
        .map(|object| object.number)
        .ok_or_else(|| Failure::new("INVALID_TYPE", format!("sObject type '{name}' is not supported.")))
}
