//! The forms in which an integration is written, for people and for other tools.

use crate::integration::Integration;
use crate::integration::exchange::{self, Format, Written, document};
use crate::workspace::Workspace;

/// A form in which an integration is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// Our own JSON.
    #[default]
    Json,
    /// A mapping of Data Loader.
    Sdl,
    /// SFDMU's `export.json`.
    Sfdmu,
    /// CumulusCI's `mapping.yml`.
    CumulusCi,
    /// A page for people.
    Html,
    /// A document for people, as text.
    Markdown,
}

impl Form {
    /// All of them, in the order of the question.
    pub const ALL: [Form; 6] = [Form::Json, Form::Sdl, Form::Sfdmu, Form::CumulusCi, Form::Html, Form::Markdown];

    /// The words people see.
    pub fn label(self) -> &'static str {
        match self {
            Form::Json => "JSON",
            Form::Sdl => "Data Loader",
            Form::Sfdmu => "SFDMU",
            Form::CumulusCi => "CumulusCI",
            Form::Html => "HTML",
            Form::Markdown => "Markdown",
        }
    }

    /// What it is for, in a sentence.
    pub fn help(self) -> &'static str {
        match self {
            Form::Json => "Everything, to be read here again, kept in version control and compared",
            Form::Sdl => "The mapping of the first object, for Salesforce's Data Loader",
            Form::Sfdmu => "export.json for the SFDX Data Move Utility, with the files that belong beside it",
            Form::CumulusCi => "mapping.yml for the tasks of CumulusCI that load data",
            Form::Html => "A page that explains what is loaded, field by field",
            Form::Markdown => "The same explanation as text, for a wiki or a repository",
        }
    }

    /// The name of such a file.
    pub fn file_name(self, integration: &str) -> String {
        match self {
            Form::Json => format!("{integration}.json"),
            Form::Sdl => format!("{integration}.sdl"),
            Form::Sfdmu => Format::Sfdmu.file_name().to_owned(),
            Form::CumulusCi => Format::CumulusCi.file_name().to_owned(),
            Form::Html => format!("{integration}.html"),
            Form::Markdown => format!("{integration}.md"),
        }
    }

    /// What files of it are called, and what their names end in.
    pub fn filter(self) -> (&'static str, &'static [&'static str]) {
        let endings: &[&str] = match self {
            Form::Json | Form::Sfdmu => &["json"],
            Form::Sdl => &["sdl"],
            Form::CumulusCi => &["yml", "yaml"],
            Form::Html => &["html"],
            Form::Markdown => &["md"],
        };
        (self.label(), endings)
    }

    /// Writes an integration in it.
    pub(super) fn write(self, workspace: &Workspace, integration: &Integration) -> Written {
        match self {
            Form::Json => exchange::write(integration, Format::Linkspan),
            Form::Sdl => exchange::write(integration, Format::Sdl),
            Form::Sfdmu => exchange::write(integration, Format::Sfdmu),
            Form::CumulusCi => exchange::write(integration, Format::CumulusCi),
            Form::Html => workspace.document(integration, document::html),
            Form::Markdown => workspace.document(integration, document::markdown),
        }
    }
}
