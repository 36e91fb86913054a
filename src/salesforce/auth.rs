//! Signing in: each way an org lets a program in, and the session that comes of it.
//!
//! A new way is one variant of [`Auth`] and one arm of [`sign_in`].

use super::address::{is_login_host, is_loopback, org_address, origin};
use super::answer::Answer;
use super::error::{self, OrgError, Refusal};
use super::http::{self, Call, Stop};
use super::wire;
use crate::secret::Secret;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Method, Url};
use serde::Serialize;

/// A way to sign in.
#[derive(Debug, Clone)]
pub enum Auth {
    /// A session id or access token that a person pasted. It cannot be renewed.
    Session {
        /// The token.
        token: Secret,
    },
    /// JWT bearer: an app signs for a user that an administrator has approved.
    Jwt {
        /// Consumer key of the app.
        client_id: String,
        /// The user to act as.
        username: String,
        /// The app's private key: PEM, PKCS#8 or PKCS#1, RSA.
        key: Secret,
        /// Whom the signature is meant for; by default what the address says.
        audience: Option<String>,
    },
    /// A token that is at hand, and another way to sign in once it has ended.
    Renewed {
        /// The token.
        token: Secret,
        /// The other way.
        by: Box<Auth>,
    },
    /// Client credentials: the app acts as the user that is set in its policy.
    ClientCredentials {
        /// Consumer key of the app.
        client_id: String,
        /// Consumer secret of the app.
        client_secret: Secret,
    },
}

impl Auth {
    /// Whether a session that ended can be had anew without a person.
    pub fn renewable(&self) -> bool {
        match self {
            Auth::Session { .. } => false,
            Auth::Renewed { by, .. } => by.renewable(),
            Auth::Jwt { .. } | Auth::ClientCredentials { .. } => true,
        }
    }
}

/// What lets calls in.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) token: Secret,
    pub(super) instance: Url,
    /// Counts renewals, so that of many threads with a worn session only the first renews it.
    pub(super) number: u64,
}

/// Signs in at `url`, the org's own address or that of a login page.
pub(super) fn sign_in(auth: &Auth, url: &str, number: u64, stop: &Stop) -> Result<Session, OrgError> {
    let url = org_address(url)?;
    match auth {
        Auth::Renewed { token, .. } if number == 1 => Ok(Session { token: token.clone(), instance: url, number }),
        Auth::Renewed { by, .. } => sign_in(by, url.as_str(), number, stop),
        Auth::Session { .. } if is_login_host(&url) => Err(OrgError::BadAddress {
            url: origin(&url),
            why: "is where anybody signs in, and a pasted token belongs to one org".to_owned(),
            hint: "Give that org's own address, such as https://acme.my.salesforce.com.".to_owned(),
        }),
        Auth::Session { token } => {
            // Pasted text brings a line break along.
            Ok(Session { token: Secret::new(token.expose().trim()), instance: url, number })
        }
        Auth::Jwt { client_id, username, key, audience } => {
            let audience = audience.clone().unwrap_or_else(|| origin(&url));
            let assertion = signed(client_id, username, key, &audience)?;
            let form =
                [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.expose())];
            ask_for_token(&url, &form, number, stop)
        }
        Auth::ClientCredentials { .. } if is_login_host(&url) => Err(OrgError::BadAddress {
            url: origin(&url),
            why: "does not take client credentials".to_owned(),
            hint: "Give the org's own address, such as https://acme.my.salesforce.com.".to_owned(),
        }),
        Auth::ClientCredentials { client_id, client_secret } => {
            let form = [
                ("grant_type", "client_credentials"),
                ("client_id", client_id),
                ("client_secret", client_secret.expose()),
            ];
            ask_for_token(&url, &form, number, stop)
        }
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
}

fn signed(client_id: &str, username: &str, key: &Secret, audience: &str) -> Result<Secret, OrgError> {
    // Salesforce takes at most three minutes.
    const LIFETIME: i64 = 180;
    let wrong_key = |why: &str| {
        OrgError::Unaskable {
        why: format!("the private key {why}"),
        hint: "Give the PEM file of the app's RSA private key; it begins with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----.".to_owned(),
    }
    };
    // The library's own words may quote the key.
    let key = EncodingKey::from_rsa_pem(key.expose().as_bytes()).map_err(|_| wrong_key("cannot be read"))?;
    let exp = jiff::Timestamp::now().as_second() + LIFETIME;
    let claims = Claims { iss: client_id, sub: username, aud: audience, exp };
    let header = Header::new(Algorithm::RS256);
    jsonwebtoken::encode(&header, &claims, &key).map(Secret::new).map_err(|_| wrong_key("cannot sign"))
}

fn ask_for_token(url: &Url, form: &[(&str, &str)], number: u64, stop: &Stop) -> Result<Session, OrgError> {
    let url = url.join("/services/oauth2/token").map_err(|_| unjoinable(url))?;
    // The form is built by the URL's own encoder, in a URL that goes nowhere.
    let mut encoder = url.clone();
    encoder.query_pairs_mut().clear().extend_pairs(form);
    let body = encoder.query().unwrap_or_default().to_owned();
    let call = Call {
        method: Method::POST,
        url,
        bearer: None,
        headers: &[("accept", "application/json".to_owned())],
        body: Some(("application/x-www-form-urlencoded", body.into())),
        repeatable: true,
        stop: stop.clone(),
    };
    let answer = http::send(&call)?;
    if !answer.success() {
        return Err(refused(&call, &answer));
    }
    let token: wire::TokenAnswer = serde_json::from_slice(&answer.body).map_err(|_| OrgError::Unexpected {
        call: call.name(),
        why: match answer.web_page() {
            Some(_) => "answered with a web page instead of a token".to_owned(),
            None => "answered with something else than a token".to_owned(),
        },
        hint: "Is this the address of a Salesforce org?".to_owned(),
    })?;
    let instance = org_address(&token.instance_url)?;
    // An encrypted sign-in does not lead to calls in the open.
    if is_loopback(&instance) && !is_loopback(&call.url) {
        return Err(OrgError::Unexpected {
            call: call.name(),
            why: "sends us to this computer".to_owned(),
            hint: "Is this the address of a Salesforce org?".to_owned(),
        });
    }
    Ok(Session { token: Secret::new(token.access_token), instance, number })
}

pub(super) fn unjoinable(url: &Url) -> OrgError {
    OrgError::BadAddress {
        url: origin(url),
        why: "cannot be followed by a path".to_owned(),
        hint: "Give the org's address, such as https://acme.my.salesforce.com.".to_owned(),
    }
}

fn refused(call: &Call<'_>, answer: &Answer) -> OrgError {
    let refusal = Box::new(error::read_refusal(answer));
    if !(400..500).contains(&refusal.status) || matches!(refusal.status, 408 | 420 | 429) {
        return error::classify(&call.name(), true, answer);
    }
    let hint = sign_in_hint(&refusal).to_owned();
    OrgError::SignedOut { call: call.name(), refusal, hint }
}

/// What to do about a refused sign-in. Codes first; the words behind `invalid_grant` are all there is to tell its reasons apart.
fn sign_in_hint(refusal: &Refusal) -> &'static str {
    let says = |text: &str| refusal.message.to_ascii_lowercase().contains(text);
    match refusal.code.as_str() {
        "invalid_client_id" | "invalid_client" | "invalid_client_credentials" if says("no client credentials user") => {
            "Set a \"run as\" user in the app's client credentials policy."
        }
        "invalid_grant" if says("no client credentials user") => {
            "Set a \"run as\" user in the app's client credentials policy."
        }
        "invalid_client_id" | "invalid_client" | "invalid_client_credentials" => {
            "The consumer key or secret is wrong or of another org. A new app needs about ten minutes to be known."
        }
        "invalid_grant" if says("approved") => {
            "An administrator must pre-authorise the user for the app: in the app's policies, by profile or permission set."
        }
        "invalid_grant" if says("audience") => {
            "Set the audience to https://login.salesforce.com, or https://test.salesforce.com for a sandbox."
        }
        "invalid_grant" if says("expired") => "Check that this computer's clock is right, then sign in again.",
        "invalid_grant" if says("inactive") => "The user is inactive. Use another.",
        "invalid_grant" => {
            "Check the username, the key's certificate in the app, and the user's login restrictions (IP range, hours)."
        }
        "unsupported_grant_type" | "unauthorized_client" | "OAUTH_APP_ACCESS_DENIED" => {
            "The app does not allow this way to sign in, or the user may not use the app. Change it in the app's settings."
        }
        "inactive_org" => "The org is not active.",
        _ => "Check the address, the app and the user.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cancel::Cancel;

    #[test]
    fn tokens_for_one_org_are_not_sent_to_the_login_page() {
        let stop = Stop::from(&Cancel::new());
        let pasted = Auth::Session { token: Secret::new("00Dgeheim") };
        let error = sign_in(&pasted, "login.salesforce.com", 1, &stop).unwrap_err();
        assert!(error.to_string().contains("one org") && !error.to_string().contains("geheim"), "{error}");
        let app = Auth::ClientCredentials { client_id: "3MVG".into(), client_secret: Secret::new("geheim") };
        let error = sign_in(&app, "https://test.salesforce.com", 1, &stop).unwrap_err();
        assert!(error.to_string().contains("client credentials"), "{error}");
    }

    #[test]
    fn a_wrong_key_is_not_quoted() {
        let error =
            signed("id", "user", &Secret::new("-----BEGIN PRIVATE KEY-----\ngeheim\n-----END PRIVATE KEY-----"), "aud");
        let error = error.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("geheim"), "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("PEM")));
    }

    #[test]
    fn both_forms_of_a_key_sign() {
        use rsa::pkcs1::EncodeRsaPrivateKey;
        use rsa::pkcs8::EncodePrivateKey;
        let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
        let ending = rsa::pkcs8::LineEnding::LF;
        for pem in [key.to_pkcs8_pem(ending).unwrap().to_string(), key.to_pkcs1_pem(ending).unwrap().to_string()] {
            let token = signed("3MVG", "anna@example.com", &Secret::new(pem), "https://login.salesforce.com").unwrap();
            assert_eq!(token.expose().split('.').count(), 3);
        }
    }

    #[test]
    fn refused_sign_ins_come_with_advice() {
        for (code, message, part) in [
            ("invalid_grant", "user hasn't approved this consumer", "pre-authorise"),
            ("invalid_grant", "Audience validation failed", "audience"),
            ("invalid_grant", "no client credentials user enabled", "run as"),
            ("invalid_client_id", "client identifier invalid", "consumer key"),
        ] {
            let refusal = Refusal { status: 400, code: code.into(), message: message.into(), fields: Vec::new() };
            assert!(sign_in_hint(&refusal).contains(part), "{code} {message}");
        }
    }
}
