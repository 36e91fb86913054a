//! Queries on the command line.

use super::args::{FormatArg, Query};
use super::orgs::stop_on_interrupt;
use super::{Answer, Result, print};
use crate::workspace::{QueryFormat, Workspace, WorkspaceError};
use serde_json::json;
use std::io::{BufWriter, Write};

pub(super) fn query(workspace: &Workspace, what: &Query) -> Result<Answer> {
    let format = match what.format {
        FormatArg::Csv => QueryFormat::Csv,
        FormatArg::Json => QueryFormat::Json,
    };
    let cancel = stop_on_interrupt()?;
    let run = |out: &mut dyn Write| workspace.query(&what.alias, &what.soql, what.bulk, format, out, &cancel);
    let rows = match &what.output {
        None => run(&mut std::io::stdout().lock())?,
        Some(path) => {
            let failed = |error: std::io::Error| {
                WorkspaceError::new(format!("{} cannot be written: {error}", path.display()))
                    .hint("Check that the folder exists and that you may write there.")
            };
            // The file appears whole or not at all.
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let file = tempfile::NamedTempFile::new_in(folder.unwrap_or(std::path::Path::new("."))).map_err(failed)?;
            let mut out = BufWriter::new(file);
            let rows = run(&mut out)?;
            let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
            file.persist(path).map_err(|error| failed(error.error))?;
            rows
        }
    };
    print::talk(&format!("{rows} rows"));
    Ok(Answer::ok(json!({ "rows": rows, "output": what.output })))
}
