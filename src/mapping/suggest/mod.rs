//! Which column goes into which field, and which object a file is for: proposals with reasons, for a person to judge.
//!
//! Names decide first, the likeliest way of agreeing before the next; what is left is tried with a small list of synonyms and
//! with the values. A column goes into one field and a field takes one column. Nothing here is applied by itself.

mod evidence;
mod object;
mod synonyms;

pub use evidence::{Candidate, Evidence, Known, Sign, Weighing};
pub use object::{Guess, ObjectName, RecordsBy, guess_object, guess_records};

use crate::record::{Batch, Field, Kind, Schema, looks_like_id};
use std::collections::HashSet;

/// One column for one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The column's header.
    pub column: String,
    /// API name of the field.
    pub target: String,
    /// Why they belong together.
    pub why: Why,
    /// How sure that is.
    pub certainty: Certainty,
}

/// How sure a proposal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// It may well be wrong, and a person should look at it.
    Guess,
    /// The names agree but for their spelling.
    Likely,
    /// The names agree to the letter.
    Certain,
}

/// Why a column and a field belong together; it reads as a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The header is the API name.
    SameName,
    /// The header is the label.
    SameLabel,
    /// The header is the API name but for case, spaces, punctuation and `__c`.
    NearlySameName,
    /// The header is the label but for case, spaces and punctuation.
    NearlySameLabel,
    /// The header is another word for the field.
    OtherWord {
        /// What both mean.
        meaning: &'static str,
    },
    /// Each row has a value of its own, and the object has one external id.
    Key {
        /// Whether no value comes twice in the rows looked at.
        unique: bool,
    },
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Why::SameName => f.write_str("Same API name"),
            Why::SameLabel => f.write_str("Same label"),
            Why::NearlySameName => f.write_str("Same API name without case, spaces, punctuation and __c"),
            Why::NearlySameLabel => f.write_str("Same label without case, spaces and punctuation"),
            Why::OtherWord { meaning } => write!(f, "A guess: both seem to be the {meaning}"),
            Why::Key { unique: true } => {
                f.write_str("A guess: every row has a value of its own here, and this is the only external id")
            }
            Why::Key { unique: false } => {
                f.write_str("A guess: nearly every row has a value of its own here, and this is the only external id")
            }
        }
    }
}

impl Why {
    /// How sure a proposal with this reason is.
    pub fn certainty(&self) -> Certainty {
        match self {
            Why::SameName | Why::SameLabel => Certainty::Certain,
            Why::NearlySameName | Why::NearlySameLabel => Certainty::Likely,
            Why::OtherWord { .. } | Why::Key { .. } => Certainty::Guess,
        }
    }
}

/// Proposes fields of `target` for the columns, in the order of the columns. `head` are some rows of them. Only fields that
/// `writable` agrees to are proposed; it knows what the operation can write.
pub fn suggest(columns: &Schema, head: &Batch, target: &Schema, writable: impl Fn(&Field) -> bool) -> Vec<Suggestion> {
    let fields: Vec<&Field> =
        target.fields.iter().filter(|field| field.kind != Kind::Compound && writable(field)).collect();
    let mut pairing = Pairing { found: vec![None; columns.fields.len()], taken: HashSet::new() };

    pairing.by(columns, &fields, Why::SameName, |column, _, field| column.name.trim() == field.name);
    pairing.by(columns, &fields, Why::SameLabel, |column, _, field| column.name.trim() == field.label);
    pairing.by(columns, &fields, Why::NearlySameName, |column, index, field| {
        plain(&column.name) == plain_field(&field.name) && fits(head, index, field)
    });
    pairing.by(columns, &fields, Why::NearlySameLabel, |column, index, field| {
        plain(&column.name) == plain(&field.label) && fits(head, index, field)
    });
    for (index, column) in columns.fields.iter().enumerate() {
        for (name, meaning) in synonyms::fields_for(&plain(&column.name), &target.name) {
            let field = fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
            if let Some(field) = field.filter(|field| fits(head, index, field)) {
                pairing.pair(index, field, Why::OtherWord { meaning });
            }
        }
    }
    if let Some((index, field, unique)) = key(columns, head, &fields, |index| pairing.found[index].is_none()) {
        pairing.pair(index, field, Why::Key { unique });
    }

    let named = columns.fields.iter().zip(pairing.found);
    let paired = named.filter_map(|(column, found)| {
        let (target, why) = found?;
        let certainty = why.certainty();
        Some(Suggestion { column: column.name.clone(), target, why, certainty })
    });
    paired.collect()
}

/// What was found so far: for each column its field, and which fields are taken.
struct Pairing {
    found: Vec<Option<(String, Why)>>,
    taken: HashSet<String>,
}

impl Pairing {
    fn by(&mut self, columns: &Schema, fields: &[&Field], why: Why, same: impl Fn(&Field, usize, &Field) -> bool) {
        for (index, column) in columns.fields.iter().enumerate() {
            if let Some(field) =
                fields.iter().find(|field| !self.taken.contains(&field.name) && same(column, index, field))
            {
                self.pair(index, field, why.clone());
            }
        }
    }

    fn pair(&mut self, column: usize, field: &Field, why: Why) {
        if self.found[column].is_none() && self.taken.insert(field.name.clone()) {
            self.found[column] = Some((field.name.clone(), why));
        }
    }
}

/// The column that names the rows, for the one external id there is.
fn key<'a>(
    columns: &Schema,
    head: &Batch,
    fields: &[&'a Field],
    free: impl Fn(usize) -> bool,
) -> Option<(usize, &'a Field, bool)> {
    let mut external = fields.iter().filter(|field| field.external_id);
    let (Some(field), None) = (external.next(), external.next()) else { return None };
    (0..columns.fields.len()).filter(|index| free(*index) && is_key_name(&columns.fields[*index].name)).find_map(
        |index| {
            let values = values(head, index);
            let unique = distinct(&values);
            // A doubled key is a fault of the file, not a sign that it has no key.
            let nearly = unique * 10 >= values.len() * 9 && values.len() * 10 >= head.len() * 9;
            let salesforce = values.iter().all(|value| looks_like_id(value));
            (!values.is_empty() && nearly && !salesforce).then_some((index, *field, unique == values.len()))
        },
    )
}

/// Whether a column's name says that it tells rows apart.
fn is_key_name(name: &str) -> bool {
    let name = plain(name);
    let ends = ["id", "nr", "no", "number", "nummer", "code", "key", "num"].iter().any(|end| name.ends_with(end));
    let other = ["phone", "fax", "telefon", "mobil", "zip", "postal", "postcode", "country", "currency", "parent"];
    ends && !other.iter().any(|word| name.contains(word))
}

/// Whether the values could be what the field holds, where nothing but values can tell.
fn fits(head: &Batch, column: usize, field: &Field) -> bool {
    let values = values(head, column);
    match field.kind {
        // A file calls its own numbers ids too.
        Kind::Id | Kind::Reference => values.is_empty() || values.iter().all(|value| looks_like_id(value)),
        Kind::Email => values.is_empty() || values.iter().any(|value| value.contains('@')),
        _ => true,
    }
}

/// The values of a column, without blanks.
fn values(head: &Batch, column: usize) -> Vec<&str> {
    let cells = head.rows().filter(|row| row.fault().is_none()).filter_map(|row| {
        let cell = row.cell(column).trim();
        (!cell.is_empty()).then_some(cell)
    });
    cells.collect()
}

fn distinct(values: &[&str]) -> usize {
    values.iter().map(|value| value.to_lowercase()).collect::<HashSet<_>>().len()
}

/// A name without case, spaces and punctuation.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A field's API name without what Salesforce adds to those that people made, and without case and punctuation.
fn plain_field(name: &str) -> String {
    plain(name.strip_suffix("__c").unwrap_or(name))
}

#[cfg(test)]
mod tests;
