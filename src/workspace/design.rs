//! What a designer of mappings looks at: a source's columns and first rows, its profile, and which column may go into which field.

use super::{Workspace, WorkspaceError};
use crate::cancel::Cancel;
use crate::connect::file::Inspection;
use crate::connect::profile::{Profile, profile};
use crate::connect::{Operation, SourceSettings};
use crate::integration::Step;
use crate::mapping::suggest::{Candidate, Known, Weighing};
use crate::mapping::{Mapping, Reading};
use crate::record::{Batch, BatchBuilder, Field, Kind, Schema};
use std::sync::Arc;

/// Rows that are looked at first.
const HEAD: usize = 200;

/// A source, looked at.
#[derive(Debug, Clone)]
pub struct SourceLook {
    /// Its columns.
    pub columns: Schema,
    /// Its first rows.
    pub head: Batch,
    /// How many rows it has, once that is known.
    pub rows: Option<u64>,
    /// The file, if it is one.
    pub file: Option<Arc<Inspection>>,
}

impl Workspace {
    /// Looks at the beginning of a source.
    pub fn look_at(&self, source: &SourceSettings) -> Result<SourceLook, WorkspaceError> {
        if let SourceSettings::File(settings) = source {
            let file = Arc::new(self.inspect_as(settings)?);
            return Ok(SourceLook::from(file));
        }
        let columns = self.source_shape(source)?;
        let mut rows = self.open_source(source, &Cancel::new())?;
        let mut head = BatchBuilder::new(1, columns.fields.len());
        let mut all = false;
        while head.len() < HEAD && !all {
            let Some(batch) = rows.read()? else {
                all = true;
                continue;
            };
            for row in batch.rows().take(HEAD - head.len()) {
                row.cells().for_each(|cell| head.cell(cell));
                head.end_row(row.line(), row.fault().cloned());
            }
        }
        let head = head.finish();
        let rows = all.then_some(head.len() as u64);
        Ok(SourceLook { columns, head, rows, file: None })
    }

    /// Looks at every row of a source, column by column.
    pub fn profile(&self, step: &Step, cancel: &Cancel) -> Result<Profile, WorkspaceError> {
        let mut source = self.open_source(&step.source, cancel)?;
        let reading: Reading = step.reading(&[]);
        Ok(profile(source.as_mut(), &reading, cancel, &mut |_| {})?)
    }

    /// Columns that may go into fields that have no rule yet, with what speaks for each pair. What is mapped stays as it is.
    pub fn suggest(&self, look: &SourceLook, step: &Step) -> Result<Vec<Candidate>, WorkspaceError> {
        let object = self.describe(&step.org, &step.object, false)?.schema;
        let known = Known::default();
        let weighing = Weighing {
            columns: &look.columns,
            head: &look.head,
            formats: step.source.formats(),
            target: &object,
            known: &known,
        };
        let free_column = |column: &str| !step.mapping.uses(column);
        let free_field = |field: &Field| writable(field, step.operation) && !has_rule(&step.mapping, field);
        Ok(weighing.candidates(free_column, free_field))
    }
}

fn writable(field: &Field, operation: Operation) -> bool {
    match operation {
        Operation::Insert => field.createable,
        Operation::Update => field.updateable || field.kind == Kind::Id,
        Operation::Upsert => field.createable || field.updateable || field.id_lookup,
        Operation::Delete => field.kind == Kind::Id || field.finds_records(),
    }
}

/// Whether a field is set already, by itself or through its relationship.
fn has_rule(mapping: &Mapping, field: &Field) -> bool {
    let through = |target: &str| {
        let before = target.split_once('.').and_then(|(before, _)| before.rsplit(':').next());
        before.is_some() && before == field.relationship.as_deref()
    };
    mapping.rule(&field.name).is_some() || mapping.rules.iter().any(|rule| through(&rule.target))
}

impl From<Arc<Inspection>> for SourceLook {
    fn from(file: Arc<Inspection>) -> SourceLook {
        SourceLook { columns: file.columns.clone(), head: file.head.clone(), rows: file.rows, file: Some(file) }
    }
}
