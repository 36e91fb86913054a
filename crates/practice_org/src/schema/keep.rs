//! What this org's schema has beyond the program's, kept in the data file: a row per object or field that was added,
//! changed or deleted.

use rusqlite::{Connection, params};

use super::names::Names;
use super::{Field, Object, Schema};

/// Makes the table in files that lack it.
pub(crate) fn prepare(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(
        "CREATE TABLE IF NOT EXISTS practice_schema (number INTEGER PRIMARY KEY, object TEXT NOT NULL, field TEXT NOT NULL,
         body TEXT, UNIQUE (object, field));",
    )
}

/// Keeps an object without its fields.
pub(crate) fn object(conn: &Connection, object: &Object) -> rusqlite::Result<()> {
    if object.removed {
        conn.execute("DELETE FROM practice_schema WHERE object = ?1", [&object.name])?;
    }
    save(conn, &object.name, "", body(object, object.removed))
}

/// Keeps a field.
pub(crate) fn field(conn: &Connection, object: &Object, field: &Field) -> rusqlite::Result<()> {
    save(conn, &object.name, &field.name, body(field, field.removed))
}

fn body(thing: &impl serde::Serialize, removed: bool) -> Option<String> {
    // Plain structs of texts and numbers always have a JSON form.
    if removed { None } else { serde_json::to_string(thing).ok() }
}

fn save(conn: &Connection, object: &str, field: &str, body: Option<String>) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT INTO practice_schema (object, field, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (object, field) DO UPDATE SET body = excluded.body",
    )?
    .execute(params![object, field, body])?;
    Ok(())
}

/// One thing that was kept: object, field, and what is said of it.
pub(crate) type Kept = (String, String, Option<String>);

/// Everything that was kept, in order.
pub(crate) fn rows(conn: &Connection) -> rusqlite::Result<Vec<Kept>> {
    let mut statement = conn.prepare("SELECT object, field, body FROM practice_schema ORDER BY number")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}

/// Keeps these things and no others.
pub(crate) fn replace(conn: &Connection, kept: &[Kept]) -> rusqlite::Result<()> {
    conn.execute_batch("DELETE FROM practice_schema")?;
    kept.iter().try_for_each(|(object, field, body)| save(conn, object, field, body.clone()))
}

/// The program's schema with what was kept.
pub(crate) fn read(conn: &Connection, schema: Schema) -> rusqlite::Result<Schema> {
    let mut objects = schema.objects;
    let mut places = Names::default();
    for (place, object) in objects.iter().enumerate() {
        places.insert_exactly(&object.name, place);
    }
    let mut statement = conn.prepare("SELECT object, field, body FROM practice_schema ORDER BY field <> '', number")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (name, field, body): (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let place = places.get_exactly(&name);
        match (place, field.as_str(), body) {
            (Some(place), "", None) => objects[place].removed = true,
            (Some(place), "", Some(body)) => {
                if let Ok(mut object) = serde_json::from_str::<Object>(&body) {
                    object.fields = std::mem::take(&mut objects[place].fields);
                    objects[place] = object;
                }
            }
            (None, "", Some(body)) => {
                if let Ok(object) = serde_json::from_str::<Object>(&body) {
                    places.insert_exactly(&name, objects.len());
                    objects.push(object);
                }
            }
            (Some(place), field, body) => keep_field(&mut objects[place], field, body.as_deref()),
            (None, ..) => {}
        }
    }
    for object in &mut objects {
        object.index();
    }
    Ok(Schema::new(objects, schema.changed))
}

fn keep_field(object: &mut Object, name: &str, body: Option<&str>) {
    let known = object.fields.iter_mut().find(|field| field.name == name);
    match (known, body.map(serde_json::from_str::<Field>)) {
        (Some(known), Some(Ok(field))) => *known = field,
        (Some(known), None) => known.remove(),
        (None, Some(Ok(field))) => object.fields.push(field),
        _ => {}
    }
}
