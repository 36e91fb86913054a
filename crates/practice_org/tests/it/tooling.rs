//! Objects and fields of one's own: defined, used, changed and deleted while the org runs.

use super::org::*;

const INVOICES: &str = include_str!("../fixtures/schema/invoices.json");

fn invoices(options: Options) -> Org {
    start_with(Options { schema: Some(INVOICES.into()), ..options })
}

fn field(describe: &Value, name: &str) -> Value {
    let fields = describe["fields"].as_array().unwrap();
    fields.iter().find(|field| field["name"] == name).cloned().unwrap_or_default()
}

fn tooling(org: &Org, query: &str) -> Value {
    org.with(org.http.get(org.at("tooling/query/")).query(&[("q", query)])).json().unwrap()
}

fn create(org: &Org, object: &str, row: Value) -> String {
    let (status, body) = org.send("POST", &format!("sobjects/{object}"), &row);
    assert_eq!(status, 201, "{object} {row} {body}");
    body["id"].as_str().unwrap().to_owned()
}

fn refused(org: &Org, verb: &str, path: &str, row: Value) -> String {
    let (status, body) = org.send(verb, path, &row);
    assert!((400..500).contains(&status), "{path} {row} {status} {body}");
    body[0]["errorCode"].as_str().unwrap().to_owned()
}

#[test]
fn a_schema_file_makes_objects_that_describe_like_real_ones() {
    let org = invoices(Options { seed: Seed::Empty, ..Options::default() });
    let invoice = org.json("sobjects/Invoice__c/describe");
    assert_eq!(
        (&invoice["custom"], &invoice["keyPrefix"], &invoice["labelPlural"]),
        (&json!(true), &json!("a00"), &json!("Invoices"))
    );
    for (name, expected) in [
        (
            "Name",
            json!({"autoNumber": true, "createable": false, "label": "Invoice Number", "nameField": true, "idLookup": true}),
        ),
        ("OwnerId", Value::Null),
        (
            "Account__c",
            json!({"type": "reference", "referenceTo": ["Account"], "relationshipName": "Account__r",
            "relationshipOrder": 0, "cascadeDelete": true, "nillable": false, "updateable": false}),
        ),
        (
            "Total__c",
            json!({"type": "currency", "precision": 16, "scale": 2, "nillable": false, "soapType": "xsd:double"}),
        ),
        (
            "State__c",
            json!({"type": "picklist", "restrictedPicklist": true, "defaultValue": "Draft", "defaultedOnCreate": true}),
        ),
        (
            "Number_Ext__c",
            json!({"externalId": true, "unique": true, "caseSensitive": true, "idLookup": true, "byteLength": 60}),
        ),
        ("Paid__c", json!({"type": "boolean", "defaultValue": false, "nillable": false, "defaultedOnCreate": true})),
        ("Days__c", json!({"type": "double", "precision": 3, "scale": 0, "defaultValueFormula": "30"})),
        (
            "Notes__c",
            json!({"type": "textarea", "length": 32000, "filterable": false, "extraTypeInfo": "plaintextarea"}),
        ),
        ("Tags__c", json!({"type": "multipicklist", "sortable": false})),
        ("Where__Latitude__s", json!({"type": "double", "compoundFieldName": "Where__c", "custom": true})),
        (
            "Where__c",
            json!({"type": "location", "soapType": "urn:location", "createable": false, "queryByDistance": true}),
        ),
    ] {
        let found = field(&invoice, name);
        for (key, value) in expected.as_object().into_iter().flatten() {
            assert_eq!(&found[key], value, "{name}.{key}");
        }
        assert_eq!(found.is_null(), expected.is_null(), "{name}");
    }
    let account = org.json("sobjects/Account/describe");
    let child =
        account["childRelationships"].as_array().unwrap().iter().find(|child| child["childSObject"] == "Invoice__c");
    assert_eq!(
        (&child.unwrap()["relationshipName"], &child.unwrap()["cascadeDelete"]),
        (&json!("Invoices__r"), &json!(true))
    );
    assert_eq!(field(&account, "Vat_Id__c")["unique"], true);
    let event = org.json("sobjects/Invoice_Paid__e/describe");
    assert_eq!(
        (&event["keyPrefix"], &event["queryable"], &event["createable"], &event["deletable"]),
        (&json!("e00"), &json!(false), &json!(true), &json!(false))
    );
    assert_eq!(org.soql("SELECT Id FROM Invoice_Paid__e")[0]["errorCode"], "INVALID_TYPE");
    assert_eq!(
        refused(&org, "POST", "sobjects/Invoice_Paid__e", json!({"Number__c": "1"})),
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    );
}

#[test]
fn rows_of_own_objects_keep_their_rules() {
    let org = invoices(Options { seed: Seed::Empty, ..Options::default() });
    let account = create(&org, "Account", json!({"Name": "Acme", "Vat_Id__c": "DE1"}));
    let row = json!({"Account__c": account, "Total__c": 12.345, "Number_Ext__c": "a1", "When__c": "10:20:30Z",
        "Where__Latitude__s": 52.5, "Where__Longitude__s": 13.4, "Tags__c": "Red;Blue"});
    let first = create(&org, "Invoice__c", row);
    assert!(first.starts_with("a00"));
    let read = org.json(&format!("sobjects/Invoice__c/{first}"));
    for (name, value) in [
        ("Name", json!("INV-00100")),
        ("Total__c", json!(12.35)),
        ("State__c", json!("Draft")),
        ("Days__c", json!(30.0)),
        ("Paid__c", json!(false)),
        ("When__c", json!("10:20:30.000Z")),
        ("Where__c", json!({"latitude": 52.5, "longitude": 13.4})),
    ] {
        assert_eq!(read[name], value, "{name}");
    }
    let invoice = |more: Value| {
        let mut row = json!({"Account__c": account, "Total__c": 1});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    for (row, code) in [
        (json!({"Total__c": 1}), "REQUIRED_FIELD_MISSING"),
        (json!({"Account__c": account}), "REQUIRED_FIELD_MISSING"),
        (invoice(json!({"Number_Ext__c": "a1"})), "DUPLICATE_VALUE"),
        (invoice(json!({"State__c": "Lost"})), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        (invoice(json!({"Account__c": org.who.user_id})), "FIELD_INTEGRITY_EXCEPTION"),
        (invoice(json!({"Name": "x"})), "INVALID_FIELD_FOR_INSERT_UPDATE"),
        (invoice(json!({"Total__c": "much"})), "JSON_PARSER_ERROR"),
        (invoice(json!({"Where__c": {}})), "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ] {
        assert_eq!(refused(&org, "POST", "sobjects/Invoice__c", row.clone()), code, "{row}");
    }
    let second = create(&org, "Invoice__c", invoice(json!({"Number_Ext__c": "A1"})));
    assert_eq!(
        org.json(&format!("sobjects/Invoice__c/{second}?fields=Name"))["Name"],
        "INV-00101",
        "case matters here"
    );
    let path = format!("sobjects/Invoice__c/{second}");
    assert_eq!(refused(&org, "PATCH", &path, json!({"Account__c": account})), "INVALID_FIELD_FOR_INSERT_UPDATE");
    assert_eq!(refused(&org, "POST", "sobjects/Account", json!({"Name": "B", "Vat_Id__c": "de1"})), "DUPLICATE_VALUE");
    assert_eq!(org.send("PATCH", "sobjects/Invoice__c/Number_Ext__c/a1", &json!({"Total__c": 2})).0, 200);
    let found = org.soql("SELECT Name, (SELECT Name FROM Invoices__r ORDER BY Name) FROM Account");
    assert_eq!(found["records"][0]["Invoices__r"]["totalSize"], 2, "{found}");
    assert_eq!(org.soql("SELECT Account__r.Name FROM Invoice__c LIMIT 1")["records"][0]["Account__r"]["Name"], "Acme");
    let (_, job) = org.load(
        json!({"object": "Invoice__c", "operation": "upsert", "externalIdFieldName": "Number_Ext__c"}),
        "Number_Ext__c,Total__c\na1,3\nA1,4\nA1,5\n",
    );
    assert_eq!(job["numberRecordsFailed"], 2, "the two that are the same to the letter: {job}");
    let both = |key: &str| json!({"attributes": {"type": "Invoice__c"}, "Number_Ext__c": key, "Total__c": 6});
    let rows = json!({"records": [both("a1"), both("A1")]});
    let (_, saved) = org.send("PATCH", "composite/sobjects/Invoice__c/Number_Ext__c", &rows);
    assert_eq!((&saved[0]["success"], &saved[1]["success"]), (&json!(true), &json!(true)), "{saved}");
    let line = create(&org, "Line__c", json!({"Invoice__c": first}));
    assert_eq!(org.json(&format!("sobjects/Line__c/{line}"))["Name"], line[..15], "called by its id");
    assert_eq!(refused(&org, "DELETE", &format!("sobjects/Invoice__c/{first}"), Value::Null), "DELETE_FAILED");
    assert_eq!(org.send("DELETE", &format!("sobjects/Line__c/{line}"), &Value::Null).0, 204);
    assert_eq!(org.send("DELETE", &format!("sobjects/Account/{account}"), &Value::Null).0, 204);
    assert_eq!(org.soql("SELECT Id FROM Invoice__c")["totalSize"], 0, "details go with their master");
    let (_, job) = org.load(json!({"object": "Line__c", "operation": "insert"}), "Name\nOne\nTwo\n");
    assert_eq!(job["numberRecordsProcessed"], 2, "{job}");
}

#[test]
fn fields_come_and_go_over_the_tooling_api() {
    let org = small();
    let tag = org.get("sobjects/Account/describe").headers()["etag"].clone();
    let new = json!({"FullName": "Account.Region__c", "Metadata": {"label": "Region", "type": "Text", "length": 20}});
    let (status, made) = org.send("POST", "tooling/sobjects/CustomField", &new);
    assert_eq!((status, &made["success"]), (201, &json!(true)), "{made}");
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("00N"));
    let again = org.with(org.http.get(org.at("sobjects/Account/describe")).header("If-None-Match", &tag));
    assert_eq!(again.status(), 200, "the description has changed");
    assert_eq!(org.send("PATCH", "sobjects/Account/001Lk0000000001", &json!({"Region__c": "North"})).0, 204);
    let path = format!("tooling/sobjects/CustomField/{id}");
    let read = org.json(&path);
    assert_eq!((&read["DeveloperName"], &read["TableEnumOrId"]), (&json!("Region"), &json!("Account")));
    assert_eq!((&read["Metadata"]["type"], &read["Metadata"]["length"]), (&json!("Text"), &json!(20)));
    let mut metadata = read["Metadata"].clone();
    metadata["externalId"] = true.into();
    metadata["unique"] = true.into();
    metadata["length"] = 40.into();
    assert_eq!(org.send("PATCH", &path, &json!({"Metadata": metadata})).0, 204);
    assert_eq!(org.get("sobjects/Account/Region__c/north").status(), 200, "unique without case");
    assert_eq!(
        refused(&org, "PATCH", "sobjects/Account/001Lk0000000002", json!({"Region__c": "NORTH"})),
        "DUPLICATE_VALUE"
    );
    metadata["caseSensitive"] = true.into();
    assert_eq!(org.send("PATCH", &path, &json!({"Metadata": metadata})).0, 204);
    assert_eq!(org.get("sobjects/Account/Region__c/north").status(), 404, "and now with case");
    assert_eq!(org.send("PATCH", "sobjects/Account/001Lk0000000002", &json!({"Region__c": "NORTH"})).0, 204);
    metadata["caseSensitive"] = false.into();
    assert_eq!(refused(&org, "PATCH", &path, json!({"Metadata": metadata})), "FIELD_INTEGRITY_EXCEPTION");
    assert_eq!(org.send("DELETE", &path, &Value::Null).0, 204);
    assert_eq!(org.get(&path).status(), 404);
    assert_eq!(org.soql("SELECT Region__c FROM Account")[0]["errorCode"], "INVALID_FIELD");
    assert_eq!(org.send("POST", "tooling/sobjects/CustomField", &new).0, 201, "the name is free again");
    assert_eq!(
        org.soql("SELECT Region__c FROM Account WHERE Region__c != null")["totalSize"],
        0,
        "and the values are gone"
    );
}

#[test]
fn what_cannot_be_is_refused_with_a_code() {
    let org = small();
    let field = |name: &str, metadata: Value| json!({"FullName": name, "Metadata": metadata});
    let text = json!({"label": "X", "type": "Text", "length": 20});
    for (body, code) in [
        (json!({"Metadata": text}), "REQUIRED_FIELD_MISSING"),
        (json!({"FullName": "Account.X__c"}), "REQUIRED_FIELD_MISSING"),
        (field("Account.ERP_Id__c", text.clone()), "DUPLICATE_DEVELOPER_NAME"),
        (field("Account.1X__c", text.clone()), "FIELD_INTEGRITY_EXCEPTION"),
        (field("Account.X_Y", text.clone()), "FIELD_INTEGRITY_EXCEPTION"),
        (field("Nothing__c.X__c", text.clone()), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        (field("Account.X__c", json!({"type": "Text", "length": 20})), "REQUIRED_FIELD_MISSING"),
        (field("Account.X__c", json!({"label": "X", "type": "Text"})), "FIELD_INTEGRITY_EXCEPTION"),
        (field("Account.X__c", json!({"label": "X", "type": "Text", "length": 999})), "FIELD_INTEGRITY_EXCEPTION"),
        (
            field("Account.X__c", json!({"label": "X", "type": "Number", "precision": 19, "scale": 0})),
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (field("Account.X__c", json!({"label": "X", "type": "Magic"})), "FIELD_INTEGRITY_EXCEPTION"),
        (field("Account.X__c", json!({"label": "X", "type": "Text", "lenght": 4})), "JSON_PARSER_ERROR"),
        (
            field("Account.X__c", json!({"label": "X", "type": "Lookup", "referenceTo": "Nothing__c"})),
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (
            field(
                "Account.X__c",
                json!({"label": "X", "type": "MasterDetail", "referenceTo": "Contact", "relationshipName": "Xs"}),
            ),
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (
            field("Account.X__c", json!({"label": "X", "type": "Text", "length": 20, "formula": "1+1"})),
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (
            field("Account.X__c", json!({"label": "X", "type": "Text", "length": 20, "required": true})),
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (field("CustomField.X__c", text.clone()), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    ] {
        assert_eq!(refused(&org, "POST", "tooling/sobjects/CustomField", body.clone()), code, "{body}");
    }
    assert_eq!(
        refused(&org, "POST", "tooling/sobjects/CustomObject", json!({"FullName": "A__c", "Metadata": {"label": "A"}})),
        "REQUIRED_FIELD_MISSING"
    );
    for (json, word) in [
        ("{", "line 1"),
        (r#"{"objects": [{"name": "Account", "fields": [{"name": "X__c", "type": "Text"}]}]}"#, "Account.X__c"),
        (r#"{"objects": [{"name": "Account", "fields": [{"nam": "X__c"}]}]}"#, "Account, fields[0]"),
        (r#"{"objects": [{"name": "Nothing"}]}"#, "Nothing"),
        (r#"{"objects": [{"name": "FieldDefinition"}]}"#, "FieldDefinition"),
    ] {
        let error = org.org.add_schema(json).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
    assert!(
        org.json("sobjects/Account/describe")["fields"].as_array().unwrap().iter().all(|field| field["name"] != "X__c")
    );
}

#[test]
fn soql_answers_questions_about_the_schema() {
    let org = invoices(Options { seed: Seed::Empty, ..Options::default() });
    let found = org.soql(
        "SELECT QualifiedApiName, Label, IsDeprecatedAndHidden, KeyPrefix, DeveloperName, DurableId FROM EntityDefinition \
         WHERE QualifiedApiName IN ('Account', 'Invoice__c') ORDER BY QualifiedApiName",
    );
    let rows = found["records"].as_array().unwrap();
    assert_eq!(rows[0]["attributes"]["url"], "/services/data/v67.0/sobjects/EntityDefinition/Account");
    assert_eq!((&rows[0]["DurableId"], &rows[0]["IsDeprecatedAndHidden"]), (&json!("Account"), &json!(false)));
    assert_eq!((&rows[1]["KeyPrefix"], &rows[1]["DeveloperName"]), (&json!("a00"), &json!("Invoice")));
    assert!(rows[1]["DurableId"].as_str().unwrap().starts_with("01I"));
    let fields = org.soql(
        "SELECT QualifiedApiName, DataType, EntityDefinition.QualifiedApiName FROM FieldDefinition \
         WHERE EntityDefinition.QualifiedApiName = 'Invoice__c' AND QualifiedApiName IN ('Account__c', 'Total__c') ORDER BY QualifiedApiName",
    );
    assert_eq!(fields["records"][0]["DataType"], "Master-Detail(Account)", "{fields}");
    assert_eq!(fields["records"][1]["DataType"], "Currency(14, 2)");
    assert_eq!(fields["records"][1]["EntityDefinition"]["QualifiedApiName"], "Invoice__c");
    let tooling = |query: &str| tooling(&org, query);
    let one = tooling(
        "SELECT Id, DeveloperName, Metadata, FullName FROM CustomField WHERE TableEnumOrId = 'Account' AND DeveloperName = 'Vat_Id'",
    );
    assert_eq!((&one["size"], &one["entityTypeName"]), (&json!(1), &json!("CustomField")), "{one}");
    assert_eq!(one["records"][0]["FullName"], "Account.Vat_Id__c");
    assert_eq!(one["records"][0]["Metadata"]["unique"], true);
    assert!(one["records"][0]["attributes"]["url"].as_str().unwrap().contains("/tooling/sobjects/CustomField/00N"));
    assert_eq!(tooling("SELECT Id, Metadata FROM CustomField")[0]["errorCode"], "MALFORMED_QUERY");
    assert!(tooling("SELECT COUNT() FROM CustomField")["totalSize"].as_u64().unwrap() > 10);
    assert_eq!(tooling("SELECT DeveloperName FROM CustomObject ORDER BY DeveloperName")["totalSize"], 3);
    assert_eq!(tooling("SELECT Id FROM Account")[0]["errorCode"], "INVALID_TYPE");
    assert_eq!(org.soql("SELECT Id FROM CustomField")[0]["errorCode"], "INVALID_TYPE");
    let global = org.json("tooling/sobjects");
    assert!(global["sobjects"].as_array().unwrap().iter().any(|object| object["name"] == "CustomField"));
    let describe = org.json("tooling/sobjects/CustomField/describe");
    assert!(describe["urls"]["sobject"].as_str().unwrap().ends_with("/tooling/sobjects/CustomField"));
}

#[test]
fn an_object_lives_and_dies_over_the_tooling_api() {
    let org = small();
    let new = json!({"FullName": "Plan__c", "Metadata": {"label": "Plan", "pluralLabel": "Plans", "deploymentStatus": "Deployed",
        "sharingModel": "ReadWrite", "enableActivities": true, "nameField": {"type": "Text", "label": "Plan Name"}}});
    let (status, made) = org.send("POST", "tooling/sobjects/CustomObject", &new);
    assert_eq!(status, 201, "{made}");
    let path = format!("tooling/sobjects/CustomObject/{}", made["id"].as_str().unwrap());
    let plan = create(&org, "Plan__c", json!({"Name": "One"}));
    let task = create(&org, "Task", json!({"Subject": "Do", "WhatId": plan}));
    let found = org.soql(&format!("SELECT What.Name, What.Type FROM Task WHERE Id = '{task}'"));
    assert_eq!(found["records"][0]["What"]["Name"], "One");
    let lookup = json!({"FullName": "Account.Plan__c", "Metadata": {"label": "Plan", "type": "Lookup", "referenceTo": "Plan__c",
        "relationshipName": "Accounts"}});
    let (_, field) = org.send("POST", "tooling/sobjects/CustomField", &lookup);
    assert_eq!(refused(&org, "DELETE", &path, Value::Null), "DEPENDENCY_EXISTS");
    let field = format!("tooling/sobjects/CustomField/{}", field["id"].as_str().unwrap());
    assert_eq!(org.send("DELETE", &field, &Value::Null).0, 204);
    assert_eq!(org.send("PATCH", &path, &json!({"Metadata": {"label": "Scheme", "pluralLabel": "Schemes"}})).0, 204);
    assert_eq!(org.json("sobjects/Plan__c/describe")["label"], "Scheme");
    assert_eq!(org.send("DELETE", &path, &Value::Null).0, 204);
    assert_eq!(org.get("sobjects/Plan__c/describe").status(), 404);
    assert_eq!(org.send("POST", "tooling/sobjects/CustomObject", &new).0, 201);
    assert_eq!(org.soql("SELECT Id FROM Plan__c")["totalSize"], 0);
    create(&org, "Plan__c", json!({"Name": "Two"}));
}

#[test]
fn picklists_may_depend_on_others() {
    let org = small();
    let set = |values: Value| json!({"valueSetDefinition": {"sorted": false, "value": values}});
    let value = |name: &str| json!({"fullName": name, "label": name, "default": false});
    let mut cities = set(json!([value("Oslo"), value("Bergen"), value("Rome")]));
    cities["restricted"] = true.into();
    cities["controllingField"] = "Land__c".into();
    cities["valueSettings"] = json!([
        {"controllingFieldValue": ["Norway"], "valueName": "Oslo"},
        {"controllingFieldValue": ["Norway"], "valueName": "Bergen"},
        {"controllingFieldValue": ["Italy"], "valueName": "Rome"}
    ]);
    let new = |name: &str, set: &Value| json!({"FullName": format!("Account.{name}__c"), "Metadata": {"label": name, "type": "Picklist", "valueSet": set}});
    assert_eq!(
        refused(&org, "POST", "tooling/sobjects/CustomField", new("City", &cities)),
        "FIELD_INTEGRITY_EXCEPTION"
    );
    let lands = set(json!([value("Norway"), value("Italy")]));
    assert_eq!(org.send("POST", "tooling/sobjects/CustomField", &new("Land", &lands)).0, 201);
    let (status, made) = org.send("POST", "tooling/sobjects/CustomField", &new("City", &cities));
    assert_eq!(status, 201, "{made}");
    let city = field(&org.json("sobjects/Account/describe"), "City__c");
    assert_eq!((&city["controllerName"], &city["dependentPicklist"]), (&json!("Land__c"), &json!(true)));
    let valid: Vec<&str> =
        city["picklistValues"].as_array().unwrap().iter().map(|one| one["validFor"].as_str().unwrap()).collect();
    assert_eq!(valid, ["gA==", "gA==", "QA=="], "the first value is the highest bit");
    let path = format!("tooling/sobjects/CustomField/{}", made["id"].as_str().unwrap());
    let metadata = org.json(&path)["Metadata"].clone();
    assert_eq!(metadata["valueSet"]["valueSettings"].as_array().unwrap().len(), 3);
    assert_eq!(org.send("PATCH", &path, &json!({"Metadata": metadata})).0, 204, "what was given out is taken back");
    assert_eq!(field(&org.json("sobjects/Account/describe"), "City__c"), city);
}

#[test]
fn a_location_changes_with_both_its_parts() {
    let org = empty();
    let spot = |scale: u32| json!({"objects": [{"name": "Account", "fields": [{"name": "Spot__c", "label": "Spot", "type": "Location", "scale": scale}]}]});
    org.org.add_schema(&spot(2).to_string()).unwrap();
    let id = create(&org, "Account", json!({"Name": "A", "Spot__Latitude__s": 1.23456, "Spot__Longitude__s": 2}));
    org.org.add_schema(&spot(4).to_string()).unwrap();
    assert_eq!(field(&org.json("sobjects/Account/describe"), "Spot__Longitude__s")["scale"], 4);
    let path = format!("sobjects/Account/{id}");
    assert_eq!(org.json(&path)["Spot__c"], json!({"latitude": 1.23, "longitude": 2.0}));
    assert_eq!(org.send("PATCH", &path, &json!({"Spot__Latitude__s": 1.23456})).0, 204);
    assert_eq!(org.json(&path)["Spot__Latitude__s"], 1.2346);
    let found = tooling(&org, "SELECT Id FROM CustomField WHERE DeveloperName = 'Spot'");
    let id = found["records"][0]["Id"].as_str().unwrap();
    assert_eq!(org.send("DELETE", &format!("tooling/sobjects/CustomField/{id}"), &Value::Null).0, 204);
    assert_eq!(field(&org.json("sobjects/Account/describe"), "Spot__Latitude__s"), Value::Null);
}

#[test]
fn definitions_have_no_second_page() {
    let org = empty();
    let mut fields = Vec::new();
    for number in 0..40 {
        fields.push(json!({"name": format!("F{number}__c"), "label": "F", "type": "Text", "length": 9}));
    }
    let objects: Vec<Value> = (0..26)
        .map(|number| json!({"name": format!("O{number}__c"), "label": "O", "pluralLabel": "Os", "fields": fields}))
        .collect();
    org.org.add_schema(&json!({"objects": objects}).to_string()).unwrap();
    assert_eq!(org.soql("SELECT QualifiedApiName FROM FieldDefinition")[0]["errorCode"], "EXCEEDED_ID_LIMIT");
    assert_eq!(org.soql("SELECT QualifiedApiName FROM FieldDefinition LIMIT 2000")["totalSize"], 2000);
    assert_eq!(tooling(&org, "SELECT Id FROM FieldDefinition")[0]["errorCode"], "EXCEEDED_ID_LIMIT");
    let many = (0..800)
        .map(|number| json!({"name": format!("G{number}__c"), "label": "G", "type": "Date"}))
        .collect::<Vec<_>>();
    let error = org.org.add_schema(&json!({"objects": [{"name": "O1__c", "fields": many}]}).to_string()).unwrap_err();
    assert_eq!(error.code, "LIMIT_EXCEEDED");
}

#[test]
fn a_file_keeps_its_own_objects() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        || Options { storage: Storage::File(folder.path().join("org.db")), seed: Seed::Empty, ..Options::default() };
    let first = invoices(options());
    let account = create(&first, "Account", json!({"Name": "Acme"}));
    create(&first, "Invoice__c", json!({"Account__c": account, "Total__c": 1}));
    let (_, made) = first.send(
        "POST",
        "tooling/sobjects/CustomField",
        &json!({"FullName": "Account.Gone__c",
        "Metadata": {"label": "Gone", "type": "Checkbox", "defaultValue": "true"}}),
    );
    assert_eq!(first.soql("SELECT Id FROM Account WHERE Gone__c = true")["totalSize"], 1, "rows get the default");
    let tag = first.get("sobjects/Account/describe").headers()["etag"].clone();
    first.send("DELETE", &format!("tooling/sobjects/CustomField/{}", made["id"].as_str().unwrap()), &Value::Null);
    let described = first.json("sobjects/Invoice__c/describe");
    drop(first);
    let second = start_with(options());
    let mut again = second.json("sobjects/Invoice__c/describe");
    for name in ["uiDetailTemplate", "uiEditTemplate", "uiNewRecord"] {
        again["urls"][name] = described["urls"][name].clone();
    }
    assert_eq!(again, described);
    assert_ne!(second.get("sobjects/Account/describe").headers()["etag"], tag);
    assert_eq!(second.soql("SELECT Gone__c FROM Account")[0]["errorCode"], "INVALID_FIELD");
    let next = create(&second, "Invoice__c", json!({"Account__c": account, "Total__c": 1}));
    assert_eq!(second.json(&format!("sobjects/Invoice__c/{next}"))["Name"], "INV-00101");
    drop(second);
    assert_eq!(
        invoices(options()).json("sobjects/Invoice__c/describe")["fields"],
        described["fields"],
        "the same file again"
    );
}

#[test]
fn a_copy_brings_its_schema_back() {
    let org = invoices(Options { seed: Seed::Empty, ..Options::default() });
    let account = create(&org, "Account", json!({"Name": "Acme"}));
    create(&org, "Invoice__c", json!({"Account__c": account, "Total__c": 1}));
    org.org.snapshot("before").unwrap();
    org.org
        .add_schema(
            r#"{"objects": [{"name": "Account", "fields": [{"name": "Later__c", "label": "Later", "type": "Date"}]}]}"#,
        )
        .unwrap();
    let plan = json!({"FullName": "Plan__c", "Metadata": {"label": "Plan", "pluralLabel": "Plans"}});
    assert_eq!(org.send("POST", "tooling/sobjects/CustomObject", &plan).0, 201);
    create(&org, "Plan__c", json!({}));
    let lines = tooling(&org, "SELECT Id FROM CustomObject WHERE DeveloperName = 'Line'")["records"][0]["Id"].clone();
    let path = format!("tooling/sobjects/CustomObject/{}", lines.as_str().unwrap());
    assert_eq!(org.send("DELETE", &path, &Value::Null).0, 204);
    org.org.snapshot("after").unwrap();
    let state = || {
        (
            org.get("sobjects/Plan__c").status(),
            org.get("sobjects/Line__c").status(),
            org.get("sobjects/Account/Later__c/x").status(),
        )
    };
    let after = state();
    org.org.restore("before").unwrap();
    assert_eq!(org.get("sobjects/Plan__c/describe").status(), 404);
    assert_eq!(org.soql("SELECT Later__c FROM Account")[0]["errorCode"], "INVALID_FIELD");
    let invoice = create(&org, "Invoice__c", json!({"Account__c": account, "Total__c": 1}));
    assert_eq!(org.json(&format!("sobjects/Invoice__c/{invoice}"))["Name"], "INV-00101");
    create(&org, "Line__c", json!({"Invoice__c": invoice}));
    org.org.restore("after").unwrap();
    assert_eq!(state(), after);
    assert_eq!(org.soql("SELECT Id FROM Plan__c")["totalSize"], 1);
    org.org.reset(&Seed::Empty).unwrap();
    let account = create(&org, "Account", json!({"Name": "Acme"}));
    let invoice = create(&org, "Invoice__c", json!({"Account__c": account, "Total__c": 1}));
    assert_eq!(org.json(&format!("sobjects/Invoice__c/{invoice}"))["Name"], "INV-00100", "numbers begin again");
    create(&org, "Plan__c", json!({}));
}

#[test]
fn questions_of_the_command_line_tools_are_answered() {
    let org = empty();
    let told = org.json("tooling/query?q=SELECT+Id,QualifiedApiName+FROM+EntityDefinition&columns=true");
    assert_eq!(told["columnMetadata"][1]["columnName"], "QualifiedApiName");
    for object in ["ApexClass", "ApexTrigger", "ApexLog", "TraceFlag", "DebugLevel", "InstalledSubscriberPackage"] {
        let none = org.json(&format!("tooling/query?q=SELECT+Id+FROM+{object}"));
        assert_eq!((&none["totalSize"], &none["records"]), (&json!(0), &json!([])), "{object}: {none}");
        assert_eq!(org.get(&format!("tooling/sobjects/{object}/describe")).status(), 200, "{object}");
    }
}

/// An event has a description and no rows; an object that was deleted has neither. Nothing stumbles over them.
#[test]
fn events_and_deleted_objects_are_in_nobodys_way() {
    let org = empty();
    let object = |name: &str| json!({"objects": [{"name": name, "label": "X", "pluralLabel": "Xs", "fields": []}]});
    for name in ["Done__e", "Gone__c"] {
        assert_eq!(org.send("POST", "/__practice/schema", &object(name)).0, 204, "{name}");
    }
    let gone = org.json("tooling/query?q=SELECT+Id+FROM+CustomObject+WHERE+DeveloperName='Gone'");
    let gone = gone["records"][0]["Id"].as_str().unwrap().to_owned();
    assert_eq!(org.send("DELETE", &format!("tooling/sobjects/CustomObject/{gone}"), &json!(null)).0, 204);
    assert_eq!(org.get("limits").status(), 200);
    assert_eq!(org.get("search?q=FIND+%7Bnobody%7D").status(), 200);
    let patch = json!({"records": [{"attributes": {"type": "Done__e"}, "id": "001000000000001AAA"}]});
    let (status, told) = org.send("PATCH", "composite/sobjects", &patch);
    assert!(status < 500, "{told}");
    let joined = "query?q=SELECT+Id+FROM+User+WHERE+Id+IN+(SELECT+CreatedById+FROM+Done__e)";
    assert_eq!(org.get(joined).status(), 400);
}
