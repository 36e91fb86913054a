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
    assert_eq!(global["sobjects"].as_array().unwrap().len(), 36);
}

/// Clients that copy records describe every parent first, and give up where they cannot.
#[test]
fn no_description_names_an_object_that_cannot_be_described() {
    let org = empty();
    let global = org.json("sobjects");
    let names: Vec<&str> =
        global["sobjects"].as_array().unwrap().iter().map(|object| object["name"].as_str().unwrap()).collect();
    for name in &names {
        let described = org.json(&format!("sobjects/{name}/describe"));
        let parents =
            described["fields"].as_array().unwrap().iter().flat_map(|field| field["referenceTo"].as_array().unwrap());
        let children = described["childRelationships"].as_array().unwrap().iter().map(|child| &child["childSObject"]);
        for other in parents.chain(children) {
            assert!(names.contains(&other.as_str().unwrap()), "{name} names {other}");
        }
        if described["queryable"] == true && !name.ends_with("Definition") {
            assert!(org.soql(&format!("SELECT Id FROM {name} LIMIT 1"))["totalSize"].is_u64(), "{name}");
        }
    }
}

#[test]
fn contracts_quotes_and_assets_are_rows_like_others() {
    let org = small();
    let account = org.soql("SELECT Id FROM Account LIMIT 1")["records"][0]["Id"].clone();
    let made = |object: &str, row: Value| {
        let (status, told) = org.send("POST", &format!("sobjects/{object}"), &row);
        assert_eq!(status, 201, "{object}: {told}");
        org.json(&format!("sobjects/{object}/{}", told["id"].as_str().unwrap()))
    };
    let contract = made("Contract", json!({"AccountId": account, "ContractTerm": 12}));
    assert_eq!((&contract["ContractNumber"], &contract["Status"]), (&json!("00000001"), &json!("Draft")));
    let asset = made("Asset", json!({"Name": "Belt", "AccountId": account, "SerialNumber": "S1"}));
    assert_eq!(asset["AccountId"], account);
    assert_eq!(made("Individual", json!({"FirstName": "Ada", "LastName": "Byte"}))["Name"], "Ada Byte");
    let profile = org.soql("SELECT Owner.Profile.UserLicense.Name FROM Account LIMIT 1");
    assert_eq!(profile["records"][0]["Owner"]["Profile"]["UserLicense"]["Name"], "Salesforce");
    assert_eq!(org.send("POST", "sobjects/OpportunityHistory", &json!({})).0, 400);
}

#[test]
fn descriptions_differ_by_version_where_salesforce_does() {
    let org = empty();
    let old = org.json("/services/data/v48.0/sobjects/Account/describe");
    let new = org.json("sobjects/Account/describe");
    for key in ["associateEntityType", "associateParentEntity", "sobjectDescribeOption"] {
        assert!(old.get(key).is_none() && new.get(key).is_some(), "{key}");
    }
    assert!(
        old["urls"]["defaultValues"].as_str().unwrap().contains("/v48.0/")
            && new["urls"].get("defaultValues").is_none()
    );
    let keys: Vec<&String> = new.as_object().unwrap().keys().collect();
    assert!(keys.is_sorted(), "{keys:?}");
    for object in org.json("sobjects")["sobjects"].as_array().unwrap() {
        let name = object["name"].as_str().unwrap();
        let describe = org.json(&format!("sobjects/{name}/describe"));
        for (key, value) in object.as_object().unwrap() {
            assert!(key == "urls" || describe[key] == *value, "{name}.{key}");
        }
        let fields = describe["fields"].as_array().unwrap();
        assert!(fields.iter().all(|field| field.as_object().unwrap().len() == 57), "{name}");
        assert_eq!(org.get(&format!("sobjects/{name}")).status(), 200, "{name}");
    }
}

#[test]
fn layouts_show_every_field() {
    let org = empty();
    let layouts = org.json("sobjects/Account/describe/layouts");
    assert_eq!(layouts["recordTypeMappings"][0]["recordTypeId"], "012000000000000AAA");
    let rows = layouts["layouts"][0]["detailLayoutSections"][0]["layoutRows"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["layoutItems"][0]["layoutComponents"][0]["value"] == "ERP_Id__c"));
    assert_eq!(org.json("sobjects/Account/describe/layouts/012000000000000AAA")["id"], layouts["layouts"][0]["id"]);
    assert_eq!(org.get("sobjects/Account/describe/layouts/012000000000001").status(), 404);
    let compact = org.json("sobjects/Account/describe/compactLayouts");
    assert_eq!(compact["compactLayouts"][0]["fieldItems"].as_array().unwrap().len(), 5);
}
