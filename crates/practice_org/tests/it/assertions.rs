//! Signed assertions, as JWT and as SAML: what is accepted and everything that is not.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::sha2::{Digest, Sha256};
use rsa::signature::{SignatureEncoding, Signer};

use super::org::*;

const LOGIN: &str = "https://login.salesforce.com";

fn key(org: &Org) -> SigningKey<Sha256> {
    let pem = org.org.private_key_pem().unwrap();
    SigningKey::new(rsa::RsaPrivateKey::from_pkcs8_pem(&pem).unwrap())
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn a_signed_token_signs_in_and_a_bad_one_does_not() {
    let org = empty();
    let key = key(&org);
    let signed = |header: &str, claims: &Value| {
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims.to_string()));
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(key.sign(text.as_bytes()).to_bytes()))
    };
    let sign_in = |assertion: &str| {
        org.token(&[("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)])
    };
    let rs256 = r#"{"alg":"RS256"}"#;
    let claims = json!({"iss": org.who.client_id, "sub": org.who.username, "aud": LOGIN, "exp": now() + 180});
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        signed(rs256, &claims)
    };
    let (status, body) = sign_in(&signed(rs256, &claims));
    assert_eq!(status, 200, "{body}");
    assert!(body.get("refresh_token").is_none());
    assert_eq!(body["scope"], "api id web");
    for (name, value) in [
        ("exp", json!((now() + 180).to_string())),
        ("exp", json!(now() * 1000 + 300)),
        ("aud", json!(org.org.url())),
        ("aud", json!("https://test.salesforce.com/")),
        ("aud", json!(["https://x.example", LOGIN])),
        ("sub", json!(org.who.username.to_uppercase())),
    ] {
        assert_eq!(sign_in(&with(name, value.clone())).0, 200, "{name} {value}");
    }
    let colleague = with("sub", json!("mira@practice.linkspan.example"));
    let token = sign_in(&colleague).1["access_token"].as_str().unwrap().to_owned();
    let info: Value =
        org.http.get(org.at("/services/oauth2/userinfo")).bearer_auth(token).send().unwrap().json().unwrap();
    assert_eq!(info["name"], "Mira Holm");
    for (name, value, error, description) in [
        ("aud", json!("https://x.example"), "invalid_grant", "Audience validation failed"),
        ("exp", json!(now() - 10), "invalid_grant", "assertion has expired"),
        ("exp", json!("soon"), "invalid_grant", "invalid assertion"),
        ("nbf", json!(now() + 600), "invalid_grant", "assertion is not yet valid"),
        ("sub", json!("nobody@x.example"), "invalid_grant", "user hasn't approved this consumer"),
        ("sub", json!("olga@practice.linkspan.example"), "invalid_grant", "user is inactive"),
        ("iss", json!("3MVG9other"), "invalid_client_id", "client identifier invalid"),
    ] {
        let (status, body) = sign_in(&with(name, value));
        assert_eq!((status, &body["error"], &body["error_description"]), (400, &json!(error), &json!(description)));
    }
    assert_eq!(sign_in(&with("sub", json!(org.who.user_id))).0, 400, "an id is no user name");
    org.org.set_fault(Fault::ClockSkew { seconds: 3600 });
    assert_eq!(sign_in(&signed(rs256, &claims)).1["error_description"], "assertion has expired", "by the org's clock");
    org.org.clear_faults();
    let mut forged = signed(rs256, &claims);
    forged.truncate(forged.len() - 8);
    assert_eq!(sign_in(&forged).1["error_description"], "invalid assertion");
    let unsigned = signed(r#"{"alg":"none"}"#, &claims);
    assert_eq!(sign_in(&unsigned).1["error"], "invalid_grant");
}

#[test]
fn a_key_outlives_the_return_of_an_older_copy() {
    let org = empty();
    org.org.snapshot("before").unwrap();
    let signed = Saml::good(&org).signed();
    let register = json!({"redirect_uris": ["http://localhost/"]});
    let app = org.send("POST", "/services/oauth2/register", &register).1;
    org.org.restore("before").unwrap();
    let grant =
        [("grant_type", "urn:ietf:params:oauth:grant-type:saml2-bearer"), ("assertion", &STANDARD.encode(signed))];
    assert_eq!(org.token(&grant).0, 200);
    let device = [("response_type", "device_code"), ("client_id", app["client_id"].as_str().unwrap())];
    assert_eq!(org.token(&device).0, 200, "the app is known as well");
    assert_eq!(org.get("limits").status(), 200, "and who was signed in still is");
}

/// An assertion in canonical form, so that what is digested here is this very text.
struct Saml<'a> {
    org: &'a Org,
    issuer: &'a str,
    user: &'a str,
    audience: &'a str,
    recipient: String,
    end: &'a str,
}

impl<'a> Saml<'a> {
    fn good(org: &'a Org) -> Self {
        Saml {
            org,
            issuer: &org.who.client_id,
            user: &org.who.username,
            audience: LOGIN,
            recipient: format!("{}/services/oauth2/token", org.org.url()),
            end: "2999-01-01T00:00:00Z",
        }
    }

    fn body(&self) -> (String, String) {
        let head = format!(
            "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_a1\" \
             IssueInstant=\"2026-01-01T00:00:00Z\" Version=\"2.0\"><saml:Issuer>{}</saml:Issuer>",
            self.issuer
        );
        let tail = format!(
            "<saml:Subject><saml:NameID>{}</saml:NameID>\
             <saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
             <saml:SubjectConfirmationData NotOnOrAfter=\"{end}\" Recipient=\"{}\"></saml:SubjectConfirmationData>\
             </saml:SubjectConfirmation></saml:Subject>\
             <saml:Conditions NotOnOrAfter=\"{end}\"><saml:AudienceRestriction><saml:Audience>{}</saml:Audience>\
             </saml:AudienceRestriction></saml:Conditions></saml:Assertion>",
            self.user,
            self.recipient,
            self.audience,
            end = self.end
        );
        (head, tail)
    }

    fn signed(&self) -> String {
        let (head, tail) = self.body();
        let digest = STANDARD.encode(Sha256::digest(format!("{head}{tail}")));
        let info = format!(
            "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\
             <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:CanonicalizationMethod>\
             <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></ds:SignatureMethod>\
             <ds:Reference URI=\"#_a1\"><ds:Transforms>\
             <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>\
             <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform></ds:Transforms>\
             <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>\
             <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        );
        let value = STANDARD.encode(key(self.org).sign(info.as_bytes()).to_bytes());
        format!(
            "{head}<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{info}\
             <ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>{tail}"
        )
    }
}

#[test]
fn a_signed_document_signs_in_and_a_changed_one_does_not() {
    let org = empty();
    let sign_in = |document: &str| {
        let assertion = URL_SAFE_NO_PAD.encode(document);
        let grant = "urn:ietf:params:oauth:grant-type:saml2-bearer";
        org.token(&[("grant_type", grant), ("assertion", &assertion)])
    };
    let good = || Saml::good(&org);
    let document = good().signed();
    let (status, body) = sign_in(&document);
    assert_eq!(status, 200, "{body}");
    assert!(body["access_token"].is_string() && body.get("refresh_token").is_none());
    let old = [
        ("assertion_type", "urn:oasis:names:tc:SAML:2.0:profiles:SSO:browser"),
        ("grant_type", "assertion"),
        ("assertion", &STANDARD.encode(&document)),
    ];
    assert_eq!(org.token(&old).0, 200, "the older form of the grant");
    let same = document
        .replace("></ds:CanonicalizationMethod>", "/>")
        .replace("ID=\"_a1\" IssueInstant=\"2026-01-01T00:00:00Z\"", "IssueInstant='2026-01-01T00:00:00Z'   ID='_a1'");
    assert_eq!(sign_in(&same).0, 200, "the same document, written otherwise");
    for (saml, error) in [
        (Saml { user: "olga@practice.linkspan.example", ..good() }, "user is inactive"),
        (Saml { user: "nobody@x.example", ..good() }, "user hasn't approved this consumer"),
        (Saml { audience: "https://x.example", ..good() }, "Audience validation failed"),
        (Saml { recipient: "https://x.example".into(), ..good() }, "Recipient validation failed"),
        (Saml { end: "2020-01-01T00:00:00Z", ..good() }, "assertion has expired"),
        (Saml { issuer: "somebody else", ..good() }, "client identifier invalid"),
    ] {
        let (status, body) = sign_in(&saml.signed());
        assert_eq!((status, &body["error_description"]), (400, &json!(error)), "{body}");
    }
    let mira = "mira@practice.linkspan.example";
    let (head, tail) = Saml { user: mira, ..good() }.body();
    let unsigned = format!("{head}{tail}");
    let inner = document.replace("_a1", "_a2");
    let bad = [
        unsigned.clone(),
        document.replace(&org.who.username, mira),
        document.replace("<saml:NameID>", "<saml:NameID>mira@practice.linkspan.example</saml:NameID><saml:NameID>"),
        document.replace("rsa-sha256", "rsa-sha1"),
        document.replace("URI=\"#_a1\"", "URI=\"#_other\""),
        // The signed assertion hidden inside one that nobody signed.
        unsigned.replace("</saml:Assertion>", &format!("{inner}</saml:Assertion>")),
        format!("<x>{document}</x>"),
        format!("<!DOCTYPE a [<!ENTITY b 'c'>]>{document}"),
        "<saml:Assertion".to_owned(),
        String::new(),
    ];
    for document in &bad {
        let (status, body) = sign_in(document);
        assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")), "{document}");
    }
    assert_eq!(org.token(&[("grant_type", "urn:ietf:params:oauth:grant-type:saml2-bearer")]).0, 400);
}
