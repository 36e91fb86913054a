//! Who gets in and how: versions, tokens, grants, compressed bodies.

use super::org::*;

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
fn answers_can_be_laid_out_and_heads_have_an_end() {
    let org = empty();
    let pretty = org.with(org.http.get(org.at("query?q=SELECT+Name+FROM+Organization")).header("X-PrettyPrint", "1"));
    let text = pretty.text().unwrap();
    assert!(text.starts_with("{\n  \"totalSize\" : 1,\n") && text.contains("\"records\" : [ {\n"), "{text}");
    let long = org.with(org.http.get(org.at("limits")).header("X-Long", "x".repeat(40_000)));
    assert_eq!(long.status(), 431);
    let long = org.with(org.http.get(org.at(&format!("query?q={}", "x".repeat(17_000)))));
    assert_eq!(long.status(), 414);
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
fn bodies_may_be_compressed_both_ways() {
    use std::io::{Read, Write};
    let org = small();
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
fn it_listens_where_it_is_told_to() {
    let org = start_with(Options { listen: "127.0.0.2".parse().unwrap(), seed: Seed::Empty, ..Options::default() });
    assert!(org.org.url().starts_with("http://127.0.0.2:"));
    assert_eq!(org.get("limits").status(), 200);
    let foreign = org.http.get(org.at("/services/data")).header("Host", "127.0.0.3").send().unwrap();
    assert_eq!(foreign.status(), 403);
    let everywhere = PracticeOrg::start(Options { listen: "0.0.0.0".parse().unwrap(), ..Options::default() });
    assert!(everywhere.err().unwrap().to_string().contains("one address"));
}

#[test]
fn headers_are_written_as_salesforce_writes_them() {
    use std::io::{Read as _, Write as _};
    let org = empty();
    let address = org.org.url().replace("http://", "");
    let mut line = std::net::TcpStream::connect(&address).unwrap();
    let token = &org.who.access_token;
    write!(line, "GET /services/data/v67.0/limits HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("\r\nContent-Type: ") && answer.contains("\r\nSforce-Limit-Info: "), "{answer}");
}
