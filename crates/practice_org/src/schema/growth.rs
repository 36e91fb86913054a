//! A schema while it grows: in one transaction, one hand at a time.
//!
//! Objects and fields keep their places. What is deleted leaves an empty place; its table or column goes at once, with
//! all values.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::{Field, Kind, Object, Schema, keep};
use crate::failure::Failure;
use crate::rows::value::{self, Cell};
use crate::tables;
use crate::time::{self, Millis};

/// Most objects in an org.
const MOST_OBJECTS: usize = 3000;
/// Most fields of an object.
const MOST_FIELDS: usize = 800;

/// A schema in the making.
pub(crate) struct Growth<'c> {
    /// Every object, deleted ones too.
    pub(super) objects: Vec<Object>,
    /// Where the rows are.
    pub(super) conn: &'c Connection,
    /// Next row counter per object, as far as it is known.
    pub(super) counters: &'c [u64],
    fills: Vec<(usize, usize, Cell)>,
    touched: BTreeSet<(usize, Option<usize>)>,
    changed: Millis,
}

/// What a growth comes to.
pub(crate) struct Grown {
    /// The schema from now on.
    pub(crate) schema: Schema,
    /// Places of the objects that are new or other than before.
    pub(crate) objects: BTreeSet<usize>,
    /// Object, field and the value that the rows there are get.
    pub(crate) fills: Vec<(usize, usize, Cell)>,
}

impl<'c> Growth<'c> {
    /// Begins with the schema as it is.
    pub(crate) fn new(schema: &Schema, conn: &'c Connection, counters: &'c [u64]) -> Self {
        Growth {
            objects: schema.objects.clone(),
            conn,
            counters,
            fills: Vec::new(),
            touched: BTreeSet::new(),
            changed: schema.changed,
        }
    }

    /// The place of an object by name without case.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.objects.iter().position(|object| !object.removed && object.name.eq_ignore_ascii_case(name))
    }

    /// An object by place.
    pub(crate) fn object(&self, number: usize) -> &Object {
        &self.objects[number]
    }

    /// The place of a field that is there, visible or not.
    pub(crate) fn place(&self, number: usize, name: &str) -> Option<usize> {
        self.objects[number].find_any(name)
    }

    /// Whether a place holds nothing that the file knows of yet.
    fn is_fresh(&self, number: usize) -> bool {
        self.counters.len() <= number
    }

    /// Adds an object.
    pub(super) fn add_object(&mut self, mut object: Object) -> Result<usize, Failure> {
        if self.objects.iter().filter(|object| !object.removed).count() >= MOST_OBJECTS {
            return Err(Failure::new("LIMIT_EXCEEDED", format!("An org can have at most {MOST_OBJECTS} objects.")));
        }
        let number = self.objects.len();
        object.number = number;
        object.index();
        self.touched.insert((number, None));
        self.touched.extend((0..object.fields.len()).map(|place| (number, Some(place))));
        self.objects.push(object);
        Ok(number)
    }

    /// Adds a field.
    pub(super) fn add_field(&mut self, number: usize, field: Field) -> Result<usize, Failure> {
        let object = &mut self.objects[number];
        if object.fields.iter().filter(|field| !field.removed).count() >= MOST_FIELDS {
            return Err(Failure::new(
                "LIMIT_EXCEEDED",
                format!("An object can have at most {MOST_FIELDS} fields: {}", object.name),
            ));
        }
        object.fields.push(field);
        object.index();
        let place = object.fields.len() - 1;
        self.touched.insert((number, Some(place)));
        Ok(place)
    }

    /// Puts a changed field in its place, and its column into its new shape.
    pub(super) fn put_field(&mut self, number: usize, place: usize, field: Field) -> Result<(), Failure> {
        self.exchange(number, place, field)?;
        self.objects[number].index();
        Ok(())
    }

    /// Puts many fields in their places; those beyond the places that there are, are new.
    pub(super) fn put_fields(&mut self, number: usize, fields: Vec<Field>) -> Result<(), Failure> {
        let known = self.objects[number].fields.len();
        for (place, field) in fields.into_iter().enumerate() {
            if place < known {
                self.exchange(number, place, field)?;
            } else {
                self.objects[number].fields.push(field);
                self.touched.insert((number, Some(place)));
            }
        }
        self.objects[number].index();
        Ok(())
    }

    fn exchange(&mut self, number: usize, place: usize, field: Field) -> Result<(), Failure> {
        let object = &self.objects[number];
        let old = &object.fields[place];
        if *old == field {
            return Ok(());
        }
        if object.is_stored() && !self.is_fresh(number) && old.is_stored() {
            let alike = old.kind == field.kind
                || (old.kind.is_text() && field.kind.is_text())
                || (old.kind.is_decimal() && field.kind.is_decimal());
            if !alike {
                // The values mean nothing in the new type; the column comes back empty.
                tables::drop_column(self.conn, object, old)?;
            } else if !tables::same_column(old, &field) {
                tables::recast(self.conn, object, &field)?;
            } else if (old.id_lookup, old.unique) != (field.id_lookup, field.unique) {
                tables::drop_index(self.conn, object, &field)?;
            }
            let stricter = !old.unique || (old.case_sensitive && !field.case_sensitive);
            if alike && field.unique && stricter && tables::has_doubles(self.conn, object, &field)? {
                return Err(Failure::new(
                    "FIELD_INTEGRITY_EXCEPTION",
                    format!(
                        "{}.{} cannot be made unique: there are records with the same value.",
                        object.name, field.name
                    ),
                ));
            }
        }
        self.objects[number].fields[place] = field;
        self.touched.insert((number, Some(place)));
        Ok(())
    }

    /// Changes an object, but not its fields.
    pub(super) fn change_object(&mut self, number: usize, change: impl FnOnce(&mut Object)) {
        change(&mut self.objects[number]);
        self.touched.insert((number, None));
    }

    /// Refuses what another hand has deleted in the meantime.
    pub(super) fn must_be(&self, number: usize, place: Option<usize>) -> Result<(), Failure> {
        let object = &self.objects[number];
        if object.removed || place.is_some_and(|place| object.fields[place].removed) {
            return Err(Failure::new("NOT_FOUND", "The requested resource does not exist"));
        }
        Ok(())
    }

    /// Deletes a custom field with its values.
    pub(crate) fn remove_field(&mut self, number: usize, place: usize) -> Result<(), Failure> {
        self.must_be(number, Some(place))?;
        let object = &self.objects[number];
        let field = &object.fields[place];
        if !field.is_custom() {
            return Err(Failure::new(
                "INSUFFICIENT_ACCESS_OR_READONLY",
                format!("Standard fields cannot be deleted: {}.{}", object.name, field.name),
            ));
        }
        let name = field.name.clone();
        let mut places: Vec<usize> = (0..object.fields.len())
            .filter(|part| object.fields[*part].compound.as_ref() == Some(&name) && !object.fields[*part].removed)
            .collect();
        places.push(place);
        for place in places {
            let object = &self.objects[number];
            let field = &object.fields[place];
            if object.is_stored() && field.is_stored() && !self.is_fresh(number) {
                // What this very transaction added has no column yet.
                if tables::has_column(self.conn, object, field)? {
                    tables::drop_column(self.conn, object, field)?;
                }
            }
            self.objects[number].fields[place].remove();
            self.touched.insert((number, Some(place)));
        }
        self.objects[number].index();
        self.settle_owner(number);
        Ok(())
    }

    /// Deletes a custom object with its rows.
    pub(crate) fn remove_object(&mut self, number: usize) -> Result<(), Failure> {
        self.must_be(number, None)?;
        let object = &self.objects[number];
        if !object.is_custom() {
            return Err(Failure::new(
                "INSUFFICIENT_ACCESS_OR_READONLY",
                format!("Standard objects cannot be deleted: {}", object.name),
            ));
        }
        let name = object.name.clone();
        for other in self.objects.iter().filter(|other| !other.removed && other.number != number) {
            if let Some(field) = other.fields.iter().find(|field| field.is_custom() && field.to.contains(&name)) {
                return Err(Failure::new(
                    "DEPENDENCY_EXISTS",
                    format!("This custom object is referenced elsewhere: {}.{} - {name}", other.name, field.name),
                ));
            }
        }
        if object.is_stored() && !self.is_fresh(number) {
            tables::drop_table(self.conn, object)?;
        }
        self.forget_target(&name);
        let object = &mut self.objects[number];
        object.removed = true;
        object.fields.iter_mut().for_each(Field::remove);
        object.index();
        self.touched.insert((number, None));
        Ok(())
    }

    /// Lets tasks and events be about an object, or about it no longer.
    fn forget_target(&mut self, name: &str) {
        for number in 0..self.objects.len() {
            for place in 0..self.objects[number].fields.len() {
                let field = &mut self.objects[number].fields[place];
                if field.to.iter().any(|target| target == name) && self.objects[number].name != name {
                    self.objects[number].fields[place].to.retain(|target| target != name);
                    self.touched.insert((number, Some(place)));
                }
            }
        }
    }

    /// Lets tasks and events be about an object.
    pub(super) fn allow_activities(&mut self, name: &str) {
        for activity in ["Task", "Event"] {
            let place = self.number(activity).and_then(|number| Some((number, self.place(number, "WhatId")?)));
            if let Some((number, place)) = place {
                let to = &mut self.objects[number].fields[place].to;
                if !to.iter().any(|target| target == name) {
                    to.push(name.to_owned());
                    to.sort();
                    self.touched.insert((number, Some(place)));
                }
            }
        }
    }

    /// A detail has no owner of its own: its master's is its.
    pub(super) fn settle_owner(&mut self, number: usize) {
        let object = &self.objects[number];
        let Some(place) = object.find_any("OwnerId").filter(|_| object.is_custom()) else {
            return;
        };
        let hidden = object.masters().next().is_some();
        if object.fields[place].hidden != hidden {
            self.objects[number].fields[place].hidden = hidden;
            self.objects[number].index();
            self.touched.insert((number, Some(place)));
        }
    }

    /// Lets every auto number begin again with the first row, when all rows are gone.
    pub(crate) fn restart_numbers(&mut self) -> Result<(), Failure> {
        for number in 0..self.objects.len() {
            for place in 0..self.objects[number].fields.len() {
                if let Some(auto) = &mut self.objects[number].fields[place].auto_number
                    && auto.offset != auto.start - 1
                {
                    auto.offset = auto.start - 1;
                    self.touched.insert((number, Some(place)));
                }
            }
        }
        Ok(())
    }

    /// The row counter that a new auto number begins beside.
    pub(super) fn counter(&self, number: usize) -> u64 {
        self.counters.get(number).copied().unwrap_or(1)
    }

    /// Whether an object has any row.
    pub(super) fn has_rows(&self, number: usize) -> Result<bool, Failure> {
        let object = &self.objects[number];
        if self.is_fresh(number) || !object.is_stored() {
            return Ok(false);
        }
        Ok(tables::has_rows(self.conn, object)?)
    }

    /// Whether a field has any value.
    pub(super) fn has_blanks(&self, number: usize, field: &Field) -> Result<bool, Failure> {
        let object = &self.objects[number];
        if self.is_fresh(number) || !object.is_stored() || field.kind == Kind::Boolean {
            return Ok(false);
        }
        Ok(tables::has_blanks(self.conn, object, field)?)
    }

    /// Gives the rows that there are a value in a new field.
    pub(super) fn fill(&mut self, number: usize, place: usize, text: &str) -> Result<(), Failure> {
        let cell = value::from_csv(&self.objects[number].fields[place], text)?;
        self.fills.push((number, place, cell));
        Ok(())
    }

    /// Keeps what changed and hands out the schema, if anything did.
    pub(crate) fn finish(self) -> Result<Option<Grown>, Failure> {
        if self.touched.is_empty() {
            return Ok(None);
        }
        for (number, place) in &self.touched {
            let object = &self.objects[*number];
            match place {
                None => keep::object(self.conn, object)?,
                Some(_) if object.removed => {}
                Some(place) => keep::field(self.conn, object, &object.fields[*place])?,
            }
        }
        // HTTP dates know no parts of a second, and a client that asks by date must see every change.
        let changed = time::now().max(self.changed + 1000);
        self.conn.execute(
            "INSERT OR REPLACE INTO practice_setting (name, value) VALUES ('schema_changed', ?1)",
            [changed.to_string()],
        )?;
        Ok(Some(Grown {
            schema: Schema { own: true, ..Schema::new(self.objects, changed) },
            objects: self.touched.iter().map(|(number, _)| *number).collect(),
            fills: self.fills,
        }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value as Json, json};

    use super::*;
    use crate::database::Database;
    use crate::schema::definition::SchemaFile;

    fn grow<T>(database: &Database, schema: &Schema, work: impl FnOnce(&mut Growth<'_>) -> T) -> T {
        let mut answer = None;
        // The transaction is undone, so that every case begins with the same file.
        let undone = database.write::<()>(|pen| {
            let mut growth = Growth::new(schema, &pen.conn, &pen.counters);
            answer = Some(work(&mut growth));
            if let Ok(Some(grown)) = growth.finish() {
                pen.grow(&grown.schema)?;
            }
            Err(Failure::new("UNDONE", "").into())
        });
        assert_eq!(undone.unwrap_err().failure.code, "UNDONE");
        answer.unwrap()
    }

    fn anything() -> impl Strategy<Value = Json> {
        prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            (-3i64..70_000).prop_map(Json::from),
            "[a-zA-Z0-9_ {}\"'()]{0,12}".prop_map(Json::from),
            Just(json!(["A", "B", "a"])),
            Just(json!("Account")),
            Just(
                json!({"valueSetDefinition": {"value": [{"fullName": "x"}, {"label": "y"}]}, "controllingField": "Industry",
                "valueSettings": [{"controllingFieldValue": ["Banking"], "valueName": "x"}]})
            ),
        ]
    }

    fn definition() -> impl Strategy<Value = Json> {
        const KINDS: [&str; 12] = [
            "Text",
            "Number",
            "Picklist",
            "AutoNumber",
            "Location",
            "MasterDetail",
            "Lookup",
            "Checkbox",
            "Html",
            "Date",
            "Url",
            "EncryptedText",
        ];
        const WORDS: [&str; 18] = [
            "length",
            "precision",
            "scale",
            "required",
            "unique",
            "externalId",
            "caseSensitive",
            "defaultValue",
            "referenceTo",
            "relationshipName",
            "deleteConstraint",
            "displayFormat",
            "startingNumber",
            "values",
            "valueSet",
            "restricted",
            "label",
            "visibleLines",
        ];
        let more = proptest::collection::vec((proptest::sample::select(&WORDS[..]), anything()), 0..8);
        (proptest::sample::select(&KINDS[..]), "[A-Za-z][A-Za-z0-9_]{0,6}(__c|__e)?", more).prop_map(
            |(kind, name, more)| {
                let mut keys: Map<String, Json> =
                    more.into_iter().map(|(word, value)| (word.to_owned(), value)).collect();
                keys.entry("label").or_insert("L".into());
                keys.insert("type".into(), kind.into());
                keys.insert("name".into(), name.into());
                Json::Object(keys)
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn any_definition_is_taken_or_refused(fields in proptest::collection::vec(definition(), 1..4)) {
            thread_local! {
                static ORG: (Schema, Database) = {
                    let schema = Schema::standard();
                    let (database, _) = Database::open(None, &schema).unwrap();
                    (schema, database)
                };
            }
            let object = json!({"name": "Own__c", "label": "Own", "pluralLabel": "Owns", "fields": fields});
            let file = SchemaFile { objects: vec![object, json!({"name": "Account", "fields": fields})] };
            ORG.with(|(schema, database)| {
                let refusal = grow(database, schema, |growth| growth.apply(&file).err());
                assert!(refusal.is_none_or(|failure| !failure.message.is_empty() && failure.code != "UNKNOWN_EXCEPTION"));
            });
        }
    }
}
