//! From a query's tree to its plan: every name looked up, every rule of the language kept.

use super::Fault;
use super::ast::{Item, Name, Operand, Path, Query};
use super::expression::{self, Expression, Shape};
use super::filter::Filter;
use super::plan::{ADDRESS, Answer, Context, Node, Plan};
use super::scope::Scope;
use super::usual;
use crate::rows::value::Cell;
use crate::schema::{Field, Kind, Object};

/// Most rows that OFFSET may skip.
const MOST_OFFSET: u64 = 2000;

/// A plan in the making.
pub(super) struct Builder<'s> {
    context: Context<'s>,
    scope: Scope<'s>,
    object: &'s Object,
    columns: Vec<String>,
    nodes: Vec<Node>,
    selected: Vec<String>,
    values: Vec<Cell>,
    conditions: Vec<String>,
    unnamed: usize,
    depth: usize,
}

impl<'s> Builder<'s> {
    /// Begins a plan; the letter keeps the tables of nested queries apart.
    pub(super) fn new(
        context: Context<'s>,
        object: &'s Object,
        query: &Query,
        letter: char,
        values: Vec<Cell>,
    ) -> Result<Self, Fault> {
        Ok(Builder {
            context,
            scope: Scope::new(context.schema, object, query, letter)?,
            object,
            columns: Vec::new(),
            nodes: Vec::new(),
            selected: Vec::new(),
            values,
            conditions: Vec::new(),
            unnamed: 0,
            depth: 0,
        })
    }

    /// Checks the clauses one after the other.
    pub(super) fn finish(mut self, query: &Query) -> Result<Plan, Fault> {
        let answer = self.answer(query)?;
        self.check_bounds(query, answer)?;
        let group = self.group(query)?;
        match answer {
            Answer::Count => self.columns.push("1".into()),
            Answer::Groups => self.select_groups(query, &group)?,
            Answer::Records => self.select_records(query)?,
        }
        self.filter(query)?;
        let having = match &query.having {
            Some(condition) => {
                let mut filter = Filter {
                    scope: &mut self.scope,
                    values: &mut self.values,
                    deleted: self.context.deleted,
                    groups: Some(&group),
                    semi_joins: 2,
                };
                Some(filter.sql(condition)?)
            }
            None => None,
        };
        let order = self.order(query, answer, &group)?;
        Ok(Plan {
            object: self.object.name.clone(),
            answer,
            columns: self.columns,
            nodes: self.nodes,
            values: self.values,
            limit: query.limit,
            root: self.scope.root_sql(),
            joins: self.scope.joins_sql(),
            conditions: self.conditions,
            group,
            having,
            order,
            offset: query.offset.map_or(0, |(offset, _)| offset),
        })
    }

    fn answer(&mut self, query: &Query) -> Result<Answer, Fault> {
        let mut groups = query.group.is_some();
        for item in &query.select {
            if let Item::Value { value: Operand::Call(call), .. } = item {
                if call.name.is("COUNT") && call.arguments.is_empty() {
                    return Ok(Answer::Count);
                }
                groups |= expression::operand(&mut self.scope, &Operand::Call(call.clone()))?.aggregate;
            }
        }
        Ok(if groups { Answer::Groups } else { Answer::Records })
    }

    fn check_bounds(&self, query: &Query, answer: Answer) -> Result<(), Fault> {
        if let Some((offset, at)) = query.offset {
            if offset > MOST_OFFSET {
                return Err(Fault {
                    code: "NUMBER_OUTSIDE_VALID_RANGE",
                    at,
                    message: format!("Maximum SOQL offset allowed is {MOST_OFFSET}"),
                });
            }
            if answer == Answer::Groups && query.group.is_none() {
                return Err(Fault::malformed(
                    at,
                    "Non-grouped query that uses overall aggregate functions cannot also use OFFSET",
                ));
            }
        }
        if answer == Answer::Groups && query.group.is_none() && query.limit.is_some() {
            return Err(Fault::malformed(
                query.at,
                "Non-grouped query that uses overall aggregate functions cannot also use LIMIT",
            ));
        }
        if answer == Answer::Count {
            if query.group.is_some() {
                return Err(Fault::malformed(query.at, "COUNT() and GROUP BY may not be used together"));
            }
            if let Some(key) = query.order.first() {
                return Err(Fault::malformed(key.value.at(), "COUNT() and ORDER BY may not be used together"));
            }
        }
        Ok(())
    }

    fn group(&mut self, query: &Query) -> Result<Vec<String>, Fault> {
        let Some(group) = &query.group else {
            return Ok(Vec::new());
        };
        if let Some(name) = &group.subtotals {
            return Err(Fault::malformed(name.at, format!("GROUP BY {} is not supported here", name.text)));
        }
        let mut keys = Vec::new();
        for key in &group.keys {
            let found = expression::operand(&mut self.scope, key)?;
            if found.aggregate {
                return Err(Fault::malformed(key.at(), "cannot group by an aggregate"));
            }
            if let Some(column) = found.column
                && !column.field.is_groupable()
            {
                return Err(Fault::field(
                    key.at(),
                    format!("field '{}' can not be grouped in a query call", column.field.name),
                ));
            }
            keys.push(found.sql);
        }
        Ok(keys)
    }

    fn select_groups(&mut self, query: &Query, group: &[String]) -> Result<(), Fault> {
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
            let found = expression::operand(&mut self.scope, value)?;
            if !found.aggregate && !group.contains(&found.sql) {
                let shown = match value {
                    Operand::Path(path) => path.text(),
                    Operand::Call(call) => call.name.text.clone(),
                };
                return Err(Fault::malformed(value.at(), format!("Field must be grouped or aggregated: {shown}")));
            }
            let name = match (alias, found.column) {
                (Some(alias), _) => alias.text.clone(),
                (None, Some(column)) => column.field.name.clone(),
                (None, None) => {
                    self.unnamed += 1;
                    format!("expr{}", self.unnamed - 1)
                }
            };
            if self.selected.contains(&name.to_ascii_lowercase()) {
                return Err(Fault::malformed(value.at(), format!("duplicate alias: {name}")));
            }
            self.selected.push(name.to_ascii_lowercase());
            let node = self.leaf(name, &found, is_format(value));
            self.nodes.push(node);
        }
        Ok(())
    }

    fn select_records(&mut self, query: &Query) -> Result<(), Fault> {
        self.columns.push(self.scope.sql_of(0, "Id"));
        for item in &query.select {
            match item {
                Item::Value { value, alias } => self.select_value(value, alias.as_ref())?,
                Item::Fields(name) => self.select_fields(name, query)?,
                Item::Child(child) => self.select_children(child, query)?,
                Item::TypeOf(choice) => {
                    return Err(Fault::malformed(choice.path.at(), "TYPEOF is not supported here"));
                }
            }
        }
        Ok(())
    }

    fn select_value(&mut self, value: &Operand, alias: Option<&Name>) -> Result<(), Fault> {
        let found = expression::operand(&mut self.scope, value)?;
        match (value, alias) {
            (Operand::Path(_), Some(alias)) => {
                return Err(Fault::malformed(alias.at, "only aggregate expressions use field aliasing"));
            }
            (Operand::Call(call), None)
                if !found.kind.is_compound() && !is_format(value) && !call.name.is("toLabel") =>
            {
                return Err(Fault::malformed(call.name.at, format!("{} is for grouped queries only", call.name.text)));
            }
            (Operand::Call(call), Some(_)) if !is_format(value) && !call.name.is("toLabel") => {
                return Err(Fault::malformed(call.name.at, format!("{} is for grouped queries only", call.name.text)));
            }
            _ => {}
        }
        let (table, name) = match (&found.column, alias) {
            (Some(column), _) => (column.table, column.field.name.clone()),
            (None, Some(alias)) => (0, alias.text.clone()),
            (None, None) => (0, found.inner.map(|field| field.name.clone()).unwrap_or_default()),
        };
        self.add(table, name, &found, value.at(), is_format(value))
    }

    fn select_fields(&mut self, name: &Name, query: &Query) -> Result<(), Fault> {
        const MOST_ROWS: u64 = 200;
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
        if !name.is("STANDARD") && query.limit.is_none_or(|limit| limit > MOST_ROWS) {
            return Err(Fault::malformed(name.at, "The SOQL FIELDS function must have a LIMIT of at most 200"));
        }
        let object = self.object;
        for field in object.visible().filter(|field| chosen(field)) {
            let path = Path { parts: vec![Name { text: field.name.clone(), at: name.at }] };
            self.select_value(&Operand::Path(path), None)?;
        }
        Ok(())
    }

    fn select_children(&mut self, child: &Query, query: &Query) -> Result<(), Fault> {
        let schema = self.context.schema;
        let found = schema.children(self.object).iter().find(|children| {
            let field = &schema.objects[children.object].fields[children.field];
            field.children.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&child.from.text))
        });
        let Some(found) = found else {
            return Err(Fault {
                code: "INVALID_TYPE",
                at: child.from.at,
                message: format!(
                    "Didn't understand relationship '{}' in FROM part of query call. If you are attempting to use a custom \
                     relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or \
                     the describe call for the appropriate names.",
                    child.from.text
                ),
            });
        };
        let object = &schema.objects[found.object];
        let field = &object.fields[found.field];
        let name = field.children.clone().unwrap_or_default();
        if self.selected.contains(&name.to_ascii_lowercase()) {
            return Err(Fault::malformed(child.from.at, "Cannot follow the same aggregate relationship twice"));
        }
        self.selected.push(name.to_ascii_lowercase());
        if let Some((_, at)) = child.offset
            && query.limit != Some(1)
        {
            return Err(Fault::malformed(at, "OFFSET in a child query needs LIMIT 1 in its parent"));
        }
        let depth = self.depth + 1;
        let most = if self.context.version >= 58 { 5 } else { 1 };
        if depth > most {
            return Err(Fault::malformed(child.at, "SOQL statements cannot query aggregate relationships this deep"));
        }
        let letter = char::from(b'a' + depth as u8);
        let mut builder = Builder::new(self.context, object, child, letter, vec![Cell::Null])?;
        builder.depth = depth;
        builder.conditions.push(format!("{} = ?1", builder.scope.sql_of(0, &field.name)));
        let plan = builder.finish(child)?;
        if plan.answer != Answer::Records {
            return Err(Fault::malformed(child.at, "a child query selects records"));
        }
        self.nodes.push(Node::Children { name, plan: Box::new(plan) });
        Ok(())
    }

    fn leaf(&mut self, name: String, found: &Expression<'_>, formatted: bool) -> Node {
        self.columns.push(found.sql.clone());
        Node::Value { name, column: self.columns.len() - 1, shape: Shape::of(found.kind), formatted }
    }

    /// Adds a value where its path says, making the parents on the way.
    fn add(
        &mut self,
        table: usize,
        name: String,
        found: &Expression<'_>,
        at: usize,
        formatted: bool,
    ) -> Result<(), Fault> {
        let trail = self.scope.trail(table);
        let key = trail.iter().map(|(_, name)| name.as_str()).chain([name.as_str()]).collect::<Vec<_>>().join(".");
        let lower = key.to_ascii_lowercase();
        if self.selected.contains(&lower) {
            return Err(Fault::field(at, format!("duplicate field selected: {key}")));
        }
        self.selected.push(lower);
        let node = match found.kind {
            Kind::Address => self.address(table, name),
            Kind::Location => self.location(table, name),
            _ => self.leaf(name, found, formatted),
        };
        let mut steps = Vec::new();
        for (table, name) in trail {
            let object = self.scope.tables[table].object;
            let any = self.scope.is_any(object);
            steps.push((
                name,
                self.scope.sql_of(table, "Id"),
                any.then(|| self.scope.sql_of(table, "Type")),
                object.name.clone(),
            ));
        }
        let columns = &mut self.columns;
        let mut nodes = &mut self.nodes;
        for (step, id, kind, object) in steps {
            let known = nodes.iter().position(|node| matches!(node, Node::Parent { name, .. } if *name == step));
            let place = match known {
                Some(place) => place,
                None => {
                    columns.push(id);
                    let id = columns.len() - 1;
                    let kind = kind.map(|kind| {
                        columns.push(kind);
                        columns.len() - 1
                    });
                    nodes.push(Node::Parent { name: step, id, object, kind, nodes: Vec::new() });
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

    fn address(&mut self, table: usize, name: String) -> Node {
        let column = self.columns.len();
        let prefix = name.strip_suffix("Address").unwrap_or_default().to_owned();
        for (_, part, _) in ADDRESS {
            self.columns.push(self.scope.sql_of(table, &format!("{prefix}{part}")));
        }
        Node::Address { name, column }
    }

    fn location(&mut self, table: usize, name: String) -> Node {
        let column = self.columns.len();
        let stem = name.strip_suffix("__c").unwrap_or_default().to_owned();
        for part in ["Latitude", "Longitude"] {
            self.columns.push(self.scope.sql_of(table, &format!("{stem}__{part}__s")));
        }
        Node::Location { name, column }
    }

    fn filter(&mut self, query: &Query) -> Result<(), Fault> {
        if self.object.has_bin() && !self.context.deleted {
            self.conditions.push(format!("{} = 0", self.scope.sql_of(0, "IsDeleted")));
        }
        if let Some(scope) = &query.scope
            && scope.is("mine")
            && self.object.find("OwnerId").is_some()
        {
            self.values.push(Cell::text(self.context.user));
            self.conditions.push(format!("{} = ?{}", self.scope.sql_of(0, "OwnerId"), self.values.len()));
        }
        if let Some(condition) = &query.condition {
            let mut filter = Filter {
                scope: &mut self.scope,
                values: &mut self.values,
                deleted: self.context.deleted,
                groups: None,
                semi_joins: 0,
            };
            let sql = filter.sql(condition)?;
            self.conditions.push(sql);
        }
        Ok(())
    }

    fn order(&mut self, query: &Query, answer: Answer, group: &[String]) -> Result<Vec<String>, Fault> {
        let mut keys = Vec::new();
        for key in &query.order {
            let found = expression::operand(&mut self.scope, &key.value)?;
            if answer == Answer::Groups && !found.aggregate && !group.contains(&found.sql) {
                return Err(Fault::malformed(key.value.at(), "Ordered field must be grouped or aggregated"));
            }
            if answer == Answer::Records && found.aggregate {
                return Err(Fault::malformed(key.value.at(), "an aggregate orders grouped queries only"));
            }
            let mut sql = found.sql.clone();
            if let Some(column) = found.column {
                if !column.field.is_sortable() {
                    return Err(Fault::malformed(
                        key.value.at(),
                        format!("field '{}' can not be sorted in a query call", column.field.name),
                    ));
                }
                if column.field.kind == Kind::Picklist && !column.field.values.is_empty() {
                    sql = self.setup_order(&sql, &column.field.values);
                }
            }
            let way = if key.descending { "DESC" } else { "ASC" };
            let nulls = if key.nulls_last { "LAST" } else { "FIRST" };
            keys.push(format!("{sql} {way} NULLS {nulls}"));
        }
        if answer == Answer::Records {
            keys.extend(usual::order(query).map(|name| self.scope.sql_of(0, name)));
            keys.push(self.scope.sql_of(0, "Id"));
        }
        Ok(keys)
    }

    /// Picklists sort in the order of setup, values that are not in it behind.
    fn setup_order(&mut self, sql: &str, values: &[String]) -> String {
        let mut case = format!("CASE WHEN {sql} IS NULL THEN NULL");
        for (place, value) in values.iter().enumerate() {
            self.values.push(Cell::text(value));
            case.push_str(&format!(" WHEN {sql} = ?{} THEN {place}", self.values.len()));
        }
        case.push_str(&format!(" ELSE {} END", values.len()));
        case
    }
}

fn is_format(value: &Operand) -> bool {
    matches!(value, Operand::Call(call) if call.name.is("FORMAT"))
}
