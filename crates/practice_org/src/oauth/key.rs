//! Two key pairs, each made on first need and kept in the data file: the app's, with which it signs assertions, and the
//! org's own, with which it signs id tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::sha2::{Digest, Sha256};
use rsa::signature::{SignatureEncoding, Signer, Verifier};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, rand_core::OsRng};

use crate::database::Database;
use crate::failure::Refusal;

/// Where the app's key is kept.
pub(super) const APP: &str = "private_key";
/// Where the org's key is kept.
pub(super) const ORG: &str = "signing_key";
const BITS: usize = 2048;

/// The app's private key in PKCS#8 PEM.
pub(crate) fn private_pem(database: &Database) -> Result<String, String> {
    pem(database, APP)
}

fn pem(database: &Database, setting: &str) -> Result<String, String> {
    let sorry = |refusal: Refusal| refusal.failure.message;
    if let Some(pem) = database.setting(setting).map_err(sorry)? {
        return Ok(pem);
    }
    let key = RsaPrivateKey::new(&mut OsRng, BITS).map_err(|error| error.to_string())?;
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|error| error.to_string())?.to_string();
    // Somebody else may have made one meanwhile, and told it already.
    let keep = "INSERT OR IGNORE INTO practice_setting (name, value) VALUES (?1, ?2)";
    database
        .write(|pen| {
            pen.conn.execute(keep, [setting, &pem])?;
            Ok(pen.conn.query_row("SELECT value FROM practice_setting WHERE name = ?1", [setting], |row| row.get(0))?)
        })
        .map_err(sorry)
}

/// Whether the app signed this with RSA and SHA-256. An app whose key nobody ever asked for has signed nothing.
pub(crate) fn signed_by_app(database: &Database, message: &[u8], signature: &[u8]) -> bool {
    let Ok(Some(pem)) = database.setting(APP) else {
        return false;
    };
    let Ok(key) = RsaPrivateKey::from_pkcs8_pem(&pem) else {
        return false;
    };
    let Ok(signature) = Signature::try_from(signature) else {
        return false;
    };
    VerifyingKey::<Sha256>::new(key.to_public_key()).verify(message, &signature).is_ok()
}

/// The org's own key.
pub(crate) struct OrgKey(RsaPrivateKey);

impl OrgKey {
    /// Reads it, or makes it, which takes a moment.
    pub(crate) fn read(database: &Database) -> Result<OrgKey, String> {
        RsaPrivateKey::from_pkcs8_pem(&pem(database, ORG)?).map(OrgKey).map_err(|error| error.to_string())
    }

    /// The key's name.
    pub(crate) fn id(&self) -> String {
        let digest = Sha256::digest(self.0.n().to_bytes_be());
        digest.iter().take(8).map(|byte| format!("{byte:02X}")).collect()
    }

    /// Modulus and exponent of the public half, as key lists tell them.
    pub(crate) fn public(&self) -> (String, String) {
        (URL_SAFE_NO_PAD.encode(self.0.n().to_bytes_be()), URL_SAFE_NO_PAD.encode(self.0.e().to_bytes_be()))
    }

    /// Signs with RSA and SHA-256.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        SigningKey::<Sha256>::new(self.0.clone()).sign(message).to_vec()
    }
}
