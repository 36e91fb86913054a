//! What a sync finds: new conflicts, those that changed, and those that went away or were written.

use super::{ConflictId, ConflictState, joined, json, whole};
use crate::store::{IntegrationId, Store, StoreError};
use crate::sync::Matter;
use rusqlite::{Connection, OptionalExtension as _};
use std::collections::HashMap;

/// What a conflict is about: there is never more than one that waits about the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum About {
    /// A pair of records.
    Pair(i64),
    /// Records among which nobody knows who belongs to whom, by what they share.
    Group(String),
}

/// A conflict that a sync found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConflict {
    /// What it is about.
    pub about: About,
    /// What both ends hold.
    pub matter: Matter,
}

impl About {
    fn text(&self) -> String {
        match self {
            About::Pair(pair) => format!("pair {pair}"),
            About::Group(shared) => format!("group {shared}"),
        }
    }

    pub(super) fn read(text: &str) -> About {
        match text.strip_prefix("pair ").and_then(|pair| pair.parse().ok()) {
            Some(pair) => About::Pair(pair),
            None => About::Group(text.strip_prefix("group ").unwrap_or(text).to_owned()),
        }
    }
}

/// Who finds, where no person does.
const SYNC: &str = "sync";

impl Store {
    /// Takes note of conflicts that a sync of a step found. One that is there already keeps its age and, as long as neither end has
    /// changed what is in dispute, what was decided; a decision that an end has overtaken becomes a draft. Which are new.
    pub fn find_conflicts(
        &self,
        integration: IntegrationId,
        step: usize,
        now: i64,
        found: &[NewConflict],
    ) -> Result<Vec<ConflictId>, StoreError> {
        self.write(|db| {
            let mut new = Vec::new();
            for conflict in found {
                new.extend(find(db, integration, step, now, conflict)?);
            }
            Ok(new)
        })
    }

    /// Conflicts of a step that are neither written nor settled, by what they are about.
    pub fn waiting_conflicts(
        &self,
        integration: IntegrationId,
        step: usize,
    ) -> Result<HashMap<About, (ConflictId, ConflictState)>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare_cached(
                "SELECT about, id, state FROM conflict WHERE integration = ?1 AND step = ?2 AND state IN (1, 2, 4)",
            )?;
            let rows = query.query_map((integration.0, step as i64), |row| {
                let about = About::read(&row.get::<_, String>(0)?);
                Ok((about, (ConflictId(row.get(1)?), ConflictState::from_code(row.get(2)?))))
            })?;
            rows.collect()
        };
        self.sql(list())
    }

    /// The ends agree by themselves, or the pair is gone: nobody needs to decide any more.
    pub fn settle_conflicts(&self, now: i64, settled: &[ConflictId]) -> Result<(), StoreError> {
        self.write(|db| settled.iter().try_for_each(|id| move_to(db, *id, ConflictState::Settled, now, "settled", "")))
    }

    /// What was decided stands at both ends.
    pub fn conflicts_written(&self, now: i64, written: &[ConflictId], note: &str) -> Result<(), StoreError> {
        self.write(|db| {
            written.iter().try_for_each(|id| move_to(db, *id, ConflictState::Written, now, "written", note))
        })
    }

    /// What was decided could not be written: it is open again, with the decision as a draft.
    pub fn conflict_refused(&self, now: i64, id: ConflictId, why: &str) -> Result<(), StoreError> {
        self.write(|db| {
            event(db, id, now, "refused", why)?;
            reopen(db, id, now, Some(why))
        })
    }
}

fn find(
    db: &Connection,
    integration: IntegrationId,
    step: usize,
    now: i64,
    found: &NewConflict,
) -> rusqlite::Result<Option<ConflictId>> {
    let about = found.about.text();
    let known = db
        .prepare_cached(
            "SELECT id FROM conflict WHERE integration = ?1 AND step = ?2 AND about = ?3 AND state IN (1, 2, 4)",
        )?
        .query_row((integration.0, step as i64, &about), |row| row.get(0).map(ConflictId))
        .optional()?;
    let Some(id) = known else { return insert(db, integration, step, now, &about, &found.matter).map(Some) };
    let record = whole(db, id)?.and_then(Result::ok);
    let state = record.as_ref().map_or(ConflictState::Open, |record| record.card.state);
    let same = record.is_some_and(|record| record.matter.disputes_the_same(&found.matter));
    if !same && state != ConflictState::Open {
        event(db, id, now, "overtaken", "an end was changed since")?;
        reopen(db, id, now, None)?;
    }
    describe(db, id, &found.matter)?;
    Ok(None)
}

fn insert(
    db: &Connection,
    integration: IntegrationId,
    step: usize,
    now: i64,
    about: &str,
    matter: &Matter,
) -> rusqlite::Result<ConflictId> {
    db.prepare_cached(
        "INSERT INTO conflict (integration, step, about, kind, object, record, fields, told, state, opened_at, changed_at) \
         VALUES (?1, ?2, ?3, '', '', '', '', '', 1, ?4, ?4)",
    )?
    .execute((integration.0, step as i64, about, now))?;
    let id = ConflictId(db.last_insert_rowid());
    db.prepare_cached("INSERT INTO conflict_body (conflict, matter) VALUES (?1, '')")?.execute([id.0])?;
    describe(db, id, matter)?;
    event(db, id, now, "found", "")?;
    Ok(id)
}

fn describe(db: &Connection, id: ConflictId, matter: &Matter) -> rusqlite::Result<()> {
    let mut fields: Vec<_> = matter.open().map(|line| line.label.as_str()).collect();
    fields.sort_unstable();
    let mut told = vec![matter.name.as_str(), &matter.left.key, &matter.right.key];
    for line in matter.open() {
        told.extend([line.label.as_str(), &line.path, &line.left.text, &line.right.text]);
        told.extend(line.agreed.as_deref());
    }
    told.extend(matter.claims.iter().flat_map(|claim| [claim.key.as_str(), &claim.name]));
    db.prepare_cached("UPDATE conflict SET kind = ?2, object = ?3, record = ?4, fields = ?5, told = ?6 WHERE id = ?1")?
        .execute((
            id.0,
            matter.kind.word(),
            &matter.object,
            &matter.name,
            joined(fields.into_iter()),
            told.join("\n").to_lowercase(),
        ))?;
    db.prepare_cached("UPDATE conflict_body SET matter = ?2 WHERE conflict = ?1")?.execute((id.0, json(matter)))?;
    Ok(())
}

/// Open again, and what was decided is a draft.
fn reopen(db: &Connection, id: ConflictId, now: i64, problem: Option<&str>) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE conflict_body SET draft = coalesce(resolution, draft), resolution = NULL, problem = ?2 WHERE conflict = ?1",
    )?
    .execute((id.0, problem))?;
    db.prepare_cached(
        "UPDATE conflict SET state = 1, changed_at = ?2, \
         draft = EXISTS (SELECT 1 FROM conflict_body b WHERE b.conflict = ?1 AND b.draft IS NOT NULL) WHERE id = ?1",
    )?
    .execute((id.0, now))?;
    Ok(())
}

fn move_to(
    db: &Connection,
    id: ConflictId,
    state: ConflictState,
    now: i64,
    what: &str,
    note: &str,
) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE conflict SET state = ?2, changed_at = ?3 WHERE id = ?1")?.execute((
        id.0,
        state.code(),
        now,
    ))?;
    event(db, id, now, what, note)
}

fn event(db: &Connection, id: ConflictId, now: i64, what: &str, note: &str) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO conflict_event (conflict, at, who, what, note) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute((id.0, now, SYNC, what, note))?;
    Ok(())
}
