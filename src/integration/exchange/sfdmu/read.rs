//! From `export.json` to steps.

use super::super::foreign::{Entry, is_off};
use super::super::{ExchangeError, Given, LeftOut};
use super::fields::{Fields, Masked, at, has, is_key, is_on, node_encoding, texts};
use super::names::{is_wildcard, lookup_field, relationship, standard_parent};
use super::query::Query;
use super::values::{self, ValueLine};
use super::{FIELD_MAPPING, VALUE_MAPPING, settings};
use crate::connect::csv::CsvSettings;
use crate::connect::file::{FileFormat, FileSettings};
use crate::connect::soql::QuerySettings;
use crate::connect::{Api, Operation, SourceSettings};
use crate::integration::{Find, Options, Step};
use crate::mapping::{
    Blank, Condition, DateOrder, Expression, Formats, Lookup, Mapping, NoneFound, Otherwise, Rule, SeveralFound,
    TooLong, ValueMap, Write,
};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// What a file says.
pub(super) struct Read {
    /// Its objects, in its order.
    pub(super) entries: Vec<Entry>,
    /// Those that are steps, in the order in which they run.
    pub(super) order: Vec<usize>,
    /// What has no place.
    pub(super) left_out: Vec<LeftOut>,
}

/// An object of the file, looked at once.
struct Object<'a> {
    place: String,
    group: usize,
    map: &'a Map<String, Value>,
    query: Result<Query, String>,
}

struct Reader<'a> {
    root: &'a Map<String, Value>,
    given: &'a Given,
    objects: Vec<Object<'a>>,
    values: Vec<ValueLine>,
    left_out: Vec<LeftOut>,
}

/// Reads a file.
pub(super) fn read(root: &Value, given: &Given) -> Result<Read, ExchangeError> {
    let wrong = |place: &str| {
        ExchangeError::refused(
            format!("{place} is not what SFDMU's export.json has there"),
            "It needs a list \"objects\", each with a \"query\".",
        )
    };
    let root = root.as_object().ok_or_else(|| wrong("the file"))?;
    let mut reader = Reader { root, given, objects: Vec::new(), values: Vec::new(), left_out: Vec::new() };
    if let Some(objects) = root.get("objects").filter(|objects| !objects.is_null()) {
        reader.take(0, "objects", objects).map_err(|place| wrong(&place))?;
    }
    if let Some(sets) = root.get("objectSets").filter(|sets| !sets.is_null()) {
        for (at, set) in sets.as_array().ok_or_else(|| wrong("objectSets"))?.iter().enumerate() {
            let place = format!("objectSets[{at}].objects");
            reader.take(at + 1, &place, &set["objects"]).map_err(|place| wrong(&place))?;
        }
    }
    if reader.objects.is_empty() {
        return Err(wrong("the file"));
    }
    settings::unsaid_of_root(root, &mut reader.left_out);
    reader.read_values();
    let mut entries = Vec::new();
    for at in 0..reader.objects.len() {
        let step = reader.step(at);
        let object = &reader.objects[at];
        entries.push(Entry {
            group: object.group,
            name: object.place.clone(),
            value: Value::Object(object.map.clone()),
            step,
        });
    }
    let order = reader.order(&entries);
    Ok(Read { entries, order, left_out: reader.left_out })
}

impl<'a> Reader<'a> {
    fn take(&mut self, group: usize, place: &str, objects: &'a Value) -> Result<(), String> {
        for (at, object) in objects.as_array().ok_or_else(|| place.to_owned())?.iter().enumerate() {
            let place = format!("{place}[{at}]");
            let map = object.as_object().ok_or_else(|| place.clone())?;
            let query = map.get("query").and_then(Value::as_str).ok_or("there is no query".to_owned());
            self.objects.push(Object { query: query.and_then(Query::parse), place, group, map });
        }
        Ok(())
    }

    fn read_values(&mut self) {
        let Some(text) = self.given.beside.get(VALUE_MAPPING) else { return };
        match values::read(text) {
            Ok(lines) => {
                for line in lines.iter().filter(|line| line.is_pattern()) {
                    let place = format!("{VALUE_MAPPING}, {}.{}", line.object, line.field);
                    self.leave_out(place, format!("{} is a pattern; value maps list values", line.from));
                }
                self.values = lines;
            }
            Err(why) => self.leave_out(VALUE_MAPPING, why),
        }
    }

    fn leave_out(&mut self, place: impl Into<String>, why: impl Into<String>) {
        self.left_out.push(LeftOut { place: place.into(), why: why.into() });
    }

    /// The step that an object is, unless it only serves others or cannot be one.
    fn step(&mut self, number: usize) -> Option<Step> {
        let (map, place) = (self.objects[number].map, self.objects[number].place.clone());
        if is_on(map, "excluded") {
            return None;
        }
        let query = match &self.objects[number].query {
            Ok(query) => query.clone(),
            Err(why) => {
                let why = why.clone();
                self.leave_out(format!("{place}.query"), why);
                return None;
            }
        };
        let operation = self.operation(map, &place)?;
        settings::unsaid_of_object(&place, map, &mut self.left_out);
        let fields = Fields::of(map, &query);
        if is_on(map, "useFieldMapping") && is_off(at(map, "fieldMapping")) {
            let why = format!("fields are renamed by {FIELD_MAPPING}, which is not read: rename them in the mapping");
            self.leave_out(format!("{place}.useFieldMapping"), why);
        }
        let from_file = self.given.source_org.is_none() || is_on(map, "useSourceCSVFile");
        let mut rules = Vec::new();
        let find = match operation {
            Operation::Delete => {
                rules.push(Rule::new("Id", Expression::Column("Id".to_owned())));
                Find::Id
            }
            _ => {
                rules = self.rules(&place, map, &query, &fields, operation);
                self.find(&place, &fields, operation, &mut rules)
            }
        };
        self.blanks(&mut rules, &find, operation, from_file);
        if is_on(self.root, "allowFieldTruncation") {
            rules.iter_mut().for_each(|rule| rule.too_long = TooLong::Trim);
        }
        let source = self.source(&place, map, &query, &rules, operation, from_file);
        Some(Step {
            source,
            org: self.given.org.clone(),
            into: None,
            object: fields.target_object.clone(),
            operation,
            find,
            mapping: Mapping { rules },
            options: self.options(map),
            sync: None,
            seen: None,
        })
    }

    fn operation(&mut self, map: &Map<String, Value>, place: &str) -> Option<Operation> {
        let said = map.get("operation").and_then(Value::as_str).unwrap_or("Readonly");
        let hard = ["hardDelete", "deleteByHierarchy", "deleteFromSource"].into_iter().find(|key| is_on(map, key));
        match said.to_ascii_lowercase().as_str() {
            "insert" => Some(Operation::Insert),
            "update" => Some(Operation::Update),
            "upsert" => Some(Operation::Upsert),
            "delete" if hard.is_none() => Some(Operation::Delete),
            // It is there for others to find their parents in, which lookups do without it.
            "readonly" => None,
            _ => {
                let why = format!("no step does what {} says; the object is left out", hard.unwrap_or(said));
                self.leave_out(format!("{place}.operation"), why);
                None
            }
        }
    }

    fn rules(
        &mut self,
        place: &str,
        map: &Map<String, Value>,
        query: &Query,
        fields: &Fields,
        operation: Operation,
    ) -> Vec<Rule> {
        let excluded = texts(at(map, "excludedFields"));
        let only_new = texts(at(map, "excludedFromUpdateFields"));
        let masked = Masked::of(map);
        let mut rules: Vec<Rule> = Vec::new();
        for selected in &query.fields {
            let (name, object) = selected.split_once('$').map_or((selected.as_str(), None), |(a, b)| (a, Some(b)));
            if is_wildcard(name) || name.contains(['(', ' ']) {
                let why = format!("which fields `{selected}` means only the org knows: map them by hand");
                self.leave_out(format!("{place}.query"), why);
                continue;
            }
            let own_id = name.eq_ignore_ascii_case("Id") && !fields.keys.iter().any(|key| key == "Id");
            if own_id || name.contains('.') || has(&excluded, name) {
                continue;
            }
            if masked.hides(name) {
                let why =
                    format!("{name} is not loaded, because its values would have to be replaced by invented ones");
                self.leave_out(format!("{place}.mockFields"), why);
                continue;
            }
            let target = fields.target(name).to_owned();
            if rules.iter().any(|rule| rule.target.eq_ignore_ascii_case(&target)) {
                self.leave_out(
                    format!("{place}.query"),
                    format!("{name} goes into {target}, which has a value already"),
                );
                continue;
            }
            let parent = object.map(str::to_owned).or_else(|| self.parent(map, &query.object, name));
            let rule = match parent {
                Some(parent) => self.lookup(place, fields, name, &target, &parent),
                None => Some(Rule::new(&*target, Expression::Column(name.to_owned()))),
            };
            let Some(mut rule) = rule else { continue };
            if has(&only_new, name) && operation != Operation::Insert {
                rule.write = Write::OnCreate;
            }
            rule.map = self.value_map(map, &query.object, name, &target);
            rules.push(rule);
        }
        rules
    }

    /// The object that a lookup field leads to, as far as names tell.
    fn parent(&self, map: &Map<String, Value>, object: &str, field: &str) -> Option<String> {
        let said = map.get("polymorphicLookups").and_then(Value::as_array).into_iter().flatten();
        let said = said.into_iter().find(|lookup| lookup["fieldName"] == field);
        if let Some(parent) = said.and_then(|lookup| lookup["referencedObjectType"].as_str()) {
            return Some(parent.to_owned());
        }
        // Custom lookups are often named as the object that they lead to.
        let named = field.strip_suffix("Id").unwrap_or(field);
        let in_file = self.objects.iter().filter_map(|object| object.query.as_ref().ok());
        let in_file = in_file.into_iter().find(|query| query.object.eq_ignore_ascii_case(named) && field != "Id");
        let standard = standard_parent(field, object).map(str::to_owned);
        standard.or_else(|| in_file.map(|query| query.object.clone()))
    }

    /// The rule for a lookup field: the parent is found by the field that its own object is found by.
    fn lookup(&mut self, place: &str, fields: &Fields, name: &str, target: &str, parent: &str) -> Option<Rule> {
        let found = self
            .objects
            .iter()
            .find(|object| object.query.as_ref().is_ok_and(|query| query.object.eq_ignore_ascii_case(parent)));
        let parents = found.and_then(|object| Some(Fields::of(object.map, object.query.as_ref().ok()?)));
        let record_type = parent.eq_ignore_ascii_case("RecordType");
        let keys = match &parents {
            Some(parents) if !record_type => parents.keys.clone(),
            _ => vec![if record_type { "DeveloperName" } else { "Name" }.to_owned()],
        };
        let [key] = keys.as_slice() else {
            let why = format!("{name} is left out: {parent} is found by several fields, and a lookup searches by one");
            self.leave_out(format!("{place}.query"), why);
            return None;
        };
        let Some(relationship) = relationship(name).filter(|_| key != "Id") else {
            // Ids are the same at both ends, or the field is a lookup by a name of its own.
            return Some(Rule::new(target, Expression::Column(name.to_owned())));
        };
        let (object, by) = match &parents {
            Some(parents) => (parents.target_object.clone(), parents.target(key).to_owned()),
            None => (parent.to_owned(), key.clone()),
        };
        let also = record_type.then(|| Condition {
            field: "SobjectType".to_owned(),
            is: Expression::Constant(fields.target_object.clone()),
        });
        let mut rule = Rule::new(target, Expression::Column(format!("{relationship}.{key}")));
        rule.lookup = Some(Lookup {
            object,
            by,
            also: also.into_iter().collect(),
            none: NoneFound::Reject,
            several: Some(SeveralFound::Reject),
        });
        Some(rule)
    }

    fn value_map(&self, map: &Map<String, Value>, object: &str, field: &str, target: &str) -> Option<ValueMap> {
        if !is_on(map, "useValuesMapping") && !is_on(map, "useCSVValuesMapping") {
            return None;
        }
        let about = |line: &&ValueLine| {
            line.object.eq_ignore_ascii_case(object)
                && [field, target].iter().any(|name| line.field.eq_ignore_ascii_case(name))
                && !line.is_pattern()
        };
        let mut rows: Vec<(String, String)> = Vec::new();
        for line in self.values.iter().filter(about) {
            // Of two lines for one value the last counts, as in SFDMU.
            rows.retain(|(from, _)| from.trim() != line.from.trim());
            rows.push((line.from.clone(), line.to.clone()));
        }
        let map = ValueMap { rows, match_case: true, otherwise: Otherwise::Keep, ..ValueMap::default() };
        (!map.rows.is_empty()).then_some(map)
    }

    /// How records are found; fields that only the key names get a rule.
    fn find(&mut self, place: &str, fields: &Fields, operation: Operation, rules: &mut Vec<Rule>) -> Find {
        if operation == Operation::Insert {
            return Find::Id;
        }
        let mut targets = Vec::new();
        for key in &fields.keys {
            let (name, target) = match key.split_once('.') {
                Some((relationship, _)) => {
                    let field = lookup_field(relationship);
                    let target = fields.target(&field).to_owned();
                    (field, target)
                }
                None => (key.clone(), fields.target(key).to_owned()),
            };
            if !rules.iter().any(|rule| rule.target.eq_ignore_ascii_case(&target)) {
                let rule = if key.contains('.') {
                    let why = format!("records are found by {key}, but the query has no {name}");
                    self.leave_out(format!("{place}.externalId"), why);
                    None
                } else {
                    Some(Rule::new(&*target, Expression::Column(name)))
                };
                rules.splice(0..0, rule);
            }
            targets.push(target);
        }
        match targets.as_slice() {
            [only] if only == "Id" => Find::Id,
            [only] if only.ends_with("__c") && !fields.keys[0].contains('.') => Find::ExternalId(only.clone()),
            _ => Find::Match(targets),
        }
    }

    /// A blank empties its field, except where the file says otherwise.
    fn blanks(&self, rules: &mut [Rule], find: &Find, operation: Operation, from_file: bool) {
        let keeps = from_file && self.root.get("csvInsertNulls") == Some(&Value::Bool(false));
        if keeps || !matches!(operation, Operation::Update | Operation::Upsert) {
            return;
        }
        for rule in rules {
            if !is_key(find, &rule.target) {
                rule.blank = Blank::Clear;
            }
        }
    }

    fn source(
        &mut self,
        place: &str,
        map: &Map<String, Value>,
        query: &Query,
        rules: &[Rule],
        operation: Operation,
        from_file: bool,
    ) -> SourceSettings {
        let queried = |org: &str, fields: Vec<String>| {
            let query = Query { fields, ..query.clone() };
            SourceSettings::Query(QuerySettings {
                org: org.to_owned(),
                soql: query.to_string(),
                deleted: is_on(map, "useQueryAll"),
                changes: None,
            })
        };
        if operation == Operation::Delete {
            // Its query is about records of the target.
            return queried(&self.given.org, vec!["Id".to_owned()]);
        }
        if let (false, Some(org)) = (from_file, &self.given.source_org) {
            let mut columns: Vec<String> = Vec::new();
            for rule in rules {
                if let Expression::Column(column) = &rule.from
                    && !columns.contains(column)
                {
                    columns.push(column.clone());
                }
            }
            if columns.is_empty() {
                columns.push("Id".to_owned());
            }
            return queried(org, columns);
        }
        if !query.rest.is_empty() {
            let why = format!("every row of {}.csv is taken, also those outside of `{}`", query.object, query.rest);
            self.leave_out(format!("{place}.query"), why);
        }
        let text = |key: &str| self.root.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let mut csv = CsvSettings::default();
        let delimiter = text("csvReadFileDelimiter").or(text("csvFileDelimiter"));
        if let Some(delimiter) = delimiter.map(|text| if text == "\\t" { "\t" } else { text }) {
            let mut chars = delimiter.chars();
            csv.delimiter = chars.next().filter(|_| chars.next().is_none()).unwrap_or(',');
        }
        if let Some(encoding) = text("csvFileEncoding").and_then(node_encoding) {
            csv.encoding = encoding;
        }
        let european = is_on(self.root, "csvUseEuropeanDateFormat");
        let dates = if european { DateOrder::DayFirst } else { DateOrder::MonthFirst };
        SourceSettings::File(FileSettings {
            path: PathBuf::from(format!("{}.csv", query.object)),
            format: FileFormat::Csv(csv),
            formats: Formats { dates, ..Formats::default() },
            columns: Default::default(),
        })
    }

    fn options(&self, map: &Map<String, Value>) -> Options {
        let api = match (is_on(map, "alwaysUseRestApi"), is_on(map, "alwaysUseBulkApi")) {
            (true, _) => Some(Api::Rest),
            (false, true) => Some(Api::Bulk),
            (false, false) => None,
        };
        let usual = Options::default();
        let rows = self.root.get("restApiBatchSize").and_then(Value::as_u64).filter(|rows| (1..=200).contains(rows));
        Options {
            api,
            all_or_none: is_on(self.root, "allOrNone"),
            rows_per_call: rows.and_then(|rows| u16::try_from(rows).ok()).unwrap_or(usual.rows_per_call),
            ..usual
        }
    }

    /// Steps with parents first, within their set; among equals the order of the file holds.
    fn order(&self, entries: &[Entry]) -> Vec<usize> {
        let mut waiting: Vec<usize> = (0..entries.len()).filter(|at| entries[*at].step.is_some()).collect();
        if is_on(self.root, "keepObjectOrderWhileExecute") {
            return waiting;
        }
        let mut order = Vec::new();
        while !waiting.is_empty() {
            let blocked = |at: usize| {
                let lookups = entries[at].step.iter().flat_map(|step| &step.mapping.rules);
                let mut parents = lookups.filter_map(|rule| rule.lookup.as_ref()).map(|lookup| &lookup.object);
                let own = entries[at].step.as_ref().map(|step| &step.object);
                parents.any(|parent| {
                    Some(parent) != own
                        && waiting.iter().any(|other| {
                            let same_set = entries[*other].group == entries[at].group;
                            let makes = entries[*other]
                                .step
                                .as_ref()
                                .is_some_and(|step| step.object == *parent && step.operation != Operation::Delete);
                            same_set && makes
                        })
                })
            };
            let first_group = waiting.iter().map(|at| entries[*at].group).min().unwrap_or_default();
            let group = || waiting.iter().enumerate().filter(|(_, at)| entries[**at].group == first_group);
            let free = group().find(|(_, at)| !blocked(**at)).or(group().next()).map_or(0, |(place, _)| place);
            order.push(waiting.remove(free));
        }
        order
    }
}
