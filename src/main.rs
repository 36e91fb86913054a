//! The one binary: with arguments the command line, without them the window.

use std::process::ExitCode;

fn main() -> ExitCode {
    linkspan::cli::run()
}
