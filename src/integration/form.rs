//! Integrations as readable JSON files: stable in a diff, with a version of the form.

use super::exchange::Foreign;
use super::{FormulaTerms, Integration, Step, Synced};
use crate::mapping::Table;
use serde::{Deserialize, Serialize};

/// The version of the form that is written; older ones are read.
pub const FORMAT_VERSION: u32 = 1;

/// A file that is no integration.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// It is no JSON, or not the JSON of an integration.
    #[error("this is not an integration file: {0}")]
    NotAnIntegration(#[from] serde_json::Error),
    /// It was written by a newer Linkspan.
    #[error("this file has format version {0}, and this Linkspan reads up to {FORMAT_VERSION}")]
    TooNew(u32),
}

#[derive(Serialize)]
struct Form<'a> {
    linkspan: u32,
    #[serde(flatten)]
    integration: &'a Integration,
}

/// The version alone, whatever else a newer form may hold.
#[derive(Deserialize)]
struct Version {
    linkspan: u32,
}

/// The form as it is read. Its keys are those of [`Integration`]: flattened, an error in it would have no line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    #[serde(rename = "linkspan")]
    _version: u32,
    name: String,
    steps: Vec<Step>,
    #[serde(default)]
    tables: Vec<Table>,
    #[serde(default)]
    formulas: FormulaTerms,
    #[serde(default)]
    synced: Option<Box<Synced>>,
    #[serde(default)]
    foreign: Option<Foreign>,
}

impl Integration {
    /// The file's text.
    pub fn to_file(&self) -> String {
        let form = Form { linkspan: FORMAT_VERSION, integration: self };
        serde_json::to_string_pretty(&form).unwrap_or_default() + "\n"
    }

    /// Reads the text of a file.
    pub fn from_file(text: &str) -> Result<Integration, FormError> {
        let Version { linkspan } = serde_json::from_str(text)?;
        if linkspan > FORMAT_VERSION {
            return Err(FormError::TooNew(linkspan));
        }
        let Read { name, steps, tables, formulas, synced, foreign, .. } = serde_json::from_str(text)?;
        Ok(Integration { name, steps, tables, formulas, synced, foreign })
    }
}
