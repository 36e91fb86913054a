//! Addresses of orgs as people paste them, into the base of API calls.

use super::error::OrgError;
use reqwest::Url;

/// The org's API address behind what a person pasted: scheme added, path dropped, and the hosts of Lightning pages replaced by
/// the host that answers API calls. Plain http is refused except on this computer, since the token would travel in the open.
pub fn org_address(text: &str) -> Result<Url, OrgError> {
    let text = text.trim();
    let bad =
        |why: &str, hint: &str| OrgError::BadAddress { url: shown(text), why: why.to_owned(), hint: hint.to_owned() };
    const EXAMPLE: &str = "Give the org's address, such as https://acme.my.salesforce.com.";
    if text.is_empty() {
        return Err(bad("is empty", EXAMPLE));
    }
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let parsed = Url::parse(&with_scheme).map_err(|_| bad("is no web address", EXAMPLE))?;
    let host = parsed.host_str().ok_or_else(|| bad("names no host", EXAMPLE))?;
    match parsed.scheme() {
        "https" => {}
        "http" if is_loopback(&parsed) => {}
        "http" => {
            return Err(bad("is not encrypted (http)", "Write https:// instead; http is for this computer only."));
        }
        _ => return Err(bad("is no https address", EXAMPLE)),
    }
    let mut base = String::from(parsed.scheme());
    base.push_str("://");
    base.push_str(&api_host(host));
    if let Some(port) = parsed.port() {
        base.push_str(&format!(":{port}"));
    }
    Url::parse(&base).map_err(|_| bad("is no web address", EXAMPLE))
}

/// Whether the address leads to this computer.
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether the host is the one where anybody signs in, and no org's own.
pub(super) fn is_login_host(url: &Url) -> bool {
    matches!(url.host_str(), Some("login.salesforce.com" | "test.salesforce.com"))
}

/// Scheme, host and port, without the slash at the end.
pub(super) fn origin(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

fn api_host(host: &str) -> String {
    for page in [".lightning.force.com", ".my.salesforce-setup.com"] {
        if let Some(domain) = host.strip_suffix(page) {
            return format!("{domain}.my.salesforce.com");
        }
    }
    host.to_owned()
}

/// The address without what may be secret in it: user, password, query and fragment.
fn shown(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        (None, Some((_, host))) => host.to_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_people_paste_them() {
        for (pasted, wanted) in [
            ("https://acme.my.salesforce.com", Ok("https://acme.my.salesforce.com/")),
            ("acme.my.salesforce.com/", Ok("https://acme.my.salesforce.com/")),
            ("https://acme.lightning.force.com/lightning/o/Account/list?x=1", Ok("https://acme.my.salesforce.com/")),
            ("https://acme--uat.sandbox.lightning.force.com/", Ok("https://acme--uat.sandbox.my.salesforce.com/")),
            ("https://acme.my.salesforce-setup.com/x", Ok("https://acme.my.salesforce.com/")),
            ("https://acme.my.salesforce.com:8443/", Ok("https://acme.my.salesforce.com:8443/")),
            ("http://127.0.0.1:4000/", Ok("http://127.0.0.1:4000/")),
            ("http://localhost:4000", Ok("http://localhost:4000/")),
            ("http://[::1]:4000", Ok("http://[::1]:4000/")),
            ("http://acme.my.salesforce.com", Err("not encrypted")),
            ("http://127.0.0.1.example.com", Err("not encrypted")),
            ("ftp://acme", Err("no https")),
            ("", Err("empty")),
            ("https://", Err("no web address")),
        ] {
            let got = org_address(pasted).map(|url| url.to_string()).map_err(|error| error.to_string());
            match wanted {
                Ok(url) => assert_eq!(got.as_deref(), Ok(url), "{pasted}"),
                Err(part) => assert!(got.as_ref().is_err_and(|error| error.contains(part)), "{pasted}: {got:?}"),
            }
        }
    }

    #[test]
    fn a_refused_address_shows_no_secret() {
        let error = org_address("http://user:geheim@acme.example/x?sid=00Dgeheim").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("geheim"), "{error}");
    }
}
