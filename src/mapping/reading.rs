//! How a source is to be read.

use super::convert::{ColumnFormat, Formats};
use super::rule::Table;
use crate::formula::Blanks;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// How the source is to be read, and what formulas and value maps may name beside its columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// How it writes numbers and dates.
    pub formats: Formats,
    /// Columns that hold more than text, or write it in a way of their own.
    pub columns: BTreeMap<String, ColumnFormat>,
    /// The integration's tables.
    pub tables: Vec<Table>,
    /// Whether the text `#N/A` empties a field, as in Data Loader. If not, it is text like any other.
    pub clear_mark: bool,
    /// What blank numbers are in formulas.
    pub blanks: Blanks,
    /// The time zone in which formulas turn an instant into a day.
    pub zone: TimeZone,
    /// What NOW() is, in milliseconds since 1970.
    pub now: i64,
}

impl Default for Reading {
    fn default() -> Self {
        Reading {
            formats: Formats::default(),
            columns: BTreeMap::new(),
            tables: Vec::new(),
            clear_mark: true,
            blanks: Blanks::Zero,
            zone: TimeZone::UTC,
            now: 0,
        }
    }
}
