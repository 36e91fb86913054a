//! The original of a foreign file, kept with the integration that was read from it.
//!
//! Saving compares three texts: the original, what the integration said when it was read, and what it says now. Whatever did not
//! change between the last two keeps the words of the original, those that we have no words for among them.

use super::{Format, Given};
use crate::connect::SourceSettings;
use crate::integration::Step;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A foreign file as it was, without its secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Foreign {
    /// Its form.
    pub format: Format,
    /// What it said.
    pub original: Value,
    /// Texts of the files beside it that said part of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub beside: BTreeMap<String, String>,
    /// Whether its rows were taken from an org; else from files beside it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_org: bool,
}

impl Foreign {
    /// How to read the original again. Which orgs it is about makes no difference to what it says.
    pub(super) fn given(&self) -> Given {
        Given { source_org: self.from_org.then(String::new), beside: self.beside.clone(), ..Given::default() }
    }
}

/// A part of a foreign file: one object of `export.json`, one step of `mapping.yml`.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Which list of the file it stands in.
    pub(super) group: usize,
    /// Its name in the file, where parts have names.
    pub(super) name: String,
    /// What it says.
    pub(super) value: Value,
    /// The step that it became, if it became one.
    pub(super) step: Option<Step>,
}

/// Which entry each step came from: first by what it says, then by object and operation, then by object.
pub(super) fn pair(steps: &[Step], entries: &[Entry]) -> Vec<Option<usize>> {
    let mut paired = vec![None; steps.len()];
    let mut taken = vec![false; entries.len()];
    let alike: [fn(&Step, &Step) -> bool; 3] = [
        |a, b| plain(a) == plain(b),
        |a, b| a.object.eq_ignore_ascii_case(&b.object) && a.operation == b.operation,
        |a, b| a.object.eq_ignore_ascii_case(&b.object),
    ];
    for alike in alike {
        for (step, paired) in steps.iter().zip(&mut paired).filter(|(_, paired)| paired.is_none()) {
            let fits = |at: &usize| !taken[*at] && entries[*at].step.as_ref().is_some_and(|old| alike(step, old));
            if let Some(found) = (0..entries.len()).find(fits) {
                taken[found] = true;
                *paired = Some(found);
            }
        }
    }
    paired
}

/// Whether a step says what the entry said.
pub(super) fn unchanged(step: &Step, entry: &Entry) -> bool {
    entry.step.as_ref().is_some_and(|old| plain(step) == plain(old))
}

/// A step without what belongs to one computer or project: aliases and folders.
fn plain(step: &Step) -> Step {
    let mut step = step.clone();
    step.org.clear();
    step.seen = None;
    match &mut step.source {
        SourceSettings::Query(query) => query.org.clear(),
        SourceSettings::Undo(_) | SourceSettings::Sync(_) => {}
        SourceSettings::File(file) => file.path = file.path.file_name().map(PathBuf::from).unwrap_or_default(),
    }
    step
}

/// Parts in the order in which they are written: the old order where it still holds, with new steps behind those that they follow;
/// else the order of the steps, behind the parts that are no steps. `read` is the order in which entries became steps.
pub(super) fn arrange(paired: &[Option<usize>], entries: &[Entry], read: &[usize]) -> Vec<Part> {
    let rank = |entry: usize| read.iter().position(|other| *other == entry).unwrap_or(usize::MAX);
    let kept: Vec<usize> = paired.iter().flatten().map(|entry| rank(*entry)).collect();
    let others = |at: &usize| entries[*at].step.is_none();
    let mut parts: Vec<Part> = Vec::new();
    if kept.is_sorted() {
        for at in 0..entries.len() {
            match paired.iter().position(|entry| *entry == Some(at)) {
                Some(step) => parts.push(Part::Step(step)),
                None if others(&at) => parts.push(Part::Other(at)),
                None => {}
            }
        }
        for step in (0..paired.len()).filter(|step| paired[*step].is_none()) {
            let before = step.checked_sub(1).map(Part::Step);
            let place = match before {
                Some(before) => parts.iter().position(|part| *part == before).map_or(parts.len(), |at| at + 1),
                None => parts.iter().position(|part| matches!(part, Part::Step(_))).unwrap_or(parts.len()),
            };
            parts.insert(place, Part::Step(step));
        }
    } else {
        parts.extend((0..entries.len()).filter(others).map(Part::Other));
        parts.extend((0..paired.len()).map(Part::Step));
    }
    parts
}

/// A part of the file to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A step, by its place in the integration.
    Step(usize),
    /// An entry that is no step, by its place in the original.
    Other(usize),
}

/// The original with what changed between `before` and `after`.
pub(super) fn merge(
    original: &Map<String, Value>,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Map<String, Value> {
    let mut merged = Map::new();
    for (key, value) in original {
        match (before.get(key), after.get(key)) {
            (Some(_), None) => {}
            (old, Some(new)) if old != Some(new) => {
                let inner = match (value, old, new) {
                    (Value::Object(value), Some(Value::Object(old)), Value::Object(new)) => {
                        Value::Object(merge(value, old, new))
                    }
                    _ => new.clone(),
                };
                merged.insert(key.clone(), inner);
            }
            _ => {
                merged.insert(key.clone(), value.clone());
            }
        }
    }
    for (key, new) in after {
        if !original.contains_key(key) && before.get(key) != Some(new) {
            merged.insert(key.clone(), new.clone());
        }
    }
    merged
}

/// Whether a value switches nothing on, so that leaving it out loses nothing.
pub(super) fn is_off(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_changed_is_changed() {
        let map = |value: Value| value.as_object().cloned().unwrap();
        let original =
            map(json!({"query": "SELECT all", "master": false, "externalId": "Name", "in": {"x": 1, "y": 2}}));
        let before = map(json!({"query": "SELECT Id", "externalId": "Name", "gone": 1, "in": {"x": 1}}));
        let after = map(json!({"query": "SELECT Id", "externalId": "ERP__c", "new": true, "in": {"x": 3}}));
        let merged = merge(&original, &before, &after);
        let expected = json!({"query": "SELECT all", "master": false, "externalId": "ERP__c", "in": {"x": 3, "y": 2}, "new": true});
        assert_eq!(Value::Object(merged), expected);
        assert_eq!(merge(&original, &before, &before), original);
    }
}
