//! What ends a run before its time.

use crate::connect::ConnectError;
use crate::store::StoreError;

/// What ends a run, or a stretch of it, before its time. Rows without an outcome wait for a continuation.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The workspace file cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A source or target said no, or patience ended.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The other side stayed busy.
    #[error("gave up after {attempts} tries: {error}")]
    GaveUp {
        /// What the last try said.
        error: ConnectError,
        /// Tries made.
        attempts: u32,
    },
    /// A temporary file cannot be used.
    #[error("a temporary file cannot be written: {0}")]
    Disk(#[from] std::io::Error),
    /// The source is not what it was when the run began.
    #[error("{0}")]
    SourceChanged(String),
    /// The person wanted the first row that cannot be sent to end the run.
    #[error("stopped at the first row that cannot be sent")]
    BadRow,
    /// Salesforce stopped a job before it came to these rows, again and again.
    #[error("Salesforce stopped the job before it came to {0} rows")]
    Untouched(u64),
    /// The run has made as many API calls as it may.
    #[error("the run may make no more than {0} API calls, and the next rows would need more")]
    Ceiling(u64),
    /// More records are no longer in the source than somebody has agreed to change.
    #[error("{records} records are no longer in {from}, more than may be changed without being asked")]
    Absent {
        /// How many.
        records: u64,
        /// The source.
        from: String,
    },
    /// A delivery's thread broke down.
    #[error("a delivery ended by a fault of this program")]
    Fault,
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl EngineError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            EngineError::Connect(error) | EngineError::GaveUp { error, .. } => error.hint().map(str::to_owned),
            EngineError::Disk(_) | EngineError::Store(StoreError::DiskFull(_)) => {
                Some("Free some space on the disk, then continue the run.".to_owned())
            }
            EngineError::SourceChanged(_) => Some("Start a new run with the file as it is now.".to_owned()),
            EngineError::BadRow => {
                Some("Mend the row or the mapping, then start again; rows sent so far stay.".to_owned())
            }
            EngineError::Untouched(_) => {
                Some("Look at the job in Salesforce's Setup, then continue the run.".to_owned())
            }
            EngineError::Ceiling(_) => {
                Some("Raise the limit of API calls in its options, then continue the run.".to_owned())
            }
            EngineError::Absent { .. } => Some(
                "Look at them in the run's last step. If they may be changed, continue the run and confirm it; if the file is \
                 not complete, leave the run as it is."
                    .to_owned(),
            ),
            EngineError::Fault => Some("Continue the run: what became of that delivery is asked for first.".to_owned()),
            EngineError::Store(_) | EngineError::Cancelled => None,
        }
    }
}

impl From<crate::cancel::Cancelled> for EngineError {
    fn from(_: crate::cancel::Cancelled) -> Self {
        EngineError::Cancelled
    }
}
