//! The command line: a function a command, each a few calls of the workspace. What the shapes of the JSON are is in
//! `docs/cli.md`.

mod args;
mod conflicts;
mod errors;
mod export;
mod formula;
mod import;
mod integrations;
mod orgs;
mod practice;
mod print;
mod query;
mod runs;
mod sync;

use crate::workspace::{OpenOptions, Workspace, WorkspaceError};
use args::{Arguments, Command};
use clap::Parser as _;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// What a command came to: its exit code, and the JSON object that says so.
struct Answer {
    code: u8,
    json: Value,
}

impl Answer {
    fn ok(json: Value) -> Answer {
        Answer { code: 0, json }
    }
}

type Result<T> = std::result::Result<T, WorkspaceError>;

/// What the arguments want.
pub enum Wanted {
    /// It was done.
    Done(ExitCode),
    /// The window, with this workspace file if one was named.
    Window(Option<PathBuf>),
}

/// Does what the arguments say, unless they want the window. Exit codes: 0 all went well, 1 some rows need attention, 2 it did not
/// come to its end or could not start.
pub fn run() -> Wanted {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return Wanted::Done(refused(&error)),
    };
    let Some(wanted) = arguments.command else { return Wanted::Window(arguments.workspace) };
    let done = match command(arguments.workspace, arguments.json, wanted) {
        Ok(answer) => {
            if arguments.json {
                print::data(&answer.json.to_string());
            }
            ExitCode::from(answer.code)
        }
        Err(error) => failed(arguments.json, &error.message, error.hint.as_deref()),
    };
    Wanted::Done(done)
}

/// Says that the window does not open, and why.
pub fn no_window(message: &str, hint: &str) -> ExitCode {
    failed(false, message, Some(hint))
}

/// Arguments that cannot be understood; also help and version, which are no failure.
fn refused(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind;
    let text = error.render().to_string();
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        print::data(text.trim_end());
        return ExitCode::SUCCESS;
    }
    if std::env::args().any(|argument| argument == "--json") {
        let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        return failed(true, first, Some("See linkspan --help."));
    }
    print::talk(text.trim_end());
    ExitCode::from(2)
}

fn failed(json: bool, message: &str, hint: Option<&str>) -> ExitCode {
    print::talk(&format!("error: {message}"));
    if let Some(hint) = hint {
        print::talk(&format!("hint: {hint}"));
    }
    if json {
        print::data(&json!({ "error": message, "hint": hint }).to_string());
    }
    ExitCode::from(2)
}

fn command(path: Option<PathBuf>, json: bool, command: Command) -> Result<Answer> {
    let open = || Workspace::open(OpenOptions { path: path.clone(), ..OpenOptions::default() });
    match command {
        Command::PracticeOrg(what) => orgs::practice_org(what),
        Command::Practice(what) => practice::practice(&open()?, what, json),
        Command::Org(what) => orgs::org(&open()?, what),
        Command::Describe(what) => orgs::describe(&open()?, &what, json),
        Command::Query(what) => query::query(&open()?, &what),
        Command::Export(what) => export::export(&open()?, *what, json),
        Command::Exports(what) => export::exports(&open()?, &what),
        Command::Extract(what) => query::extract(&open()?, what),
        Command::Import(what) => import::import(&open()?, &what),
        Command::Run(what) => runs::run(&open()?, &what),
        Command::Sync(what) => sync::sync(&open()?, &what),
        Command::Runs => runs::list(&open()?),
        Command::Results(what) => runs::results(&open()?, &what),
        Command::Resume(what) => runs::resume(&open()?, &what),
        Command::Request(what) => runs::request(&open()?, &what),
        Command::Undo(what) => runs::undo(&open()?, &what),
        Command::Errors(what) => errors::errors(&open()?, &what),
        Command::EditErrors(what) => errors::edit(&open()?, &what),
        Command::Retry(what) => errors::retry(&open()?, &what),
        Command::Conflicts(what) => conflicts::conflicts(&open()?, &what),
        Command::ExportResults(what) => runs::export(&open()?, &what),
        Command::Jobs { org, abort } => runs::jobs(&open()?, &org, abort.as_deref()),
        Command::Integrations => integrations::list(&open()?),
        Command::Check { integration } => integrations::check(&open()?, &integration),
        Command::Preview { integration, step, rows } => integrations::preview(&open()?, &integration, step, rows),
        Command::Profile { file } => integrations::profile(&open()?, &file),
        Command::ExportIntegration(what) => integrations::export(&open()?, &what),
        Command::ImportIntegration(what) => integrations::import(&open()?, &what),
        Command::DeleteIntegration { integration } => integrations::delete(&open()?, &integration),
        Command::Activity => integrations::activity(&open()?),
        Command::Formula(what) => formula::formula(&what),
    }
}

/// A moment as text: `2026-01-02T03:04:05Z`.
fn moment(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds)
        .map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}
