//! Signing in through a browser: consent, codes, devices; and what an app learns about who has signed in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use rsa::sha2::{Digest, Sha256};

use super::org::*;

const BACK: &str = "http://localhost:1717/OauthRedirect";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A browser that shows every page and follows nothing by itself.
fn browser() -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// A page or a redirect.
struct Shown {
    status: u16,
    location: String,
    policy: String,
    html: String,
}

fn shown(answer: Response) -> Shown {
    let header = |name: &str| answer.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    Shown {
        status: answer.status().as_u16(),
        location: header("location"),
        policy: header("content-security-policy"),
        html: answer.text().unwrap(),
    }
}

impl Shown {
    fn ticket(&self) -> &str {
        let (_, rest) = self.html.split_once("name=\"ticket\" value=\"").unwrap_or_else(|| panic!("{}", self.html));
        rest.split_once('"').unwrap().0
    }

    /// A value that the redirect carries, decoded once.
    fn carried(&self, name: &str) -> Option<String> {
        let (_, pairs) = self.location.split_once(['?', '#'])?;
        let found = pairs.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")))?;
        let mut bytes = Vec::new();
        let mut rest = found.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'%' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => other,
            });
        }
        Some(String::from_utf8(bytes).unwrap())
    }
}

impl Org {
    fn page(&self, path: &str, pairs: &[(&str, &str)]) -> Shown {
        shown(browser().get(format!("{}{path}", self.org.url())).query(pairs).send().unwrap())
    }

    fn authorize(&self, more: &[(&str, &str)]) -> Shown {
        let mut pairs = vec![("client_id", self.who.client_id.as_str()), ("redirect_uri", BACK)];
        pairs.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        pairs.extend(more);
        self.page("/services/oauth2/authorize", &pairs)
    }

    fn decide(&self, path: &str, ticket: &str, more: &[(&str, &str)]) -> Shown {
        let form = [&[("ticket", ticket)], more].concat();
        shown(browser().post(format!("{}{path}", self.org.url())).form(&form).send().unwrap())
    }

    /// Goes through the consent page with Allow.
    fn allowed(&self, more: &[(&str, &str)]) -> Shown {
        let page = self.authorize(more);
        assert_eq!(page.status, 200, "{} {}", page.location, page.html);
        self.decide("/services/oauth2/authorize", page.ticket(), &[("decision", "allow")])
    }

    fn exchange(&self, code: &str, more: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", BACK)];
        form.push(("client_id", &self.who.client_id));
        form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        form.extend(more);
        self.token(&form)
    }

    fn refused_at(&self, form: &[(&str, &str)]) -> (String, String) {
        let (status, body) = self.token(form);
        assert_eq!(status, 400, "{body}");
        (body["error"].as_str().unwrap().to_owned(), body["error_description"].as_str().unwrap().to_owned())
    }

    fn works(&self, token: &Value) -> bool {
        let token = token.as_str().unwrap();
        self.http.get(self.at("limits")).bearer_auth(token).send().unwrap().status() == 200
    }
}

#[test]
fn a_browser_signs_in_with_a_code_and_its_verifier() {
    let org = empty();
    let page = org.authorize(&[
        ("response_type", "code"),
        ("scope", "api refresh_token"),
        ("state", "a b&c"),
        ("code_challenge", CHALLENGE),
        ("prompt", "login consent"),
        ("display", "popup"),
        ("login_hint", "mira@practice.linkspan.example"),
    ]);
    assert_eq!(page.status, 200);
    for part in ["practice org", "Practice app", "Ada Practice", "Mira Holm", "<code>refresh_token</code>", BACK] {
        assert!(page.html.to_lowercase().contains(&part.to_lowercase()), "{part} in {}", page.html);
    }
    assert!(page.html.contains("<option value=\"mira@practice.linkspan.example\" selected>"));
    assert!(!page.html.contains("Retired"), "an inactive user cannot be chosen");
    assert!(!page.html.contains("<script") && !page.html.contains("src="));
    assert!(page.policy.starts_with("default-src 'none'; style-src 'sha256-"), "{}", page.policy);
    assert!(page.policy.ends_with("frame-ancestors 'none'; form-action 'self' http://localhost:1717"));
    let choice = [("decision", "allow"), ("user", "jonas@practice.linkspan.example")];
    let gone = org.decide("/services/oauth2/authorize", page.ticket(), &choice);
    assert_eq!(gone.status, 302);
    assert!(gone.location.starts_with(&format!("{BACK}?code=aPrx")), "{}", gone.location);
    assert!(gone.location.contains("%3D%3D&state=a%20b%26c"), "{}", gone.location);
    let code = gone.carried("code").unwrap();
    let (status, body) = org.exchange(&code, &[("code_verifier", VERIFIER)]);
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["scope"], "api refresh_token");
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", org.who.client_id.as_str()),
        ("refresh_token", body["refresh_token"].as_str().unwrap()),
    ];
    let (status, fresh) = org.token(&form);
    assert_eq!((status, &fresh["scope"]), (200, &json!("api refresh_token")));
    assert!(fresh.get("refresh_token").is_none());
    let token = fresh["access_token"].as_str().unwrap();
    let info = org.http.get(org.at("/services/oauth2/userinfo")).bearer_auth(token).send().unwrap();
    assert_eq!(info.json::<Value>().unwrap()["name"], "Jonas Feld");
    let again = org.exchange(&code, &[("code_verifier", VERIFIER)]).1;
    assert_eq!(again["error_description"], "expired authorization code", "a code works once");
    let twice = org.decide("/services/oauth2/authorize", page.ticket(), &choice);
    assert_eq!((twice.status, twice.location.as_str()), (400, ""), "a page is answered once");
}

#[test]
fn a_code_is_for_whoever_asked_for_it() {
    let org = empty();
    let with =
        |more: &[(&str, &str)]| org.allowed(&[&[("response_type", "code")], more].concat()).carried("code").unwrap();
    let secret = org.who.client_secret.clone();
    let code = with(&[]);
    assert_eq!(org.exchange(&code, &[]).1["error"], "invalid_client", "without a challenge the secret is needed");
    assert_eq!(org.exchange(&with(&[]), &[("client_secret", "wrong")]).1["error"], "invalid_client");
    assert_eq!(org.exchange(&with(&[]), &[("client_secret", &secret)]).0, 200);
    let elsewhere = [("client_secret", secret.as_str()), ("redirect_uri", "http://localhost:1718/")];
    assert_eq!(org.exchange(&with(&[]), &elsewhere).1["error"], "redirect_uri_mismatch");
    let other = [("client_id", "PlatformCLI")];
    assert_eq!(org.exchange(&with(&[]), &other).1["error_description"], "expired authorization code");
    let challenge = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    for verifier in ["", "short", CHALLENGE] {
        let body = org.exchange(&with(&challenge), &[("code_verifier", verifier), ("client_secret", &secret)]).1;
        assert_eq!(body["error_description"], "invalid code verifier");
    }
    let missing = org.exchange(&with(&challenge), &[("client_secret", &secret)]).1;
    assert_eq!(missing["error_description"], "invalid code verifier");
    // Salesforce's own command line brings a key of its own, no secret, and a verifier longer than the standard has it.
    let long = "v".repeat(171);
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(&long));
    let line = [("client_id", "PlatformCLI"), ("code_challenge", digest.as_str()), ("scope", "refresh_token api web")];
    let body =
        org.exchange(&with(&line), &[("client_id", "PlatformCLI"), ("client_secret", ""), ("code_verifier", &long)]);
    assert_eq!(body.0, 200, "{}", body.1);
    let no_openid = org.allowed(&[("response_type", "code"), ("scope", "api")]).carried("code").unwrap();
    let (_, body) = org.exchange(&no_openid, &[("client_secret", &secret)]);
    assert!(body.get("refresh_token").is_none() && body.get("id_token").is_none());
}

#[test]
fn browsers_are_sent_nowhere_else() {
    let org = empty();
    for address in [
        "https://evil.example/callback",
        "http://localhost@evil.example/",
        "http://localhost.evil.example",
        "javascript:alert(1)",
        "//evil.example",
        "",
    ] {
        let page = org.authorize(&[("response_type", "code"), ("redirect_uri", address)]);
        assert_eq!((page.status, page.location.as_str()), (400, ""), "{address}");
    }
    let page = org.authorize(&[("response_type", "code"), ("redirect_uri", "https://evil.example/<script>\"&")]);
    assert!(page.html.contains("https://evil.example/&lt;script&gt;&quot;&amp;"), "{}", page.html);
    let page = org.authorize(&[("response_type", "code"), ("client_id", "<b>")]);
    assert!(page.status == 400 && page.html.contains("invalid_client_id"));
    let local = [("response_type", "code"), ("redirect_uri", "com.example.app:/cb")];
    assert!(org.authorize(&local).policy.ends_with("form-action 'self' com.example.app:"));
    assert!(org.allowed(&local).location.starts_with("com.example.app:/cb?code="));
}

#[test]
fn the_callback_hears_of_everything_else() {
    let org = empty();
    let told = |more: &[(&str, &str)]| {
        let gone = org.authorize(&[more, &[("state", "s")]].concat());
        assert_eq!(gone.status, 302, "{}", gone.html);
        assert_eq!(gone.carried("state").as_deref(), Some("s"));
        gone.carried("error").unwrap()
    };
    assert_eq!(told(&[]), "invalid_request");
    assert_eq!(told(&[("response_type", "magic")]), "unsupported_response_type");
    assert_eq!(told(&[("response_type", "code"), ("scope", "magic")]), "invalid_scope");
    assert_eq!(told(&[("response_type", "code"), ("prompt", "none")]), "immediate_unsuccessful");
    let plain = [("response_type", "code"), ("code_challenge", CHALLENGE), ("code_challenge_method", "plain")];
    assert_eq!(told(&plain), "invalid_request");
    assert_eq!(told(&[("response_type", "code"), ("code_challenge", "short")]), "invalid_request");
    let page = org.authorize(&[("response_type", "code"), ("state", "s")]);
    let gone = org.decide("/services/oauth2/authorize", page.ticket(), &[("decision", "deny")]);
    assert_eq!(gone.carried("error").as_deref(), Some("access_denied"));
    assert_eq!(gone.carried("error_description").as_deref(), Some("end-user denied authorization"));
    assert_eq!(gone.carried("state").as_deref(), Some("s"));
    let gone = org.authorize(&[("response_type", "token"), ("scope", "magic")]);
    assert!(gone.location.starts_with(&format!("{BACK}#error=invalid_scope")));
}

#[test]
fn another_site_cannot_answer_in_the_users_place() {
    let org = empty();
    let path = format!("{}/services/oauth2/authorize", org.org.url());
    let post = |ticket: &str, name: &'static str, value: &str| {
        let form = [("ticket", ticket), ("decision", "allow")];
        shown(browser().post(&path).header(name, value).form(&form).send().unwrap())
    };
    let fresh = || org.authorize(&[("response_type", "code")]);
    for (name, value) in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        let answer = post(fresh().ticket(), name, value);
        assert_eq!((answer.status, answer.location.as_str()), (403, ""), "{name} {value}");
    }
    assert_eq!(post(fresh().ticket(), "Origin", &org.org.url()).status, 302);
    assert_eq!(post("guessed", "Accept", "*/*").status, 400);
    let foreign = org.decide("/setup/connect", fresh().ticket(), &[("decision", "allow")]);
    assert_eq!(foreign.status, 400, "a ticket belongs to its page");
    let inactive = [("decision", "allow"), ("user", "olga@practice.linkspan.example")];
    assert_eq!(org.decide("/services/oauth2/authorize", fresh().ticket(), &inactive).status, 400);
}

#[test]
fn a_user_agent_gets_its_token_behind_the_hash() {
    let org = empty();
    let gone = org.allowed(&[("response_type", "token"), ("state", "s")]);
    assert!(gone.location.starts_with(&format!("{BACK}#access_token=00D")), "{}", gone.location);
    assert!(org.works(&json!(gone.carried("access_token").unwrap())));
    assert_eq!(gone.carried("token_type").as_deref(), Some("Bearer"));
    assert_eq!(gone.carried("state").as_deref(), Some("s"));
    assert_eq!(gone.carried("refresh_token"), None, "any program may listen on a port of this computer");
    let own = format!("{}/services/oauth2/success", org.org.url());
    for address in [own.as_str(), "com.example.app:/cb"] {
        let gone = org.allowed(&[("response_type", "token"), ("redirect_uri", address)]);
        assert!(gone.carried("refresh_token").is_some(), "{address}");
    }
    assert_eq!(org.page("/services/oauth2/success", &[]).status, 200);
}

#[test]
fn a_device_waits_for_its_user() {
    let org = empty();
    let client = [("client_id", org.who.client_id.as_str())];
    let begin = || {
        let (status, body) =
            org.token(&[&client[..], &[("response_type", "device_code"), ("scope", "api refresh_token")]].concat());
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["verification_uri"], format!("{}/setup/connect", org.org.url()));
        assert!(body["interval"] == 5 && body.get("expires_in").is_none());
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        (text("device_code"), text("user_code"))
    };
    let poll = |code: &str| org.token(&[&client[..], &[("grant_type", "device"), ("code", code)]].concat());
    let (waiting, _) = begin();
    assert_eq!(poll(&waiting).1["error"], "authorization_pending");
    assert_eq!(poll(&waiting).1["error"], "slow_down");
    let (code, typed) = begin();
    assert_eq!(typed.len(), 8);
    assert!(org.page("/setup/connect", &[]).html.contains("name=\"user_code\""));
    let unknown = org.page("/setup/connect", &[("user_code", "<x>")]);
    assert!(unknown.status == 400 && unknown.html.contains("value=\"&lt;x&gt;\""));
    let spelled = format!("{}-{}", &typed[..4].to_lowercase(), &typed[4..]);
    let page = org.page("/setup/connect", &[("user_code", &spelled)]);
    assert!(page.html.contains("Practice app") && page.html.contains(&typed));
    assert_eq!(org.decide("/setup/connect", page.ticket(), &[("decision", "allow")]).status, 200);
    let (status, body) = poll(&code);
    assert_eq!(status, 200, "{body}");
    assert!(org.works(&body["access_token"]) && body["refresh_token"].is_string());
    assert_eq!(poll(&code).1["error"], "invalid_grant", "a device signs in once");
    let (code, typed) = begin();
    let page = org.page("/setup/connect", &[("user_code", &typed)]);
    org.decide("/setup/connect", page.ticket(), &[("decision", "deny")]);
    assert_eq!(poll(&code).1["error"], "access_denied");
    assert_eq!(poll("nonsense").1["error"], "invalid_grant");
}

#[test]
fn a_rotated_refresh_token_works_once() {
    let org = start_with(Options { seed: Seed::Empty, rotate_refresh_tokens: true, ..Options::default() });
    let refresh = |token: &str| {
        org.token(&[("grant_type", "refresh_token"), ("client_id", &org.who.client_id), ("refresh_token", token)])
    };
    let (status, first) = refresh(&org.who.refresh_token);
    assert_eq!(status, 200, "{first}");
    let fresh = first["refresh_token"].as_str().unwrap();
    let (_, reused) = refresh(&org.who.refresh_token);
    assert_eq!(
        (&reused["error"], &reused["error_description"]),
        (&json!("invalid_grant"), &json!("expired access/refresh token"))
    );
    assert!(org.works(&first["access_token"]), "the access token lives on");
    assert_eq!(refresh(fresh).0, 200);
    assert_eq!(refresh(first["access_token"].as_str().unwrap()).1["error"], "invalid_grant");
}

#[test]
fn sessions_end_when_their_time_is_up_or_when_they_are_revoked() {
    let org = empty();
    org.org.set_fault(Fault::SessionLifetime { seconds: 0 });
    let app = [("client_id", org.who.client_id.as_str()), ("client_secret", org.who.client_secret.as_str())];
    let (_, body) = org.token(&[&app[..], &[("grant_type", "client_credentials")]].concat());
    assert!(!org.works(&body["access_token"]) && org.works(&json!(org.who.access_token)));
    let asked = [app[0], app[1], ("token", body["access_token"].as_str().unwrap())];
    let told = org.http.post(org.at("/services/oauth2/introspect")).form(&asked).send().unwrap();
    assert_eq!(told.json::<Value>().unwrap(), json!({"active": false}));
    let revoke = |token: &str| {
        let answer = browser().get(org.at("/services/oauth2/revoke")).query(&[("token", token)]).send().unwrap();
        (answer.status().as_u16(), answer.json::<Value>().unwrap_or_default())
    };
    assert_eq!(revoke("nonsense").1["error"], "unsupported_token_type");
    assert_eq!(revoke(&org.who.refresh_token).0, 200);
    assert!(!org.works(&json!(org.who.access_token)), "a refresh token takes its access tokens along");
    assert_eq!(
        revoke(&org.who.refresh_token),
        (400, json!({"error": "invalid_token", "error_description": "invalid token"}))
    );
}

#[test]
fn scopes_are_kept() {
    let org = empty();
    let secret = [("client_secret", org.who.client_secret.as_str())];
    let sign_in = |scope: &str| {
        let code = org.allowed(&[("response_type", "code"), ("scope", scope)]).carried("code").unwrap();
        org.exchange(&code, &secret).1["access_token"].as_str().unwrap().to_owned()
    };
    let token = sign_in("id web");
    let refused = org.http.get(org.at("limits")).bearer_auth(&token).send().unwrap();
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.json::<Value>().unwrap()[0]["message"], "This session is not valid for use with the REST API");
    let asked = [("token", token.as_str()), ("client_id", &org.who.client_id), secret[0]];
    let ask = |asked: &[(&str, &str)]| org.http.post(org.at("/services/oauth2/introspect")).form(asked).send().unwrap();
    let told: Value = ask(&asked).json().unwrap();
    assert_eq!((&told["active"], &told["scope"]), (&json!(true), &json!("id web")));
    assert!(told["exp"].as_i64().unwrap() > told["iat"].as_i64().unwrap());
    assert_eq!(ask(&asked[..2]).status(), 401, "introspection is for apps that show their secret");
    let nothing: Value = ask(&[("token", "nonsense"), asked[1], asked[2]]).json().unwrap();
    assert_eq!(nothing, json!({"active": false}));
    assert!(org.works(&json!(sign_in("full"))));
    let door = |token: &str| {
        let form = [("redirect_uri", "/lightning/o/Account/list")];
        org.http.post(org.at("/services/oauth2/singleaccess")).bearer_auth(token).form(&form).send().unwrap()
    };
    assert_eq!(door(&sign_in("api")).json::<Value>().unwrap()["error"], "invalid_scope");
    let address = door(&token).json::<Value>().unwrap()["frontdoor_uri"].as_str().unwrap().to_owned();
    let page = shown(browser().get(&address).send().unwrap());
    assert!(
        page.status == 200 && page.html.contains("Ada Practice") && page.html.contains("/lightning/o/Account/list")
    );
    assert_eq!(browser().get(&address).send().unwrap().status(), 403, "the address works once");
    assert_eq!(door("nonsense").status(), 401);
}

#[test]
fn an_identity_is_signed_and_told() {
    use rsa::pkcs1v15::{Signature, VerifyingKey};
    use rsa::signature::Verifier;
    let org = empty();
    let found = org.page("/.well-known/openid-configuration", &[]);
    let found: Value = serde_json::from_str(&found.html).unwrap();
    assert_eq!(found["issuer"], org.org.url());
    let asked = [("response_type", "code"), ("scope", "openid api"), ("nonce", "n-1")];
    let code = org.allowed(&asked).carried("code").unwrap();
    let (status, body) = org.exchange(&code, &[("client_secret", &org.who.client_secret)]);
    assert_eq!(status, 200, "{body}");
    let (signed, signature) = body["id_token"].as_str().unwrap().rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let keys: Value = org.http.get(found["jwks_uri"].as_str().unwrap()).send().unwrap().json().unwrap();
    let key = &keys["keys"][0];
    assert_eq!((&read(header)["kid"], &read(header)["alg"]), (&key["kid"], &json!("RS256")));
    let number =
        |name: &str| rsa::BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap());
    let public = rsa::RsaPublicKey::new(number("n"), number("e")).unwrap();
    let signature = Signature::try_from(&URL_SAFE_NO_PAD.decode(signature).unwrap()[..]).unwrap();
    VerifyingKey::<Sha256>::new(public).verify(signed.as_bytes(), &signature).unwrap();
    let both = org.allowed(&[("response_type", "token id_token"), ("nonce", "n-2"), ("scope", "api")]);
    let other = both.carried("id_token").unwrap();
    assert_eq!(read(other.split('.').nth(1).unwrap())["nonce"], "n-2");
    let claims = read(claims);
    let token = body["access_token"].as_str().unwrap();
    assert_eq!((&claims["iss"], &claims["aud"]), (&found["issuer"], &json!(org.who.client_id)));
    assert_eq!((&claims["sub"], &claims["nonce"]), (&body["id"], &json!("n-1")));
    assert_eq!(claims["at_hash"], URL_SAFE_NO_PAD.encode(&Sha256::digest(token)[..16]));
    assert!(claims["exp"].as_i64() > claims["iat"].as_i64());
    let identity = body["id"].as_str().unwrap();
    let by_parameter = browser().get(identity).query(&[("format", "json"), ("oauth_token", token)]).send().unwrap();
    let told: Value = by_parameter.json().unwrap();
    assert_eq!((&told["username"], &told["user_id"]), (&json!(org.who.username), &json!(org.who.user_id)));
    assert_eq!(told["urls"]["rest"], format!("{}/services/data/v{{version}}/", org.org.url()));
    let xml = org.http.get(identity).query(&[("format", "xml")]).bearer_auth(token).send().unwrap().text().unwrap();
    assert!(
        xml.contains(&format!("<username>{}</username>", org.who.username))
            && xml.contains("<status><created_date xsi:nil=\"true\"/>")
    );
    let bad = browser().get(identity).bearer_auth("nonsense").send().unwrap();
    assert_eq!((bad.status().as_u16(), bad.text().unwrap().as_str()), (403, "Bad_OAuth_Token"));
    let bad = browser().get(org.at("/services/oauth2/userinfo")).send().unwrap();
    assert_eq!((bad.status().as_u16(), bad.text().unwrap().as_str()), (403, "Bad_OAuth_Token"));
}

#[test]
fn an_app_registers_itself_and_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        Options { storage: Storage::File(folder.path().join("org.db")), seed: Seed::Empty, ..Options::default() };
    let org = start_with(options.clone());
    let register = |body: &Value| {
        let answer = org.with(org.http.post(org.at("/services/oauth2/register")).json(body));
        (answer.status().as_u16(), answer.json::<Value>().unwrap())
    };
    let own = "http://localhost:8080/callback";
    let (status, app) = register(&json!({"redirect_uris": [own], "client_name": "My <app>"}));
    assert_eq!(status, 201, "{app}");
    for (body, error) in [
        (json!({"redirect_uris": ["https://evil.example"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": []}), "invalid_client_metadata"),
        (json!({"redirect_uris": [1]}), "invalid_client_metadata"),
        (json!([]), "invalid_client_metadata"),
    ] {
        let (status, answer) = register(&body);
        assert_eq!((status, &answer["error"]), (400, &json!(error)), "{body}");
    }
    let stranger = org.http.post(org.at("/services/oauth2/register")).json(&json!({})).send().unwrap();
    assert_eq!(stranger.status(), 401);
    drop(org);
    let org = start_with(options);
    let id = app["client_id"].as_str().unwrap();
    let asked = [("response_type", "code"), ("client_id", id)];
    assert_eq!(org.authorize(&asked).status, 400, "only the registered address will do");
    let asked = [&asked[..], &[("redirect_uri", own)]].concat();
    assert!(org.authorize(&asked).html.contains("Let My &lt;app&gt; sign in?"));
    let code = org.allowed(&asked).carried("code").unwrap();
    let with = [("client_id", id), ("redirect_uri", own), ("client_secret", app["client_secret"].as_str().unwrap())];
    let (status, body) = org.exchange(&code, &with);
    assert_eq!(status, 200, "{body}");
    let alone = [&with[..], &[("grant_type", "client_credentials")]].concat();
    assert_eq!(org.token(&alone).1["error_description"], "no client credentials user enabled");
    let refresh = ("refresh_token", body["refresh_token"].as_str().unwrap());
    let foreign = [("grant_type", "refresh_token"), refresh, ("client_id", &org.who.client_id)];
    assert_eq!(org.token(&foreign).1["error"], "invalid_grant", "the token is another app's");
    let ask = |id: &str, secret: &str| -> Value {
        let asked = [("token", body["access_token"].as_str().unwrap()), ("client_id", id), ("client_secret", secret)];
        org.http.post(org.at("/services/oauth2/introspect")).form(&asked).send().unwrap().json().unwrap()
    };
    assert_eq!(ask(id, with[2].1)["active"], true);
    assert_eq!(ask(&org.who.client_id, &org.who.client_secret), json!({"active": false}));
}

#[test]
fn answers_come_in_the_shape_asked_for() {
    let org = empty();
    let form = |format: &str| {
        let pairs = [
            ("grant_type", "client_credentials"),
            ("client_id", &org.who.client_id),
            ("client_secret", &org.who.client_secret),
            ("format", format),
        ];
        org.http.post(org.at("/services/oauth2/token")).form(&pairs).send().unwrap().text().unwrap()
    };
    assert!(form("xml").contains("<OAuth><access_token>00D"));
    assert!(form("urlencoded").starts_with("access_token=00D"));
    let body = form("json");
    assert!(body.starts_with("{\"access_token\":\"00D"));
    let body: Value = serde_json::from_str(&body).unwrap();
    let signed = format!("{}{}", body["id"].as_str().unwrap(), body["issued_at"].as_str().unwrap());
    let keyed = |mask: u8| -> Vec<u8> {
        let mut key = org.who.client_secret.as_bytes().to_vec();
        key.resize(64, 0);
        key.iter().map(|byte| byte ^ mask).collect()
    };
    let inner = Sha256::digest([keyed(0x36), signed.into_bytes()].concat());
    let mac = Sha256::digest([keyed(0x5c), inner.to_vec()].concat());
    assert_eq!(body["signature"], base64::engine::general_purpose::STANDARD.encode(mac));
    let basic =
        org.http.post(org.at("/services/oauth2/token")).basic_auth(&org.who.client_id, Some(&org.who.client_secret));
    let body: Value = basic.form(&[("grant_type", "client_credentials")]).send().unwrap().json().unwrap();
    assert!(org.works(&body["access_token"]) && body.get("refresh_token").is_none());
    let twice = [("grant_type", "password"), ("grant_type", "refresh_token")];
    assert_eq!(org.refused_at(&twice), ("invalid_request".into(), "duplicate parameter".into()));
    let get = org.http.get(org.at("/services/oauth2/token")).send().unwrap();
    assert_eq!(
        (get.status().as_u16(), get.json::<Value>().unwrap()["error_description"].clone()),
        (400, json!("must use HTTP POST"))
    );
}

#[test]
fn whatever_is_sent_an_answer_of_the_right_shape_comes_back() {
    let org = empty();
    let names = prop_oneof![
        Just("grant_type"),
        Just("client_id"),
        Just("client_secret"),
        Just("assertion"),
        Just("code"),
        Just("token"),
        Just("refresh_token"),
        Just("redirect_uri"),
        Just("response_type"),
        Just("scope"),
        Just("username"),
        Just("password"),
        Just("ticket"),
        Just("user_code"),
        Just("otp"),
        Just("code_challenge"),
        Just("state"),
    ];
    let values = prop_oneof![
        Just(org.who.client_id.clone()),
        Just(org.who.client_secret.clone()),
        Just(org.who.refresh_token.clone()),
        Just("authorization_code".to_owned()),
        Just("urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned()),
        Just("urn:ietf:params:oauth:grant-type:saml2-bearer".to_owned()),
        Just("device".to_owned()),
        Just("code".to_owned()),
        Just("device_code".to_owned()),
        Just("e30.e30.e30".to_owned()),
        Just(BACK.to_owned()),
        "[ -~]{0,30}",
        "\\PC{0,8}",
    ];
    let forms = proptest::collection::vec((names, values), 0..6);
    let paths = prop_oneof![
        Just("/services/oauth2/token"),
        Just("/services/oauth2/introspect"),
        Just("/services/oauth2/revoke"),
        Just("/services/oauth2/authorize"),
        Just("/services/oauth2/register"),
        Just("/services/oauth2/singleaccess"),
        Just("/setup/connect"),
        Just("/secur/frontdoor.jsp"),
    ];
    let config = ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() };
    let browser = browser();
    proptest::test_runner::TestRunner::new(config)
        .run(&(paths, forms, any::<bool>(), "\\PC{0,20}"), |(path, form, raw, junk)| {
            let request = browser.post(format!("{}{path}", org.org.url()));
            let request = if raw { request.body(junk) } else { request.form(&form) };
            let answer = request.send().unwrap();
            let (status, kind) = (answer.status().as_u16(), answer.headers().get("content-type").cloned());
            let kind = kind.map_or(String::new(), |kind| kind.to_str().unwrap().to_owned());
            let text = answer.text().unwrap();
            prop_assert!(status < 500, "{} {}", status, text);
            if status >= 400 && kind.starts_with("application/json") {
                let body: Value = serde_json::from_str(&text).unwrap();
                prop_assert!(body["error"].is_string() && body["error_description"].is_string(), "{}", text);
            } else {
                prop_assert!(
                    status == 302 || text.is_empty() || kind.starts_with("text/html") || status == 200,
                    "{}",
                    text
                );
            }
            Ok(())
        })
        .unwrap();
}
