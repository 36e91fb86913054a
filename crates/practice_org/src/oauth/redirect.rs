//! Where a browser may be sent back to: this computer, or an app that has a scheme of its own. Nowhere else, so that a
//! link to this org cannot lead to a stranger's page.

/// Longest address.
const LONGEST: usize = 2_000;

/// Schemes that browsers or systems give a meaning of their own.
const TAKEN: [&str; 19] = [
    "http",
    "https",
    "javascript",
    "data",
    "vbscript",
    "file",
    "ftp",
    "blob",
    "about",
    "ws",
    "wss",
    "mailto",
    "tel",
    "sms",
    "view-source",
    "chrome",
    "filesystem",
    "jar",
    "resource",
];

/// What an address leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind<'a> {
    /// A port of this computer; scheme, host and port.
    Local(&'a str),
    /// An app; its scheme with the colon.
    App(&'a str),
}

/// What this address leads to, if it may be gone to.
fn kind(address: &str) -> Option<Kind<'_>> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte);
    if address.len() > LONGEST || !address.bytes().all(plain) {
        return None;
    }
    let (scheme, rest) = address.split_once(':')?;
    if ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        let place = rest.strip_prefix("//")?;
        let end = place.find(['/', '?']).unwrap_or(place.len());
        let host = &place[..end];
        let (name, port) = match host.strip_prefix("[::1]") {
            Some("") => ("[::1]", None),
            Some(port) => ("[::1]", Some(port.strip_prefix(':')?)),
            None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
        };
        let local = ["localhost", "127.0.0.1", "[::1]"].iter().any(|known| name.eq_ignore_ascii_case(known));
        let numbered =
            port.is_none_or(|port| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok());
        let origin = &address[..scheme.len() + 3 + end];
        return (local && numbered).then_some(Kind::Local(origin));
    }
    let mut letters = scheme.bytes();
    let shaped = letters.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let own = shaped && !rest.is_empty() && !TAKEN.iter().any(|taken| scheme.eq_ignore_ascii_case(taken));
    own.then(|| Kind::App(&address[..=scheme.len()]))
}

/// Whether a browser may be sent there.
pub(crate) fn allowed(address: &str) -> bool {
    kind(address).is_some()
}

/// Whether only one program on this computer gets what is sent there, so that a refresh token may be.
pub(crate) fn private(address: &str, own: &str) -> bool {
    matches!(kind(address), Some(Kind::App(_))) || address == format!("{own}/services/oauth2/success")
}

/// The target as a page's rule for its forms names it. Such rules cannot name the address `[::1]`.
pub(crate) fn form_target(address: &str) -> Option<&str> {
    match kind(address)? {
        Kind::Local(origin) => (!origin.contains('[')).then_some(origin),
        Kind::App(scheme) => Some(scheme),
    }
}

/// The address with these pairs in its query.
pub(crate) fn with_query(address: &str, pairs: &[(&str, &str)]) -> String {
    let joint = match address.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{address}{joint}{}", form(pairs))
}

/// The address with these pairs behind a `#`, which browsers do not send on.
pub(crate) fn with_fragment(address: &str, pairs: &[(&str, &str)]) -> String {
    format!("{address}#{}", form(pairs))
}

/// `a=1&b=2`.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(&encode(value));
    }
    text
}

/// `%3D` for `=` and so on.
pub(crate) fn encode(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            safe.push(char::from(byte));
        } else {
            safe.push_str(&format!("%{byte:02X}"));
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::http::call::decode;

    #[test]
    fn only_this_computer_and_apps() {
        for good in [
            "http://localhost:1717/OauthRedirect",
            "http://127.0.0.1:8080",
            "https://localhost/callback?x=1",
            "http://[::1]:9/cb",
            "com.example.app:/oauth",
            "sfdc://success",
        ] {
            assert!(allowed(good), "{good}");
        }
        for bad in [
            "",
            "http:",
            "http://",
            "https://evil.example/",
            "http://localhost.evil.example/",
            "http://localhost@evil.example/",
            "http://localhost:80@evil.example/",
            "http://127.0.0.1:99999/",
            "http://[::1]evil.example/",
            "http:\\\\evil.example",
            "http:/evil.example",
            "//evil.example",
            "/local",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "http://localhost/#a",
            "http://localhost/\r\nSet-Cookie: a=b",
            "http://localhost /",
            "http://127.0.0.1.evil.example",
            "x y:z",
        ] {
            assert!(!allowed(bad), "{bad}");
        }
        assert_eq!(form_target("http://localhost:1717/a"), Some("http://localhost:1717"));
        assert_eq!(form_target("com.example.app:/oauth"), Some("com.example.app:"));
        assert!(private("com.example.app:/oauth", "http://127.0.0.1:1"));
        assert!(!private("http://localhost:1717/", "http://127.0.0.1:1"));
    }

    #[test]
    fn pairs_are_added() {
        assert_eq!(with_query("http://localhost/a", &[("code", "x==")]), "http://localhost/a?code=x%3D%3D");
        assert_eq!(with_query("http://localhost/a?b=1", &[("c", "é &")]), "http://localhost/a?b=1&c=%C3%A9%20%26");
        assert_eq!(with_fragment("a:/", &[("b", "c")]), "a:/#b=c");
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes(text in any::<String>()) {
            prop_assert_eq!(decode(&encode(&text)), text);
        }

        #[test]
        fn no_address_panics(text in any::<String>()) {
            allowed(&text);
        }
    }
}
