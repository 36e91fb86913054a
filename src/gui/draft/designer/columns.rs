//! Columns by name in a formula's text: which it names, and how one is written into it.

use crate::formula::editor::{self, TokenClass};
use crate::record::Kind;
use std::ops::Range;

/// The names that a formula's text uses, where they stand: `{!Unit Price}` and plain words that are no function.
pub(crate) fn names(text: &str) -> Vec<(Range<usize>, String)> {
    let fields = editor::tokens(text).into_iter().filter(|(_, class)| *class == TokenClass::Field);
    fields
        .map(|(span, _)| {
            let word = &text[span.clone()];
            let inside = word.strip_prefix("{!").map(|word| word.strip_suffix('}').unwrap_or(word));
            let name = inside.unwrap_or(word).trim().to_owned();
            (span, name)
        })
        .collect()
}

/// Where among `columns` those stand that a formula names.
pub(crate) fn used(text: &str, columns: &[String]) -> Vec<usize> {
    let mut used = Vec::new();
    for (_, name) in names(text) {
        let exact = columns.iter().position(|column| *column == name);
        let at = exact.or_else(|| columns.iter().position(|column| column.eq_ignore_ascii_case(&name)));
        if let Some(at) = at.filter(|at| !used.contains(at)) {
            used.push(at);
        }
    }
    used
}

/// A column as a formula writes it.
pub(crate) fn written(column: &str) -> String {
    let mut chars = column.chars();
    let plain = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !["true", "false", "null", "and", "or", "not"].contains(&column.to_lowercase().as_str());
    if plain { column.to_owned() } else { format!("{{!{column}}}") }
}

/// A column as text in a formula, whatever it holds.
pub(crate) fn as_text(column: &str, kind: Kind) -> String {
    let name = written(column);
    match kind {
        Kind::Integer | Kind::Number | Kind::Date | Kind::DateTime | Kind::Time => format!("TEXT({name})"),
        Kind::Boolean => format!("IF({name}, \"true\", \"false\")"),
        _ => name,
    }
}

/// A text as a formula writes it.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_outside_of_texts_comments_and_calls() {
        let text = r#"IF(ISBLANK(City), "no \"City\" x", UPPER ({!Unit Price}) & Land /* Fax */ & 'Ort' & $User.Name)"#;
        let names: Vec<_> = names(text).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["City", "Unit Price", "Land", "$User.Name"]);
        let columns = ["land", "Unit Price", "Fax"].map(str::to_owned);
        assert_eq!(used(text, &columns), [1, 0]);
        assert_eq!(super::names("a & b(")[0], (0..1, "a".to_owned()));
        assert!(super::names("/* open").is_empty());
    }

    #[test]
    fn columns_and_texts_are_written_so_that_they_can_be_read() {
        assert_eq!(written("City"), "City");
        assert_eq!(written("Unit Price"), "{!Unit Price}");
        assert_eq!(written("Straße"), "{!Straße}");
        assert_eq!(written("NOT"), "{!NOT}");
        assert_eq!(as_text("Price", Kind::Number), "TEXT(Price)");
        assert_eq!(quoted("a \"b\" \\"), r#""a \"b\" \\""#);
    }
}
