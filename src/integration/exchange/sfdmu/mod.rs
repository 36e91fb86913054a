//! `export.json` of SFDMU, the SFDX Data Move Utility: a list of queries, moved from org to org or from CSV files beside it.
//!
//! An object becomes a step. A lookup field becomes a lookup of the parent by the field that the parent's own object is found by;
//! objects that are only read serve such lookups and are no steps. `ValueMapping.csv` becomes value maps.

mod fields;
mod names;
mod query;
mod read;
mod say;
mod settings;
#[cfg(test)]
mod tests;
mod values;
mod write;

use super::{ExchangeError, Foreign, Format, Given, LeftOut, Opened};
use crate::integration::Integration;

/// The file of value maps.
pub(super) const VALUE_MAPPING: &str = "ValueMapping.csv";
/// The file of renamed fields.
pub(super) const FIELD_MAPPING: &str = "FieldMapping.csv";

/// Reads an `export.json`.
pub(super) fn open(text: &str, given: &Given) -> Result<Opened, ExchangeError> {
    let mut original: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| ExchangeError::refused(format!("export.json: {error}"), "Check the JSON at that place."))?;
    let mut left_out = Vec::new();
    settings::without_secrets(&mut original, &mut left_out);
    let mut read = read::read(&original, given)?;
    left_out.append(&mut read.left_out);
    let steps = read.order.iter().filter_map(|at| read.entries[*at].step.clone()).collect();
    let foreign =
        Foreign { format: Format::Sfdmu, original, beside: given.beside.clone(), from_org: given.source_org.is_some() };
    let integration = Integration { steps, foreign: Some(foreign), ..Integration::new(&given.name) };
    Ok(Opened { integration, left_out })
}

/// What the original says beyond its steps.
pub(super) fn not_taken_over(foreign: &Foreign) -> Vec<LeftOut> {
    read::read(&foreign.original, &foreign.given()).map(|read| read.left_out).unwrap_or_default()
}

pub(super) use write::write;
