//! Another file in place of a step's: the same again next month.

use super::DesignerDraft;
use crate::connect::SourceSettings;
use crate::gui::command::{Command, Outbox};
use crate::gui::designing::Ask;
use crate::gui::state::State;
use std::path::{Path, PathBuf};

/// A file that is to take the place of a step's.
#[derive(Debug, Clone)]
pub(crate) struct Replacing {
    /// Names the question.
    ticket: u64,
    step: usize,
    /// As it was typed, gaps included.
    path: PathBuf,
}

impl DesignerDraft {
    /// Asks how another file is read in place of the step's.
    pub(crate) fn replace_file(&mut self, path: PathBuf, out: &mut Outbox) {
        let Some(known) = self.at().and_then(|step| step.source.file()).cloned() else { return };
        let ticket = self.follow.ticket();
        self.replacing = Some(Replacing { ticket, step: self.step, path: path.clone() });
        out.push(Command::Design(Ask::OtherFile { known: Box::new(known), path, ticket }));
    }

    /// Takes the answer over, once it is here.
    pub(super) fn take_other_file(&mut self, state: &State) {
        let Some((ticket, answer)) = &state.design.other_file else { return };
        let Some(wanted) = self.replacing.take_if(|wanted| wanted.ticket == *ticket) else { return };
        let (Ok(settings), true) = (answer, wanted.step < self.integration().steps.len()) else { return };
        let mut settings = (**settings).clone();
        if has_gaps(&wanted.path) {
            settings.path = wanted.path;
        }
        self.change("Replace the file", |integration| {
            integration.steps[wanted.step].source = SourceSettings::File(settings);
        });
    }
}

fn has_gaps(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().contains(['*', '?']))
}
