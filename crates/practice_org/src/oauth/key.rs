//! The app's key pair: made on first need, kept in the data file.

use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::sha2::Sha256;
use rsa::signature::Verifier;
use rsa::{RsaPrivateKey, rand_core::OsRng};

use crate::database::Database;

const SETTING: &str = "private_key";
const BITS: usize = 2048;

/// The private key in PKCS#8 PEM.
pub(crate) fn private_pem(database: &Database) -> Result<String, String> {
    if let Some(pem) = database.setting(SETTING).map_err(|refusal| refusal.failure.message)? {
        return Ok(pem);
    }
    let key = RsaPrivateKey::new(&mut OsRng, BITS).map_err(|error| error.to_string())?;
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|error| error.to_string())?.to_string();
    database.set_setting(SETTING, &pem).map_err(|refusal| refusal.failure.message)?;
    Ok(pem)
}

/// Whether the app signed this. An app whose key nobody ever asked for has signed nothing.
pub(crate) fn signed_by_app(database: &Database, message: &[u8], signature: &[u8]) -> bool {
    let Ok(Some(pem)) = database.setting(SETTING) else {
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
