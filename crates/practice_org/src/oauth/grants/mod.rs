//! The grants that need no browser.

pub(crate) mod c14n;
pub(crate) mod code;
pub(crate) mod jwt;
pub(crate) mod refresh;
pub(crate) mod saml;
pub(crate) mod secrets;

use crate::org::Org;

/// Whether an assertion was made out to this org: to one of Salesforce's own login hosts, or to where the org listens, now
/// or before it moved.
fn made_out_to(org: &Org, audience: &str) -> bool {
    const LOGIN: [&str; 2] = ["https://login.salesforce.com", "https://test.salesforce.com"];
    let text = audience.trim_end_matches('/');
    let text = text.strip_suffix("/services/oauth2/token").unwrap_or(text);
    let Some(host) = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")) else {
        return false;
    };
    let named = host.replacen("localhost:", "127.0.0.1:", 1);
    let first = org.url.get().map_or("", String::as_str);
    let own = [org.url(), first].iter().any(|own| own.strip_prefix("http://") == Some(named.as_str()));
    own || LOGIN.contains(&text)
}
