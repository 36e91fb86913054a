//! Another org's schema, taken over from its descriptions.

use super::org::*;

/// A field's description with the keys that matter; `more` says what is special.
fn field(name: &str, kind: &str, more: Value) -> Value {
    let mut field = json!({"name": name, "type": kind, "label": name.replace('_', " "), "length": if kind == "string" { 80 } else { 0 },
        "createable": true, "updateable": true, "nillable": true, "defaultedOnCreate": false, "filterable": true, "idLookup": false,
        "unique": false, "caseSensitive": false, "externalId": false, "restrictedPicklist": false, "calculated": false,
        "autoNumber": false, "nameField": false, "precision": 0, "scale": 0, "digits": 0, "referenceTo": [], "relationshipName": null,
        "relationshipOrder": null, "picklistValues": [], "defaultValue": null, "defaultValueFormula": null, "compoundFieldName": null,
        "controllerName": null, "permissionable": true, "custom": name.ends_with("__c")});
    field.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    field
}

fn read_only() -> Value {
    json!({"createable": false, "updateable": false, "nillable": false, "defaultedOnCreate": true})
}

fn object(name: &str, prefix: Option<&str>, children: Value, record_types: Value, fields: Vec<Value>) -> Value {
    let mut all = vec![field("Id", "id", read_only()), field("IsDeleted", "boolean", read_only())];
    for name in ["CreatedDate", "LastModifiedDate", "SystemModstamp"] {
        all.push(field(name, "datetime", read_only()));
    }
    all.extend(fields);
    json!({"name": name, "label": format!("The {name}"), "labelPlural": format!("The {name}s"), "keyPrefix": prefix,
        "createable": true, "updateable": true, "deletable": true, "undeletable": true, "searchable": true, "queryable": true,
        "retrieveable": true, "replicateable": true, "layoutable": true, "triggerable": true, "customSetting": false,
        "childRelationships": children, "recordTypeInfos": record_types, "supportedScopes": [], "fields": all})
}

fn choice(value: &str, active: bool, default: bool) -> Value {
    json!({"value": value, "label": format!("{value}!"), "active": active, "defaultValue": default, "validFor": null})
}

/// An org with its own accounts, gizmos below them, a standard object that nobody has heard of, and an event.
fn described() -> (Value, Vec<Value>) {
    let reference = |to: &str, rel: &str| json!({"referenceTo": [to], "relationshipName": rel, "length": 18});
    let account = object(
        "Account",
        Some("001"),
        json!([{"childSObject": "Gizmo__c", "field": "Account__c", "relationshipName": "Gizmos__r", "cascadeDelete": true,
            "restrictedDelete": false}]),
        json!([
            {"recordTypeId": "0125e000000abcDAAQ", "name": "Partner", "developerName": "Partner", "active": true, "available": true,
                "defaultRecordTypeMapping": true, "master": false},
            {"recordTypeId": "012000000000000AAA", "name": "Master", "developerName": "Master", "active": true, "available": true,
                "defaultRecordTypeMapping": false, "master": true}
        ]),
        vec![
            field("Name", "string", json!({"length": 100, "nillable": false, "nameField": true, "label": "Firm"})),
            field(
                "Industry",
                "picklist",
                json!({"length": 255, "restrictedPicklist": true,
                "picklistValues": [choice("Tea", true, true), choice("Coffee", true, false), choice("Rum", false, false)]}),
            ),
            field("Site", "string", json!({"nillable": false})),
            field("RecordTypeId", "reference", reference("RecordType", "RecordType")),
            field("Active__c", "picklist", json!({"length": 255, "picklistValues": [choice("Yes", true, false)]})),
            field("Vat__c", "string", json!({"length": 12, "unique": true, "externalId": true, "idLookup": true})),
        ],
    );
    let gizmo = object(
        "Gizmo__c",
        Some("a07"),
        json!([]),
        json!([]),
        vec![
            field(
                "Name",
                "string",
                json!({"autoNumber": true, "nameField": true, "createable": false, "updateable": false,
                "nillable": false, "defaultedOnCreate": true}),
            ),
            field(
                "Account__c",
                "reference",
                json!({"referenceTo": ["Account"], "relationshipName": "Account__r", "length": 18,
                "relationshipOrder": 0, "nillable": false, "updateable": false}),
            ),
            field(
                "Score__c",
                "double",
                json!({"precision": 5, "scale": 1, "defaultValueFormula": "2.5", "defaultedOnCreate": true}),
            ),
            field(
                "Double__c",
                "double",
                json!({"precision": 18, "calculated": true, "calculatedFormula": "Score__c * 2",
                "createable": false, "updateable": false}),
            ),
            field("Big__c", "long", json!({})),
            field("Body__c", "base64", json!({})),
            field("Due__c", "date", json!({"defaultValueFormula": "TODAY()", "defaultedOnCreate": true})),
            field("Spot__Latitude__s", "double", json!({"precision": 8, "scale": 5, "compoundFieldName": "Spot__c"})),
            field("Spot__Longitude__s", "double", json!({"precision": 8, "scale": 5, "compoundFieldName": "Spot__c"})),
            field("Spot__c", "location", json!({"createable": false, "updateable": false})),
            field("Home__c", "address", json!({"createable": false, "updateable": false})),
            field("Bad\" name", "string", json!({})),
        ],
    );
    let device = object(
        "Device",
        Some("9dv"),
        json!([]),
        json!([]),
        vec![field("Serial", "string", json!({"nameField": true}))],
    );
    let mut history =
        object("AccountHistory", None, json!([]), json!([]), vec![field("Field", "picklist", json!({"length": 255}))]);
    history["associateEntityType"] = "History".into();
    history["associateParentEntity"] = "Account".into();
    let mut event = object(
        "Spill__e",
        Some("001"),
        json!([]),
        json!([]),
        vec![field("Litres__c", "double", json!({"precision": 6}))],
    );
    event["queryable"] = false.into();
    let describes = vec![account, gizmo, device, history, event];
    let mut list: Vec<Value> = describes.iter().map(|one| json!({"name": one["name"]})).collect();
    list.push(json!({"name": "Quote"}));
    (json!({"sobjects": list}), describes)
}

#[test]
fn another_orgs_schema_becomes_ones_own() {
    let org = small();
    let (global, describes) = described();
    let report = org.org.adopt_schema(&global, &describes).unwrap();
    assert_eq!(report.added, ["Gizmo__c", "Device", "AccountHistory", "Spill__e"]);
    assert_eq!(report.changed, ["Account"]);
    assert_eq!(report.undescribed, ["Quote"]);
    assert!(
        report.hidden.contains(&"Account.ERP_Id__c".to_owned())
            && !report.hidden.contains(&"Account.OwnerId".to_owned())
    );
    for word in [
        "Double__c: a formula",
        "Big__c: a long",
        "Body__c: fields of type base64",
        "Due__c: its default",
        "Home__c: its parts",
        "Bad\" name: not a name",
        "Active__c: was of type boolean",
        "Spill__e: the key prefix 001",
        "Gizmo__c.Name: an auto number",
    ] {
        assert!(report.remarks.iter().any(|remark| remark.contains(word)), "{word} {:#?}", report.remarks);
    }
    let account = org.json("sobjects/Account/describe");
    let names: Vec<&str> =
        account["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"Vat__c") && !names.contains(&"Phone") && !names.contains(&"ERP_Id__c"), "{names:?}");
    assert_eq!(account["label"], "The Account");
    let industry = account["fields"].as_array().unwrap().iter().find(|field| field["name"] == "Industry").unwrap();
    assert_eq!((&industry["picklistValues"][2]["active"], &industry["defaultValue"]), (&json!(false), &json!("Tea")));
    assert_eq!(account["recordTypeInfos"][0]["developerName"], "Partner");
    let create = |object: &str, row: Value| org.send("POST", &format!("sobjects/{object}"), &row);
    let (status, made) = create("Account", json!({"Name": "New", "Site": "Here", "Vat__c": "1"}));
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    let row = org.soql(&format!("SELECT Industry, RecordType.DeveloperName, Active__c FROM Account WHERE Id = '{id}'"));
    assert_eq!(row["records"][0]["Industry"], "Tea", "{row}");
    assert_eq!(row["records"][0]["RecordType"]["DeveloperName"], "Partner");
    for (row, code) in [
        (json!({"Name": "x"}), "REQUIRED_FIELD_MISSING"),
        (json!({"Name": "x", "Site": "y", "Phone": "1"}), "INVALID_FIELD"),
        (json!({"Name": "x".repeat(101), "Site": "y"}), "STRING_TOO_LONG"),
        (json!({"Name": "x", "Site": "y", "Industry": "Rum"}), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        (json!({"Name": "x", "Site": "y", "Vat__c": "1"}), "DUPLICATE_VALUE"),
    ] {
        assert_eq!(create("Account", row.clone()).1[0]["errorCode"], code, "{row}");
    }
    let (status, made) =
        create("Gizmo__c", json!({"Account__c": id, "Spot__Latitude__s": 1.5, "Spot__Longitude__s": 2.5}));
    assert_eq!(status, 201, "{made}");
    assert!(made["id"].as_str().unwrap().starts_with("a07"));
    let row = org.soql("SELECT Name, Score__c, Double__c, Due__c, Spot__c, Account__r.Name FROM Gizmo__c");
    let row = &row["records"][0];
    assert_eq!((&row["Name"], &row["Score__c"], &row["Double__c"]), (&json!("00001"), &json!(2.5), &Value::Null));
    assert_eq!((&row["Spot__c"]["longitude"], &row["Account__r"]["Name"]), (&json!(2.5), &json!("New")));
    let (status, made) = create("Device", json!({"Serial": "S1"}));
    assert_eq!(status, 201, "{made}");
    assert!(made["id"].as_str().unwrap().starts_with("9dv"));
    assert_eq!(org.json("sobjects/AccountHistory")["objectDescribe"]["associateParentEntity"], "Account");
    assert_eq!(org.send("DELETE", &format!("sobjects/Account/{id}"), &Value::Null).0, 204);
    assert_eq!(org.soql("SELECT Id FROM Gizmo__c")["totalSize"], 0, "details go with their master");
}

#[test]
fn what_was_adopted_stays_and_can_be_adopted_again() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        || Options { storage: Storage::File(folder.path().join("org.db")), seed: Seed::Small, ..Options::default() };
    let first = start_with(options());
    let (global, describes) = described();
    first.org.adopt_schema(&global, &describes).unwrap();
    let fields = first.json("sobjects/Account/describe")["fields"].clone();
    let again = first.org.adopt_schema(&global, &describes).unwrap();
    assert_eq!((again.added.len(), again.fields, again.hidden.len()), (0, 0, 0), "{again:?}");
    first.org.reset(&Seed::Demo).unwrap();
    let partner = first.soql("SELECT Id FROM RecordType WHERE DeveloperName = 'Partner'");
    assert_eq!(partner["totalSize"], 1, "record types outlive the rows");
    drop(first);
    let second = start_with(options());
    assert_eq!(second.json("sobjects/Account/describe")["fields"], fields);
    assert_eq!(second.soql("SELECT Id FROM Account LIMIT 1")["totalSize"], 1);
}

#[test]
fn objects_may_come_one_after_the_other() {
    let org = empty();
    let (_, describes) = described();
    for place in [1, 0] {
        org.org.adopt_schema(&Value::Null, &describes[place..=place]).unwrap();
    }
    let account = org.send("POST", "sobjects/Account", &json!({"Name": "New", "Site": "Here"})).1["id"].clone();
    assert_eq!(org.send("POST", "sobjects/Gizmo__c", &json!({"Account__c": account})).0, 201);
    let found = org.soql("SELECT Name, (SELECT Name FROM Gizmos__r) FROM Account");
    assert_eq!(found["records"][0]["Gizmos__r"]["totalSize"], 1, "{found}");
}

#[test]
fn nonsense_is_adopted_without_harm() {
    let org = empty();
    for (global, describe) in [
        (json!(null), json!(null)),
        (json!({"sobjects": [1, {"name": 4}]}), json!({"name": "x\"; DROP TABLE Account; --", "fields": []})),
        (json!([]), json!({"name": "Blank", "fields": [{"name": "A", "type": 7}, {"name": "B", "type": "string"}, 5]})),
        (json!({}), json!({"name": "practice_setting", "fields": []})),
        (json!({}), json!({"name": "CustomField", "fields": []})),
    ] {
        org.org.adopt_schema(&global, &[describe]).unwrap();
    }
    assert_eq!(org.send("POST", "sobjects/Account", &json!({"Name": "Still here"})).0, 201);
    assert_eq!(org.json("sobjects/Blank/describe")["fields"].as_array().unwrap().len(), 1);
}
