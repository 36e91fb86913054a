//! Integrations in the forms of other tools, and as documents for people.
//!
//! Each form says less than ours, and some things that ours cannot say. What has no place on the other side is *listed*, with its
//! place and the reason; it never stops an export or is dropped in silence. A file that was opened keeps its original beside the
//! integration ([`Foreign`]), so that saving it again changes what was changed and nothing else. Pure: the caller reads and writes
//! files.

mod cumulusci;
pub mod document;
mod foreign;
mod sfdmu;

pub use foreign::Foreign;

use super::{FormError, Integration, Step};
use crate::mapping::sdl;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bytes beyond which a file is none that people design integrations in.
pub const MOST_BYTES: usize = 16 << 20;

/// The forms that integrations are read from and written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Our own JSON.
    Linkspan,
    /// A mapping of Salesforce's Data Loader, `.sdl`.
    Sdl,
    /// `export.json` of SFDMU, the SFDX Data Move Utility.
    Sfdmu,
    /// `mapping.yml` of CumulusCI.
    CumulusCi,
}

/// Something that has no place on the other side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LeftOut {
    /// Where it is: a key's path, or a step and its field.
    pub place: String,
    /// Why it is left out, and what that means.
    pub why: String,
}

impl std::fmt::Display for LeftOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.place.is_empty() { f.write_str(&self.why) } else { write!(f, "{}: {}", self.place, self.why) }
    }
}

/// A file that cannot be taken in, or an integration that a form has no words for.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// It is one of ours, and something is wrong with it.
    #[error(transparent)]
    Form(#[from] FormError),
    /// Something else is wrong with it.
    #[error("{message}")]
    Refused {
        /// What, and where.
        message: String,
        /// What to do.
        hint: String,
    },
}

impl ExchangeError {
    fn refused(message: impl Into<String>, hint: impl Into<String>) -> ExchangeError {
        ExchangeError::Refused { message: message.into(), hint: hint.into() }
    }
}

/// What a foreign file does not say.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// What to call the integration.
    pub name: String,
    /// Alias of the org that rows go to.
    pub org: String,
    /// Alias of the org that rows come from; `None` if they come from CSV files beside the file.
    pub source_org: Option<String>,
    /// Texts of other files beside it, by name; only those that [`files_beside`] names are looked at.
    pub beside: BTreeMap<String, String>,
}

/// An integration as it was read.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The integration.
    pub integration: Integration,
    /// What the file says beyond it.
    pub left_out: Vec<LeftOut>,
}

/// An integration in the form of a file.
#[derive(Debug, Clone)]
pub struct Written {
    /// The file.
    pub text: String,
    /// Files that belong beside it, by name.
    pub beside: BTreeMap<String, String>,
    /// What the form cannot say.
    pub left_out: Vec<LeftOut>,
}

/// Names of files beside a file of this form that say part of what it says.
pub fn files_beside(format: Format) -> &'static [&'static str] {
    match format {
        Format::Sfdmu => &[sfdmu::VALUE_MAPPING, sfdmu::FIELD_MAPPING],
        Format::Linkspan | Format::Sdl | Format::CumulusCi => &[],
    }
}

impl Format {
    /// The form of a file, by its content and only then by its name.
    pub fn of(name: &str, text: &str) -> Option<Format> {
        let ending = name.rsplit('.').next().unwrap_or_default().to_lowercase();
        let text = text.trim_start();
        if text.starts_with(['{', '[']) {
            // Told by its keys, also where it is damaged further down.
            let has = |key: &str| text.contains(&format!("\"{key}\""));
            let sfdmu = !has("linkspan") && (has("objects") || has("objectSets"));
            return Some(if sfdmu { Format::Sfdmu } else { Format::Linkspan });
        }
        if text.lines().any(|line| line.trim_start().starts_with("sf_object:")) {
            return Some(Format::CumulusCi);
        }
        match ending.as_str() {
            "sdl" => Some(Format::Sdl),
            "yml" | "yaml" => Some(Format::CumulusCi),
            "json" => Some(Format::Linkspan),
            _ if text.starts_with("#Mapping values") => Some(Format::Sdl),
            _ => None,
        }
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Format::Linkspan => "Linkspan's JSON",
            Format::Sdl => "Data Loader's mapping",
            Format::Sfdmu => "SFDMU's export.json",
            Format::CumulusCi => "CumulusCI's mapping.yml",
        }
    }

    /// The name that such a file usually has.
    pub fn file_name(self) -> &'static str {
        match self {
            Format::Linkspan => "integration.json",
            Format::Sdl => "mapping.sdl",
            Format::Sfdmu => "export.json",
            Format::CumulusCi => "mapping.yml",
        }
    }
}

/// The text of a file, and its form.
pub fn recognise<'a>(name: &str, bytes: &'a [u8]) -> Result<(Format, &'a str), ExchangeError> {
    if bytes.len() > MOST_BYTES {
        return Err(ExchangeError::refused(
            format!("{name} has {} bytes, and an integration file has at most {MOST_BYTES}", bytes.len()),
            "Choose the file that says what is loaded, not the data.",
        ));
    }
    if name.to_lowercase().ends_with(".sdl") {
        return Err(ExchangeError::refused(
            format!("{name} is a mapping of Data Loader, which says neither object nor source"),
            "Give it to `linkspan import FILE --mapping`, and keep the import with --keep NAME.",
        ));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(ExchangeError::refused(format!("{name} is UTF-16 text"), "Save it as UTF-8."));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        ExchangeError::refused(
            format!("{name} line {line}: there is a byte that is no UTF-8 text"),
            "Save it as UTF-8.",
        )
    })?;
    match Format::of(name, text) {
        Some(Format::Sdl) | None => Err(ExchangeError::refused(
            format!("{name} is no integration file that is known here"),
            "Integrations come as Linkspan's JSON, SFDMU's export.json or CumulusCI's mapping.yml.",
        )),
        Some(format) => Ok((format, text)),
    }
}

/// Reads the text of a file.
pub fn open(format: Format, text: &str, given: &Given) -> Result<Opened, ExchangeError> {
    match format {
        Format::Linkspan | Format::Sdl => {
            Ok(Opened { integration: Integration::from_file(text)?, left_out: Vec::new() })
        }
        Format::Sfdmu => sfdmu::open(text, given),
        Format::CumulusCi => cumulusci::open(text, given),
    }
}

/// What the file that an integration came from says beyond it.
pub fn not_taken_over(integration: &Integration) -> Vec<LeftOut> {
    let Some(foreign) = &integration.foreign else { return Vec::new() };
    match foreign.format {
        Format::Sfdmu => sfdmu::not_taken_over(foreign),
        Format::CumulusCi => cumulusci::not_taken_over(foreign),
        Format::Linkspan | Format::Sdl => Vec::new(),
    }
}

/// Writes an integration.
pub fn write(integration: &Integration, format: Format) -> Written {
    match format {
        Format::Linkspan => Written { text: integration.to_file(), beside: BTreeMap::new(), left_out: Vec::new() },
        Format::Sdl => write_sdl(integration),
        Format::Sfdmu => sfdmu::write(integration),
        Format::CumulusCi => cumulusci::write(integration),
    }
}

fn write_sdl(integration: &Integration) -> Written {
    let mut left_out = Vec::new();
    let (bytes, problems) = match integration.steps.first() {
        Some(step) => sdl::write(&step.mapping, &[]),
        None => sdl::write(&crate::mapping::Mapping::default(), &[]),
    };
    left_out.extend(
        problems
            .into_iter()
            .map(|problem| LeftOut { place: String::new(), why: format!("{}. {}", problem.message, problem.hint) }),
    );
    for (number, step) in integration.steps.iter().enumerate().skip(1) {
        let why = format!("A mapping of Data Loader is for one object: \"{}\" is not in it", step.sentence());
        left_out.push(LeftOut { place: place_of(number, step, ""), why });
    }
    // The writer escapes whatever is not ASCII.
    Written { text: String::from_utf8_lossy(&bytes).into_owned(), beside: BTreeMap::new(), left_out }
}

/// Where something is in an integration: `Account, step 1, OwnerId`.
fn place_of(number: usize, step: &Step, target: &str) -> String {
    let step = format!("{}, step {}", step.object, number + 1);
    if target.is_empty() { step } else { format!("{step}, {target}") }
}
