//! The few pages that a browser gets to see: plain HTML, without scripts and without anything from elsewhere.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::sha2::{Digest, Sha256};

use crate::http::reply::Reply;
use crate::xml::escape;

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1b1f24; --quiet: #59636e; --paper: #fff; --ground: #f3f4f6; --line: #d0d7de; --act: #0b5cab; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --quiet: #9aa4af; --paper: #1c2128; --ground: #0f1318; --line: #3d444d; --act: #1f6fc4; }
}
body { margin: 0; padding: 8vh 1rem; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 28rem; margin: 0 auto; padding: 2rem; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; }
h1 { margin: 0 0 1rem; font-size: 1.35rem; line-height: 1.3; }
p, ul, label { margin: 0 0 1rem; }
ul { padding-left: 1.2rem; }
code { font-size: .9em; overflow-wrap: anywhere; }
.where, .quiet { color: var(--quiet); font-size: .9rem; }
label { display: block; }
select, input[type=text] { display: block; box-sizing: border-box; width: 100%; margin-top: .25rem; padding: .5rem; font: inherit; }
button { padding: .5rem 1.25rem; font: inherit; border: 1px solid var(--line); border-radius: 6px; background: none; color: inherit; cursor: pointer; }
button.first { margin-right: .5rem; background: var(--act); border-color: var(--act); color: #fff; }
";

/// A page about one thing.
pub(crate) struct Page<'a> {
    /// HTTP status.
    pub(crate) status: u16,
    /// Headline, as text.
    pub(crate) title: &'a str,
    /// What is below it, as HTML.
    pub(crate) body: String,
    /// Where its form may lead in the end, beside this org: browsers stop a redirect that no rule allows.
    pub(crate) target: Target<'a>,
}

/// Where the form of a page may lead beside this org.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    /// Nowhere.
    Here,
    /// There.
    There(&'a str),
    /// To a place that a rule cannot name.
    Unnamed,
}

impl Page<'_> {
    /// The answer.
    pub(crate) fn reply(&self) -> Reply {
        let title = escape(self.title);
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title} – Practice org</title>\
             <style>{STYLE}</style></head>\n<body><main>\
             <p class=\"where\">Practice org on this computer. Its data are invented.</p>\n\
             <h1>{title}</h1>\n{}\n</main></body></html>\n",
            self.body
        );
        let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
        let forms = match self.target {
            Target::Here => "; form-action 'self'".to_owned(),
            Target::There(there) => format!("; form-action 'self' {there}"),
            Target::Unnamed => String::new(),
        };
        let policy =
            format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'{forms}");
        Reply::text(self.status, "text/html;charset=UTF-8", &html)
            .with("Content-Security-Policy", policy)
            .with("X-Frame-Options", "DENY")
            .with("X-Content-Type-Options", "nosniff")
            // With no referrer at all, browsers would send the form without saying where it comes from.
            .with("Referrer-Policy", "same-origin")
            .with("Cache-Control", "no-store")
    }
}

/// A page that says what is so, and asks nothing.
pub(crate) fn notice(status: u16, title: &str, text: &str) -> Reply {
    let body = format!("<p>{}</p>", escape(text));
    Page { status, title, body, target: Target::Here }.reply()
}

/// A page about a call that cannot go on, with the error's name for whoever wrote the app.
pub(crate) fn refusal(status: u16, error: &str, text: &str) -> Reply {
    let body = format!("<p>{}</p>\n<p class=\"quiet\"><code>error={}</code></p>", escape(text), escape(error));
    Page { status, title: "This app cannot sign you in", body, target: Target::Here }.reply()
}
