//! Faults on order.

use super::org::*;

#[test]
fn faults_happen_as_ordered() {
    let org = empty();
    org.org.set_fault(Fault::ExpireTokens);
    assert_eq!(org.get("limits").status(), 401);
    let app = [
        ("client_id", org.who.client_id.as_str()),
        ("grant_type", "refresh_token"),
        ("refresh_token", org.who.refresh_token.as_str()),
    ];
    let fresh = org.token(&app).1["access_token"].as_str().unwrap().to_owned();
    let get = |path: &str| org.http.get(org.at(path)).bearer_auth(&fresh).send();
    assert_eq!(get("limits").unwrap().status(), 200);
    let order = |fault: Value| {
        org.http.post(org.at("/practice/faults")).bearer_auth(&fresh).json(&fault).send().unwrap().status()
    };
    assert_eq!(
        order(json!({"fail_next": {"status": 503, "code": "SERVER_UNAVAILABLE", "path_contains": "limits"}})),
        204
    );
    assert_eq!(get("limits").unwrap().status(), 503);
    assert_eq!(order(json!({"retry_after": {"status": 429, "seconds": 7}})), 204);
    assert_eq!(get("limits").unwrap().headers()["retry-after"], "7");
    assert_eq!(order(json!({"nonsense": 1})), 400);
    let post =
        |name: &str| org.http.post(org.at("sobjects/Account")).bearer_auth(&fresh).json(&json!({"Name": name})).send();
    org.org.set_fault(Fault::DropConnectionAfter { processed: true, path_contains: "Account".into(), count: 1 });
    assert!(post("kept").is_err());
    org.org.set_fault(Fault::DropConnectionAfter { processed: false, path_contains: "Account".into(), count: 1 });
    assert!(post("lost").is_err());
    org.org.set_fault(Fault::TruncateAnswer { count: 1, path_contains: "describe".into() });
    assert!(get("sobjects/Account/describe").unwrap().text().is_err());
    org.org.set_fault(Fault::HtmlBody { status: 502, count: 1, path_contains: String::new() });
    assert!(get("limits").unwrap().text().unwrap().contains("<html>"));
    org.org.set_fault(Fault::RequestLimit);
    assert_eq!(get("limits").unwrap().status(), 403);
    org.org.set_fault(Fault::LockRows { share: 1.0 });
    org.http.delete(org.at("/practice/faults")).bearer_auth(&fresh).send().unwrap();
    let found: Value = get("query?q=SELECT+Name+FROM+Account").unwrap().json().unwrap();
    assert_eq!(found["totalSize"], 1);
    assert_eq!(found["records"][0]["Name"], "kept");
}
