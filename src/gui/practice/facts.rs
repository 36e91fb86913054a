//! What is known of the practice org.

use super::{PracticeAsk, PracticeDeed, PracticeTold};
use crate::gui::notice::Notices;
use crate::gui::state::Fact;
use crate::workspace::{PracticeCall, PracticeSignIn, PracticeSnapshot, PracticeStatus, WorkspaceError};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

/// Calls kept.
const MOST_CALLS: usize = 2_000;

/// The facts.
#[derive(Debug, Default)]
pub struct Practice {
    /// How it stands, as far as it was heard last.
    pub status: Option<Arc<PracticeStatus>>,
    /// Why the last look at it failed.
    pub error: Option<WorkspaceError>,
    /// The calls, oldest first.
    pub calls: VecDeque<PracticeCall>,
    /// The number of the last call that is known.
    pub last: u64,
    /// When the last look was answered.
    pub looked_at: i64,
    /// Whether an answer is awaited.
    pub looking: bool,
    /// Counts what was done to it.
    pub turn: u64,
    /// What another program needs to sign in.
    pub sign_in: Option<Fact<Arc<PracticeSignIn>>>,
    /// The file with the private key.
    pub key_file: Option<Fact<PathBuf>>,
    /// The snapshots.
    pub snapshots: Option<Fact<Vec<PracticeSnapshot>>>,
    /// What is being done to it and takes a while.
    pub busy: Option<&'static str>,
    /// The titles of the bad days that are on.
    pub bad_days: Vec<String>,
}

impl Practice {
    /// Marks what is on its way.
    pub(in crate::gui) fn sent(&mut self, ask: &PracticeAsk) {
        match ask {
            PracticeAsk::Look { .. } => self.looking = true,
            PracticeAsk::SignIn => self.sign_in = Some(Fact::Waiting),
            PracticeAsk::KeyFile => self.key_file = Some(Fact::Waiting),
            // A list that is known stays until the newer one comes.
            PracticeAsk::Snapshots if self.snapshots.as_ref().is_some_and(|list| list.here().is_some()) => {}
            PracticeAsk::Snapshots => self.snapshots = Some(Fact::Waiting),
            PracticeAsk::Do(deed) => self.busy = deed.working().or(self.busy),
        }
    }

    /// Takes note of what became true.
    pub(in crate::gui) fn apply(&mut self, now: i64, told: PracticeTold, notices: &mut Notices) {
        match told {
            PracticeTold::Looked { turn, answer } => {
                self.looking = false;
                self.looked_at = now;
                match answer {
                    Ok((status, calls)) => {
                        self.error = None;
                        self.heard(calls);
                        if turn == self.turn {
                            self.stands(status);
                        }
                    }
                    Err(error) => self.error = Some(error),
                }
            }
            PracticeTold::SignIn(answer) => self.sign_in = Some(answer.into()),
            PracticeTold::KeyFile(answer) => self.key_file = Some(answer.into()),
            PracticeTold::Snapshots(answer) => self.snapshots = Some(answer.into()),
            PracticeTold::Did { answer, status } => {
                self.turn += 1;
                self.busy = None;
                self.looked_at = 0;
                if let Some(status) = status {
                    self.stands(status);
                }
                match answer {
                    Ok(Some(sentence)) => notices.good(now, sentence, None),
                    Ok(None) => {}
                    Err(error) => notices.bad(now, error, None),
                }
            }
            PracticeTold::BadDays(titles) => self.bad_days = titles,
        }
    }

    fn stands(&mut self, status: Arc<PracticeStatus>) {
        // Another process runs it now, and counts from the beginning.
        if self.status.as_ref().is_some_and(|known| known.url != status.url) {
            self.calls.clear();
            self.last = 0;
            self.sign_in = None;
        }
        self.bad_days = status.live().map(|fault| fault.title()).collect();
        self.status = Some(status);
    }

    fn heard(&mut self, calls: Vec<PracticeCall>) {
        for call in calls {
            self.last = self.last.max(call.number);
            if self.calls.len() >= MOST_CALLS {
                self.calls.pop_front();
            }
            self.calls.push_back(call);
        }
    }
}

impl PracticeDeed {
    /// Whether the list of snapshots is another one afterwards.
    pub(in crate::gui) fn changes_snapshots(&self) -> bool {
        matches!(self, PracticeDeed::Snapshot(_) | PracticeDeed::DeleteSnapshot(_) | PracticeDeed::Reset(_, Some(_)))
    }
}
