//! What the screen of exports asks for and gets.

use super::event::Answer;
use crate::cancel::Cancel;
use crate::store::ExportId;
use crate::workspace::{ApiWish, ExportCard, ExportJob, ExportProgress, Peek, RowsEstimate, Workspace};
use std::sync::Arc;

/// Rows shown beforehand.
const PEEKED: u64 = 20;

/// Something that the screen asks for.
#[derive(Debug, Clone)]
pub enum ExportAsk {
    /// Count the rows of a query, and show the first ones.
    Look {
        /// Alias of the org.
        org: String,
        /// The query.
        soql: String,
        /// Whether records in the recycle bin come too.
        deleted: bool,
        /// What the person says about the API.
        api: ApiWish,
        /// Which question it is.
        ticket: u64,
    },
    /// Write the rows into a file.
    Begin(Box<ExportJob>),
    /// Go on with one that stopped.
    Resume(ExportId),
    /// Give up one that stopped.
    Discard(ExportId),
    /// Stop the one under way.
    Stop,
    /// List them.
    List,
}

/// What it gets.
#[derive(Debug, Clone)]
pub enum ExportTold {
    /// How many rows, and the first ones.
    Looked(u64, Answer<Arc<(RowsEstimate, Peek)>>),
    /// Where the export stands.
    Progress(Box<ExportProgress>),
    /// It ended.
    Ended(Answer<Box<ExportCard>>),
    /// All of them, the newest first.
    List(Answer<Vec<ExportCard>>),
}

/// What the window knows of exports.
#[derive(Debug, Default)]
pub struct Exports {
    /// The last look: which question, and its answer.
    pub looked: Option<(u64, Answer<Arc<(RowsEstimate, Peek)>>)>,
    /// The export under way.
    pub live: Option<Box<ExportProgress>>,
    /// How the last one ended.
    pub ended: Option<Answer<Box<ExportCard>>>,
    /// All of them.
    pub list: Option<Vec<ExportCard>>,
}

impl Exports {
    /// Takes note of what became true.
    pub fn apply(&mut self, told: ExportTold) {
        match told {
            ExportTold::Looked(ticket, answer) => super::state::take_newer(&mut self.looked, ticket, answer),
            ExportTold::Progress(progress) => self.live = Some(progress),
            ExportTold::Ended(answer) => {
                self.live = None;
                self.ended = Some(answer);
            }
            ExportTold::List(Ok(list)) => self.list = Some(list),
            ExportTold::List(Err(error)) => tracing::warn!(%error, "exports cannot be listed"),
        }
    }
}

/// Answers what can be answered at once; the export itself tells as it goes.
pub(super) fn answer(workspace: &Workspace, ask: ExportAsk, cancel: &Cancel, tell: &dyn Fn(ExportTold)) {
    let mut progress = |progress| tell(ExportTold::Progress(Box::new(progress)));
    match ask {
        ExportAsk::Look { org, soql, deleted, api, ticket } => {
            let look = || {
                let peek = workspace.peek(&org, &soql, deleted, PEEKED, cancel)?;
                Ok(Arc::new((workspace.estimate(&org, &soql, deleted, api, cancel)?, peek)))
            };
            tell(ExportTold::Looked(ticket, look()));
        }
        ExportAsk::Begin(job) => {
            tell(ExportTold::Ended(workspace.export_rows(&job, &mut progress, cancel).map(Box::new)));
            tell(ExportTold::List(workspace.exports()));
        }
        ExportAsk::Resume(id) => {
            tell(ExportTold::Ended(workspace.resume_export(id, &mut progress, cancel).map(Box::new)));
            tell(ExportTold::List(workspace.exports()));
        }
        ExportAsk::Discard(id) => {
            let list = workspace.discard_export(id).and_then(|()| workspace.exports());
            tell(ExportTold::List(list));
        }
        ExportAsk::Stop => cancel.request(),
        ExportAsk::List => tell(ExportTold::List(workspace.exports())),
    }
}
