//! One step in the words of `mapping.yml`, and what there are no words for.

use super::super::{LeftOut, place_of};
use super::read::record_type;
use crate::connect::file::FileFormat;
use crate::connect::{Api, Operation, SourceSettings};
use crate::integration::{Find, Options, Step};
use crate::mapping::{Blank, Expression, Rule, TooLong, Write};
use serde_json::{Map, Value, json};

/// A step as an entry of the file.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The entry.
    pub(super) entry: Map<String, Value>,
    /// What has no words.
    pub(super) left_out: Vec<LeftOut>,
}

/// The table that a step loads: its file without the ending.
fn table(step: &Step) -> String {
    let stem = step.source.file().and_then(|file| file.path.file_stem());
    stem.map_or_else(|| step.object.clone(), |stem| stem.to_string_lossy().into_owned())
}

/// The column by which other tables name a step's rows.
fn row_number(step: &Step) -> String {
    match step.mapping.rule("Id").map(|rule| &rule.from) {
        Some(Expression::Column(column)) => column.clone(),
        _ => "id".to_owned(),
    }
}

/// Says the step with this number.
pub(super) fn say(number: usize, steps: &[Step]) -> Said {
    let step = &steps[number];
    let mut teller = Teller { number, steps, step, said: Said::default() };
    teller.tell();
    teller.said
}

struct Teller<'a> {
    number: usize,
    steps: &'a [Step],
    step: &'a Step,
    said: Said,
}

impl Teller<'_> {
    fn leave_out(&mut self, target: &str, why: impl Into<String>) {
        let place = place_of(self.number, self.step, target);
        self.said.left_out.push(LeftOut { place, why: why.into() });
    }

    fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.said.entry.insert(key.to_owned(), value.into());
    }

    fn tell(&mut self) {
        self.put("sf_object", self.step.object.clone());
        if self.step.into.is_some() {
            let why = format!("rows go into {}, and CumulusCI writes to orgs only", self.step.place());
            self.leave_out("", why);
        }
        self.source();
        self.action();
        let (mut fields, mut lookups, mut constants) = (Map::new(), Map::new(), Map::new());
        for rule in &self.step.mapping.rules {
            self.policies(rule);
            match (&rule.from, &rule.lookup) {
                (Expression::Formula(_), _) => {
                    self.leave_out(&rule.target, "CumulusCI has no formulas: compute the value in the table");
                }
                (Expression::Constant(name), Some(lookup)) if *lookup == record_type(&self.step.object) => {
                    self.put("record_type", name.clone());
                }
                (Expression::Constant(_), Some(_)) => {
                    self.leave_out(
                        &rule.target,
                        "CumulusCI looks up rows of tables only, not one record by a constant",
                    );
                }
                (Expression::Constant(text), None) if !rule.target.contains('.') => {
                    constants.insert(rule.target.clone(), text.clone().into());
                }
                (Expression::Column(column), Some(lookup))
                    if rule.target == "RecordTypeId" && *lookup == record_type(&self.step.object) =>
                {
                    fields.insert(rule.target.clone(), column.clone().into());
                }
                (Expression::Column(column), None) if !rule.target.contains('.') => {
                    fields.insert(rule.target.clone(), column.clone().into());
                }
                (Expression::Column(column), _) => {
                    if let Some((field, lookup)) = self.link(rule, column) {
                        lookups.insert(field, lookup);
                    }
                }
                (Expression::Constant(_), None) => {
                    self.leave_out(
                        &rule.target,
                        "CumulusCI looks up rows of tables only, not one record by a constant",
                    );
                }
            }
        }
        for (key, map) in [("fields", fields), ("lookups", lookups), ("static", constants)] {
            if !map.is_empty() {
                self.put(key, map);
            }
        }
        self.options();
    }

    fn source(&mut self) {
        let table = table(self.step);
        if table != self.step.object {
            self.put("table", table.clone());
        }
        let why = match &self.step.source {
            SourceSettings::Query(query) => {
                format!("rows come from the table {table}, not from the query: {}", query.soql)
            }
            SourceSettings::File(file) => match &file.format {
                FileFormat::Workbook(_) => {
                    format!("rows come from the table {table} of a dataset, not from a workbook")
                }
                FileFormat::Sqlite(_) => {
                    format!("rows come from the table {table} of a dataset, not from another database")
                }
                FileFormat::Csv(_) => return,
            },
            SourceSettings::Undo(undo) => format!("rows come from run {}", undo.undo_of),
            SourceSettings::Sync(_) => "rows come from what a sync has decided".to_owned(),
        };
        self.leave_out("", why);
    }

    fn action(&mut self) {
        let (action, key): (_, Value) = match (self.step.operation, &self.step.find) {
            (Operation::Insert, _) => ("insert", Value::Null),
            (Operation::Delete, Find::Id) => ("delete", Value::Null),
            (Operation::Update, Find::Id) => ("update", Value::Null),
            (Operation::Upsert, Find::ExternalId(field)) => ("upsert", json!(field)),
            (Operation::Upsert, Find::Match(fields)) => ("etl_upsert", json!(fields)),
            (Operation::Upsert, Find::Id) => ("upsert", json!("Id")),
            (operation, _) => {
                self.leave_out("", "CumulusCI updates and deletes records by their id only");
                (if operation == Operation::Delete { "delete" } else { "update" }, Value::Null)
            }
        };
        self.put("action", action);
        if !key.is_null() {
            self.put("update_key", key);
        }
        if self.step.operation == Operation::Upsert && !self.step.options.create {
            self.leave_out("", "rows that find no record make one there");
        }
    }

    /// A link to a parent, as a lookup of the table that makes it.
    fn link(&mut self, rule: &Rule, column: &str) -> Option<(String, Value)> {
        let (field, parent, by) = match (&rule.lookup, rule.target.split_once('.')) {
            (Some(lookup), _) if lookup.also.is_empty() => {
                (rule.target.clone(), lookup.object.clone(), lookup.by.clone())
            }
            (None, Some((path, by))) => {
                let (parent, relationship) = path.split_once(':').map_or((None, path), |(a, b)| (Some(a), b));
                let field = match relationship.strip_suffix("__r") {
                    Some(name) => format!("{name}__c"),
                    None => format!("{relationship}Id"),
                };
                let parent = parent.map_or_else(|| self.parent_by(relationship, by), str::to_owned);
                (field, parent, by.to_owned())
            }
            _ => {
                self.leave_out(&rule.target, "CumulusCI looks parents up by one value, without other conditions");
                return None;
            }
        };
        let maker = self.steps.iter().find(|step| step.object == parent);
        let key = maker.and_then(|step| {
            let rule = step.mapping.rule(&by)?;
            match &rule.from {
                Expression::Column(key) if rule.map.is_none() && rule.lookup.is_none() => {
                    Some((table(step), key.clone(), row_number(step)))
                }
                _ => None,
            }
        });
        let Some((table, key, number)) = key else {
            let why = format!(
                "CumulusCI looks up rows of its own tables, and no step loads {parent} with {by} from a column"
            );
            self.leave_out(&rule.target, why);
            return None;
        };
        let mut lookup = json!({ "table": table });
        if column != field {
            lookup["key_field"] = column.into();
        }
        if key != number {
            lookup["value_field"] = key.into();
        }
        Some((field, lookup))
    }

    /// The object behind a relationship: the one of a step that has such a name and such a key.
    fn parent_by(&self, relationship: &str, by: &str) -> String {
        let name = relationship.trim_end_matches("__r");
        let fits = |step: &&Step| step.object.trim_end_matches("__c").eq_ignore_ascii_case(name);
        let keeps = |step: &&Step| step.mapping.rule(by).is_some();
        let found = self.steps.iter().find(fits).or_else(|| self.steps.iter().find(keeps));
        found.map_or_else(|| relationship.to_owned(), |step| step.object.clone())
    }

    fn policies(&mut self, rule: &Rule) {
        let unsaid = [
            (rule.map.is_some(), "the value map is not said: translate the values in the table"),
            (rule.blank == Blank::Clear, "that a blank value empties the field is not said"),
            (matches!(rule.blank, Blank::Default(_)), "the value for blanks is not said"),
            (rule.too_long == TooLong::Trim, "that long texts are cut is not said"),
            (rule.write != Write::Always, "when the field is written is not said"),
            (!rule.note.is_empty(), "the note is not said"),
        ];
        for (_, why) in unsaid.into_iter().filter(|(said, _)| *said) {
            self.leave_out(&rule.target, why);
        }
    }

    fn options(&mut self) {
        let options = &self.step.options;
        match options.api {
            Some(Api::Rest) => self.put("api", "rest"),
            Some(Api::Bulk) => self.put("api", "bulk"),
            Some(Api::Direct) | None => {}
        }
        let usual = Options {
            api: options.api,
            create: options.create,
            rows_per_call: options.rows_per_call,
            ..Options::default()
        };
        if options.rows_per_call != Options::default().rows_per_call {
            self.put("batch_size", options.rows_per_call);
        }
        if *options != usual {
            self.leave_out("", "options beyond the API and the rows of a call are not said");
        }
    }
}
