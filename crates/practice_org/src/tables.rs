//! The tables: one per object, a column per field, indexes where rows are found by a value.
//!
//! Tables follow the schema. What the schema gains is added when it is needed; what it loses is dropped with its values.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::schema::{Field, Kind, Object, Schema};

/// Makes the tables, columns and indexes that the schema has and the file lacks.
pub(crate) fn fit(conn: &Connection, schema: &Schema) -> rusqlite::Result<()> {
    let grown = missing(conn, schema)?;
    match grown.is_empty() {
        true => Ok(()),
        false => conn.execute_batch(&format!("SAVEPOINT fit; {grown} RELEASE fit;")),
    }
}

fn missing(conn: &Connection, schema: &Schema) -> rusqlite::Result<String> {
    let mut grown = String::new();
    for object in schema.objects.iter().filter(|object| object.is_stored()) {
        let known = names(conn, "SELECT name FROM pragma_table_info(?1)", &object.name)?;
        let indexes = names(conn, "SELECT name FROM pragma_index_list(?1)", &object.name)?;
        if known.is_empty() {
            grown.push_str(&table(object));
        }
        for field in object.fields.iter().filter(|field| field.is_stored()) {
            if !known.is_empty() && !known.contains(&field.name) {
                grown.push_str(&format!(
                    "ALTER TABLE \"{}\" ADD COLUMN \"{}\" {};",
                    object.name,
                    field.name,
                    column_type(field)
                ));
            }
            if is_indexed(field) && !indexes.contains(&index_name(object, field)) {
                grown.push_str(&index(object, field));
            }
        }
    }
    Ok(grown)
}

fn names(conn: &Connection, sql: &str, table: &str) -> rusqlite::Result<HashSet<String>> {
    conn.prepare_cached(sql)?.query_map([table], |row| row.get(0))?.collect()
}

/// Drops an object's table with all rows, and its counter.
pub(crate) fn drop_table(conn: &Connection, object: &Object) -> rusqlite::Result<()> {
    conn.execute_batch(&format!("DROP TABLE IF EXISTS \"{}\";", object.name))?;
    conn.execute("DELETE FROM practice_counter WHERE object = ?1", params![object.name])?;
    Ok(())
}

/// Drops a field's column with all values.
pub(crate) fn drop_column(conn: &Connection, object: &Object, field: &Field) -> rusqlite::Result<()> {
    conn.execute_batch(&format!(
        "DROP INDEX IF EXISTS \"{0}.{1}\"; DROP INDEX IF EXISTS \"rule:{0}.{1}\"; ALTER TABLE \"{0}\" DROP COLUMN \"{1}\";",
        object.name, field.name
    ))
}

/// Makes a field's column anew in the type that it has now, with the values that it had.
pub(crate) fn recast(conn: &Connection, object: &Object, field: &Field) -> rusqlite::Result<()> {
    conn.execute_batch(&format!(
        "DROP INDEX IF EXISTS \"{0}.{1}\"; DROP INDEX IF EXISTS \"rule:{0}.{1}\";
         ALTER TABLE \"{0}\" RENAME COLUMN \"{1}\" TO \"{1}~\";
         ALTER TABLE \"{0}\" ADD COLUMN \"{1}\" {2};
         UPDATE \"{0}\" SET \"{1}\" = \"{1}~\";
         ALTER TABLE \"{0}\" DROP COLUMN \"{1}~\";",
        object.name,
        field.name,
        column_type(field)
    ))
}

/// Whether two columns of these fields would hold their values in the same way.
pub(crate) fn same_column(one: &Field, other: &Field) -> bool {
    column_type(one) == column_type(other)
}

/// Drops the index of a field that needs it no longer, or in another form.
pub(crate) fn drop_index(conn: &Connection, object: &Object, field: &Field) -> rusqlite::Result<()> {
    conn.execute_batch(&format!("DROP INDEX IF EXISTS \"{}\";", index_name(object, field)))
}

/// Whether two living rows have the same value in a field.
pub(crate) fn has_doubles(conn: &Connection, object: &Object, field: &Field) -> rusqlite::Result<bool> {
    let alive = if object.has_bin() { " AND \"IsDeleted\" = 0" } else { "" };
    let collation = if field.case_sensitive || !field.kind.is_text() { "" } else { " COLLATE sf_ci" };
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM \"{0}\" WHERE \"{1}\" IS NOT NULL{alive} GROUP BY \"{1}\"{collation} HAVING count(*) > 1)",
        object.name, field.name
    );
    conn.query_row(&sql, [], |row| row.get(0))
}

/// Whether an object has any row, in the recycle bin or not.
pub(crate) fn has_rows(conn: &Connection, object: &Object) -> rusqlite::Result<bool> {
    conn.query_row(&format!("SELECT EXISTS (SELECT 1 FROM \"{}\")", object.name), [], |row| row.get(0))
}

/// Whether any living row lacks a value.
pub(crate) fn has_blanks(conn: &Connection, object: &Object, field: &Field) -> rusqlite::Result<bool> {
    if !has_column(conn, object, field)? {
        return has_rows(conn, object);
    }
    let alive = if object.has_bin() { " AND \"IsDeleted\" = 0" } else { "" };
    let sql = format!("SELECT EXISTS (SELECT 1 FROM \"{}\" WHERE \"{}\" IS NULL{alive})", object.name, field.name);
    conn.query_row(&sql, [], |row| row.get(0))
}

/// Whether the file has a column for this field.
pub(crate) fn has_column(conn: &Connection, object: &Object, field: &Field) -> rusqlite::Result<bool> {
    Ok(names(conn, "SELECT name FROM pragma_table_info(?1)", &object.name)?.contains(&field.name))
}

fn table(object: &Object) -> String {
    let mut sql = format!("CREATE TABLE \"{}\" (", object.name);
    for field in object.fields.iter().filter(|field| field.is_stored()) {
        sql.push_str(&format!("\"{}\" {}, ", field.name, column_type(field)));
    }
    sql.push_str("PRIMARY KEY (\"Id\")) WITHOUT ROWID;");
    sql
}

/// Whether rows are found by this field.
fn is_indexed(field: &Field) -> bool {
    let key = (field.id_lookup || field.unique) && field.kind != Kind::Id;
    // Audit references and owners are on every row, so an index on them would cost much and find little.
    let parent = !field.to.is_empty() && (field.children.is_some() || field.is_custom());
    // What those who copy an org ask for all day; also the narrowest way to count rows.
    let stamp = field.name == "SystemModstamp";
    key || parent || stamp
}

fn index_name(object: &Object, field: &Field) -> String {
    format!("{}.{}", object.name, field.name)
}

fn index(object: &Object, field: &Field) -> String {
    if !field.nillable && field.kind == Kind::DateTime {
        return format!(
            "CREATE INDEX \"{2}\" ON \"{0}\" (\"{1}\");",
            object.name,
            field.name,
            index_name(object, field)
        );
    }
    let key = field.kind != Kind::Reference;
    let scope = if key && object.has_bin() { " AND \"IsDeleted\" = 0" } else { "" };
    format!(
        "CREATE INDEX \"{2}\" ON \"{0}\" (\"{1}\") WHERE \"{1}\" IS NOT NULL{scope};",
        object.name,
        field.name,
        index_name(object, field)
    )
}

fn column_type(field: &Field) -> &'static str {
    match field.kind {
        Kind::Id => "TEXT NOT NULL",
        Kind::Reference | Kind::Date | Kind::Time => "TEXT",
        Kind::Boolean => "INTEGER NOT NULL DEFAULT 0",
        Kind::Int | Kind::DateTime => "INTEGER",
        Kind::Currency | Kind::Double | Kind::Percent => "REAL",
        _ if field.case_sensitive => "TEXT",
        _ => "TEXT COLLATE sf_ci",
    }
}
