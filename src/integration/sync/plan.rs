//! A step that goes both ways, checked: every name resolved, every line with its direction, its way back and who is right.

use super::Sync;
use super::inverse::inverse;
use crate::connect::soql::QuerySettings;
use crate::integration::plan::warnings;
use crate::integration::{Integration, Problem, Shapes, Step};
use crate::mapping::{Expression, Mapper, Mapping, Part, Reading, ResolvedTarget, Rule, TargetShape, Write};
use crate::record::{Field, Kind, Schema};
use crate::sync::{Deletes, Direction, End, Formulas, Line, MatchBy, Strategy, Terms};

/// A step that can go both ways. Only [`SyncPlan::compile`] makes one.
#[derive(Debug)]
pub struct SyncPlan {
    /// Which step of its integration, counted from 0.
    pub index: usize,
    /// What it was made from.
    pub step: Step,
    /// What was said about it.
    pub sync: Sync,
    /// The columns of the left end as they are read.
    pub left: Schema,
    /// The left end as it is written.
    pub left_shape: TargetShape,
    /// The right end, read and written.
    pub right_shape: TargetShape,
    /// Left records in the shape of the right end: a cell for each line.
    pub forth: Mapper,
    /// Values in the shape of the right end, a column for each line, into columns of the left end.
    pub back: Mapper,
    /// The lines, in the order of the cells of `forth`.
    pub lines: Vec<SyncLine>,
    /// What holds for all pairs.
    pub terms: Terms,
    /// Formulas that decide.
    pub formulas: Formulas,
    /// What people call the ends, left and right.
    pub ends: [String; 2],
    /// Columns of the left end that mean something to the sync.
    pub columns: SyncSide,
    /// The line that holds the left end's key at the right end.
    pub key_line: Option<usize>,
    /// How records find their partner: a line, and how its values are compared.
    pub matching: Vec<(usize, MatchBy)>,
}

/// A line between both ends.
#[derive(Debug, Clone, PartialEq)]
pub struct SyncLine {
    /// The column at the left end; blank where several make up the value.
    pub column: String,
    /// The field at the right end, or a parent's by path.
    pub path: String,
    /// What people call it.
    pub label: String,
    /// The field whose kind its values have.
    pub field: Field,
    /// The lookup field of the object, where the line goes by a parent's field.
    pub lookup: Option<String>,
}

/// Columns of the left end that mean something to the sync.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SyncSide {
    /// What tells its records apart.
    pub key: usize,
    /// When a record was changed last.
    pub stamp: Option<usize>,
    /// Who changed it.
    pub changed_by: Option<usize>,
    /// The record id of the partner.
    pub partner: Option<usize>,
}

/// Which ways the values of a line can go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineWay {
    /// Which step, counted from 0.
    pub step: usize,
    /// The field at the right end.
    pub target: String,
    /// Which way they go.
    pub direction: Direction,
    /// Why they cannot go to the right end; `None` where they can.
    pub not_forth: Option<String>,
    /// Why they cannot go to the left end; `None` where they can.
    pub not_back: Option<String>,
}

impl LineWay {
    /// Whether values can go that way.
    pub fn can(&self, direction: Direction) -> bool {
        let back = direction == Direction::ToRight || self.not_back.is_none();
        back && (direction == Direction::ToLeft || self.not_forth.is_none())
    }
}

/// What is wrong is collected, all of it.
struct Check<'a> {
    index: usize,
    sync: &'a Sync,
    left: &'a Schema,
    /// What people call the ends.
    ends: [String; 2],
    problems: Vec<Problem>,
}

impl SyncPlan {
    /// Checks a step against what both ends look like. `left_shape` is the left end as it can be written.
    pub fn compile(
        integration: &Integration,
        index: usize,
        shapes: Shapes,
        left_shape: TargetShape,
        now: i64,
    ) -> Result<SyncPlan, Vec<Problem>> {
        let step = &integration.steps[index];
        let Some(sync) = step.sync.as_deref() else {
            return Err(vec![Problem::of(index, "this step does not go both ways")]);
        };
        let Shapes { source: left, target: right_shape } = shapes;
        let reading = integration.reading(step, now);
        let mut check = Check { index, sync, left: &left, ends: sync.ends(step), problems: Vec::new() };
        check.rules(&step.mapping);
        let columns = check.columns();
        check.org(step);
        let compiled = Mapper::compile(&step.mapping, &left, &right_shape, &reading);
        let forth = check.take(compiled);
        let Some(forth) = forth.filter(|_| check.problems.is_empty()) else { return Err(check.problems) };
        let lines: Vec<_> = forth.targets().map(|target| line_of(target, step)).collect();
        let key_line = lines.iter().position(|line| line.column == left.fields[columns.key].name);
        let inverses = Inverses { index, step, lines: &lines, left: &left_shape.object, tables: &reading.tables };
        let auto = key_line.filter(|_| inverses.gives_keys(sync));
        let terms = check.terms(&lines, &inverses, auto, &right_shape.object);
        let back = check.back(&inverses, &terms, &reading, &left_shape);
        let formulas = check.formulas(step, &lines, &terms, &reading);
        let matching = check.matching(&lines);
        check.creates(&lines, &terms, back.as_ref(), &left_shape.object, &right_shape.object);
        check.fields(&right_shape.object, &left_shape.object);
        match (back, formulas) {
            (Some(back), Some(formulas)) if check.problems.is_empty() => Ok(SyncPlan {
                index,
                ends: check.ends,
                step: step.clone(),
                sync: sync.clone(),
                left: left.clone(),
                left_shape,
                right_shape,
                forth,
                back,
                lines,
                terms,
                formulas,
                columns,
                key_line,
                matching,
            }),
            _ => Err(check.problems),
        }
    }

    /// Which ways the lines of a step can go, as far as they can be compiled: also while something else is wrong with it.
    pub fn ways(
        integration: &Integration,
        index: usize,
        shapes: &Shapes,
        left_shape: &TargetShape,
        now: i64,
    ) -> Vec<LineWay> {
        let step = &integration.steps[index];
        let Some(sync) = step.sync.as_deref() else { return Vec::new() };
        let (left, right) = (&shapes.source, &shapes.target);
        let reading = integration.reading(step, now);
        let mut mapping = step.mapping.clone();
        if let Err(wrong) = Mapper::compile(&mapping, left, right, &reading) {
            mapping.rules.retain(|rule| !wrong.iter().any(|it| it.target.eq_ignore_ascii_case(&rule.target)));
        }
        let Ok(forth) = Mapper::compile(&mapping, left, right, &reading) else { return Vec::new() };
        let lines: Vec<_> = forth.targets().map(|target| line_of(target, step)).collect();
        let inverses = Inverses { index, step, lines: &lines, left: &left_shape.object, tables: &reading.tables };
        let key = left.field(&sync.key).filter(|_| inverses.gives_keys(sync));
        let given = |line: &SyncLine| key.is_some_and(|key| key.name == line.column);
        let way = |(at, line): (usize, &SyncLine)| inverses.way(sync, at, given(line), &right.object);
        lines.iter().enumerate().map(way).collect()
    }

    /// What is doubtful about its formulas, though it can run.
    pub fn warnings(&self) -> Vec<Problem> {
        warnings(self.index, &self.forth)
    }

    /// What people call an end.
    pub fn end(&self, end: End) -> &str {
        match end {
            End::Left => &self.ends[0],
            End::Right => &self.ends[1],
        }
    }

    /// The paths of the lines, in order: what stored values are kept by.
    pub fn paths(&self) -> Vec<String> {
        self.lines.iter().map(|line| line.path.clone()).collect()
    }

    /// What a query of the right end tells of a record before its lines: id, stamp, who, whether deleted, as far as the object has that.
    pub fn told(&self) -> [Option<&'static str>; 4] {
        let object = &self.right_shape.object;
        let has = |field: &str, column: &'static str| object.field(field).map(|_| column);
        [
            Some("Id"),
            has("SystemModstamp", "SystemModstamp"),
            has("LastModifiedById", "LastModifiedBy.Name"),
            has("IsDeleted", "IsDeleted"),
        ]
    }

    /// The query that reads the right end: what is told of a record, then the lines, then the lookups behind them.
    pub fn query(&self) -> QuerySettings {
        let mut columns: Vec<&str> = self.told().into_iter().flatten().collect();
        columns.extend(self.lines.iter().map(|line| line.path.as_str()));
        columns.extend(self.lookups());
        let mut soql = format!("SELECT {} FROM {}", columns.join(", "), self.right_shape.object.name);
        if !self.sync.within.trim().is_empty() {
            soql.push_str(&format!(" WHERE {}", self.sync.within.trim()));
        }
        QuerySettings { org: self.step.org.clone(), soql, deleted: false, changes: None }
    }

    /// The lookup fields behind lines that go by a parent's field.
    pub fn lookups(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|line| line.lookup.as_deref())
    }

    /// The right end with what the sync has to do with, so that what is kept of a run stays small.
    pub fn right_in_short(&self) -> TargetShape {
        let keeps = &self.sync.keeps;
        let mark = self.sync.archive_right.as_ref().map(|mark| mark.field.as_str());
        let mut names =
            vec!["Id", "SystemModstamp", "LastModifiedById", "IsDeleted", &keeps.right_synced, &keeps.right_hash];
        names.extend(mark);
        names.extend(self.lines.iter().map(|line| line.path.as_str()));
        names.extend(self.lookups());
        let wanted = |field: &Field| field.required || names.iter().any(|name| field.name.eq_ignore_ascii_case(name));
        let paths: Vec<_> = self.lines.iter().map(|line| line.path.as_str()).collect();
        self.right_shape.only(&wanted, &paths)
    }

    /// Whether values of this line go to that end at all.
    pub fn goes_to(&self, line: usize, end: End) -> bool {
        self.terms.lines[line].direction.from() != Some(end)
    }

    /// Whether records that only the other end has are made at that end: somebody wants it, and some value goes there.
    pub fn creates_at(&self, end: End) -> bool {
        let wanted = match end {
            End::Left => self.sync.create_left,
            End::Right => self.sync.create_right,
        };
        wanted && (0..self.lines.len()).any(|line| self.goes_to(line, end))
    }

    /// Whether the left end gives new records their key itself.
    pub fn left_gives_keys(&self) -> bool {
        self.key_line.is_some_and(|line| self.terms.lines[line].direction == Direction::ToRight)
    }
}

/// What it takes to bring a line's values back.
struct Inverses<'a> {
    index: usize,
    step: &'a Step,
    lines: &'a [SyncLine],
    left: &'a Schema,
    tables: &'a [crate::mapping::Table],
}

impl Inverses<'_> {
    /// Whether the left end gives new records their key itself: a whole number that may be left out is given by the table.
    fn gives_keys(&self, sync: &Sync) -> bool {
        let given = |key: &Field| !key.createable || (key.kind == Kind::Integer && !key.required);
        self.left.field(&sync.key).is_some_and(given)
    }

    /// Which ways a line can go, and which way it goes. `given`: it is the key that the left end gives.
    fn way(&self, sync: &Sync, index: usize, given: bool, right: &Schema) -> LineWay {
        let line = &self.lines[index];
        let own_back = sync.back.rules.iter().any(|rule| reads(&rule.from, &line.path));
        let not_back = if own_back { None } else { self.of(index).err() };
        let set = line.lookup.as_ref().and_then(|name| right.field(name)).unwrap_or(&line.field);
        let writable = set.createable || set.updateable;
        let not_forth = (!writable).then(|| "the field cannot be written".to_owned());
        let direction = match (sync.line(&line.path).and_then(|said| said.direction), &not_back) {
            (Some(direction), _) => direction,
            (None, _) if given => Direction::ToRight,
            (None, None) if !writable => Direction::ToLeft,
            (None, None) => Direction::Both,
            (None, Some(_)) => Direction::ToRight,
        };
        LineWay { step: self.index, target: line.path.clone(), direction, not_forth, not_back }
    }

    /// The rule for the line's own column; why there is none.
    fn of(&self, line: usize) -> Result<Rule, String> {
        let line = &self.lines[line];
        let rule = self.step.mapping.rules.iter().find(|rule| rule.target.eq_ignore_ascii_case(&line.path));
        let rule = rule.ok_or_else(|| "it has no rule".to_owned())?;
        let column = match &rule.from {
            Expression::Column(column) => self.left.field(column),
            _ => None,
        };
        let nowhere = Field::default();
        let inverse = inverse(rule, column.unwrap_or(&nowhere), &line.field, self.tables)?;
        let column = column.ok_or_else(|| "its column is not there to be written".to_owned())?;
        if column.calculated || !(column.createable || column.updateable) {
            return Err(format!("{} cannot be written", column.name));
        }
        Ok(inverse)
    }
}

impl Check<'_> {
    fn problem(&mut self, message: impl Into<String>) -> &mut Problem {
        self.problems.push(Problem::of(self.index, message));
        // It was just pushed.
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    fn take<T>(&mut self, result: Result<T, Vec<crate::mapping::MappingProblem>>) -> Option<T> {
        result
            .map_err(|found| {
                self.problems.extend(found.into_iter().map(|problem| Problem::of_mapping(self.index, problem)));
            })
            .ok()
    }

    /// What rules may not say in a sync.
    fn rules(&mut self, mapping: &Mapping) {
        for rule in &mapping.rules {
            let why = if rule.lookup.is_some() {
                Some("looks a record up, which does not go both ways")
            } else if rule.write != Write::Always {
                Some("is written now and then only, which does not go both ways")
            } else if rule.target.contains(':') {
                Some("leads to several objects, which does not go both ways")
            } else {
                None
            };
            if let Some(why) = why {
                let problem = self.problem(format!("{} {why}", rule.target));
                problem.target = Some(rule.target.clone());
                problem.hint = Some("Name the parent by a key of its own, such as Account.ERP_Id__c.".to_owned());
            }
        }
        for said in &self.sync.lines {
            if mapping.rule(&said.target).is_none() {
                let problem = self.problem(format!("{} has terms and no line", said.target));
                problem.hint = Some("Map a column to it, or remove its terms.".to_owned());
            }
        }
    }

    /// What an org as the left end needs.
    fn org(&mut self, step: &Step) {
        let Some(query) = step.source.query() else { return };
        if !self.sync.key.eq_ignore_ascii_case("Id") {
            let problem = self.problem(format!("records of {} are known by their Id", query.org));
            problem.hint = Some("Choose Id as the key, and select it in the query.".to_owned());
        }
        if query.changes.is_some() {
            let problem = self.problem("a sync sees by itself what has changed, and reads the whole query");
            problem.hint = Some("Let the query read everything.".to_owned());
        }
    }

    fn columns(&mut self) -> SyncSide {
        let sync = self.sync;
        if sync.key.trim().is_empty() {
            let message = format!("nothing says which column tells the records of {} apart", self.ends[0]);
            let problem = self.problem(message);
            problem.hint = Some("Choose its key column.".to_owned());
        }
        let mut find = |name: &str| {
            let position = self.left.position(name);
            if position.is_none() && !name.trim().is_empty() {
                let message = format!("{} has no column {name}", self.left.name);
                self.problem(message).hint = Some("Choose another column.".to_owned());
            }
            position
        };
        let (stamp, changed_by) = (find(&sync.stamp), find(&sync.changed_by));
        let (partner, key) = (find(&sync.keeps.left_id), find(&sync.key));
        find(&sync.keeps.left_synced);
        SyncSide { key: key.unwrap_or_default(), stamp, changed_by, partner }
    }

    fn terms(&mut self, lines: &[SyncLine], inverses: &Inverses<'_>, auto: Option<usize>, right: &Schema) -> Terms {
        let sync = self.sync;
        let key_column = self.left.position(&sync.key);
        let mut ruled = Vec::with_capacity(lines.len());
        for (index, line) in lines.iter().enumerate() {
            let said = sync.line(&line.path).cloned().unwrap_or_default();
            let way = inverses.way(sync, index, auto == Some(index), right);
            let [left_end, right_end] = self.ends.clone();
            if let (Direction::Both | Direction::ToLeft, Some(why)) = (way.direction, &way.not_back) {
                let problem = self.problem(format!("{} cannot go back to {left_end}: {why}", line.path));
                problem.target = Some(line.path.clone());
                problem.hint = Some(format!("Say how it goes back, or let it go to {right_end} only."));
            }
            if way.direction != Direction::ToLeft && way.not_forth.is_some() {
                let problem = self.problem(format!("{} cannot be written in {right_end}", line.path));
                problem.target = Some(line.path.clone());
                problem.hint = Some(format!("Let it go to {left_end} only."));
            }
            let strategy = said.strategy.unwrap_or(sync.strategy);
            self.strategy(&line.path, strategy, said.formula.is_some(), said.strategy.is_some());
            let key = key_column.is_some_and(|key| self.left.fields[key].name == line.column);
            ruled.push(Line { kind: line.field.kind, direction: way.direction, leniency: said.ignore, strategy, key });
        }
        let goes_by_step = |line: &&SyncLine| sync.line(&line.path).is_none_or(|said| said.strategy.is_none());
        if sync.strategy == Strategy::LastWrite && lines.iter().any(|line| goes_by_step(&line)) {
            self.last_write(None);
        }
        let [left_end, right_end] = self.ends.clone();
        for (deletes, mark, at) in
            [(sync.deleted_left, &sync.archive_right, right_end), (sync.deleted_right, &sync.archive_left, left_end)]
        {
            if deletes == Deletes::Archive && mark.is_none() {
                let problem = self.problem(format!("nothing says what marks a record of {at} as archived"));
                problem.hint = Some("Name the field and its value.".to_owned());
            }
        }
        Terms {
            lines: ruled,
            deleted_left: sync.deleted_left,
            deleted_right: sync.deleted_right,
            skew: i64::from(sync.skew_seconds) * 1_000,
            tie: sync.tie,
        }
    }

    fn strategy(&mut self, path: &str, strategy: Strategy, formula: bool, own: bool) {
        if strategy == Strategy::LastWrite && own {
            self.last_write(Some(path));
        }
        if strategy == Strategy::Formula && !formula {
            let problem = self.problem(format!("{path} goes by a formula, and there is none"));
            problem.target = Some(path.to_owned());
            problem.hint = Some("Write the formula, or choose another strategy.".to_owned());
        }
    }

    /// What goes by the last write needs to know when that was; it is a line, or all that say nothing else.
    fn last_write(&mut self, path: Option<&str>) {
        if !self.sync.stamp.trim().is_empty() {
            return;
        }
        let what = path.unwrap_or("what both ends changed");
        let message = format!("{what} goes by the last write, and no column of {} says when that was", self.ends[0]);
        let problem = self.problem(message);
        problem.target = path.map(str::to_owned);
        problem.hint = Some("Choose the column that says when a record was changed, or another strategy.".to_owned());
    }

    fn back(
        &mut self,
        inverses: &Inverses<'_>,
        terms: &Terms,
        reading: &Reading,
        left_shape: &TargetShape,
    ) -> Option<Mapper> {
        let lines = inverses.lines;
        let mut mapping = self.sync.back.clone();
        for (index, rule) in terms.lines.iter().enumerate() {
            if rule.direction == Direction::ToRight {
                continue;
            }
            if let Ok(inverse) = inverses.of(index)
                && mapping.rule(&inverse.target).is_none()
            {
                mapping.rules.push(inverse);
            }
        }
        let fields = lines.iter().map(|line| Field { name: line.path.clone(), ..line.field.clone() }).collect();
        let source = Schema { name: self.ends[1].clone(), fields, ..Schema::default() };
        let reading = Reading { formats: Default::default(), columns: Default::default(), ..reading.clone() };
        let of = |column: &str| {
            let rule = mapping.rule(column)?;
            lines.iter().find(|line| reads(&rule.from, &line.path)).map(|line| line.path.clone())
        };
        let compiled = Mapper::compile(&mapping, &source, left_shape, &reading).map_err(|mut found| {
            for problem in &mut found {
                problem.target = of(&problem.target).unwrap_or_default();
                problem.part = Part::Back;
            }
            found
        });
        self.take(compiled)
    }

    fn formulas(&mut self, step: &Step, lines: &[SyncLine], terms: &Terms, reading: &Reading) -> Option<Formulas> {
        let said: Vec<_> =
            lines.iter().map(|line| self.sync.line(&line.path).and_then(|said| said.formula.clone())).collect();
        let fields: Vec<Field> =
            lines.iter().map(|line| Field { name: line.path.replace('.', "_"), ..line.field.clone() }).collect();
        let decides = |at: usize| terms.lines[at].strategy == Strategy::Formula;
        let list: Vec<_> = fields
            .iter()
            .zip(&said)
            .enumerate()
            .map(|(at, (field, said))| (field, said.as_deref().filter(|_| decides(at))))
            .collect();
        let [left, right] = self.sync.formula_ends(step);
        let compiled = Formulas::compile(&left, &right, &list, reading).map_err(|mut found| {
            for problem in &mut found {
                let line = fields.iter().position(|field| field.name == problem.target);
                problem.target = line.map(|line| lines[line].path.clone()).unwrap_or_default();
                problem.part = Part::Settles;
            }
            found
        });
        self.take(compiled)
    }

    fn matching(&mut self, lines: &[SyncLine]) -> Vec<(usize, MatchBy)> {
        let mut rules = Vec::new();
        for rule in &self.sync.matching {
            match lines.iter().position(|line| line.path.eq_ignore_ascii_case(&rule.target)) {
                Some(line) => rules.push((line, rule.by)),
                None => {
                    let problem = self.problem(format!("records are to match by {}, which has no line", rule.target));
                    problem.hint = Some("Map a column to it, or match by another field.".to_owned());
                }
            }
        }
        rules
    }

    /// What new records need at both ends.
    fn creates(&mut self, lines: &[SyncLine], terms: &Terms, back: Option<&Mapper>, left: &Schema, right: &Schema) {
        let Some(back) = back else { return };
        let to_right = |name: &str| {
            let set = |line: &SyncLine| line.path == name || line.lookup.as_deref() == Some(name);
            let mut pairs = lines.iter().zip(&terms.lines);
            pairs.any(|(line, rule)| set(line) && rule.direction != Direction::ToLeft)
        };
        let wanted = self.sync.create_right && terms.lines.iter().any(|line| line.direction != Direction::ToLeft);
        for field in right.fields.iter().filter(|field| wanted && field.required && !to_right(&field.name)) {
            let problem = self.problem(format!("new {} records need {}, which is not mapped", right.name, field.name));
            problem.target = Some(field.name.clone());
            problem.hint = Some("Map a column to it, or set a constant.".to_owned());
        }
        let wanted = self.sync.create_left && terms.lines.iter().any(|line| line.direction != Direction::ToRight);
        let missing = |field: &&Field| wanted && field.required && back.position(&field.name).is_none();
        for field in left.fields.iter().filter(missing) {
            let problem =
                self.problem(format!("new records of {} need {}, and nothing goes there", left.name, field.name));
            problem.hint = Some("Say what goes back into it.".to_owned());
        }
    }

    /// Fields of the right end that the sync writes beside the lines.
    fn fields(&mut self, right: &Schema, left: &Schema) {
        let sync = self.sync;
        let marks = [(&sync.archive_right, right), (&sync.archive_left, left)];
        let kept = [&sync.keeps.right_synced, &sync.keeps.right_hash].map(|name| (name.as_str(), right));
        let marked = marks.iter().filter_map(|(mark, schema)| Some((mark.as_ref()?.field.as_str(), *schema)));
        for (name, schema) in kept.into_iter().chain(marked).filter(|(name, _)| !name.trim().is_empty()) {
            if schema.field(name).is_none() {
                let problem = self.problem(format!("{} has no field {name}", schema.name));
                problem.hint = Some("Choose another field, or make it there.".to_owned());
            }
        }
    }
}

fn line_of(target: &ResolvedTarget, step: &Step) -> SyncLine {
    let rule = step.mapping.rules.iter().find(|rule| rule.target.eq_ignore_ascii_case(&target.path));
    let column = match rule.map(|rule| &rule.from) {
        Some(Expression::Column(column)) => column.clone(),
        _ => String::new(),
    };
    let label = match (&target.lookup, target.field.label.as_str()) {
        (Some(_), _) | (None, "") => target.path.clone(),
        (None, label) => label.to_owned(),
    };
    SyncLine { column, path: target.path.clone(), label, field: target.field.clone(), lookup: target.lookup.clone() }
}

/// Whether a value is taken from a field of that path.
fn reads(from: &Expression, path: &str) -> bool {
    match from {
        Expression::Column(column) => column.eq_ignore_ascii_case(path),
        Expression::Constant(_) => false,
        Expression::Formula(formula) => formula.to_lowercase().contains(&path.to_lowercase()),
    }
}
