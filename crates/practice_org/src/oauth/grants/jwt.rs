//! JWT bearer: the app signs that a user may be signed in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value as Json;

use super::super::apps::App;
use super::super::scope::Scopes;
use super::super::token::Granted;
use super::super::{Client, OAuthError, key, people};
use super::made_out_to;
use crate::http::call::Form;
use crate::org::Org;
use crate::time;

/// How far the clocks of both sides may be apart, in milliseconds.
const SKEW: f64 = 60_000.0;

/// The grant.
pub(crate) fn jwt_bearer(org: &Org, form: &Form, _client: &Client) -> Result<Granted, OAuthError> {
    let bad = |text| OAuthError::new("invalid_grant", text);
    let invalid = bad("invalid assertion");
    let assertion = form.get("assertion").ok_or(invalid)?;
    let mut parts = assertion.split('.');
    let (Some(header), Some(claims), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(invalid);
    };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok();
    let read = |part: &str| -> Option<Json> { serde_json::from_slice(&decode(part)?).ok() };
    let (header, claims) = (read(header).ok_or(invalid)?, read(claims).ok_or(invalid)?);
    if header["alg"] != "RS256" {
        return Err(bad("algorithm not supported"));
    }
    let app = App::practice(org);
    if claims["iss"] != app.id.as_str() {
        return Err(OAuthError::new("invalid_client_id", "client identifier invalid"));
    }
    let signed = &assertion[..assertion.len() - signature.len() - 1];
    let signature = decode(signature).ok_or(invalid)?;
    if !key::signed_by_app(&org.database, signed.as_bytes(), &signature) {
        return Err(invalid);
    }
    let fits = match &claims["aud"] {
        Json::String(text) => made_out_to(org, text),
        Json::Array(list) => list.iter().filter_map(Json::as_str).any(|text| made_out_to(org, text)),
        _ => false,
    };
    if !fits {
        return Err(bad("Audience validation failed"));
    }
    let now = time::now() as f64;
    if instant(&claims["exp"]).ok_or(invalid)? < now {
        return Err(bad("assertion has expired"));
    }
    if instant(&claims["nbf"]).is_some_and(|begin| begin > now + SKEW) {
        return Err(bad("assertion is not yet valid"));
    }
    let name = claims["sub"].as_str().or_else(|| claims["prn"].as_str()).ok_or(invalid)?;
    let user = people::active_named(org, name, "user hasn't approved this consumer")?;
    Ok(Granted::new(user, Some(app), Scopes::default().without_staying()))
}

/// Milliseconds since 1970. Claims are seconds, as a number or a numeric text. Some clients write the milliseconds of now
/// as if they were seconds; that is a moment in the far future, and nobody minds.
fn instant(claim: &Json) -> Option<f64> {
    let number: f64 = match claim {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }?;
    number.is_finite().then_some(number * 1000.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::instant;

    #[test]
    fn instants_are_numbers_or_numeric_texts() {
        for claim in [json!(1_767_225_600), json!("1767225600"), json!(1.767_225_6e9)] {
            assert_eq!(instant(&claim), Some(1_767_225_600_000.0), "{claim}");
        }
        for claim in [json!(null), json!("soon"), json!("NaN"), json!([])] {
            assert_eq!(instant(&claim), None, "{claim}");
        }
    }
}
