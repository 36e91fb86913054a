//! The practice org takes the shape of another org.

use crate::harness::Bench;
use serde_json::json;

#[test]
fn the_schema_of_an_org_is_copied_and_practised_on() {
    let bench = Bench::empty();
    bench.org.add_schema(&json!({"objects": [
        {"name": "Vehicle__c", "label": "Vehicle", "plural": "Vehicles", "fields": [
            {"name": "Plate__c", "label": "Plate", "type": "Text", "length": 12, "externalId": true, "unique": true},
            {"name": "Owner_Account__c", "label": "Owner", "type": "Lookup", "referenceTo": "Account", "relationshipName": "Vehicles"}]},
        {"name": "Account", "fields": [{"name": "Vat_Id__c", "label": "VAT Id", "type": "Text", "length": 20}]},
    ]}));
    let copied = bench.run(&["practice", "copy-schema", "p"]);
    assert_eq!(copied.code, 0, "{copied:?}");
    assert_eq!(copied.json()["added"], json!(["Vehicle__c"]), "{copied:?}");
    assert!(copied.json()["calls"].as_u64().unwrap() < 40, "{copied:?}");
    let file = bench.file("vehicles.csv", "Plate__c,Name\nB-1,One\nB-2,Two\n");
    let more = ["--external-id", "Plate__c"];
    let mut arguments = vec!["import", file.to_str().unwrap(), "--org", "practice", "--object", "Vehicle__c"];
    arguments.extend(["--operation", "upsert"]);
    arguments.extend(more);
    let done = bench.run(&arguments);
    assert_eq!((done.code, done.accounted().count("created")), (0, 2), "{done:?}");
    let fields = bench.run(&["describe", "practice", "Account"]);
    assert!(fields.stdout.contains("Vat_Id__c"), "{fields:?}");
    let again = bench.run(&["practice", "copy-schema", "p", "Vehicle__c"]);
    assert_eq!((again.code, &again.json()["added"]), (0, &json!([])), "what is there is not doubled: {again:?}");
    let none = bench.run(&["practice", "copy-schema", "p", "Nothing__c"]);
    assert_eq!(none.code, 2, "{none:?}");
    assert!(none.stderr.contains("no object Nothing__c"), "{none:?}");
    let own = r#"{"objects": [{"name": "Depot__c", "label": "Depot", "pluralLabel": "Depots", "fields": []}]}"#;
    let own = bench.file("depot.json", own);
    assert_eq!(bench.run(&["practice", "add-schema", own.to_str().unwrap()]).code, 0);
    assert!(bench.run(&["describe", "practice", "Depot__c"]).stdout.contains("Depot"));
    let broken = bench.file("broken.json", r#"{"objects": [{"name": "Depot__c", "fields": [{"name": "X"}]}]}"#);
    let broken = bench.run(&["practice", "add-schema", broken.to_str().unwrap()]);
    assert_eq!(broken.code, 2, "{broken:?}");
    let itself = bench.run(&["practice", "copy-schema", "practice"]);
    assert_eq!(itself.code, 2, "{itself:?}");
}
