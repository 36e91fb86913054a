//! Files that people bring: looked at, corrected, and what they seem to be for.

use super::open::{data_folder, unwritable};
use super::{ImportGuess, ObjectCard, Proposal, Workspace, WorkspaceError};
use crate::connect::Operation;
use crate::connect::file::{self, FileSettings, Inspection};
use crate::integration::{Find, Integration};
use crate::mapping::suggest::{self, Certainty, RecordsBy};
use crate::mapping::{Expression, Mapping, sdl};
use crate::record::{Field, Schema};
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

    /// How another file takes the place of one that is known: *the same again next month*.
    pub fn other_file(&self, known: &FileSettings, path: &Path) -> Result<FileSettings, WorkspaceError> {
        Ok(known.for_file(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))?)
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
        let guessed = match suggest::guess_object(&file.columns, &file.head, &names) {
            Some(guess) => Some((guess.object, guess.why)),
            None => self.object_by_fields(file, alias, &objects)?,
        };
        let Some((object, object_why)) = guessed else {
            return Ok(ImportGuess {
                object: None,
                operation: (Operation::Insert, String::new()),
                find: (Find::Id, String::new()),
                proposals: Vec::new(),
                mapping: Mapping::default(),
            });
        };
        let schema = self.describe(alias, &object, false)?.schema;
        let (operation, find, why) = match suggest::guess_records(&file.columns, &file.head, &schema) {
            RecordsBy::Id { why, .. } => (Operation::Update, Find::Id, why),
            RecordsBy::Key { field, why, .. } => (Operation::Upsert, Find::ExternalId(field), why),
            RecordsBy::Nothing { why } => (Operation::Insert, Find::Id, why),
        };
        let mut proposals = proposals(file, &schema, operation);
        let find = (find, why.clone());
        let (mut operation, mut why) = (operation, why);
        let missing = schema.fields.iter().find(|field| {
            field.required && !proposals.iter().any(|proposal| proposal.target.eq_ignore_ascii_case(&field.name))
        });
        if let Some(field) = missing.filter(|_| operation == Operation::Upsert) {
            // What new records need is not there: it is about records that are there.
            (operation, why) = (Operation::Update, format!("{why}; for new records it has no {}", field.label));
            proposals = self::proposals(file, &schema, operation);
        }
        let mapping = mapping_of(&proposals);
        Ok(ImportGuess { object: Some((object, object_why)), operation: (operation, why), find, proposals, mapping })
    }

    /// Of the objects that files are mostly for, the one whose fields are named as most of the columns are.
    fn object_by_fields(
        &self,
        file: &Inspection,
        alias: &str,
        objects: &[ObjectCard],
    ) -> Result<Option<(String, String)>, WorkspaceError> {
        const USUAL: [&str; 6] = ["Account", "Contact", "Lead", "Opportunity", "Product2", "Case"];
        // Fewer agree by chance: nearly every object has a name and a description.
        const FEWEST: usize = 3;
        let mut best = None;
        for object in objects.iter().filter(|object| USUAL.contains(&object.name.as_str())) {
            let schema = self.describe(alias, &object.name, false)?.schema;
            let found = suggest::suggest(&file.columns, &file.head, &schema, |field| field.createable);
            let named = found.iter().filter(|suggestion| suggestion.certainty > Certainty::Guess).count();
            let enough = named >= FEWEST && named * 2 >= file.columns.fields.len();
            if enough && best.as_ref().is_none_or(|(most, _)| named > *most) {
                best = Some((named, object));
            }
        }
        Ok(best.map(|(named, object)| {
            let why = format!("A guess: {named} columns are named as fields of {} are", object.label);
            (object.name.clone(), why)
        }))
    }

    /// Mapping lines for a file and an object.
    pub fn propose(
        &self,
        file: &Inspection,
        alias: &str,
        object: &str,
        operation: Operation,
    ) -> Result<Vec<Proposal>, WorkspaceError> {
        Ok(proposals(file, &self.describe(alias, object, false)?.schema, operation))
    }
}

impl Workspace {
    /// Reads a mapping file: Linkspan's JSON (a list of rules, or an integration), or Data Loader's `.sdl`.
    pub fn read_mapping(&self, path: &Path) -> Result<Mapping, WorkspaceError> {
        let bytes = super::exchange::read_small(path)?;
        let named = |error: WorkspaceError| WorkspaceError {
            message: format!("{}: {}", path.display(), error.message),
            ..error
        };
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("sdl")) {
            let sdl = sdl::read(&bytes);
            return match sdl.problems.first() {
                Some(problem) => Err(named(WorkspaceError::new(&problem.message).hint(&problem.hint))),
                None => Ok(sdl.mapping),
            };
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(mapping) = serde_json::from_str::<Mapping>(&text) {
            return Ok(mapping);
        }
        match Integration::from_file(&text) {
            Ok(integration) => Ok(integration.steps.into_iter().next().map(|step| step.mapping).unwrap_or_default()),
            Err(error) => Err(named(error.into())).map_err(|error| {
                error.hint("Give a list of rules such as [{\"target\": \"Name\", \"column\": \"Company\"}].")
            }),
        }
    }
}

fn proposals(file: &Inspection, schema: &Schema, operation: Operation) -> Vec<Proposal> {
    let writable = |field: &Field| super::suggest::writable(operation, field);
    suggest::suggest(&file.columns, &file.head, schema, writable)
        .into_iter()
        .map(|suggestion| Proposal {
            column: suggestion.column,
            target: suggestion.target,
            why: suggestion.why.to_string(),
            certain: suggestion.certainty > Certainty::Guess,
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
