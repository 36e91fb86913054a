//! How outcomes, verdicts and states look: an icon, a colour, a word.

use crate::connect::Outcome;
use crate::engine::Verdict;
use crate::gui::theme::{Meaning, icon};
use crate::store::RunState;

/// An icon, a colour, a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The icon.
    pub icon: &'static str,
    /// The colour.
    pub meaning: Meaning,
    /// The word.
    pub word: &'static str,
}

/// How an outcome looks; `None` is a row that waits.
pub(crate) fn outcome_mark(outcome: Option<Outcome>) -> Mark {
    let Some(outcome) = outcome else {
        return Mark { icon: icon::CIRCLE_DASHED, meaning: Meaning::Plain, word: "Waiting" };
    };
    let (icon, meaning) = match outcome {
        Outcome::Created => (icon::CIRCLE_PLUS, Meaning::Good),
        Outcome::Updated => (icon::PENCIL, Meaning::Good),
        Outcome::Deleted => (icon::TRASH_2, Meaning::Good),
        Outcome::Unchanged => (icon::EQUAL, Meaning::Plain),
        Outcome::Skipped => (icon::CIRCLE_MINUS, Meaning::Plain),
        Outcome::NotSent => (icon::BAN, Meaning::Attention),
        Outcome::Failed => (icon::CIRCLE_X, Meaning::Bad),
        Outcome::Conflict => (icon::GIT_COMPARE, Meaning::Attention),
        Outcome::Unconfirmed => (icon::CIRCLE_QUESTION_MARK, Meaning::Attention),
    };
    Mark { icon, meaning, word: outcome.label() }
}

/// How a verdict of the preview looks.
pub(crate) fn verdict_mark(verdict: Verdict) -> Mark {
    let (icon, meaning, word) = match verdict {
        Verdict::Create => (icon::CIRCLE_PLUS, Meaning::Good, "Would be created"),
        Verdict::Update => (icon::PENCIL, Meaning::Information, "Would be updated"),
        Verdict::Delete => (icon::TRASH_2, Meaning::Bad, "Would be deleted"),
        Verdict::Unchanged => (icon::EQUAL, Meaning::Plain, "Already as it should be"),
        Verdict::Skip => (icon::CIRCLE_MINUS, Meaning::Plain, "Would be left out"),
        Verdict::NotSent => (icon::BAN, Meaning::Attention, "Cannot be sent"),
    };
    Mark { icon, meaning, word }
}

/// How the state of a run looks.
pub(crate) fn state_mark(state: RunState) -> Mark {
    let (icon, meaning) = match state {
        RunState::Running => (icon::LOADER_CIRCLE, Meaning::Accent),
        RunState::Complete => (icon::CIRCLE_CHECK, Meaning::Good),
        RunState::CompleteWithFailures => (icon::TRIANGLE_ALERT, Meaning::Attention),
        RunState::Incomplete => (icon::CIRCLE_DASHED, Meaning::Attention),
        RunState::Aborted => (icon::CIRCLE_X, Meaning::Bad),
    };
    Mark { icon, meaning, word: state.label() }
}
