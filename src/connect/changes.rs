//! A query of an org that is read only for what has changed since the last time.
//!
//! What has changed is told by `SystemModstamp`. The window read begins a little before the end of the last one, because a record may
//! be stamped before it can be seen; what comes twice for it is equal at the other end, and left alone. It ends at the org's time when
//! the run began, so that what changes while it is read comes next time. Rows come by stamp and id: a reading that breaks off goes on
//! behind its last row, also after the org has forgotten the pages. In the end the org counts what it holds for the same window.

use super::soql::QuerySettings;
use super::{ConnectError, Source};
use crate::cancel::Cancel;
use crate::record::{Batch, BatchBuilder, Field, RowNumber, Schema};
use crate::salesforce::{Org, OrgError, QueryPage, Soql, quoted};
use serde::{Deserialize, Serialize};

const STAMP: &str = "SystemModstamp";

/// Minutes that a reading looks back behind the end of the last one.
const OVERLAP: u32 = 10;

/// That a query is read only for what has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Changes {
    /// Minutes to look back behind the end of the last reading. Default 10.
    pub overlap_minutes: u32,
    /// The beginning of the window, `2026-01-02T03:04:05Z`; without one everything is read. Set for each run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The end of the window; what was stamped before it is counted in the end. Set for each run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// The org that the window is of. Set for each run.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub org_id: String,
    /// Whether what was stamped after the end of the window is read as well, as far as it is there: it comes again next time.
    #[serde(skip)]
    pub open_end: bool,
}

impl Default for Changes {
    fn default() -> Self {
        Changes { overlap_minutes: OVERLAP, since: None, until: None, org_id: String::new(), open_end: false }
    }
}

impl Changes {
    /// The window behind one that ended at `last`, up to `now`.
    pub fn after(&self, last: Option<&str>, now: &str) -> Changes {
        let since = last.and_then(|last| {
            let last: jiff::Timestamp = last.parse().ok()?;
            let since = last.checked_sub(jiff::SignedDuration::from_mins(self.overlap_minutes.into())).ok()?;
            Some(since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        });
        Changes { since, until: Some(now.to_owned()), ..self.clone() }
    }
}

/// Why a query cannot be read only for what has changed; `None` where it can.
pub fn unfit(query: &QuerySettings) -> Option<&'static str> {
    match Soql::read(&query.soql) {
        Some(soql) if soql.any_order() => None,
        _ => Some(
            "only a query of plain fields, without ORDER BY, LIMIT, OFFSET, GROUP BY or functions, can be read for what has changed",
        ),
    }
}

struct ChangedSource {
    org: Org,
    cancel: Cancel,
    deleted: bool,
    /// The query of the whole window, in its order.
    soql: Soql,
    /// The end of the window, where more than it is read.
    counted_until: Option<String>,
    schema: Schema,
    /// Columns of an answer, those that only this source needs behind the others.
    columns: Vec<String>,
    /// Places of the stamp and the id among them.
    place: [usize; 2],
    page: Option<QueryPage>,
    last: Option<[String; 2]>,
    next: RowNumber,
}

/// Asks for the window, and yields its rows.
pub(super) fn open(
    org: Org,
    query: &QuerySettings,
    changes: &Changes,
    cancel: &Cancel,
) -> Result<Box<dyn Source>, ConnectError> {
    let unfit = |why: &str| ConnectError::refused(why, "Change the query, or read all of it each time.");
    if let Some(why) = self::unfit(query) {
        return Err(unfit(why));
    }
    let mut soql = Soql::read(&query.soql).ok_or_else(|| unfit("the query cannot be read"))?;
    let own = soql.columns().unwrap_or_default();
    let mut columns = own.clone();
    let place = [STAMP, "Id"].map(|needed| {
        columns.iter().position(|column| column.eq_ignore_ascii_case(needed)).unwrap_or_else(|| {
            columns.push(needed.to_owned());
            soql.select.push(needed.to_owned());
            columns.len() - 1
        })
    });
    if let Some(since) = &changes.since {
        soql.and(&format!("{STAMP} >= {since}"));
    }
    if let Some(until) = changes.until.as_ref().filter(|_| !changes.open_end) {
        soql.and(&format!("{STAMP} < {until}"));
    }
    soql.order = Some(format!("{STAMP}, Id"));
    let page = org.query(&soql.to_string(), query.deleted, cancel)?;
    let schema = Schema {
        name: query.object().to_owned(),
        fields: own.iter().map(Field::column).collect(),
        ..Schema::default()
    };
    Ok(Box::new(ChangedSource {
        org,
        cancel: cancel.clone(),
        deleted: query.deleted,
        soql,
        counted_until: changes.until.clone().filter(|_| changes.open_end),
        schema,
        columns,
        place,
        page: Some(page),
        last: None,
        next: 1,
    }))
}

impl ChangedSource {
    /// The page behind one that said where to go on.
    fn turn(&self, next: &str) -> Result<QueryPage, ConnectError> {
        match self.org.query_more(next, &self.columns, &self.cancel) {
            // The org keeps pages for two days and a limited number of them.
            Err(error @ OrgError::Refused { .. }) => {
                tracing::warn!(%error, "a page of changes is gone, and is asked for by its place");
                let Some([stamp, id]) = &self.last else { return Err(error.into()) };
                let (mut soql, stamp, id) = (self.soql.clone(), stamp.replace("+0000", "Z"), quoted(id));
                soql.and(&format!("({STAMP} > {stamp} OR ({STAMP} = {stamp} AND Id > {id}))"));
                Ok(self.org.query(&soql.to_string(), self.deleted, &self.cancel)?)
            }
            page => Ok(page?),
        }
    }

    /// Compares what was read with what the org counts. What was changed since has left the window, so that more may have been read,
    /// and never less.
    fn reconcile(&self) -> Result<(), ConnectError> {
        let mut soql = self.soql.clone();
        if let Some(until) = &self.counted_until {
            soql.and(&format!("{STAMP} < {until}"));
        }
        let Some(count) = soql.count() else { return Ok(()) };
        let counted = self.org.query(&count, self.deleted, &self.cancel)?.total;
        let read = self.next - 1;
        if counted > read {
            return Err(ConnectError::refused(
                format!("{read} changed records were read, and the org counts {counted}"),
                "Continue the run: nothing was sent yet, and the changes are read again.",
            ));
        }
        Ok(())
    }
}

impl Source for ChangedSource {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn read(&mut self) -> Result<Option<Batch>, ConnectError> {
        let Some(page) = self.page.take() else { return Ok(None) };
        let mut builder = BatchBuilder::new(self.next, self.schema.fields.len());
        for row in &page.rows {
            row.iter().take(self.schema.fields.len()).for_each(|cell| builder.cell(cell));
            builder.end_row(self.next + builder.len() as u64, None);
        }
        if let Some(row) = page.rows.last() {
            self.last = Some(self.place.map(|at| row.get(at).cloned().unwrap_or_default()));
        }
        self.next += builder.len() as u64;
        match &page.next {
            Some(next) => self.page = Some(self.turn(next)?),
            None => self.reconcile()?,
        }
        let batch = builder.finish();
        Ok((!batch.is_empty()).then_some(batch))
    }
}
