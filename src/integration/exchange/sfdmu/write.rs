//! From steps to `export.json`.

use super::super::foreign::{Entry, Foreign, Part, arrange, merge, pair, unchanged};
use super::super::{Format, LeftOut, Written, place_of};
use super::query::Query;
use super::say::{Said, say};
use super::values::{self, ValueLine};
use super::{VALUE_MAPPING, read};
use crate::connect::SourceSettings;
use crate::connect::csv::TextEncoding;
use crate::connect::file::FileFormat;
use crate::integration::{Integration, Step};
use crate::mapping::{Blank, DateOrder, Table, TooLong};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Writes an integration; the original's words stay where nothing changed.
pub(in super::super) fn write(integration: &Integration) -> Written {
    let foreign = integration.foreign.as_ref().filter(|foreign| foreign.format == Format::Sfdmu);
    let old = foreign.and_then(|foreign| read::read(&foreign.original, &foreign.given()).ok());
    let (entries, read_order) = old.map_or_else(Default::default, |read| (read.entries, read.order));
    let mut left_out = Vec::new();
    let paired = pair(&integration.steps, &entries);
    let old_steps: Vec<Step> = read_order.iter().filter_map(|at| entries[*at].step.clone()).collect();
    let mut written: Vec<Object> = Vec::new();
    for part in arrange(&paired, &entries, &read_order) {
        let object = match part {
            Part::Other(at) => {
                Object { group: entries[at].group, value: entries[at].value.clone(), said: Said::default() }
            }
            Part::Step(number) => {
                let entry = paired[number].map(|at| &entries[at]);
                let group =
                    entry.map(|entry| entry.group).or(written.last().map(|object| object.group)).unwrap_or_default();
                let said = say(number, &integration.steps, &integration.tables);
                let value = match entry {
                    Some(entry) => changed(number, integration, entry, &old_steps, &said, &mut left_out),
                    None => {
                        left_out.extend(said.left_out.iter().cloned());
                        said.object.clone()
                    }
                };
                Object { group, value: Value::Object(value), said }
            }
        };
        written.push(object);
    }
    add_parents(&mut written, &mut left_out);
    let original = foreign.and_then(|foreign| foreign.original.as_object().cloned()).unwrap_or_default();
    let before = if foreign.is_some() { root(&old_steps, &mut Vec::new()) } else { Map::new() };
    let mut root = merge(&original, &before, &root(&integration.steps, &mut left_out));
    put_objects(&mut root, &written);
    let beside = value_mapping(foreign, integration, &old_steps, &written);
    let text = serde_json::to_string_pretty(&Value::Object(root)).unwrap_or_default() + "\n";
    left_out.dedup();
    Written { text, beside, left_out }
}

/// An object of the file to be.
struct Object {
    group: usize,
    value: Value,
    said: Said,
}

/// The original object, with what changed in its step since it was read.
fn changed(
    number: usize,
    integration: &Integration,
    entry: &Entry,
    old_steps: &[Step],
    said: &Said,
    left_out: &mut Vec<LeftOut>,
) -> Map<String, Value> {
    let original = entry.value.as_object().cloned().unwrap_or_default();
    if unchanged(&integration.steps[number], entry) {
        return original;
    }
    let at = old_steps.iter().position(|old| entry.step.as_ref() == Some(old)).unwrap_or_default();
    let before = say(at, old_steps, &[]);
    // What the step could not say when it was read, the original says in its own way.
    let known = |what: &LeftOut| before.left_out.iter().any(|old| old.why == what.why);
    left_out.extend(said.left_out.iter().filter(|what| !known(what)).cloned());
    let mut merged = merge(&original, &before.object, &said.object);
    let query =
        |map: &Map<String, Value>| map.get("query").and_then(Value::as_str).and_then(|text| Query::parse(text).ok());
    if let (Some(first), Some(old), Some(new)) = (query(&original), query(&before.object), query(&said.object)) {
        // Selected words that only the org understands stay, and so does a condition that nobody touched.
        let mut fields: Vec<String> = first.fields.clone();
        fields.retain(|field| new.fields.contains(field) || !old.fields.contains(field));
        let added = new.fields.iter().filter(|field| !fields.contains(field)).cloned().collect::<Vec<_>>();
        fields.extend(added.into_iter().filter(|field| !old.fields.contains(field) || first.fields.contains(field)));
        let rest = if new.rest == old.rest { first.rest } else { new.rest };
        let object = if new.object == old.object { first.object } else { new.object };
        merged.insert("query".to_owned(), Query { fields, object, rest }.to_string().into());
    }
    merged
}

/// Objects that lookups need and no object of the file is: they are only read.
fn add_parents(written: &mut Vec<Object>, left_out: &mut Vec<LeftOut>) {
    let needed: Vec<_> = written.iter().flat_map(|object| object.said.parents.iter().cloned()).collect();
    for parent in needed {
        let mut known = written.iter().filter_map(|object| {
            let query = Query::parse(object.value["query"].as_str()?).ok()?;
            let same = query.object.eq_ignore_ascii_case(&parent.object);
            same.then(|| object.value["externalId"].as_str().unwrap_or("Name").to_owned())
        });
        match known.next() {
            Some(key) if key.eq_ignore_ascii_case(&parent.by) => {}
            Some(key) => left_out.push(LeftOut {
                place: parent.place,
                why: format!("{} is found by {key} in this file, not by {}", parent.object, parent.by),
            }),
            None if parent.is_found_anyway() => {}
            None => {
                let value = json!({
                    "query": format!("SELECT Id, {} FROM {}", parent.by, parent.object),
                    "operation": "Readonly",
                    "externalId": parent.by,
                });
                written.insert(0, Object { group: 0, value, said: Said::default() });
            }
        }
    }
}

/// Puts the objects into the lists that they came from.
fn put_objects(root: &mut Map<String, Value>, written: &[Object]) {
    let of_group = |group: usize| -> Vec<Value> {
        written.iter().filter(|object| object.group == group).map(|object| object.value.clone()).collect()
    };
    let first = of_group(0);
    if !first.is_empty() || root.contains_key("objects") || !root.contains_key("objectSets") {
        let nothing = first.is_empty() && root.get("objects").is_some_and(Value::is_null);
        if !nothing {
            root.insert("objects".to_owned(), first.into());
        }
    }
    for (at, set) in root.get_mut("objectSets").and_then(Value::as_array_mut).into_iter().flatten().enumerate() {
        if let Some(set) = set.as_object_mut() {
            set.insert("objects".to_owned(), of_group(at + 1).into());
        }
    }
}

/// The settings that hold for all steps, and what does not.
fn root(steps: &[Step], left_out: &mut Vec<LeftOut>) -> Map<String, Value> {
    let mut root = Map::new();
    let mut leave_out = |number: usize, why: &str| {
        left_out.push(LeftOut { place: place_of(number, &steps[number], ""), why: why.to_owned() });
    };
    let mut same = |what: &dyn Fn(&Step) -> Option<Value>, usual: Value, why: &str| -> Option<Value> {
        let mut said = steps.iter().enumerate().filter_map(|(number, step)| Some((number, what(step)?)));
        let (_, first) = said.next()?;
        let first_differs = first != usual;
        if let Some((number, _)) = said.find(|(_, value)| *value != first) {
            leave_out(number, why);
        }
        first_differs.then_some(first)
    };
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            root.insert(key.to_owned(), value);
        }
    };
    put(
        "allOrNone",
        same(&|step| Some(step.options.all_or_none.into()), false.into(), "all or none holds for the whole file"),
    );
    let rows = |step: &Step| Some(step.options.rows_per_call.into());
    put("restApiBatchSize", same(&rows, 200.into(), "the rows of a REST call hold for the whole file"));
    let trims = |step: &Step| {
        let rules = &step.mapping.rules;
        (!rules.is_empty()).then(|| rules.iter().all(|rule| rule.too_long == TooLong::Trim).into())
    };
    put("allowFieldTruncation", same(&trims, false.into(), "cutting long texts holds for the whole file"));
    let clears = |step: &Step| super::say::blanks(step).map(|blank| Value::Bool(blank == Blank::Clear));
    put("csvInsertNulls", same(&clears, true.into(), "what blank cells do holds for the whole file"));
    let delimiter = |step: &Step| match &step.source {
        SourceSettings::File(file) => match &file.format {
            FileFormat::Csv(csv) => Some(csv.delimiter.to_string().into()),
            FileFormat::Workbook(_) | FileFormat::Sqlite(_) => None,
        },
        SourceSettings::Query(_) | SourceSettings::Undo(_) | SourceSettings::Sync(_) => None,
    };
    put("csvFileDelimiter", same(&delimiter, ",".into(), "the delimiter of CSV files holds for the whole file"));
    let encoding = |step: &Step| match &step.source {
        SourceSettings::File(file) => match &file.format {
            FileFormat::Csv(csv) => Some(node_name(csv.encoding).into()),
            FileFormat::Workbook(_) | FileFormat::Sqlite(_) => None,
        },
        SourceSettings::Query(_) | SourceSettings::Undo(_) | SourceSettings::Sync(_) => None,
    };
    put("csvFileEncoding", same(&encoding, "utf8".into(), "the encoding of CSV files holds for the whole file"));
    let dates = |step: &Step| step.source.file().map(|file| (file.formats.dates == DateOrder::DayFirst).into());
    put("csvUseEuropeanDateFormat", same(&dates, false.into(), "the order of day and month holds for the whole file"));
    root
}

/// An encoding as Node.js calls it.
fn node_name(encoding: TextEncoding) -> String {
    match encoding.label() {
        "UTF-8" => "utf8".to_owned(),
        "Windows-1252" => "latin1".to_owned(),
        "UTF-16LE" => "utf16le".to_owned(),
        other => other.to_owned(),
    }
}

/// The value maps of all steps, in the words of the old file where none changed.
fn value_mapping(
    foreign: Option<&Foreign>,
    integration: &Integration,
    old_steps: &[Step],
    written: &[Object],
) -> BTreeMap<String, String> {
    let mut beside = foreign.map(|foreign| foreign.beside.clone()).unwrap_or_default();
    let said = |steps: &[Step], tables: &[Table]| -> Vec<ValueLine> {
        (0..steps.len()).flat_map(|number| say(number, steps, tables).values).collect()
    };
    let (before, after) = (said(old_steps, &[]), said(&integration.steps, &integration.tables));
    if before == after && foreign.is_some() || after.is_empty() && before.is_empty() {
        return beside;
    }
    let old = beside.get(VALUE_MAPPING).and_then(|text| values::read(text).ok()).unwrap_or_default();
    let mut lines: Vec<ValueLine> = old.into_iter().filter(|line| !before.contains(line)).collect();
    lines.extend(written.iter().flat_map(|object| object.said.values.iter().cloned()));
    beside.insert(VALUE_MAPPING.to_owned(), values::write(&lines));
    beside
}
