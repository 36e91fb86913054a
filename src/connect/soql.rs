//! A query of an org as a source: page after page, in the org's own spelling of values.

use super::changes::{self, Changes};
use super::{ConnectError, Source};
use crate::cancel::Cancel;
use crate::record::{Batch, BatchBuilder, Field, RowNumber, Schema};
use crate::salesforce::{Org, QueryPage};
use serde::{Deserialize, Serialize};

/// A query and the org that answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuerySettings {
    /// Alias of the org that rows come from.
    pub org: String,
    /// The query.
    pub soql: String,
    /// Whether records in the recycle bin, and archived activities, come too. Default false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// Whether only what has changed since the last run is read, and how. Default: everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
}

impl QuerySettings {
    /// The object that is queried, as the query spells it; blank where the query has none.
    pub fn object(&self) -> &str {
        let mut words = self.soql.split_whitespace();
        words.find(|word| word.eq_ignore_ascii_case("from")).and_then(|_| words.next()).unwrap_or_default()
    }
}

struct QuerySource {
    org: Org,
    cancel: Cancel,
    schema: Schema,
    columns: Vec<String>,
    page: Option<QueryPage>,
    next: RowNumber,
}

/// Asks the query, and yields its rows.
pub fn open(org: Org, settings: &QuerySettings, cancel: &Cancel) -> Result<Box<dyn Source>, ConnectError> {
    if let Some(changes) = &settings.changes {
        return changes::open(org, settings, changes, cancel);
    }
    let page = org.query(&settings.soql, settings.deleted, cancel)?;
    let schema = Schema {
        name: settings.object().to_owned(),
        fields: page.columns.iter().map(Field::column).collect(),
        ..Schema::default()
    };
    let columns = page.columns.clone();
    Ok(Box::new(QuerySource { org, cancel: cancel.clone(), schema, columns, page: Some(page), next: 1 }))
}

impl Source for QuerySource {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn read(&mut self) -> Result<Option<Batch>, ConnectError> {
        let Some(page) = self.page.take() else { return Ok(None) };
        let mut builder = BatchBuilder::new(self.next, self.columns.len());
        for row in &page.rows {
            row.iter().for_each(|cell| builder.cell(cell));
            // A query has no lines: a row is known by its number.
            builder.end_row(self.next + builder.len() as u64, None);
        }
        self.next += builder.len() as u64;
        if let Some(next) = &page.next {
            self.page = Some(self.org.query_more(next, &self.columns, &self.cancel)?);
        }
        let batch = builder.finish();
        Ok((!batch.is_empty()).then_some(batch))
    }
}
