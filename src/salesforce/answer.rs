//! An answer that came whole: its status, headers and body, and what can be told from them without knowing the question.

use reqwest::Url;
use reqwest::header::HeaderMap;
use std::time::Duration;

/// An answer that came whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    #[cfg(test)]
    pub(super) fn new(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| (reqwest::header::HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        Answer { status, headers, body: body.into() }
    }

    pub(super) fn success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The wait that the other side asks for, in seconds or as an instant.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let text = self.header("retry-after")?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
        Some(Duration::try_from(until.duration_since(jiff::Timestamp::now())).unwrap_or_default())
    }

    /// The title of a web page that came where data was asked for.
    pub(super) fn web_page(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.body[..self.body.len().min(4096)]);
        let is_page = self.header("content-type").is_some_and(|kind| kind.contains("html"))
            || ["<!doctype", "<html"].iter().any(|start| starts_with_ignoring_case(text.trim_start(), start));
        let title = || {
            let lower = text.to_ascii_lowercase();
            let from = lower.find("<title")?;
            let from = from + lower[from..].find('>')? + 1;
            let to = from + lower[from..].find('<')?;
            Some(text[from..to].split_whitespace().collect::<Vec<_>>().join(" "))
        };
        is_page.then(|| title().unwrap_or_default())
    }

    /// Host of the place the answer sends us to.
    pub(super) fn location_host(&self) -> String {
        let url = self.header("location").and_then(|location| Url::parse(location).ok());
        url.as_ref().and_then(Url::host_str).unwrap_or("another page").to_owned()
    }
}

fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_page_is_recognised_by_its_type_or_its_beginning() {
        let html = &[("content-type", "text/html; charset=UTF-8")];
        assert_eq!(Answer::new(200, html, "<TITLE >Log\n in</title>").web_page().as_deref(), Some("Log in"));
        assert_eq!(Answer::new(503, &[], "  <!DOCTYPE html><p>").web_page().as_deref(), Some(""));
        assert_eq!(Answer::new(200, &[("content-type", "application/json")], "[]").web_page(), None);
    }

    #[test]
    fn a_wait_is_given_in_seconds_or_as_an_instant() {
        let wait = |text: &str| Answer::new(503, &[("retry-after", text)], "").retry_after();
        assert_eq!(wait("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert!(wait("Wed, 21 Oct 2099 07:28:00 GMT").is_some_and(|wait| wait > Duration::from_secs(1_000_000)));
        assert_eq!(wait("soon"), None);
    }
}
