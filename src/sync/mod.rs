//! Two ends that both change: what of a pair of records goes where, and what a person must settle. Pure.
//!
//! Nothing here reads, writes or knows the time. What both ends hold comes in as text, in the shape that the mapping gives it, so that
//! both sides of a comparison speak the same language; what comes out is what to do at each end, and what both then have agreed on.
//!
//! The comparison is three-way. A value that differs from the other end's says nothing about who changed it; only what both ends held
//! when they last agreed does. So a field that changed at one end goes to the other, a field that changed at both ends to different
//! values is settled by its [`Strategy`], and whatever no rule settles is a [`Conflict`] that waits for a person. No edit goes without
//! a rule that says so: an end is overwritten only where it holds what was agreed, or where a direction or strategy names the winner.
//!
//! - `pairing`: which records of both ends are one thing, before the first write
//! - `decide`: what becomes of a pair; `table` has every cell of it, `model` thousands of histories
//! - `terms`, `alike`, `formulas`: what a person has said: directions, strategies, deletions; what is no difference; formulas
//! - `trail`: ends that undo each other are stopped
//! - `resolution`: what a person sees of a conflict, and decides
//!
//! Our own writes come back as values that are agreed already, so that they are no change and cause no further write.

mod alike;
mod decide;
mod formulas;
#[cfg(test)]
mod model;
mod pairing;
mod resolution;
#[cfg(test)]
mod table;
mod terms;
mod trail;

pub use alike::Leniency;
pub use decide::{Conflict, Decision, Deed, Disagreement, Here, Judge, Pair, State, decide};
pub use formulas::Formulas;
pub use pairing::{Ambiguous, Candidate, MatchBy, Proposal, propose};
pub use resolution::{Choice, Claim, Disputed, Held, Matter, MatterKind, Resolution, Side, Way};
pub use terms::{Deletes, Direction, End, Line, Strategy, Terms};
pub use trail::Trail;
