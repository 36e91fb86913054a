//! What the practice org promises to whoever calls it over HTTP.

use std::time::{Duration, Instant};

use practice_org::{Credentials, Fault, Options, PracticeOrg, Seed, Storage};
use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

/// Waits for something in another thread that nothing announces.
fn pause(time: Duration) {
    let (_kept, silence) = std::sync::mpsc::channel::<()>();
    silence.recv_timeout(time).unwrap_err();
}

struct Org {
    org: PracticeOrg,
    http: Client,
    who: Credentials,
}

fn start_with(options: Options) -> Org {
    // Several tests set it; the first wins, and all want the same.
    let _set = rustls::crypto::ring::default_provider().install_default().is_ok();
    let org = PracticeOrg::start(options).unwrap();
    let who = org.credentials();
    Org { org, http: Client::builder().no_gzip().build().unwrap(), who }
}

fn empty() -> Org {
    start_with(Options { seed: Seed::Empty, ..Options::default() })
}

fn demo() -> Org {
    start_with(Options::default())
}

impl Org {
    fn at(&self, path: &str) -> String {
        if path.starts_with("/services") || path.starts_with("/id") || path.starts_with("/practice") {
            return format!("{}{path}", self.org.url());
        }
        format!("{}/services/data/v67.0/{path}", self.org.url())
    }
    fn with(&self, request: RequestBuilder) -> Response {
        request.bearer_auth(&self.who.access_token).send().unwrap()
    }
    fn get(&self, path: &str) -> Response {
        self.with(self.http.get(self.at(path)))
    }
    fn json(&self, path: &str) -> Value {
        self.get(path).json().unwrap()
    }
    fn send(&self, verb: &str, path: &str, body: &Value) -> (u16, Value) {
        let method = reqwest::Method::from_bytes(verb.as_bytes()).unwrap();
        let answer = self.with(self.http.request(method, self.at(path)).json(body));
        let status = answer.status().as_u16();
        (status, answer.json().unwrap_or(Value::Null))
    }
    fn soql(&self, query: &str) -> Value {
        let answer = self.with(self.http.get(self.at("query")).query(&[("q", query)]));
        answer.json().unwrap()
    }
    fn token(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let answer = self.http.post(self.at("/services/oauth2/token")).form(form).send().unwrap();
        (answer.status().as_u16(), answer.json().unwrap())
    }
    fn job(&self, settings: Value, csv: &str) -> String {
        let (status, job) = self.send("POST", "jobs/ingest", &settings);
        assert_eq!(status, 200, "{job}");
        assert_eq!(job["state"], "Open");
        let id = job["id"].as_str().unwrap().to_owned();
        let url = format!("{}/{}", self.org.url(), job["contentUrl"].as_str().unwrap());
        let put = self.with(self.http.put(url).header("Content-Type", "text/csv").body(csv.to_owned()));
        assert_eq!(put.status(), 201);
        let (status, _) = self.send("PATCH", &format!("jobs/ingest/{id}"), &json!({"state": "UploadComplete"}));
        assert_eq!(status, 200);
        id
    }
    fn wait(&self, path: &str) -> Value {
        let begun = Instant::now();
        loop {
            let job = self.json(path);
            if ["JobComplete", "Failed", "Aborted"].contains(&job["state"].as_str().unwrap()) {
                return job;
            }
            assert!(begun.elapsed() < Duration::from_secs(15), "{job}");
            pause(Duration::from_millis(10));
        }
    }
    fn load(&self, settings: Value, csv: &str) -> (String, Value) {
        let id = self.job(settings, csv);
        let job = self.wait(&format!("jobs/ingest/{id}"));
        (id, job)
    }
    fn rows(&self, path: &str) -> Vec<String> {
        self.get(path).text().unwrap().lines().map(str::to_owned).collect()
    }
}

#[test]
fn versions_ascend_and_need_no_token() {
    let org = empty();
    let list: Value = org.http.get(org.at("/services/data")).send().unwrap().json().unwrap();
    let list = list.as_array().unwrap();
    assert_eq!(list[0]["version"], "31.0");
    assert_eq!(list.last().unwrap()["version"], "68.0");
    let answer = org.get("limits/");
    assert!(answer.headers()["sforce-limit-info"].to_str().unwrap().starts_with("api-usage=1/15000"));
    assert!(answer.headers().contains_key("date"));
    assert_eq!(org.get("//services//data/v31.0/").status(), 404, "the path below v67.0 does not exist");
    assert_eq!(org.get("/services//data/v31.0//sobjects/").status(), 200);
}

#[test]
fn the_door_is_for_this_computer_and_for_those_who_signed_in() {
    let org = empty();
    let foreign = org.http.get(org.at("/services/data")).header("Host", "evil.example").send().unwrap();
    assert_eq!(foreign.status(), 403);
    let stranger = org.http.get(org.at("limits")).send().unwrap();
    assert_eq!(stranger.status(), 401);
    let body: Value = stranger.json().unwrap();
    assert_eq!(body[0]["errorCode"], "INVALID_SESSION_ID");
    let oauth = org
        .http
        .get(org.at("limits"))
        .header("Authorization", format!("OAuth {}", org.who.access_token))
        .send()
        .unwrap();
    assert_eq!(oauth.status(), 200);
    assert_eq!(org.get("nonsense").status(), 404);
    assert_eq!(org.send("PUT", "sobjects/Account", &json!({})).1[0]["errorCode"], "METHOD_NOT_ALLOWED");
    let plain = org.with(org.http.post(org.at("sobjects/Account")).header("Content-Type", "text/plain").body("x"));
    assert_eq!(plain.status(), 415);
}

#[test]
fn every_grant_signs_in() {
    let org = empty();
    let who = &org.who;
    let app = [("client_id", who.client_id.as_str()), ("client_secret", who.client_secret.as_str())];
    let (status, body) = org.token(&[&app[..], &[("grant_type", "client_credentials")]].concat());
    assert_eq!(status, 200, "{body}");
    assert!(body["id"].as_str().unwrap().ends_with(&format!("/id/{}/{}", who.org_id, who.user_id)));
    assert_eq!(body["instance_url"], org.org.url());
    let password = [("grant_type", "password"), ("username", &who.username), ("password", &who.password)];
    assert_eq!(org.token(&[&app[..], &password].concat()).0, 200);
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", who.refresh_token.as_str())];
    assert_eq!(org.token(&[&app[..1], &refresh].concat()).0, 200);
    assert_eq!(org.token(&[("grant_type", "magic")]).1["error"], "unsupported_grant_type");
    assert_eq!(org.token(&[("grant_type", "client_credentials"), ("client_id", "x")]).1["error"], "invalid_client_id");
    let info = org.json("/services/oauth2/userinfo");
    assert_eq!(info["user_id"], who.user_id);
    let token = body["access_token"].as_str().unwrap();
    let asked = [("token", token), app[0], app[1]];
    let answer: Value =
        org.http.post(org.at("/services/oauth2/introspect")).form(&asked).send().unwrap().json().unwrap();
    assert_eq!(answer["active"], true);
    assert_eq!(
        org.http.post(org.at("/services/oauth2/revoke")).form(&[("token", token)]).send().unwrap().status(),
        200
    );
    let gone = org.http.get(org.at("limits")).bearer_auth(token).send().unwrap();
    assert_eq!(gone.status(), 401);
}

#[test]
fn a_signed_assertion_signs_in_and_a_bad_one_does_not() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use rsa::pkcs1v15::SigningKey;
    use rsa::pkcs8::DecodePrivateKey;
    use rsa::signature::{SignatureEncoding, Signer};
    let org = empty();
    let pem = org.org.private_key_pem().unwrap();
    let key = SigningKey::<rsa::sha2::Sha256>::new(rsa::RsaPrivateKey::from_pkcs8_pem(&pem).unwrap());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let assertion = |claims: Value| {
        let text =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = key.sign(text.as_bytes()).to_bytes();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    let sign_in = |assertion: &str| {
        org.token(&[("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)])
    };
    let claims =
        |aud: &str, exp: Value| json!({"iss": org.who.client_id, "sub": org.who.username, "aud": aud, "exp": exp});
    let login = "https://login.salesforce.com";
    let (status, body) = sign_in(&assertion(claims(login, json!(now + 180))));
    assert_eq!(status, 200, "{body}");
    assert!(body.get("refresh_token").is_none());
    assert_eq!(sign_in(&assertion(claims(login, json!((now + 180).to_string())))).0, 200, "a numeric text will do");
    assert_eq!(sign_in(&assertion(claims(&org.org.url(), json!((now + 180) * 1000)))).0, 200, "milliseconds too");
    assert_eq!(
        sign_in(&assertion(claims("https://x.example", json!(now + 180)))).1["error_description"],
        "Audience validation failed"
    );
    assert_eq!(sign_in(&assertion(claims(login, json!(now - 10)))).1["error"], "invalid_grant");
    let mut forged = assertion(claims(login, json!(now + 180)));
    forged.truncate(forged.len() - 8);
    assert_eq!(sign_in(&forged).0, 400);
}

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
    assert_eq!(global["sobjects"].as_array().unwrap().len(), 16);
}

#[test]
fn a_row_lives_and_dies() {
    let org = empty();
    let (status, made) =
        org.send("POST", "sobjects/Account", &json!({"Name": "  Acme ", "AnnualRevenue": 12.5, "Site": ""}));
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    assert_eq!(id.len(), 18);
    let row = org.json(&format!("sobjects/Account/{}?fields=Name,AnnualRevenue,Site,Owner.Username", &id[..15]));
    assert_eq!(row["Name"], "Acme");
    assert_eq!(row["AnnualRevenue"], 13.0);
    assert_eq!(row["Site"], Value::Null);
    assert_eq!(row["Owner"]["Username"], org.who.username);
    let whole = org.json(&format!("sobjects/Account/{id}"));
    assert_eq!(whole["CreatedById"], org.who.user_id);
    assert!(whole["SystemModstamp"].as_str().unwrap().ends_with(".000+0000"));
    assert_eq!(org.send("PATCH", &format!("sobjects/Account/{id}"), &json!({"BillingCity": "Berlin"})).0, 204);
    assert_eq!(
        org.send("POST", &format!("sobjects/Account/{id}?_HttpMethod=PATCH"), &json!({"BillingCountry": "Germany"})).0,
        204
    );
    assert_eq!(org.json(&format!("sobjects/Account/{id}"))["BillingAddress"]["city"], "Berlin");
    assert_eq!(org.send("DELETE", &format!("sobjects/Account/{id}"), &Value::Null).0, 204);
    assert_eq!(
        org.send("PATCH", &format!("sobjects/Account/{id}"), &json!({"Name": "x"})),
        (404, json!([{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}]))
    );
    assert_eq!(org.soql("SELECT Id FROM Account")["totalSize"], 0);
    let all = org.with(org.http.get(org.at("queryAll")).query(&[("q", "SELECT Id, IsDeleted FROM Account")]));
    assert_eq!(all.json::<Value>().unwrap()["records"][0]["IsDeleted"], true);
}

#[test]
fn removing_a_row_takes_its_own_along_and_stops_at_what_matters() {
    let org = demo();
    let id = |name: &str| {
        org.soql(&format!("SELECT Id FROM Account WHERE Name = '{name}'"))["records"][0]["Id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (status, body) = org.send("DELETE", &format!("sobjects/Account/{}", id("Aurora Kitchenware")), &Value::Null);
    assert_eq!((status, &body[0]["errorCode"]), (400, &json!("DELETE_FAILED")));
    let contacts = org.soql("SELECT COUNT() FROM Contact")["totalSize"].as_u64().unwrap();
    assert_eq!(org.send("DELETE", &format!("sobjects/Account/{}", id("Alfreds Futterkiste")), &Value::Null).0, 204);
    assert_eq!(org.soql("SELECT COUNT() FROM Contact")["totalSize"].as_u64().unwrap(), contacts - 2);
}

#[test]
fn small_questions_are_answered() {
    let org = demo();
    let counts = org.json("limits/recordCount?sObjects=Account,Contact,Campaign");
    assert_eq!(counts["sObjects"][0], json!({"count": 12, "name": "Account"}));
    let columns = org.json("query?q=SELECT+Id,Owner.Name+FROM+Account&columns=true");
    assert_eq!(columns["columnMetadata"][1]["joinColumns"][0]["columnName"], "Name");
    let identity = org.json(&format!("/id/{}/{}?format=json", org.who.org_id, org.who.user_id));
    assert_eq!(identity["username"], org.who.username);
    let denied = org.http.get(org.at("/services/oauth2/userinfo")).bearer_auth("nonsense").send().unwrap();
    assert_eq!((denied.status().as_u16(), denied.text().unwrap()), (403, "Bad_OAuth_Token".to_owned()));
    assert_eq!(org.get("/services/data/v30.0/limits").status(), 410);
    let info = org.json("sobjects/Account/");
    assert_eq!(info["objectDescribe"]["keyPrefix"], "001");
    assert!(org.json("")["sobjects"].as_str().unwrap().ends_with("/sobjects"));
    assert_eq!(org.json("sobjects/Contact/003Lk0000000001/Account")["Name"], "Alfreds Futterkiste");
}

#[test]
fn a_guarded_write_meets_the_other_hand() {
    let org = demo();
    let path = "sobjects/Account/001Lk0000000001";
    let read = org.get(path);
    let (tag, date) = (read.headers()["etag"].clone(), read.headers()["last-modified"].clone());
    let patch = |name: &str, value: &reqwest::header::HeaderValue| {
        org.with(org.http.patch(org.at(path)).header(name, value).json(&json!({"Site": "x"}))).status().as_u16()
    };
    assert_eq!(org.with(org.http.get(org.at(path)).header("If-Modified-Since", &date)).status(), 304);
    assert_eq!(org.with(org.http.get(org.at(path)).header("If-None-Match", &tag)).status(), 304);
    assert_eq!(patch("If-Match", &reqwest::header::HeaderValue::from_static("\"old\"")), 412);
    assert_eq!(
        patch("If-Unmodified-Since", &reqwest::header::HeaderValue::from_static("Thu, 01 Jan 2026 00:00:00 GMT")),
        412
    );
    assert_eq!(patch("If-Unmodified-Since", &date), 204);
}

#[test]
fn rows_are_refused_with_the_codes_of_salesforce() {
    let org = demo();
    let inactive = org.soql("SELECT Id FROM User WHERE IsActive = false")["records"][0]["Id"].clone();
    for (object, row, code) in [
        ("Account", json!({}), "REQUIRED_FIELD_MISSING"),
        ("Account", json!({"Name": "x".repeat(256)}), "STRING_TOO_LONG"),
        ("Account", json!({"Name": "x", "Margin__c": 4}), "INVALID_FIELD"),
        ("Account", json!({"Name": "x", "Credit_Rating__c": "A"}), "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("Account", json!({"Name": "x", "AnnualRevenue": "much"}), "JSON_PARSER_ERROR"),
        ("Account", json!({"Name": "x", "ParentId": "001"}), "MALFORMED_ID"),
        ("Account", json!({"Name": "x", "ParentId": "001Lk0000ZZZZZZ"}), "INVALID_CROSS_REFERENCE_KEY"),
        ("Account", json!({"Name": "x", "ParentId": org.who.user_id}), "FIELD_INTEGRITY_EXCEPTION"),
        ("Account", json!({"Name": "x", "ERP_Id__c": "alfki"}), "DUPLICATE_VALUE"),
        ("Account", json!({"Name": "x", "OwnerId": inactive}), "INACTIVE_OWNER_OR_USER"),
        ("Account", json!({"Name": "x", "Parent": {"ERP_Id__c": "nobody"}}), "INVALID_FIELD"),
        ("Contact", json!({"LastName": "x", "Email": "a b@c.d"}), "INVALID_EMAIL_ADDRESS"),
        ("Campaign", json!({"Name": "x"}), "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"),
        (
            "Order",
            json!({"AccountId": null, "EffectiveDate": "2026-01-01", "Status": "Lost"}),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
    ] {
        let (status, body) = org.send("POST", &format!("sobjects/{object}"), &row);
        assert_eq!((status, body[0]["errorCode"].as_str()), (400, Some(code)), "{object} {row} {body}");
    }
    let product = org.send("POST", "sobjects/Product2", &json!({"Name": "New", "IsActive": true})).1["id"].clone();
    let book = org.soql("SELECT Id FROM Pricebook2 WHERE IsStandard = false")["records"][0]["Id"].clone();
    let (_, body) = org.send(
        "POST",
        "sobjects/PricebookEntry",
        &json!({"Product2Id": product, "Pricebook2Id": book, "UnitPrice": 1}),
    );
    assert_eq!(body[0]["errorCode"], "STANDARD_PRICE_NOT_DEFINED");
    let (_, made) = org.send(
        "POST",
        "sobjects/Opportunity",
        &json!({"Name": "o", "StageName": "Closed Won", "CloseDate": "2026-05-05", "Amount": 10}),
    );
    let row = org.json(&format!("sobjects/Opportunity/{}", made["id"].as_str().unwrap()));
    assert_eq!((&row["Probability"], &row["IsWon"], &row["FiscalQuarter"]), (&json!(100.0), &json!(true), &json!(2)));
}

#[test]
fn upsert_answers_by_version_and_refuses_ambiguity() {
    let org = demo();
    let path = "sobjects/Account/ERP_Id__c/NEW%2F1";
    let (status, body) = org.send("PATCH", path, &json!({"Name": "New"}));
    assert_eq!((status, &body["created"]), (201, &json!(true)), "{body}");
    let (status, body) = org.send("PATCH", "sobjects/Account/ERP_Id__c/new%2F1", &json!({"Name": "Newer"}));
    assert_eq!((status, &body["created"]), (200, &json!(false)));
    assert_eq!(
        org.send("PATCH", "/services/data/v45.0/sobjects/Account/ERP_Id__c/NEW%2F1", &json!({"Name": "N"})).0,
        204
    );
    assert_eq!(org.get(path).status(), 200);
    assert_eq!(org.send("PATCH", "sobjects/Account/Site/x", &json!({"Name": "N"})).0, 404);
    for _ in 0..2 {
        org.send("POST", "sobjects/Contact", &json!({"LastName": "Twin", "Email": "twin@example.com"}));
    }
    let (status, body) = org.send("PATCH", "sobjects/Contact/Email/twin@example.com", &json!({"LastName": "T"}));
    assert_eq!((status, body.as_array().map(Vec::len)), (300, Some(2)));
}

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

#[test]
fn queries_answer_in_the_shape_of_salesforce() {
    let org = demo();
    let body = org.soql("select id, NAME, owner.name, parent.name, (SELECT lastname FROM contacts LIMIT 1), (SELECT Id FROM Cases) from account where name LIKE 'blue%'");
    let row = &body["records"][0];
    let keys: Vec<&String> = row.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["attributes", "Id", "Name", "Owner", "Parent", "Contacts", "Cases"]);
    assert_eq!(row["Parent"]["Name"], "Aurora Kitchenware");
    assert_eq!(row["Contacts"]["totalSize"], 1);
    let names = |query: &str| -> Vec<String> {
        let body = org.soql(query);
        body["records"]
            .as_array()
            .unwrap_or_else(|| panic!("{query}: {body}"))
            .iter()
            .map(|row| row["Name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("SELECT Name FROM Account WHERE ERP_Id__c = null ORDER BY Name DESC").len(), 3);
    assert_eq!(
        names("SELECT Name FROM Account WHERE ERP_Id__c != 'ALFKI'").len(),
        11,
        "rows without a value are not equal either"
    );
    assert_eq!(names("SELECT Name FROM Account WHERE NOT (ERP_Id__c LIKE 'LK%')").len(), 6);
    assert_eq!(
        names("SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Case) AND Industry != 'Retail'").len(),
        2
    );
    assert_eq!(names("SELECT Name FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contact)").len(), 0);
    assert_eq!(
        names("SELECT Name FROM Account WHERE CreatedDate = TODAY AND CreatedDate >= LAST_N_DAYS:3 LIMIT 2").len(),
        2
    );
    assert_eq!(names("SELECT Name FROM Account ORDER BY AnnualRevenue NULLS LAST LIMIT 1"), ["Chop-suey Chinese"]);
    assert_eq!(
        names("SELECT Name FROM Opportunity ORDER BY StageName LIMIT 1"),
        ["Alfreds Futterkiste - Starter order"]
    );
    assert_eq!(names("SELECT FIELDS(ALL) FROM Account LIMIT 200").len(), 12);
    let who = org.soql("SELECT Who.Name, What.Type FROM Task WHERE What.Type = 'Opportunity'");
    assert_eq!(who["records"][0]["Who"]["Name"], "Marco Rossi");
    let body = org.soql("SELECT Industry, COUNT(Id), SUM(AnnualRevenue) total FROM Account GROUP BY Industry HAVING COUNT(Id) > 1 ORDER BY SUM(AnnualRevenue)");
    assert_eq!(
        body["records"][0],
        json!({"attributes": {"type": "AggregateResult"}, "Industry": "Food & Beverage", "expr0": 2, "total": 600_000.0}),
        "{body}"
    );
    let many: Vec<String> = (0..1500).map(|number| format!("Name = '{number}'")).collect();
    let long = json!({"operation": "query", "query": format!("SELECT Id FROM Account WHERE {}", many.join(" OR "))});
    let (_, job) = org.send("POST", "jobs/query", &long);
    assert_eq!(org.wait(&format!("jobs/query/{}", job["id"].as_str().unwrap()))["state"], "JobComplete");
    for (query, code) in [
        ("SELECT Nmae FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Acount", "INVALID_TYPE"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY"),
        ("SELECT Margin__c FROM Account", "INVALID_FIELD"),
    ] {
        let body = org.soql(query);
        assert_eq!(body[0]["errorCode"], code, "{query} {body}");
        assert!(body[0]["message"].as_str().unwrap().contains("ERROR at Row:1:Column:"), "{body}");
    }
}

#[test]
fn long_answers_come_in_pages() {
    let org = empty();
    let mut csv = String::from("LastName\n");
    for number in 0..450 {
        csv.push_str(&format!("P{number:03}\n"));
    }
    org.load(json!({"object": "Contact", "operation": "insert"}), &csv);
    let request = org
        .http
        .get(org.at("query/?q=SELECT+LastName+FROM+Contact+ORDER+BY+LastName"))
        .header("Sforce-Query-Options", "batchSize=200");
    let mut page: Value = org.with(request).json().unwrap();
    let mut seen = Vec::new();
    loop {
        assert_eq!(page["totalSize"], 450);
        seen.extend(page["records"].as_array().unwrap().iter().map(|row| row["LastName"].as_str().unwrap().to_owned()));
        let Some(next) = page["nextRecordsUrl"].as_str() else {
            break;
        };
        let request = org.http.get(org.at(next)).header("Sforce-Query-Options", "batchSize=200");
        page = org.with(request).json().unwrap();
    }
    assert_eq!(page["done"], true);
    assert_eq!(seen.len(), 450);
    assert!(seen.is_sorted());
    assert_eq!(org.json("query/01gnothing-200")[0]["errorCode"], "INVALID_QUERY_LOCATOR");
}

#[test]
fn a_bulk_upsert_tells_the_fate_of_every_row() {
    let org = demo();
    let csv = "ERP_Id__c,Name,AnnualRevenue,Owner.Username,Parent.ERP_Id__c,Phone\n\
               ALFKI,Alfreds,912000000,mira@practice.linkspan.example,LK-1001,#N/A\n\
               N1,\"Quote \"\"Q\"\" Ltd\",5,,,\n\
               N2,,1,,,\n\
               N3,Bad owner,1,nobody@x.example,,\n\
               N4,Bad number,12k,,,\n\
               ,No key,1,,,\n";
    let settings = json!({"object": "Account", "operation": "upsert", "externalIdFieldName": "ERP_Id__c"});
    let (id, job) = org.load(settings, csv);
    assert_eq!(job["state"], "JobComplete", "{job}");
    assert_eq!(
        (&job["numberRecordsProcessed"], &job["numberRecordsFailed"], &job["apiVersion"]),
        (&json!(6), &json!(4), &json!(67.0))
    );
    let good = org.rows(&format!("jobs/ingest/{id}/successfulResults/"));
    assert_eq!(
        good[0],
        "\"sf__Id\",\"sf__Created\",ERP_Id__c,Name,AnnualRevenue,Owner.Username,Parent.ERP_Id__c,Phone"
    );
    assert!(good.iter().any(|line| line.contains("\"false\",\"ALFKI\",\"Alfreds\",\"9.12E8\"")), "{good:?}");
    assert!(good.iter().any(|line| line.contains("\"true\",\"N1\",\"Quote \"\"Q\"\" Ltd\",\"5.0\"")), "{good:?}");
    let bad = org.rows(&format!("jobs/ingest/{id}/failedResults"));
    for part in [
        "\"\",\"REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --\",\"N2\"",
        "INVALID_FIELD:Foreign key external ID: nobody@x.example not found for field Username in entity User:--",
        "INVALID_TYPE_ON_FIELD_IN_RECORD:Annual Revenue: value not of required type: 12k:AnnualRevenue --",
        "MISSING_ARGUMENT:ERP_Id__c not specified:ERP_Id__c --",
    ] {
        assert!(bad.iter().any(|line| line.contains(part)), "{part} {bad:?}");
    }
    assert_eq!(org.rows(&format!("jobs/ingest/{id}/unprocessedRecords/")).len(), 1);
    let row = org.soql("SELECT Name, Phone, Parent.Name, Owner.Name FROM Account WHERE ERP_Id__c = 'ALFKI'")["records"]
        [0]
    .clone();
    assert_eq!(
        (&row["Phone"], &row["Parent"]["Name"], &row["Owner"]["Name"]),
        (&Value::Null, &json!("Aurora Kitchenware"), &json!("Mira Holm"))
    );
}

#[test]
fn bulk_knows_polymorphic_parents_chunks_and_one_shot_jobs() {
    let org = demo();
    let csv = "LastName;Company;User:Owner.Username\nOne;Co;mira@practice.linkspan.example\nTwo;Co;olga@practice.linkspan.example\n";
    let settings = json!({"object": "Lead", "operation": "insert", "columnDelimiter": "SEMICOLON"});
    let (id, job) = org.load(settings, csv);
    assert_eq!(job["numberRecordsFailed"], 1, "{job}");
    let bad = org.rows(&format!("jobs/ingest/{id}/failedResults"));
    assert!(bad[1].contains("INACTIVE_OWNER_OR_USER"), "{bad:?}");
    let (_, job) =
        org.load(json!({"object": "Lead", "operation": "insert"}), "LastName,Company,Owner.Username\nOne,Co,x\n");
    assert_eq!(job["errorMessage"], "InvalidBatch : Field name not found : Owner.Username");
    let mut csv = String::from("ERP_Id__c,Name\n");
    for number in 0..201 {
        csv.push_str(&format!("K{},A\n", if number == 200 { 0 } else { number }));
    }
    csv.push_str("Twice,A\ntwice,B\n");
    let upsert = json!({"object": "Account", "operation": "upsert", "externalIdFieldName": "ERP_Id__c"});
    let (id, job) = org.load(upsert, &csv);
    assert_eq!(job["numberRecordsFailed"], 2, "the two of one chunk, not the two of different chunks");
    assert!(org.rows(&format!("jobs/ingest/{id}/failedResults"))[1].contains("DUPLICATE_EXTERNAL_ID"));
    let body = "--B\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name=\"job\"\r\n\r\n\
                {\"object\":\"Account\",\"operation\":\"insert\"}\r\n--B\r\nContent-Type: text/csv\r\n\
                Content-Disposition: form-data; name=\"content\"; filename=\"content\"\r\n\r\nName\nOne shot\n\r\n--B--\r\n";
    let request =
        org.http.post(org.at("jobs/ingest")).header("Content-Type", "multipart/form-data; boundary=B").body(body);
    let job: Value = org.with(request).json().unwrap();
    assert_eq!(job["state"], "UploadComplete", "{job}");
    let path = format!("jobs/ingest/{}", job["id"].as_str().unwrap());
    assert_eq!(org.wait(&path)["numberRecordsProcessed"], 1);
    let found = org.soql("SELECT Id FROM Account WHERE Name = 'one SHOT'");
    let csv = format!("Id\n{}\n", found["records"][0]["Id"].as_str().unwrap());
    let (_, job) = org.load(json!({"object": "Account", "operation": "delete"}), &csv);
    assert_eq!(job["numberRecordsFailed"], 0);
    assert_eq!(org.soql("SELECT Id FROM Account WHERE Name = 'One Shot'")["totalSize"], 0);
}

#[test]
fn bulk_jobs_fail_as_a_whole_for_what_is_wrong_with_the_file() {
    let org = demo();
    for (csv, error) in [
        ("Name,Nope\nA,1\n", "InvalidBatch : Field name not found : Nope"),
        ("Name,Margin__c\nA,1\n", "InvalidBatch : Field name not found : Margin__c"),
        ("Name\r\nA\r\n", "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF"),
    ] {
        let (id, job) = org.load(json!({"object": "Account", "operation": "insert"}), csv);
        assert_eq!((job["state"].as_str(), job["errorMessage"].as_str()), (Some("Failed"), Some(error)));
        assert_eq!(org.rows(&format!("jobs/ingest/{id}/unprocessedrecords")).len(), 2);
    }
    let (_, open) = org.send(
        "POST",
        "jobs/ingest",
        &json!({"object": "Account", "operation": "insert", "lineEnding": "CRLF", "columnDelimiter": "SEMICOLON"}),
    );
    let path = format!("jobs/ingest/{}", open["id"].as_str().unwrap());
    let put = || {
        org.with(
            org.http
                .put(org.at(&format!("{path}/batches/")))
                .header("Content-Type", "text/csv")
                .body("Name;Site\r\nA;B\r\n"),
        )
    };
    assert_eq!(put().status(), 201);
    assert_eq!(put().status(), 400);
    assert_eq!(org.send("DELETE", &path, &Value::Null).1[0]["errorCode"], "API_ERROR");
    assert_eq!(org.send("PATCH", &path, &json!({"state": "UploadComplete"})).0, 200);
    assert_eq!(org.wait(&path)["numberRecordsProcessed"], 1);
    assert_eq!(
        org.send("PATCH", &path, &json!({"state": "Aborted"})).1[0]["message"],
        "Aborting already Completed Job not allowed"
    );
    assert_eq!(org.send("DELETE", &path, &Value::Null).0, 204);
    assert_eq!(org.send("POST", "jobs/ingest", &json!({"object": "Nope", "operation": "insert"})).0, 400);
}

#[test]
fn bulk_queries_page_with_their_headers() {
    let org = demo();
    let (status, job) = org.send("POST", "jobs/query", &json!({"operation": "query", "query": "SELECT Id, Name, Parent.Name, AnnualRevenue, IsDeleted, CreatedDate FROM Account"}));
    assert_eq!((status, &job["state"]), (200, &json!("UploadComplete")), "{job}");
    let path = format!("jobs/query/{}", job["id"].as_str().unwrap());
    assert_eq!(org.wait(&path)["numberRecordsProcessed"], 12);
    let mut locator = String::new();
    let mut rows = 0;
    loop {
        let answer = org.get(&format!("{path}/results?maxRecords=5&locator={locator}"));
        let count: usize = answer.headers()["sforce-numberofrecords"].to_str().unwrap().parse().unwrap();
        locator = answer.headers()["sforce-locator"].to_str().unwrap().to_owned();
        let text = answer.text().unwrap();
        assert!(
            text.starts_with("\"Id\",\"Name\",\"Parent.Name\",\"AnnualRevenue\",\"IsDeleted\",\"CreatedDate\"\n"),
            "{text}"
        );
        assert_eq!(text.lines().count(), count + 1);
        rows += count;
        if locator == "null" {
            break;
        }
    }
    assert_eq!(rows, 12);
    assert_eq!(org.get(&format!("/services/data/v66.0/{path}/results")).status(), 409);
    assert_eq!(org.json(&format!("{path}/resultPages"))["done"], true);
    let (status, _) =
        org.send("POST", "jobs/query", &json!({"operation": "query", "query": "SELECT COUNT(Id) FROM Account"}));
    assert_eq!(status, 400);
}

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

#[test]
fn bulk_faults_leave_rows_where_they_should_be() {
    let org = empty();
    let mut csv = String::from("Name\n");
    for number in 0..1000 {
        csv.push_str(&format!("A{number}\n"));
    }
    let insert = json!({"object": "Account", "operation": "insert"});
    org.org.set_fault(Fault::JobFails { after_rows: 400 });
    let (id, job) = org.load(insert.clone(), &csv);
    assert_eq!((&job["state"], &job["numberRecordsProcessed"]), (&json!("Failed"), &json!(400)));
    assert_eq!(org.rows(&format!("jobs/ingest/{id}/successfulResults")).len(), 401);
    assert_eq!(org.rows(&format!("jobs/ingest/{id}/unprocessedrecords")).len(), 601);
    org.org.set_fault(Fault::JobStuck);
    let id = org.job(insert.clone(), &csv);
    pause(Duration::from_millis(150));
    assert_eq!(org.json(&format!("jobs/ingest/{id}"))["state"], "InProgress");
    org.org.clear_faults();
    org.wait(&format!("jobs/ingest/{id}"));
    let results = org.rows(&format!("jobs/ingest/{id}/successfulResults"));
    let order: Vec<&str> = results[1..].iter().map(|line| line.rsplit(',').next().unwrap()).collect();
    assert_ne!(order[..5], ["\"A0\"", "\"A1\"", "\"A2\"", "\"A3\"", "\"A4\""], "results are shuffled");
    org.org.set_fault(Fault::MissingResults { share: 0.5 });
    org.org.set_fault(Fault::LockRows { share: 0.1 });
    let (id, job) = org.load(insert, &csv);
    let shown = org.rows(&format!("jobs/ingest/{id}/successfulResults")).len()
        + org.rows(&format!("jobs/ingest/{id}/failedResults")).len();
    assert!((300..700).contains(&shown), "{shown}");
    assert!(job["numberRecordsFailed"].as_u64().unwrap() > 30);
}

#[test]
fn a_job_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        || Options { storage: Storage::File(folder.path().join("org.db")), seed: Seed::Empty, ..Options::default() };
    let first = start_with(options());
    first.org.set_fault(Fault::JobStuck);
    let id =
        first.job(json!({"object": "Account", "operation": "insert", "lineEnding": "CRLF"}), "Name\r\nOne\r\nTwo\r\n");
    pause(Duration::from_millis(100));
    assert_eq!(first.json(&format!("jobs/ingest/{id}"))["state"], "InProgress");
    drop(first);
    let second = start_with(options());
    assert_eq!(second.wait(&format!("jobs/ingest/{id}"))["numberRecordsProcessed"], 2);
    assert_eq!(second.soql("SELECT COUNT() FROM Account")["totalSize"], 2);
}

#[test]
fn a_broken_row_fails_the_job_and_loses_nothing() {
    let org = empty();
    let mut csv = String::from("Name,Site\r\n");
    for number in 0..500 {
        csv.push_str(&format!("A{number},{}\r\n", if number == 450 { "x,y" } else { "x" }));
    }
    let (id, job) = org.load(json!({"object": "Account", "operation": "insert", "lineEnding": "CRLF"}), &csv);
    assert_eq!((&job["state"], &job["numberRecordsProcessed"]), (&json!("Failed"), &json!(400)), "{job}");
    let rest = org.get(&format!("jobs/ingest/{id}/unprocessedrecords")).text().unwrap();
    assert!(rest.starts_with("Name,Site\r\nA400,x\r\n"), "{}", &rest[..40]);
}

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

#[test]
fn bodies_may_be_compressed_both_ways() {
    use std::io::{Read, Write};
    let org = demo();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(br#"{"Name": "Packed"}"#).unwrap();
    let request = org
        .http
        .post(org.at("sobjects/Account"))
        .header("Content-Type", "application/json")
        .header("Content-Encoding", "gzip");
    assert_eq!(org.with(request.body(packed.finish().unwrap())).status(), 201);
    let answer = org.with(org.http.get(org.at("sobjects/Account/describe")).header("Accept-Encoding", "gzip"));
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&answer.bytes().unwrap()[..]).read_to_string(&mut text).unwrap();
    assert!(text.starts_with('{'));
}

#[test]
fn changes_and_deletions_can_be_asked_for() {
    let org = demo();
    let span = "start=2026-01-01T00:00:00Z&end=2099-01-01T00:00:00Z";
    assert_eq!(org.json(&format!("sobjects/Account/updated/?{span}"))[0]["errorCode"], "INVALID_REPLICATION_DATE");
    let now = org.json("sobjects/Account/001Lk0000000001")["SystemModstamp"].as_str().unwrap().replace("+0000", "Z");
    let day = &now[..10];
    let span = format!("start={day}T00:00:00Z&end=2099-01-01T00:00:00Z");
    assert_eq!(org.json(&format!("sobjects/Account/updated/?{span}"))["ids"].as_array().unwrap().len(), 12);
    org.send("DELETE", "sobjects/Account/001Lk0000000001", &Value::Null);
    assert_eq!(org.json(&format!("sobjects/Account/deleted/?{span}"))["deletedRecords"].as_array().unwrap().len(), 1);
}

#[test]
fn queries_that_the_grammar_takes_are_refused_for_their_reason() {
    let org = demo();
    let text =
        std::fs::read_to_string(format!("{}/tests/fixtures/soql/refused.txt", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut wrong = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut parts = line.split('\t');
        let (code, query) = (parts.next().unwrap(), parts.next().unwrap());
        let answer = org.soql(query);
        let got = answer[0]["errorCode"].as_str().unwrap_or("accepted");
        // A question mark says that the code, though not the refusal, is a guess.
        let fits = if code.ends_with('?') { got != "accepted" } else { got == code };
        if !fits {
            wrong.push(format!("{code} {query}: {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn callers_are_served_while_a_job_runs() {
    let org = empty();
    let mut csv = String::from("Name,ERP_Id__c\n");
    for number in 0..30_000 {
        csv.push_str(&format!("A{number},K{number}\n"));
    }
    let id = org.job(json!({"object": "Account", "operation": "insert"}), &csv);
    std::thread::scope(|scope| {
        for hand in 0..4 {
            let org = &org;
            scope.spawn(move || {
                for number in 0..5 {
                    let row = json!({"LastName": format!("P{hand}-{number}")});
                    assert_eq!(org.send("POST", "sobjects/Contact", &row).0, 201);
                    assert!(org.soql("SELECT COUNT() FROM Account")["totalSize"].is_u64());
                }
            });
        }
    });
    let job = org.wait(&format!("jobs/ingest/{id}"));
    assert_eq!((&job["numberRecordsProcessed"], &job["numberRecordsFailed"]), (&json!(30_000), &json!(0)));
    assert_eq!(org.soql("SELECT COUNT() FROM Contact")["totalSize"], 20);
    assert_eq!(org.rows(&format!("jobs/ingest/{id}/successfulResults")).len(), 30_001);
}
