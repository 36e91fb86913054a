//! A call as somebody wrote it: any method, path and body, with the org's session, and nothing made of the answer.

use super::error::OrgError;
use super::http::Stop;
use super::{Ask, Org};
use reqwest::Method;

/// An answer as it came, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Org {
    /// Makes a call. The path begins with a slash, with everything escaped that means something in an address; a body is JSON.
    pub fn raw(
        &self,
        method: &str,
        path: &str,
        body: Option<String>,
        stop: impl Into<Stop>,
    ) -> Result<RawAnswer, OrgError> {
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| OrgError::Unaskable {
            why: format!("{method:?} is no method of HTTP"),
            hint: "Use GET, POST, PATCH, PUT or DELETE.".to_owned(),
        })?;
        let stop = stop.into();
        let mut ask = match body {
            Some(body) => Ask::json(method.clone(), path.to_owned(), body, &stop),
            None => Ask { method: method.clone(), repeatable: false, ..Ask::get(path.to_owned(), &stop) },
        };
        if method == Method::GET {
            ask = ask.repeatable();
        }
        let answer = self.answer(&ask)?;
        Ok(RawAnswer { status: answer.status, body: answer.body })
    }

    /// A resource of the API version in use, as JSON and with nothing made of it: `sobjects/Account/describe`.
    pub fn resource(&self, path: &str, stop: impl Into<Stop>) -> Result<serde_json::Value, OrgError> {
        let stop = &stop.into();
        self.ask_json(&Ask::get(self.path(path, stop)?, stop))
    }
}
