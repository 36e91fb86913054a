//! A pass of a two-way sync: both ends are read and compared, what is to be done is decided, and the run that does it is read from what
//! was decided.
//!
//! [`compare()`] reads both ends and writes deeds, pairs and conflicts down; nothing is sent before all of it is decided. [`DeedRows`] are
//! the deeds of one kind as rows of a step of a run, so that they are delivered with every promise of a run. [`close()`] writes down what
//! became of them: a deed that was done moves the pair's agreement, one that was not leaves it to be judged again.

mod close;
mod compare;
mod deeds;
mod ends;
mod index;
mod judge;
mod pairing;
mod partners;
mod reading;
mod scales;
mod verdicts;

pub use close::close;
pub use compare::{PassJob, compare};
pub use deeds::{DeedRows, OpenEnd, end_of, part_schema};
pub(in crate::engine) use deeds::{changed_since, guards, http_date, stamp};
pub use scales::SyncCounts;

/// The code of rows whose record was changed after it was compared.
pub const MOVED_ON: &str = "moved_on";

/// What stands behind the path in a column that says what the end was seen to hold.
const SEEN: &str = " (seen)";
