//! Rows: creating, changing and removing them, under the rules that Salesforce keeps.
//!
//! A [`Desk`] is where writing happens, for as long as one transaction lasts. REST, collections and Bulk all bring their
//! rows here, so a rule holds however a row came in. Nothing is written before every check has passed; a refused row
//! leaves no trace.

mod checks;
mod custom;
pub(crate) mod given;
pub(crate) mod rules;
mod statements;
pub(crate) mod value;

use std::collections::HashMap;

use rusqlite::{Connection, Statement};

pub(crate) use self::checks::required;
use self::checks::{check_not_emptied, check_required, no_right};
use self::given::Given;
use self::statements::{Form, sql_of};
use self::value::Cell;
use super::database::Pen;
use super::failure::Failure;
use super::ids;
use super::schema::{Kind, Object, Schema};
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
    user: &'c str,
    trusted: bool,
    statements: HashMap<Form, Statement<'c>>,
    seen: HashMap<String, Standing>,
}

impl<'c> Desk<'c> {
    /// A desk for rows that `user` sends.
    pub(crate) fn new(schema: &'c Schema, pen: &'c mut Pen, user: &'c str) -> Self {
        Desk {
            schema,
            conn: &pen.conn,
            now: time::now(),
            counters: &mut pen.counters,
            user,
            trusted: false,
            statements: HashMap::new(),
            seen: HashMap::new(),
        }
    }

    /// A desk that may also write what no user may, for the rows that every org starts with.
    pub(crate) fn trusted(schema: &'c Schema, pen: &'c mut Pen, user: &'c str) -> Self {
        Desk { trusted: true, ..Desk::new(schema, pen, user) }
    }

    /// Creates a row and tells its id.
    pub(crate) fn create(&mut self, object: &Object, given: &mut Given) -> Result<String, Failure> {
        if (!object.createable && !self.trusted) || !object.is_stored() {
            return Err(no_right(object, "inserted"));
        }
        self.check_writable(object, given, true)?;
        self.check_references(object, given)?;
        for (place, field) in object.fields.iter().enumerate() {
            if let Some(default) = &field.default
                && given
                    .get(place)
                    .is_none_or(|cell| *cell == Cell::Null && field.kind != Kind::Reference && field.required)
            {
                given.set(place, value::from_csv(field, default)?);
            }
        }
        if let Some(owner) = object.find("OwnerId")
            && given.is_blank(owner)
        {
            given.set(owner, Cell::text(self.user));
        }
        self.number_rows(object, given);
        rules::before_create(self, object, given)?;
        check_required(object, given)?;
        self.check_unique(object, given, None)?;
        let id = match given.get(object.place("Id")) {
            Some(Cell::Text(id)) if self.trusted => id.clone(),
            _ => self.next_id(object),
        };
        custom::name_by_id(object, given, &id);
        self.stamp(object, given, &id);
        let form = Form::Insert(object.number, given.places());
        let statement = self.statement(object, form)?;
        for (place, (_, cell)) in given.cells().iter().enumerate() {
            statement.raw_bind_parameter(place + 1, cell)?;
        }
        statement.raw_execute()?;
        rules::after_write(self, object, &id, given)?;
        Ok(id)
    }

    /// Changes a row. `NOT_FOUND` when there is no such row.
    pub(crate) fn change(&mut self, object: &Object, id: &str, given: &mut Given) -> Result<(), Failure> {
        if !object.updateable && !self.trusted {
            return Err(no_right(object, "updated"));
        }
        self.must_live(object, id)?;
        self.check_writable(object, given, false)?;
        self.check_references(object, given)?;
        rules::before_change(self, object, id, given)?;
        check_not_emptied(object, given)?;
        self.check_unique(object, given, Some(id))?;
        for name in ["LastModifiedDate", "SystemModstamp"] {
            if let Some(place) = object.find(name) {
                given.set(place, Cell::Integer(self.now));
            }
        }
        if let Some(place) = object.find("LastModifiedById") {
            given.set(place, Cell::text(self.user));
        }
        let form = Form::Update(object.number, given.places());
        let statement = self.statement(object, form)?;
        for (place, (_, cell)) in given.cells().iter().enumerate() {
            statement.raw_bind_parameter(place + 1, cell)?;
        }
        statement.raw_bind_parameter(given.cells().len() + 1, id)?;
        statement.raw_execute()?;
        rules::after_write(self, object, id, given)
    }

    /// Puts a row, and the rows that belong to it, into the recycle bin.
    pub(crate) fn remove(&mut self, object: &Object, id: &str) -> Result<(), Failure> {
        if !object.deletable && !self.trusted {
            return Err(no_right(object, "deleted"));
        }
        self.must_live(object, id)?;
        rules::before_remove(self, object, id)?;
        self.check_needed(object, id)?;
        self.seen.clear();
        let schema = self.schema;
        for children in schema.children(object) {
            let child = &schema.objects[children.object];
            let field = &child.fields[children.field];
            if (field.children.is_none() && !field.is_custom()) || !child.has_bin() {
                continue;
            }
            for row in self.children_of(child, children.field, id)? {
                if field.cascade {
                    self.remove_unasked(child, &row)?;
                } else {
                    let sql = format!("UPDATE \"{}\" SET \"{}\" = NULL WHERE \"Id\" = ?1", child.name, field.name);
                    self.conn.execute(&sql, [&row])?;
                }
            }
        }
        self.bin(object, id)
    }

    fn remove_unasked(&mut self, object: &Object, id: &str) -> Result<(), Failure> {
        let asked = std::mem::replace(&mut self.trusted, true);
        let answer = self.remove(object, id);
        self.trusted = asked;
        answer
    }

    fn bin(&mut self, object: &Object, id: &str) -> Result<(), Failure> {
        let mut given = Given::default();
        given.set(object.place("IsDeleted"), Cell::Integer(1));
        for name in ["LastModifiedDate", "SystemModstamp"] {
            given.set(object.place(name), Cell::Integer(self.now));
        }
        let statement = self.statement(object, Form::Update(object.number, given.places()))?;
        for (place, (_, cell)) in given.cells().iter().enumerate() {
            statement.raw_bind_parameter(place + 1, cell)?;
        }
        statement.raw_bind_parameter(given.cells().len() + 1, id)?;
        statement.raw_execute()?;
        Ok(())
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
        let answer = work(self);
        if answer.is_err() {
            self.conn.execute_batch("ROLLBACK TO together")?;
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

    fn stamp(&self, object: &Object, given: &mut Given, id: &str) {
        given.set(object.place("Id"), Cell::text(id));
        for name in ["CreatedDate", "LastModifiedDate", "SystemModstamp"] {
            if let Some(place) = object.find(name)
                && given.get(place).is_none()
            {
                given.set(place, Cell::Integer(self.now));
            }
        }
        for name in ["CreatedById", "LastModifiedById"] {
            if let Some(place) = object.find(name)
                && given.get(place).is_none()
            {
                given.set(place, Cell::text(self.user));
            }
        }
    }

    fn must_live(&mut self, object: &Object, id: &str) -> Result<(), Failure> {
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
