//! From steps to `mapping.yml`.

use super::super::foreign::{Part, arrange, merge, pair, unchanged};
use super::super::{Format, LeftOut, Written};
use super::say::say;
use super::{read, yaml};
use crate::connect::Operation;
use crate::integration::{Integration, Step};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Writes an integration; the original's words stay where nothing changed, but for its comments.
pub(in super::super) fn write(integration: &Integration) -> Written {
    let foreign = integration.foreign.as_ref().filter(|foreign| foreign.format == Format::CumulusCi);
    let entries = foreign.and_then(|foreign| read::read(&foreign.original, &foreign.given()).ok());
    let entries = entries.map(|read| read.entries).unwrap_or_default();
    let order: Vec<usize> = (0..entries.len()).filter(|at| entries[*at].step.is_some()).collect();
    let old_steps: Vec<Step> = order.iter().filter_map(|at| entries[*at].step.clone()).collect();
    let paired = pair(&integration.steps, &entries);
    let mut left_out: Vec<LeftOut> = Vec::new();
    let mut root = Map::new();
    for part in arrange(&paired, &entries, &order) {
        match part {
            Part::Other(at) => {
                root.insert(entries[at].name.clone(), entries[at].value.clone());
            }
            Part::Step(number) => {
                let step = &integration.steps[number];
                let said = say(number, &integration.steps);
                let Some(at) = paired[number] else {
                    left_out.extend(said.left_out);
                    let taken = |name: &str| root.contains_key(name) || entries.iter().any(|entry| entry.name == name);
                    root.insert(free_name(step, taken), Value::Object(said.entry));
                    continue;
                };
                let entry = &entries[at];
                let original = entry.value.as_object().cloned().unwrap_or_default();
                let value = if unchanged(step, entry) {
                    original
                } else {
                    let before = say(order.iter().position(|other| *other == at).unwrap_or_default(), &old_steps);
                    // What the step could not say when it was read, the original says in its own way.
                    let known = |what: &LeftOut| before.left_out.iter().any(|old| old.why == what.why);
                    left_out.extend(said.left_out.into_iter().filter(|what| !known(what)));
                    merge(&original, &before.entry, &said.entry)
                };
                root.insert(entry.name.clone(), Value::Object(value));
            }
        }
    }
    Written { text: yaml::write(&Value::Object(root)), beside: BTreeMap::new(), left_out }
}

/// A name for a new step that no other has.
fn free_name(step: &Step, taken: impl Fn(&str) -> bool) -> String {
    let verb = match step.operation {
        Operation::Insert => "Insert",
        Operation::Update => "Update",
        Operation::Upsert => "Upsert",
        Operation::Delete => "Delete",
    };
    let name = format!("{verb} {}", step.object);
    let numbered = (2..).map(|number| format!("{name} {number}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    names.find(|name| !taken(name)).unwrap_or(name)
}
