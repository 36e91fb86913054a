//! Value maps: what becomes what, compiled for looking up.

use super::rule::{Otherwise, ValueMap};
use crate::record::Rejection;
use std::borrow::Cow;
use std::collections::HashMap;

/// A value map that runs.
#[derive(Debug, Clone)]
pub(super) struct CompiledMap {
    entries: HashMap<String, String>,
    match_case: bool,
    otherwise: Otherwise,
}

impl CompiledMap {
    /// Compiles a map over its rows; a value listed twice with two meanings is an error that names it.
    pub(super) fn compile<'r>(
        map: &ValueMap,
        rows: impl Iterator<Item = (&'r str, &'r str)>,
    ) -> Result<CompiledMap, String> {
        let mut entries = HashMap::new();
        for (from, to) in rows {
            let key = key(from, map.match_case).into_owned();
            match entries.insert(key, to.to_owned()) {
                Some(before) if before != to => {
                    return Err(format!(
                        "the value map lists \"{}\" twice, as \"{before}\" and as \"{to}\"",
                        from.trim()
                    ));
                }
                _ => {}
            }
        }
        Ok(CompiledMap { entries, match_case: map.match_case, otherwise: map.otherwise.clone() })
    }

    /// What a value becomes; blank where it counts as blank.
    pub(super) fn get<'a>(&'a self, text: &'a str) -> Result<&'a str, Rejection> {
        if let Some(to) = self.entries.get(key(text, self.match_case).as_ref()) {
            return Ok(to);
        }
        match &self.otherwise {
            Otherwise::Keep => Ok(text),
            Otherwise::Blank => Ok(""),
            Otherwise::Default(value) => Ok(value),
            // A blank is no unknown value: the blank policy speaks.
            Otherwise::Reject if text.trim().is_empty() => Ok(""),
            Otherwise::Reject => {
                Err(Rejection::new("not_in_map", format!("\"{}\" is not in the value map", text.trim()))
                    .hint("Add the value to the map, or say what becomes of values that it does not list."))
            }
        }
    }
}

fn key(text: &str, match_case: bool) -> Cow<'_, str> {
    let text = text.trim();
    if match_case || !text.chars().any(char::is_uppercase) { text.into() } else { text.to_lowercase().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(match_case: bool, otherwise: Otherwise) -> CompiledMap {
        let rows = [("Germany", "DE"), (" usa ", "US"), ("", "none")];
        let map = ValueMap { match_case, otherwise, ..ValueMap::default() };
        CompiledMap::compile(&map, rows.into_iter()).unwrap()
    }

    #[test]
    fn values_are_translated_and_strangers_meet_the_policy() {
        let loose = map(false, Otherwise::Reject);
        assert_eq!(loose.get(" GERMANY").unwrap(), "DE");
        assert_eq!(loose.get("USA").unwrap(), "US");
        assert_eq!(loose.get("  ").unwrap(), "none");
        assert_eq!(loose.get("Canda").unwrap_err().code, "not_in_map");
        assert_eq!(map(true, Otherwise::Keep).get("GERMANY").unwrap(), "GERMANY");
        assert_eq!(map(true, Otherwise::Blank).get("GERMANY").unwrap(), "");
        assert_eq!(map(true, Otherwise::Default("XX".into())).get("GERMANY").unwrap(), "XX");
        assert_eq!(map(true, Otherwise::Reject).get("Germany").unwrap(), "DE");
    }

    #[test]
    fn a_value_with_two_meanings_is_refused() {
        let rows = [("a", "1"), ("A ", "2")];
        let error = CompiledMap::compile(&ValueMap::default(), rows.into_iter()).unwrap_err();
        assert_eq!(error, "the value map lists \"A\" twice, as \"1\" and as \"2\"");
        assert!(CompiledMap::compile(&ValueMap { match_case: true, ..ValueMap::default() }, rows.into_iter()).is_ok());
        assert!(CompiledMap::compile(&ValueMap::default(), [("a", "1"), ("a", "1")].into_iter()).is_ok());
    }
}
