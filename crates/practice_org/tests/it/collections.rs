//! Many rows in one call.

use super::org::*;

#[test]
fn collections_keep_order_and_can_stand_or_fall_together() {
    let org = small();
    let account = |name: Value| json!({"attributes": {"type": "Account"}, "Name": name});
    let rows = json!({"allOrNone": false, "records": [account(json!("A")), account(Value::Null), account(json!("C"))]});
    let (status, body) = org.send("POST", "composite/sobjects", &rows);
    assert_eq!(status, 200);
    assert_eq!(body[0]["success"], true);
    assert_eq!(body[1]["errors"][0]["statusCode"], "REQUIRED_FIELD_MISSING");
    assert_eq!(body[2]["success"], true);
    let before = org.soql("SELECT COUNT() FROM Account")["totalSize"].clone();
    let rows = json!({"allOrNone": true, "records": [account(json!("A")), account(Value::Null)]});
    let (_, body) = org.send("POST", "composite/sobjects", &rows);
    assert_eq!(body[0]["errors"][0]["statusCode"], "ALL_OR_NONE_OPERATION_ROLLED_BACK");
    assert_eq!(org.soql("SELECT COUNT() FROM Account")["totalSize"], before);
    let key = |erp: &str| json!({"attributes": {"type": "Account"}, "Name": erp, "ERP_Id__c": erp});
    let rows = json!({"records": [key("ALFKI"), key("X1"), key("x1"), key("X2")]});
    let (_, body) = org.send("PATCH", "composite/sobjects/Account/ERP_Id__c", &rows);
    assert_eq!(body[0]["created"], false, "{body}");
    assert_eq!(body[1]["errors"][0]["statusCode"], "DUPLICATE_VALUE");
    assert_eq!(body[2]["errors"][0]["statusCode"], "DUPLICATE_VALUE");
    assert_eq!(body[3]["created"], true);
    let ids = [body[0]["id"].as_str().unwrap(), "001Lk0000ZZZZZZ", body[3]["id"].as_str().unwrap()].join(",");
    let got = org.json(&format!("composite/sobjects/Account?ids={ids}&fields=Id,Name"));
    assert_eq!((&got[0]["Name"], &got[1], &got[2]["Name"]), (&json!("ALFKI"), &Value::Null, &json!("X2")));
    let (_, gone) = org.send("DELETE", &format!("composite/sobjects?ids={ids}&allOrNone=false"), &Value::Null);
    assert_eq!(gone[1]["errors"][0]["statusCode"], "INVALID_CROSS_REFERENCE_KEY");
    let many: Vec<Value> = (0..201).map(|_| account(json!("x"))).collect();
    assert_eq!(
        org.send("POST", "composite/sobjects", &json!({"records": many})).1[0]["errorCode"],
        "EXCEEDED_ID_LIMIT"
    );
}

#[test]
fn what_is_wrong_with_a_row_is_told_at_its_place() {
    let org = small();
    let row = |kind: &str, fields: Value| {
        let mut row = json!({"attributes": {"type": kind}});
        row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        row
    };
    let account = "001Lk0000000001IAA";
    let rows = json!({"records": [
        row("Contact", json!({"id": "003xx000004TmiQABC9", "Title": "x"})),
        row("Contact", json!({"id": account, "Title": "x"})),
        row("Account", json!({"Id": account, "Site": "x"})),
        row("Account", json!({"Site": "x"})),
        row("Account", json!({"id": "001Lk0000ZZZZZZ", "Site": "x"})),
        row("Nothing__c", json!({"id": account})),
        row("User", json!({"id": org.who.user_id, "Title": "x"})),
    ]});
    let (status, body) = org.send("PATCH", "composite/sobjects", &rows);
    assert_eq!(status, 200);
    assert_eq!(
        body[0],
        json!({"success": false, "errors": [{"statusCode": "MALFORMED_ID",
               "message": "Contact ID: id value of incorrect type: 003xx000004TmiQABC9", "fields": ["Id"]}]})
    );
    assert_eq!(body[2], json!({"id": account, "success": true, "errors": []}));
    let codes: Vec<&str> =
        body.as_array().unwrap().iter().map(|row| row["errors"][0]["statusCode"].as_str().unwrap_or("")).collect();
    assert_eq!(
        codes,
        [
            "MALFORMED_ID",
            "MALFORMED_ID",
            "",
            "MISSING_ARGUMENT",
            "INVALID_CROSS_REFERENCE_KEY",
            "INVALID_TYPE",
            "MIXED_DML_OPERATION"
        ]
    );
    assert!(body[4]["id"].is_string(), "a row that was named keeps its id: {body}");
    let got = org.json(&format!(
        "composite/sobjects/Account?ids={account},nonsense,{},{account}&fields=id,Owner.Name",
        org.who.user_id
    ));
    assert_eq!(got.as_array().unwrap().len(), 4);
    assert_eq!(
        (&got[0]["Id"], &got[1], &got[2], &got[3]["Id"]),
        (&json!(account), &Value::Null, &Value::Null, &json!(account))
    );
    assert_eq!(got[0]["Owner"]["Name"], "Ada Practice");
    let (status, got) = org.send("POST", "composite/sobjects/Account", &json!({"ids": [account], "fields": ["Name"]}));
    assert_eq!((status, &got[0]["Name"]), (200, &json!("Alfreds Futterkiste")));
    for (verb, path, body, code) in [
        ("GET", "composite/sobjects/Account?ids=001Lk0000000001&fields=Nmae", Value::Null, "INVALID_FIELD"),
        ("POST", "composite/sobjects", json!({"records": "x"}), "REQUIRED_FIELD_MISSING"),
        ("POST", "composite/sobjects", json!({"records": [1]}), "JSON_PARSER_ERROR"),
        (
            "POST",
            "composite/sobjects",
            json!({"allOrNone": "yes", "records": [row("Account", json!({}))]}),
            "JSON_PARSER_ERROR",
        ),
    ] {
        let (status, answer) = org.send(verb, path, &body);
        assert_eq!((status, answer[0]["errorCode"].as_str()), (400, Some(code)), "{path} {answer}");
    }
    let mixed: Vec<Value> =
        (0..11)
            .map(|at| {
                if at % 2 == 0 {
                    row("Account", json!({"Name": "x"}))
                } else {
                    row("Contact", json!({"LastName": "x"}))
                }
            })
            .collect();
    assert_eq!(org.send("POST", "composite/sobjects", &json!({"records": mixed})).1[0]["errorCode"], "LIMIT_EXCEEDED");
    let many = vec![account; 201].join(",");
    let (status, body) = org.send("DELETE", &format!("composite/sobjects?ids={many}"), &Value::Null);
    assert_eq!(
        (status, body[0]["message"].as_str()),
        (400, Some("record limit reached. cannot submit more than 200 records into this call"))
    );
}

#[test]
fn collections_came_with_their_versions() {
    let org = empty();
    let rows = json!({"records": [{"attributes": {"type": "Account"}, "Name": "A", "ERP_Id__c": "1"}]});
    assert_eq!(org.send("POST", "/services/data/v41.0/composite/sobjects", &rows).0, 404);
    assert_eq!(org.send("POST", "/services/data/v42.0/composite/sobjects", &rows).0, 200);
    assert_eq!(org.send("PATCH", "/services/data/v45.0/composite/sobjects/Account/ERP_Id__c", &rows).0, 404);
    assert_eq!(
        org.send("PATCH", "/services/data/v46.0/composite/sobjects/Account/ERP_Id__c", &rows).1[0]["created"],
        false
    );
    let by_id = json!({"records": [{"attributes": {"type": "Account"}, "Id": null, "Name": "B"}]});
    assert_eq!(org.send("PATCH", "composite/sobjects/Account/Id", &by_id).1[0]["created"], true);
}
