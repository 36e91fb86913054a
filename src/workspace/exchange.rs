//! Integrations that come from files and go into files, ours and those of other tools.

use super::open::unwritable;
use super::{AuthKind, Workspace, WorkspaceError};
use crate::integration::exchange::document::Known;
use crate::integration::exchange::{self, Format, Given, LeftOut, MOST_BYTES, Written};
use crate::integration::{Integration, Plan, Shapes};
use crate::store::IntegrationId;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

/// One of the ways in which a document is written.
pub type Render = fn(&Integration, &Known<'_>) -> String;

/// What a file of another tool does not say.
#[derive(Debug, Clone, Default)]
pub struct ImportFrom {
    /// Alias of the org that rows go to; by default the only one of the workspace.
    pub org: Option<String>,
    /// Alias of the org that rows come from; by default they come from CSV files beside the file.
    pub source_org: Option<String>,
    /// What to call the integration; by default as the file's folder.
    pub name: Option<String>,
}

/// An integration that was read from a file and is kept.
#[derive(Debug, Clone)]
pub struct Imported {
    /// Its number.
    pub id: IntegrationId,
    /// What it is called.
    pub name: String,
    /// What the file says beyond it.
    pub left_out: Vec<LeftOut>,
}

impl Workspace {
    /// Reads an integration file and keeps what it says. Relative paths in it are beside it.
    pub fn import_integration(&self, path: &Path) -> Result<IntegrationId, WorkspaceError> {
        Ok(self.import_integration_from(path, &ImportFrom::default())?.id)
    }

    /// Reads an integration file of any known form and keeps what it says. Relative paths in it are beside it.
    pub fn import_integration_from(&self, path: &Path, from: &ImportFrom) -> Result<Imported, WorkspaceError> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = read_small(&path)?;
        let (format, text) = exchange::recognise(&file_name, &bytes)?;
        let folder = path.parent().unwrap_or(&path);
        let mut beside = BTreeMap::new();
        for name in exchange::files_beside(format) {
            let file = folder.join(name);
            if file.is_file() {
                let bytes = read_small(&file)?;
                let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
                let text = std::str::from_utf8(text).map_err(|_| {
                    WorkspaceError::new(format!("{} is no UTF-8 text", file.display())).hint("Save it as UTF-8.")
                })?;
                beside.insert((*name).to_owned(), text.to_owned());
            }
        }
        let only = self.only_org()?;
        let unsaid = from.org.is_none() && only.is_none() && format != Format::Linkspan;
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let usual = ["export", "mapping"].iter().any(|name| stem.eq_ignore_ascii_case(name));
        let parent = folder.file_name().map(|name| name.to_string_lossy().into_owned());
        let given = Given {
            name: from.name.clone().or(parent.filter(|_| usual)).unwrap_or(stem),
            org: from.org.clone().or(only).unwrap_or_else(|| "target".to_owned()),
            source_org: from.source_org.clone(),
            beside,
        };
        let opened = exchange::open(format, text, &given).map_err(|error| {
            let error = WorkspaceError::from(error);
            // Messages of other forms begin with the file's usual name.
            let message = error.message.trim_start_matches(format.file_name()).trim_start_matches([':', ' ']);
            WorkspaceError { message: format!("{}: {message}", path.display()), ..error }
        })?;
        let mut integration = opened.integration;
        for step in &mut integration.steps {
            if let Some(file) = step.source.file_mut() {
                // An absolute path stays as it is.
                file.path = folder.join(&file.path);
            }
            if let Some(into) = &mut step.into {
                into.path = folder.join(&into.path);
            }
        }
        let mut left_out = opened.left_out;
        if unsaid {
            let why = "no org is named, and rows go to \"target\": import it with --org ALIAS, or choose the org of each step";
            left_out.insert(0, LeftOut { place: String::new(), why: why.to_owned() });
        }
        let id = self.save_integration(None, &integration)?;
        Ok(Imported { id, name: integration.name, left_out })
    }

    /// An integration as a document: with what both ends look like and what keeps it from running, where they can be reached.
    pub fn document(&self, integration: &Integration, render: Render) -> Written {
        let shapes: Vec<Option<Shapes>> = integration.steps.iter().map(|step| self.shapes(step, false).ok()).collect();
        let all: Option<Vec<Shapes>> = shapes.iter().cloned().collect();
        let mut left_out = Vec::new();
        for (step, shape) in integration.steps.iter().zip(&shapes) {
            if shape.is_none() {
                let why = "its source or the end it writes to cannot be reached, so that fields and problems are not in the document";
                left_out.push(LeftOut { place: step.sentence(), why: why.to_owned() });
            }
        }
        let problems = match all {
            None => Vec::new(),
            Some(_) if integration.goes_both_ways() => self.check_sync(integration).unwrap_or_default(),
            Some(shapes) => Plan::compile(integration, shapes, self.now()).err().unwrap_or_default(),
        };
        let text = render(integration, &Known { shapes: &shapes, problems: &problems, made_at: None });
        Written { text, beside: BTreeMap::new(), left_out }
    }

    /// The org that is meant where none is named: the only one that was added, else the practice org where none was.
    fn only_org(&self) -> Result<Option<String>, WorkspaceError> {
        let orgs = self.orgs()?;
        let mut added = orgs.iter().filter(|org| org.auth != AuthKind::Practice);
        Ok(match (added.next(), added.next()) {
            (Some(only), None) => Some(only.alias.clone()),
            (None, _) => orgs.first().map(|org| org.alias.clone()),
            (Some(_), Some(_)) => None,
        })
    }

    /// Writes an integration file, and those that belong beside it.
    pub fn write_files(&self, path: &Path, written: &Written) -> Result<(), WorkspaceError> {
        let write = |path: &Path, text: &str| std::fs::write(path, text).map_err(|error| unwritable(path, &error));
        write(path, &written.text)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        written.beside.iter().try_for_each(|(name, text)| write(&folder.join(name), text))
    }
}

/// The bytes of a file that people design in. One that is larger is refused before it fills memory.
pub(super) fn read_small(path: &Path) -> Result<Vec<u8>, WorkspaceError> {
    let unreadable = |error: std::io::Error| {
        WorkspaceError::new(format!("{} cannot be read: {error}", path.display()))
            .hint("Check the path and its permissions.")
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MOST_BYTES {
        return Err(WorkspaceError::new(format!("{} has more than {MOST_BYTES} bytes", path.display()))
            .hint("Choose the file that says what is loaded, not the data."));
    }
    Ok(bytes)
}
