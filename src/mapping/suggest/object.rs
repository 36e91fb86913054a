//! Which object a file is for, and how its rows find their records.

use super::{distinct, is_key_name, key, plain, synonyms, values};
use crate::record::{Batch, Field, Schema, looks_like_id};

/// An object by its names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObjectName {
    /// API name.
    pub name: String,
    /// What people see.
    pub label: String,
    /// What people see of several.
    pub label_plural: String,
    /// First three characters of its record ids.
    pub key_prefix: Option<String>,
}

/// A guess, with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// API name of the object.
    pub object: String,
    /// The column with the ids of its records, where there is one.
    pub id_column: Option<String>,
    /// Why, as a sentence.
    pub why: String,
}

/// How rows find their records, which says what the likely operation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordsBy {
    /// By record id: an update.
    Id {
        /// The column with the ids.
        column: String,
        /// Why, as a sentence.
        why: String,
    },
    /// By an external id: an upsert.
    Key {
        /// The column with the keys.
        column: String,
        /// API name of the external id.
        field: String,
        /// Why, as a sentence.
        why: String,
    },
    /// Not at all: an insert.
    Nothing {
        /// Why, as a sentence.
        why: String,
    },
}

/// Guesses which of the objects a file is for, by ids in it, by its name (that of the schema), or by its columns.
pub fn guess_object(columns: &Schema, head: &Batch, objects: &[ObjectName]) -> Option<Guess> {
    let stem = columns.name.rsplit_once('.').map_or(columns.name.as_str(), |(stem, _)| stem);
    let named = by_name(stem, objects);
    let ids = ids(columns, head);
    let mut with_ids = ids.iter().filter_map(|(index, prefix)| {
        let object = objects.iter().find(|object| object.key_prefix.as_deref() == Some(prefix.as_str()))?;
        names_record(&columns.fields[*index].name, object).then_some((*index, object))
    });
    let by_id = with_ids.clone().find(|(_, object)| named.as_ref().is_some_and(|(named, _)| named.name == object.name));
    if let Some((index, object)) = by_id.or_else(|| with_ids.next()) {
        let column = columns.fields[index].name.clone();
        let prefix = object.key_prefix.as_deref().unwrap_or_default();
        let why = format!("The ids in {column} begin with {prefix}, as those of {} do", object.label_plural);
        return Some(Guess { object: object.name.clone(), id_column: Some(column), why });
    }
    let guess = |object: &ObjectName, why: String| Guess { object: object.name.clone(), id_column: None, why };
    if let Some((object, word)) = named {
        return Some(guess(object, format!("A guess: the file's name has the word {word}")));
    }
    let (name, why) = by_columns(columns)?;
    let object = objects.iter().find(|object| object.name.eq_ignore_ascii_case(name))?;
    Some(guess(object, format!("A guess: {why}")))
}

/// Guesses how rows find their records in `target`.
pub fn guess_records(columns: &Schema, head: &Batch, target: &Schema) -> RecordsBy {
    let object = ObjectName {
        name: target.name.clone(),
        label: target.label.clone(),
        label_plural: target.label_plural.clone(),
        key_prefix: target.key_prefix.clone(),
    };
    let own = ids(columns, head).into_iter().find(|(index, prefix)| {
        let known = target.key_prefix.as_ref().is_none_or(|known| known == prefix);
        known && names_record(&columns.fields[*index].name, &object)
    });
    if let Some((index, _)) = own {
        let column = columns.fields[index].name.clone();
        let why = format!("{column} holds record ids");
        return RecordsBy::Id { column, why };
    }
    // A column that is called like an external id says so itself.
    let external = |column: &Field| {
        let same = |field: &&Field| {
            let name = plain(&column.name);
            [super::plain_field(&field.name), plain(&field.name), plain(&field.label)].contains(&name)
        };
        target.fields.iter().filter(|field| field.external_id).find(same)
    };
    let named = columns.fields.iter().enumerate().find_map(|(index, column)| Some((index, external(column)?)));
    if let Some((index, field)) = named.filter(|(index, _)| !values(head, *index).is_empty()) {
        let column = columns.fields[index].name.clone();
        let why = format!("{column} is called like the external id {}", field.name);
        return RecordsBy::Key { column, field: field.name.clone(), why };
    }
    let fields: Vec<&Field> = target.fields.iter().collect();
    match key(columns, head, &fields, |_| true) {
        Some((index, field, _)) => {
            let column = columns.fields[index].name.clone();
            let why = format!("A guess: {column} tells the rows apart, and {} is the only external id", field.name);
            RecordsBy::Key { column, field: field.name.clone(), why }
        }
        None => RecordsBy::Nothing { why: "No column holds record ids or values of an external id".to_owned() },
    }
}

/// Columns that hold record ids of one object, each id once, with the ids' prefix.
fn ids(columns: &Schema, head: &Batch) -> Vec<(usize, String)> {
    let prefix = |index: usize| {
        let values = values(head, index);
        let first = values.first()?.get(..3)?.to_owned();
        let alike = values.iter().all(|value| looks_like_id(value) && value.starts_with(&first));
        (alike && distinct(&values) == values.len()).then_some((index, first))
    };
    (0..columns.fields.len()).filter_map(prefix).collect()
}

/// Whether a column of that name holds the ids of the rows' own records, and not of others that they look up.
fn names_record(column: &str, object: &ObjectName) -> bool {
    let column = plain(column);
    let own = [&object.name, &object.label].map(|name| format!("{}id", super::plain_field(name)));
    matches!(column.as_str(), "id" | "recordid" | "salesforceid" | "sfid" | "sfdcid" | "id18") || own.contains(&column)
}

/// The object that a word of the name stands for, with that word.
fn by_name<'a>(stem: &str, objects: &'a [ObjectName]) -> Option<(&'a ObjectName, String)> {
    let whole = plain(stem);
    let called = |object: &ObjectName, word: &str| {
        [&object.name, &object.label, &object.label_plural]
            .iter()
            .any(|name| super::plain_field(name) == word || plain(name) == word)
    };
    if let Some(object) = objects.iter().find(|object| called(object, &whole)) {
        return Some((object, stem.to_owned()));
    }
    let words: Vec<String> = words(stem);
    // An object's own name before another word for it, whichever comes first.
    let own = words.iter().find_map(|word| Some((objects.iter().find(|object| called(object, word))?, word.clone())));
    own.or_else(|| {
        words.iter().find_map(|word| {
            let (name, _) = synonyms::OBJECTS.iter().find(|(_, words)| words.contains(&word.as_str()))?;
            Some((objects.iter().find(|object| object.name == *name)?, word.clone()))
        })
    })
}

/// `MyAccounts_2026-01` as `my`, `accounts`.
fn words(stem: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for c in stem.chars() {
        if !c.is_alphabetic() || (lower && c.is_uppercase()) {
            words.push(String::new());
        }
        lower = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphabetic()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| word.chars().count() > 2);
    words
}

/// What the columns together speak of.
fn by_columns(columns: &Schema) -> Option<(&'static str, &'static str)> {
    let has = |name: &str| columns.fields.iter().any(|column| synonyms::means(&plain(&column.name), name));
    let company = columns
        .fields
        .iter()
        .any(|column| synonyms::fields_for(&plain(&column.name), "Account").any(|f| f.0 == "Name"));
    if has("StageName") && has("Amount") {
        Some(("Opportunity", "the columns have a stage and an amount"))
    } else if has("LastName") && company {
        Some(("Lead", "the columns have a person and a company"))
    } else if has("LastName") {
        Some(("Contact", "the columns have a person's name"))
    } else if company {
        Some(("Account", "the columns have a company's name"))
    } else if has("ProductCode") && columns.fields.iter().any(|column| is_key_name(&column.name)) {
        Some(("Product2", "the columns have a product's code"))
    } else {
        None
    }
}
