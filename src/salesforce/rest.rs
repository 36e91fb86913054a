//! sObject collections: up to 200 rows a call, answered at once, row by row in the order sent.

use super::{Ask, Exchange, Org, OrgError, Stop, escaped, wire};
use reqwest::Method;
use std::time::Instant;

/// What to do with the records of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write<'a> {
    /// Make them.
    Create,
    /// Change them; each has its `Id`.
    Update,
    /// Delete them; the body is their ids with commas between them.
    Delete,
    /// Change those found by a field, make the others.
    Upsert {
        /// The object.
        object: &'a str,
        /// The external id or lookup field.
        key: &'a str,
    },
}

/// What goes along with a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteOptions {
    /// Whether one refused row takes all others back.
    pub all_or_none: bool,
    /// Whether active assignment rules run; `None` leaves it to Salesforce, which runs them.
    pub assignment_rules: Option<bool>,
    /// Whether to save what a duplicate rule only warns about.
    pub save_duplicates: bool,
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowResult {
    /// The record's id, where there is one.
    pub id: Option<String>,
    /// Whether it was done.
    pub success: bool,
    /// Whether an upsert made the record.
    pub created: Option<bool>,
    /// Why not, if it was not done.
    pub errors: Vec<RowError>,
}

/// Why a row was refused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowError {
    /// Salesforce's code.
    pub code: String,
    /// Its words.
    pub message: String,
    /// The fields it names.
    pub fields: Vec<String>,
}

impl Org {
    /// Writes records. `records` are JSON objects with commas between them, each with its `attributes`; results come in their
    /// order. An error means the call as a whole; `Lost` that it may have been done.
    pub fn write(
        &self,
        write: Write<'_>,
        records: &[u8],
        options: &WriteOptions,
        stop: impl Into<Stop>,
    ) -> Result<(Vec<RowResult>, Exchange), OrgError> {
        let stop = &stop.into();
        let (method, resource) = match write {
            Write::Create => (Method::POST, "composite/sobjects".to_owned()),
            Write::Update => (Method::PATCH, "composite/sobjects".to_owned()),
            Write::Delete => return self.delete(&String::from_utf8_lossy(records), options, stop),
            Write::Upsert { object, key } => {
                (Method::PATCH, format!("composite/sobjects/{}/{}", escaped(object), escaped(key)))
            }
        };
        let opening = format!("{{\"allOrNone\":{},\"records\":[", options.all_or_none);
        let body = [opening.as_bytes(), records, b"]}"].concat();
        self.results(with_options(Ask::json(method, self.path(&resource, stop)?, body, stop), options))
    }

    /// Changes one record, if nobody has changed it since `since`, a date as HTTP says it. `record` is its fields as a JSON object.
    pub fn update_unmodified(
        &self,
        object: &str,
        id: &str,
        record: String,
        since: &str,
        options: &WriteOptions,
        stop: impl Into<Stop>,
    ) -> Result<(RowResult, Exchange), OrgError> {
        let stop = &stop.into();
        let resource = self.path(&format!("sobjects/{}/{}", escaped(object), escaped(id)), stop)?;
        let ask = Ask::json(Method::PATCH, resource, record, stop).header("if-unmodified-since", since);
        let ask = with_options(ask, options);
        let begun = Instant::now();
        let answer = self.answer(&ask)?;
        let exchange = Exchange::of(&ask, &answer, begun.elapsed());
        let result = match answer.status {
            200..=299 => RowResult { id: Some(id.to_owned()), success: true, ..RowResult::default() },
            // The record itself is refused; anything else is about the call.
            400 | 404 | 412 => {
                let items: Vec<wire::ErrorItem> = self.read_json(&ask, &answer)?;
                RowResult { errors: items.into_iter().map(row_error).collect(), ..RowResult::default() }
            }
            _ => return Err(self.refused(&ask, &answer)),
        };
        Ok((result, exchange))
    }

    fn delete(&self, ids: &str, options: &WriteOptions, stop: &Stop) -> Result<(Vec<RowResult>, Exchange), OrgError> {
        let ids = escaped(ids).replace("%2C", ",");
        let resource = format!("composite/sobjects?ids={ids}&allOrNone={}", options.all_or_none);
        let ask = Ask { method: Method::DELETE, repeatable: false, ..Ask::get(self.path(&resource, stop)?, stop) };
        self.results(with_options(ask, options))
    }

    fn results(&self, ask: Ask<'_>) -> Result<(Vec<RowResult>, Exchange), OrgError> {
        let begun = Instant::now();
        let answer = self.ask(&ask)?;
        let items: Vec<wire::CollectionItem> = self.read_json(&ask, &answer)?;
        let exchange = Exchange::of(&ask, &answer, begun.elapsed());
        Ok((items.into_iter().map(row_result).collect(), exchange))
    }
}

fn with_options<'a>(mut ask: Ask<'a>, options: &WriteOptions) -> Ask<'a> {
    if let Some(rules) = options.assignment_rules {
        ask = ask.header("sforce-auto-assign", if rules { "TRUE" } else { "FALSE" });
    }
    if options.save_duplicates {
        ask = ask.header("sforce-duplicate-rule-header", "allowSave=true");
    }
    ask
}

fn row_error(error: wire::ErrorItem) -> RowError {
    RowError { code: error.code(), message: error.message, fields: error.fields }
}

fn row_result(item: wire::CollectionItem) -> RowResult {
    RowResult {
        id: item.id.filter(|id| !id.is_empty()),
        success: item.success,
        created: item.created,
        errors: item.errors.into_iter().map(row_error).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_in_all_their_forms() {
        let json = r#"[{"id":"001A","success":true,"errors":[]},{"id":"001B","success":true,"errors":[],"created":false},
            {"success":false,"errors":[{"statusCode":"REQUIRED_FIELD_MISSING","message":"Required fields are missing: [Name]","fields":["Name"]}]},
            {"id":"001C","success":false,"errors":[{"statusCode":"X","message":null,"fields":null}]}]"#;
        let results: Vec<wire::CollectionItem> = serde_json::from_str(json).unwrap();
        let results: Vec<RowResult> = results.into_iter().map(row_result).collect();
        assert_eq!((results[0].id.as_deref(), results[0].created), (Some("001A"), None));
        assert_eq!(results[1].created, Some(false));
        assert_eq!(results[2].errors[0].fields, ["Name"]);
        assert_eq!((results[3].success, results[3].errors[0].message.as_str()), (false, ""));
    }
}
