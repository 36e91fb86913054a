//! A checked query: its SQL, the values to bind, and how a row of the answer becomes a record.

use super::Fault;
use super::ast::{Item, Name, Query};
use super::build::Builder;
use super::expression::Shape;
use crate::rows::value::Cell;
use crate::schema::{Object, Schema, Trait};

/// Most groups, since grouped answers have no second page.
pub(crate) const MOST_GROUPS: usize = 2000;
/// Most child queries in one query.
const MOST_CHILDREN: usize = 20;
/// Parts of an address, in the order of its JSON.
pub(crate) const ADDRESS: [(&str, &str, Shape); 8] = [
    ("city", "City", Shape::Text),
    ("country", "Country", Shape::Text),
    ("geocodeAccuracy", "GeocodeAccuracy", Shape::Text),
    ("latitude", "Latitude", Shape::Decimal),
    ("longitude", "Longitude", Shape::Decimal),
    ("postalCode", "PostalCode", Shape::Text),
    ("state", "State", Shape::Text),
    ("street", "Street", Shape::Text),
];

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
        /// FORMAT: written as text.
        formatted: bool,
    },
    /// An address from eight columns.
    Address {
        /// Key in the record.
        name: String,
        /// First of the columns.
        column: usize,
    },
    /// A latitude and a longitude from two columns.
    Location {
        /// Key in the record.
        name: String,
        /// First of the columns.
        column: usize,
    },
    /// A parent.
    Parent {
        /// Key in the record.
        name: String,
        /// Column with the parent's id.
        id: usize,
        /// The parent's object; `Name` for a polymorphic one.
        object: String,
        /// Column with the object's name, for a polymorphic parent.
        kind: Option<usize>,
        /// What is shown of it.
        nodes: Vec<Node>,
    },
    /// Child rows.
    Children {
        /// Key in the record.
        name: String,
        /// How they are found; the parent's id is `?1`.
        plan: Box<Plan>,
    },
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
pub(crate) fn plan(context: Context<'_>, query: &Query) -> Result<Plan, Fault> {
    let queryable = |object: &&Object| object.has(Trait::Queryable);
    let object = context.schema.object(&query.from.text).filter(queryable).ok_or_else(|| no_object(&query.from))?;
    if query.select.iter().filter(|item| matches!(item, Item::Child(_))).count() > MOST_CHILDREN {
        return Err(Fault::malformed(query.at, "maximum number of child queries exceeded"));
    }
    Builder::new(context, object, query, 't', Vec::new())?.finish(query)
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
        let columns = self.columns.join(", ");
        let mut sql = format!("SELECT {columns} FROM {}{}{}", self.root, self.joins, self.filter());
        if self.answer == Answer::Count {
            let inner = format!("SELECT 1 FROM {}{}{}{}", self.root, self.joins, self.filter(), self.window(limit));
            return format!("SELECT count(*) FROM ({inner})");
        }
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

    /// Whether OFFSET skips rows.
    pub(crate) fn skips(&self) -> bool {
        self.offset > 0
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
            (Some(limit), 0) => format!(" LIMIT {limit}"),
            (Some(limit), offset) => format!(" LIMIT {limit} OFFSET {offset}"),
        }
    }
}
