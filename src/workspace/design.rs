//! What a designer of mappings looks at: the columns and first rows of a source, which column may go into which field, and what a rule
//! makes of rows.

use super::{Workspace, WorkspaceError};
use crate::cancel::Cancel;
use crate::connect::SourceSettings;
use crate::connect::file::Inspection;
use crate::integration::{Integration, Step};
use crate::mapping::suggest::{Candidate, Known, Weighing};
use crate::mapping::{Mapped, MappedCell, Mapper, Mapping, MappingProblem, no_links};
use crate::record::{Batch, BatchBuilder, Field, Kind, Rejection, RowNumber, Schema};
use std::ops::Range;
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
        let columns = self.source_shape(source, false)?;
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

    /// Columns that may go into fields that have no rule yet, with what speaks for each pair. What is mapped stays as it is.
    pub fn suggest(&self, look: &SourceLook, step: &Step) -> Result<Vec<Candidate>, WorkspaceError> {
        let object = self.step_shape(step, &Mapping::default(), false)?.object;
        let known = match step.into {
            // Names must do.
            Some(_) => Known::default(),
            None => self.known_values(&step.org, &object, &Cancel::new()),
        };
        let weighing = Weighing {
            columns: &look.columns,
            head: &look.head,
            formats: step.source.formats(),
            target: &object,
            known: &known,
        };
        let free_column = |column: &str| !step.mapping.uses(column);
        let free_field =
            |field: &Field| super::suggest::writable(step.operation, field) && !has_rule(&step.mapping, field);
        Ok(weighing.candidates(free_column, free_field))
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

/// What a rule makes of some rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tried {
    /// Why it cannot run.
    pub problems: Vec<MappingProblem>,
    /// The rows.
    pub rows: Vec<TriedRow>,
}

/// What a rule makes of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct TriedRow {
    /// The row.
    pub row: RowNumber,
    /// What would be sent, blank where the field is left as it is; or why nothing is.
    pub result: Result<String, Rejection>,
}

impl Workspace {
    /// Tries the rule of one field on rows that were looked at, without asking the org: a lookup's key is shown as it is.
    pub fn try_rule(
        &self,
        look: &SourceLook,
        step: &Step,
        integration: &Integration,
        target: &str,
        rows: Range<usize>,
    ) -> Result<Tried, WorkspaceError> {
        let Some(mut rule) = step.mapping.rule(target).cloned() else { return Ok(Tried::default()) };
        let mapping = Mapping { rules: vec![rule.clone()] };
        let mut shape = self.step_shape(step, &mapping, false)?;
        if rule.lookup.take().is_some() {
            // The key may be text, whatever the field takes.
            let fields = shape.object.fields.iter_mut().filter(|field| field.name.eq_ignore_ascii_case(target));
            fields.for_each(|field| *field = Field { name: field.name.clone(), ..Field::column(&*field.name) });
        }
        let mapping = Mapping { rules: vec![rule] };
        let mut source = look.columns.clone();
        let columns = step.source.columns();
        for field in source.fields.iter_mut().filter(|_| step.source.file().is_some()) {
            field.kind = columns.get(&field.name).map_or(Kind::Text, |column| column.kind);
        }
        let mapper = match Mapper::compile(&mapping, &source, &shape, &integration.reading(step, self.now())) {
            Ok(mapper) => mapper,
            Err(problems) => return Ok(Tried { problems, rows: Vec::new() }),
        };
        let mut mapped = Mapped::default();
        let mut tried = Vec::new();
        for row in rows.filter_map(|at| look.head.row(at)) {
            let mut wrong = row.fault().cloned();
            if wrong.is_none() {
                mapper.map(row, &no_links, &mut mapped, |_, rejection| wrong = Some(rejection));
            }
            let result = match wrong {
                Some(wrong) => Err(wrong),
                None => match mapped.cell(0) {
                    MappedCell::Value(value) => Ok(value.to_owned()),
                    MappedCell::Keep | MappedCell::Clear => Ok(String::new()),
                },
            };
            tried.push(TriedRow { row: row.number(), result });
        }
        Ok(Tried { problems: Vec::new(), rows: tried })
    }
}
