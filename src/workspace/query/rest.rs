//! Rows by REST: page after page, and on from the last row when Salesforce has forgotten the pages.
//!
//! A place between two pages lives for two days, and for fewer when many are open. A query that asks for no order is therefore asked in the
//! order of its ids, so that it can always go on behind the last row.

use super::super::WorkspaceError;
use super::{Asking, Cells, Failed, Hear, News, Place, QueryError, QueryRows, RestPlace, Step, patient};
use crate::salesforce::{OrgError, QueryPage, Soql, quoted};

/// Reads by REST.
pub(in crate::workspace) struct RestRows {
    asking: Asking,
    /// The query in the order of ids, where it may be asked so.
    by_id: Option<ById>,
    next: Next,
    columns: Vec<String>,
    last: Option<String>,
    total: Option<u64>,
}

struct ById {
    soql: Soql,
    /// Which column the id is in.
    column: usize,
    /// Whether the query itself does not ask for it.
    hidden: bool,
}

#[derive(Debug)]
enum Next {
    /// From the beginning, or from behind the last row.
    Ask,
    /// This page.
    Page(String),
    /// There is nothing more.
    Nothing,
}

impl RestRows {
    /// From the beginning, or from a place.
    pub(in crate::workspace) fn new(asking: Asking, place: Option<RestPlace>) -> RestRows {
        let by_id = Soql::read(&asking.soql).filter(Soql::any_order).map(|mut soql| {
            let columns = soql.columns().unwrap_or_default();
            let column = columns.iter().position(|column| column.eq_ignore_ascii_case("Id"));
            if column.is_none() {
                soql.select.push("Id".to_owned());
            }
            ById { soql, column: column.unwrap_or(columns.len()), hidden: column.is_none() }
        });
        let place = place.unwrap_or_default();
        RestRows {
            asking,
            by_id,
            next: place.page.map_or(Next::Ask, Next::Page),
            columns: place.columns,
            last: place.after,
            total: None,
        }
    }

    fn ask(&self, hear: &mut Hear<'_>) -> Result<QueryPage, Failed<OrgError>> {
        let Asking { org, soql, deleted, cancel } = &self.asking;
        let soql = match &self.by_id {
            None => soql.clone(),
            Some(by_id) => {
                let mut soql = by_id.soql.clone();
                if let Some(last) = &self.last {
                    soql.and(&format!("Id > {}", quoted(last)));
                }
                soql.order = Some("Id".to_owned());
                soql.to_string()
            }
        };
        patient(cancel, hear, || org.query(&soql, *deleted, cancel))
    }

    fn page(&mut self, page: QueryPage) -> Vec<Cells> {
        // COUNT() has no rows; its answer is the count.
        if page.columns.is_empty() && page.rows.is_empty() && page.total > 0 {
            self.columns = vec!["COUNT()".to_owned()];
            self.next = Next::Nothing;
            self.total = Some(1);
            return vec![Cells::from(vec![page.total.to_string()])];
        }
        if self.columns.is_empty() {
            self.columns = page.columns;
            if self.by_id.as_ref().is_some_and(|by_id| by_id.hidden) {
                self.columns.pop();
            }
        }
        self.total.get_or_insert(page.total);
        if let Some((by_id, row)) = self.by_id.as_ref().zip(page.rows.last()) {
            self.last = row.get(by_id.column).cloned();
        }
        self.next = page.next.map_or(Next::Nothing, Next::Page);
        let width = self.columns.len();
        let rows: Vec<Cells> = page.rows.iter().map(|row| row.iter().take(width).collect()).collect();
        rows
    }
}

impl QueryRows for RestRows {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self, hear: &mut Hear<'_>) -> Result<Step, QueryError> {
        let page = match &self.next {
            Next::Nothing => return Ok(Step::End),
            Next::Ask => self.ask(hear)?,
            Next::Page(next) => {
                let mut columns = self.columns.clone();
                if self.by_id.as_ref().is_some_and(|by_id| by_id.hidden) {
                    columns.push("Id".to_owned());
                }
                let Asking { org, cancel, .. } = &self.asking;
                match patient(cancel, hear, || org.query_more(next, &columns, cancel)) {
                    Ok(page) => page,
                    Err(failed) if forgotten(&failed.error) => {
                        let Some(last) = self.by_id.as_ref().and(self.last.clone()) else {
                            let why = "Salesforce has forgotten where the answer went on: it remembers for two days, and only the \
                                       ten latest queries";
                            return Err(QueryError::Gone(why.to_owned()));
                        };
                        hear(News::Note(format!(
                            "Salesforce has forgotten where the answer went on; asked again for what comes after {last}"
                        )));
                        self.ask(hear)?
                    }
                    Err(failed) => return Err(failed.into()),
                }
            }
        };
        Ok(Step::Rows(self.page(page)))
    }

    fn place(&self) -> Option<Place> {
        let page = match &self.next {
            Next::Ask if self.last.is_none() => return None,
            Next::Ask | Next::Nothing => None,
            Next::Page(page) => Some(page.clone()),
        };
        Some(Place::Rest(RestPlace { page, after: self.last.clone(), columns: self.columns.clone() }))
    }

    fn total(&self) -> Option<u64> {
        self.total
    }
}

/// Whether a page is no longer there.
fn forgotten(error: &OrgError) -> bool {
    error.has_code("INVALID_QUERY_LOCATOR")
        || error.refusal().is_some_and(|refusal| refusal.status == 404 && !matches!(error, OrgError::Busy { .. }))
}

impl From<OrgError> for QueryError {
    fn from(error: OrgError) -> QueryError {
        match error {
            OrgError::Cancelled => QueryError::Cancelled,
            error => QueryError::Failed(WorkspaceError::from(error)),
        }
    }
}
