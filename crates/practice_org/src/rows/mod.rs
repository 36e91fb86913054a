//! Rows: creating, changing and removing them, under the rules that Salesforce keeps.
//!
//! A [`Desk`] is where writing happens, for as long as one transaction lasts. REST, collections and Bulk all bring their
//! rows here, so a rule holds however a row came in. Nothing is written before every check has passed; a refused row
//! leaves no trace.
//!
//! - `given`, `value`, `options`: what came for a row, and what the call wishes
//! - `checks`, `hierarchy`, `custom`, `rules`: what holds in every org
//! - `policy`, `validation`, `condition`, `duplicates`: what this org's owner has switched on
//! - `bin`, `merge`, `recent`: what else can be done with rows
//! - `changes`: every write is noted there, and told after its commit
//! - `statements`, `places`: SQL and field indexes at hand

mod bin;
pub(crate) mod changes;
mod checks;
pub(crate) mod condition;
mod custom;
mod duplicates;
pub(crate) mod given;
mod hierarchy;
mod merge;
pub(crate) mod options;
mod places;
pub(crate) mod policy;
pub(crate) mod recent;
pub(crate) mod rules;
mod sales;
mod statements;
mod validation;
pub(crate) mod value;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use rusqlite::{Connection, Statement};

use self::changes::{Change, Log};

pub(crate) use self::checks::required;
use self::checks::{check_not_emptied, check_required, no_right};
use self::given::Given;
use self::options::Options;
use self::places::Places;
use self::policy::Policy;
use self::statements::{Form, sql_of};
use self::value::Cell;
use super::database::{Held, Pen};
use super::failure::Failure;
use super::ids;
use super::schema::{Object, Schema};
use super::time::{self, Millis};

/// Statements that one desk keeps ready; rows of a hundred different shapes would otherwise fill memory.
const MOST_STATEMENTS: usize = 400;
/// References whose targets one desk remembers.
const MOST_SEEN: usize = 2000;

/// What became of the target of a reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Standing {
    /// There.
    Alive,
    /// A user who may not own anything.
    Inactive,
    /// In the recycle bin.
    Deleted,
    /// Never was.
    Missing,
}

/// Where rows are written during one transaction.
pub(crate) struct Desk<'c> {
    /// Objects and fields.
    pub(crate) schema: &'c Schema,
    /// The connection that the transaction is open on.
    pub(crate) conn: &'c Connection,
    /// The transaction's time, for audit fields.
    pub(crate) now: Millis,
    counters: &'c mut [u64],
    held: &'c Held,
    user: &'c str,
    client: Option<Arc<str>>,
    options: Options,
    policy: &'c Policy,
    log: &'c mut Log,
    trusted: bool,
    statements: HashMap<Form, Statement<'c>>,
    seen: HashMap<String, Standing>,
    places: HashMap<usize, Rc<Places>>,
}

impl<'c> Desk<'c> {
    /// A desk for rows that `user` sends.
    pub(crate) fn new(schema: &'c Schema, pen: &'c mut Pen, user: &'c str) -> Self {
        Desk {
            schema,
            conn: &pen.conn,
            now: time::now(),
            counters: &mut pen.counters,
            held: &pen.held,
            user,
            client: None,
            options: Options::default(),
            policy: &pen.policy,
            log: &mut pen.log,
            trusted: false,
            statements: HashMap::new(),
            seen: HashMap::new(),
            places: HashMap::new(),
        }
    }

    /// A desk that may also write what no user may, for the rows that every org starts with.
    pub(crate) fn trusted(schema: &'c Schema, pen: &'c mut Pen, user: &'c str) -> Self {
        Desk { trusted: true, ..Desk::new(schema, pen, user) }
    }

    /// Creates a row and tells its id.
    pub(crate) fn create(&mut self, object: &Object, given: &mut Given) -> Result<String, Failure> {
        match rules::reach_others(object) {
            true => self.all_or_nothing(|desk| desk.create_row(object, given)),
            false => self.create_row(object, given),
        }
    }

    fn create_row(&mut self, object: &Object, given: &mut Given) -> Result<String, Failure> {
        if (!object.createable && !self.trusted) || !object.is_stored() {
            return Err(no_right(object, "inserted"));
        }
        self.check_writable(object, given, true)?;
        self.check_references(object, given)?;
        self.check_held(object, None, given)?;
        let places = self.places(object)?;
        for default in &places.defaults {
            if given.get(default.place).is_none_or(|cell| *cell == Cell::Null && default.replaces_null) {
                given.set(default.place, default.cell.clone());
            }
        }
        if let Some(owner) = places.owner
            && given.is_blank(owner)
        {
            given.set(owner, Cell::text(self.user));
        }
        self.number_rows(object, &places.numbered, given);
        rules::before_create(self, object, given)?;
        // A world that is planted into people's own fields cannot know which of them they require.
        if !(self.trusted && self.schema.own) {
            check_required(object, &places.required, given)?;
        }
        self.check_unique(object, given, None)?;
        self.check_policy(object, given, None)?;
        let id = match given.get(places.id) {
            Some(Cell::Text(id)) if self.trusted => id.clone(),
            _ => self.next_id(object),
        };
        custom::name_by_id(object, given, &id);
        self.stamp(&places, given, &id);
        let form = Form::Insert(object.number, given.places());
        let statement = self.statement(object, form)?;
        for (place, (_, cell)) in given.cells().iter().enumerate() {
            statement.raw_bind_parameter(place + 1, cell)?;
        }
        statement.raw_execute()?;
        self.note(object, &id, Change::Created, given.cells());
        rules::after_write(self, object, &id, given)?;
        Ok(id)
    }

    /// Changes a row. `NOT_FOUND` when there is no such row.
    pub(crate) fn change(&mut self, object: &Object, id: &str, given: &mut Given) -> Result<(), Failure> {
        match rules::reach_others(object) {
            true => self.all_or_nothing(|desk| desk.change_row(object, id, given)),
            false => self.change_row(object, id, given),
        }
    }

    fn change_row(&mut self, object: &Object, id: &str, given: &mut Given) -> Result<(), Failure> {
        if !object.updateable && !self.trusted {
            return Err(no_right(object, "updated"));
        }
        self.must_live(object, id)?;
        self.check_unlocked(id)?;
        self.check_writable(object, given, false)?;
        self.check_references(object, given)?;
        self.check_held(object, Some(id), given)?;
        self.check_hierarchy(object, id, given)?;
        rules::before_change(self, object, id, given)?;
        check_not_emptied(object, given)?;
        self.check_unique(object, given, Some(id))?;
        self.check_policy(object, given, Some(id))?;
        self.stamp_change(object, given);
        self.put(object, id, given, Change::Changed)?;
        rules::after_write(self, object, id, given)
    }

    /// Ids of the living rows whose field has this value; at most three, enough to tell none, one and several.
    pub(crate) fn find(&mut self, object: &Object, place: usize, value: &Cell) -> Result<Vec<String>, Failure> {
        let statement = self.statement(object, Form::Find(object.number, place))?;
        let mut rows = statement.query([value])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(row.get(0)?);
        }
        Ok(found)
    }

    /// Some fields of a row, deleted or not.
    pub(crate) fn read(&mut self, object: &Object, id: &str, places: &[usize]) -> Result<Option<Vec<Cell>>, Failure> {
        let form = Form::Read(object.number, places.iter().map(|place| *place as u16).collect());
        let statement = self.statement(object, form)?;
        let mut rows = statement.query([id])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let mut cells = Vec::with_capacity(places.len());
        for place in 0..places.len() {
            cells.push(Cell::from(row.get_ref(place)?));
        }
        Ok(Some(cells))
    }

    /// What stands behind an id.
    pub(crate) fn standing(&mut self, object: &Object, id: &str) -> Result<Standing, Failure> {
        if let Some(known) = self.seen.get(id) {
            return Ok(*known);
        }
        let mut places = Vec::new();
        places.extend(object.find("IsDeleted"));
        if object.name == "User" {
            places.extend(object.find("IsActive"));
        }
        let standing = match self.read(object, id, &places)? {
            None => Standing::Missing,
            Some(cells) => match (object.name.as_str(), cells.first()) {
                ("User", Some(Cell::Integer(0))) => Standing::Inactive,
                ("User", _) => Standing::Alive,
                (_, Some(Cell::Integer(1))) if !places.is_empty() => Standing::Deleted,
                _ => Standing::Alive,
            },
        };
        if self.seen.len() >= MOST_SEEN {
            self.seen.clear();
        }
        self.seen.insert(id.to_owned(), standing);
        Ok(standing)
    }

    /// Undoes everything since `work` began when it fails.
    pub(crate) fn all_or_nothing<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.conn.execute_batch("SAVEPOINT together")?;
        let noted = self.log.length();
        let answer = work(self);
        if answer.is_err() {
            self.conn.execute_batch("ROLLBACK TO together")?;
            self.log.cut(noted);
            self.seen.clear();
        }
        self.conn.execute_batch("RELEASE together")?;
        answer
    }

    fn next_id(&mut self, object: &Object) -> String {
        let counter = &mut self.counters[object.number];
        let id = ids::make(&object.prefix, *counter);
        *counter += 1;
        id
    }

    /// The number in the row's autonumber field: the same counter as the id's.
    pub(crate) fn number(&self, object: &Object) -> u64 {
        self.counters[object.number]
    }

    fn places(&mut self, object: &Object) -> Result<Rc<Places>, Failure> {
        if let Some(known) = self.places.get(&object.number) {
            return Ok(Rc::clone(known));
        }
        let places = Rc::new(Places::of(object)?);
        self.places.insert(object.number, Rc::clone(&places));
        Ok(places)
    }

    fn stamp(&self, places: &Places, given: &mut Given, id: &str) {
        given.set(places.id, Cell::text(id));
        for place in &places.created_dates {
            given.set_missing(*place, || Cell::Integer(self.now));
        }
        for place in &places.created_users {
            given.set_missing(*place, || Cell::text(self.user));
        }
    }

    pub(super) fn must_live(&mut self, object: &Object, id: &str) -> Result<(), Failure> {
        // Not through `seen`: the row itself may be deleted within this very transaction.
        let places: Vec<usize> = object.find("IsDeleted").into_iter().collect();
        match self.read(object, id, &places)?.as_deref() {
            None => Err(Failure::new("NOT_FOUND", "The requested resource does not exist")),
            Some([Cell::Integer(1)]) => Err(Failure::new("ENTITY_IS_DELETED", "entity is deleted")),
            Some(_) => Ok(()),
        }
    }

    fn children_of(&mut self, child: &Object, place: usize, id: &str) -> Result<Vec<String>, Failure> {
        let statement = self.statement(child, Form::Children(child.number, place))?;
        let mut rows = statement.query([id])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(row.get(0)?);
        }
        Ok(found)
    }

    fn statement(&mut self, object: &Object, form: Form) -> Result<&mut Statement<'c>, Failure> {
        if self.statements.len() >= MOST_STATEMENTS && !self.statements.contains_key(&form) {
            self.statements.clear();
        }
        let conn = self.conn;
        match self.statements.entry(form) {
            std::collections::hash_map::Entry::Occupied(ready) => Ok(ready.into_mut()),
            std::collections::hash_map::Entry::Vacant(gap) => {
                let sql = sql_of(object, gap.key());
                Ok(gap.insert(conn.prepare(&sql)?))
            }
        }
    }
}
