//! A call as handlers see it: path in pieces, parameters, headers, body.

use std::path::PathBuf;

use axum::http::HeaderMap;
use serde_json::{Map, Value as Json};

use crate::failure::Refusal;
use crate::oauth::sessions::Session;
use crate::org::USUAL_VERSION;

/// The body of a call.
#[derive(Debug)]
pub(crate) enum Payload {
    /// In memory, decompressed.
    Bytes(Vec<u8>),
    /// On disk, decompressed; whoever takes the path owns the file.
    File(PathBuf),
}

/// An API version.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    /// `67` for v67.0.
    pub(crate) number: u32,
    /// `67.0`.
    pub(crate) text: String,
}

/// Pairs of a query string or a form.
#[derive(Debug, Default, Clone)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads `a=1&b=2`.
    pub(crate) fn parse(text: &str) -> Self {
        let decode = |part: &str| decode(&part.replace('+', " "));
        Form(
            text.split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| match pair.split_once('=') {
                    Some((name, value)) => (decode(name), decode(value)),
                    None => (decode(pair), String::new()),
                })
                .collect(),
        )
    }

    /// Every pair in order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A name that is there twice.
    pub(crate) fn repeated(&self) -> Option<&str> {
        let twice = |place: usize| self.0[..place].iter().any(|(name, _)| *name == self.0[place].0);
        // More names than any form has; comparing each with each must not become work.
        const MOST: usize = 200;
        (0..self.0.len().min(MOST)).find(|place| twice(*place)).map(|place| self.0[place].0.as_str())
    }

    /// Every value of a name.
    pub(crate) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Resolves `%41` and its like; what is no escape stays.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    /// In upper case; a tunnelled PATCH is a PATCH.
    pub(crate) method: String,
    /// Decoded pieces of the path, empty ones left out.
    pub(crate) path: Vec<String>,
    /// The query string.
    pub(crate) parameters: Form,
    /// Headers.
    pub(crate) headers: HeaderMap,
    /// Body.
    pub(crate) body: Payload,
    /// Whose call it is; set once the token is checked.
    pub(crate) session: Option<Session>,
    /// The API version in the path.
    pub(crate) version: Version,
}

impl Call {
    /// Puts a call together from its request line and headers.
    pub(crate) fn new(method: &str, path: &str, query: Option<&str>, headers: HeaderMap, body: Payload) -> Self {
        let parameters = Form::parse(query.unwrap_or_default());
        let tunnelled = parameters.get("_HttpMethod").filter(|_| method == "POST").map(str::to_ascii_uppercase);
        Call {
            method: tunnelled.unwrap_or_else(|| method.to_owned()),
            path: path.split('/').filter(|piece| !piece.is_empty()).map(decode).collect(),
            parameters,
            headers,
            body,
            session: None,
            version: Version { number: 67, text: USUAL_VERSION.into() },
        }
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A parameter of the query string.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name)
    }

    /// A parameter that is `true`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The token behind `Bearer` or `OAuth`.
    pub(crate) fn bearer(&self) -> Option<String> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth");
        known.then(|| token.trim().to_owned())
    }

    /// The body in memory.
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.body {
            Payload::Bytes(bytes) => bytes,
            Payload::File(_) => &[],
        }
    }

    /// The body as a form, with the query string behind it.
    pub(crate) fn form(&self) -> Form {
        let mut form = Form::parse(&String::from_utf8_lossy(self.bytes()));
        form.0.extend(self.parameters.0.iter().cloned());
        form
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<Json, Refusal> {
        let kind = self.header("content-type").unwrap_or("application/json");
        if !kind.to_ascii_lowercase().contains("json") {
            return Err(Refusal::new(415, "UNSUPPORTED_MEDIA_TYPE", format!("Content-Type '{kind}' not supported")));
        }
        if self.bytes().is_empty() {
            return Err(Refusal::new(
                400,
                "JSON_PARSER_ERROR",
                "The HTTP entity body is required, but this request has no entity body.",
            ));
        }
        serde_json::from_slice(self.bytes()).map_err(|error| {
            Refusal::new(
                400,
                "JSON_PARSER_ERROR",
                format!("Unexpected character or end of input at [line:{}, column:{}]", error.line(), error.column()),
            )
        })
    }

    /// The body as a JSON object.
    pub(crate) fn object(&self) -> Result<Map<String, Json>, Refusal> {
        match self.json()? {
            Json::Object(object) => Ok(object),
            _ => Err(Refusal::new(
                400,
                "JSON_PARSER_ERROR",
                "The HTTP entity body is required, but this request has no entity body or another shape than an object.",
            )),
        }
    }

    /// Whose call it is.
    pub(crate) fn user(&self) -> &str {
        self.session.as_ref().map_or("", |session| &session.user_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_escapes() {
        let form = Form::parse("q=SELECT+Id%20FROM+A&x=%C3%A9&y=100%&z");
        assert_eq!(form.get("q"), Some("SELECT Id FROM A"));
        assert_eq!(form.get("x"), Some("é"));
        assert_eq!(form.get("y"), Some("100%"));
        assert_eq!(form.get("z"), Some(""));
    }
}
