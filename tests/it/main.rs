//! Promises, made at the front door: the real binary, the workspace and the window, against a practice org.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod harness;

/// The order of floors.
mod floors;

/// Formulas, as the command line has them.
mod formula;

/// Files go in, rows arrive, and each has one true outcome.
mod import;

/// What a mapping says is what arrives.
mod mapping;

/// Rows are found by what their source holds.
mod search;

/// A run is taken back.
mod undo;

/// A step writes into a table of a database.
mod table;

/// Out and in again.
mod round_trip;

/// Records that are no longer in the source.
mod absent;

/// A run keeps to what it may take of the org.
mod budget;

/// Answers get lost, processes die: no row is lost or sent twice.
mod faults;

/// What did not get through is corrected, and goes through.
mod errors;

/// The same on its screen.
mod errors_window;

/// What two ends disagree about is decided, on the command line.
mod conflicts;

/// The same in the window, by keyboard alone.
mod conflicts_window;

/// Conflicts as a sync finds them, for those who decide.
mod found;

/// What loads must come to, worked out from their rows.
mod model;

/// The program dies, anywhere, and goes on.
mod kill;

/// The power fails.
mod power;

/// The disk is full.
mod disk;

/// Every bad day on the list.
mod fault_list;

/// The practice org takes the shape of another org.
mod practice_schema;

/// Whatever is wrong with the input, one clear message says so.
mod bad_input;

/// Ways into an org, and what leads there.
mod orgs;

/// Nothing secret leaks.
mod secrets;

/// A table and an object, synced both ways.
mod sync;

/// The same on its screens.
mod sync_window;

/// What surrounds a sync: its check, its words, and what did not get through.
mod sync_words;

/// A CSV file as one end of a sync.
mod sync_csv;

/// The window does all of it, by mouse and by keys alone.
mod window;

/// Runs in the window: looked at before, stopped and gone on with, undone.
mod run_window;

/// Exports on their screen.
mod export_window;

/// What a run's screen says and offers, and every option.
mod run_page;

/// The practice org on its screen, and bad days in the middle of a run.
mod practice_window;

/// All of Northwind, designed and loaded in the window.
mod northwind;

/// The mapping designer, on facts made up for it.
mod designer;

/// The client and the target: what was sent arrives, and every row is told what became of it.
mod salesforce;

/// Exports: whole or not at all, and on from where they were killed.
mod export;

/// Integrations come from other tools and go back to them, and print as documents.
mod exchange;
