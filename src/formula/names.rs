//! Names in a formula's text: which fields it uses, and the text with a field called otherwise. Works on broken text as well.

use super::lexer::{TokenKind, begins_name, continues_name, tokens};
use super::scope::alike;
use std::ops::Range;

/// The fields that a text names, in order, each with the place of the whole token. A name before a parenthesis is a function's.
pub fn fields(text: &str) -> Vec<(&str, Range<usize>)> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let name = match token.kind {
            TokenKind::Name => &text[token.span.clone()],
            TokenKind::Braced => text[token.span.clone()].trim_start_matches("{!").trim_end_matches('}').trim(),
            _ => continue,
        };
        let called = tokens.get(at + 1).is_some_and(|next| next.kind == TokenKind::Open);
        let word = ["TRUE", "FALSE", "NULL", "NOT"].iter().any(|word| word.eq_ignore_ascii_case(name));
        if token.kind == TokenKind::Braced || !(called || word) {
            found.push((name, token.span.clone()));
        }
    }
    found
}

/// The text with every use of the field `from` written as `to`; `None` where there is none.
pub fn renamed(text: &str, from: &str, to: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (name, span) in fields(text) {
        if alike(name, from) {
            out.push_str(&text[done..span.start]);
            out.push_str(&written(to));
            done = span.end;
        }
    }
    out.push_str(&text[done..]);
    (done > 0).then_some(out)
}

/// A field's name as a formula writes it: bare where it can be, else in braces.
pub fn written(name: &str) -> String {
    let bare = name.starts_with(begins_name) && name.chars().all(continues_name);
    let word = ["TRUE", "FALSE", "NULL", "NOT", "AND", "OR"].iter().any(|word| word.eq_ignore_ascii_case(name));
    if bare && !word { name.to_owned() } else { format!("{{!{name}}}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_from_functions_and_words() {
        let text = "IF(NOT Aktiv, LEFT({!Kunde seit}, 2) & Left, TRUE /* Name */)";
        let names: Vec<_> = fields(text).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Aktiv", "Kunde seit", "Left"]);
        assert_eq!(
            renamed(text, "kunde seit", "Seit").as_deref(),
            Some("IF(NOT Aktiv, LEFT(Seit, 2) & Left, TRUE /* Name */)")
        );
        assert_eq!(renamed(text, "left", "Rest Name").unwrap().matches("{!Rest Name}").count(), 1);
        assert_eq!(renamed(text, "Name", "x"), None);
        assert_eq!(fields("\"open {!").len(), 0);
    }
}
