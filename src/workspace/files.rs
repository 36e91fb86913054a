//! Files that people bring: looked at, corrected, and what they seem to be for.

use super::open::{data_folder, unwritable};
use super::{ImportGuess, Proposal, Workspace, WorkspaceError};
use crate::connect::Operation;
use crate::connect::file::{self, FileSettings, Inspection};
use crate::integration::Find;
use crate::mapping::{Expression, Mapping, suggest};
use crate::record::Schema;
use std::path::Path;

impl Workspace {
    /// Looks at a file, and detects how it is to be read.
    pub fn inspect(&self, path: &Path) -> Result<Inspection, WorkspaceError> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Ok(file::inspect(&path)?)
    }

    /// Looks at a file, read as a person said.
    pub fn inspect_as(&self, settings: &FileSettings) -> Result<Inspection, WorkspaceError> {
        Ok(file::inspect_as(settings)?)
    }

    /// Looks at cells pasted from a spreadsheet. They are kept as a file of their own, since a run reads files.
    pub fn paste(&self, cells: &str) -> Result<Inspection, WorkspaceError> {
        let folder = data_folder()?.join("pasted");
        std::fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
        let stamp = jiff::Timestamp::from_millisecond(self.now()).unwrap_or_default();
        let path = folder.join(format!("pasted-{}.tsv", stamp.strftime("%Y%m%d-%H%M%S-%3f")));
        super::practice::write_private(&path, &file::pasted(cells))?;
        Ok(file::inspect(&path)?)
    }

    /// What a file seems to be for: object, operation, how records are found, and a mapping; all of it to be changed.
    pub fn guess(&self, file: &Inspection, alias: &str) -> Result<ImportGuess, WorkspaceError> {
        let objects = self.objects(alias)?;
        let names: Vec<_> = objects
            .iter()
            .map(|object| suggest::ObjectName {
                name: object.name.clone(),
                label: object.label.clone(),
                label_plural: object.label_plural.clone(),
                key_prefix: object.key_prefix.clone(),
            })
            .collect();
        let Some(object) = suggest::guess_object(&file.columns, &file.head, &names) else {
            return Ok(ImportGuess {
                object: None,
                operation: (Operation::Insert, String::new()),
                find: (Find::Id, String::new()),
                proposals: Vec::new(),
                mapping: Mapping::default(),
            });
        };
        let schema = self.describe(alias, &object.object, false)?.schema;
        let guess = suggest::guess_operation(&file.columns, &file.head, &schema);
        let proposals = proposals(file, &schema, guess.operation);
        let mapping = mapping_of(&proposals);
        Ok(ImportGuess {
            object: Some((object.object, object.why)),
            operation: (guess.operation, guess.why.clone()),
            find: (guess.find_by.map_or(Find::Id, Find::ExternalId), guess.why),
            proposals,
            mapping,
        })
    }

    /// Mapping lines for a file and an object.
    pub fn propose(
        &self,
        file: &Inspection,
        alias: &str,
        object: &str,
        operation: Operation,
    ) -> Result<Vec<Proposal>, WorkspaceError> {
        Ok(proposals(file, &*self.describe(alias, object, false)?.schema, operation))
    }
}

fn proposals(file: &Inspection, schema: &Schema, operation: Operation) -> Vec<Proposal> {
    suggest::suggest(&file.columns, &file.head, schema, operation)
        .into_iter()
        .map(|suggestion| Proposal {
            column: suggestion.column,
            target: suggestion.target,
            why: suggestion.why,
            certain: suggestion.certain,
        })
        .collect()
}

/// The mapping that proposals make.
pub(super) fn mapping_of(proposals: &[Proposal]) -> Mapping {
    let mut mapping = Mapping::default();
    for proposal in proposals {
        mapping.set(&proposal.target, Expression::Column(proposal.column.clone()));
    }
    mapping
}
