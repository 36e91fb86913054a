//! The one door: everything that the window and the command line can do is a method here.
//!
//! A [`Workspace`] is a value that clones cheaply and may be used from any thread; its methods block, so the window calls them
//! from its worker. It returns data and takes data, and formats nothing.

mod error;
mod types;

pub use error::{WorkspaceError, explain};
pub use types::*;
