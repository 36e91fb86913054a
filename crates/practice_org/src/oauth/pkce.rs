//! PKCE: whoever exchanges a code shows the text whose digest came with the request.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::sha2::{Digest, Sha256};

use super::OAuthError;

/// Shortest verifier.
const SHORTEST: usize = 43;
/// Longest verifier. The standard says 128; widely used clients send 171, and Salesforce takes them.
const LONGEST: usize = 256;

/// Whether the verifier fits the challenge.
pub(crate) fn check(challenge: &str, verifier: Option<&str>) -> Result<(), OAuthError> {
    let shaped = |text: &&str| {
        (SHORTEST..=LONGEST).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    };
    let fits = verifier
        .filter(shaped)
        .is_some_and(|text| URL_SAFE_NO_PAD.encode(Sha256::digest(text)) == challenge.trim_end_matches('='));
    if fits { Ok(()) } else { Err(OAuthError::new("invalid_grant", "invalid code verifier")) }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn the_example_of_the_standard_fits() {
        let (verifier, challenge) =
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(check(challenge, Some(verifier)).is_ok());
        assert!(check(&format!("{challenge}="), Some(verifier)).is_ok());
        assert_eq!(check(challenge, Some(challenge)).unwrap_err().error, "invalid_grant");
        assert_eq!(check(challenge, None).unwrap_err().error, "invalid_grant");
        assert_eq!(check(challenge, Some("short")).unwrap_err().error, "invalid_grant");
    }
}
