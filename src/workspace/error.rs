//! What can go wrong, as sentences, with what to do next.

use crate::connect::ConnectError;
use crate::engine::EngineError;
use crate::integration::exchange::ExchangeError;
use crate::integration::{FormError, Problem};
use crate::salesforce::OrgError;
use crate::store::StoreError;
use crate::vault::VaultError;

/// An error that a person sees.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct WorkspaceError {
    /// What went wrong, to what, where.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl WorkspaceError {
    /// A sentence.
    pub fn new(message: impl Into<String>) -> WorkspaceError {
        WorkspaceError { message: message.into(), hint: None }
    }

    /// Says what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> WorkspaceError {
        self.hint = Some(hint.into());
        self
    }

    /// Everything that keeps an integration from running.
    pub fn problems(problems: &[Problem]) -> WorkspaceError {
        const SHOWN: usize = 5;
        let several = problems.iter().any(|problem| problem.step > 0);
        let place = |problem: &Problem| {
            let step = several.then(|| format!("step {}", problem.step + 1));
            let target = problem.target.clone().filter(|target| !problem.message.contains(target.as_str()));
            let place: Vec<_> = step.into_iter().chain(target).collect();
            if place.is_empty() { String::new() } else { format!("{}: ", place.join(", ")) }
        };
        let shown = problems.iter().take(SHOWN);
        let mut sentences: Vec<_> = shown.map(|problem| format!("{}{}", place(problem), problem.message)).collect();
        if problems.len() > SHOWN {
            sentences.push(format!("and {} more", problems.len() - SHOWN));
        }
        let mut hints: Vec<_> = problems.iter().take(SHOWN).filter_map(|problem| problem.hint.as_deref()).collect();
        hints.dedup();
        let error = WorkspaceError::new(sentences.join("; "));
        if hints.is_empty() { error } else { error.hint(hints.join(" ")) }
    }
}

/// An error with all its causes, as one sentence; nothing else formats errors.
pub fn explain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // Many errors repeat their cause in their own words.
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}

impl From<StoreError> for WorkspaceError {
    fn from(error: StoreError) -> Self {
        let hint = match &error {
            StoreError::WrongKey(_) => {
                Some("Its key sleeps in the vault of the user who made it. Open it there, or choose another file.")
            }
            StoreError::TooNew { .. } => Some("Install the newest Linkspan."),
            StoreError::File { .. } => Some("Check that the folder exists and may be written to."),
            StoreError::DiskFull(_) => Some("Free some space on the disk, then try again."),
            StoreError::RunBusy(_) | StoreError::ExportBusy(_) | StoreError::SyncBusy => {
                Some("Wait until it ends, or stop it there.")
            }
            StoreError::Sqlite { .. } => Some("Check the disk's free space, and that the file is on a local disk."),
            StoreError::NothingTaken => Some("Look at the newest run: it has them."),
            StoreError::Damaged { .. } => None,
        };
        WorkspaceError { message: explain(&error), hint: hint.map(str::to_owned) }
    }
}

impl From<ConnectError> for WorkspaceError {
    fn from(error: ConnectError) -> Self {
        WorkspaceError { hint: error.hint().map(str::to_owned), message: explain(&error) }
    }
}

impl From<OrgError> for WorkspaceError {
    fn from(error: OrgError) -> Self {
        WorkspaceError { hint: error.hint().map(str::to_owned), message: explain(&error) }
    }
}

impl From<EngineError> for WorkspaceError {
    fn from(error: EngineError) -> Self {
        WorkspaceError { hint: error.hint(), message: explain(&error) }
    }
}

impl From<VaultError> for WorkspaceError {
    fn from(error: VaultError) -> Self {
        WorkspaceError { hint: Some(error.hint()), message: explain(&error) }
    }
}

impl From<FormError> for WorkspaceError {
    fn from(error: FormError) -> Self {
        let hint = match &error {
            FormError::NotAnIntegration(_) => "Export an integration to see what such a file looks like.",
            FormError::TooNew(_) => "Install the newest Linkspan.",
        };
        WorkspaceError::new(explain(&error)).hint(hint)
    }
}

impl From<ExchangeError> for WorkspaceError {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Form(error) => error.into(),
            ExchangeError::Refused { message, hint } => WorkspaceError::new(message).hint(hint),
        }
    }
}
