//! The recycle bin: rows go in with the rows that belong to them, come back with them, or go for good.
//!
//! What went along with a row, and what lost its reference to it, is remembered, so that taking the row back restores
//! just that.

use rusqlite::params;

use super::changes::Change;
use super::checks::no_right;
use super::given::Given;
use super::value::Cell;
use super::{Desk, rules};
use crate::failure::Failure;
use crate::schema::Object;

/// Marks rows that went along, where others have the name of a field that was emptied.
const ALONG: &str = "";

impl Desk<'_> {
    /// Puts a row, and the rows that belong to it, into the recycle bin.
    pub(crate) fn remove(&mut self, object: &Object, id: &str) -> Result<(), Failure> {
        if !object.deletable && !self.trusted {
            return Err(no_right(object, "deleted"));
        }
        self.must_live(object, id)?;
        self.check_unlocked(id)?;
        self.check_held(object, Some(id), &Given::default())?;
        self.all_or_nothing(|desk| desk.remove_with(object, id, id))
    }

    /// Removes a row because `root` is removed.
    fn remove_with(&mut self, object: &Object, id: &str, root: &str) -> Result<(), Failure> {
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
                    self.remember(root, &row, ALONG)?;
                    self.remove_with(child, &row, root)?;
                } else {
                    self.remember(root, &row, &field.name)?;
                    let mut given = Given::default();
                    given.set(children.field, Cell::Null);
                    self.stamp_system(child, &mut given);
                    self.put(child, &row, &given, Change::Changed)?;
                }
            }
        }
        if !object.has_bin() {
            return self.erase_one(object, id);
        }
        let mut given = Given::default();
        given.set(object.place("IsDeleted"), Cell::Integer(1));
        self.stamp_change(object, &mut given);
        self.put(object, id, &given, Change::Deleted)?;
        rules::after_write(self, object, id, &given)
    }

    /// Takes a row, and what went along with it, out of the recycle bin.
    pub(crate) fn restore(&mut self, object: &Object, id: &str) -> Result<(), Failure> {
        if !object.undeletable && !self.trusted {
            return Err(no_right(object, "undeleted"));
        }
        if !self.is_in_bin(object, id)? {
            return Err(Failure::new("UNDELETE_FAILED", "Entity is not in the recycle bin"));
        }
        self.all_or_nothing(|desk| {
            desk.seen.clear();
            desk.bring_back(object, id)?;
            for (row, field) in desk.remembered(id)? {
                let schema = desk.schema;
                let Some(child) = schema.object_of(&row) else { continue };
                if field == ALONG {
                    if desk.is_in_bin(child, &row)? {
                        desk.bring_back(child, &row)?;
                    }
                } else if let Some(place) = child.find(&field) {
                    desk.point_again(child, &row, place, id)?;
                }
            }
            desk.forget(id)
        })
    }

    fn bring_back(&mut self, object: &Object, id: &str) -> Result<(), Failure> {
        let parents: Vec<usize> = (0..object.fields.len()).filter(|place| object.fields[*place].cascade).collect();
        let schema = self.schema;
        for cell in self.read(object, id, &parents)?.unwrap_or_default() {
            if let Some(parent) = cell.as_text()
                && let Some(target) = schema.object_of(parent)
                && self.is_in_bin(target, parent)?
            {
                return Err(Failure::new("UNDELETE_FAILED", "Undelete the parent record first"));
            }
        }
        let keys: Vec<usize> = (0..object.fields.len()).filter(|place| object.fields[*place].unique).collect();
        let stored = self.read(object, id, &keys)?.unwrap_or_default();
        let mut given = Given::default();
        for (place, cell) in keys.into_iter().zip(stored) {
            given.set(place, cell);
        }
        self.check_unique(object, &given, Some(id))?;
        let mut given = Given::default();
        given.set(object.place("IsDeleted"), Cell::Integer(0));
        self.stamp_change(object, &mut given);
        self.put(object, id, &given, Change::Undeleted)?;
        rules::after_write(self, object, id, &given)
    }

    /// A reference that was emptied points to its row again, unless it points elsewhere by now.
    fn point_again(&mut self, child: &Object, row: &str, place: usize, parent: &str) -> Result<(), Failure> {
        let places: Vec<usize> = [Some(place), child.find("IsDeleted")].into_iter().flatten().collect();
        let stored = self.read(child, row, &places)?.unwrap_or_default();
        if stored.first() != Some(&Cell::Null) || stored.get(1) == Some(&Cell::Integer(1)) {
            return Ok(());
        }
        let mut given = Given::default();
        given.set(place, Cell::text(parent));
        self.stamp_system(child, &mut given);
        self.put(child, row, &given, Change::Changed)
    }

    /// Removes a row for good, in the bin or not.
    pub(crate) fn erase(&mut self, object: &Object, id: &str) -> Result<(), Failure> {
        if !object.deletable && !self.trusted {
            return Err(no_right(object, "deleted"));
        }
        if !self.is_in_bin(object, id)? {
            self.remove(object, id)?;
        }
        self.all_or_nothing(|desk| {
            let schema = desk.schema;
            for (row, field) in desk.remembered(id)? {
                if let Some(child) = schema.object_of(&row).filter(|_| field == ALONG)
                    && desk.is_in_bin(child, &row)?
                {
                    desk.erase_one(child, &row)?;
                }
            }
            desk.erase_one(object, id)
        })
    }

    fn erase_one(&mut self, object: &Object, id: &str) -> Result<(), Failure> {
        self.seen.clear();
        let sql = format!("DELETE FROM \"{}\" WHERE \"Id\" = ?1", object.name);
        self.conn.prepare_cached(&sql)?.execute([id])?;
        self.forget(id)?;
        self.note(object, id, Change::Erased, &[]);
        Ok(())
    }

    /// Ids of the rows of an object that are in the recycle bin.
    pub(crate) fn binned(&self, object: &Object) -> Result<Vec<String>, Failure> {
        let sql = format!("SELECT \"Id\" FROM \"{}\" WHERE \"IsDeleted\" = 1", object.name);
        let mut statement = self.conn.prepare(&sql)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether the row is in the recycle bin.
    pub(crate) fn is_in_bin(&mut self, object: &Object, id: &str) -> Result<bool, Failure> {
        let Some(deleted) = object.find("IsDeleted") else {
            return Ok(false);
        };
        Ok(self.read(object, id, &[deleted])?.as_deref() == Some(&[Cell::Integer(1)]))
    }

    /// When and by whom a row was changed last.
    pub(super) fn stamp_change(&self, object: &Object, given: &mut Given) {
        if let Some(place) = object.find("LastModifiedDate") {
            given.set(place, Cell::Integer(self.now));
        }
        if let Some(place) = object.find("LastModifiedById") {
            given.set(place, Cell::text(self.user));
        }
        self.stamp_system(object, given);
    }

    /// When a row was changed last by the system, without anybody having asked for it.
    pub(super) fn stamp_system(&self, object: &Object, given: &mut Given) {
        if let Some(place) = object.find("SystemModstamp") {
            given.set(place, Cell::Integer(self.now));
        }
    }

    fn remember(&self, root: &str, id: &str, field: &str) -> Result<(), Failure> {
        let sql = "INSERT INTO practice_along (root, id, field) VALUES (?1, ?2, ?3)";
        self.conn.prepare_cached(sql)?.execute(params![root, id, field])?;
        Ok(())
    }

    /// What went along with a row, those nearest to it first.
    fn remembered(&self, root: &str) -> Result<Vec<(String, String)>, Failure> {
        let mut statement =
            self.conn.prepare_cached("SELECT id, field FROM practice_along WHERE root = ?1 ORDER BY number")?;
        let rows = statement.query_map([root], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn forget(&self, root: &str) -> Result<(), Failure> {
        self.conn.prepare_cached("DELETE FROM practice_along WHERE root = ?1")?.execute([root])?;
        Ok(())
    }
}
