//! What this org's schema has beyond the program's, kept in the data file: a row per object or field that was added,
//! changed or deleted.

use rusqlite::{Connection, params};

use super::names::Names;
use super::{Field, Object, Schema};
use crate::time;

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

/// The program's schema with what was kept.
pub(crate) fn read(conn: &Connection, schema: Schema) -> rusqlite::Result<Schema> {
    let mut objects = schema.objects;
    let mut places = Names::default();
    for (place, object) in objects.iter().enumerate() {
        places.insert_exactly(&object.name, place);
    }
    let mut statement = conn.prepare("SELECT object, field, body FROM practice_schema ORDER BY field <> '', number")?;
    let mut rows = statement.query([])?;
    let mut own = false;
    while let Some(row) = rows.next()? {
        let (name, field, body): (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let place = places.get_exactly(&name);
        own = true;
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
    Ok(Schema { own, ..Schema::new(objects, schema.changed) })
}

/// The schema of a copy, with every object and field in the place that it has now. What the copy lacks is gone.
pub(crate) fn go_back(then: Schema, now: &Schema) -> Schema {
    let own = then.own;
    let mut old: Vec<Option<Object>> = then.objects.into_iter().map(Some).collect();
    let mut take = |name: &str| {
        let found = old.iter_mut().find(|known| known.as_ref().is_some_and(|one| !one.removed && one.name == name));
        found.and_then(Option::take)
    };
    let mut objects = Vec::with_capacity(now.objects.len());
    for object in &now.objects {
        let found = if object.removed { None } else { take(&object.name) };
        let mut known = found.unwrap_or_else(|| {
            let mut gone = Object { removed: true, ..object.clone() };
            gone.fields.iter_mut().for_each(Field::remove);
            gone
        });
        if !known.removed {
            known.fields = in_place(known.fields, &object.fields);
        }
        objects.push(known);
    }
    objects.extend(old.into_iter().flatten());
    for object in &mut objects {
        object.index();
    }
    Schema { own, ..Schema::new(objects, time::now().max(now.changed + 1000)) }
}

fn in_place(then: Vec<Field>, now: &[Field]) -> Vec<Field> {
    let mut old: Vec<Option<Field>> = then.into_iter().map(Some).collect();
    let mut fields = Vec::with_capacity(now.len());
    for field in now {
        let found =
            old.iter_mut().find(|known| known.as_ref().is_some_and(|one| one.name == field.name && !field.removed));
        fields.push(found.and_then(Option::take).unwrap_or_else(|| {
            let mut gone = field.clone();
            gone.remove();
            gone
        }));
    }
    fields.extend(old.into_iter().flatten());
    fields
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
