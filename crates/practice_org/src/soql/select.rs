//! The list behind SELECT: which columns are read, and how they become a record.

use std::collections::HashSet;

use super::Fault;
use super::ast::{Condition, Item, Literal, Name, Operand, Path, Query, TypeOf, Value};
use super::build::Builder;
use super::expression::{self, Expression, Role, Shape};
use super::groups::Groups;
use super::place;
use super::plan::{Answer, Arm, Node};
use crate::rows::value::Cell;
use crate::schema::Field;

/// Most child queries in one query.
const MOST_CHILDREN: usize = 20;
/// Most rows, or ids asked for, beside FIELDS(ALL) and FIELDS(CUSTOM).
const MOST_FIELDS_ROWS: u64 = 200;

/// A record in the making.
#[derive(Default)]
pub(super) struct Record {
    /// What it shows.
    pub(super) nodes: Vec<Node>,
    /// Names in it, in lower case.
    seen: HashSet<String>,
}

impl Record {
    fn claim(&mut self, name: &str) -> bool {
        self.seen.insert(name.to_ascii_lowercase())
    }
}

impl<'s> Builder<'s> {
    /// The list of a grouped query.
    pub(super) fn select_groups(&mut self, query: &Query, groups: &Groups) -> Result<(), Fault> {
        for item in &query.select {
            let (value, alias) = match item {
                Item::Value { value, alias } => (value, alias),
                Item::Child(child) => {
                    return Err(Fault::malformed(child.at, "Aggregate query does not support child queries"));
                }
                Item::Fields(name) => {
                    return Err(Fault::malformed(name.at, "The FIELDS function is not supported in aggregate queries"));
                }
                Item::TypeOf(choice) => {
                    return Err(Fault::malformed(choice.path.at(), "TYPEOF is not supported in aggregate queries"));
                }
            };
            let Some(found) = groups.operand(&mut self.scope, value)? else {
                return Err(Fault::malformed(
                    value.at(),
                    format!("Field must be grouped or aggregated: {}", shown(value)),
                ));
            };
            let name = match alias {
                Some(alias) => alias.text.clone(),
                None if found.role == Role::Field => found.column.field.name.clone(),
                None => self.unnamed(),
            };
            if !self.record.claim(&name) {
                return Err(Fault::malformed(value.at(), format!("duplicate alias: {name}")));
            }
            let node = self.leaf(name, &found);
            self.record.nodes.push(node);
        }
        Ok(())
    }

    /// The list of a query for records.
    pub(super) fn select_records(&mut self, query: &Query) -> Result<(), Fault> {
        let id = self.scope.sql_of(0, "Id");
        self.columns.push(id);
        if let Some(child) = children(query).nth(MOST_CHILDREN) {
            return Err(Fault::malformed(
                child.at,
                format!("SOQL statements cannot have more than {MOST_CHILDREN} child queries"),
            ));
        }
        for item in &query.select {
            match item {
                Item::Value { value, alias } => self.select_value(value, alias.as_ref())?,
                Item::Fields(name) => self.select_fields(name, query)?,
                Item::Child(child) => self.select_children(child, query)?,
                Item::TypeOf(choice) => self.select_type_of(choice)?,
            }
        }
        Ok(())
    }

    fn unnamed(&mut self) -> String {
        self.unnamed += 1;
        format!("expr{}", self.unnamed - 1)
    }

    fn select_value(&mut self, value: &Operand, alias: Option<&Name>) -> Result<(), Fault> {
        let found = expression::operand(&mut self.scope, value)?;
        match (found.role, alias) {
            (Role::Field, Some(alias)) => {
                return Err(Fault::malformed(alias.at, "only aggregate expressions use field aliasing"));
            }
            (Role::DatePart, _) => {
                return Err(Fault::malformed(
                    value.at(),
                    format!("Date functions can only be used with GROUP BY: {}", shown(value)),
                ));
            }
            _ => {}
        }
        let (table, name) = match (found.role, alias) {
            (_, Some(alias)) => (0, alias.text.clone()),
            (Role::Distance, None) => (0, self.unnamed()),
            (_, None) => (found.column.table, found.column.field.name.clone()),
        };
        let mut record = std::mem::take(&mut self.record);
        let added = self.add(&mut record, 0, table, name, &found, value);
        self.record = record;
        added
    }

    /// Adds a value where its path from `start` says, making the parents on the way.
    fn add(
        &mut self,
        record: &mut Record,
        start: usize,
        table: usize,
        name: String,
        found: &Expression<'s>,
        value: &Operand,
    ) -> Result<(), Fault> {
        let trail = if table == start || table == 0 { Vec::new() } else { self.scope.trail(start, table) };
        let key = trail.iter().map(|(_, name)| name.as_str()).chain([name.as_str()]).collect::<Vec<_>>().join(".");
        if !record.claim(&key) {
            return Err(Fault::field(value.at(), format!("duplicate field selected: {key}")));
        }
        let node = self.leaf(name, found);
        let mut nodes = &mut record.nodes;
        for (table, step) in trail {
            let known = nodes.iter().position(|node| matches!(node, Node::Parent { name, .. } if *name == step));
            let place = match known {
                Some(place) => place,
                None => {
                    let object = self.scope.tables[table].object.name.clone();
                    let targets = self.scope.targets(table);
                    let id = self.scope.sql_of(table, "Id");
                    self.columns.push(id);
                    let id = self.columns.len() - 1;
                    nodes.push(Node::Parent { name: step, id, object, targets, nodes: Vec::new() });
                    nodes.len() - 1
                }
            };
            nodes = match &mut nodes[place] {
                Node::Parent { nodes, .. } => nodes,
                _ => unreachable!("the place was found by its being a parent"),
            };
        }
        nodes.push(node);
        Ok(())
    }

    fn leaf(&mut self, name: String, found: &Expression<'_>) -> Node {
        let object = self.scope.tables[found.column.table].object;
        if found.role == Role::Field
            && let Some(parts) = place::parts(object, found.column.field)
        {
            let mut columns = Vec::new();
            for part in parts {
                self.columns.push(self.scope.sql_of(found.column.table, &part.field));
                columns.push((part.key, self.columns.len() - 1, part.shape));
            }
            return Node::Compound { name, parts: columns };
        }
        self.columns.push(found.sql.clone());
        Node::Value { name, column: self.columns.len() - 1, shape: Shape::of(found.kind) }
    }

    fn select_fields(&mut self, name: &Name, query: &Query) -> Result<(), Fault> {
        let chosen: fn(&Field) -> bool = if name.is("ALL") {
            |_| true
        } else if name.is("STANDARD") {
            |field| !field.is_custom()
        } else if name.is("CUSTOM") {
            |field| field.is_custom()
        } else {
            return Err(Fault::malformed(name.at, "FIELDS takes ALL, STANDARD or CUSTOM"));
        };
        if self.context.version < 51 {
            return Err(Fault::malformed(name.at, "The SOQL FIELDS function is available from API version 51.0 on"));
        }
        let few = query.limit.is_some_and(|limit| limit <= MOST_FIELDS_ROWS)
            || query.condition.as_ref().is_some_and(names_few_ids);
        if !name.is("STANDARD") && !few {
            return Err(Fault::malformed(name.at, "The SOQL FIELDS function must have a LIMIT of at most 200"));
        }
        let object = self.object;
        for field in object.visible().filter(|field| chosen(field)) {
            let path = Path { parts: vec![Name { text: field.name.clone(), at: name.at }] };
            self.select_value(&Operand::Path(path), None)?;
        }
        Ok(())
    }

    fn select_type_of(&mut self, choice: &TypeOf) -> Result<(), Fault> {
        let at = choice.path.at();
        if self.context.version < 46 {
            return Err(Fault::malformed(at, "TYPEOF is available from API version 46.0 on"));
        }
        let any = self.scope.reach(&choice.path)?;
        if !self.scope.is_any(self.scope.tables[any].object) {
            return Err(Fault::field(
                at,
                format!("TYPEOF needs a relationship to several objects, which {} is not", choice.path.text()),
            ));
        }
        let reference = self.scope.source(any).filter(|reference| reference.table == 0);
        let Some(reference) = reference else {
            return Err(Fault::malformed(at, "TYPEOF takes a relationship of the queried object itself"));
        };
        let name = reference.field.relationship.clone().unwrap_or_default();
        if !self.record.claim(&name) {
            return Err(Fault::field(at, format!("duplicate field selected: {name}")));
        }
        self.columns.push(self.scope.sql_of(any, "Id"));
        let id = self.columns.len() - 1;
        let mut arms: Vec<Arm> = Vec::new();
        for (object_name, paths) in &choice.arms {
            let schema = self.context.schema;
            let object = schema.object(&object_name.text).ok_or_else(|| super::plan::no_object(object_name))?;
            if arms.iter().any(|arm| arm.object == object.name) {
                return Err(Fault::malformed(object_name.at, format!("duplicate WHEN in TYPEOF: {}", object.name)));
            }
            let Some(table) = self.scope.arm(reference, object, object_name.at)? else {
                return Err(Fault::field(object_name.at, format!("{name} never is of type {}", object.name)));
            };
            let nodes = self.arm_nodes(table, paths)?;
            arms.push(Arm { object: object.name.clone(), prefix: object.prefix.clone(), nodes });
        }
        let otherwise = self.arm_nodes(any, &choice.otherwise)?;
        let targets = self.scope.targets(any);
        self.record.nodes.push(Node::TypeOf { name, id, arms, targets, otherwise });
        Ok(())
    }

    fn arm_nodes(&mut self, table: usize, paths: &[Path]) -> Result<Vec<Node>, Fault> {
        let mut record = Record::default();
        for path in paths {
            let column = self.scope.resolve_from(table, &path.parts)?;
            let found = Expression { sql: self.scope.sql(column), kind: column.field.kind, role: Role::Field, column };
            let name = column.field.name.clone();
            self.add(&mut record, table, column.table, name, &found, &Operand::Path(path.clone()))?;
        }
        Ok(record.nodes)
    }

    fn select_children(&mut self, child: &Query, query: &Query) -> Result<(), Fault> {
        let schema = self.context.schema;
        let unknown = |name: &Name| Fault {
            code: "INVALID_TYPE",
            at: name.at,
            message: format!(
                "Didn't understand relationship '{}' in FROM part of query call. If you are attempting to use a custom \
                 relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or \
                 the describe call for the appropriate names.",
                name.text
            ),
        };
        if let Some(parent) = &child.through
            && !parent.is(&self.object.name)
            && !query.alias.as_ref().is_some_and(|alias| alias.is(&parent.text))
        {
            return Err(unknown(parent));
        }
        let found = schema
            .children(self.object)
            .iter()
            .find(|children| {
                let field = &schema.objects[children.object].fields[children.field];
                !field.hidden
                    && field.children.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&child.from.text))
            })
            .ok_or_else(|| unknown(&child.from))?;
        let object = &schema.objects[found.object];
        let field = &object.fields[found.field];
        let name = field.children.clone().unwrap_or_default();
        if !self.record.claim(&name) {
            return Err(Fault::malformed(child.from.at, "Cannot follow the same aggregate relationship twice"));
        }
        if let Some((_, at)) = child.offset
            && query.limit != Some(1)
        {
            return Err(Fault::malformed(at, "OFFSET in a child query needs LIMIT 1 in its parent"));
        }
        let most = if self.context.version >= 58 { 5 } else { 1 };
        if self.depth + 1 > most {
            return Err(Fault::malformed(
                child.at,
                format!(
                    "SOQL statements cannot query aggregate relationships more than {most} level away from the root entity object."
                ),
            ));
        }
        let mut builder = self.below(object, child)?;
        builder.values.push(Cell::Null);
        builder.conditions.push(format!("{} = ?1", builder.scope.sql_of(0, &field.name)));
        let plan = builder.finish(child)?;
        if plan.answer != Answer::Records {
            return Err(Fault::malformed(child.at, "Aggregate functions are not supported in child queries"));
        }
        self.record.nodes.push(Node::Children { name, plan: Box::new(plan) });
        Ok(())
    }
}

fn children(query: &Query) -> impl Iterator<Item = &Query> {
    query.select.iter().filter_map(|item| match item {
        Item::Child(child) => Some(child.as_ref()),
        _ => None,
    })
}

/// Whether a condition lets at most so many rows through that FIELDS needs no LIMIT.
fn names_few_ids(condition: &Condition) -> bool {
    let is_id = |left: &Operand| matches!(left, Operand::Path(path) if path.parts.len() == 1 && path.last().is("Id"));
    match condition {
        Condition::And(terms) => terms.iter().any(names_few_ids),
        Condition::Compare { left, operator: "=", right: Literal { value: Value::Text(_), .. } } => is_id(left),
        Condition::In { left, negated: false, list } => is_id(left) && list.len() as u64 <= MOST_FIELDS_ROWS,
        _ => false,
    }
}

/// An operand as the query has it, functions in lower case.
fn shown(value: &Operand) -> String {
    match value {
        Operand::Path(path) => path.text(),
        Operand::Call(call) => {
            let inner = call.arguments.iter().find_map(|argument| match argument {
                super::ast::Argument::Path(path) => Some(path.text()),
                super::ast::Argument::Call(call) => Some(shown(&Operand::Call(call.clone()))),
                _ => None,
            });
            format!("{}({})", call.name.text, inner.unwrap_or_default())
        }
    }
}
