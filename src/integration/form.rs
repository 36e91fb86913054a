//! Integrations as readable JSON files: stable in a diff, with a version of the form.

use super::Integration;
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

#[derive(Serialize, Deserialize)]
struct Form {
    linkspan: u32,
    #[serde(flatten)]
    integration: serde_json::Value,
}

impl Integration {
    /// The file's text.
    pub fn to_file(&self) -> String {
        let form = Form { linkspan: FORMAT_VERSION, integration: serde_json::json!(self) };
        serde_json::to_string_pretty(&form).unwrap_or_default() + "\n"
    }

    /// Reads the text of a file.
    pub fn from_file(text: &str) -> Result<Integration, FormError> {
        let form: Form = serde_json::from_str(text)?;
        if form.linkspan > FORMAT_VERSION {
            return Err(FormError::TooNew(form.linkspan));
        }
        Ok(serde_json::from_value(form.integration)?)
    }
}
