//! What an org keeps.

use super::org::*;

#[test]
fn a_file_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        || Options { storage: Storage::File(folder.path().join("org.db")), seed: Seed::Empty, ..Options::default() };
    let first = start_with(options());
    let who = first.who.clone();
    let (id, _) = first.load(json!({"object": "Account", "operation": "insert"}), "Name\nKept\n");
    drop(first);
    let second = start_with(options());
    assert_eq!(second.who, who);
    assert_eq!(second.soql("SELECT Name FROM Account")["records"][0]["Name"], "Kept");
    assert_eq!(second.rows(&format!("jobs/ingest/{id}/successfulResults")).len(), 2);
    let (_, made) = second.send("POST", "sobjects/Account", &json!({"Name": "Next"}));
    assert!(
        made["id"].as_str().unwrap()
            > second.soql("SELECT Id FROM Account WHERE Name = 'Kept'")["records"][0]["Id"].as_str().unwrap()
    );
}
