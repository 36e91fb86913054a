//! What describe tells.

use super::org::*;

#[test]
fn describe_tells_everything_and_knows_when_nothing_changed() {
    let org = empty();
    let answer = org.get("sobjects/account/describe");
    let tag = answer.headers()["etag"].clone();
    let modified = answer.headers()["last-modified"].clone();
    let body: Value = answer.json().unwrap();
    let field = |name: &str| body["fields"].as_array().unwrap().iter().find(|field| field["name"] == name).cloned();
    assert_eq!(field("Name").unwrap()["label"], "Account Name");
    assert_eq!(field("ERP_Id__c").unwrap()["externalId"], true);
    assert_eq!(field("Credit_Rating__c").unwrap()["updateable"], false);
    assert_eq!(field("Margin__c"), None);
    assert_eq!(field("Name").unwrap().as_object().unwrap().len(), 57);
    assert!(body["childRelationships"].as_array().unwrap().iter().any(|child| child["relationshipName"] == "Contacts"));
    for (name, value) in [("If-None-Match", tag), ("If-Modified-Since", modified)] {
        let again = org.with(org.http.get(org.at("sobjects/Account/describe")).header(name, value));
        assert_eq!(again.status(), 304, "{name}");
    }
    let global = org.json("sobjects");
    assert_eq!(global["sobjects"].as_array().unwrap().len(), 24);
}
