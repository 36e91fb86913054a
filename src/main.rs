//! The one binary: a command, or the window.

use linkspan::cli::{self, Wanted};
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Wanted::Done(code) => code,
        Wanted::Window(project) => match linkspan::gui::run(project) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => cli::no_window(&error.to_string(), error.hint()),
        },
    }
}
