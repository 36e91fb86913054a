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
        org.http.post(org.at("/__practice/faults")).bearer_auth(&fresh).json(&fault).send().unwrap().status()
    };
    assert_eq!(
        order(json!({"fail_next": {"status": 503, "code": "SERVER_UNAVAILABLE", "path_contains": "limits"}})),
        200
    );
    assert_eq!(get("limits").unwrap().status(), 503);
    assert_eq!(order(json!({"fail_next": {"status": 429, "retry_after": 7}})), 200);
    assert_eq!(get("limits").unwrap().headers()["retry-after"], "7");
    assert_eq!(order(json!({"nonsense": 1})), 400);
    let post =
        |name: &str| org.http.post(org.at("sobjects/Account")).bearer_auth(&fresh).json(&json!({"Name": name})).send();
    org.org.set_fault(Fault::DropConnection { processed: true, when: When::next("Account") });
    assert!(post("kept").is_err());
    org.org.set_fault(Fault::DropConnection { processed: false, when: When::next("Account") });
    assert!(post("lost").is_err());
    org.org.set_fault(Fault::TruncateAnswer { gzip: false, when: When::next("describe") });
    assert!(get("sobjects/Account/describe").unwrap().text().is_err());
    org.org.set_fault(Fault::HtmlBody { status: 502, when: When::default() });
    assert!(get("limits").unwrap().text().unwrap().contains("<html>"));
    org.org.set_fault(Fault::RequestLimit);
    assert_eq!(get("limits").unwrap().status(), 403);
    org.org.set_fault(Fault::LockRows { share: 1.0 });
    org.http.delete(org.at("/__practice/faults")).bearer_auth(&fresh).send().unwrap();
    let found: Value = get("query?q=SELECT+Name+FROM+Account").unwrap().json().unwrap();
    assert_eq!(found["totalSize"], 1);
    assert_eq!(found["records"][0]["Name"], "kept");
}

impl Org {
    fn control(&self, verb: &str, path: &str, body: &Value) -> (u16, Value) {
        self.send(verb, &format!("/__practice/{path}"), body)
    }
}

#[test]
fn faults_are_counted_and_can_be_switched_off_one_by_one() {
    let org = empty();
    let script = json!({"seed": 7, "faults": [
        {"html_body": {"status": 503, "path_contains": "limits", "skip": 1, "count": 2}},
        {"slow_answers": {"ms": 1, "path_contains": "nowhere"}},
    ]});
    let (status, told) = org.control("POST", "faults", &script);
    assert_eq!(status, 200, "{told}");
    let ids: Vec<u64> = told["ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect();
    let day: Vec<u16> = (0..4).map(|_| org.get("limits").status().as_u16()).collect();
    assert_eq!(day, [200, 503, 503, 200]);
    let told = org.json("/__practice/faults");
    assert_eq!((&told["faults"][0]["hits"], &told["faults"][0]["over"]), (&json!(2), &json!(true)));
    assert_eq!(told["faults"][1]["hits"], 0);
    assert_eq!(org.json("/__practice/status")["faults"].as_array().unwrap().len(), 1);
    assert_eq!(org.control("DELETE", &format!("faults/{}", ids[1]), &json!(null)).0, 204);
    assert_eq!(org.control("DELETE", &format!("faults/{}", ids[1]), &json!(null)).0, 404);
    let (status, told) = org.control("POST", "faults", &json!({"html_body": {"status": 503, "path_contians": "x"}}));
    assert_eq!((status, &told[0]["errorCode"]), (400, &json!("INVALID_FAULT")));
}

#[test]
fn tokens_expire_after_so_many_calls() {
    let org = empty();
    org.org.set_fault(Fault::ExpireAfter { calls: 2, times: Some(1) });
    let day: Vec<u16> = (0..4).map(|_| org.get("limits").status().as_u16()).collect();
    assert_eq!(day, [200, 200, 401, 401]);
    let app = [
        ("client_id", &*org.who.client_id),
        ("grant_type", "refresh_token"),
        ("refresh_token", &org.who.refresh_token),
    ];
    assert_eq!(org.token(&app).0, 200);
    org.org.set_fault(Fault::RevokeRefreshTokens);
    assert_eq!(org.token(&app).1["error"], "invalid_grant");
}

#[test]
fn a_stalled_call_ends_when_faults_are_cleared() {
    let org = empty();
    org.org.set_fault(Fault::Stall { processed: true, when: When::next("Account") });
    let call = org.http.post(org.at("sobjects/Account")).bearer_auth(&org.who.access_token);
    let waiting = std::thread::spawn(move || call.json(&json!({"Name": "kept"})).send());
    while org.soql("SELECT COUNT() FROM Account")["totalSize"] != 1 {}
    assert!(!waiting.is_finished());
    org.org.clear_faults();
    assert!(waiting.join().unwrap().is_err());
}

#[test]
fn compressed_data_may_end_too_early() {
    let org = small();
    org.org.set_fault(Fault::TruncateAnswer { gzip: true, when: When::next("describe") });
    let ask = || {
        let asked = org.http.get(org.at("sobjects/Account/describe")).header("Accept-Encoding", "gzip");
        org.with(asked).bytes().unwrap().to_vec()
    };
    let unpack = |bytes: &[u8]| std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(bytes), &mut Vec::new());
    assert!(unpack(&ask()).is_err(), "the HTTP answer was whole, its data was not");
    assert!(unpack(&ask()).is_ok());
}

#[test]
fn the_clock_can_be_wrong() {
    let org = empty();
    org.org.set_fault(Fault::ClockSkew { seconds: -86_400 * 30 });
    let (_, made) = org.send("POST", "sobjects/Account", &json!({"Name": "Early"}));
    let answer = org.get(&format!("sobjects/Account/{}", made["id"].as_str().unwrap()));
    let date = answer.headers()["date"].to_str().unwrap().to_owned();
    let row: Value = answer.json().unwrap();
    org.org.clear_faults();
    let (_, made) = org.send("POST", "sobjects/Account", &json!({"Name": "Late"}));
    let late = org.json(&format!("sobjects/Account/{}", made["id"].as_str().unwrap()));
    assert!(row["CreatedDate"].as_str().unwrap()[..10] < late["CreatedDate"].as_str().unwrap()[..10]);
    assert_ne!(date[..16], org.get("limits").headers()["date"].to_str().unwrap()[..16]);
}

#[test]
fn an_org_can_move() {
    let org = empty();
    let old = org.org.url();
    org.org.set_fault(Fault::InstanceUrlChange);
    let answer = org.with(org.http.get(format!("{old}/services/data/v67.0/limits")));
    assert_eq!(answer.status(), 404);
    assert!(answer.text().unwrap().contains("URL No Longer Exists"));
    let form = [
        ("client_id", &*org.who.client_id),
        ("grant_type", "refresh_token"),
        ("refresh_token", &org.who.refresh_token),
    ];
    let token: Value =
        org.http.post(format!("{old}/services/oauth2/token")).form(&form).send().unwrap().json().unwrap();
    let new = token["instance_url"].as_str().unwrap();
    assert_ne!(new, old);
    assert_eq!(org.with(org.http.get(format!("{new}/services/data/v67.0/limits"))).status(), 200);
    assert_eq!(org.org.url(), new);
}

#[test]
fn a_row_that_somebody_holds_locks_those_that_point_to_it() {
    let org = empty();
    let made =
        |name: &str| org.send("POST", "sobjects/Account", &json!({"Name": name})).1["id"].as_str().unwrap().to_owned();
    let (held, free) = (made("Held"), made("Free"));
    org.org.set_fault(Fault::LockParent { id: held[..15].to_owned() });
    let contact = |account: &str| org.send("POST", "sobjects/Contact", &json!({"LastName": "X", "AccountId": account}));
    let (status, told) = contact(&held);
    assert_eq!((status, &told[0]["errorCode"]), (400, &json!("UNABLE_TO_LOCK_ROW")));
    assert_eq!(contact(&free).0, 201);
    assert_eq!(org.send("PATCH", &format!("sobjects/Account/{held}"), &json!({"Name": "N"})).0, 400);
    assert_eq!(org.send("PATCH", &format!("sobjects/Account/{free}"), &json!({"Name": "N"})).0, 204);
    assert_eq!(org.org.faults()[0].hits, 2);
    org.org.clear_faults();
    assert_eq!(contact(&held).0, 201);
}

#[test]
fn the_log_tells_what_was_called_and_keeps_secrets_out() {
    let org = empty();
    org.org.set_fault(Fault::FailNext {
        status: 500,
        code: None,
        body: None,
        retry_after: None,
        when: When::next("query"),
    });
    org.get("query?q=SELECT+Id+FROM+Account");
    org.get("limits?oauth_token=secret");
    org.http.get(org.at("/services/data")).send().unwrap();
    let told = org.json("/__practice/log?after=0");
    let calls = told["calls"].as_array().unwrap();
    let short: Vec<(u64, u64)> =
        calls.iter().map(|call| (call["status"].as_u64().unwrap(), call["cost"].as_u64().unwrap())).collect();
    assert_eq!(short, [(500, 0), (200, 1), (200, 0)], "{told}");
    assert_eq!(calls[0]["fault"], "fail_next");
    assert!(!told.to_string().contains("secret") && told.to_string().contains("SELECT Id FROM Account"));
    assert_eq!(org.org.calls_after(2).len(), 1);
}

#[test]
fn no_web_page_controls_the_org() {
    let org = empty();
    let ask = |origin: &str| {
        let asked = org.http.get(org.at("/__practice/status")).header("Origin", origin);
        org.with(asked).status().as_u16()
    };
    assert_eq!((ask("https://evil.example"), ask("null"), ask(&org.org.url())), (403, 403, 200));
    let stranger = org.http.get(org.at("/__practice/status")).send().unwrap();
    assert_eq!(stranger.status(), 401);
}

#[test]
fn jobs_end_as_ordered() {
    let org = empty();
    let csv = format!("Name\n{}", "Row\n".repeat(1_000));
    let settings = || json!({"object": "Account", "operation": "insert"});
    let (id, job) = {
        org.org.set_fault(Fault::JobAborted { after_rows: 300 });
        org.load(settings(), &csv)
    };
    assert_eq!((&job["state"], &job["numberRecordsProcessed"]), (&json!("Aborted"), &json!(400)));
    assert_eq!(org.rows(&format!("jobs/ingest/{id}/unprocessedrecords")).len(), 601);
    org.org.set_fault(Fault::JobDeleted { after_rows: 200 });
    let id = org.job(settings(), &csv);
    while org.get(&format!("jobs/ingest/{id}")).status() != 404 {}
    assert_eq!(org.soql("SELECT COUNT() FROM Account")["totalSize"], 600);
    org.org.set_fault(Fault::DelayResults { ms: 60_000 });
    let id = org.job(settings(), &csv);
    while org.json(&format!("jobs/ingest/{id}"))["numberRecordsProcessed"] != 1_000 {}
    assert_eq!(org.json(&format!("jobs/ingest/{id}"))["state"], "InProgress");
    org.org.clear_faults();
    assert_eq!(org.wait(&format!("jobs/ingest/{id}"))["state"], "JobComplete");
}
