//! Many rows in one call.

use super::org::*;

#[test]
fn collections_keep_order_and_can_stand_or_fall_together() {
    let org = demo();
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
    assert_eq!(body[1]["errors"][0]["statusCode"], "DUPLICATE_EXTERNAL_ID");
    assert_eq!(body[2]["errors"][0]["statusCode"], "DUPLICATE_EXTERNAL_ID");
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
