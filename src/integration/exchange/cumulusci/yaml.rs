//! YAML in and out, as the tree that JSON has too. Aliases, depth and size have limits, so that no file can grow in memory.

use super::super::ExchangeError;
use serde_json::Value;

/// Levels of nesting; a mapping has five.
const DEEPEST: usize = 32;
/// Keys, values and lists, with those that aliases repeat.
const MOST_NODES: usize = 200_000;

/// Reads a text.
pub(super) fn read(text: &str) -> Result<Value, ExchangeError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEEPEST,
            max_nodes: MOST_NODES,
            max_events: MOST_NODES * 2,
            max_documents: 1,
            max_aliases: 1_000,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MOST_NODES,
            max_replay_stack_depth: DEEPEST,
        },
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let place = error.location().filter(|at| at.line() > 0);
        let place = place.map(|at| format!(" line {}, column {}", at.line(), at.column())).unwrap_or_default();
        let said = error.to_string();
        let said = said.lines().next().unwrap_or_default();
        ExchangeError::refused(format!("mapping.yml{place}: {said}"), "Check the YAML at that place.")
    })
}

/// Writes a tree.
pub(super) fn write(value: &Value) -> String {
    serde_saphyr::to_string(value).unwrap_or_default()
}
