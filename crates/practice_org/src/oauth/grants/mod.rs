//! The grants that need no browser.

pub(crate) mod c14n;
pub(crate) mod jwt;
pub(crate) mod refresh;
pub(crate) mod saml;
pub(crate) mod secrets;

use crate::org::Org;

/// Whether an assertion was made out to this org: to one of Salesforce's own login hosts, or to where the org listens.
fn made_out_to(org: &Org, audience: &str) -> bool {
    const LOGIN: [&str; 2] = ["https://login.salesforce.com", "https://test.salesforce.com"];
    let text = audience.trim_end_matches('/');
    let text = text.strip_suffix("/services/oauth2/token").unwrap_or(text);
    let port = org.url().rsplit(':').next().unwrap_or_default();
    LOGIN.contains(&text)
        || ["http", "https"]
            .iter()
            .any(|scheme| ["127.0.0.1", "localhost"].iter().any(|host| format!("{scheme}://{host}:{port}") == text))
}
