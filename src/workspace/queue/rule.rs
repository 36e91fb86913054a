//! Rules that correct a cell of many rows at once. Pure.

use crate::record::{id15_to_18, looks_like_id};

/// What a correction makes of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellRule {
    /// Cells that hold one of these values hold another; case and spaces around make no difference.
    Map(Vec<(String, String)>),
    /// This text within cells becomes another.
    Replace(String, String),
    /// Spaces around are removed, and what is longer than so many characters is cut.
    Trim(Option<u32>),
    /// Blank cells hold this.
    Default(String),
    /// All cells hold this.
    Set(String),
    /// Letters become small, large, or large at the beginning of words.
    Case(LetterCase),
    /// The cell holds the record id that Salesforce named when it refused the row.
    RecordInMessage,
}

/// How letters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterCase {
    /// small letters
    Lower,
    /// CAPITALS
    Upper,
    /// The First Of Each Word
    Title,
}

impl CellRule {
    /// What the cell holds afterwards; `None` where it stays as it is. `message` is why the row was refused.
    pub fn apply(&self, cell: &str, message: &str) -> Option<String> {
        let after = match self {
            CellRule::Map(pairs) => {
                let value = cell.trim().to_lowercase();
                pairs.iter().find(|(from, _)| from.trim().to_lowercase() == value)?.1.clone()
            }
            CellRule::Replace(from, _) if from.is_empty() => return None,
            CellRule::Replace(from, to) => cell.replace(from, to),
            CellRule::Trim(length) => cut(cell.trim(), *length).to_owned(),
            CellRule::Default(value) if cell.trim().is_empty() => value.clone(),
            CellRule::Default(_) => return None,
            CellRule::Set(value) => value.clone(),
            CellRule::Case(LetterCase::Lower) => cell.to_lowercase(),
            CellRule::Case(LetterCase::Upper) => cell.to_uppercase(),
            CellRule::Case(LetterCase::Title) => title(cell),
            CellRule::RecordInMessage => ids_in(message).into_iter().next()?,
        };
        (after != cell).then_some(after)
    }

    /// What it does to a column, in words.
    pub fn words(&self, column: &str) -> String {
        match self {
            CellRule::Map(pairs) => {
                let pairs: Vec<_> = pairs.iter().map(|(from, to)| format!("\"{from}\" to \"{to}\"")).collect();
                format!("Map {} in {column}", pairs.join(", "))
            }
            CellRule::Replace(from, to) => format!("Replace \"{from}\" by \"{to}\" in {column}"),
            CellRule::Trim(None) => format!("Remove spaces around {column}"),
            CellRule::Trim(Some(length)) => format!("Trim {column} to {length} characters"),
            CellRule::Default(value) => format!("Set {column} to \"{value}\" where it is blank"),
            CellRule::Set(value) => format!("Set {column} to \"{value}\""),
            CellRule::Case(LetterCase::Lower) => format!("Write {column} in small letters"),
            CellRule::Case(LetterCase::Upper) => format!("Write {column} in capitals"),
            CellRule::Case(LetterCase::Title) => format!("Begin each word of {column} with a capital"),
            CellRule::RecordInMessage => "Update the record named in the message".to_owned(),
        }
    }
}

/// The text cut to so many UTF-16 units, as Salesforce counts.
fn cut(text: &str, length: Option<u32>) -> &str {
    let Some(limit) = length else { return text };
    let mut units = 0;
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units > limit as usize {
            return text[..at].trim_end();
        }
    }
    text
}

fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.chars() {
        if begins {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        begins = !c.is_alphanumeric() && c != '\'';
    }
    out
}

/// Record ids that a message names, each once, in their long form.
pub fn ids_in(message: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for word in message.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| looks_like_id(word)) {
        let Some(id) = id15_to_18(word) else { continue };
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_change_what_they_say_and_nothing_else() {
        let text = str::to_owned;
        for (rule, cell, after) in [
            (CellRule::Map(vec![(text("Canda"), text("Canada"))]), " canda ", Some("Canada")),
            (CellRule::Map(vec![(text("Canda"), text("Canada"))]), "Canada", None),
            (CellRule::Replace(text("-"), text("/")), "1-2-3", Some("1/2/3")),
            (CellRule::Replace(text(""), text("/")), "1-2-3", None),
            (CellRule::Trim(None), "  a b ", Some("a b")),
            (CellRule::Trim(Some(3)), "abcdef", Some("abc")),
            (CellRule::Trim(Some(3)), "ab𝕏", Some("ab")),
            (CellRule::Trim(Some(6)), "abcdef", None),
            (CellRule::Default(text("x")), " ", Some("x")),
            (CellRule::Default(text("x")), "y", None),
            (CellRule::Set(text("x")), "x", None),
            (CellRule::Set(text("")), "x", Some("")),
            (CellRule::Case(LetterCase::Title), "o'neill und söhne", Some("O'neill Und Söhne")),
            (CellRule::Case(LetterCase::Upper), "straße", Some("STRASSE")),
        ] {
            assert_eq!(rule.apply(cell, "").as_deref(), after, "{rule:?} {cell}");
        }
        let message = "duplicate value found: ERP_Id__c duplicates value on record with id: 005xx000001SwiU";
        assert_eq!(CellRule::RecordInMessage.apply("", message).as_deref(), Some("005xx000001SwiUAAS"));
        assert_eq!(CellRule::RecordInMessage.apply("", "no id here"), None);
    }
}
