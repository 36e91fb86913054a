//! Queries on the command line, and rows written through a mapping.

use super::args::{Extract, FormatArg, Query};
use super::orgs::stop_on_interrupt;
use super::{Answer, Result, print};
use crate::connect::SourceSettings;
use crate::connect::soql::QuerySettings;
use crate::workspace::{QueryFormat, Workspace, WorkspaceError};
use serde_json::json;

pub(super) fn query(workspace: &Workspace, what: &Query) -> Result<Answer> {
    let format = match what.format {
        FormatArg::Csv => QueryFormat::Csv,
        FormatArg::Json => QueryFormat::Json,
    };
    let cancel = stop_on_interrupt()?;
    let rows = match &what.output {
        None => {
            let mut out = std::io::stdout().lock();
            workspace.query(&what.alias, &what.soql, what.bulk, format, &mut out, &cancel)?
        }
        Some(path) => super::export::to_file(workspace, what, path, &cancel)?.rows,
    };
    print::talk(&format!("{rows} rows"));
    Ok(Answer::ok(json!({ "rows": rows, "output": what.output })))
}

pub(super) fn extract(workspace: &Workspace, what: Extract) -> Result<Answer> {
    let source = match (what.org, what.soql, what.file) {
        (Some(org), Some(soql), _) => SourceSettings::Query(QuerySettings { org, soql, deleted: false, changes: None }),
        (_, _, Some(file)) => workspace.inspect(&file)?.settings.into(),
        _ => {
            return Err(WorkspaceError::new("there is nothing to read from").hint("Give --org with --soql, or --file."));
        }
    };
    let mapping = workspace.read_mapping(&what.mapping)?;
    let extracted = workspace.extract(&source, &mapping, &what.output, &stop_on_interrupt()?)?;
    for (row, line, why) in &extracted.why {
        let line = json!({ "row": row, "line": line, "code": why.code, "column": why.column, "message": why.message, "hint": why.hint });
        print::data(&line.to_string());
    }
    let (rows, written, held) = (extracted.rows, extracted.written, extracted.held);
    print::talk(&format!("{rows} read = {written} written + {held} held"));
    let json = json!({ "rows": rows, "written": written, "held": held, "output": what.output });
    Ok(Answer { code: u8::from(held > 0), ..Answer::ok(json) })
}
