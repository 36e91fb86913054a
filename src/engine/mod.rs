//! The machine room: runs a plan.
//!
//! [`run`](run::run) is the whole story on one screen: read everything into the store, hold back what cannot be sent, deliver the
//! rest (stage, note, commit), settle every row once, and compare what was read with what became of it.

mod event;
mod preview;

pub use event::{Phase, Progress, RunEvent};
pub use preview::{CellChange, Preview, PreviewCell, PreviewRow, Verdict};
