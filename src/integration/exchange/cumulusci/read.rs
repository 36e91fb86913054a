//! From `mapping.yml` to steps.

use super::super::foreign::{Entry, is_off};
use super::super::{ExchangeError, Given, LeftOut};
use crate::connect::csv::CsvSettings;
use crate::connect::file::{FileFormat, FileSettings};
use crate::connect::{Api, Operation, SourceSettings};
use crate::integration::{Find, Options, Step};
use crate::mapping::{Condition, Expression, Formats, Lookup, Mapping, NoneFound, Rule, SeveralFound};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// What a file says.
#[derive(Debug)]
pub(super) struct Read {
    /// Its steps, in its order.
    pub(super) entries: Vec<Entry>,
    /// What has no place.
    pub(super) left_out: Vec<LeftOut>,
}

/// Keys that a step says, or that say nothing where links wait for their records anyway.
const SAID: [&str; 11] = [
    "sf_object",
    "table",
    "fields",
    "lookups",
    "static",
    "action",
    "update_key",
    "api",
    "batch_size",
    "record_type",
    "after",
];

/// Why a key has no place; for others it is enough that there is none.
const WHY: [(&str, &str); 6] = [
    ("filters", "rows of the table are not filtered: every row of the CSV file is taken"),
    ("soql_filter", "it is about extracting, and here rows are loaded"),
    ("bulk_mode", "Bulk API 2.0 runs its batches as it sees fit"),
    ("anchor_date", "dates are loaded as they stand, not moved to today"),
    ("select_options", "records are not picked by likeness: make a lookup"),
    ("oid_as_pk", "whether rows are known by record id makes no difference to a CSV file"),
];

/// Reads a file.
pub(super) fn read(root: &Value, given: &Given) -> Result<Read, ExchangeError> {
    let wrong = |message: String| {
        ExchangeError::refused(
            message,
            "It needs named steps, each with an sf_object, as in CumulusCI's documentation.",
        )
    };
    let root = root.as_object().ok_or_else(|| wrong("mapping.yml is not a list of named steps".to_owned()))?;
    let mut left_out = Vec::new();
    let mut entries = Vec::new();
    for (name, value) in root {
        let step = match value.as_object() {
            Some(map) if map.get("sf_object").is_some_and(Value::is_string) => {
                Reader { root, given, name, map, left_out: &mut left_out }.step()
            }
            _ => {
                left_out.push(LeftOut { place: name.clone(), why: "it is no step with an sf_object".to_owned() });
                None
            }
        };
        entries.push(Entry { group: 0, name: name.clone(), value: value.clone(), step });
    }
    let is_step = |entry: &Entry| entry.value.get("sf_object").is_some_and(Value::is_string);
    if !entries.iter().any(is_step) {
        return Err(wrong("mapping.yml has no step".to_owned()));
    }
    Ok(Read { entries, left_out })
}

struct Reader<'a> {
    root: &'a Map<String, Value>,
    given: &'a Given,
    name: &'a str,
    map: &'a Map<String, Value>,
    left_out: &'a mut Vec<LeftOut>,
}

impl Reader<'_> {
    fn leave_out(&mut self, key: &str, why: impl Into<String>) {
        self.left_out.push(LeftOut { place: format!("{}.{key}", self.name), why: why.into() });
    }

    fn step(&mut self) -> Option<Step> {
        let object = text(self.map, "sf_object")?.to_owned();
        let (operation, by_key) = self.operation()?;
        for (key, value) in self.map {
            if !SAID.contains(&key.as_str()) && !is_off(value) {
                let why = WHY.iter().find(|(name, _)| name == key).map(|(_, why)| *why);
                self.leave_out(key, why.unwrap_or("there is no such setting here"));
            }
        }
        let mut rules: Vec<Rule> = Vec::new();
        for (field, column) in fields(self.map) {
            let Some(column) = column else {
                self.leave_out(&format!("fields.{field}"), "it names no column");
                continue;
            };
            // Of meaning there is the record id only where records are found by it.
            if field == "Id" && by_key != Found::ById {
                self.leave_out("fields.Id", format!("{column} holds ids of another org, which no field takes"));
            } else {
                rules.push(self.field(&object, field, column));
            }
        }
        if operation == Operation::Delete && !rules.iter().any(|rule| rule.target == "Id") {
            rules.push(Rule::new("Id", Expression::Column("Id".to_owned())));
        }
        rules.extend(self.lookups());
        rules.extend(self.constants());
        if let Some(name) = text(self.map, "record_type") {
            let mut rule = Rule::new("RecordTypeId", Expression::Constant(name.to_owned()));
            rule.lookup = Some(record_type(&object));
            rules.push(rule);
        }
        let mut seen = std::collections::HashSet::new();
        rules.retain(|rule| seen.insert(rule.target.to_lowercase()));
        let find = self.find(by_key);
        Some(Step {
            source: self.source(),
            org: self.given.org.clone(),
            into: None,
            object,
            operation,
            find,
            mapping: Mapping { rules },
            options: self.options(),
            sync: None,
            seen: None,
        })
    }

    fn operation(&mut self) -> Option<(Operation, Found)> {
        let action = text(self.map, "action").unwrap_or("insert");
        Some(match action.to_ascii_lowercase().as_str() {
            "insert" => (Operation::Insert, Found::Nothing),
            "update" => (Operation::Update, Found::ById),
            "delete" => (Operation::Delete, Found::ById),
            "upsert" | "smart_upsert" => (Operation::Upsert, Found::BySalesforce),
            "etl_upsert" => (Operation::Upsert, Found::Beforehand),
            _ => {
                self.leave_out("action", format!("no step does what {action} says; the step is left out"));
                return None;
            }
        })
    }

    fn field(&mut self, object: &str, field: &str, column: &str) -> Rule {
        let mut rule = Rule::new(field, Expression::Column(column.to_owned()));
        if field == "RecordTypeId" {
            rule.lookup = Some(record_type(object));
            let why =
                format!("{column} must hold developer names: what the ids of a dataset mean stands in another table");
            self.leave_out("fields.RecordTypeId", why);
        }
        rule
    }

    fn lookups(&mut self) -> Vec<Rule> {
        let Some(lookups) = self.map.get("lookups").and_then(Value::as_object) else { return Vec::new() };
        let mut rules = Vec::new();
        for (field, lookup) in lookups {
            match self.lookup(field, lookup) {
                Ok(rule) => rules.push(rule),
                Err(why) => self.leave_out(&format!("lookups.{field}"), format!("the link is left out: {why}")),
            }
        }
        rules
    }

    fn lookup(&self, field: &str, lookup: &Value) -> Result<Rule, String> {
        let known = ["table", "key_field", "value_field", "after"];
        let map = lookup.as_object().ok_or("it says nothing")?;
        if let Some((key, _)) = map.iter().find(|(key, value)| !known.contains(&key.as_str()) && !is_off(value)) {
            return Err(format!("there is nothing like {key} here"));
        }
        let table = match &map.get("table") {
            Some(Value::String(table)) => table,
            Some(Value::Array(tables)) if tables.len() > 1 => return Err("it leads to several tables".to_owned()),
            Some(Value::Array(tables)) => tables.first().and_then(Value::as_str).ok_or("it names no table")?,
            _ => return Err("it names no table".to_owned()),
        };
        let steps = self.root.values().filter_map(Value::as_object);
        let mut parents = steps.filter(|step| table_of(step).is_some_and(|other| other.eq_ignore_ascii_case(table)));
        let parent = parents.next().ok_or_else(|| format!("no step loads the table {table}"))?;
        let object = text(parent, "sf_object").ok_or("the parent has no sf_object")?;
        let id = fields(parent).find(|(field, _)| *field == "Id").and_then(|(_, column)| column);
        let value = text(map, "value_field").or(id).unwrap_or("id");
        let keeps = |(field, column): &(&str, Option<&str>)| *field != "Id" && *column == Some(value);
        let mut keys = fields(parent).filter(keeps);
        // Of several fields the one that the parent itself is found by.
        let own = fields(parent).filter(keeps).find(|(field, _)| text(parent, "update_key") == Some(*field));
        let (by, _) = own.or_else(|| keys.next()).ok_or_else(|| {
            format!(
                "rows of {table} are known by {value}, which no field of {object} keeps: map it to an external id there"
            )
        })?;
        let column = text(map, "key_field").unwrap_or(field);
        let mut rule = Rule::new(field, Expression::Column(column.to_owned()));
        rule.lookup = Some(Lookup {
            object: object.to_owned(),
            by: by.to_owned(),
            also: Vec::new(),
            none: NoneFound::Reject,
            several: Some(SeveralFound::Reject),
        });
        Ok(rule)
    }

    fn constants(&mut self) -> Vec<Rule> {
        let Some(constants) = self.map.get("static").and_then(Value::as_object) else { return Vec::new() };
        let mut rules = Vec::new();
        for (field, value) in constants {
            match value {
                Value::String(text) => rules.push(Rule::new(field, Expression::Constant(text.clone()))),
                Value::Bool(_) | Value::Number(_) => {
                    rules.push(Rule::new(field, Expression::Constant(value.to_string())));
                }
                _ => self.leave_out(&format!("static.{field}"), "it is no single value"),
            }
        }
        rules
    }

    fn find(&self, found: Found) -> Find {
        let keys: Vec<String> = match self.map.get("update_key") {
            Some(Value::String(key)) => key.split(',').map(str::trim).map(str::to_owned).collect(),
            Some(Value::Array(keys)) => keys.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        match (found, keys.as_slice()) {
            (Found::Nothing | Found::ById, _) | (_, []) => Find::Id,
            (_, [only]) if only == "Id" => Find::Id,
            (Found::BySalesforce, [only]) => Find::ExternalId(only.clone()),
            _ => Find::Match(keys),
        }
    }

    fn source(&self) -> SourceSettings {
        SourceSettings::File(FileSettings {
            path: PathBuf::from(format!("{}.csv", table_of(self.map).unwrap_or_default())),
            format: FileFormat::Csv(CsvSettings::default()),
            formats: Formats::default(),
            columns: Default::default(),
        })
    }

    fn options(&mut self) -> Options {
        let usual = Options::default();
        let api = match text(self.map, "api").map(str::to_ascii_lowercase).as_deref() {
            Some("rest") => Some(Api::Rest),
            Some("bulk") => Some(Api::Bulk),
            _ => None,
        };
        let rows = self.map.get("batch_size").and_then(Value::as_u64);
        let fits = rows.and_then(|rows| u16::try_from(rows).ok()).filter(|rows| (1..=200).contains(rows));
        if rows.is_some() && (fits.is_none() || api == Some(Api::Bulk)) {
            self.leave_out("batch_size", "a REST call takes 1 to 200 rows, and Bulk API 2.0 makes its own batches");
        }
        let rows_per_call = fits.filter(|_| api != Some(Api::Bulk)).unwrap_or(usual.rows_per_call);
        Options { api, rows_per_call, ..usual }
    }
}

/// How the records of a step are found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    ById,
    BySalesforce,
    Beforehand,
}

/// How a record type is found by its developer name.
pub(super) fn record_type(object: &str) -> Lookup {
    Lookup {
        object: "RecordType".to_owned(),
        by: "DeveloperName".to_owned(),
        also: vec![Condition { field: "SobjectType".to_owned(), is: Expression::Constant(object.to_owned()) }],
        none: NoneFound::Reject,
        several: Some(SeveralFound::Reject),
    }
}

/// The fields of a step with their columns.
fn fields(step: &Map<String, Value>) -> Box<dyn Iterator<Item = (&str, Option<&str>)> + '_> {
    match step.get("fields") {
        Some(Value::Array(list)) => Box::new(list.iter().filter_map(Value::as_str).map(|field| (field, Some(field)))),
        Some(Value::Object(map)) => Box::new(map.iter().map(|(field, column)| (field.as_str(), column.as_str()))),
        _ => Box::new(std::iter::empty()),
    }
}

/// The table of a step.
fn table_of(step: &Map<String, Value>) -> Option<&str> {
    text(step, "table").or(text(step, "sf_object"))
}

fn text<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    map.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}
