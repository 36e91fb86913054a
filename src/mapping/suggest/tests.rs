//! Proposals for files as people have them.

use super::*;
use crate::record::BatchBuilder;

pub(super) fn table(name: &str, header: &[&str], rows: &[&[&str]]) -> (Schema, Batch) {
    let mut head = BatchBuilder::new(1, header.len());
    for (line, row) in rows.iter().enumerate() {
        row.iter().for_each(|cell| head.cell(cell));
        head.end_row(line as u64 + 2, None);
    }
    let fields = header.iter().map(|name| Field::column(*name)).collect();
    (Schema { name: name.to_owned(), fields, ..Schema::default() }, head.finish())
}

fn field(name: &str, label: &str, kind: Kind) -> Field {
    Field { name: name.into(), label: label.into(), kind, createable: true, updateable: true, ..Field::default() }
}

pub(super) fn account() -> Schema {
    let mut fields = vec![
        Field { createable: false, updateable: false, ..field("Id", "Account ID", Kind::Id) },
        field("Name", "Account Name", Kind::Text),
        field("ParentId", "Parent Account ID", Kind::Reference),
        Field { createable: false, updateable: false, ..field("BillingAddress", "Billing Address", Kind::Compound) },
        Field { createable: false, updateable: false, ..field("CreatedDate", "Created Date", Kind::DateTime) },
        Field { external_id: true, ..field("ERP_Id__c", "ERP Id", Kind::Text) },
        field("Credit_Limit__c", "Credit limit", Kind::Number),
    ];
    for name in [
        "BillingStreet",
        "BillingCity",
        "BillingPostalCode",
        "BillingState",
        "BillingCountry",
        "ShippingCity",
        "Phone",
        "Fax",
        "Website",
        "Description",
    ] {
        fields.push(field(name, name, Kind::Text));
    }
    Schema {
        name: "Account".into(),
        label: "Account".into(),
        key_prefix: Some("001".into()),
        fields,
        ..Schema::default()
    }
}

fn objects() -> Vec<ObjectName> {
    let object = |name: &str, label: &str, plural: &str, prefix: &str| ObjectName {
        name: name.into(),
        label: label.into(),
        label_plural: plural.into(),
        key_prefix: Some(prefix.into()),
    };
    vec![
        object("Account", "Account", "Accounts", "001"),
        object("Contact", "Contact", "Contacts", "003"),
        object("Lead", "Lead", "Leads", "00Q"),
        object("Opportunity", "Opportunity", "Opportunities", "006"),
        object("Product2", "Product", "Products", "01t"),
        object("Order", "Order", "Orders", "801"),
        object("Machine__c", "Machine", "Machines", "a00"),
    ]
}

fn pairs(suggestions: &[Suggestion]) -> Vec<(&str, &str)> {
    suggestions.iter().map(|suggestion| (suggestion.column.as_str(), suggestion.target.as_str())).collect()
}

#[test]
fn northwind_customers_are_accounts() {
    let (columns, head) = table(
        "customers.csv",
        &[
            "CustomerID",
            "CompanyName",
            "ContactName",
            "ContactTitle",
            "Address",
            "City",
            "Region",
            "PostalCode",
            "Country",
            "Phone",
            "Fax",
        ],
        &[
            &["ALFKI", "Alfreds", "Maria", "Owner", "Obere Str. 57", "Berlin", "", "12209", "Germany", "030", "031"],
            &["ANATR", "Ana", "Ana", "Owner", "Avda.", "México", "", "05021", "Mexico", "(5)", "(6)"],
        ],
    );
    let guess = guess_object(&columns, &head, &objects()).unwrap();
    assert_eq!((guess.object.as_str(), guess.id_column), ("Account", None));
    assert!(guess.why.contains("customers"), "{}", guess.why);
    let suggestions = suggest(&columns, &head, &account(), |field| field.createable);
    assert_eq!(
        pairs(&suggestions),
        [
            ("CustomerID", "ERP_Id__c"),
            ("CompanyName", "Name"),
            ("Address", "BillingStreet"),
            ("City", "BillingCity"),
            ("Region", "BillingState"),
            ("PostalCode", "BillingPostalCode"),
            ("Country", "BillingCountry"),
            ("Phone", "Phone"),
            ("Fax", "Fax"),
        ]
    );
    assert_eq!(suggestions[0].why, Why::Key { unique: true });
    assert_eq!(suggestions[0].certainty, Certainty::Guess);
    assert_eq!(suggestions[7].certainty, Certainty::Certain);
    let RecordsBy::Key { column, field, .. } = guess_records(&columns, &head, &account()) else { panic!() };
    assert_eq!((column.as_str(), field.as_str()), ("CustomerID", "ERP_Id__c"));
}

#[test]
fn german_customers_are_accounts_though_a_key_is_doubled() {
    let rows: Vec<Vec<String>> = (0..30)
        .map(|i| {
            vec![
                format!("K{}", i.max(1)),
                format!("Firma {i}"),
                "Hauptstr. 1".into(),
                "Bonn".into(),
                "53111".into(),
                "Germany".into(),
                "0228".into(),
            ]
        })
        .collect();
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let (columns, head) =
        table("kunden_excel_de.csv", &["Kundennr", "Firma", "Straße", "Ort", "PLZ", "Land", "Telefon"], &rows);
    assert_eq!(guess_object(&columns, &head, &objects()).unwrap().object, "Account");
    let suggestions = suggest(&columns, &head, &account(), |field| field.createable);
    assert_eq!(suggestions.len(), 7);
    assert_eq!(suggestions[0].why, Why::Key { unique: false });
}

#[test]
fn the_likelier_reason_wins() {
    let (columns, head) = table(
        "x.csv",
        &["billing city", "ERP_ID", "City", "Account Name", "credit-limit", "Name2", "CreatedDate"],
        &[],
    );
    let suggestions = suggest(&columns, &head, &account(), |field| field.createable);
    assert_eq!(
        pairs(&suggestions),
        [
            ("billing city", "BillingCity"),
            ("ERP_ID", "ERP_Id__c"),
            ("Account Name", "Name"),
            ("credit-limit", "Credit_Limit__c"),
        ]
    );
    assert_eq!(suggestions[2].why, Why::SameLabel);
    assert_eq!(suggestions[3].why.to_string(), "Same API name without case, spaces, punctuation and __c");
}

#[test]
fn ids_decide() {
    let rows: [&[&str]; 2] =
        [&["001xx000003DGb1", "Anna", "003xx000004TmiQ"], &["001xx000003DGb1", "Bert", "003xx000004TmiR"]];
    let (columns, head) = table("accounts.csv", &["Account ID", "LastName", "Contact ID"], &rows);
    let guess = guess_object(&columns, &head, &objects()).unwrap();
    assert_eq!((guess.object.as_str(), guess.id_column.as_deref()), ("Contact", Some("Contact ID")));
    let (columns, head) = table("x.csv", &["Id", "Fax"], &[&["001xx000003DGb1", "1"]]);
    assert_eq!(guess_object(&columns, &head, &objects()).unwrap().object, "Account");
    assert!(matches!(guess_records(&columns, &head, &account()), RecordsBy::Id { column, .. } if column == "Id"));
    let updates = suggest(&columns, &head, &account(), |field| field.updateable || field.kind == Kind::Id);
    assert_eq!(pairs(&updates), [("Id", "Id"), ("Fax", "Fax")]);
    // A lookup takes record ids and nothing else.
    let (columns, head) = table("x.csv", &["parent account id"], &[&["ALFKI"]]);
    assert_eq!(suggest(&columns, &head, &account(), |_| true), []);
}

#[test]
fn a_file_says_what_it_is_by_name_or_columns() {
    for (name, header, wanted) in [
        ("Leads 2026-01.csv", &["x"][..], Some("Lead")),
        ("ExportMachines.xlsx", &["x"], Some("Machine__c")),
        ("orders.csv", &["x"], Some("Order")),
        ("products.csv", &["x"], Some("Product2")),
        ("export.csv", &["First Name", "Surname", "Company"], Some("Lead")),
        ("export.csv", &["Vorname", "Nachname", "E-Mail"], Some("Contact")),
        ("export.csv", &["Firma", "Ort"], Some("Account")),
        ("export.csv", &["a", "b"], None),
    ] {
        let (columns, head) = table(name, header, &[]);
        assert_eq!(guess_object(&columns, &head, &objects()).map(|guess| guess.object).as_deref(), wanted, "{name}");
    }
    for name in ["ERP_Id__c", "erp id", "ErpId"] {
        let (columns, head) = table("x.csv", &["Name", name], &[&["a", "1"]]);
        let guess = guess_records(&columns, &head, &account());
        assert!(matches!(&guess, RecordsBy::Key { column, .. } if column == name), "{name}: {guess:?}");
    }
    let (columns, head) = table("x.csv", &["a"], &[&["1"]]);
    assert!(matches!(guess_records(&columns, &head, &account()), RecordsBy::Nothing { .. }));
}
