//! A practice org on its own, for clients that others wrote: prints its welcome as one JSON line, serves until stdin ends.
//!
//! `linkspan practice-org` says the same line; this builds without the window and the engine.
//!
//! Flags: `--port N`, `--seed WORLD`, `--data FILE`, `--key FILE` (where the app's private key is written).

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use practice_org::{Options, PracticeOrg, Storage};

fn main() -> Result<(), Box<dyn Error>> {
    let mut options = Options::default();
    let mut key_file = std::env::temp_dir().join(format!("practice-org-{}.key.pem", std::process::id()));
    let mut words = std::env::args().skip(1);
    while let Some(flag) = words.next() {
        let value = words.next().ok_or_else(|| format!("{flag} wants a value"))?;
        match (flag.as_str(), value.as_str()) {
            ("--port", _) => options.port = value.parse()?,
            ("--seed", _) => options.seed = value.parse()?,
            ("--data", _) => options.storage = Storage::File(PathBuf::from(value)),
            ("--key", _) => key_file = PathBuf::from(value),
            _ => return Err(format!("no such flag: {flag} {value}").into()),
        }
    }
    let org = PracticeOrg::start(options)?;
    std::fs::write(&key_file, org.private_key_pem()?)?;
    let who = org.credentials();
    let welcome = serde_json::json!({
        "url": org.url(),
        "access_token": who.access_token,
        "refresh_token": who.refresh_token,
        "username": who.username,
        "password": who.password,
        "client_id": who.client_id,
        "client_secret": who.client_secret,
        "private_key_file": key_file,
        "org_id": who.org_id,
        "user_id": who.user_id,
        "api_version": who.api_version,
    });
    let mut out = std::io::stdout();
    writeln!(out, "{welcome}")?;
    out.flush()?;
    // Whoever started it keeps its stdin open as long as the org is wanted, and cannot forget to stop it by dying.
    std::io::stdin().read_to_end(&mut Vec::new())?;
    std::fs::remove_file(&key_file)?;
    Ok(())
}
