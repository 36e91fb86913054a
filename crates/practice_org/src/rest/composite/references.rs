//! `@{account.id}`, `@{found.records[0].Id}`: parts of earlier answers inside later requests.
//!
//! Names are compared with their case: the answer to a create has an `id`, a record has an `Id`.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use crate::http::MOST_URI;

/// Most bytes that references may add to a body.
const MOST_VALUES: usize = 4 * 1024 * 1024;

/// The answers that may be referred to.
#[derive(Debug)]
pub(super) struct Known {
    answers: HashMap<String, Json>,
    /// Whether a field without a value may be referred to, as it may since version 52.0.
    takes_null: bool,
}

/// Why references could not be resolved.
#[derive(Debug, PartialEq)]
pub(super) enum Unresolved {
    /// A reference leads nowhere; its text between the braces.
    Dangling(String),
    /// The values are longer than a request may be.
    TooLong,
}

impl Unresolved {
    /// Salesforce's sentence.
    pub(super) fn message(&self) -> String {
        let Unresolved::Dangling(path) = self else {
            return "The request body is too large once its references are resolved".into();
        };
        format!(
            "Invalid reference specified. No value for {path} found in {}. Provided referenceId ('{path}') must start with a letter \
             or a number, and it can contain only letters, numbers and underscores ('_').",
            name_of(path)
        )
    }
}

/// The reference id that a path begins with.
fn name_of(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or_default()
}

/// Pieces of a text: plain ones, and the paths of references.
fn pieces(text: &str) -> Vec<(&str, Option<&str>)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("@{")
        && let Some(length) = rest[start..].find('}')
    {
        pieces.push((&rest[..start], Some(&rest[start + 2..start + length])));
        rest = &rest[start + length + 1..];
    }
    pieces.push((rest, None));
    pieces
}

/// A URL whose references were escaped by a client that escapes all URLs, with references that can be read.
pub(super) fn unescaped(url: &str) -> String {
    let mut plain = String::with_capacity(url.len());
    let mut rest = url;
    while let Some((start, length)) =
        ["@%7B", "@%7b", "%40%7B", "%40%7b"].iter().filter_map(|mark| Some((rest.find(mark)?, mark.len()))).min()
        && let Some(end) = ["%7D", "%7d"].iter().filter_map(|mark| rest[start..].find(mark)).min()
    {
        plain.push_str(&rest[..start]);
        plain.push_str("@{");
        plain.push_str(&rest[start + length..start + end]);
        plain.push('}');
        rest = &rest[start + end + 3..];
    }
    plain.push_str(rest);
    plain
}

/// The reference ids that a text uses.
pub(super) fn used_in_text(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).into_iter().filter_map(|(_, path)| path.map(name_of))
}

/// The reference ids that a body uses.
pub(super) fn used_in<'b>(body: &'b Json, used: &mut Vec<&'b str>) {
    match body {
        Json::String(text) => used.extend(used_in_text(text)),
        Json::Array(list) => list.iter().for_each(|item| used_in(item, used)),
        Json::Object(map) => map.values().for_each(|item| used_in(item, used)),
        _ => {}
    }
}

impl Known {
    /// No answers yet.
    pub(super) fn new(takes_null: bool) -> Self {
        Known { answers: HashMap::new(), takes_null }
    }

    /// Lets later requests refer to an answer.
    pub(super) fn add(&mut self, reference: &str, body: Json) {
        self.answers.insert(reference.to_owned(), body);
    }

    fn find(&self, path: &str) -> Option<&Json> {
        let name = name_of(path);
        let mut value = self.answers.get(name)?;
        let mut rest = &path[name.len()..];
        while !rest.is_empty() {
            if let Some(index) = rest.strip_prefix('[') {
                let (index, behind) = index.split_once(']')?;
                value = value.get(index.parse::<usize>().ok()?)?;
                rest = behind;
            } else {
                rest = rest.strip_prefix('.')?;
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                value = value.as_object()?.get(&rest[..end])?;
                rest = &rest[end..];
            }
        }
        let scalar = !value.is_object() && !value.is_array();
        (scalar && (self.takes_null || !value.is_null())).then_some(value)
    }

    fn value(&self, path: &str) -> Result<&Json, Unresolved> {
        self.find(path).ok_or_else(|| Unresolved::Dangling(path.to_owned()))
    }

    /// A text with its references resolved, each value brought into shape by `shape`. `room` is how many bytes the values
    /// may still have.
    fn text(&self, text: &str, room: &mut usize, shape: impl Fn(&str) -> String) -> Result<String, Unresolved> {
        let mut whole = String::with_capacity(text.len());
        for (plain, path) in pieces(text) {
            whole.push_str(plain);
            if let Some(path) = path {
                let value = match self.value(path)? {
                    Json::String(text) => shape(text),
                    Json::Null => String::new(),
                    other => shape(&other.to_string()),
                };
                *room = room.checked_sub(value.len()).ok_or(Unresolved::TooLong)?;
                whole.push_str(&value);
            }
        }
        Ok(whole)
    }

    /// A header's value with its references resolved.
    pub(super) fn header(&self, value: &str) -> Result<String, Unresolved> {
        let mut room = MOST_URI;
        self.text(value, &mut room, str::to_owned)
    }

    /// An address with its references resolved; values are escaped.
    pub(super) fn url(&self, url: &str) -> Result<String, Unresolved> {
        let mut room = MOST_URI;
        self.text(url, &mut room, escape)
    }

    /// A body with its references resolved. What stands in a text stays a text, which fits every kind of field; only
    /// nothing becomes nothing.
    pub(super) fn body(&self, body: &Json) -> Result<Json, Unresolved> {
        let mut room = MOST_VALUES;
        self.part(body, &mut room)
    }

    fn part(&self, body: &Json, room: &mut usize) -> Result<Json, Unresolved> {
        Ok(match body {
            Json::String(text) => match pieces(text).as_slice() {
                [("", Some(path)), ("", None)] if self.value(path)?.is_null() => Json::Null,
                _ => Json::String(self.text(text, room, str::to_owned)?),
            },
            Json::Array(list) => Json::Array(list.iter().map(|item| self.part(item, room)).collect::<Result<_, _>>()?),
            Json::Object(map) => {
                let mut resolved = Map::new();
                for (name, item) in map {
                    resolved.insert(name.clone(), self.part(item, room)?);
                }
                Json::Object(resolved)
            }
            other => other.clone(),
        })
    }
}

/// Escapes what may mean something in an address.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => escaped.push(char::from(byte)),
            other => escaped.push_str(&format!("%{other:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn known(takes_null: bool) -> Known {
        let mut known = Known::new(takes_null);
        known.add("acc", json!({"id": "001", "n": 5, "gone": null, "BillingAddress": {"city": "Köln am Rhein"}}));
        known.add("found", json!({"records": [{"Id": "003"}, {"Id": "004"}]}));
        known.add("rows", json!([{"id": "a"}, {"id": "b"}]));
        known
    }

    #[test]
    fn references_lead_to_values() {
        let known = known(false);
        for (text, value) in [
            ("@{acc.id}", json!("001")),
            ("@{acc.n}", json!("5")),
            ("x@{acc.n}y@{found.records[1].Id}", json!("x5y004")),
            ("@{rows[0].id}", json!("a")),
            ("@{acc.BillingAddress.city}", json!("Köln am Rhein")),
            ("no @{ reference", json!("no @{ reference")),
        ] {
            assert_eq!(known.body(&json!([text])).unwrap(), json!([value]), "{text}");
        }
        assert_eq!(unescaped("/a/@%7Bacc.id%7D?x=%40%7Bacc.n%7d&y=%7B"), "/a/@{acc.id}?x=@{acc.n}&y=%7B");
        assert_eq!(unescaped("/a/@%7Bacc.id"), "/a/@%7Bacc.id");
        assert_eq!(known.url("/a/@{acc.BillingAddress.city}?b").unwrap(), "/a/K%C3%B6ln%20am%20Rhein?b");
    }

    #[test]
    fn references_that_lead_nowhere_are_named() {
        for path in
            ["acc.Id", "acc.gone", "acc", "acc.BillingAddress", "nobody.id", "found.records[9].Id", "rows[x]", ""]
        {
            let dangling = known(false).body(&json!({"a": format!("@{{{path}}}")})).unwrap_err();
            assert_eq!(dangling, Unresolved::Dangling(path.into()));
        }
        assert_eq!(known(true).body(&json!("@{acc.gone}")).unwrap(), Json::Null);
        assert!(
            Unresolved::Dangling("a[1].id".into())
                .message()
                .starts_with("Invalid reference specified. No value for a[1].id found in a.")
        );
    }

    #[test]
    fn values_do_not_grow_without_end() {
        let mut known = Known::new(false);
        known.add("a", json!({"long": "x".repeat(100_000)}));
        let many = vec!["@{a.long}"; 1000];
        assert_eq!(known.body(&json!(many)), Err(Unresolved::TooLong));
        assert_eq!(known.body(&json!(many.concat())), Err(Unresolved::TooLong));
        assert_eq!(known.url("@{a.long}"), Err(Unresolved::TooLong));
        assert!(known.body(&json!(many[..10])).is_ok());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[@{}\\[\\].a-c0-9é]{0,30}") {
            let known = known(true);
            known.url(&text).ok();
            known.body(&Json::String(text)).ok();
        }
    }
}
