//! SOAP: signing in and out, who am I, and the faults.

use proptest::prelude::*;

use super::org::*;

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";

fn envelope(api: &str, header: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><env:Envelope xmlns:env=\"{ENVELOPE}\" xmlns:urn=\"urn:{api}.soap.sforce.com\">\
         <env:Header>{header}</env:Header><env:Body>{body}</env:Body></env:Envelope>"
    )
}

impl Org {
    fn soap(&self, path: &str, text: impl Into<String>) -> (u16, String) {
        let request = self.http.post(format!("{}/services/Soap/{path}", self.org.url()));
        let request = request.header("Content-Type", "text/xml; charset=UTF-8").header("SOAPAction", "\"\"");
        let answer = request.body(text.into()).send().unwrap();
        assert_eq!(answer.headers()["content-type"], "text/xml;charset=UTF-8");
        (answer.status().as_u16(), answer.text().unwrap())
    }

    fn soap_login(&self, version: &str, username: &str, password: &str) -> (u16, String) {
        let login = format!(
            "<urn:login><urn:username>{username}</urn:username><urn:password>{password}</urn:password></urn:login>"
        );
        self.soap(&format!("u/{version}"), envelope("partner", "", &login))
    }

    fn soap_with(&self, token: &str, operation: &str) -> (u16, String) {
        let header = format!("<urn:SessionHeader><urn:sessionId>{token}</urn:sessionId></urn:SessionHeader>");
        self.soap("u/67.0", envelope("partner", &header, operation))
    }
}

/// The text between two tags, as many clients find it.
fn between<'a>(text: &'a str, name: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("{name} in {text}"));
    rest.split_once(&format!("</{name}>")).unwrap().0
}

#[test]
fn a_password_opens_a_session_that_every_api_takes() {
    let org = empty();
    let who = &org.who;
    let (status, text) = org.soap_login("64.0", &who.username, &format!("{}Token123", who.password));
    assert_eq!(status, 200, "{text}");
    let token = between(&text, "sessionId");
    assert!(token.starts_with(&format!("{}!", &who.org_id[..15])));
    let place = format!("{}/services/Soap/u/64.0/{}", org.org.url(), &who.org_id[..15]);
    assert_eq!(between(&text, "serverUrl"), place);
    for (name, value) in [
        ("organizationId", who.org_id.as_str()),
        ("userId", &who.user_id),
        ("userName", &who.username),
        ("organizationName", "Linkspan Practice Org"),
        ("sessionSecondsValid", "7200"),
        ("passwordExpired", "false"),
        ("userType", "Standard"),
    ] {
        assert_eq!(between(&text, name), value);
    }
    assert!(between(&text, "profileId").starts_with("00e"));
    assert!(text.contains("<roleId xsi:nil=\"true\"/>"));
    let limits = org.http.get(org.at("limits")).bearer_auth(token).send().unwrap();
    assert_eq!(limits.status(), 200);
    let (status, info) = org.soap_with(token, "<urn:getUserInfo/>");
    assert_eq!(status, 200, "{info}");
    assert_eq!(between(&info, "userFullName"), "Ada Practice");
    assert_eq!(between(&info, "type"), "API REQUESTS");
    let (_, time) = org.soap_with(token, "<urn:getServerTimestamp/>");
    assert!(between(&time, "timestamp").ends_with('Z'));
    assert_eq!(org.soap_with(token, "<urn:logout/>").0, 200);
    let (status, ended) = org.soap_with(token, "<urn:getUserInfo/>");
    assert_eq!((status, between(&ended, "faultcode")), (500, "sf:INVALID_SESSION_ID"));
    let limits = org.http.get(org.at("limits")).bearer_auth(token).send().unwrap();
    assert_eq!(limits.status(), 401);
}

#[test]
fn the_enterprise_api_is_spoken_too_and_oauth_tokens_work() {
    let org = empty();
    let who = &org.who;
    let login = format!(
        "<login xmlns=\"urn:enterprise.soap.sforce.com\"><username>{}</username><password>{}</password></login>",
        who.username, who.password
    );
    let path = format!("c/50.0/{}", &who.org_id[..15]);
    let (status, text) = org.soap(&path, envelope("enterprise", "", &login));
    assert_eq!(status, 200, "{text}");
    assert!(text.contains("urn:enterprise.soap.sforce.com") && between(&text, "serverUrl").contains("/Soap/c/50.0/"));
    let (status, text) = org.soap("u/50.0", envelope("enterprise", "", "<urn:getUserInfo/>"));
    assert_eq!(status, 500);
    assert_eq!(
        between(&text, "faultstring"),
        "No operation available for request {urn:enterprise.soap.sforce.com}getUserInfo"
    );
    assert_eq!(org.soap_with(&who.access_token, "<urn:getUserInfo/>").0, 200);
}

#[test]
fn faults_are_those_of_salesforce() {
    let org = empty();
    let who = &org.who;
    let wrong = "Invalid username, password, security token; or user locked out.";
    for (name, password) in [
        (who.username.as_str(), "wrong"),
        ("nobody@x.example", &who.password),
        ("olga@practice.linkspan.example", &who.password),
        (&who.user_id, &who.password),
        (&who.username, ""),
    ] {
        let (status, text) = org.soap_login("59.0", name, password);
        assert_eq!(status, 500);
        assert_eq!(between(&text, "sf:exceptionCode"), "INVALID_LOGIN");
        assert_eq!(between(&text, "sf:exceptionMessage"), wrong);
        assert_eq!(between(&text, "faultstring"), format!("INVALID_LOGIN: {wrong}"));
        assert!(text.contains("xmlns:sf=\"urn:fault.partner.soap.sforce.com\"") && text.contains("<sf:LoginFault "));
    }
    let (_, text) = org.soap_login("65.0", &who.username, &who.password);
    assert_eq!(between(&text, "sf:exceptionCode"), "INVALID_OPERATION");
    assert!(between(&text, "sf:exceptionMessage").contains("(65.0)"));
    for version in ["20.0", "30.0", "69.0", "v62.0", "x", "+50.0"] {
        let (status, text) = org.soap_login(version, &who.username, &who.password);
        assert_eq!((status, between(&text, "sf:exceptionCode")), (500, "UNSUPPORTED_API_VERSION"), "{version}");
    }
    let (_, text) = org.soap_with(&who.access_token, "<urn:convertLead/>");
    let none = "No operation available for request {urn:partner.soap.sforce.com}convertLead";
    assert_eq!((between(&text, "faultcode"), between(&text, "faultstring")), ("soapenv:Client", none));
    for token in ["", "00D000000000000!x", who.refresh_token.as_str()] {
        assert!(org.soap_with(token, "<urn:getUserInfo/>").1.contains("<faultcode>sf:INVALID_SESSION_ID</faultcode>"));
    }
    let deep = format!("{}{}", "<a>".repeat(5000), "</a>".repeat(5000));
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>";
    for broken in ["", "{}", "<a", "<a/>", bomb, &deep, &envelope("partner", "", "")] {
        let (status, text) = org.soap("u/60.0", broken);
        assert_eq!((status, between(&text, "faultcode")), (500, "soapenv:Client"), "{broken}");
    }
    assert_eq!(org.http.get(org.at("/services/Soap/u/60.0")).send().unwrap().status(), 500);
    let bare = org.http.post(org.at("/services/Soap/u/60.0")).body("<a/>").send().unwrap().text().unwrap();
    assert_eq!(between(&bare, "faultstring"), "SOAPAction HTTP header missing");
    let foreign = org.http.post(org.at("/services/Soap/u/60.0")).header("Host", "evil.example").send().unwrap();
    assert_eq!(foreign.status(), 403);
}

#[test]
fn a_user_ends_own_sessions_and_no_others() {
    let org = empty();
    let who = &org.who;
    let sign_in = |name: &str| between(&org.soap_login("60.0", name, &who.password).1, "sessionId").to_owned();
    let (mine, other, theirs) =
        (sign_in(&who.username), sign_in(&who.username), sign_in("mira@practice.linkspan.example"));
    let asked = format!(
        "<urn:invalidateSessions><urn:sessionIds>{other}</urn:sessionIds><urn:sessionIds>{theirs}</urn:sessionIds></urn:invalidateSessions>"
    );
    let (status, text) = org.soap_with(&mine, &asked);
    assert_eq!(status, 200);
    assert!(text.find("<success>true</success>").unwrap() < text.find("<success>false</success>").unwrap());
    assert_eq!(org.soap_with(&other, "<urn:getUserInfo/>").0, 500);
    assert_eq!(org.soap_with(&theirs, "<urn:getUserInfo/>").0, 200);
}

#[test]
fn soap_calls_count_against_the_day() {
    let org = start_with(Options {
        seed: Seed::Empty,
        limits: practice_org::Limits { daily_api_requests: 1, ..Default::default() },
        ..Options::default()
    });
    let token = org.who.access_token.clone();
    assert_eq!(org.soap_with(&token, "<urn:getUserInfo/>").0, 200);
    let (_, text) = org.soap_with(&token, "<urn:getUserInfo/>");
    assert_eq!(between(&text, "sf:exceptionCode"), "REQUEST_LIMIT_EXCEEDED");
}

#[test]
fn whatever_is_sent_a_fault_comes_back() {
    let org = empty();
    let piece = prop_oneof![
        "[ -~]{0,20}",
        Just("<env:Envelope xmlns:env=\"http://schemas.xmlsoap.org/soap/envelope/\">".to_owned()),
        Just("<env:Header><SessionHeader><sessionId>".to_owned()),
        Just("</sessionId></SessionHeader></env:Header>".to_owned()),
        Just("<env:Body>".to_owned()),
        Just("<login xmlns=\"urn:partner.soap.sforce.com\"><username>".to_owned()),
        Just("</username><password/></login>".to_owned()),
        Just("<logout xmlns=\"urn:partner.soap.sforce.com\"/>".to_owned()),
        Just("</env:Body></env:Envelope>".to_owned()),
        Just("<![CDATA[".to_owned()),
        Just("&#0;".to_owned()),
        "\\PC{0,5}",
    ];
    let bodies = proptest::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat());
    let paths = prop_oneof![Just("u/60.0".to_owned()), Just("c/68.0/00D".to_owned()), "[a-z0-9/]{0,12}"];
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&(paths, bodies), |(path, body)| {
            let (status, text) = org.soap(&path, body);
            prop_assert!(status == 500 && text.contains("<soapenv:Fault>"), "{} {}", status, text);
            Ok(())
        })
        .unwrap();
}
