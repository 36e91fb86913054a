//! The window: what is true is drawn, what is asked for goes out, and nothing is done in between.
//!
//! [`run`] opens it in the system's event loop. A [`Session`] is a window with a worker behind it. [`Window`] holds the facts ([`State`]), what is half done ([`Draft`]) and what is on its way out ([`Outbox`]). Before each
//! frame [`Window::logic`] applies the events that came; then [`Window::ui`] draws. Views get the facts, their draft and the
//! outbox, and block on nothing; whatever takes longer than a frame happens on the worker's threads, which answer with events.
//!
//! Where failures are shown: what a screen cannot show without, on that screen, with what to do; what ended in the background,
//! as a toast that stays behind the bell; what is wrong with one row or cell, at that row or cell.

mod action;
mod app;
mod command;
mod conflicts;
mod designing;
mod draft;
mod errors;
mod event;
mod exporting;
mod finding;
mod format;
mod notice;
mod parts;
mod practice;
mod rows;
mod session;
mod state;
mod syncing;
pub mod theme;
mod views;
mod window;
mod worker;

pub use app::{WindowError, run};
pub use command::{Command, ExportKind, Outbox};
pub use conflicts::{Conflicts, ConflictsAsk, ConflictsDeed, ConflictsTold, Done, Listed};
pub use designing::{Ask, Designed, Exported, Form, Rows, Told};
pub use draft::{Draft, Preferences, Screen, ThemeChoice};
pub use errors::{Errors, ErrorsAsk, ErrorsDeed, ErrorsTold, Group};
pub use event::{Answer, Event};
pub use exporting::{ExportAsk, ExportTold, Exports};
pub use finding::{Found, Question};
pub use practice::{Practice, PracticeAsk, PracticeDeed, PracticeTold};
pub use session::Session;
pub use state::{Fact, State};
pub use syncing::{SyncAsk, SyncOf, SyncTold, Syncs};
pub use window::Window;
