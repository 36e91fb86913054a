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

fn count(org: &Org, object: &str) -> u64 {
    org.soql(&format!("SELECT COUNT() FROM {object}"))["totalSize"].as_u64().unwrap()
}

#[test]
fn an_org_goes_back_to_a_world_and_to_a_copy() {
    let org = start_with(Options { seed: Seed::Small, ..Options::default() });
    let first = org.soql("SELECT Id FROM Account ORDER BY Id LIMIT 1")["records"][0]["Id"].clone();
    let job = json!({"object": "Account", "operation": "insert"});
    let (id, _) = org.load(job, "Name\nOne\nTwo\n");
    assert_eq!(count(&org, "Account"), 14);
    let post = |path: &str, body: Value| org.send("POST", &format!("/__practice/{path}"), &body);
    assert_eq!(post("snapshots", json!({"name": "fourteen accounts"})).0, 201);
    assert_eq!(post("reset", json!({"seed": "empty"})).0, 204);
    assert_eq!((count(&org, "Account"), count(&org, "User")), (0, 4));
    assert_eq!(org.get(&format!("jobs/ingest/{id}")).status(), 404, "its rows are gone");
    assert_eq!(post("reset", json!({"seed": "small"})).0, 204);
    assert_eq!(count(&org, "Account"), 12);
    assert_eq!(org.soql("SELECT Id FROM Account ORDER BY Id LIMIT 1")["records"][0]["Id"], first, "same row, same id");
    assert_eq!(post("snapshots/fourteen%20accounts/restore", json!({})).0, 204);
    assert_eq!(count(&org, "Account"), 14);
    let (_, made) = org.send("POST", "sobjects/Account", &json!({"Name": "After"}));
    assert_eq!(made["success"], true, "{made}");
    assert_eq!(count(&org, "Account"), 15, "no id is given out twice");
    let kept = org.json("/__practice/snapshots");
    assert_eq!(kept["snapshots"][0]["name"], "fourteen accounts");
    assert_eq!(org.send("DELETE", "/__practice/snapshots/fourteen%20accounts", &json!(null)).0, 204);
    assert_eq!(post("snapshots/fourteen%20accounts/restore", json!({})).0, 404);
    for name in ["../out", "", ".hidden", &"x".repeat(61)] {
        assert_eq!(post("snapshots", json!({"name": name})).0, 400, "{name}");
    }
    assert_eq!(post("reset", json!({"seed": "eden"})).1[0]["errorCode"], "INVALID_SEED");
    assert_eq!(post("reset", json!({"seed": {"large": {"Nothing": 3}}})).1[0]["errorCode"], "INVALID_TYPE");
    assert_eq!(post("reset", json!({"seed": {"large": {"EntityDefinition": 3}}})).0, 400);
    assert_eq!(post("reset", json!({"seed": {"large": {"Account": 99_000_000}}})).1[0]["errorCode"], "INVALID_SEED");
    assert_eq!(count(&org, "Account"), 15, "what is refused removes nothing");
}

#[test]
fn the_worlds_hold_what_they_promise() {
    let org = start_with(Options { seed: Seed::Northwind, ..Options::default() });
    let order = org.soql("SELECT TotalAmount, Account.ERP_Id__c FROM Order WHERE ERP_Id__c = '10248'");
    assert_eq!(order["records"][0]["Account"]["ERP_Id__c"], "VINET");
    assert_eq!(order["records"][0]["TotalAmount"], 440.0);
    let boss = org.soql("SELECT ReportsTo.LastName FROM Contact WHERE ERP_Id__c = 'E-1'");
    assert_eq!(boss["records"][0]["ReportsTo"]["LastName"], "Fuller");
    let large = json!({"seed": {"large": {"Account": 300, "Contact": 600}}});
    assert_eq!(org.send("POST", "/__practice/reset", &large).0, 204);
    assert_eq!((count(&org, "Account"), count(&org, "Contact")), (300, 600));
    assert_eq!(org.soql("SELECT COUNT() FROM Contact WHERE AccountId = null")["totalSize"], 0);
    org.send("POST", "/__practice/reset", &json!({"seed": "demo"}));
    let told = org.json("/__practice/status");
    assert_eq!((&told["seed"], &told["records"]["Account"]), (&json!("demo"), &json!(500)));
    assert!(count(&org, "Opportunity WHERE StageName = 'Closed Won'") > 50);
    assert_eq!(count(&org, "Contact WHERE CreatedDate > TOMORROW"), 0);
}

#[test]
fn who_is_signed_in_stays_signed_in() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        || Options { storage: Storage::File(folder.path().join("org.db")), seed: Seed::Empty, ..Options::default() };
    let org = start_with(options());
    org.org.snapshot("empty").unwrap();
    let form = [
        ("client_id", &*org.who.client_id),
        ("grant_type", "refresh_token"),
        ("refresh_token", &org.who.refresh_token),
    ];
    let fresh = org.token(&form).1["access_token"].as_str().unwrap().to_owned();
    org.org.restore("empty").unwrap();
    let asks = |url: &str| {
        org.http.get(format!("{url}/services/data/v67.0/limits")).bearer_auth(&fresh).send().unwrap().status()
    };
    assert_eq!(asks(&org.org.url()), 200);
    drop(org.org);
    let again = PracticeOrg::start(options()).unwrap();
    assert_eq!(asks(&again.url()), 200, "and is still after a restart");
    assert_eq!(again.snapshots().unwrap().len(), 1);
}
