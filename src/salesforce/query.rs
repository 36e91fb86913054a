//! Queries: pages of rows as text, with parents flattened into columns such as `Account.Name`.

use super::{Ask, Org, OrgError, Soql, Stop, escaped, number, wire};
use serde_json::{Map, Value};

/// Longest address of a call; Salesforce refuses address and headers above 16,384 bytes together.
const LONGEST_ADDRESS: usize = 14_000;

/// Some rows of a query's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryPage {
    /// Columns, in the order asked for; the same on every page of a query whose select list names plain fields.
    pub columns: Vec<String>,
    /// A cell for each column; blank where there is no value. Child records stay JSON text.
    pub rows: Vec<Vec<String>>,
    /// Rows of all pages together; for `COUNT()` the count itself.
    pub total: u64,
    /// Where the next page is; `None` on the last.
    pub next: Option<String>,
}

/// A text as a literal of a query, quotes included.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for letter in text.chars() {
        match letter {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            other => out.push(other),
        }
    }
    out.push('\'');
    out
}

impl Org {
    /// The first page of a query. `deleted`: with what is in the recycle bin, and archived activities.
    pub fn query(&self, soql: &str, deleted: bool, stop: impl Into<Stop>) -> Result<QueryPage, OrgError> {
        let answer = self.query_answer(soql, deleted, &stop.into())?;
        Ok(page(answer, Soql::read(soql).and_then(|soql| soql.columns())))
    }

    /// The page at [`QueryPage::next`]. `columns` are those of the page before.
    pub fn query_more(&self, next: &str, columns: &[String], stop: impl Into<Stop>) -> Result<QueryPage, OrgError> {
        let answer = self.ask_json(&Ask::get(next.to_owned(), &stop.into()))?;
        Ok(page(answer, Some(columns.to_vec())))
    }

    /// All pages of a query, one after the other.
    pub fn query_pages(
        &self,
        soql: &str,
        deleted: bool,
        stop: impl Into<Stop>,
        take: &mut dyn FnMut(QueryPage),
    ) -> Result<(), OrgError> {
        let stop = &stop.into();
        let mut page = self.query(soql, deleted, stop.clone())?;
        while let Some(next) = page.next.take() {
            let columns = page.columns.clone();
            take(page);
            page = self.query_more(&next, &columns, stop.clone())?;
        }
        take(page);
        Ok(())
    }

    pub(super) fn query_answer(&self, soql: &str, deleted: bool, stop: &Stop) -> Result<wire::QueryAnswer, OrgError> {
        let soql = soql.trim();
        let resource = if deleted { "queryAll" } else { "query" };
        let path = format!("{}?q={}", self.path(resource, stop)?, escaped(soql));
        if path.len() > LONGEST_ADDRESS {
            return Err(OrgError::Unaskable {
                why: format!("the query is too long: {} characters", soql.chars().count()),
                hint: "Ask for fewer fields or values at once, or use the Bulk API.".to_owned(),
            });
        }
        self.ask_json(&Ask::get(path, stop))
    }
}

/// The rows of an answer under `columns`, or under the columns found in it.
fn page(answer: wire::QueryAnswer, columns: Option<Vec<String>>) -> QueryPage {
    let columns = columns.unwrap_or_else(|| columns_found(&answer.records));
    let text = |record, column: &String| at(record, column).map(cell).unwrap_or_default();
    let rows =
        answer.records.iter().map(|record| columns.iter().map(|column| text(record, column)).collect()).collect();
    let next = answer.next_records_url.filter(|_| !answer.done);
    QueryPage { columns, rows, total: answer.total_size, next }
}

/// The value at a path such as `Account.Owner.Name`.
fn at<'a>(record: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = get(record, path) {
        return Some(value);
    }
    let (parent, rest) = path.split_once('.')?;
    match get(record, parent)? {
        Value::Object(parent) => at(parent, rest),
        _ => None,
    }
}

fn get<'a>(record: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    // Answers spell names as the org does, whatever the query wrote.
    record.get(name).or_else(|| record.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// A value as the text of a cell: numbers without exponent, child records and addresses as JSON.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(truth) => truth.to_string(),
        Value::String(text) => text.clone(),
        Value::Number(digits) => {
            let digits = digits.to_string();
            number::plain_number(&digits).unwrap_or(digits)
        }
        Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// The columns that the records themselves show, in the order of their fields.
fn columns_found(records: &[Map<String, Value>]) -> Vec<String> {
    let mut columns = Vec::new();
    for record in records {
        gather(record, "", &mut columns);
    }
    // A parent that is missing in one record and there in another is known by its fields.
    let known: Vec<String> =
        columns.iter().filter_map(|column| column.rsplit_once('.').map(|(parent, _)| parent.to_owned())).collect();
    columns.retain(|column| !known.contains(column));
    columns
}

fn gather(record: &Map<String, Value>, prefix: &str, columns: &mut Vec<String>) {
    for (name, value) in record {
        let path = format!("{prefix}{name}");
        match value {
            _ if name == "attributes" => {}
            Value::Object(parent) if parent.contains_key("attributes") => gather(parent, &format!("{path}."), columns),
            _ if columns.contains(&path) => {}
            _ => columns.push(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, soql: &str) -> QueryPage {
        page(serde_json::from_str(json).unwrap(), Soql::read(soql).and_then(|soql| soql.columns()))
    }

    const CONTACTS: &str = r#"{"totalSize":2,"done":false,"nextRecordsUrl":"/services/data/v67.0/query/0r8-2000","records":[
        {"attributes":{"type":"Contact","url":"/x"},"Id":"003A","Account":null,"HasOptedOutOfEmail":false,"Cases":null},
        {"attributes":{"type":"Contact","url":"/y"},"Id":"003B","Account":{"attributes":{"type":"Account"},"Name":"Acme",
         "AnnualRevenue":9.12260031E8,"Owner":{"attributes":{"type":"User"},"Name":"Anna"}},"HasOptedOutOfEmail":true,
         "Cases":{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Case"},"Id":"500A"}]}}]}"#;

    #[test]
    fn parents_are_columns_and_children_stay_json() {
        let page = read(CONTACTS, "SELECT FIELDS(ALL), (SELECT Id FROM Cases) FROM Contact");
        assert_eq!(
            page.columns,
            ["Id", "HasOptedOutOfEmail", "Cases", "Account.Name", "Account.AnnualRevenue", "Account.Owner.Name"]
        );
        assert_eq!(page.rows[0], ["003A", "false", "", "", "", ""]);
        assert_eq!(page.rows[1][3..], ["Acme", "912260031", "Anna"]);
        assert!(page.rows[1][2].contains("\"500A\""));
        assert_eq!((page.total, page.next.as_deref()), (2, Some("/services/data/v67.0/query/0r8-2000")));
    }

    #[test]
    fn columns_of_plain_fields_follow_the_query_even_where_all_parents_are_missing() {
        let page = read(CONTACTS, " select id, c.Account.owner.NAME\n from Contact c where Id != null");
        assert_eq!(page.columns, ["id", "Account.owner.NAME"]);
        assert_eq!(page.rows, [["003A", ""], ["003B", "Anna"]]);
    }

    #[test]
    fn texts_become_literals() {
        assert_eq!(quoted("O'Hara\\n\n"), "'O\\'Hara\\\\n\\n'");
    }

    #[test]
    fn a_count_has_no_columns() {
        let page = read(r#"{"totalSize":42,"done":true,"records":[]}"#, "SELECT COUNT() FROM Account");
        assert_eq!((page.total, page.columns.len(), page.rows.len()), (42, 0, 0));
    }
}
