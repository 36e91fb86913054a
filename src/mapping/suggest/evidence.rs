//! Evidence: what speaks for a column and a field belonging together, and what against it, each in words and with a weight.
//!
//! Names say most; then whether the values can be what the field holds, whether they are among the picklist's values or among those
//! that records of the org have, and whether each row has a value of its own where the field is a key.

use super::{distinct, is_key_name, plain, plain_field, synonyms, values};
use crate::mapping::{Formats, reads_as};
use crate::record::{Batch, Field, Kind, Schema, looks_like_id};
use std::collections::{HashMap, HashSet};

/// A column and a field that may belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The column's header.
    pub column: String,
    /// API name of the field.
    pub target: String,
    /// How sure that is, in percent.
    pub confidence: u8,
    /// What speaks for it and against it, the weightiest first.
    pub evidence: Vec<Evidence>,
}

/// One thing that speaks for a pair, or against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What it is about.
    pub sign: Sign,
    /// It in words.
    pub text: String,
    /// Its weight in percent; below zero it speaks against the pair.
    pub weight: i32,
}

/// What evidence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sign {
    /// The header and the API name.
    Name,
    /// The header and the label.
    Label,
    /// Other words for the same thing.
    Synonym,
    /// What the values are, and what the field holds.
    Values,
    /// The picklist's values.
    Picklist,
    /// Values that records of the org have.
    Records,
    /// Whether each row has a value of its own.
    Unique,
}

/// Least confidence of a pair that is proposed.
const LEAST: i32 = 30;

/// Values of records that are in the org already, by field.
pub type Known = HashMap<String, HashSet<String>>;

/// What the columns are weighed with.
pub struct Weighing<'a> {
    /// The columns.
    pub columns: &'a Schema,
    /// Some of their rows.
    pub head: &'a Batch,
    /// How they write numbers and dates.
    pub formats: Formats,
    /// The object.
    pub target: &'a Schema,
    /// Values that its records have, in lower case.
    pub known: &'a Known,
}

impl Weighing<'_> {
    /// Pairs of columns and fields, each column and each field at most once, in the order of the columns. Columns and fields that
    /// `free` does not agree to are left out: what a person has mapped stays.
    pub fn candidates(
        &self,
        free_column: impl Fn(&str) -> bool,
        free_field: impl Fn(&Field) -> bool,
    ) -> Vec<Candidate> {
        let fields: Vec<_> =
            self.target.fields.iter().filter(|field| field.kind != Kind::Compound && free_field(field)).collect();
        let mut pairs = Vec::new();
        for (index, column) in self.columns.fields.iter().enumerate().filter(|(_, column)| free_column(&column.name)) {
            let values = values(self.head, index);
            for field in &fields {
                let evidence = self.weigh(column, &values, field);
                let sum: i32 = evidence.iter().map(|evidence| evidence.weight).sum();
                if sum >= LEAST {
                    pairs.push((sum, index, *field, evidence));
                }
            }
        }
        // The surest pair first; of equals the earlier column and field, so that the answer is always the same.
        pairs.sort_by_key(|(sum, index, ..)| (std::cmp::Reverse(*sum), *index));
        let (mut columns, mut taken) = (HashSet::new(), HashSet::new());
        let mut candidates = Vec::new();
        for (sum, index, field, evidence) in pairs {
            if !columns.contains(&index) && !taken.contains(&field.name) {
                columns.insert(index);
                taken.insert(&field.name);
                let confidence = sum.clamp(0, 99) as u8;
                let column = self.columns.fields[index].name.clone();
                candidates.push((index, Candidate { column, target: field.name.clone(), confidence, evidence }));
            }
        }
        candidates.sort_by_key(|(index, _)| *index);
        candidates.into_iter().map(|(_, candidate)| candidate).collect()
    }

    /// What speaks for a pair and against it, the weightiest first.
    fn weigh(&self, column: &Field, values: &[&str], field: &Field) -> Vec<Evidence> {
        let mut evidence: Vec<_> = self.by_name(column, field).into_iter().collect();
        evidence.extend(kinds(values, field, &self.formats));
        evidence.extend(self.among(values, field));
        evidence.extend(unique(column, values, field));
        evidence.sort_by_key(|evidence| std::cmp::Reverse(evidence.weight.abs()));
        evidence
    }

    fn by_name(&self, column: &Field, field: &Field) -> Option<Evidence> {
        let sign = |sign, weight, text: String| Some(Evidence { sign, text, weight });
        let (header, name) = (column.name.trim(), &field.name);
        if header == *name {
            return sign(Sign::Name, 85, "The header is the API name".to_owned());
        }
        if header == field.label {
            return sign(Sign::Label, 80, format!("The header is the label {}", field.label));
        }
        let plain_header = plain(header);
        if plain_header == plain_field(name) {
            return sign(Sign::Name, 75, format!("The header is {name} in another spelling"));
        }
        if plain_header == plain(&field.label) {
            return sign(Sign::Label, 70, format!("The header is the label {} in another spelling", field.label));
        }
        let synonyms = synonyms::fields_for(&plain_header, &self.target.name);
        if let Some((_, meaning)) = synonyms.into_iter().find(|(target, _)| target.eq_ignore_ascii_case(name)) {
            return sign(Sign::Synonym, 55, format!("Both seem to be the {meaning}"));
        }
        let (mine, theirs) = (words(header), words(&format!("{} {}", name.trim_end_matches("__c"), field.label)));
        let shared: Vec<_> = mine.iter().filter(|word| theirs.contains(*word)).map(String::as_str).collect();
        let share = shared.iter().map(|word| word.len()).sum::<usize>() * 100 / header.len().max(1);
        (share >= 50).then(|| Evidence {
            sign: Sign::Name,
            text: format!("The header and the field share the word {}", shared.join(" and ")),
            weight: 30 + share as i32 / 10,
        })
    }

    /// How many of the values the picklist has, or records of the org have.
    fn among(&self, values: &[&str], field: &Field) -> Vec<Evidence> {
        let mut found = Vec::new();
        let different: HashSet<String> = values.iter().map(|value| value.to_lowercase()).collect();
        if different.is_empty() {
            return found;
        }
        let mut weigh = |sign, known: &dyn Fn(&str) -> bool, where_: &str, most: i32| {
            let hits = different.iter().filter(|value| known(value)).count();
            let share = (hits * 100 / different.len()) as i32;
            let text = format!("{hits} of {} values are {where_}", different.len());
            match share {
                50.. => found.push(Evidence { sign, text, weight: most * share / 100 }),
                0 if sign == Sign::Picklist => found.push(Evidence { sign, text, weight: -15 }),
                _ => {}
            }
        };
        if !field.values.is_empty() {
            let known = |value: &str| {
                field
                    .values
                    .iter()
                    .any(|known| known.value.to_lowercase() == value || known.label.to_lowercase() == value)
            };
            weigh(Sign::Picklist, &known, "in the picklist", 35);
        }
        // A handful of values is among those of many fields by chance.
        if let Some(known) = self.known.get(&field.name).filter(|known| known.len() > 3 && different.len() > 3) {
            weigh(Sign::Records, &|value| known.contains(value), "in records of the org", 35);
        }
        found
    }
}

/// Whether the values can be what the field holds.
fn kinds(values: &[&str], field: &Field, formats: &Formats) -> Option<Evidence> {
    let filled = values.len();
    if filled == 0 || matches!(field.kind, Kind::Text | Kind::LongText | Kind::Picklist | Kind::Phone | Kind::Url) {
        return None;
    }
    let fit = match field.kind {
        Kind::Id | Kind::Reference => values.iter().filter(|value| looks_like_id(value)).count(),
        kind => values.iter().filter(|value| reads_as(value, kind, formats).is_some()).count(),
    };
    let what = field.kind.label().to_lowercase();
    let text = format!("{fit} of {filled} values can be read as {what}");
    let weight = match fit * 100 / filled {
        95.. => 10,
        50..95 => 0,
        _ => -60,
    };
    (weight != 0).then_some(Evidence { sign: Sign::Values, text, weight })
}

/// Whether the column tells rows apart, where the field is a key.
fn unique(column: &Field, values: &[&str], field: &Field) -> Option<Evidence> {
    if !field.external_id || values.is_empty() {
        return None;
    }
    let own = distinct(values);
    let text = format!("{own} of {} rows have a value of their own, and the field is an external id", values.len());
    let weight = match own * 100 / values.len() {
        90.. if is_key_name(&column.name) => 40,
        90.. => 10,
        _ => -40,
    };
    Some(Evidence { sign: Sign::Unique, text, weight })
}

/// The words of a name, in lower case: `BillingPostal_Code` has three.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in name.chars() {
        let starts = !before.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
        if c.is_alphanumeric() {
            match words.last_mut().filter(|_| !starts) {
                Some(word) => word.extend(c.to_lowercase()),
                None => words.push(c.to_lowercase().collect()),
            }
        }
        before = c;
    }
    words.retain(|word| word.len() > 2 && !["the", "and", "for", "name"].contains(&word.as_str()));
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::super::tests::{account, table};
    use super::*;
    use crate::record::PicklistValue;

    fn weighed(header: &[&str], rows: &[&[&str]], target: &Schema, known: &Known) -> Vec<Candidate> {
        let (columns, head) = table("x.csv", header, rows);
        let formats = Formats::default();
        let weighing = Weighing { columns: &columns, head: &head, formats, target, known };
        weighing.candidates(|_| true, |field| field.createable)
    }

    #[test]
    fn names_words_values_and_keys_speak() {
        let rows: [&[&str]; 4] = [
            &["K1", "Alfreds", "Hot", "10", "Berlin"],
            &["K2", "Bon app", "cold", "20", "Paris"],
            &["K3", "Chop-suey", "Hot", "x30", "Bern"],
            &["K4", "Drachenblut", "Warm", "", "Rome"],
        ];
        let mut object = account();
        object.fields.push(Field {
            name: "Rating".into(),
            label: "Rating".into(),
            kind: Kind::Picklist,
            createable: true,
            values: ["Hot", "Warm", "Cold"]
                .map(|value| PicklistValue { value: value.into(), label: value.into(), active: true })
                .into(),
            ..Field::default()
        });
        let known = Known::from([(
            "ShippingCity".to_owned(),
            ["berlin", "paris", "bern", "rome", "oslo"].map(str::to_owned).into(),
        )]);
        let found = weighed(&["Kundennr", "Firma", "Temperature", "Limit", "Wo"], &rows, &object, &known);
        let pair = |column: &str| found.iter().find(|found| found.column == column);
        assert_eq!(pair("Kundennr").unwrap().target, "ERP_Id__c");
        assert_eq!(pair("Firma").unwrap().target, "Name");
        let rating = pair("Temperature").unwrap();
        assert_eq!((rating.target.as_str(), rating.evidence[0].sign), ("Rating", Sign::Picklist));
        assert_eq!(rating.evidence[0].text, "3 of 3 values are in the picklist");
        assert_eq!(pair("Wo").unwrap().evidence[0].sign, Sign::Records);
        let limit = pair("Limit").unwrap();
        assert_eq!((limit.target.as_str(), limit.confidence < 60), ("Credit_Limit__c", true));
    }

    #[test]
    fn what_is_mapped_stays_out() {
        let (columns, head) = table("x.csv", &["Name", "Phone"], &[&["a", "1"]]);
        let (object, known) = (account(), Known::new());
        let weighing =
            Weighing { columns: &columns, head: &head, formats: Formats::default(), target: &object, known: &known };
        let found = weighing.candidates(|column| column != "Name", |field| field.name != "Phone");
        assert!(found.is_empty(), "{found:?}");
    }
}
