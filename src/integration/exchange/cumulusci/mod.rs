//! `mapping.yml` of CumulusCI: steps that load the tables of a dataset, here as CSV files beside the file.
//!
//! A lookup there leads to a row of another table by that row's number. It becomes a lookup of ours where some field of the
//! parent keeps that number, or the column that `value_field` names; else the link cannot be said and is listed.

mod read;
mod say;
#[cfg(test)]
mod tests;
mod write;
mod yaml;

use super::{ExchangeError, Foreign, Format, Given, LeftOut, Opened};
use crate::integration::Integration;

/// Reads a `mapping.yml`.
pub(super) fn open(text: &str, given: &Given) -> Result<Opened, ExchangeError> {
    let original = yaml::read(text)?;
    let read = read::read(&original, given)?;
    let steps = read.entries.iter().filter_map(|entry| entry.step.clone()).collect();
    let foreign = Foreign { format: Format::CumulusCi, original, beside: given.beside.clone(), from_org: false };
    let integration = Integration { steps, foreign: Some(foreign), ..Integration::new(&given.name) };
    Ok(Opened { integration, left_out: read.left_out })
}

/// What the original says beyond its steps.
pub(super) fn not_taken_over(foreign: &Foreign) -> Vec<LeftOut> {
    read::read(&foreign.original, &foreign.given()).map(|read| read.left_out).unwrap_or_default()
}

pub(super) use write::write;
