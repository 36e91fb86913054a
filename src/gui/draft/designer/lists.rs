//! What the two lists of the canvas show, and which wires run between them. Made when something changed, not for each frame.

use super::{Chip, both_ways, columns, edit};
use crate::gui::draft::Design;
use crate::integration::{LineWay, Problem, Step};
use crate::mapping::{Expression, Mapping, Rule};
use crate::record::{Field, Kind, Schema};
use crate::sync::Direction;
use std::collections::{BTreeMap, BTreeSet};

/// A group of target fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// What new records need, and what records are found by.
    Needed,
    /// What has a rule.
    Mapped,
    /// Fields of parents, by relationship.
    Parents,
    /// Salesforce's own fields.
    Standard,
    /// The org's own fields.
    Custom,
    /// What cannot be written.
    Closed,
}

impl Group {
    /// The words people see.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Group::Needed => "Required and keys",
            Group::Mapped => "Mapped",
            Group::Parents => "Found by a field of the parent",
            Group::Standard => "Standard fields",
            Group::Custom => "Custom fields",
            Group::Closed => "Cannot be written",
        }
    }
}

/// A column of the source.
#[derive(Debug, Clone)]
pub(crate) struct ColumnRow {
    /// Its header.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// The fields that it goes into, by their places.
    pub goes_to: Vec<usize>,
    /// Its place in the file; `None` for one that a rule names and the file does not have.
    pub index: Option<usize>,
}

/// A field of the target.
#[derive(Debug, Clone)]
pub(crate) struct TargetRow {
    /// The name in rules.
    pub path: String,
    /// What people see.
    pub label: String,
    /// What it takes; `None` for a name that the object does not have.
    pub field: Option<Field>,
    /// Its group.
    pub group: Group,
    /// Whether new records need it.
    pub required: bool,
    /// Whether records are found by it.
    pub key: bool,
    /// Its rule's place in the mapping.
    pub rule: Option<usize>,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// What is doubtful about it, though it can run.
    pub doubt: Option<String>,
    /// Why it cannot be written.
    pub closed: Option<&'static str>,
    /// Whether its rule differs from the stored one.
    pub changed: bool,
    /// The node on its wire.
    pub node: Option<Node>,
    /// What goes into it, in words.
    pub from: String,
    /// The rule by relationship that sets this lookup.
    pub set_by: Option<String>,
    /// Which way its values go, where the step goes both ways and it has a rule.
    pub way: Option<Way>,
}

/// Which way the values of a line go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Way {
    /// Which way.
    pub direction: Direction,
    /// In words: *both ways between Northwind ERP and Salesforce*.
    pub words: String,
    /// Which ways they can go, once that was checked.
    pub can: Option<LineWay>,
}

impl Way {
    fn of(step: &Step, path: &str, ways: &[&LineWay]) -> Option<Way> {
        let sync = step.sync.as_deref()?;
        let can = ways.iter().find(|way| way.target.eq_ignore_ascii_case(path)).map(|way| LineWay::clone(way));
        let said = sync.line(path).and_then(|line| line.direction);
        let direction = said.or(can.as_ref().map(|way| way.direction))?;
        Some(Way { direction, words: both_ways::words(direction, &sync.ends(step)), can })
    }

    /// The direction that comes next when somebody asks for another one.
    pub(crate) fn next(&self) -> Option<Direction> {
        both_ways::next(self.can.as_ref()?, self.direction)
    }
}

/// What a rule does beyond copying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// Nothing.
    Copy,
    /// It computes.
    Formula,
    /// It translates; so many values.
    Map(usize),
    /// It finds a record.
    Lookup,
    /// It sets the same value everywhere.
    Constant(String),
    /// It says what happens to blanks, to long texts, or when the field is written.
    Policy,
}

/// A line between a column and a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wire {
    /// The column's place.
    pub column: usize,
    /// The field's place.
    pub target: usize,
}

/// A line of the target list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// The head of a group, with the number of its fields.
    Head(Group, usize),
    /// A field, by its place.
    Field(usize),
}

/// Both lists and the wires.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    /// All columns.
    pub columns: Vec<ColumnRow>,
    /// All fields.
    pub targets: Vec<TargetRow>,
    /// All wires.
    pub wires: Vec<Wire>,
    /// Columns that are listed, by their places.
    pub shown_columns: Vec<usize>,
    /// Lines of the target list.
    pub lines: Vec<Line>,
    /// Where each column stands in its list.
    pub column_at: Vec<Option<usize>>,
    /// Where each field stands in its list.
    pub target_at: Vec<Option<usize>>,
    /// Required fields, and how many of them have a rule.
    pub required: (usize, usize),
    /// Fields that can be written, and how many of them have a rule.
    pub mapped: (usize, usize),
    /// Columns that some rule uses.
    pub used: usize,
}

/// What was found about the rules of the step.
#[derive(Debug, Default)]
pub(crate) struct Found<'a> {
    /// What keeps them from running.
    pub problems: Vec<&'a Problem>,
    /// What is doubtful, by target.
    pub doubts: Vec<(&'a str, &'a str)>,
    /// Which ways its lines can go, where it goes both ways.
    pub ways: Vec<&'a LineWay>,
}

/// What narrows and orders the lists.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Narrow {
    /// What narrows the columns.
    pub columns: String,
    /// Whether only columns without a target are listed.
    pub unused_only: bool,
    /// What narrows the fields.
    pub targets: String,
    /// Which fields are listed.
    pub chip: Chip,
    /// Groups that are closed.
    pub closed: BTreeSet<Group>,
    /// Fields that stand among the mapped ones; they keep their place while one works.
    pub arranged: BTreeSet<String>,
}

impl Lists {
    /// Lists what there is.
    pub(crate) fn build(
        step: &Step,
        saved: Option<&Mapping>,
        source: &[Field],
        object: Option<&Schema>,
        found: &Found<'_>,
        narrow: &Narrow,
    ) -> Lists {
        let mut lists = Lists::default();
        lists.list_columns(step, source);
        lists.list_targets(step, saved, object, found, narrow);
        lists.wire(step);
        lists.narrow(narrow);
        lists
    }

    /// The field of that path, by its place.
    pub(crate) fn target(&self, path: &str) -> Option<usize> {
        self.targets.iter().position(|row| row.path.eq_ignore_ascii_case(path))
    }

    /// The column of that name, by its place.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|row| row.name == name)
    }

    fn list_columns(&mut self, step: &Step, source: &[Field]) {
        let columns = step.source.columns();
        let kind = |name: &str| columns.get(name).map_or(Kind::Text, |format| format.kind);
        self.columns = source
            .iter()
            .enumerate()
            .map(|(index, column)| ColumnRow {
                name: column.name.clone(),
                // The columns of a query hold what their fields hold; those of a file what the step says.
                kind: if step.source.file().is_some() { kind(&column.name) } else { column.kind },
                goes_to: Vec::new(),
                index: Some(index),
            })
            .collect();
        for rule in &step.mapping.rules {
            if let Expression::Column(name) = &rule.from
                && !self.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name))
            {
                let lost = ColumnRow { name: name.clone(), kind: kind(name), goes_to: Vec::new(), index: None };
                self.columns.push(lost);
            }
        }
    }

    fn list_targets(
        &mut self,
        step: &Step,
        saved: Option<&Mapping>,
        object: Option<&Schema>,
        found: &Found<'_>,
        narrow: &Narrow,
    ) {
        let design = Design::of(step);
        let rules: BTreeMap<String, usize> =
            step.mapping.rules.iter().enumerate().map(|(at, rule)| (rule.target.to_lowercase(), at)).collect();
        let before: BTreeMap<String, &Rule> =
            saved.into_iter().flat_map(|saved| &saved.rules).map(|rule| (rule.target.to_lowercase(), rule)).collect();
        let mut wrong: BTreeMap<String, &str> = BTreeMap::new();
        for problem in &found.problems {
            if let Some(target) = &problem.target {
                wrong.entry(target.to_lowercase()).or_insert(&problem.message);
            }
        }
        let mut doubts: BTreeMap<String, &str> = BTreeMap::new();
        for (target, message) in &found.doubts {
            doubts.entry(target.to_lowercase()).or_insert(message);
        }
        let keys = design.key_fields();
        let fields = object.map_or(&[][..], |object| &object.fields);
        let known: BTreeSet<String> = fields.iter().map(|field| field.name.to_lowercase()).collect();
        let row = |path: &str, field: Option<&Field>| {
            let small = path.to_lowercase();
            let at = rules.get(&small).copied();
            let rule = at.map(|at| &step.mapping.rules[at]);
            let changed = saved.is_some() && rule != before.get(&small).copied();
            let unwritable = field.and_then(|field| design.forbids(field));
            // What cannot be written can still come back.
            let closed = unwritable.filter(|_| step.sync.is_none());
            let key = keys.iter().any(|key| key.eq_ignore_ascii_case(path));
            let required = design.creates() && field.is_some_and(|field| field.required);
            let group = match field {
                _ if unwritable.is_some() && at.is_none() => Group::Closed,
                _ if key || required => Group::Needed,
                _ if narrow.arranged.contains(&small) => Group::Mapped,
                None => Group::Parents,
                Some(field) if field.custom || field.name.ends_with("__c") => Group::Custom,
                Some(_) => Group::Standard,
            };
            TargetRow {
                path: path.to_owned(),
                label: field.map_or(path, |field| field.label.as_str()).to_owned(),
                field: field.cloned(),
                group,
                required,
                key,
                rule: at,
                problem: wrong.get(&small).map(|&message| message.to_owned()),
                doubt: doubts.get(&small).map(|&message| message.to_owned()),
                closed,
                changed,
                node: rule.map(|rule| Node::of(rule, step)),
                from: rule.map(from_words).unwrap_or_default(),
                set_by: field.and_then(|field| set_by(step, field)).filter(|_| at.is_none()),
                way: rule.and_then(|_| Way::of(step, path, &found.ways)),
            }
        };
        self.targets = fields.iter().map(|field| row(&field.name, Some(field))).collect();
        // Parents by relationship, and names that the object does not have.
        let others = step.mapping.rules.iter().filter(|rule| !known.contains(&rule.target.to_lowercase()));
        self.targets.extend(others.map(|rule| row(&rule.target, None)));
        let count = |fits: &dyn Fn(&&TargetRow) -> bool| {
            let all = self.targets.iter().filter(fits);
            let mapped = all.clone().filter(|row| row.is_set()).count();
            (all.count(), mapped)
        };
        self.required = count(&|row| row.required);
        self.mapped = count(&|row| row.closed.is_none() || row.rule.is_some());
    }

    fn wire(&mut self, step: &Step) {
        let names: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
        for (target, row) in self.targets.iter().enumerate() {
            let Some(rule) = row.rule.map(|at| &step.mapping.rules[at]) else { continue };
            let mut from = match &rule.from {
                Expression::Column(name) => {
                    let exact = names.iter().position(|column| column == name);
                    exact.or_else(|| names.iter().position(|it| it.eq_ignore_ascii_case(name))).into_iter().collect()
                }
                Expression::Constant(_) => Vec::new(),
                Expression::Formula(text) => columns::used(text, &names),
            };
            // Conditions of a lookup may take columns, too.
            for condition in rule.lookup.iter().flat_map(|lookup| &lookup.also) {
                if let Expression::Column(name) = &condition.is
                    && let Some(at) = names.iter().position(|column| column.eq_ignore_ascii_case(name))
                    && !from.contains(&at)
                {
                    from.push(at);
                }
            }
            self.wires.extend(from.into_iter().map(|column| Wire { column, target }));
        }
        for wire in &self.wires {
            self.columns[wire.column].goes_to.push(wire.target);
        }
        self.used = self.columns.iter().filter(|column| column.index.is_some() && !column.goes_to.is_empty()).count();
    }

    fn narrow(&mut self, narrow: &Narrow) {
        let words: Vec<String> = narrow.columns.split_whitespace().map(str::to_lowercase).collect();
        self.shown_columns = (0..self.columns.len())
            .filter(|&at| {
                let column = &self.columns[at];
                let name = column.name.to_lowercase();
                words.iter().all(|word| name.contains(word)) && (!narrow.unused_only || column.goes_to.is_empty())
            })
            .collect();
        self.column_at = places(self.columns.len(), self.shown_columns.iter().copied().enumerate());

        let words: Vec<String> = narrow.targets.split_whitespace().map(str::to_lowercase).collect();
        let first = |row: &TargetRow, at: usize| {
            let wire = self.wires.iter().find(|wire| wire.target == at);
            let column = wire.map_or(usize::MAX, |wire| wire.column);
            // Mapped fields follow their columns, so that wires cross little.
            let order = if row.group == Group::Mapped { column } else { 0 };
            let keys = usize::from(row.group == Group::Needed && !row.key);
            (row.group, keys, order, row.label.to_lowercase())
        };
        let mut fitting: Vec<_> = self
            .targets
            .iter()
            .enumerate()
            .filter(|(_, row)| narrow.chip.takes(row))
            .filter(|(_, row)| {
                let text = format!("{} {}", row.label, row.path).to_lowercase();
                words.iter().all(|word| text.contains(word))
            })
            .map(|(at, row)| (first(row, at), at))
            .collect();
        fitting.sort();
        let mut lines = Vec::new();
        // A list that is narrowed hides nothing of what is left.
        let narrowed = !words.is_empty();
        for part in fitting.chunk_by(|one, other| one.0.0 == other.0.0) {
            let group = part[0].0.0;
            lines.push(Line::Head(group, part.len()));
            if narrowed || !narrow.closed.contains(&group) {
                lines.extend(part.iter().map(|(_, at)| Line::Field(*at)));
            }
        }
        self.lines = lines;
        let standing = self.lines.iter().enumerate().filter_map(|(line, what)| match what {
            Line::Field(at) => Some((line, *at)),
            Line::Head(..) => None,
        });
        self.target_at = places(self.targets.len(), standing);
    }
}

/// Where each of `count` things stands, from pairs of place and thing.
fn places(count: usize, standing: impl Iterator<Item = (usize, usize)>) -> Vec<Option<usize>> {
    let mut at = vec![None; count];
    standing.for_each(|(place, thing)| at[thing] = Some(place));
    at
}

impl Node {
    fn of(rule: &Rule, step: &Step) -> Node {
        match (&rule.from, &rule.map, &rule.lookup) {
            (.., Some(_)) => Node::Lookup,
            (_, Some(map), _) => Node::Map(map.rows.len()),
            (Expression::Formula(_), ..) => Node::Formula,
            (Expression::Constant(text), ..) => Node::Constant(text.clone()),
            _ if edit::has_policy(rule) && !step.mapping.rules.is_empty() => Node::Policy,
            _ => Node::Copy,
        }
    }
}

impl TargetRow {
    /// Whether something goes into it, by a rule of its own or through its relationship.
    pub(crate) fn is_set(&self) -> bool {
        self.rule.is_some() || self.set_by.is_some()
    }
}

/// The rule by relationship that sets a lookup field.
fn set_by(step: &Step, field: &Field) -> Option<String> {
    let relationship = field.relationship.as_ref()?;
    let through = |rule: &&Rule| {
        let before = rule.target.split_once('.').map_or("", |(before, _)| before);
        before.rsplit(':').next().is_some_and(|name| name.eq_ignore_ascii_case(relationship))
    };
    step.mapping.rules.iter().find(through).map(|rule| rule.target.clone())
}

/// What goes into a field, in words: `from CompanyName`.
fn from_words(rule: &Rule) -> String {
    let from = match &rule.from {
        Expression::Column(name) => format!("mapped from {name}"),
        Expression::Constant(text) => format!("always \"{text}\""),
        Expression::Formula(_) => "from a formula".to_owned(),
    };
    match (&rule.map, &rule.lookup) {
        (_, Some(lookup)) => format!("{from}, looked up in {} by {}", lookup.object, lookup.by),
        (Some(_), None) => format!("{from}, translated"),
        (None, None) => from,
    }
}

#[cfg(test)]
mod tests;
