//! Sources: opened, and what their columns hold.

use super::query::{QueryError, patient};
use super::{Workspace, WorkspaceError};
use crate::cancel::Cancel;
use crate::connect::profile::{self, Profile};
use crate::connect::soql::{self, QuerySettings};
use crate::connect::{ConnectError, Source, SourceSettings, file};
use crate::mapping::Reading;
use crate::record::{Field, Kind, Schema};
use crate::salesforce::{Org, OrgError, Soql};
use std::sync::{Arc, PoisonError};

impl Workspace {
    /// Opens a source at its beginning.
    pub(super) fn open_source(
        &self,
        settings: &SourceSettings,
        cancel: &Cancel,
    ) -> Result<Box<dyn Source>, ConnectError> {
        match settings {
            SourceSettings::File(settings) => file::open(settings),
            SourceSettings::Undo(undo) => self.undo_rows(*undo),
            // They are rows of a run, which opens them itself.
            SourceSettings::Sync(_) => {
                Err(ConnectError::refused("what a sync has decided is read by its run alone", "Start the sync again."))
            }
            SourceSettings::Query(query) => {
                let refused =
                    |error: WorkspaceError| ConnectError::Refused { message: error.message, hint: error.hint };
                soql::open(self.connect(&query.org).map_err(refused)?, query, cancel)
            }
        }
    }

    /// Looks at every row of a source, and says what its columns hold. `tell` gets the rows seen so far.
    pub fn profile(
        &self,
        settings: &SourceSettings,
        cancel: &Cancel,
        tell: &mut dyn FnMut(u64),
    ) -> Result<Profile, WorkspaceError> {
        let reading = Reading { formats: settings.formats(), columns: settings.columns(), ..Reading::default() };
        let mut source = self.open_source(settings, cancel)?;
        Ok(profile::profile(source.as_mut(), &reading, cancel, tell)?)
    }

    /// The columns of a source, with the kind of value that each holds.
    ///
    /// The shape of a query is kept in memory: designing asks for it at every step, and each time would be a call.
    pub(super) fn source_shape(&self, settings: &SourceSettings, refresh: bool) -> Result<Schema, WorkspaceError> {
        let SourceSettings::Query(query) = settings else { return self.shape_now(settings) };
        let mut known = self.0.query_shapes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, shape)) = known.iter().find(|(known, _)| known == query && !refresh) {
            return Ok(shape.clone());
        }
        let shape = self.shape_now(settings)?;
        known.retain(|(known, _)| known != query);
        known.push((query.clone(), shape.clone()));
        Ok(shape)
    }

    fn shape_now(&self, settings: &SourceSettings) -> Result<Schema, WorkspaceError> {
        let mut shape = self.open_source(settings, &Cancel::new())?.schema().clone();
        match settings {
            SourceSettings::File(file) => {
                for field in &mut shape.fields {
                    field.kind = file.columns.get(&field.name).map_or(Kind::Text, |column| column.kind);
                }
            }
            SourceSettings::Undo(_) | SourceSettings::Sync(_) => {}
            SourceSettings::Query(query) => self.describe_columns(query, &mut shape)?,
        }
        Ok(shape)
    }

    /// Looks the columns of a query up in the org's description of its object and that object's parents.
    fn describe_columns(&self, query: &QuerySettings, shape: &mut Schema) -> Result<(), WorkspaceError> {
        let mut describe = |object: &str| Ok(Some(self.describe(&query.org, object, false)?.schema));
        shape.fields.iter_mut().try_for_each(|field| look_up(field, query.object(), &mut describe))
    }

    /// The columns of a query as fields, each with its kind. What the org does not describe is text.
    pub(super) fn fields_of(
        &self,
        org: &Org,
        soql: &str,
        columns: &[String],
        cancel: &Cancel,
    ) -> Result<Vec<Field>, WorkspaceError> {
        let Some(object) = Soql::read(soql).map(|soql| soql.object) else {
            return Ok(columns.iter().map(Field::column).collect());
        };
        let mut describe = |object: &str| {
            if let Ok(known) = self.describe(org.alias(), object, false) {
                return Ok(Some(known.schema));
            }
            let answer = patient(cancel, &mut |_| (), || org.describe(object, None, cancel));
            match answer {
                Ok(described) => Ok(described.map(|described| Arc::new(described.schema))),
                Err(failed) if matches!(failed.error, OrgError::Refused { .. }) => Ok(None),
                Err(failed) => Err(QueryError::from(failed).told()),
            }
        };
        let mut fields: Vec<Field> = columns.iter().map(Field::column).collect();
        fields.iter_mut().try_for_each(|field| look_up(field, &object, &mut describe))?;
        Ok(fields)
    }
}

/// Finds out what a column of a query on `object` holds.
fn look_up(
    field: &mut Field,
    object: &str,
    describe: &mut dyn FnMut(&str) -> Result<Option<Arc<Schema>>, WorkspaceError>,
) -> Result<(), WorkspaceError> {
    let Some(mut owner) = describe(object)? else { return Ok(()) };
    let mut path = field.name.as_str();
    while let Some((relationship, rest)) = path.split_once('.') {
        let parent = owner.relationship(relationship).and_then(|lookup| lookup.reference_to.first().cloned());
        let Some(parent) = parent else { break };
        let Some(described) = describe(&parent)? else { return Ok(()) };
        (owner, path) = (described, rest);
    }
    if let Some(described) = owner.field(path) {
        field.kind = described.kind;
        field.percent = described.percent;
        field.length = described.length;
        field.label.clone_from(&described.label);
    }
    Ok(())
}
