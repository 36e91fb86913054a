//! A checked query: its SQL, the values to bind, and how a row of the answer becomes a record.

use super::Fault;
use super::ast::{Name, Query};
use super::build::Builder;
use super::clock::Clock;
use super::expression::Shape;
use crate::rows::value::Cell;
use crate::schema::{Object, Schema, Trait};

/// Most groups, since grouped answers have no second page.
pub(crate) const MOST_GROUPS: usize = 2000;

/// What a query is asked under.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'s> {
    /// Objects and fields.
    pub(crate) schema: &'s Schema,
    /// The API version, `67` for v67.0.
    pub(crate) version: u32,
    /// Whether rows in the recycle bin count, as in queryAll.
    pub(crate) deleted: bool,
    /// Whose rows `USING SCOPE mine` are.
    pub(crate) user: &'s str,
}

/// What kind of answer a query has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Answer {
    /// `COUNT()`: a number and no rows.
    Count,
    /// Groups.
    Groups,
    /// Records.
    Records,
}

/// One part of a compound value: its key, its column, how it is written.
pub(crate) type Part = (&'static str, usize, Shape);

/// One entry of a record.
#[derive(Debug)]
pub(crate) enum Node {
    /// A value from one column.
    Value {
        /// Key in the record.
        name: String,
        /// Column of the answer.
        column: usize,
        /// How it is written.
        shape: Shape,
    },
    /// An address or location, from several columns.
    Compound {
        /// Key in the record.
        name: String,
        /// What it is made of.
        parts: Vec<Part>,
    },
    /// A parent.
    Parent {
        /// Key in the record.
        name: String,
        /// Column with the parent's id.
        id: usize,
        /// The parent's object; `Name` for a polymorphic one.
        object: String,
        /// Prefix and name of the objects that a polymorphic parent may be of.
        targets: Vec<(String, String)>,
        /// What is shown of it.
        nodes: Vec<Node>,
    },
    /// A polymorphic parent whose object decides what is shown.
    TypeOf {
        /// Key in the record.
        name: String,
        /// Column with the parent's id.
        id: usize,
        /// What is shown of each object.
        arms: Vec<Arm>,
        /// Prefix and name of the objects that the parent may be of.
        targets: Vec<(String, String)>,
        /// What is shown of the others.
        otherwise: Vec<Node>,
    },
    /// Child rows.
    Children {
        /// Key in the record.
        name: String,
        /// How they are found; the parent's id is `?1`.
        plan: Box<Plan>,
    },
}

/// One WHEN of TYPEOF.
#[derive(Debug)]
pub(crate) struct Arm {
    /// The object's API name.
    pub(crate) object: String,
    /// Prefix of its ids.
    pub(crate) prefix: String,
    /// What is shown.
    pub(crate) nodes: Vec<Node>,
}

/// A query that can run.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The object's API name, as the org spells it.
    pub(crate) object: String,
    /// What kind of answer it has.
    pub(crate) answer: Answer,
    /// SQL of the columns; for records the first is the id.
    pub(crate) columns: Vec<String>,
    /// What a record shows.
    pub(crate) nodes: Vec<Node>,
    /// Values to bind.
    pub(crate) values: Vec<Cell>,
    /// LIMIT.
    pub(crate) limit: Option<u64>,
    pub(super) root: String,
    pub(super) joins: String,
    pub(super) conditions: Vec<String>,
    pub(super) group: Vec<String>,
    pub(super) having: Option<String>,
    pub(super) order: Vec<String>,
    pub(super) offset: u64,
}

/// Checks a query.
pub(crate) fn plan<'s>(context: Context<'s>, clock: &'s Clock, query: &Query) -> Result<Plan, Fault> {
    let queryable = |object: &&Object| object.has(Trait::Queryable);
    let object = context.schema.object(&query.from.text).filter(queryable).ok_or_else(|| no_object(&query.from))?;
    Builder::new(context, clock, object, query)?.finish(query)
}

/// The fault for an object that is not there.
pub(crate) fn no_object(name: &Name) -> Fault {
    Fault {
        code: "INVALID_TYPE",
        at: name.at,
        message: format!(
            "sObject type '{}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after \
             the entity name. Please reference your WSDL or the describe call for the appropriate names.",
            name.text
        ),
    }
}

impl Plan {
    /// The whole query, at most `most` rows of it.
    pub(crate) fn sql(&self, most: Option<usize>) -> String {
        let limit = match (self.limit, most) {
            (Some(limit), Some(most)) => Some(limit.min(most as u64)),
            (Some(limit), None) => Some(limit),
            (None, most) => most.map(|most| most as u64),
        };
        if self.answer == Answer::Count {
            return self.count_sql(limit);
        }
        let columns = self.columns.join(", ");
        let mut sql = format!("SELECT {columns} FROM {}{}{}", self.root, self.joins, self.filter());
        if !self.group.is_empty() {
            sql.push_str(&format!(" GROUP BY {}", self.group.join(", ")));
        }
        if let Some(having) = &self.having {
            sql.push_str(&format!(" HAVING {having}"));
        }
        sql.push_str(&self.ordering());
        sql.push_str(&self.window(limit));
        sql
    }

    /// The number of rows that the conditions leave, counted up to `limit`.
    pub(super) fn count_sql(&self, limit: Option<u64>) -> String {
        let inner = format!("SELECT 1 FROM {}{}{}{}", self.root, self.joins, self.filter(), self.window(limit));
        format!("SELECT count(*) FROM ({inner})")
    }

    /// The ids alone, of every row.
    pub(crate) fn ids_sql(&self) -> String {
        format!(
            "SELECT {} FROM {}{}{}{}{}",
            self.columns[0],
            self.root,
            self.joins,
            self.filter(),
            self.ordering(),
            self.window(self.limit)
        )
    }

    /// The rows of a JSON array of ids, bound as `?1`, in its order.
    pub(crate) fn page_sql(&self) -> String {
        format!(
            "SELECT {} FROM json_each(?1) AS page CROSS JOIN {} ON {} = page.value{} ORDER BY page.key",
            self.columns.join(", "),
            self.root,
            self.columns[0],
            self.joins
        )
    }

    /// Keeps only rows that a search term finds in one of these columns, among the newest rows of the object.
    pub(crate) fn look_for(&mut self, term: Cell, columns: &[&str]) {
        const MOST_ROWS: usize = 200_000;
        self.values.push(term);
        let texts: Vec<String> = columns.iter().map(|name| format!("t0.\"{name}\"")).collect();
        self.conditions.push(format!("sf_found(?{}, {})", self.values.len(), texts.join(", ")));
        self.root = format!("(SELECT * FROM \"{}\" ORDER BY \"Id\" DESC LIMIT {MOST_ROWS}) AS t0", self.object);
    }

    /// Whether OFFSET skips rows.
    pub(crate) fn skips(&self) -> bool {
        self.offset > 0
    }

    /// The plan of a child set, by the names that lead to it.
    pub(crate) fn child(&self, names: &[String]) -> Option<&Plan> {
        names.iter().try_fold(self, |plan, wanted| {
            plan.nodes.iter().find_map(|node| match node {
                Node::Children { name, plan } if name == wanted => Some(plan.as_ref()),
                _ => None,
            })
        })
    }

    fn filter(&self) -> String {
        if self.conditions.is_empty() { String::new() } else { format!(" WHERE {}", self.conditions.join(" AND ")) }
    }

    fn ordering(&self) -> String {
        if self.order.is_empty() { String::new() } else { format!(" ORDER BY {}", self.order.join(", ")) }
    }

    fn window(&self, limit: Option<u64>) -> String {
        match (limit, self.offset) {
            (None, 0) => String::new(),
            (None, offset) => format!(" LIMIT -1 OFFSET {offset}"),
            (Some(limit), 0) => format!(" LIMIT {}", limit.min(i64::MAX as u64)),
            (Some(limit), offset) => format!(" LIMIT {} OFFSET {offset}", limit.min(i64::MAX as u64)),
        }
    }
}
