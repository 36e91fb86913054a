//! Single rows: created, read, changed, removed, refused.

use super::org::*;

#[test]
fn a_row_lives_and_dies() {
    let org = empty();
    let (status, made) =
        org.send("POST", "sobjects/Account", &json!({"Name": "  Acme ", "AnnualRevenue": 12.5, "Site": ""}));
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    assert_eq!(id.len(), 18);
    let row = org.json(&format!("sobjects/Account/{}?fields=Name,AnnualRevenue,Site,Owner.Username", &id[..15]));
    assert_eq!(row["Name"], "Acme");
    assert_eq!(row["AnnualRevenue"], 13.0);
    assert_eq!(row["Site"], Value::Null);
    assert_eq!(row["Owner"]["Username"], org.who.username);
    let whole = org.json(&format!("sobjects/Account/{id}"));
    assert_eq!(whole["CreatedById"], org.who.user_id);
    assert!(whole["SystemModstamp"].as_str().unwrap().ends_with(".000+0000"));
    assert_eq!(org.send("PATCH", &format!("sobjects/Account/{id}"), &json!({"BillingCity": "Berlin"})).0, 204);
    assert_eq!(
        org.send("POST", &format!("sobjects/Account/{id}?_HttpMethod=PATCH"), &json!({"BillingCountry": "Germany"})).0,
        204
    );
    assert_eq!(org.json(&format!("sobjects/Account/{id}"))["BillingAddress"]["city"], "Berlin");
    assert_eq!(org.send("DELETE", &format!("sobjects/Account/{id}"), &Value::Null).0, 204);
    assert_eq!(
        org.send("PATCH", &format!("sobjects/Account/{id}"), &json!({"Name": "x"})),
        (404, json!([{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}]))
    );
    assert_eq!(org.soql("SELECT Id FROM Account")["totalSize"], 0);
    let all = org.with(org.http.get(org.at("queryAll")).query(&[("q", "SELECT Id, IsDeleted FROM Account")]));
    assert_eq!(all.json::<Value>().unwrap()["records"][0]["IsDeleted"], true);
}

#[test]
fn removing_a_row_takes_its_own_along_and_stops_at_what_matters() {
    let org = small();
    let id = |name: &str| {
        org.soql(&format!("SELECT Id FROM Account WHERE Name = '{name}'"))["records"][0]["Id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (status, body) = org.send("DELETE", &format!("sobjects/Account/{}", id("Aurora Kitchenware")), &Value::Null);
    assert_eq!((status, &body[0]["errorCode"]), (400, &json!("DELETE_FAILED")));
    let contacts = org.soql("SELECT COUNT() FROM Contact")["totalSize"].as_u64().unwrap();
    assert_eq!(org.send("DELETE", &format!("sobjects/Account/{}", id("Alfreds Futterkiste")), &Value::Null).0, 204);
    assert_eq!(org.soql("SELECT COUNT() FROM Contact")["totalSize"].as_u64().unwrap(), contacts - 2);
}

#[test]
fn small_questions_are_answered() {
    let org = small();
    let counts = org.json("limits/recordCount?sObjects=Account,Contact,Campaign");
    assert_eq!(counts["sObjects"][0], json!({"count": 12, "name": "Account"}));
    let columns = org.json("query?q=SELECT+Id,Owner.Name+FROM+Account&columns=true");
    assert_eq!(columns["columnMetadata"][1]["joinColumns"][0]["columnName"], "Name");
    let identity = org.json(&format!("/id/{}/{}?format=json", org.who.org_id, org.who.user_id));
    assert_eq!(identity["username"], org.who.username);
    let denied = org.http.get(org.at("/services/oauth2/userinfo")).bearer_auth("nonsense").send().unwrap();
    assert_eq!((denied.status().as_u16(), denied.text().unwrap()), (403, "Bad_OAuth_Token".to_owned()));
    assert_eq!(org.get("/services/data/v30.0/limits").status(), 410);
    let info = org.json("sobjects/Account/");
    assert_eq!(info["objectDescribe"]["keyPrefix"], "001");
    assert!(org.json("")["sobjects"].as_str().unwrap().ends_with("/sobjects"));
    assert_eq!(org.json("sobjects/Contact/003Lk0000000001/Account")["Name"], "Alfreds Futterkiste");
}

#[test]
fn a_guarded_write_meets_the_other_hand() {
    let org = small();
    let path = "sobjects/Account/001Lk0000000001";
    let read = org.get(path);
    let (tag, date) = (read.headers()["etag"].clone(), read.headers()["last-modified"].clone());
    let patch = |name: &str, value: &reqwest::header::HeaderValue| {
        org.with(org.http.patch(org.at(path)).header(name, value).json(&json!({"Site": "x"}))).status().as_u16()
    };
    assert_eq!(org.with(org.http.get(org.at(path)).header("If-Modified-Since", &date)).status(), 304);
    assert_eq!(org.with(org.http.get(org.at(path)).header("If-None-Match", &tag)).status(), 304);
    assert_eq!(patch("If-Match", &reqwest::header::HeaderValue::from_static("\"old\"")), 412);
    assert_eq!(
        patch("If-Unmodified-Since", &reqwest::header::HeaderValue::from_static("Thu, 01 Jan 2026 00:00:00 GMT")),
        412
    );
    assert_eq!(patch("If-Unmodified-Since", &date), 204);
    let upsert = |tag: &str| {
        let request = org.http.patch(org.at("sobjects/Account/ERP_Id__c/ALFKI")).header("If-Match", tag);
        org.with(request.json(&json!({"Site": "y"}))).status().as_u16()
    };
    assert_eq!((upsert("\"old\""), upsert("*")), (412, 200));
}

#[test]
fn rows_are_refused_with_the_codes_of_salesforce() {
    let org = small();
    let inactive = org.soql("SELECT Id FROM User WHERE IsActive = false")["records"][0]["Id"].clone();
    for (object, row, code) in [
        ("Account", json!({}), "REQUIRED_FIELD_MISSING"),
        ("Account", json!({"Name": "x".repeat(256)}), "STRING_TOO_LONG"),
        ("Account", json!({"Name": "x", "Margin__c": 4}), "INVALID_FIELD"),
        ("Account", json!({"Name": "x", "Credit_Rating__c": "A"}), "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("Account", json!({"Name": "x", "AnnualRevenue": "much"}), "JSON_PARSER_ERROR"),
        ("Account", json!({"Name": "x", "ParentId": "001"}), "MALFORMED_ID"),
        ("Account", json!({"Name": "x", "ParentId": "001Lk0000ZZZZZZ"}), "INVALID_CROSS_REFERENCE_KEY"),
        ("Account", json!({"Name": "x", "ParentId": org.who.user_id}), "FIELD_INTEGRITY_EXCEPTION"),
        ("Account", json!({"Name": "x", "ERP_Id__c": "alfki"}), "DUPLICATE_VALUE"),
        ("Account", json!({"Name": "x", "OwnerId": inactive}), "INACTIVE_OWNER_OR_USER"),
        ("Account", json!({"Name": "x", "Parent": {"ERP_Id__c": "nobody"}}), "INVALID_FIELD"),
        ("Contact", json!({"LastName": "x", "Email": "a b@c.d"}), "INVALID_EMAIL_ADDRESS"),
        ("Campaign", json!({"Name": "x"}), "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"),
        (
            "Order",
            json!({"AccountId": null, "EffectiveDate": "2026-01-01", "Status": "Lost"}),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
    ] {
        let (status, body) = org.send("POST", &format!("sobjects/{object}"), &row);
        assert_eq!((status, body[0]["errorCode"].as_str()), (400, Some(code)), "{object} {row} {body}");
    }
    let product = org.send("POST", "sobjects/Product2", &json!({"Name": "New", "IsActive": true})).1["id"].clone();
    let book = org.soql("SELECT Id FROM Pricebook2 WHERE IsStandard = false")["records"][0]["Id"].clone();
    let (_, body) = org.send(
        "POST",
        "sobjects/PricebookEntry",
        &json!({"Product2Id": product, "Pricebook2Id": book, "UnitPrice": 1}),
    );
    assert_eq!(body[0]["errorCode"], "STANDARD_PRICE_NOT_DEFINED");
    let (_, made) = org.send(
        "POST",
        "sobjects/Opportunity",
        &json!({"Name": "o", "StageName": "Closed Won", "CloseDate": "2026-05-05", "Amount": 10}),
    );
    let row = org.json(&format!("sobjects/Opportunity/{}", made["id"].as_str().unwrap()));
    assert_eq!((&row["Probability"], &row["IsWon"], &row["FiscalQuarter"]), (&json!(100.0), &json!(true), &json!(2)));
}

#[test]
fn upsert_answers_by_version_and_refuses_ambiguity() {
    let org = small();
    let path = "sobjects/Account/ERP_Id__c/NEW%2F1";
    let (status, body) = org.send("PATCH", path, &json!({"Name": "New"}));
    assert_eq!((status, &body["created"]), (201, &json!(true)), "{body}");
    let (status, body) = org.send("PATCH", "sobjects/Account/ERP_Id__c/new%2F1", &json!({"Name": "Newer"}));
    assert_eq!((status, &body["created"]), (200, &json!(false)));
    assert_eq!(
        org.send("PATCH", "/services/data/v45.0/sobjects/Account/ERP_Id__c/NEW%2F1", &json!({"Name": "N"})).0,
        204
    );
    assert_eq!(org.get(path).status(), 200);
    assert_eq!(org.send("PATCH", "sobjects/Account/Site/x", &json!({"Name": "N"})).0, 404);
    for _ in 0..2 {
        org.send("POST", "sobjects/Contact", &json!({"LastName": "Twin", "Email": "twin@example.com"}));
    }
    let (status, body) = org.send("PATCH", "sobjects/Contact/Email/twin@example.com", &json!({"LastName": "T"}));
    assert_eq!((status, body.as_array().map(Vec::len)), (300, Some(2)));
}

#[test]
fn changes_and_deletions_can_be_asked_for() {
    let org = small();
    let span = "start=2026-01-01T00:00:00Z&end=2099-01-01T00:00:00Z";
    assert_eq!(org.json(&format!("sobjects/Account/updated/?{span}"))[0]["errorCode"], "INVALID_REPLICATION_DATE");
    let now = org.json("sobjects/Account/001Lk0000000001")["SystemModstamp"].as_str().unwrap().replace("+0000", "Z");
    let day = &now[..10];
    let span = format!("start={day}T00:00:00Z&end=2099-01-01T00:00:00Z");
    assert_eq!(org.json(&format!("sobjects/Account/updated/?{span}"))["ids"].as_array().unwrap().len(), 12);
    org.send("DELETE", "sobjects/Account/001Lk0000000001", &Value::Null);
    assert_eq!(org.json(&format!("sobjects/Account/deleted/?{span}"))["deletedRecords"].as_array().unwrap().len(), 1);
}

#[test]
fn nobody_is_his_own_ancestor() {
    let org = empty();
    let make = |row: Value| org.send("POST", "sobjects/Account", &row).1["id"].as_str().unwrap().to_owned();
    let top = make(json!({"Name": "Top"}));
    let middle = make(json!({"Name": "Middle", "ParentId": top}));
    let low = make(json!({"Name": "Low", "ParentId": middle}));
    for parent in [&top, &middle, &low] {
        let (status, body) = org.send("PATCH", &format!("sobjects/Account/{top}"), &json!({"ParentId": parent}));
        assert_eq!((status, &body[0]["errorCode"]), (400, &json!("CIRCULAR_DEPENDENCY")), "{body}");
    }
    assert_eq!(org.send("PATCH", &format!("sobjects/Account/{low}"), &json!({"ParentId": top})).0, 204);
}

#[test]
fn a_row_that_was_looked_at_is_among_the_recent_ones() {
    let org = small();
    assert_eq!(org.json("recent"), json!([]));
    let look =
        |path: &str| org.with(org.http.get(org.at(path)).header("Sforce-Mru", "updateMru=true")).status().as_u16();
    assert_eq!(look("sobjects/Account/001Lk0000000001"), 200);
    org.get("sobjects/Account/001Lk0000000002");
    assert_eq!(look("sobjects/Contact/003Lk0000000001?fields=LastName"), 200);
    let recent = org.json("recent");
    let names: Vec<&str> = recent.as_array().unwrap().iter().map(|row| row["Name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Lena Brandt", "Alfreds Futterkiste"]);
    assert_eq!(recent[1]["attributes"]["type"], "Account");
    assert_eq!(org.json("recent?limit=1").as_array().unwrap().len(), 1);
}

#[test]
fn a_row_is_read_with_the_fields_that_were_asked_for() {
    let org = small();
    let row = org.json("sobjects/Contact/003Lk0000000001?fields=LastName,Account.Owner.Name");
    assert_eq!(row.as_object().unwrap().keys().collect::<Vec<_>>(), ["attributes", "LastName", "Account", "Id"]);
    assert_eq!(row["Account"]["Owner"]["Name"], "Ada Practice");
    assert_eq!(org.json("sobjects/Contact/003Lk0000000001?fields=Nmae")[0]["errorCode"], "INVALID_FIELD");
    assert_eq!(org.get("sobjects/Account/003Lk0000000001").status(), 404);
    let found = org.json("sobjects/Account/ERP_Id__c/ALFKI?fields=Name");
    assert_eq!(found["Name"], "Alfreds Futterkiste");
    let gone = org.send("PATCH", "sobjects/Account/ERP_Id__c/NOBODY?updateOnly=true", &json!({"Name": "x"}));
    assert_eq!((gone.0, &gone.1[0]["errorCode"]), (404, &json!("NOT_FOUND")));
    assert_eq!(
        org.send("PATCH", "sobjects/Account/001Lk0000000001", &json!({"Id": "001Lk0000000001"})).1[0]["errorCode"],
        "INVALID_FIELD"
    );
    assert_eq!(org.send("POST", "sobjects/Account/Id", &json!({"Name": "By Id"})).0, 201);
    for (verb, path) in
        [("PUT", "sobjects/Account"), ("PUT", "sobjects/Account/001Lk0000000001"), ("DELETE", "sobjects/Account")]
    {
        let (status, body) = org.send(verb, path, &json!({}));
        assert_eq!((status, &body[0]["errorCode"]), (405, &json!("METHOD_NOT_ALLOWED")), "{verb} {path}");
    }
}

#[test]
fn relationships_lead_to_parents_and_children() {
    let org = small();
    let contact = "003Lk0000000001";
    assert_eq!(org.json(&format!("sobjects/Contact/{contact}/Account?fields=Name"))["Name"], "Alfreds Futterkiste");
    let children = org.json("sobjects/Account/001Lk0000000001/Contacts?fields=LastName");
    assert_eq!((&children["totalSize"], &children["records"][0]["LastName"]), (&json!(2), &json!("Brandt")));
    assert_eq!(org.get("sobjects/Account/001Lk0000ZZZZZZ/Contacts").status(), 404);
    assert_eq!(org.get(&format!("sobjects/Contact/{contact}/Nonsense")).status(), 404);
    assert_eq!(org.send("PATCH", &format!("sobjects/Contact/{contact}/Account"), &json!({"Site": "S"})).0, 204);
    assert_eq!(org.json("sobjects/Account/001Lk0000000001")["Site"], "S");
    assert_eq!(org.send("DELETE", &format!("sobjects/Contact/{contact}/ReportsTo"), &Value::Null).0, 404);
}

#[test]
fn spans_of_time_follow_their_rules() {
    let org = small();
    let stamp = |minutes: i64| {
        jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_mins(minutes)).unwrap().to_string()
    };
    let ask = |what: &str, from: i64, to: i64| {
        org.json(&format!("sobjects/Account/{what}/?start={}&end={}", stamp(from), stamp(to)))
    };
    let id = org.send("POST", "sobjects/Account", &json!({"Name": "New"})).1["id"].as_str().unwrap().to_owned();
    assert_eq!(ask("updated", -5, 5)["ids"].as_array().unwrap().len(), 13);
    assert_eq!(ask("deleted", -5, 5)["deletedRecords"], json!([]));
    org.send("DELETE", &format!("sobjects/Account/{id}"), &Value::Null);
    assert_eq!(ask("updated", -5, 5)["ids"].as_array().unwrap().len(), 12);
    let deleted = ask("deleted", -5, 5);
    assert_eq!(deleted["deletedRecords"][0]["id"], id);
    assert!(deleted["deletedRecords"][0]["deletedDate"].as_str().unwrap().ends_with(".000+0000"));
    assert!(deleted["latestDateCovered"].is_string() && deleted["earliestDateAvailable"].is_string());
    for (from, to) in [(5, -5), (0, 0), (-31 * 24 * 60, 0)] {
        assert_eq!(ask("updated", from, to)[0]["errorCode"], "INVALID_REPLICATION_DATE", "{from} {to}");
    }
    assert_eq!(org.json("sobjects/Account/updated")[0]["errorCode"], "INVALID_REPLICATION_DATE");
    assert_eq!(org.get("sobjects/Nothing/updated?start=x&end=y").status(), 404);
}

#[test]
fn every_object_answers_every_verb_without_stumbling() {
    let org = small();
    let list = org.json("sobjects");
    for object in list["sobjects"].as_array().unwrap() {
        let name = object["name"].as_str().unwrap();
        let id = format!("{}Lk0000ZZZZZZ", object["keyPrefix"].as_str().unwrap_or("000"));
        let row = json!({"attributes": {"type": name, "referenceId": "r"}, "Id": id, "Name": "x"});
        let span = "start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00Z";
        for (verb, path, body) in [
            ("GET", format!("sobjects/{name}"), Value::Null),
            ("POST", format!("sobjects/{name}"), json!({})),
            ("GET", format!("sobjects/{name}/{id}"), Value::Null),
            ("PATCH", format!("sobjects/{name}/{id}"), json!({})),
            ("DELETE", format!("sobjects/{name}/{id}"), Value::Null),
            ("PATCH", format!("sobjects/{name}/Id/{id}"), json!({})),
            ("GET", format!("sobjects/{name}/Name/x"), Value::Null),
            ("PATCH", format!("sobjects/{name}/Name/x"), json!({})),
            ("GET", format!("sobjects/{name}/{id}/Owner"), Value::Null),
            ("GET", format!("sobjects/{name}/updated?{span}"), Value::Null),
            ("GET", format!("sobjects/{name}/deleted?{span}"), Value::Null),
            ("GET", format!("composite/sobjects/{name}?ids={id}&fields=Id"), Value::Null),
            ("POST", "composite/sobjects".into(), json!({"records": [row]})),
            ("PATCH", "composite/sobjects".into(), json!({"records": [row]})),
            ("DELETE", format!("composite/sobjects?ids={id}"), Value::Null),
            ("POST", format!("composite/tree/{name}"), json!({"records": [row]})),
        ] {
            let (status, answer) = org.send(verb, &path, &body);
            assert!(
                status < 500 && !answer.to_string().contains("UNKNOWN_EXCEPTION"),
                "{verb} {path} {status} {answer}"
            );
        }
    }
}
