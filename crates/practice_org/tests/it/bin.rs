//! The recycle bin, and rows made one.

use super::org::*;

#[test]
fn rows_come_back_from_the_bin_with_what_went_along() {
    let org = empty();
    let make = |object: &str, row: Value| {
        org.send("POST", &format!("sobjects/{object}"), &row).1["id"].as_str().unwrap().to_owned()
    };
    let count = |query: &str| org.soql(&format!("SELECT COUNT() FROM {query}"))["totalSize"].as_u64().unwrap();
    let account = make("Account", json!({"Name": "A", "ERP_Id__c": "1"}));
    let below = make("Account", json!({"Name": "Below", "ParentId": account}));
    let contact = make("Contact", json!({"LastName": "C", "AccountId": account}));
    let early = make("Contact", json!({"LastName": "E", "AccountId": account}));
    assert_eq!(org.send("DELETE", &format!("sobjects/Contact/{early}"), &Value::Null).0, 204);
    assert_eq!(org.send("DELETE", &format!("sobjects/Account/{account}"), &Value::Null).0, 204);
    assert_eq!((count("Account"), count("Contact")), (1, 0));
    assert!(org.json(&format!("sobjects/Account/{below}"))["ParentId"].is_null());
    assert!(org.org.undelete(&[&contact]).is_err(), "its account is still in the bin");
    let other = make("Account", json!({"Name": "B", "ERP_Id__c": "1"}));
    assert!(org.org.undelete(&[&account]).unwrap_err().to_string().contains("duplicate value"));
    assert_eq!(org.send("PATCH", &format!("sobjects/Account/{other}"), &json!({"ERP_Id__c": null})).0, 204);
    org.org.undelete(&[&account]).unwrap();
    assert_eq!((count("Account"), count("Contact")), (3, 1), "what was deleted before stays deleted");
    assert_eq!(org.json(&format!("sobjects/Account/{below}"))["ParentId"], account);
    assert!(org.org.undelete(&[&account]).is_err(), "it is not in the bin");
    org.send("DELETE", &format!("sobjects/Account/{account}"), &Value::Null);
    assert_eq!(org.org.empty_bin().unwrap(), 2, "the account with its contact, and the early contact");
    let all = org.with(org.http.get(org.at("queryAll")).query(&[("q", "SELECT Id FROM Contact")]));
    assert_eq!(all.json::<Value>().unwrap()["totalSize"], 0);
    assert_eq!(org.send("PATCH", &format!("sobjects/Account/{account}"), &json!({"Site": "x"})).0, 404);
}

#[test]
fn a_merge_leaves_one_row_with_all_that_belonged_to_the_others() {
    let org = empty();
    let make = |object: &str, row: Value| {
        org.send("POST", &format!("sobjects/{object}"), &row).1["id"].as_str().unwrap().to_owned()
    };
    let (master, other) = (make("Account", json!({"Name": "A"})), make("Account", json!({"Name": "B", "Phone": "5"})));
    make("Contact", json!({"LastName": "C", "AccountId": other}));
    let fields = json!({"Phone": "5"});
    org.org.merge(&master, &[&other], fields.as_object().unwrap()).unwrap();
    let found = org.soql(&format!("SELECT Id FROM Contact WHERE AccountId = '{master}' AND Account.Phone = '5'"));
    assert_eq!(found["totalSize"], 1, "{found}");
    let all = org.with(
        org.http.get(org.at("queryAll")).query(&[("q", "SELECT MasterRecordId FROM Account WHERE IsDeleted = true")]),
    );
    assert_eq!(all.json::<Value>().unwrap()["records"][0]["MasterRecordId"], master);
    assert!(org.org.merge(&master, &[&master], fields.as_object().unwrap()).is_err());
}
