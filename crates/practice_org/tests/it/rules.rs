//! Rules that are switched on, rows that are locked.

use super::org::*;

#[test]
fn rules_hold_for_every_way_in_once_they_are_switched_on() {
    let org = empty();
    assert!(org.org.rules().unwrap().iter().all(|rule| rule["active"] == false));
    let switch = |object: &str, name: &str, active: bool| {
        let rules = org.org.rules().unwrap();
        let mut rule = rules.iter().find(|rule| rule["object"] == object && rule["name"] == name).unwrap().clone();
        rule["active"] = active.into();
        org.org.set_rule(rule).unwrap();
    };
    switch("Account", "Phone_or_Website", true);
    let refused = json!([{"message": "Phone or Website must be filled", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["Phone"]}]);
    assert_eq!(org.send("POST", "sobjects/Account", &json!({"Name": "A"})), (400, refused));
    let (status, made) = org.send("POST", "sobjects/Account", &json!({"Name": "A", "Phone": "1"}));
    assert_eq!(status, 201);
    let path = format!("sobjects/Account/{}", made["id"].as_str().unwrap());
    assert_eq!(org.send("PATCH", &path, &json!({"Site": "x"})).0, 204, "the stored phone counts");
    assert_eq!(org.send("PATCH", &path, &json!({"Phone": null})).0, 400);
    assert_eq!(org.send("PATCH", &path, &json!({"Phone": null, "Website": "w"})).0, 204);
    let row = json!({"records": [{"attributes": {"type": "Account"}, "Name": "B"}]});
    assert_eq!(
        org.send("POST", "composite/sobjects", &row).1[0]["errors"],
        json!([{"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "Phone or Website must be filled", "fields": ["Phone"]}])
    );
    let insert = json!({"object": "Account", "operation": "insert", "contentType": "CSV"});
    let (id, _) = org.load(insert.clone(), "Name,Phone\nC,\nD,5\n");
    let failed = org.rows(&format!("jobs/ingest/{id}/failedResults"));
    assert!(
        failed[1].contains("FIELD_CUSTOM_VALIDATION_EXCEPTION:Phone or Website must be filled:Phone --"),
        "{failed:?}"
    );
    switch("Account", "Phone_or_Website", false);
    assert_eq!(org.send("POST", "sobjects/Account", &json!({"Name": "A"})).0, 201);

    switch("Contact", "Standard_Contact_Duplicate_Rule", true);
    let contact = json!({"LastName": "Doe", "FirstName": "Jo", "Email": "jo@example.com"});
    let (_, first) = org.send("POST", "sobjects/Contact", &contact);
    let (status, body) =
        org.send("POST", "sobjects/Contact", &json!({"LastName": "DOE", "FirstName": "jo", "Email": "Jo@Example.com"}));
    assert_eq!((status, &body[0]["errorCode"]), (400, &json!("DUPLICATES_DETECTED")));
    assert_eq!(
        body[0].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["duplicateResut", "duplicateResult", "errorCode", "message"]
    );
    let found = &body[0]["duplicateResut"];
    assert_eq!(
        (&found["allowSave"], &found["duplicateRule"]),
        (&json!(true), &json!("Standard_Contact_Duplicate_Rule"))
    );
    let record = &found["matchResults"][0]["matchRecords"][0]["record"];
    assert_eq!((&record["Id"], record.get("LastName")), (&first["id"], None));
    let again = |header: &str| {
        let request = org.http.post(org.at("sobjects/Contact")).header("Sforce-Duplicate-Rule-Header", header);
        org.with(request.json(&contact))
    };
    let detailed: Value = again("allowSave=false; includeRecordDetails=true").json().unwrap();
    assert_eq!(detailed[0]["duplicateResut"]["matchResults"][0]["matchRecords"][0]["record"]["LastName"], "Doe");
    assert_eq!(again("allowSave=true").status(), 201);
    let inside = |headers: Value| {
        json!({"compositeRequest": [{"method": "POST", "url": "/services/data/v67.0/sobjects/Contact", "referenceId": "a",
               "body": contact, "httpHeaders": headers}]})
    };
    let (_, refused) = org.send("POST", "composite", &inside(json!({})));
    assert!(refused["compositeResponse"][0]["body"][0]["duplicateResut"].is_object(), "{refused}");
    let (_, saved) = org.send("POST", "composite", &inside(json!({"Sforce-Duplicate-Rule-Header": "allowSave=true"})));
    assert_eq!(saved["compositeResponse"][0]["httpStatusCode"], 201);
    let old = org.http.post(org.at("/services/data/v51.0/sobjects/Contact"));
    let old = org.with(old.header("Sforce-Duplicate-Rule-Header", "allowSave=true").json(&contact));
    assert_eq!(old.status(), 400, "the header came with 52.0");
    let (_, rows) = org.send("POST", "composite/sobjects", &json!({"records": [{"attributes": {"type": "Contact"}, "LastName": "Doe", "FirstName": "Jo", "Email": "jo@example.com"}]}));
    assert_eq!(
        rows[0]["errors"],
        json!([{"statusCode": "DUPLICATES_DETECTED", "message": "Use one of these records?", "fields": []}])
    );
    let own = format!("sobjects/Contact/{}", first["id"].as_str().unwrap());
    assert_eq!(org.send("PATCH", &own, &json!({"Title": "x"})).0, 204, "nothing that is compared has changed");
    org.org.set_rule(json!({"kind": "duplicate", "object": "Lead", "name": "Company", "active": true, "fields": ["Company"], "action": "block", "message": "Known already"})).unwrap();
    let lead = json!({"LastName": "L", "Company": "C"});
    assert_eq!(org.send("POST", "sobjects/Lead", &lead).0, 201);
    let blocked =
        org.http.post(org.at("sobjects/Lead")).header("Sforce-Duplicate-Rule-Header", "allowSave=true").json(&lead);
    let blocked: Value = org.with(blocked).json().unwrap();
    assert_eq!(
        (&blocked[0]["message"], &blocked[0]["duplicateResut"]["allowSave"]),
        (&json!("Known already"), &json!(false))
    );
    assert!(org.org.remove_rule("Lead", "Company").unwrap());
    assert!(!org.org.remove_rule("Lead", "Company").unwrap());
    assert_eq!(org.send("POST", "sobjects/Lead", &lead).0, 201);
    for wrong in [
        json!({"kind": "validation", "object": "Account", "name": "x", "condition": "Fone = 1", "message": "m"}),
        json!({"kind": "validation", "object": "Nothing", "name": "x", "condition": "TRUE", "message": "m"}),
        json!({"kind": "duplicate", "object": "Account", "name": "x", "fields": [], "action": "block"}),
        json!({"kind": "other"}),
    ] {
        assert!(org.org.set_rule(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn rules_and_locks_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { storage: Storage::File(folder.path().join("org.db")), ..Options::default() };
    let org = start_with(options());
    org.org.set_rule(json!({"kind": "validation", "object": "Account", "name": "Never", "active": true, "condition": "TRUE", "message": "Never"})).unwrap();
    org.org.lock_row("001Lk0000000001").unwrap();
    drop(org);
    let org = start_with(options());
    assert_eq!(org.send("POST", "sobjects/Account", &json!({"Name": "A"})).1[0]["message"], "Never");
    org.org.remove_rule("account", "never").unwrap();
    let path = "sobjects/Account/001Lk0000000001";
    for (verb, body) in [("PATCH", json!({"Site": "x"})), ("DELETE", Value::Null)] {
        assert_eq!(
            org.send(verb, path, &body),
            (
                400,
                json!([{"message": "the entity is locked for editing", "errorCode": "ENTITY_IS_LOCKED", "fields": []}])
            )
        );
    }
    assert_eq!(org.org.locked_rows().unwrap(), ["001Lk0000000001IAA"]);
    org.org.unlock_row("001Lk0000000001IAA").unwrap();
    assert_eq!(org.send("PATCH", path, &json!({"Site": "x"})).0, 204);
}

#[test]
fn the_owner_may_do_over_http_what_the_program_may() {
    let org = small();
    let rules = org.json("/__practice/rules");
    assert_eq!(rules["rules"].as_array().unwrap().len(), 4, "{rules}");
    let rule = json!({"kind": "validation", "object": "Account", "name": "Never", "active": true, "condition": "TRUE", "message": "Never"});
    assert_eq!(org.send("POST", "/__practice/rules", &rule).0, 204);
    assert_eq!(org.send("POST", "sobjects/Account", &json!({"Name": "A"})).0, 400);
    assert_eq!(org.send("DELETE", "/__practice/rules/Account/Never", &Value::Null).0, 204);
    assert_eq!(org.send("DELETE", "/__practice/rules/Account/Never", &Value::Null).0, 404);
    let (status, body) = org.send(
        "POST",
        "/__practice/rules",
        &json!({"kind": "validation", "object": "Account", "name": "x", "condition": "(", "message": "m"}),
    );
    assert_eq!((status, &body[0]["message"]), (400, &json!("The condition ends too early at character 2.")));
    let made = org.send("POST", "sobjects/Account", &json!({"Name": "A"})).1["id"].clone();
    let id = made.as_str().unwrap();
    assert_eq!(org.send("POST", "/__practice/locks", &json!({"ids": [id]})).0, 204);
    assert_eq!(org.json("/__practice/locks"), json!({"ids": [id]}));
    assert_eq!(
        org.send("DELETE", &format!("sobjects/Account/{id}"), &Value::Null).1[0]["errorCode"],
        "ENTITY_IS_LOCKED"
    );
    assert_eq!(org.send("DELETE", &format!("/__practice/locks/{id}"), &Value::Null).0, 204);
    assert_eq!(org.send("DELETE", &format!("sobjects/Account/{id}"), &Value::Null).0, 204);
    assert_eq!(org.send("POST", "/__practice/undelete", &json!({"ids": [id]})).0, 204);
    assert_eq!(org.send("POST", "/__practice/undelete", &json!({"ids": [id]})).0, 400);
    assert_eq!(
        org.send(
            "POST",
            "/__practice/merge",
            &json!({"master": "001Lk0000000001", "others": [id], "fields": {"Site": "S"}})
        )
        .0,
        204
    );
    assert_eq!(org.json("sobjects/Account/001Lk0000000001")["Site"], "S");
    assert_eq!(org.send("DELETE", "/__practice/bin", &Value::Null), (200, json!({"erased": 1})));
    assert_eq!(org.send("POST", "/__practice/erase", &json!({"ids": "x"})).0, 400);
}

#[test]
fn a_reset_forgets_locks_and_a_snapshot_brings_its_rules_back() {
    let org = small();
    let rule = |active: bool| json!({"kind": "validation", "object": "Account", "name": "Never", "active": active, "condition": "TRUE", "message": "Never"});
    org.org.set_rule(rule(true)).unwrap();
    assert_eq!(org.send("POST", "/__practice/snapshots", &json!({"name": "strict"})).0, 201);
    org.org.set_rule(rule(false)).unwrap();
    org.org.lock_row("001Lk0000000001").unwrap();
    assert_eq!(org.send("POST", "/__practice/reset", &json!({"seed": "small"})).0, 204);
    assert_eq!(org.send("PATCH", "sobjects/Account/001Lk0000000001", &json!({"Site": "x"})).0, 204);
    assert_eq!(org.send("POST", "/__practice/snapshots/strict/restore", &Value::Null).0, 204);
    assert_eq!(org.send("POST", "sobjects/Account", &json!({"Name": "A"})).1[0]["message"], "Never");
}

#[test]
fn a_field_that_a_rule_names_can_be_deleted() {
    let org = empty();
    let schema = json!({"objects": [{"name": "Account", "fields": [
        {"name": "Vat_Id__c", "label": "VAT Id", "type": "Text", "length": 20}]}]});
    assert_eq!(org.send("POST", "/__practice/schema", &schema).0, 204);
    let rule = json!({"kind": "duplicate", "object": "Account", "name": "Same_Vat", "active": true,
        "fields": ["Vat_Id__c"], "action": "block", "message": "There is one already"});
    assert!(org.send("POST", "/__practice/rules", &rule).0 < 300);
    let row = |name: &str| org.send("POST", "sobjects/Account", &json!({"Name": name, "Vat_Id__c": "DE1"})).0;
    assert_eq!((row("One"), row("Two")), (201, 400));
    let field = org.json("tooling/query?q=SELECT+Id+FROM+CustomField+WHERE+DeveloperName='Vat_Id'");
    let field = field["records"][0]["Id"].as_str().unwrap().to_owned();
    assert_eq!(org.send("DELETE", &format!("tooling/sobjects/CustomField/{field}"), &json!(null)).0, 204);
    let plain = |name: &str| org.send("POST", "sobjects/Account", &json!({"Name": name})).0;
    assert_eq!((plain("Three"), plain("Four")), (201, 201), "a rule without its field refuses nothing");
}
