//! One step in the words of `export.json`, and what there are no words for.

use super::super::{LeftOut, place_of};
use super::fields::is_key;
use super::names::{is_name, lookup_field, relationship, standard_parent};
use super::query::Query;
use super::values::ValueLine;
use crate::connect::file::FileFormat;
use crate::connect::{Api, Operation, SourceSettings};
use crate::integration::{Duplicates, Find, Options, Step};
use crate::mapping::{Blank, Expression, Otherwise, Rule, Table, TooLong, ValueMap, Write};
use serde_json::{Map, Value, json};

/// A step as an object of the file.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The object.
    pub(super) object: Map<String, Value>,
    /// Its lines of `ValueMapping.csv`.
    pub(super) values: Vec<ValueLine>,
    /// Parents that it looks up.
    pub(super) parents: Vec<Parent>,
    /// What has no words.
    pub(super) left_out: Vec<LeftOut>,
}

/// A parent that some lookup needs, and the field that it must be found by.
#[derive(Debug, Clone)]
pub(super) struct Parent {
    pub(super) object: String,
    pub(super) by: String,
    pub(super) place: String,
}

impl Parent {
    /// Whether SFDMU finds it so without being told.
    pub(super) fn is_found_anyway(&self) -> bool {
        self.by == "Name" || (self.object == "RecordType" && self.by == "DeveloperName")
    }
}

/// What blank cells of a file do to the fields of a step; `None` where that makes no difference or is not one thing.
pub(super) fn blanks(step: &Step) -> Option<Blank> {
    let matters = matches!(step.operation, Operation::Update | Operation::Upsert) && step.source.file().is_some();
    let mut rules = step.mapping.rules.iter().filter(|rule| !is_key(&step.find, &rule.target));
    let first = rules.next().filter(|_| matters)?;
    let one = matches!(first.blank, Blank::Keep | Blank::Clear) && rules.all(|rule| rule.blank == first.blank);
    one.then(|| first.blank.clone())
}

/// Says the step with this number.
pub(super) fn say(number: usize, steps: &[Step], tables: &[Table]) -> Said {
    let step = &steps[number];
    let mut teller = Teller {
        number,
        steps,
        step,
        tables,
        said: Said::default(),
        fields: vec!["Id".to_owned()],
        renamed: Vec::new(),
    };
    teller.tell();
    teller.said
}

struct Teller<'a> {
    number: usize,
    steps: &'a [Step],
    step: &'a Step,
    tables: &'a [Table],
    said: Said,
    fields: Vec<String>,
    renamed: Vec<(String, String)>,
}

impl Teller<'_> {
    fn leave_out(&mut self, target: &str, why: impl Into<String>) {
        let place = place_of(self.number, self.step, target);
        self.said.left_out.push(LeftOut { place, why: why.into() });
    }

    fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.said.object.insert(key.to_owned(), value.into());
    }

    fn tell(&mut self) {
        if self.step.into.is_some() {
            let why = format!("rows go into {}, and SFDMU writes to orgs and CSV files only", self.step.place());
            self.leave_out("", why);
        }
        let (object, rest) = self.source();
        let mut create_only = Vec::new();
        // What each target is called in the source, for the key.
        let mut called: Vec<(String, String)> = Vec::new();
        for rule in &self.step.mapping.rules {
            let Some((selected, name)) = self.field(rule, &object) else { continue };
            if rule.write == Write::OnCreate && self.step.operation != Operation::Insert {
                create_only.push(name.clone());
            }
            if let Some(map) = &rule.map {
                self.value_map(rule, map, &object, &name);
            }
            self.policies(rule);
            let key = match (&rule.lookup, &rule.from) {
                (Some(_), Expression::Column(column)) => column.clone(),
                _ => name.clone(),
            };
            called.push((rule.target.clone(), key));
            if !self.fields.contains(&selected) {
                self.fields.push(selected);
            }
        }
        let query = Query { fields: std::mem::take(&mut self.fields), object: object.clone(), rest };
        self.put("query", query.to_string());
        self.put("operation", self.operation());
        if self.step.operation != Operation::Insert && self.step.operation != Operation::Delete {
            let name = |target: &String| {
                let found = called.iter().find(|(known, _)| known.eq_ignore_ascii_case(target));
                found.map_or(target.clone(), |(_, name)| name.clone())
            };
            let key = match &self.step.find {
                Find::Id => "Id".to_owned(),
                Find::ExternalId(field) => name(field),
                Find::Match(fields) => fields.iter().map(name).collect::<Vec<_>>().join(";"),
            };
            self.put("externalId", key);
        }
        if !create_only.is_empty() {
            self.put("excludedFromUpdateFields", create_only);
        }
        let mut renamed: Vec<Value> = Vec::new();
        if object != self.step.object {
            renamed.push(json!({ "targetObject": self.step.object }));
        }
        renamed.extend(self.renamed.iter().map(|(from, to)| json!({ "sourceField": from, "targetField": to })));
        if !renamed.is_empty() {
            self.put("useFieldMapping", true);
            self.put("fieldMapping", renamed);
        }
        if !self.said.values.is_empty() {
            self.put("useValuesMapping", true);
        }
        self.options();
    }

    fn operation(&self) -> &'static str {
        match self.step.operation {
            Operation::Insert => "Insert",
            Operation::Update => "Update",
            Operation::Upsert if !self.step.options.create => "Update",
            Operation::Upsert => "Upsert",
            Operation::Delete => "Delete",
        }
    }

    /// The object that is read, and the conditions of its query.
    fn source(&mut self) -> (String, String) {
        let target = self.step.object.clone();
        match &self.step.source {
            SourceSettings::Query(query) => {
                if query.deleted {
                    self.put("useQueryAll", true);
                }
                let deletes = self.step.operation == Operation::Delete;
                if !deletes && self.steps.iter().any(|step| step.source.file().is_some()) {
                    let why = "SFDMU takes all rows from one org, or all from CSV files; its CSV files are marked so";
                    self.leave_out("", why);
                }
                match Query::parse(&query.soql) {
                    Ok(query) => (query.object, query.rest),
                    Err(why) => {
                        self.leave_out("", format!("{why}: {}", query.soql));
                        (target, String::new())
                    }
                }
            }
            SourceSettings::Undo(undo) => {
                self.leave_out("", format!("rows come from run {}", undo.undo_of));
                (target, String::new())
            }
            SourceSettings::Sync(_) => {
                self.leave_out("", "rows come from what a sync has decided");
                (target, String::new())
            }
            SourceSettings::File(file) => {
                let name = self.step.source.name();
                let stem = file.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
                let object = if stem.ends_with("__c") && is_name(&stem) { stem } else { target };
                if let FileFormat::Workbook(_) = &file.format {
                    self.leave_out("", format!("SFDMU reads no workbooks: save {name} as {object}.csv"));
                } else if let FileFormat::Sqlite(sqlite) = &file.format {
                    let table = &sqlite.table;
                    self.leave_out("", format!("SFDMU reads no databases: save the table {table} as {object}.csv"));
                } else if name != format!("{object}.csv") {
                    self.leave_out("", format!("SFDMU reads {object}.csv: rename {name}"));
                }
                if self
                    .steps
                    .iter()
                    .any(|step| matches!(step.source, SourceSettings::Query(_)) && step.operation != Operation::Delete)
                {
                    self.put("useSourceCSVFile", true);
                }
                (object, String::new())
            }
        }
    }

    /// What a rule selects, and the name of its field in the source.
    fn field(&mut self, rule: &Rule, object: &str) -> Option<(String, String)> {
        let column = match &rule.from {
            Expression::Column(column) => column.as_str(),
            Expression::Constant(_) => {
                self.leave_out(&rule.target, "SFDMU has no constants: put the value into the source");
                return None;
            }
            Expression::Formula(_) => {
                self.leave_out(&rule.target, "SFDMU has no formulas: compute the value in the source");
                return None;
            }
        };
        if let Some(lookup) = &rule.lookup {
            let record_type = lookup.object == "RecordType";
            let known = |field: &str| record_type && field == "SobjectType";
            if lookup.also.iter().any(|condition| !known(&condition.field)) {
                self.leave_out(&rule.target, "SFDMU looks parents up by one field: the other conditions are not said");
            }
            return self.parent(rule, column, &rule.target, &lookup.object, object);
        }
        if let Some((path, _)) = rule.target.split_once('.') {
            let (parent, relationship) = path.split_once(':').map_or((None, path), |(a, b)| (Some(a), b));
            let field = lookup_field(relationship);
            let guessed = standard_parent(&field, object).map(str::to_owned);
            let parent = parent.map(str::to_owned).or(guessed).unwrap_or_else(|| field.clone());
            return self.parent(rule, column, &field, &parent, object);
        }
        if !is_name(column) {
            self.leave_out(
                &rule.target,
                format!("SFDMU reads fields by API name, and {column} is none: rename the column"),
            );
            return None;
        }
        let again = self.fields.iter().any(|field| field.eq_ignore_ascii_case(column));
        if again && !(column.eq_ignore_ascii_case("Id") && rule.target == "Id") {
            self.leave_out(&rule.target, format!("SFDMU puts {column} into one field only"));
            return None;
        }
        if column != rule.target {
            self.renamed.push((column.to_owned(), rule.target.clone()));
        }
        Some((column.to_owned(), column.to_owned()))
    }

    /// What is selected for a lookup field: the field itself; SFDMU finds the parent by the parent's own key.
    fn parent(&mut self, rule: &Rule, column: &str, field: &str, parent: &str, own: &str) -> Option<(String, String)> {
        let parts = column.split_once('.').filter(|(path, key)| is_name(path) && key.split('.').all(is_name));
        let Some((path, key)) = parts else {
            let path = relationship(field).unwrap_or_else(|| field.to_owned());
            let why = format!("SFDMU takes the parent's key from a column called {path}.KEY, not from {column}");
            self.leave_out(&rule.target, why);
            return None;
        };
        let name = lookup_field(path);
        if name != field {
            self.renamed.push((name.clone(), field.to_owned()));
        }
        let maker = self.steps.iter().find(|step| step.object == parent);
        let source = maker.map_or(parent.to_owned(), |step| match &step.source {
            SourceSettings::Query(query) if !query.object().is_empty() => query.object().to_owned(),
            _ => parent.to_owned(),
        });
        let place = place_of(self.number, self.step, &rule.target);
        self.said.parents.push(Parent { object: source.clone(), by: key.to_owned(), place });
        let told_by_name = standard_parent(&name, own) == Some(&source) || name == source;
        let selected = if told_by_name { name.clone() } else { format!("{name}${source}") };
        Some((selected, name))
    }

    fn value_map(&mut self, rule: &Rule, map: &ValueMap, object: &str, name: &str) {
        let table = map.table.as_ref().and_then(|table| self.tables.iter().find(|known| known.name == *table));
        let of_table = table.into_iter().flat_map(|table| &table.rows).map(|row| {
            let cell = |at: usize| row.get(at).cloned().unwrap_or_default();
            (cell(0), cell(1))
        });
        for (from, to) in map.rows.iter().cloned().chain(of_table) {
            let line = ValueLine { object: object.to_owned(), field: name.to_owned(), from, to };
            if line.is_pattern() {
                self.leave_out(&rule.target, format!("{} would be taken for a pattern", line.from));
            } else {
                self.said.values.push(line);
            }
        }
        if map.otherwise != Otherwise::Keep {
            self.leave_out(&rule.target, "values that are not in the map pass as they are");
        }
        if !map.match_case {
            self.leave_out(&rule.target, "values are compared with their case");
        }
    }

    fn policies(&mut self, rule: &Rule) {
        let steps = self.step;
        let key =
            is_key(&steps.find, &rule.target) || !matches!(steps.operation, Operation::Update | Operation::Upsert);
        match &rule.blank {
            Blank::Default(_) => self.leave_out(&rule.target, "the value for blanks is not said"),
            Blank::Keep if !key && blanks(steps).is_none() => {
                self.leave_out(&rule.target, "a blank value empties the field there");
            }
            Blank::Keep | Blank::Clear => {}
        }
        let all_trim = steps.mapping.rules.iter().all(|rule| rule.too_long == TooLong::Trim);
        if rule.too_long == TooLong::Trim && !all_trim {
            self.leave_out(&rule.target, "long texts are cut for the whole file or not at all");
        }
        match rule.write {
            Write::OnUpdate => self.leave_out(&rule.target, "the field is written on new records too"),
            Write::IfBlank => self.leave_out(&rule.target, "the field is written also where it has a value"),
            Write::Always | Write::OnCreate => {}
        }
        if !rule.note.is_empty() {
            self.leave_out(&rule.target, "the note is not said");
        }
    }

    fn options(&mut self) {
        let options = &self.step.options;
        match options.api {
            Some(Api::Rest) => self.put("alwaysUseRestApi", true),
            Some(Api::Bulk) => self.put("alwaysUseBulkApi", true),
            Some(Api::Direct) | None => {}
        }
        let usual = Options::default();
        let unsaid = [
            (options.stop_at_first_bad_row, "that the run ends at the first bad row is not said"),
            (options.assignment_rules, "that assignment rules run is not said"),
            (options.save_duplicates, "that duplicates are saved is not said"),
            (options.duplicates != Duplicates::Reject, "which of several rows for one record is sent is not said"),
            (options.absent != usual.absent, "what becomes of records no longer in the source is not said"),
            (options.budget != usual.budget, "how much of the API the run may use is not said"),
            (!options.clear_mark, "`#N/A` empties a field there"),
            (options.retry != usual.retry, "how patiently faults are met is not said"),
        ];
        for (_, why) in unsaid.into_iter().filter(|(said, _)| *said) {
            self.leave_out("", why);
        }
    }
}
