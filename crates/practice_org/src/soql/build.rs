//! From a query's tree to its plan: every name looked up, every rule of the language kept.

use super::Fault;
use super::ast::{Item, Operand, Query};
use super::clock::Clock;
use super::expression::{self, Role};
use super::filter::Filter;
use super::groups::Groups;
use super::place;
use super::plan::{Answer, Context, Plan};
use super::scope::Scope;
use super::select::Record;
use super::usual;
use crate::rows::value::Cell;
use crate::schema::{Kind, Object};

/// Most rows that OFFSET may skip.
const MOST_OFFSET: u64 = 2000;
/// Most keys of ORDER BY.
const MOST_KEYS: usize = 32;
/// What `USING SCOPE` takes.
const SCOPES: [&str; 10] = [
    "everything",
    "mine",
    "mine_and_my_groups",
    "my_team_territory",
    "my_territory",
    "team",
    "delegated",
    "queue_owned",
    "user_owned",
    "scopingRule",
];

/// A plan in the making.
pub(super) struct Builder<'s> {
    pub(super) context: Context<'s>,
    pub(super) scope: Scope<'s>,
    pub(super) object: &'s Object,
    pub(super) columns: Vec<String>,
    pub(super) record: Record,
    pub(super) values: Vec<Cell>,
    pub(super) conditions: Vec<String>,
    pub(super) unnamed: usize,
    /// How many child queries it is inside of.
    pub(super) depth: usize,
}

impl<'s> Builder<'s> {
    /// Begins a plan.
    pub(super) fn new(
        context: Context<'s>,
        clock: &'s Clock,
        object: &'s Object,
        query: &Query,
    ) -> Result<Self, Fault> {
        Builder::at(context, clock, object, query, 0)
    }

    /// Begins the plan of a child query.
    pub(super) fn below(&self, object: &'s Object, query: &Query) -> Result<Self, Fault> {
        Builder::at(self.context, self.scope.clock, object, query, self.depth + 1)
    }

    fn at(
        context: Context<'s>,
        clock: &'s Clock,
        object: &'s Object,
        query: &Query,
        depth: usize,
    ) -> Result<Self, Fault> {
        Ok(Builder {
            context,
            scope: Scope::new((context.schema, clock), object, query, 't')?,
            object,
            columns: Vec::new(),
            record: Record::default(),
            values: Vec::new(),
            conditions: Vec::new(),
            unnamed: 0,
            depth,
        })
    }

    /// Checks the clauses one after the other.
    pub(super) fn finish(mut self, query: &Query) -> Result<Plan, Fault> {
        let answer = self.answer(query)?;
        self.check_bounds(query, answer)?;
        let groups = match &query.group {
            Some(group) => Groups::read(&mut self.scope, group)?,
            None => Groups::default(),
        };
        match answer {
            Answer::Count => self.columns.push("1".into()),
            Answer::Groups => self.select_groups(query, &groups)?,
            Answer::Records => self.select_records(query)?,
        }
        self.filter(query)?;
        let having = match &query.having {
            Some(condition) => Some(self.filter_with(Some(&groups)).sql(condition)?),
            None => None,
        };
        let order = self.order(query, answer, &groups)?;
        Ok(Plan {
            object: self.object.name.clone(),
            answer,
            columns: self.columns,
            nodes: self.record.nodes,
            values: self.values,
            limit: query.limit,
            root: self.scope.root_sql(),
            joins: self.scope.joins_sql() + &groups.join_sql(),
            conditions: self.conditions,
            group: groups.keys_sql(),
            having,
            order,
            offset: query.offset.map_or(0, |(offset, _)| offset),
        })
    }

    fn filter_with<'q>(&'q mut self, groups: Option<&'q Groups>) -> Filter<'q, 's> {
        Filter {
            scope: &mut self.scope,
            values: &mut self.values,
            deleted: self.context.deleted,
            groups,
            joined: false,
            semi_joins: 0,
        }
    }

    fn answer(&mut self, query: &Query) -> Result<Answer, Fault> {
        let mut groups = query.group.is_some();
        for item in &query.select {
            let Item::Value { value: value @ Operand::Call(call), .. } = item else { continue };
            if call.name.is("COUNT") && call.arguments.is_empty() {
                return Ok(Answer::Count);
            }
            // With GROUP BY the question is settled, and GROUPING cannot be read without it.
            groups = groups || expression::operand(&mut self.scope, value)?.is_aggregate();
        }
        Ok(if groups { Answer::Groups } else { Answer::Records })
    }

    fn check_bounds(&self, query: &Query, answer: Answer) -> Result<(), Fault> {
        let overall = answer == Answer::Groups && query.group.is_none();
        let no = |at: usize, what: &str| {
            let message = format!("Non-grouped query that uses overall aggregate functions cannot also use {what}");
            Err(Fault::malformed(at, message))
        };
        if let Some((offset, at)) = query.offset {
            if offset > MOST_OFFSET {
                return Err(Fault {
                    code: "NUMBER_OUTSIDE_VALID_RANGE",
                    at,
                    message: format!("Maximum SOQL offset allowed is {MOST_OFFSET}"),
                });
            }
            if overall {
                return no(at, "OFFSET");
            }
        }
        if overall && query.limit.is_some() {
            return no(query.at, "LIMIT");
        }
        if let Some(key) = query.order.get(MOST_KEYS) {
            return Err(Fault::malformed(key.value.at(), format!("ORDER BY takes at most {MOST_KEYS} fields")));
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

    fn filter(&mut self, query: &Query) -> Result<(), Fault> {
        if self.object.has_bin() && !self.context.deleted {
            self.conditions.push(format!("{} = 0", self.scope.sql_of(0, "IsDeleted")));
        }
        if let Some(scope) = &query.scope {
            if !SCOPES.iter().any(|known| scope.is(known)) {
                return Err(Fault::malformed(scope.at, format!("Unsupported scope: {}", scope.text)));
            }
            let owned = self.object.find("OwnerId").is_some();
            if (scope.is("mine") || scope.is("mine_and_my_groups")) && owned {
                self.values.push(Cell::text(self.context.user));
                self.conditions.push(format!("{} = ?{}", self.scope.sql_of(0, "OwnerId"), self.values.len()));
            } else if !scope.is("everything") && !scope.is("user_owned") {
                // Nothing is delegated, shared by a team or in a territory here.
                self.conditions.push("0".into());
            }
        }
        if let Some(field) = &query.own_filter {
            return Err(Fault::malformed(
                field.at,
                format!("WITH {} is not supported for {}", field.text, self.object.name),
            ));
        }
        if let Some(condition) = &query.condition {
            let sql = self.filter_with(None).sql(condition)?;
            self.conditions.push(sql);
        }
        Ok(())
    }

    fn order(&mut self, query: &Query, answer: Answer, groups: &Groups) -> Result<Vec<String>, Fault> {
        let mut keys = Vec::new();
        for key in &query.order {
            let at = key.value.at();
            let found = if answer == Answer::Groups {
                let found = groups.operand(&mut self.scope, &key.value)?;
                found.ok_or_else(|| Fault::malformed(at, "Ordered field must be grouped or aggregated"))?
            } else {
                expression::operand(&mut self.scope, &key.value)?
            };
            if answer == Answer::Records && found.is_aggregate() {
                return Err(Fault::malformed(at, "an aggregate orders grouped queries only"));
            }
            if answer == Answer::Records && matches!(&key.value, Operand::Call(call) if call.name.is("FORMAT")) {
                return Err(Fault::malformed(at, "FORMAT can only be used in SELECT"));
            }
            let mut sql = found.sql.clone();
            let field = found.column.field;
            let compound = place::parts(self.scope.tables[found.column.table].object, field).is_some();
            let unsortable = !field.is_sortable() || compound;
            if matches!(found.role, Role::Field | Role::Wording) {
                if unsortable {
                    return Err(Fault::malformed(
                        at,
                        format!("field '{}' can not be sorted in a query call", field.name),
                    ));
                }
                if field.kind == Kind::Picklist && !field.values.is_empty() {
                    sql = self.setup_order(&sql, &field.values);
                }
            }
            let way = if key.descending { "DESC" } else { "ASC" };
            let nulls = if key.nulls_last { "LAST" } else { "FIRST" };
            keys.push(format!("{sql} {way} NULLS {nulls}"));
        }
        match answer {
            Answer::Records => {
                keys.extend(usual::order(query).map(|name| self.scope.sql_of(0, name)));
                let id = self.scope.sql_of(0, "Id");
                // Named twice, it would have SQLite sort what an index holds in order.
                if !keys.iter().any(|key| key.starts_with(&id)) {
                    keys.push(id);
                }
            }
            Answer::Groups if keys.is_empty() => keys = groups.usual_order(),
            _ => {}
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
