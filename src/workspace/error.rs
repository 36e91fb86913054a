//! What can go wrong, as sentences, with what to do next.

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
