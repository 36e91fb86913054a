//! What is known for the designer.

use super::{Ask, Told};
use crate::connect::file::{FileFormat, FileSettings, Inspection};
use crate::engine::Preview;
use crate::gui::event::Answer;
use crate::gui::state::Fact;
use crate::integration::Integration;
use crate::store::IntegrationId;
use crate::workspace::{Checked, ImportGuess, Proposal};
use std::path::PathBuf;
use std::sync::Arc;

/// A file as it was looked at. How columns are meant is the step's matter and changes nothing here.
#[derive(Debug)]
pub(super) struct Looked {
    path: PathBuf,
    format: FileFormat,
    /// What was seen.
    file: Fact<Arc<Inspection>>,
}

/// The facts of the designer.
#[derive(Debug, Default)]
pub struct Designed {
    /// The integration fetched last, and how many were fetched before it.
    pub opened: Option<(u64, IntegrationId, Arc<Integration>)>,
    /// The files of steps.
    files: Vec<Looked>,
    /// The new file looked at last, and how many were before it.
    pub new_file: Option<(u64, Fact<Arc<Inspection>>)>,
    /// What a new file is for.
    pub guess: Option<(u64, Fact<Arc<ImportGuess>>)>,
    /// Whether what is on the screen can run.
    pub checked: Option<(u64, Answer<Checked>)>,
    /// What the first rows would do.
    pub preview: Option<(u64, Answer<Arc<Preview>>)>,
    /// Which column could go into which field.
    pub proposals: Option<(u64, Fact<Arc<Vec<Proposal>>>)>,
    /// What was stored last.
    pub saved: Option<(u64, Answer<IntegrationId>)>,
}

impl Designed {
    /// The file of a step, if it was asked for.
    pub fn file(&self, settings: &FileSettings) -> Option<&Fact<Arc<Inspection>>> {
        self.files.iter().find(|known| known.is(settings)).map(|known| &known.file)
    }

    /// Marks what is on its way.
    pub(in crate::gui) fn sent(&mut self, ask: &Ask) {
        match ask {
            Ask::Look(settings) => self.note(settings, Fact::Waiting),
            Ask::LookNew(_) => {
                let count = self.new_file.as_ref().map_or(0, |(count, _)| *count);
                self.new_file = Some((count, Fact::Waiting));
            }
            Ask::Guess { ticket, .. } => self.guess = Some((*ticket, Fact::Waiting)),
            Ask::Propose { ticket, .. } => self.proposals = Some((*ticket, Fact::Waiting)),
            Ask::Open(_) | Ask::Check { .. } | Ask::Preview { .. } | Ask::Save { .. } => {}
        }
    }

    /// Takes note of what became true.
    pub(in crate::gui) fn apply(&mut self, told: Told) {
        match told {
            Told::Opened(id, Ok(integration)) => {
                let count = self.opened.as_ref().map_or(0, |(count, ..)| *count);
                // Files may have changed since another integration was on the screen.
                self.files.clear();
                self.opened = Some((count + 1, id, integration));
            }
            // The window says so.
            Told::Opened(_, Err(_)) => {}
            Told::Looked(settings, answer) => self.note(&settings, answer.into()),
            Told::LookedNew(answer) => {
                let count = self.new_file.as_ref().map_or(0, |(count, _)| *count);
                self.new_file = Some((count + 1, answer.into()));
            }
            Told::Guessed(ticket, answer) => self.guess = Some((ticket, answer.into())),
            Told::Checked(ticket, answer) => self.checked = Some((ticket, answer)),
            Told::Previewed(ticket, answer) => self.preview = Some((ticket, answer)),
            Told::Proposed(ticket, answer) => self.proposals = Some((ticket, answer.into())),
            Told::Saved(ticket, answer) => self.saved = Some((ticket, answer)),
        }
    }

    fn note(&mut self, settings: &FileSettings, file: Fact<Arc<Inspection>>) {
        self.files.retain(|known| !known.is(settings));
        self.files.push(Looked { path: settings.path.clone(), format: settings.format.clone(), file });
    }
}

impl Looked {
    fn is(&self, settings: &FileSettings) -> bool {
        self.path == settings.path && self.format == settings.format
    }
}
