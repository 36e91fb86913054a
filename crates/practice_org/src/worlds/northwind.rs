//! Northwind, the trader whose ERP everybody knows, as it looks once it has been loaded: customers and their contacts,
//! products with list and customer prices, orders with their lines, employees.
//!
//! Keys stand in `ERP_Id__c`, so that loading the ERP's files again finds every row.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::planter::{Planter, cells};
use crate::failure::Failure;

const CUSTOMERS: &str = include_str!("northwind/customers.csv");
const PRODUCTS: &str = include_str!("northwind/products.csv");
const ORDERS: &str = include_str!("northwind/orders.csv");
const LINES: &str = include_str!("northwind/order_details.csv");
const EMPLOYEES: &str = include_str!("northwind/employees.csv");

/// Plants all of it.
pub(super) fn plant(planter: &mut Planter<'_>) -> Result<(), Failure> {
    let book = planter.row(
        "Pricebook2",
        &cells! { "Name": "Northwind 2026", "IsActive": true, "Description": "Ten percent below list" },
    )?;
    let entries = products(planter, &book)?;
    let accounts = customers(planter)?;
    employees(planter)?;
    let orders = orders(planter, &book, &accounts)?;
    for row in rows(LINES) {
        let price = number(&row, "UnitPrice") * (1.0 - number(&row, "Discount"));
        let cells = cells! {
            "OrderId": orders.get(&row["OrderID"]),
            "PricebookEntryId": entries.get(&row["ProductID"]),
            "Quantity": number(&row, "Quantity"),
            "UnitPrice": cents(price),
        };
        planter.row("OrderItem", &cells)?;
    }
    Ok(())
}

type Row = HashMap<String, String>;

fn rows(text: &str) -> impl Iterator<Item = Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    reader
        .into_records()
        .flatten()
        .map(move |record| header.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect::<Row>())
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_default()
}

fn cents(price: f64) -> f64 {
    (price * 100.0).round() / 100.0
}

/// A text, unless there is none.
fn some<'r>(row: &'r Row, column: &str) -> Option<&'r str> {
    row.get(column).map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn products(planter: &mut Planter<'_>, book: &str) -> Result<HashMap<String, String>, Failure> {
    let mut entries = HashMap::new();
    for row in rows(PRODUCTS) {
        let id = &row["ProductID"];
        let product = planter.row(
            "Product2",
            &cells! {
                "ERP_Id__c": id, "Name": row["ProductName"], "ProductCode": format!("NW-{id:0>4}"),
                "IsActive": row["Discontinued"] == "0", "Description": some(&row, "QuantityPerUnit"),
            },
        )?;
        let price = number(&row, "UnitPrice");
        let entry = |book: &str, price: f64| -> Map<String, Json> {
            cells! { "Pricebook2Id": book, "Product2Id": product, "UnitPrice": price, "IsActive": true }
        };
        planter.row("PricebookEntry", &entry("@Pricebook2.1", price))?;
        entries.insert(id.clone(), planter.row("PricebookEntry", &entry(book, cents(price * 0.9)))?);
    }
    Ok(entries)
}

fn customers(planter: &mut Planter<'_>) -> Result<HashMap<String, String>, Failure> {
    let mut accounts = HashMap::new();
    for row in rows(CUSTOMERS) {
        let id = &row["CustomerID"];
        let cells = cells! {
            "ERP_Id__c": id, "Name": row["CompanyName"], "Type": "Customer - Direct", "Active__c": true,
            "BillingStreet": some(&row, "Address"), "BillingCity": some(&row, "City"),
            "BillingPostalCode": some(&row, "PostalCode"), "BillingCountry": some(&row, "Country"),
            "Phone": some(&row, "Phone"), "Fax": some(&row, "Fax"),
        };
        let account = planter.row("Account", &cells)?;
        let name = &row["ContactName"];
        let (first, last) = name.split_once(' ').map_or((None, name.as_str()), |(first, last)| (Some(first), last));
        let cells = cells! {
            "ERP_Id__c": format!("C-{id}"), "FirstName": first, "LastName": last.trim(), "AccountId": account,
            "Title": some(&row, "ContactTitle"), "Phone": some(&row, "Phone"),
        };
        planter.row("Contact", &cells)?;
        accounts.insert(id.clone(), account);
    }
    Ok(accounts)
}

/// The people of Northwind itself, contacts of an account of its own; whoever leads them is planted first.
fn employees(planter: &mut Planter<'_>) -> Result<(), Failure> {
    let own = planter
        .row("Account", &cells! { "Name": "Northwind Traders", "Type": "Other", "Industry": "Food & Beverage" })?;
    let mut waiting: Vec<Row> = rows(EMPLOYEES).collect();
    let mut known: HashMap<String, String> = HashMap::new();
    while !waiting.is_empty() {
        let (ready, rest): (Vec<Row>, Vec<Row>) =
            waiting.into_iter().partition(|row| some(row, "ReportsTo").is_none_or(|leader| known.contains_key(leader)));
        if ready.is_empty() {
            break;
        }
        for row in ready {
            let cells = cells! {
                "ERP_Id__c": format!("E-{}", row["EmployeeID"]), "FirstName": row["FirstName"],
                "LastName": row["LastName"], "Title": some(&row, "Title"), "Salutation": some(&row, "TitleOfCourtesy"),
                "Birthdate": some(&row, "BirthDate").map(|day| &day[..10]), "AccountId": own,
                "ReportsToId": some(&row, "ReportsTo").and_then(|leader| known.get(leader)),
            };
            let id = planter.row("Contact", &cells)?;
            known.insert(row["EmployeeID"].clone(), id);
        }
        waiting = rest;
    }
    Ok(())
}

fn orders(
    planter: &mut Planter<'_>,
    book: &str,
    accounts: &HashMap<String, String>,
) -> Result<HashMap<String, String>, Failure> {
    let mut orders = HashMap::new();
    for row in rows(ORDERS) {
        let id = &row["OrderID"];
        let cells = cells! {
            "ERP_Id__c": id, "AccountId": accounts.get(&row["CustomerID"]), "Pricebook2Id": book,
            "EffectiveDate": &row["OrderDate"][..10], "Status": "Draft", "ShippingStreet": some(&row, "ShipAddress"),
            "ShippingCity": some(&row, "ShipCity"), "ShippingCountry": some(&row, "ShipCountry"),
        };
        orders.insert(id.clone(), planter.row("Order", &cells)?);
    }
    Ok(orders)
}
