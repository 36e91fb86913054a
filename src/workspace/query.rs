//! Queries, written row by row to wherever they are wanted.

use super::{Workspace, WorkspaceError};
use crate::cancel::Cancel;
use crate::salesforce::{JobState, Org, OrgError, QueryPage};
use std::io::Write;
use std::time::Duration;

/// How the rows of a query are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueryFormat {
    /// CSV with a header line: UTF-8, commas, LF.
    #[default]
    Csv,
    /// A JSON object a line; values are text, blanks are null.
    Json,
}

impl Workspace {
    /// Runs a query and writes its rows to `out`; gives back how many there were.
    pub fn query(
        &self,
        alias: &str,
        soql: &str,
        bulk: bool,
        format: QueryFormat,
        out: &mut dyn Write,
        cancel: &Cancel,
    ) -> Result<u64, WorkspaceError> {
        let org = self.connect(alias)?;
        let mut rows = Rows { format, out, header: false, count: 0, failed: None };
        if bulk {
            bulk_query(&org, soql, &mut rows, cancel)?;
        } else {
            org.query_pages(soql, false, cancel, &mut |page| rows.take(page))?;
        }
        self.note_usage(alias, &org)?;
        match rows.failed {
            Some(error) => Err(WorkspaceError::new(format!("the rows cannot be written: {error}"))
                .hint("Check that the disk has space and that the reader is still there.")),
            None => Ok(rows.count),
        }
    }
}

struct Rows<'a> {
    format: QueryFormat,
    out: &'a mut dyn Write,
    header: bool,
    count: u64,
    failed: Option<std::io::Error>,
}

impl Rows<'_> {
    fn take(&mut self, page: QueryPage) {
        // COUNT() has no rows; its answer is the count.
        let page = if page.columns.is_empty() && page.rows.is_empty() && page.total > 0 {
            QueryPage { columns: vec!["COUNT()".to_owned()], rows: vec![vec![page.total.to_string()]], ..page }
        } else {
            page
        };
        if self.failed.is_none()
            && let Err(error) = self.write(&page)
        {
            self.failed = Some(error);
        }
    }

    fn write(&mut self, page: &QueryPage) -> std::io::Result<()> {
        match self.format {
            QueryFormat::Csv => {
                let mut csv = csv::Writer::from_writer(&mut *self.out);
                if !std::mem::replace(&mut self.header, true) {
                    csv.write_record(&page.columns)?;
                }
                for row in &page.rows {
                    csv.write_record(row)?;
                }
                csv.flush()?;
            }
            QueryFormat::Json => {
                for row in &page.rows {
                    let object: serde_json::Map<_, _> = page
                        .columns
                        .iter()
                        .zip(row)
                        .map(|(column, cell)| {
                            let value = if cell.is_empty() { serde_json::Value::Null } else { cell.as_str().into() };
                            (column.clone(), value)
                        })
                        .collect();
                    writeln!(self.out, "{}", serde_json::Value::Object(object))?;
                }
            }
        }
        self.count += page.rows.len() as u64;
        Ok(())
    }
}

/// A query through the Bulk API. There is no time limit: the job's own end is awaited.
fn bulk_query(org: &Org, soql: &str, rows: &mut Rows<'_>, cancel: &Cancel) -> Result<(), WorkspaceError> {
    let job = org.open_query(soql, false, cancel)?;
    let mut wait = Duration::from_millis(100);
    loop {
        let info = org.query_job(&job, cancel)?;
        match info.state {
            JobState::Complete => break,
            state if state.ended() => {
                return Err(WorkspaceError::new(format!(
                    "Salesforce ended the query with: {}",
                    info.error.unwrap_or_default()
                ))
                .hint("Bulk queries take no GROUP BY, OFFSET, TYPEOF, aggregates or child queries."));
            }
            _ => {}
        }
        if cancel.sleep(wait).is_err() {
            org.abort_query(&job, crate::salesforce::Stop::when_forced(cancel))?;
            return Err(OrgError::Cancelled.into());
        }
        wait = (wait * 2).min(Duration::from_secs(5));
    }
    let mut next = None;
    loop {
        let (page, locator) = org.query_page(&job, next.as_deref(), cancel)?;
        let mut reader = csv::Reader::from_reader(page);
        let broken = |error: csv::Error| WorkspaceError::new(format!("the query's rows cannot be read: {error}"));
        let columns = reader.headers().map_err(broken)?.iter().map(str::to_owned).collect::<Vec<_>>();
        let mut page = QueryPage { columns, ..QueryPage::default() };
        for record in reader.records() {
            page.rows.push(record.map_err(broken)?.iter().map(str::to_owned).collect());
            if page.rows.len() >= 2_000 {
                rows.take(QueryPage {
                    columns: page.columns.clone(),
                    rows: std::mem::take(&mut page.rows),
                    ..page.clone()
                });
            }
        }
        rows.take(page);
        match locator {
            Some(locator) => next = Some(locator),
            None => return Ok(()),
        }
    }
}
