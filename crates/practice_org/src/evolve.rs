//! Changing the schema of a running org: definitions in, tables and calls following.

use std::sync::{Arc, PoisonError};

use super::PracticeOrg;
use super::database::{Pen, lock};
use super::failure::{Failure, Refusal};
use super::org::Shared;
use super::rows::Desk;
use super::rows::given::Given;
use super::rows::policy;
use super::rows::value::Cell;
pub use super::schema::adopt::AdoptReport;
use super::schema::definition::SchemaFile;
use super::schema::growth::{Grown, Growth};
use super::schema::{Schema, keep, mirror};

/// Why objects and fields cannot be as they were defined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SchemaError {
    /// Salesforce's code, such as `FIELD_INTEGRITY_EXCEPTION`.
    pub code: String,
    /// A sentence that begins with the object or field.
    pub message: String,
}

impl From<Refusal> for SchemaError {
    fn from(refusal: Refusal) -> Self {
        SchemaError { code: refusal.failure.code.into(), message: refusal.failure.message }
    }
}

impl PracticeOrg {
    /// Adds own objects and fields to the running org, or changes those that are there already.
    ///
    /// The JSON names objects with their fields, in the words of the Metadata API:
    ///
    /// ```json
    /// {"objects": [{"name": "Account", "fields": [
    ///    {"name": "Vat_Id__c", "label": "VAT Id", "type": "Text", "length": 20, "externalId": true, "unique": true}]}]}
    /// ```
    ///
    /// An object is new when its name ends in `__c`, or in `__e` for a platform event; it wants `label` and `pluralLabel`,
    /// and may have a `nameField`. Types of fields: `AutoNumber Checkbox Currency Date DateTime Email EncryptedText Html
    /// Location LongTextArea Lookup MasterDetail MultiselectPicklist Number Percent Phone Picklist Text TextArea Time Url`.
    /// All of it is done, or nothing.
    pub fn add_schema(&self, json: &str) -> Result<(), SchemaError> {
        self.org.add_schema(json)
    }

    /// Takes over the schema of another org, from its list of objects (`GET …/sobjects`) and the descriptions of those
    /// that matter (`GET …/sobjects/T/describe`). No rows come along. All of it is done, or nothing.
    /// Paths from parents to children are told by the parents: describe them in the same call as their children, or later.
    pub fn adopt_schema(
        &self,
        global: &serde_json::Value,
        describes: &[serde_json::Value],
    ) -> Result<AdoptReport, SchemaError> {
        Ok(self.org.grow(|growth| growth.adopt(global, describes))?)
    }
}

impl Shared {
    /// Brings the schema into the shape that a schema file wants.
    pub(crate) fn add_schema(&self, json: &str) -> Result<(), SchemaError> {
        let file =
            SchemaFile::read(json).map_err(|message| SchemaError { code: "JSON_PARSER_ERROR".into(), message })?;
        Ok(self.grow(|growth| growth.apply(&file))?)
    }

    /// Lets the schema grow in one transaction. Calls that begin afterwards see it; an error leaves everything as it was.
    pub(crate) fn grow<T>(&self, work: impl FnOnce(&mut Growth<'_>) -> Result<T, Failure>) -> Result<T, Refusal> {
        let _alone = lock(&self.growing);
        let old = Arc::clone(&self.schema.read().unwrap_or_else(PoisonError::into_inner));
        let (answer, schema) = self.database.write(|pen| {
            let mut growth = Growth::new(&old, &pen.conn, &pen.counters);
            let answer = work(&mut growth)?;
            let grown = growth.finish()?;
            Ok((answer, grown.map(|grown| settle(pen, grown)).transpose()?))
        })?;
        if let Some(schema) = schema {
            // After the transaction: whoever sees the new places must find their tables and counters.
            let schema = Arc::new(schema);
            *self.schema.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&schema);
            // Rules name fields that may be others now, or gone.
            policy::load(&schema, &self.database)?;
        }
        Ok(answer)
    }

    /// Lets `work` bring back a copy of the data file, with the schema that the copy had.
    pub(crate) fn go_back(&self, work: impl FnOnce(&mut Pen) -> Result<(), Refusal>) -> Result<(), Refusal> {
        let _alone = lock(&self.growing);
        let now = Arc::clone(&self.schema.read().unwrap_or_else(PoisonError::into_inner));
        let schema = self.database.replace(|pen| {
            work(pen)?;
            keep::prepare(&pen.conn)?;
            let then = keep::read(&pen.conn, Schema::standard())?;
            let schema = keep::go_back(then, &now);
            pen.conn.execute(
                "INSERT OR REPLACE INTO practice_setting (name, value) VALUES ('schema_changed', ?1)",
                [schema.changed.to_string()],
            )?;
            Ok(schema)
        })?;
        self.database.write(|pen| Ok(mirror::fill_all(&pen.conn, &schema)?))?;
        *self.schema.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(schema);
        Ok(())
    }
}

/// Brings tables and rows after a grown schema.
fn settle(pen: &mut Pen, grown: Grown) -> Result<Schema, Refusal> {
    let Grown { schema, objects, fills } = grown;
    pen.grow(&schema)?;
    for (number, place, cell) in fills {
        let object = &schema.objects[number];
        if object.is_stored() {
            let sql = format!("UPDATE \"{}\" SET \"{}\" = ?1", object.name, object.fields[place].name);
            pen.conn.execute(&sql, [&cell])?;
        }
    }
    mirror::fill(&pen.conn, &schema, objects.into_iter())?;
    plant_record_types(&schema, pen)?;
    Ok(schema)
}

/// Gives every record type the row that references to it look for.
pub(crate) fn plant_record_types(schema: &Schema, pen: &mut Pen) -> Result<(), Refusal> {
    let Some(object) = schema.object("RecordType") else {
        return Ok(());
    };
    let user = super::worlds::user_id();
    let mut desk = Desk::trusted(schema, pen, &user);
    let id_place = object.place("Id");
    for (owner, record_type) in schema.alive().flat_map(|one| one.record_types.iter().map(move |known| (one, known))) {
        if desk.read(object, &record_type.id, &[id_place])?.is_some() {
            continue;
        }
        let mut given = Given::default();
        given.set(id_place, Cell::text(record_type.id.as_str()));
        for (name, text) in [
            ("Name", record_type.name.as_str()),
            ("DeveloperName", record_type.developer_name.as_str()),
            ("SobjectType", owner.name.as_str()),
        ] {
            given.set(object.place(name), Cell::text(text));
        }
        given.set(object.place("IsActive"), Cell::flag(record_type.active));
        desk.create(object, &mut given)?;
    }
    Ok(())
}

/// The schema of a data file: the program's, with what the file keeps.
pub(crate) fn restore(pen: &mut Pen, standard: Schema) -> Result<Schema, Refusal> {
    let schema = keep::read(&pen.conn, standard)?;
    pen.grow(&schema)?;
    mirror::fill_all(&pen.conn, &schema)?;
    Ok(schema)
}
