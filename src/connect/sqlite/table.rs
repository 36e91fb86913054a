//! What a table of a database consists of: its columns, which of them tells its rows apart, and what may be written.

use super::{quoted, tables_of};
use crate::connect::ConnectError;
use crate::record::{Field, Kind, Schema};
use rusqlite::{Connection, OptionalExtension as _};
use std::path::{Path, PathBuf};

/// The names by which SQLite knows a row's number, where no column has taken them.
const ROWIDS: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// A table of a file.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) path: PathBuf,
    /// Its name as the file spells it.
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The column whose text is the id of a record; the row's number where that has no column of its own.
    pub(super) key: String,
    /// The name of the row's number; `None` where the table has none.
    pub(super) rowid: Option<String>,
    /// The column that shows the row's number; `None` where no column does.
    numbered: Option<String>,
    /// Columns by which SQLite finds rows without looking at all of them.
    indexed: Vec<String>,
    /// Columns whose values no two rows share together.
    pub(super) unique: Vec<Vec<String>>,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    /// Its type as the table declares it.
    pub(super) declared: String,
    /// What SQLite makes of values on their way in.
    pub(super) affinity: Affinity,
    pub(super) kind: Kind,
    /// Whether it must have a value.
    not_null: bool,
    /// Whether the table has a value for it where a row has none.
    has_default: bool,
    /// Whether the database computes it.
    generated: bool,
    /// Whether no two rows share a value.
    pub(super) unique: bool,
}

/// What SQLite makes of values that go into a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Affinity {
    /// Everything becomes text.
    Text,
    /// What looks like a number becomes one.
    Number,
    /// What looks like a number becomes one with a fraction, however long it is.
    Real,
    /// Everything stays what it is.
    None,
}

/// What a table looks like to a mapping that writes into it. `key` is the column by which its records are known where it declares no
/// primary key of one column.
pub fn table_schema(path: &Path, table: &str, key: Option<&str>) -> Result<Schema, ConnectError> {
    let database = super::open_to_write(path, super::PATIENCE)?;
    Ok(Table::describe(&database, path, table, key)?.schema())
}

impl Table {
    /// The table of that name; its case makes no difference, as in SQLite.
    pub(super) fn describe(
        database: &Connection,
        path: &Path,
        table: &str,
        key: Option<&str>,
    ) -> Result<Table, ConnectError> {
        let told = |error: rusqlite::Error| super::unwritten(path, table, &error);
        let (name, without_rowid, strict) = ordinary(database, path, table)?;
        let mut columns = columns(database, &name, strict).map_err(told)?;
        let (mut unique, indexed) = indexes(database, &name).map_err(told)?;
        let primary: Vec<usize> = primary(database, &name, &columns).map_err(told)?;
        let mut numbered = None;
        if let [only] = primary[..] {
            // A primary key that needs an index of its own is no row's number, whatever its type.
            let integer = columns[only].declared.eq_ignore_ascii_case("INTEGER");
            let is_number = integer && !without_rowid && !primary_index(database, &name).map_err(told)?;
            let column = &mut columns[only];
            unique.insert(0, vec![column.name.clone()]);
            // SQLite lets other primary keys be NULL, and a record without an id could never be found again.
            column.not_null = !is_number;
            numbered = is_number.then(|| column.name.clone());
        }
        for column in &mut columns {
            column.unique = unique.iter().any(|together| matches!(&together[..], [only] if *only == column.name));
        }
        let named = |name: &&str| columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
        let rowid = ROWIDS.iter().find(|name| !named(name)).filter(|_| !without_rowid).map(|name| (*name).to_owned());
        let declared = if let [only] = primary[..] { Some(columns[only].name.clone()) } else { None };
        let chosen = key.and_then(|key| columns.iter().find(|column| column.name.eq_ignore_ascii_case(key)));
        let key = declared.or_else(|| chosen.map(|column| column.name.clone())).or_else(|| rowid.clone());
        let first =
            || primary.first().or(Some(&0)).and_then(|first| columns.get(*first)).map(|column| column.name.clone());
        let Some(key) = key.or_else(first) else {
            return Err(ConnectError::refused(
                format!("{name} in {} has no column", path.display()),
                "Choose another table.",
            ));
        };
        Ok(Table { path: path.to_owned(), name, columns, key, rowid, numbered, indexed, unique })
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        let exact = self.columns.iter().find(|column| column.name == name);
        exact.or_else(|| self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name)))
    }

    /// The name of a column, or of the row's number, ready for a statement; refused where the table has neither.
    pub(super) fn spelled(&self, name: &str) -> Result<String, ConnectError> {
        match self.column(name) {
            Some(column) => Ok(quoted(&column.name)),
            None if self.is_rowid(name) => Ok(quoted(name)),
            None => Err(ConnectError::refused(
                format!("the table {} in {} has no column {name}", self.name, self.path.display()),
                format!(
                    "It has: {}. Perhaps the table was changed since the integration was made.",
                    self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
                ),
            )),
        }
    }

    /// Whether that is the name of the row's number, and no column's.
    pub(super) fn is_rowid(&self, name: &str) -> bool {
        self.column(name).is_none() && self.rowid.as_deref().is_some_and(|rowid| rowid.eq_ignore_ascii_case(name))
    }

    /// Whether the row's number is what people see in this column.
    pub(super) fn is_number_of_row(&self, column: &Column) -> bool {
        self.numbered.as_ref() == Some(&column.name)
    }

    /// Whether rows are found by that column without looking at all of them.
    pub(super) fn is_indexed(&self, name: &str) -> bool {
        self.is_rowid(name)
            || self
                .column(name)
                .is_some_and(|column| self.is_number_of_row(column) || self.indexed.contains(&column.name))
    }

    /// The table as a mapping sees it.
    fn schema(&self) -> Schema {
        let mut fields: Vec<Field> = self.columns.iter().map(|column| self.field(column)).collect();
        if self.is_rowid(&self.key) {
            fields.insert(
                0,
                Field {
                    label: "Number of the row".to_owned(),
                    kind: Kind::Integer,
                    createable: false,
                    updateable: false,
                    filterable: true,
                    unique: true,
                    external_id: true,
                    id_lookup: true,
                    ..Field::column(&self.key)
                },
            );
        }
        Schema {
            name: self.name.clone(),
            label: self.name.clone(),
            label_plural: self.name.clone(),
            key: Some(self.key.clone()),
            key_prefix: None,
            createable: true,
            updateable: true,
            deletable: true,
            fields,
        }
    }

    fn field(&self, column: &Column) -> Field {
        let is_key = column.name == self.key;
        let (first, second) = numbers(&column.declared);
        let bounded = column.kind == Kind::Text;
        let decimal = column.kind == Kind::Number && second.is_some();
        Field {
            kind: column.kind,
            length: if bounded { first.unwrap_or(0) } else { 0 },
            precision: if decimal { first.unwrap_or(0) } else { 0 },
            scale: if decimal { second.unwrap_or(0) } else { 0 },
            required: column.not_null && !column.has_default && !column.generated,
            createable: !column.generated,
            // A record is known by its key: it does not change.
            updateable: !column.generated && !is_key,
            filterable: column.kind != Kind::Base64,
            unique: column.unique,
            external_id: is_key || column.unique,
            id_lookup: is_key || column.unique,
            calculated: column.generated,
            ..Field::column(&column.name)
        }
    }
}

/// The name of a table as the file spells it, whether its rows have no numbers, and whether its types are strict; refused where it is
/// none that rows can be written into.
fn ordinary(database: &Connection, path: &Path, table: &str) -> Result<(String, bool, bool), ConnectError> {
    let told = |error: rusqlite::Error| super::unwritten(path, table, &error);
    let found = database
        .query_row(
            "SELECT name, type, wr, strict FROM pragma_table_list \
             WHERE schema = 'main' AND name = ?1 COLLATE NOCASE AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
            [table],
            |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, bool>(2)?, row.get::<_, bool>(3)?))
            },
        )
        .optional()
        .map_err(told)?;
    let Some((name, is, without_rowid, strict)) = found else {
        return Err(ConnectError::refused(
            format!("{} has no table {table}", path.display()),
            match tables_of(database, path)?.join(", ") {
                none if none.is_empty() => "The database has no table at all; perhaps it is another file.".to_owned(),
                names => format!("It has: {names}. Choose one of them."),
            },
        ));
    };
    match is.as_str() {
        "table" => {}
        "view" => {
            return Err(ConnectError::refused(
                format!(
                    "{name} in {} is a view: a way of looking at tables, into which nothing can be written",
                    path.display()
                ),
                "Choose the table behind it.",
            ));
        }
        _ => {
            return Err(ConnectError::refused(
                format!(
                    "{name} in {} belongs to an extension of SQLite, which keeps its rows in a way of its own",
                    path.display()
                ),
                "Choose an ordinary table.",
            ));
        }
    }
    Ok((name, without_rowid, strict))
}

fn columns(database: &Connection, table: &str, strict: bool) -> rusqlite::Result<Vec<Column>> {
    let mut query = database.prepare(
        "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, hidden FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid",
    )?;
    let column = |row: &rusqlite::Row<'_>| {
        let declared: String = row.get(1)?;
        Ok(Column {
            name: row.get(0)?,
            affinity: Affinity::of(&declared, strict),
            kind: kind(&declared, strict),
            declared,
            not_null: row.get(2)?,
            has_default: row.get(3)?,
            generated: row.get::<_, i64>(4)? > 1,
            unique: false,
        })
    };
    query.query_map([table], column)?.collect()
}

/// The places of the columns of the primary key, in its order.
fn primary(database: &Connection, table: &str, columns: &[Column]) -> rusqlite::Result<Vec<usize>> {
    let mut query = database.prepare("SELECT name FROM pragma_table_xinfo(?1) WHERE pk > 0 ORDER BY pk")?;
    let names = query.query_map([table], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(names.iter().filter_map(|name| columns.iter().position(|column| column.name == *name)).collect())
}

/// Whether the primary key has an index of its own.
fn primary_index(database: &Connection, table: &str) -> rusqlite::Result<bool> {
    let asked = "SELECT EXISTS (SELECT 1 FROM pragma_index_list(?1) WHERE origin = 'pk')";
    database.query_row(asked, [table], |row| row.get(0))
}

/// Columns whose values an index allows once only together, and columns that an index begins with.
fn indexes(database: &Connection, table: &str) -> rusqlite::Result<(Vec<Vec<String>>, Vec<String>)> {
    let mut list = database.prepare("SELECT name, \"unique\" FROM pragma_index_list(?1) WHERE NOT partial")?;
    let indexes = list.query_map([table], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)))?;
    let (mut unique, mut leading) = (Vec::new(), Vec::new());
    for index in indexes {
        let (index, is_unique) = index?;
        let mut members = database.prepare_cached("SELECT name FROM pragma_index_info(?1) ORDER BY seqno")?;
        let members = members.query_map([index], |row| row.get::<_, Option<String>>(0))?;
        let members = members.collect::<rusqlite::Result<Vec<_>>>()?;
        // A part that is no column is an expression.
        let together: Option<Vec<String>> = members.iter().cloned().collect();
        unique.extend(together.filter(|_| is_unique));
        leading.extend(members.into_iter().next().flatten());
    }
    Ok((unique, leading))
}

impl Affinity {
    /// By SQLite's own rules, in their order.
    fn of(declared: &str, strict: bool) -> Affinity {
        let has = |part: &str| contains(declared, part);
        if strict && declared.eq_ignore_ascii_case("ANY") {
            Affinity::None
        } else if has("INT") {
            Affinity::Number
        } else if has("CHAR") || has("CLOB") || has("TEXT") {
            Affinity::Text
        } else if has("BLOB") || declared.is_empty() {
            Affinity::None
        } else if has("REAL") || has("FLOA") || has("DOUB") {
            Affinity::Real
        } else {
            Affinity::Number
        }
    }
}

/// How the text of a column is to be read, by the type that people gave it.
fn kind(declared: &str, strict: bool) -> Kind {
    let has = |part: &str| contains(declared, part);
    let starts = |word: &str| declared.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if declared.is_empty() || (strict && starts("ANY")) {
        Kind::Any
    } else if starts("BOOL") {
        Kind::Boolean
    } else if starts("DATETIME") || starts("TIMESTAMP") {
        Kind::DateTime
    } else if starts("DATE") {
        Kind::Date
    } else if starts("TIME") {
        Kind::Time
    } else if has("INT") {
        Kind::Integer
    } else if has("CHAR") {
        Kind::Text
    } else if has("CLOB") || has("TEXT") {
        Kind::LongText
    } else if has("BLOB") {
        Kind::Base64
    } else if ["REAL", "FLOA", "DOUB", "NUM", "DEC", "MONEY", "CURRENCY"].iter().any(|part| has(part)) {
        Kind::Number
    } else {
        // UUID, STRING, JSON: what somebody meant as text, whatever SQLite makes of it.
        Kind::Text
    }
}

fn contains(declared: &str, part: &str) -> bool {
    declared.to_ascii_uppercase().contains(part)
}

/// The numbers in the brackets of a type: 10 and 2 of `DECIMAL(10,2)`.
fn numbers(declared: &str) -> (Option<u32>, Option<u32>) {
    let inside = declared.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(inside, _)| inside);
    let mut numbers = inside.split(',').map(|number| number.trim().parse().ok());
    (numbers.next().flatten(), numbers.next().flatten())
}
