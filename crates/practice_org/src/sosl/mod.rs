//! SOSL: `FIND {term} IN … FIELDS RETURNING Object(fields …)`, over the text fields of every object.
//!
//! The part about each object is SOQL and is read as such. There is no index of words; the newest rows of an object are
//! looked through, so that a search costs the same however large the org grows.

mod parser;
pub(crate) mod term;

use rusqlite::Connection;
use serde_json::Value as Json;

pub(crate) use self::parser::parse;

use crate::failure::{Failure, Refusal};
use crate::org::Org;
use crate::rows::value::Cell;
use crate::schema::{Kind, Object, Trait};
use crate::soql::clock::Clock;
use crate::soql::plan::{Answer, Context, Node, Plan};
use crate::soql::run;

/// Most rows that a search returns.
pub(crate) const MOST_ROWS: usize = 2000;

/// Which fields are looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Group {
    /// Every text.
    All,
    /// Names.
    Name,
    /// Mail addresses.
    Email,
    /// Phone numbers.
    Phone,
    /// Names, mail addresses, phone numbers and keys.
    Sidebar,
}

impl Group {
    /// By its name without case.
    pub(crate) fn read(name: &str) -> Option<Group> {
        let known = [
            ("ALL", Group::All),
            ("NAME", Group::Name),
            ("EMAIL", Group::Email),
            ("PHONE", Group::Phone),
            ("SIDEBAR", Group::Sidebar),
        ];
        known.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, group)| group)
    }

    fn columns(self, object: &Object) -> Vec<&str> {
        let name = &object.fields[object.name_field].name;
        let fits = |field: &&crate::schema::Field| {
            let named = field.name == *name || ["FirstName", "LastName"].contains(&field.name.as_str());
            let text = matches!(
                field.kind,
                Kind::String | Kind::TextArea | Kind::Phone | Kind::Email | Kind::Url | Kind::Combobox
            );
            text && match self {
                Group::All => true,
                Group::Name => named,
                Group::Email => field.kind == Kind::Email,
                Group::Phone => field.kind == Kind::Phone,
                Group::Sidebar => named || field.external_id || matches!(field.kind, Kind::Email | Kind::Phone),
            }
        };
        object.visible().filter(fits).map(|field| field.name.as_str()).collect()
    }
}

/// What is wanted of one object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Returning {
    /// The object.
    pub(crate) object: String,
    /// Its fields, as text; `Id` when none are named.
    pub(crate) fields: String,
    /// WHERE and all behind it, as text.
    pub(crate) rest: String,
    /// Most rows, beyond what the text says.
    pub(crate) limit: Option<usize>,
}

/// A whole search.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Search {
    /// What is looked for, as text.
    pub(crate) term: String,
    /// Where.
    pub(crate) group: Group,
    /// In which objects; none means all.
    pub(crate) returning: Vec<Returning>,
    /// Most rows in all.
    pub(crate) limit: usize,
}

/// The fault of a search.
pub(crate) fn malformed(message: impl Into<String>) -> Failure {
    Failure::new("MALFORMED_SEARCH", message)
}

/// Looks for rows.
pub(crate) fn find(org: &Org, (version, user): (u32, &str), search: &Search) -> Result<Vec<Json>, Refusal> {
    term::Term::read(&search.term).map_err(malformed)?;
    let clock = Clock::of(org, user)?;
    let context = Context { schema: &org.schema, version, deleted: false, user };
    let everything = || {
        let searchable = org.schema.alive().filter(|object| object.searchable && object.has(Trait::Queryable));
        let whole = |object: &Object| Returning {
            object: object.name.clone(),
            fields: "Id".into(),
            rest: String::new(),
            limit: None,
        };
        searchable.map(whole).collect()
    };
    let all: Vec<Returning> = if search.returning.is_empty() { everything() } else { search.returning.clone() };
    let mut plans = Vec::new();
    for one in &all {
        if let Some(plan) = prepare(context, &clock, search, one)? {
            plans.push((plan, one.limit.unwrap_or(MOST_ROWS)));
        }
    }
    org.database.read(|conn| collect(conn, &plans, search.limit, &format!("{version}.0")))
}

fn prepare(context: Context<'_>, clock: &Clock, search: &Search, one: &Returning) -> Result<Option<Plan>, Refusal> {
    let query = format!("SELECT {} FROM {} {}", one.fields, one.object, one.rest);
    let mut plan = run::prepare_at(context, clock, &query).map_err(|failure| {
        let code = if failure.code == "MALFORMED_QUERY" { "MALFORMED_SEARCH" } else { failure.code };
        Failure { code, ..failure }
    })?;
    let flat = plan.answer == Answer::Records && !plan.nodes.iter().any(|node| matches!(node, Node::Children { .. }));
    let object = context.schema.object(&plan.object).filter(|object| object.searchable);
    let Some(object) = object else {
        return Err(Failure::new("INVALID_TYPE", format!("entity type {} does not support search", plan.object)).into());
    };
    if !flat {
        return Err(malformed("RETURNING takes fields only").into());
    }
    let columns = search.group.columns(object);
    if columns.is_empty() {
        return Ok(None);
    }
    plan.look_for(Cell::text(&search.term), &columns);
    Ok(Some(plan))
}

fn collect(conn: &Connection, plans: &[(Plan, usize)], most: usize, version: &str) -> Result<Vec<Json>, Refusal> {
    let mut found = Vec::new();
    for (plan, limit) in plans {
        let room = most - found.len();
        if room == 0 {
            break;
        }
        found.extend(run::records(conn, plan, version, Some(room.min(*limit)))?);
    }
    Ok(found)
}
