//! What is in the org for the values of some fields, compared as people compare: without case.
//!
//! Values are asked for many at a time, as long as the address of a call stays short, and every record that comes is compared
//! again here, since the org's idea of equal differs from field to field.

use super::SObjectTarget;
use crate::cancel::Cancel;
use crate::connect::digest::instant;
use crate::connect::{ConnectError, Found, Keys, Matches};
use crate::record::{Field, Kind, Schema, id15_to_18};
use crate::salesforce::{plain_number, quoted};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError};

/// Longest query of one call, in bytes as they stand in an address.
const LONGEST_QUERY: usize = 7_500;
/// Longest text that a query can compare with.
const LONGEST_VALUE: usize = 4_000;

/// A field to find records by.
struct KeyField {
    /// As a query writes it: `Account.ERP_Id__c`.
    path: String,
    kind: Kind,
    case_sensitive: bool,
    /// For a parent of one of several objects: which it must be.
    parent_is: Option<(String, String)>,
}

impl SObjectTarget {
    pub(super) fn find(&self, keys: &Keys, fields: &[String], cancel: &Cancel) -> Result<Matches, ConnectError> {
        let key_fields: Vec<KeyField> =
            keys.fields.iter().map(|path| self.key_field(path, cancel)).collect::<Result<_, _>>()?;
        let mut matches: Matches = vec![Vec::new(); keys.values.len()];
        let mut select = vec!["Id".to_owned()];
        for path in key_fields.iter().map(|key| &key.path).chain(fields) {
            let path = without_object(path);
            if !select.iter().any(|other| other.eq_ignore_ascii_case(path)) {
                select.push(path.to_owned());
            }
        }
        let column = |path: &str| select.iter().position(|other| other.eq_ignore_ascii_case(without_object(path)));
        let key_columns: Vec<usize> = key_fields.iter().filter_map(|key| column(&key.path)).collect();
        let field_columns: Vec<usize> = fields.iter().filter_map(|field| column(field)).collect();

        let mut question = Question::new(&self.spec.object, &select, &key_fields);
        let mut ask = |question: &mut Question<'_>| -> Result<(), ConnectError> {
            let Some(soql) = question.soql() else { return Ok(()) };
            let rows_of = question.take();
            let mut take = |page: crate::salesforce::QueryPage| {
                for row in page.rows {
                    let told = key_columns.iter().zip(&key_fields).map(|(at, key)| key.plain(&row[*at])).collect();
                    let Some(told) = told else { continue };
                    for asked in rows_of.get::<Vec<String>>(&told).into_iter().flatten() {
                        let values = field_columns.iter().map(|at| row[*at].clone()).collect();
                        matches[*asked].push(Found { id: row[0].clone(), values });
                    }
                }
            };
            Ok(self.org.query_pages(&soql, false, cancel, &mut take)?)
        };
        for (asked, values) in keys.values.iter().enumerate() {
            if !question.fits(values) {
                ask(&mut question)?;
            }
            question.add(asked, values);
        }
        ask(&mut question)?;
        Ok(matches)
    }

    fn key_field(&self, path: &str, cancel: &Cancel) -> Result<KeyField, ConnectError> {
        let (wanted, plain) = match path.split_once(':') {
            Some((object, rest)) => (Some(object), rest),
            None => (None, path),
        };
        let mut shape = self.shape(&self.spec.object, cancel)?;
        let mut steps: Vec<&str> = plain.split('.').collect();
        let name = steps.pop().unwrap_or_default();
        for step in &steps {
            let lookup = shape.relationship(step).ok_or_else(|| {
                let message = format!("{} has no relationship {step}, so no record can be found by {path}", shape.name);
                ConnectError::refused(message, "Choose another field to find records by.")
            })?;
            let objects = &lookup.reference_to;
            let parent = wanted
                .or_else(|| objects.iter().map(String::as_str).find(|object| *object == "User"))
                .or_else(|| objects.first().map(String::as_str))
                .unwrap_or_default()
                .to_owned();
            shape = self.shape(&parent, cancel)?;
        }
        let field = shape.field(name).ok_or_else(|| {
            ConnectError::refused(
                format!("{} has no field {name} that we may see, so no record can be found by it", shape.name),
                "Choose another field to find records by, or check field-level security.",
            )
        })?;
        let parent_is = wanted.zip(steps.first()).map(|(object, step)| (format!("{step}.Type"), object.to_owned()));
        let path = steps.iter().copied().chain([field.name.as_str()]).collect::<Vec<_>>().join(".");
        findable(field, &shape)?;
        Ok(KeyField { path, kind: field.kind, case_sensitive: field.case_sensitive, parent_is })
    }

    /// The description of an object, asked for once.
    pub(super) fn shape(&self, object: &str, cancel: &Cancel) -> Result<Arc<Schema>, ConnectError> {
        let kept = || self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shape) = kept().get(object) {
            return Ok(shape.clone());
        }
        let described = self.org.describe(object, None, cancel)?.ok_or_else(|| ConnectError::Busy {
            message: format!("{object} was not described when asked for the first time"),
            after: None,
        })?;
        let shape = Arc::new(described.schema);
        kept().insert(object.to_owned(), shape.clone());
        Ok(shape)
    }
}

fn findable(field: &Field, shape: &Schema) -> Result<(), ConnectError> {
    let sorts = !matches!(field.kind, Kind::Base64 | Kind::Compound | Kind::MultiPicklist);
    if field.filterable && sorts {
        return Ok(());
    }
    Err(ConnectError::refused(
        format!("Salesforce cannot search {} by {} ({})", shape.name, field.name, field.kind.label().to_lowercase()),
        "Choose another field to find records by; best is an external id.",
    ))
}

/// `Who.Email` of `Lead:Who.Email`.
pub(super) fn without_object(path: &str) -> &str {
    path.split_once(':').map_or(path, |(_, rest)| rest)
}

impl KeyField {
    /// The value in one spelling for all that are equal; `None` for a value that no record can have.
    fn plain(&self, text: &str) -> Option<String> {
        let text = text.trim();
        match self.kind {
            _ if text.is_empty() || text.len() > LONGEST_VALUE => None,
            Kind::Id | Kind::Reference => id15_to_18(text),
            Kind::Integer | Kind::Number => plain_number(text),
            Kind::Boolean => {
                ["true", "false"].into_iter().find(|word| word.eq_ignore_ascii_case(text)).map(str::to_owned)
            }
            Kind::Date => text.parse::<jiff::civil::Date>().ok().map(|date| date.to_string()),
            Kind::DateTime => instant(text).map(|milliseconds| milliseconds.to_string()),
            Kind::Time => text.trim_end_matches('Z').parse::<jiff::civil::Time>().ok().map(|time| time.to_string()),
            _ if self.case_sensitive => Some(text.to_owned()),
            _ => Some(text.to_lowercase()),
        }
    }

    /// A value that is not blank, as a query writes it.
    fn literal(&self, text: &str) -> Option<String> {
        let plain = self.plain(text)?;
        match self.kind {
            Kind::Integer | Kind::Number | Kind::Boolean | Kind::Date => Some(plain),
            Kind::DateTime => {
                let instant = jiff::Timestamp::from_millisecond(instant(text.trim())?).ok()?;
                Some(instant.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
            }
            Kind::Time => {
                let time: jiff::civil::Time = plain.parse().ok()?;
                Some(time.strftime("%H:%M:%S.%3fZ").to_string())
            }
            Kind::Id | Kind::Reference => Some(quoted(&plain)),
            _ => Some(quoted(text.trim())),
        }
    }
}

/// One query in the making: for each key field the values asked for, and which rows asked.
struct Question<'a> {
    opening: String,
    opening_bytes: usize,
    keys: &'a [KeyField],
    literals: Vec<BTreeSet<String>>,
    bytes: usize,
    rows_of: HashMap<Vec<String>, Vec<usize>>,
}

impl<'a> Question<'a> {
    fn new(object: &str, select: &[String], keys: &'a [KeyField]) -> Question<'a> {
        let mut opening = format!("SELECT {} FROM {object} WHERE ", select.join(", "));
        for (path, object) in keys.iter().filter_map(|key| key.parent_is.as_ref()) {
            opening.push_str(&format!("{path} = {} AND ", quoted(object)));
        }
        let around: usize = keys.iter().map(|key| key.path.len() + " IN () AND ".len() * 2).sum();
        let opening_bytes = in_address(&opening) + around;
        let literals = vec![BTreeSet::new(); keys.len()];
        Question { opening, opening_bytes, keys, literals, bytes: 0, rows_of: HashMap::new() }
    }

    /// Whether these values go into the same call. A question without values takes any.
    fn fits(&self, values: &[String]) -> bool {
        let more: usize = values.iter().map(|value| in_address(value) + 8).sum();
        self.rows_of.is_empty() || self.opening_bytes + self.bytes + more <= LONGEST_QUERY
    }

    fn add(&mut self, asked: usize, values: &[String]) {
        let told: Option<Vec<String>> = self.keys.iter().zip(values).map(|(key, value)| key.plain(value)).collect();
        let literals: Option<Vec<String>> =
            self.keys.iter().zip(values).map(|(key, value)| key.literal(value)).collect();
        let (Some(told), Some(literals)) = (told, literals) else { return };
        if told.len() != self.keys.len() || told.is_empty() {
            return;
        }
        for (set, literal) in self.literals.iter_mut().zip(literals) {
            let bytes = in_address(&literal) + 3;
            if set.insert(literal) {
                self.bytes += bytes;
            }
        }
        self.rows_of.entry(told).or_default().push(asked);
    }

    /// The query, if there is anything to ask.
    fn soql(&self) -> Option<String> {
        if self.rows_of.is_empty() {
            return None;
        }
        let conditions = self.keys.iter().zip(&self.literals).map(|(key, values)| {
            let values: Vec<Cow<'_, str>> = values.iter().map(Cow::from).collect();
            format!("{} IN ({})", key.path, values.join(","))
        });
        Some(self.opening.clone() + &conditions.collect::<Vec<_>>().join(" AND "))
    }

    /// The rows that asked, by what they asked for; the question begins anew.
    fn take(&mut self) -> HashMap<Vec<String>, Vec<usize>> {
        self.literals.iter_mut().for_each(BTreeSet::clear);
        self.bytes = 0;
        std::mem::take(&mut self.rows_of)
    }
}

/// Bytes of a text in an address, where most signs and all letters beyond ASCII take three each.
fn in_address(text: &str) -> usize {
    text.bytes().map(|b| if b.is_ascii_alphanumeric() || b"-._~".contains(&b) { 1 } else { 3 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(path: &str, kind: Kind) -> KeyField {
        KeyField { path: path.into(), kind, case_sensitive: false, parent_is: None }
    }

    #[test]
    fn values_become_literals_of_their_kind() {
        for (kind, text, literal, plain) in [
            (Kind::Text, " O'Hara ", Some("'O\\'Hara'"), Some("o'hara")),
            (Kind::Text, "STRAßE", Some("'STRAßE'"), Some("straße")),
            (Kind::Text, "  ", None, None),
            (Kind::Number, "9.12E8", Some("912000000"), Some("912000000")),
            (Kind::Number, "x", None, None),
            (Kind::Boolean, "TRUE", Some("true"), Some("true")),
            (Kind::Date, "2026-01-31", Some("2026-01-31"), Some("2026-01-31")),
            (Kind::DateTime, "2026-01-02T03:04:05.000+0000", Some("2026-01-02T03:04:05.000Z"), Some("1767323045000")),
            (Kind::Time, "14:30:00.000Z", Some("14:30:00.000Z"), Some("14:30:00")),
            (Kind::Id, "005xx000001SwiU", Some("'005xx000001SwiUAAS'"), Some("005xx000001SwiUAAS")),
            (Kind::Id, "nobody", None, None),
        ] {
            let key = key("F", kind);
            assert_eq!(key.literal(text).as_deref(), literal, "{text}");
            assert_eq!(key.plain(text).as_deref(), plain, "{text}");
        }
    }

    #[test]
    fn a_question_holds_each_value_once_and_stays_short() {
        let keys = [key("ERP_Id__c", Kind::Text), key("Account.Name", Kind::Text)];
        let mut question = Question::new("Contact", &["Id".to_owned(), "ERP_Id__c".to_owned()], &keys);
        assert_eq!(question.soql(), None);
        question.add(0, &["a".into(), "X".into()]);
        question.add(1, &["a".into(), "".into()]);
        question.add(2, &["a".into(), "Y".into()]);
        assert_eq!(
            question.soql().as_deref(),
            Some("SELECT Id, ERP_Id__c FROM Contact WHERE ERP_Id__c IN ('a') AND Account.Name IN ('X','Y')")
        );
        let mut asked = 3;
        while question.fits(&[format!("Öl {asked}"), "Z".into()]) {
            question.add(asked, &[format!("Öl {asked}"), "Z".into()]);
            asked += 1;
        }
        assert!(asked > 200, "{asked} rows in one call");
        assert!(in_address(&question.soql().unwrap()) < 8_000);
        assert_eq!(question.take().len(), asked - 1);
        assert_eq!(question.soql(), None);
    }
}
