//! Linkspan: design, test, run and watch integrations between Salesforce and other systems.
//!
//! # The map of the house
//!
//! A *Step* takes rows from a source, turns them into the shape of a mapping, and puts them into an object of an org. An
//! *Integration* is one or more steps; checked, it is a *Plan*; running a plan is a *Run*; a run moves *Batches*, and for every
//! source row it ends with exactly one *RowOutcome*. What must survive a crash is in the *Store*. The *Workspace* is the only door
//! that the command line and the window use.
//!
//! The modules, ground first. A module uses what stands above it in this list, never what stands below; `tests/it/floors.rs`
//! reads this list and guards it.
//!
//! - [`cancel`]: one wish to stop that many threads can see
//! - [`clock`]: the time, passed in as a value
//! - [`retry`]: the only place that waits and tries again
//! - [`secret`]: text that cannot be printed or saved by accident
//! - [`record`]: what flows: fields, rows in batches, rejections
//! - [`formula`]: text in Salesforce's formula syntax, compiled, to values; what an editor of formulas needs
//! - [`mapping`]: row to row: rules, compiled and checked; proposals; Data Loader's files
//! - [`vault`]: where secrets sleep
//! - [`salesforce`]: a signed-in Salesforce client; knows nothing of integrations and runs
//! - [`connect`]: the contract of everything that rows come from or go to; files, databases, objects
//! - [`sync`]: two ends that both change: what of a pair of records goes where; pure
//! - [`integration`]: what a person designs; checked into a plan, or problems
//! - [`store`]: what is remembered: the workspace file and all its SQL
//! - [`engine`]: runs a plan
//! - [`workspace`]: the one door
//! - [`cli`]: the command line
//! - [`gui`]: the window
//!
//! In the garden, a crate of its own that shares no type with the house, stands [`practice_org`]: a small faithful Salesforce,
//! reached over HTTP only. The workspace may start and stop it; nobody else names it.

pub mod cancel;
pub mod clock;
pub mod retry;
pub mod secret;

pub mod record;

pub mod formula;

pub mod mapping;

pub mod vault;

pub mod salesforce;

pub mod connect;

pub mod sync;

pub mod integration;

pub mod store;

pub mod engine;

pub mod workspace;

pub mod cli;

pub mod gui;

pub use practice_org;
