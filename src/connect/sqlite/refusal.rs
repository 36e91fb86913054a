//! Why a database refused a row, in words that name the column and what to do.

use super::quoted;
use super::table::Table;
use crate::record::Rejection;
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, ffi, params_from_iter};

/// The code of a row that is the same as another where it must differ.
pub(super) const NOT_UNIQUE: &str = "not_unique";

/// The reason of a row that the database refused; `None` where the error is about more than the row. `given` are the columns that the
/// row would set, with their values.
pub(super) fn of_row(
    database: &Connection,
    table: &Table,
    given: &[(&str, &Value)],
    error: &rusqlite::Error,
) -> Option<Rejection> {
    let rusqlite::Error::SqliteFailure(failure, words) = error else { return None };
    let words = words.as_deref().unwrap_or_default();
    match failure.code {
        ErrorCode::ConstraintViolation => Some(violated(database, table, given, failure.extended_code, words)),
        ErrorCode::TypeMismatch => Some(no_number(table)),
        ErrorCode::TooBig => {
            let message = format!("the row is larger than {} takes", table.name);
            Some(Rejection::new("too_big", message).hint("Shorten its longest text."))
        }
        _ => None,
    }
}

fn violated(database: &Connection, table: &Table, given: &[(&str, &Value)], code: i32, words: &str) -> Rejection {
    let columns = || columns_of(table, words);
    match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            not_unique(table, &columns(), given, words)
        }
        ffi::SQLITE_CONSTRAINT_NOTNULL => {
            let names = columns();
            let message = format!("{} must have a value in every row of {}", names.join(" and "), table.name);
            about(Rejection::new("required_blank", message), &names).hint("Fill the cell, or map a constant.")
        }
        ffi::SQLITE_CONSTRAINT_CHECK => {
            let rule = words.split_once(": ").map_or(words, |(_, rule)| rule);
            let message = format!("the row breaks a rule of {}: {rule}", table.name);
            let named = given.iter().map(|(name, _)| (*name).to_owned()).filter(|name| mentions(rule, name));
            about(Rejection::new("check", message), &named.collect::<Vec<_>>())
                .hint("Correct the value; the rule is a CHECK of the table.")
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => foreign(database, table, given),
        ffi::SQLITE_CONSTRAINT_TRIGGER => {
            let message = format!("a trigger of {} refused the row: {words}", table.name);
            Rejection::new("trigger", message)
                .hint("Correct the row as the trigger asks, or ask whoever keeps the database.")
        }
        ffi::SQLITE_CONSTRAINT_DATATYPE => {
            let names = columns_of(table, words.rsplit_once(' ').map_or(words, |(_, column)| column));
            let message = match names.first().and_then(|name| table.column(name)) {
                Some(column) => format!("{} takes only values of the type {}", column.name, column.declared),
                None => format!("a column of {} takes only values of its type: {words}", table.name),
            };
            about(Rejection::new("wrong_kind", message), &names)
                .hint("Correct the value, or convert it in the mapping.")
        }
        _ => Rejection::new("refused", format!("{} refused the row: {words}", table.name))
            .hint("Correct the row, or ask whoever keeps the database."),
    }
}

fn not_unique(table: &Table, names: &[String], given: &[(&str, &Value)], words: &str) -> Rejection {
    if names.is_empty() {
        let message = format!("another row of {} is the same where it must differ: {words}", table.name);
        return Rejection::new(NOT_UNIQUE, message).hint("Give the row values of its own.");
    }
    let told = |name: &String| {
        let value = given.iter().find(|(given, _)| given == name).map(|(_, value)| shown(value));
        value.map_or_else(|| name.clone(), |value| format!("{name} {value}"))
    };
    let what = names.iter().map(told).collect::<Vec<_>>().join(" and ");
    about(Rejection::new(NOT_UNIQUE, format!("another row of {} has the same {what}", table.name)), names)
        .hint("Give the row a value of its own, or find records by this column and update them.")
}

/// The reason of a row that points to nothing, or that others point to.
fn foreign(database: &Connection, table: &Table, given: &[(&str, &Value)]) -> Rejection {
    let missing = links(database, table).into_iter().flatten().find(|link| link.is_broken(database, given));
    match missing {
        Some(link) => {
            let names = link.from.join(" and ");
            let values = given.iter().filter(|(name, _)| link.from.iter().any(|from| from == name));
            let values = values.map(|(_, value)| shown(value)).collect::<Vec<_>>().join(" and ");
            let message = format!("{names} points to a row of {}, and there is none for {values}", link.to);
            about(Rejection::new("no_parent", message), &link.from)
                .hint(format!("Put the row into {} first, or correct the value.", link.to))
        }
        None => Rejection::new("has_children", format!("rows of other tables point to this row of {}", table.name))
            .hint("Delete or change those rows first."),
    }
}

/// The reason of a row whose end shows only with the whole delivery: a foreign key that is checked late.
pub(super) fn late(table: &Table) -> Rejection {
    let message =
        format!("with this row, {} or a table that points to it would point to a row that is not there", table.name);
    Rejection::new("no_parent", message)
        .hint("Put the row that it points to into its table first, or correct the value.")
}

/// A foreign key of a table.
struct ForeignKey {
    to: String,
    from: Vec<String>,
    columns: Vec<String>,
}

impl ForeignKey {
    /// Whether these values point to nothing.
    fn is_broken(&self, database: &Connection, given: &[(&str, &Value)]) -> bool {
        let values: Option<Vec<&Value>> = self
            .from
            .iter()
            .map(|from| given.iter().find(|(name, _)| name == from).map(|(_, value)| *value))
            .map(|value| value.filter(|value| **value != Value::Null))
            .collect();
        let to = self.columns.iter().enumerate();
        let tests: Vec<_> = to.map(|(at, column)| format!("{} = ?{}", quoted(column), at + 1)).collect();
        let asked = format!("SELECT NOT EXISTS (SELECT 1 FROM {} WHERE {})", quoted(&self.to), tests.join(" AND "));
        // What cannot be asked is not to blame.
        values.is_some_and(|values| {
            database.query_row(&asked, params_from_iter(values), |row| row.get(0)).unwrap_or(false)
        })
    }
}

fn links(database: &Connection, table: &Table) -> rusqlite::Result<Vec<ForeignKey>> {
    let mut query = database.prepare_cached(
        "SELECT id, \"table\", \"from\", coalesce(\"to\", \
             (SELECT name FROM pragma_table_info(links.\"table\") WHERE pk = links.seq + 1)) \
         FROM pragma_foreign_key_list(?1) AS links ORDER BY id, seq",
    )?;
    let mut links: Vec<(i64, ForeignKey)> = Vec::new();
    let mut rows = query.query([&table.name])?;
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        if links.last().is_none_or(|(last, _)| *last != id) {
            links.push((id, ForeignKey { to: row.get(1)?, from: Vec::new(), columns: Vec::new() }));
        }
        if let Some((_, link)) = links.last_mut() {
            link.from.push(row.get(2)?);
            link.columns.push(row.get(3)?);
        }
    }
    Ok(links.into_iter().map(|(_, link)| link).collect())
}

/// The columns that SQLite names: `UNIQUE constraint failed: customers.email, customers.name`.
fn columns_of(table: &Table, words: &str) -> Vec<String> {
    let list = words.split_once(": ").map_or(words, |(_, list)| list);
    let prefix = format!("{}.", table.name);
    let named = list.split(", ").filter_map(|part| table.column(part.strip_prefix(&prefix)?));
    named.map(|column| column.name.clone()).collect()
}

fn about(rejection: Rejection, names: &[String]) -> Rejection {
    names.iter().fold(rejection, |rejection, name| rejection.field(name))
}

/// Whether a rule speaks of a column.
fn mentions(rule: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    rule.match_indices(name).any(|(at, _)| !rule[..at].ends_with(part) && !rule[at + name.len()..].starts_with(part))
}

fn no_number(table: &Table) -> Rejection {
    Rejection::new("wrong_kind", format!("{} holds the number of a row, and takes whole numbers only", table.key))
        .field(&table.key)
        .hint("Map a column with whole numbers to it, or leave it out: the database gives the next number itself.")
}

/// A value as a person sees it, cut where it would drown the message.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Blob(bytes) => format!("{} bytes", bytes.len()),
        Value::Text(text) => match text.char_indices().nth(60) {
            Some((at, _)) => format!("\"{}…\"", &text[..at]),
            None => format!("\"{text}\""),
        },
    }
}
