//! What one object of `export.json` says about its fields.

use super::query::Query;
use crate::connect::csv::TextEncoding;
use crate::integration::Find;
use serde_json::{Map, Value};

/// What an object says about names.
pub(super) struct Fields {
    /// The object in the target.
    pub(super) target_object: String,
    /// Fields that have another name in the target.
    pub(super) renamed: Vec<(String, String)>,
    /// What records are found by, in the names of the source.
    pub(super) keys: Vec<String>,
}

impl Fields {
    pub(super) fn of(map: &Map<String, Value>, query: &Query) -> Fields {
        let mut fields = Fields { target_object: query.object.clone(), renamed: Vec::new(), keys: Vec::new() };
        let list = map.get("fieldMapping").and_then(Value::as_array).filter(|_| is_on(map, "useFieldMapping"));
        for item in list.into_iter().flatten() {
            if let (Some(source), Some(target)) = (item["sourceField"].as_str(), item["targetField"].as_str()) {
                fields.renamed.push((source.to_owned(), target.to_owned()));
            }
            if let Some(object) = item["targetObject"].as_str().filter(|object| !object.is_empty()) {
                fields.target_object = object.to_owned();
            }
        }
        let keys = map.get("externalId").and_then(Value::as_str).unwrap_or("Name");
        fields.keys = keys.split(';').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect();
        if fields.keys.is_empty() {
            fields.keys.push("Name".to_owned());
        }
        fields
    }

    /// A field's name in the target.
    pub(super) fn target<'a>(&'a self, source: &'a str) -> &'a str {
        let renamed = self.renamed.iter().find(|(from, _)| from.eq_ignore_ascii_case(source));
        renamed.map_or(source, |(_, to)| to)
    }
}

/// Fields whose values are to be replaced by invented ones.
#[derive(Default)]
pub(super) struct Masked {
    fields: Vec<String>,
    all_but: Option<Vec<String>>,
}

impl Masked {
    pub(super) fn of(map: &Map<String, Value>) -> Masked {
        let mut masked = Masked::default();
        if !is_on(map, "updateWithMockData") {
            return masked;
        }
        for item in map.get("mockFields").and_then(Value::as_array).into_iter().flatten() {
            match item["name"].as_str() {
                Some("all") => masked.all_but = Some(texts(&item["excludeNames"])),
                Some(name) => masked.fields.push(name.to_owned()),
                None => {}
            }
        }
        masked
    }

    pub(super) fn hides(&self, field: &str) -> bool {
        has(&self.fields, field) || self.all_but.as_ref().is_some_and(|except| !has(except, field))
    }
}

/// Whether a field is one that records are found by.
pub(super) fn is_key(find: &Find, target: &str) -> bool {
    match find {
        Find::Id => target.eq_ignore_ascii_case("Id"),
        Find::ExternalId(field) => field.eq_ignore_ascii_case(target),
        Find::Match(fields) => fields.iter().any(|field| field.eq_ignore_ascii_case(target)),
    }
}

/// An encoding by the name that Node.js has for it.
pub(super) fn node_encoding(name: &str) -> Option<TextEncoding> {
    match name.to_ascii_lowercase().as_str() {
        "utf8" | "utf-8" => Some(TextEncoding::UTF_8),
        "latin1" | "binary" => Some(TextEncoding::WINDOWS_1252),
        "utf16le" | "ucs2" | "ucs-2" => Some(TextEncoding::UTF_16LE),
        other => TextEncoding::from_label(other),
    }
}

/// What stands at a key; null where nothing does.
pub(super) fn at<'a>(map: &'a Map<String, Value>, key: &str) -> &'a Value {
    map.get(key).unwrap_or(&Value::Null)
}

/// Whether a switch is on.
pub(super) fn is_on(map: &Map<String, Value>, key: &str) -> bool {
    map.get(key) == Some(&Value::Bool(true))
}

pub(super) fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

pub(super) fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|other| other.eq_ignore_ascii_case(name))
}
