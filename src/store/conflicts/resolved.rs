//! What people do about conflicts: decide, take back, assign, comment; and what was ever done.

use super::{ConflictFilter, ConflictId, ConflictRecord, ConflictState, Terms, json, whole};
use crate::store::{Store, StoreError};
use crate::sync::{Choice, Resolution};
use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};
use std::collections::BTreeMap;

/// Conflicts that one transaction decides: others may write in between.
const AT_ONCE: usize = 5_000;

/// What deciding many conflicts came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answered {
    /// The deed by which it can be taken back; `None` when it was only looked at what would be decided, or nothing was.
    pub deed: Option<i64>,
    /// Conflicts decided.
    pub decided: u64,
    /// Why others were not, and how many.
    pub left: BTreeMap<String, u64>,
}

/// Something that a person did to conflicts at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// Its number.
    pub id: i64,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Who.
    pub who: String,
    /// What, in words.
    pub what: String,
    /// How many conflicts it touched.
    pub conflicts: u64,
    /// The one, where it touched only one.
    pub only: Option<ConflictId>,
    /// Whether it was taken back.
    pub undone: bool,
}

/// Something that happened to a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictEvent {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Who did it; `sync` when no person did.
    pub who: String,
    /// What: `found`, `overtaken`, `refused`, `settled`, `written`, `decided`, `taken_back`, `assigned`, `commented`.
    pub what: String,
    /// What was said.
    pub note: String,
    /// What had been decided before.
    pub before: Option<Resolution>,
    /// What was decided.
    pub after: Option<Resolution>,
}

impl ConflictEvent {
    /// What people are told of it.
    pub fn label(&self) -> &str {
        match self.what.as_str() {
            "found" => "Found",
            "overtaken" => "Open again, since an end was changed",
            "refused" => "Open again, since it could not be written",
            "settled" => "Settled by itself",
            "written" => "Written",
            "decided" => "Decided",
            "taken_back" if self.after.is_some() => "Decided as before",
            "taken_back" => "Decision taken back",
            "assigned" if self.note.is_empty() => "Assigned to nobody",
            "assigned" => "Assigned",
            "commented" => "Comment",
            other => other,
        }
    }
}

/// A way that people chose for a field in the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Habit {
    /// The field's path.
    pub path: String,
    /// What they chose.
    pub choice: Choice,
    /// How often in a row.
    pub times: u64,
}

/// What a person thinks about one conflict: an answer, or why there is none.
pub type Answer<'a> = dyn FnMut(&ConflictRecord) -> Result<Resolution, String> + 'a;

impl Store {
    /// Decides conflicts that are open, decided or ignored; or, with `only_look`, says what that would come to. `what` tells people what
    /// was done.
    pub fn answer_conflicts(
        &self,
        filter: &ConflictFilter,
        now: i64,
        who: &str,
        what: &str,
        only_look: bool,
        answer: &mut Answer<'_>,
    ) -> Result<Answered, StoreError> {
        let mut answered = Answered::default();
        let ids = self.answerable(filter)?;
        for ids in ids.chunks(AT_ONCE) {
            if only_look {
                let mut look = || {
                    for id in ids {
                        resolution_of(&self.connection, *id, answer, &mut answered)?;
                    }
                    Ok(())
                };
                self.sql(look())?;
                continue;
            }
            answered = self.write(|db| {
                let mut answered = answered.clone();
                for id in ids {
                    let Some((state, before, after)) = resolution_of(db, *id, answer, &mut answered)? else { continue };
                    let deed = match answered.deed {
                        Some(deed) => deed,
                        None => *answered.deed.insert(begin_deed(db, now, who, what)?),
                    };
                    decide(db, *id, deed, now, who, (state, before.as_ref()), &after)?;
                }
                if let Some(deed) = answered.deed {
                    db.execute(
                        "UPDATE conflict_deed SET conflicts = ?2 WHERE id = ?1",
                        (deed, answered.decided as i64),
                    )?;
                }
                Ok(answered)
            })?;
        }
        Ok(answered)
    }

    fn answerable(&self, filter: &ConflictFilter) -> Result<Vec<ConflictId>, StoreError> {
        let terms = Terms::of(filter);
        let sql = format!("SELECT c.id FROM conflict c WHERE {} AND c.state IN (1, 2, 4) ORDER BY c.id", terms.sql);
        let list = || {
            let mut query = self.connection.prepare(&sql)?;
            query.query_map(params_from_iter(terms.values), |row| row.get(0).map(ConflictId))?.collect()
        };
        self.sql(list())
    }

    /// Takes the last deed back, or with `again` does again the last one that was taken back. What it was, and how many conflicts it
    /// still concerned: what was written in between stays.
    pub fn undo_conflict_deed(&self, now: i64, who: &str, again: bool) -> Result<Option<(Deed, u64)>, StoreError> {
        self.write(|db| {
            let order = if again { "ASC" } else { "DESC" };
            let sql = format!("{DEED} WHERE undone = ?1 ORDER BY id {order} LIMIT 1");
            let Some(deed) = db.query_row(&sql, [again], read_deed).optional()? else { return Ok(None) };
            db.execute("UPDATE conflict_deed SET undone = ?2 WHERE id = ?1", (deed.id, !again))?;
            let mut query = db.prepare(
                "SELECT conflict, state_before, before, after FROM conflict_event \
                 WHERE deed = ?1 AND what = 'decided' ORDER BY id",
            )?;
            let events = query.query_map([deed.id], |row| {
                let (conflict, state, before, after) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                Ok((ConflictId(conflict), state, before, after))
            })?;
            let events: Vec<(ConflictId, i64, Option<String>, Option<String>)> = events.collect::<Result<_, _>>()?;
            let mut touched = 0;
            for (id, state, before, after) in events {
                let (from, to) = if again { (&before, &after) } else { (&after, &before) };
                let state = if again { state_after(to.as_deref()).code() } else { state };
                touched += restore(db, id, now, who, (from.as_deref(), to.as_deref()), state)?;
            }
            Ok(Some((deed, touched)))
        })
    }

    /// The last things that were done, newest first.
    pub fn conflict_deeds(&self, count: usize) -> Result<Vec<Deed>, StoreError> {
        let sql = format!("{DEED} ORDER BY id DESC LIMIT {count}");
        let list = || self.connection.prepare_cached(&sql)?.query_map([], read_deed)?.collect();
        self.sql(list())
    }

    /// Says who is to decide; how many conflicts that concerned.
    pub fn assign_conflicts(
        &self,
        filter: &ConflictFilter,
        now: i64,
        who: &str,
        to: Option<&str>,
    ) -> Result<u64, StoreError> {
        let ids = self.answerable(filter)?;
        self.write(|db| {
            for id in &ids {
                db.prepare_cached("UPDATE conflict SET assignee = ?2, changed_at = ?3 WHERE id = ?1")?
                    .execute((id.0, to, now))?;
                note(db, *id, now, who, "assigned", to.unwrap_or_default())?;
            }
            Ok(ids.len() as u64)
        })
    }

    /// Adds what somebody has to say.
    pub fn comment_conflict(&self, id: ConflictId, now: i64, who: &str, text: &str) -> Result<(), StoreError> {
        self.write(|db| note(db, id, now, who, "commented", text))
    }

    /// Everything that happened to a conflict, the oldest first.
    pub fn conflict_events(&self, id: ConflictId) -> Result<Vec<ConflictEvent>, StoreError> {
        let resolution = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
        let list = || {
            let mut query = self.connection.prepare_cached(
                "SELECT at, who, what, note, before, after FROM conflict_event WHERE conflict = ?1 ORDER BY id",
            )?;
            let rows = query.query_map([id.0], |row| {
                Ok(ConflictEvent {
                    at: row.get(0)?,
                    who: row.get(1)?,
                    what: row.get(2)?,
                    note: row.get(3)?,
                    before: resolution(row.get(4)?),
                    after: resolution(row.get(5)?),
                })
            })?;
            rows.collect()
        };
        self.sql(list())
    }

    /// What people chose for fields of a conflict's kind the last times, where it was always the same end or the last agreement: to be
    /// offered, never applied unasked. Other conflicts of the same integration and step count, among the last `looked_at` decisions.
    pub fn conflict_habits(&self, id: ConflictId, looked_at: usize) -> Result<Vec<Habit>, StoreError> {
        let list = || {
            // The last ones are found by an index of their own, however many were ever decided.
            let mut query = self.connection.prepare_cached(
                "SELECT b.resolution FROM conflict o CROSS JOIN conflict c INDEXED BY conflict_decided \
                 JOIN conflict_body b ON b.conflict = c.id \
                 WHERE o.id = ?1 AND c.integration = o.integration AND c.step = o.step AND c.id <> o.id \
                 AND c.state IN (2, 3) AND b.resolution IS NOT NULL ORDER BY c.changed_at DESC, c.id DESC LIMIT ?2",
            )?;
            let rows = query.query_map((id.0, looked_at as i64), |row| row.get::<_, String>(0))?;
            rows.collect::<rusqlite::Result<Vec<String>>>()
        };
        let mut habits: BTreeMap<String, Option<Habit>> = BTreeMap::new();
        for resolution in self.sql(list())?.iter().filter_map(|text| serde_json::from_str(text).ok()) {
            let Resolution::Fields(choices) = resolution else { continue };
            for (path, choice) in choices {
                match habits.get_mut(&path) {
                    Some(Some(habit)) if habit.choice == choice => habit.times += 1,
                    Some(habit) => *habit = None,
                    None if matches!(choice, Choice::Value(_)) => drop(habits.insert(path, None)),
                    None => drop(habits.insert(path.clone(), Some(Habit { path, choice, times: 1 }))),
                }
            }
        }
        Ok(habits.into_values().flatten().collect())
    }
}

const DEED: &str = "SELECT id, at, who, what, conflicts, undone, \
                    CASE conflicts WHEN 1 THEN (SELECT min(conflict) FROM conflict_event WHERE deed = conflict_deed.id) END \
                    FROM conflict_deed";

fn read_deed(row: &Row<'_>) -> rusqlite::Result<Deed> {
    Ok(Deed {
        id: row.get(0)?,
        at: row.get(1)?,
        who: row.get(2)?,
        what: row.get(3)?,
        conflicts: row.get::<_, i64>(4)? as u64,
        undone: row.get(5)?,
        only: row.get::<_, Option<i64>>(6)?.map(ConflictId),
    })
}

/// A decision that may be made: the state before, what was decided before, and what is now. What cannot be decided so is counted.
fn resolution_of(
    db: &Connection,
    id: ConflictId,
    answer: &mut Answer<'_>,
    answered: &mut Answered,
) -> rusqlite::Result<Option<(ConflictState, Option<Resolution>, Resolution)>> {
    let Some(Ok(record)) = whole(db, id)? else { return Ok(None) };
    let given = answer(&record);
    match given.and_then(|resolution| record.matter.answered_by(&resolution).map(|()| resolution)) {
        Ok(resolution) => {
            answered.decided += 1;
            Ok(Some((record.card.state, record.resolution, resolution)))
        }
        Err(why) => {
            *answered.left.entry(why).or_default() += 1;
            Ok(None)
        }
    }
}

/// Begins something that can be taken back. What was taken back before cannot be done again after it.
fn begin_deed(db: &Connection, now: i64, who: &str, what: &str) -> rusqlite::Result<i64> {
    db.execute("UPDATE conflict_deed SET undone = 2 WHERE undone = 1", [])?;
    db.execute("INSERT INTO conflict_deed (at, who, what) VALUES (?1, ?2, ?3)", (now, who, what))?;
    Ok(db.last_insert_rowid())
}

fn decide(
    db: &Connection,
    id: ConflictId,
    deed: i64,
    now: i64,
    who: &str,
    (state, before): (ConflictState, Option<&Resolution>),
    after: &Resolution,
) -> rusqlite::Result<()> {
    let after = json(after);
    stand(db, id, now, Some(&after), state_after(Some(&after)).code())?;
    db.prepare_cached(
        "INSERT INTO conflict_event (conflict, deed, at, who, what, state_before, before, after) \
         VALUES (?1, ?2, ?3, ?4, 'decided', ?5, ?6, ?7)",
    )?
    .execute((id.0, deed, now, who, state.code(), before.map(json), &after))?;
    Ok(())
}

/// Where a conflict stands once that is decided.
fn state_after(resolution: Option<&str>) -> ConflictState {
    match resolution.map(serde_json::from_str::<Resolution>) {
        Some(Ok(Resolution::Ignore)) => ConflictState::Ignored,
        Some(_) => ConflictState::Decided,
        None => ConflictState::Open,
    }
}

/// Puts a conflict back to what was before, or after, unless it has moved on; whether it did.
fn restore(
    db: &Connection,
    id: ConflictId,
    now: i64,
    who: &str,
    (from, to): (Option<&str>, Option<&str>),
    state: i64,
) -> rusqlite::Result<u64> {
    let still: bool = db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM conflict c JOIN conflict_body b ON b.conflict = c.id \
             WHERE c.id = ?1 AND c.state IN (1, 2, 4) AND b.resolution IS ?2)",
        )?
        .query_row((id.0, from), |row| row.get(0))?;
    if !still {
        return Ok(0);
    }
    stand(db, id, now, to, state)?;
    db.prepare_cached(
        "INSERT INTO conflict_event (conflict, at, who, what, before, after) VALUES (?1, ?2, ?3, 'taken_back', ?4, ?5)",
    )?
    .execute((id.0, now, who, from, to))?;
    Ok(1)
}

fn stand(db: &Connection, id: ConflictId, now: i64, resolution: Option<&str>, state: i64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE conflict_body SET resolution = ?2, problem = NULL WHERE conflict = ?1")?
        .execute((id.0, resolution))?;
    db.prepare_cached("UPDATE conflict SET state = ?2, changed_at = ?3 WHERE id = ?1")?.execute((id.0, state, now))?;
    Ok(())
}

fn note(db: &Connection, id: ConflictId, now: i64, who: &str, what: &str, text: &str) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO conflict_event (conflict, at, who, what, note) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute((id.0, now, who, what, text))?;
    Ok(())
}
