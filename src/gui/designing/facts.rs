//! What is known for the designer.

use super::{Ask, Rows, Told};
use crate::connect::SourceSettings;
use crate::connect::file::Inspection;
use crate::connect::profile::Profile;
use crate::engine::Preview;
use crate::gui::event::Answer;
use crate::gui::state::{Fact, take_newer};
use crate::integration::Integration;
use crate::mapping::suggest::Candidate;
use crate::store::IntegrationId;
use crate::workspace::{Checked, ImportGuess, SourceLook, TableFile, Tried};
use std::sync::Arc;

/// A source as it was looked at. How columns are meant is the step's matter and changes nothing here.
#[derive(Debug)]
struct Looked {
    source: SourceSettings,
    look: Fact<Arc<SourceLook>>,
    profile: Option<Fact<Arc<Profile>>>,
}

/// The facts of the designer.
#[derive(Debug, Default)]
pub struct Designed {
    /// The integration fetched last, and how many were fetched before it.
    pub opened: Option<(u64, IntegrationId, Arc<Integration>)>,
    /// The sources of steps.
    sources: Vec<Looked>,
    /// The new file looked at last, and how many were before it.
    pub new_file: Option<(u64, Fact<Arc<Inspection>>)>,
    /// What a new file is for.
    pub guess: Option<(u64, Fact<Arc<ImportGuess>>)>,
    /// Whether what is on the screen can run.
    pub checked: Option<(u64, Answer<Checked>)>,
    /// What the first rows would do.
    pub preview: Option<(u64, Answer<Arc<Preview>>)>,
    /// Which column could go into which field.
    pub proposals: Option<(u64, Fact<Arc<Vec<Candidate>>>)>,
    /// What the rule of one field makes of some rows.
    pub tried: Option<(u64, Answer<Arc<Tried>>)>,
    /// The file read as a table last, and how many were before it.
    pub table: Option<(u64, Rows, Answer<Arc<TableFile>>)>,
    /// What was stored last.
    pub saved: Option<(u64, Answer<(IntegrationId, Arc<Integration>)>)>,
    /// What both ends were taken as last.
    pub accepted: Option<(u64, Answer<Arc<Integration>>)>,
}

impl Designed {
    /// The source of a step, if it was asked for.
    pub fn look(&self, source: &SourceSettings) -> Option<&Fact<Arc<SourceLook>>> {
        self.sources.iter().find(|known| known.is(source)).map(|known| &known.look)
    }

    /// What all its rows hold, if that was asked for.
    pub fn profile(&self, source: &SourceSettings) -> Option<&Fact<Arc<Profile>>> {
        self.sources.iter().find(|known| known.is(source))?.profile.as_ref()
    }

    /// Marks what is on its way.
    pub(in crate::gui) fn sent(&mut self, ask: &Ask) {
        match ask {
            Ask::Look(source) => self.note(source, Fact::Waiting),
            Ask::Profile(source) => self.note_profile(source, Fact::Waiting),
            Ask::LookNew(_) => {
                let count = self.new_file.as_ref().map_or(0, |(count, _)| *count);
                self.new_file = Some((count, Fact::Waiting));
            }
            Ask::Guess { ticket, .. } => self.guess = Some((*ticket, Fact::Waiting)),
            Ask::Propose { ticket, .. } => self.proposals = Some((*ticket, Fact::Waiting)),
            Ask::Open(_)
            | Ask::Check { .. }
            | Ask::Preview { .. }
            | Ask::Try { .. }
            | Ask::ReadTable { .. }
            | Ask::WriteTable { .. }
            | Ask::Export { .. }
            | Ask::Accept { .. }
            | Ask::Save { .. } => {}
        }
    }

    /// Takes note of what became true.
    pub(in crate::gui) fn apply(&mut self, told: Told) {
        match told {
            Told::Opened(id, Ok(integration)) => {
                let count = self.opened.as_ref().map_or(0, |(count, ..)| *count);
                // Sources may have changed since another integration was on the screen.
                self.sources.clear();
                self.opened = Some((count + 1, id, integration));
            }
            // The window says so.
            Told::Opened(_, Err(_)) => {}
            Told::Looked(source, answer) => self.note(&source, answer.into()),
            Told::Profiled(source, answer) => self.note_profile(&source, answer.into()),
            Told::LookedNew(answer) => {
                let count = self.new_file.as_ref().map_or(0, |(count, _)| *count);
                self.new_file = Some((count + 1, answer.into()));
            }
            Told::Guessed(ticket, answer) => take_newer(&mut self.guess, ticket, answer.into()),
            Told::Checked(ticket, answer) => take_newer(&mut self.checked, ticket, answer),
            Told::Previewed(ticket, answer) => take_newer(&mut self.preview, ticket, answer),
            Told::Proposed(ticket, answer) => take_newer(&mut self.proposals, ticket, answer.into()),
            Told::Tried(ticket, answer) => take_newer(&mut self.tried, ticket, answer),
            Told::TableRead(place, answer) => {
                let count = self.table.as_ref().map_or(0, |(count, ..)| *count);
                self.table = Some((count + 1, place, answer));
            }
            // The window says so.
            Told::TableWritten(_) | Told::Exported(_) => {}
            Told::Accepted(ticket, answer) => take_newer(&mut self.accepted, ticket, answer),
            Told::Saved(ticket, answer) => self.saved = Some((ticket, answer)),
        }
    }

    fn note(&mut self, source: &SourceSettings, look: Fact<Arc<SourceLook>>) {
        self.sources.retain(|known| !known.is(source));
        self.sources.push(Looked { source: source.clone(), look, profile: None });
    }

    fn note_profile(&mut self, source: &SourceSettings, profile: Fact<Arc<Profile>>) {
        if let Some(known) = self.sources.iter_mut().find(|known| known.is(source)) {
            known.profile = Some(profile);
        }
    }
}

impl Looked {
    fn is(&self, source: &SourceSettings) -> bool {
        match (&self.source, source) {
            (SourceSettings::File(one), SourceSettings::File(other)) => {
                one.path == other.path && one.format == other.format
            }
            (one, other) => one == other,
        }
    }
}
