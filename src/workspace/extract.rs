//! The other direction: rows of a query or a file, through a mapping, into a file. The columns of the new file are the targets of the
//! rules.

use super::{Workspace, WorkspaceError};
use crate::cancel::Cancel;
use crate::connect::SourceSettings;
use crate::connect::write::{FileKind, TableWriter};
use crate::integration::{Find, Integration, Options, Problem, Step};
use crate::mapping::{Mapped, Mapper, Mapping, TargetShape, no_links};
use crate::record::{Field, Kind, Rejection, Row, RowNumber, Schema};
use std::path::Path;

/// Rows that were held back and are told one by one.
const TOLD: usize = 1_000;

/// What became of the rows: each is written or held.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extracted {
    /// Rows read.
    pub rows: u64,
    /// Rows in the file.
    pub written: u64,
    /// Rows that a rule could not map.
    pub held: u64,
    /// The first of them, each with its line and why.
    pub why: Vec<(RowNumber, u64, Rejection)>,
}

impl Workspace {
    /// Writes the rows of a source, mapped, into a file. The file appears whole or not at all.
    pub fn extract(
        &self,
        source: &SourceSettings,
        mapping: &Mapping,
        path: &Path,
        cancel: &Cancel,
    ) -> Result<Extracted, WorkspaceError> {
        let mapper = self.file_mapper(source, mapping, path)?;
        let mut table = TableWriter::create(path, FileKind::of(path))?;
        let header: Vec<_> = mapper.targets().map(|target| target.path.as_str()).collect();
        table.header(&header)?;
        let mut rows = self.open_source(source, cancel)?;
        let mut extracted = Extracted::default();
        let mut mapped = Mapped::default();
        while let Some(batch) = rows.read()? {
            cancel.check().map_err(|_| WorkspaceError::new("cancelled; nothing was written"))?;
            for row in batch.rows() {
                extracted.rows += 1;
                match map(&mapper, row, &mut mapped) {
                    None => {
                        table.row((0..mapped.len()).map(|cell| mapped.value(cell)))?;
                        extracted.written += 1;
                    }
                    Some(why) => {
                        extracted.held += 1;
                        if extracted.why.len() < TOLD {
                            extracted.why.push((row.number(), row.line(), why));
                        }
                    }
                }
            }
        }
        table.finish()?;
        let line = format!("{} rows of {} written to {}", extracted.written, source.name(), path.display());
        self.store()?.log(self.now(), &line, None)?;
        Ok(extracted)
    }

    /// The mapping, compiled for a file, whose columns take whatever comes.
    fn file_mapper(&self, source: &SourceSettings, mapping: &Mapping, path: &Path) -> Result<Mapper, WorkspaceError> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let column = |target: &String| Field { kind: Kind::Any, ..Field::column(target) };
        let fields = mapping.rules.iter().map(|rule| column(&rule.target)).collect();
        let shape = TargetShape { object: Schema { name, fields, ..Schema::default() }, parents: Default::default() };
        let step = Step {
            source: source.clone(),
            org: String::new(),
            into: None,
            object: String::new(),
            operation: crate::connect::Operation::Insert,
            find: Find::Id,
            mapping: mapping.clone(),
            options: Options { clear_mark: false, ..Options::default() },
            sync: None,
            seen: None,
        };
        let reading = Integration::new("").reading(&step, self.now());
        let columns = self.source_shape(source, false)?;
        Mapper::compile(mapping, &columns, &shape, &reading).map_err(|problems| {
            WorkspaceError::problems(&problems.into_iter().map(|p| Problem::of_mapping(0, p)).collect::<Vec<_>>())
        })
    }
}

/// Maps a row, or says why it cannot be.
fn map(mapper: &Mapper, row: Row<'_>, mapped: &mut Mapped) -> Option<Rejection> {
    if let Some(fault) = row.fault() {
        return Some(fault.clone());
    }
    let mut why: Option<Rejection> = None;
    mapper.map(row, &no_links, mapped, |_, more| match &mut why {
        None => why = Some(more),
        Some(first) => first.add(more),
    });
    why
}
