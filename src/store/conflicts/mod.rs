//! Conflicts of syncs: what needs a person, what they decided, and everything that was ever done about it.
//!
//! A conflict is *open* until somebody decides, *decided* until that is written, then *written*; or it is *ignored* until an end is
//! changed again, or *settled* by itself when the ends agree. What is looked through stands in narrow rows of its own, so that a
//! million of them can be filtered; what both ends held stands beside. Each change adds an event, and changes made at once share a
//! deed, by which they are taken back.

mod found;
mod resolved;
#[cfg(test)]
mod tests;

pub use found::{About, NewConflict};
pub use resolved::{Answer, Answered, ConflictEvent, Deed, Habit};

use super::{IntegrationId, Store, StoreError};
use crate::sync::{Matter, MatterKind, Resolution};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};
use serde::{Deserialize, Serialize};

/// What the workspace file gained for conflicts.
pub(super) const CONFLICTS: &str = "
CREATE TABLE conflict (
  id INTEGER PRIMARY KEY AUTOINCREMENT, integration INTEGER NOT NULL REFERENCES integration (id) ON DELETE CASCADE,
  step INTEGER NOT NULL, about TEXT NOT NULL, kind TEXT NOT NULL, object TEXT NOT NULL, record TEXT NOT NULL,
  fields TEXT NOT NULL, told TEXT NOT NULL, state INTEGER NOT NULL, opened_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,
  assignee TEXT, draft INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX conflict_oldest ON conflict (state, opened_at, id, integration, step, kind, object, fields, assignee);
CREATE INDEX conflict_alike ON conflict (state, integration, step, kind, fields, object, assignee);
CREATE INDEX conflict_record ON conflict (state, record COLLATE NOCASE, id);
CREATE INDEX conflict_order ON conflict (state, kind, fields, record COLLATE NOCASE, id);
CREATE INDEX conflict_opened ON conflict (opened_at, id);
CREATE INDEX conflict_decided ON conflict (integration, step, changed_at, id) WHERE state IN (2, 3);
CREATE INDEX conflict_draft ON conflict (state) WHERE draft = 1;
CREATE UNIQUE INDEX conflict_about ON conflict (integration, step, about) WHERE state IN (1, 2, 4);
CREATE TABLE conflict_body (
  conflict INTEGER PRIMARY KEY REFERENCES conflict (id) ON DELETE CASCADE, matter TEXT NOT NULL, resolution TEXT, draft TEXT,
  problem TEXT
);
CREATE TABLE conflict_deed (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
  conflicts INTEGER NOT NULL DEFAULT 0, undone INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE conflict_event (
  id INTEGER PRIMARY KEY AUTOINCREMENT, conflict INTEGER NOT NULL, deed INTEGER, at INTEGER NOT NULL, who TEXT NOT NULL,
  what TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', state_before INTEGER, before TEXT, after TEXT
);
CREATE INDEX conflict_event_of ON conflict_event (conflict, id);
CREATE INDEX conflict_event_deed ON conflict_event (deed) WHERE deed IS NOT NULL;
CREATE TRIGGER conflict_event_stays BEFORE UPDATE ON conflict_event
  BEGIN SELECT RAISE (ABORT, 'what was done about conflicts is append-only'); END;
CREATE TRIGGER conflict_event_remains BEFORE DELETE ON conflict_event
  BEGIN SELECT RAISE (ABORT, 'what was done about conflicts is append-only'); END;
";

/// A conflict's number within its workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConflictId(pub i64);

/// Where a conflict stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictState {
    /// It waits for a decision.
    Open,
    /// It is decided, and that is not written yet.
    Decided,
    /// The decision was written to the ends.
    Written,
    /// It is left alone until an end is changed again.
    Ignored,
    /// The ends agreed by themselves.
    Settled,
}

/// A conflict as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictCard {
    /// Its number.
    pub id: ConflictId,
    /// Of which integration.
    pub integration: IntegrationId,
    /// Of which of its steps, counted from 0.
    pub step: usize,
    /// Which kind.
    pub kind: MatterKind,
    /// The object at the right end.
    pub object: String,
    /// What people call the record.
    pub record: String,
    /// What the fields in dispute are called.
    pub fields: Vec<String>,
    /// Where it stands.
    pub state: ConflictState,
    /// When it was found, in milliseconds since 1970.
    pub opened_at: i64,
    /// When anything last happened to it.
    pub changed_at: i64,
    /// Who is to decide.
    pub assignee: Option<String>,
    /// Whether it was decided once, and an end moved on or refused before that was written.
    pub draft: bool,
}

/// A conflict with everything that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictRecord {
    /// What a list shows.
    pub card: ConflictCard,
    /// What it is about.
    pub about: About,
    /// What both ends held when it was found.
    pub matter: Matter,
    /// What was decided.
    pub resolution: Option<Resolution>,
    /// What was decided before an end moved on, or refused it.
    pub draft: Option<Resolution>,
    /// Why that could not be written.
    pub problem: Option<String>,
}

/// Which conflicts. Everything that is said must be true of one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConflictFilter {
    /// Where they stand; empty for anywhere.
    pub states: Vec<ConflictState>,
    /// Of this integration.
    pub integration: Option<IntegrationId>,
    /// Of this step.
    pub step: Option<usize>,
    /// Of this object.
    pub object: Option<String>,
    /// Of these kinds; empty for any.
    pub kinds: Vec<MatterKind>,
    /// With this field in dispute.
    pub field: Option<String>,
    /// With these fields in dispute, and no others.
    pub fields: Option<Vec<String>>,
    /// Of this person; `Some(None)` for those of nobody.
    pub assignee: Option<Option<String>>,
    /// Found before this time.
    pub opened_before: Option<i64>,
    /// Found at this time or later.
    pub opened_since: Option<i64>,
    /// Whose record, keys or disputed values hold this text, without case.
    pub text: String,
    /// Only these.
    pub ids: Option<Vec<ConflictId>>,
}

/// In which order conflicts are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictOrder {
    /// Those that wait longest.
    #[default]
    Oldest,
    /// Those found last.
    Newest,
    /// By what people call the record.
    Record,
    /// By kind and fields, so that alike ones stand together.
    Kind,
}

/// Conflicts that have something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictGroup {
    /// Of which integration.
    pub integration: IntegrationId,
    /// Of which of its steps, counted from 0.
    pub step: usize,
    /// Of which object.
    pub object: String,
    /// Of which kind.
    pub kind: MatterKind,
    /// With which fields in dispute.
    pub fields: Vec<String>,
    /// Of whom.
    pub assignee: Option<String>,
    /// How many.
    pub conflicts: u64,
}

/// How many conflicts there are, by where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConflictCounts {
    /// They wait for a decision.
    pub open: u64,
    /// Of those: decided once, and an end moved on or refused before that was written.
    pub drafts: u64,
    /// They are decided, and that is not written yet.
    pub decided: u64,
    /// They are left alone until an end is changed again.
    pub ignored: u64,
    /// They were written, or the ends agreed by themselves.
    pub over: u64,
    /// The one found last, whatever became of it.
    pub newest: Option<ConflictId>,
}

impl ConflictCounts {
    /// Those of a state; `Written` and `Settled` are counted together.
    pub fn of(&self, state: ConflictState) -> u64 {
        match state {
            ConflictState::Open => self.open,
            ConflictState::Decided => self.decided,
            ConflictState::Ignored => self.ignored,
            ConflictState::Written | ConflictState::Settled => self.over,
        }
    }
}

impl ConflictState {
    /// All of them.
    pub const ALL: [ConflictState; 5] = [
        ConflictState::Open,
        ConflictState::Decided,
        ConflictState::Written,
        ConflictState::Ignored,
        ConflictState::Settled,
    ];

    /// The state of that word.
    pub fn from_word(word: &str) -> Option<ConflictState> {
        ConflictState::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The word in JSON and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            ConflictState::Open => "open",
            ConflictState::Decided => "decided",
            ConflictState::Written => "written",
            ConflictState::Ignored => "ignored",
            ConflictState::Settled => "settled",
        }
    }

    /// What people see.
    pub fn label(self) -> &'static str {
        match self {
            ConflictState::Open => "Open",
            ConflictState::Decided => "Decided, not yet written",
            ConflictState::Written => "Written",
            ConflictState::Ignored => "Ignored",
            ConflictState::Settled => "Settled by itself",
        }
    }

    fn code(self) -> i64 {
        self as i64 + 1
    }

    fn from_code(code: i64) -> ConflictState {
        ConflictState::ALL.into_iter().find(|state| state.code() == code).unwrap_or(ConflictState::Open)
    }
}

const CARD: &str = "c.id, c.integration, c.step, c.kind, c.object, c.record, c.fields, c.state, c.opened_at, c.changed_at, \
                    c.assignee, c.draft";

fn card(row: &Row<'_>) -> rusqlite::Result<ConflictCard> {
    Ok(ConflictCard {
        id: ConflictId(row.get(0)?),
        integration: IntegrationId(row.get(1)?),
        step: row.get::<_, i64>(2)? as usize,
        kind: MatterKind::from_word(&row.get::<_, String>(3)?).unwrap_or(MatterKind::Fields),
        object: row.get(4)?,
        record: row.get(5)?,
        fields: listed(&row.get::<_, String>(6)?),
        state: ConflictState::from_code(row.get(7)?),
        opened_at: row.get(8)?,
        changed_at: row.get(9)?,
        assignee: row.get(10)?,
        draft: row.get(11)?,
    })
}

/// The character between and around the names of fields; no label holds it.
const BETWEEN: char = '\u{1f}';

fn joined<'a>(fields: impl Iterator<Item = &'a str>) -> String {
    fields.fold(BETWEEN.to_string(), |all, field| all + field + "\u{1f}")
}

fn listed(fields: &str) -> Vec<String> {
    fields.split(BETWEEN).filter(|field| !field.is_empty()).map(str::to_owned).collect()
}

/// The terms of a filter with their values.
struct Terms {
    sql: String,
    values: Vec<Value>,
}

impl Terms {
    fn of(filter: &ConflictFilter) -> Terms {
        let mut terms = Terms { sql: "1".to_owned(), values: Vec::new() };
        if !filter.states.is_empty() {
            let codes: Vec<_> = filter.states.iter().map(|state| state.code().to_string()).collect();
            terms.sql.push_str(&format!(" AND c.state IN ({})", codes.join(",")));
        }
        terms.add("c.integration = ?", filter.integration.map(|id| id.0.into()));
        terms.add("c.step = ?", filter.step.map(|step| (step as i64).into()));
        terms.add("c.object = ? COLLATE NOCASE", filter.object.clone().map(Into::into));
        if !filter.kinds.is_empty() {
            let words: Vec<_> = filter.kinds.iter().map(|kind| format!("'{}'", kind.word())).collect();
            terms.sql.push_str(&format!(" AND c.kind IN ({})", words.join(",")));
        }
        let field = filter.field.as_deref().map(|field| joined(std::iter::once(field)));
        terms.add("instr (c.fields, ?)", field.map(Into::into));
        let fields = filter.fields.as_deref().map(|fields| joined(fields.iter().map(String::as_str)));
        terms.add("c.fields = ?", fields.map(Into::into));
        match &filter.assignee {
            Some(None) => terms.sql.push_str(" AND c.assignee IS NULL"),
            assignee => terms.add("c.assignee = ? COLLATE NOCASE", assignee.clone().flatten().map(Into::into)),
        }
        terms.add("c.opened_at < ?", filter.opened_before.map(Into::into));
        terms.add("c.opened_at >= ?", filter.opened_since.map(Into::into));
        let text = filter.text.trim().to_lowercase();
        terms.add("instr (c.told, ?)", (!text.is_empty()).then(|| text.into()));
        if let Some(ids) = &filter.ids {
            let ids: Vec<_> = ids.iter().map(|id| id.0.to_string()).collect();
            terms.sql.push_str(&format!(" AND c.id IN ({})", ids.join(",")));
        }
        terms
    }

    fn add(&mut self, term: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.sql.push_str(" AND ");
            self.sql.push_str(term);
            self.values.push(value);
        }
    }
}

impl ConflictOrder {
    /// All of them.
    pub const ALL: [ConflictOrder; 4] =
        [ConflictOrder::Oldest, ConflictOrder::Newest, ConflictOrder::Record, ConflictOrder::Kind];

    fn sql(self) -> &'static str {
        match self {
            ConflictOrder::Oldest => "c.opened_at, c.id",
            ConflictOrder::Newest => "c.opened_at DESC, c.id DESC",
            ConflictOrder::Record => "c.record COLLATE NOCASE, c.id",
            ConflictOrder::Kind => "c.kind, c.fields, c.record COLLATE NOCASE, c.id",
        }
    }
}

impl Store {
    /// Conflicts from place `first` of a list, `count` at most.
    pub fn conflicts(
        &self,
        filter: &ConflictFilter,
        order: ConflictOrder,
        first: u64,
        count: usize,
    ) -> Result<Vec<ConflictCard>, StoreError> {
        let terms = Terms::of(filter);
        let sql = format!(
            "SELECT {CARD} FROM conflict c WHERE {} ORDER BY {} LIMIT {count} OFFSET {first}",
            terms.sql,
            order.sql()
        );
        let list = || self.connection.prepare_cached(&sql)?.query_map(params_from_iter(terms.values), card)?.collect();
        self.sql(list())
    }

    /// How many there are.
    pub fn count_conflicts(&self, filter: &ConflictFilter) -> Result<u64, StoreError> {
        let terms = Terms::of(filter);
        // What conflicts hold stands in no index: they are looked through in the order in which they lie.
        let whole = if filter.text.trim().is_empty() { "" } else { "NOT INDEXED" };
        let sql = format!("SELECT count(*) FROM conflict c {whole} WHERE {}", terms.sql);
        let count =
            || self.connection.prepare_cached(&sql)?.query_row(params_from_iter(terms.values), |row| row.get(0));
        Ok(self.sql::<i64>(count())? as u64)
    }

    /// How many there are, by where they stand.
    pub fn conflict_counts(&self) -> Result<ConflictCounts, StoreError> {
        let count = || {
            let mut counts = ConflictCounts::default();
            let mut query = self.connection.prepare_cached("SELECT state, count(*) FROM conflict GROUP BY state")?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let (state, count) = (row.get(0)?, row.get::<_, i64>(1)? as u64);
                match ConflictState::from_code(state) {
                    ConflictState::Open => counts.open += count,
                    ConflictState::Decided => counts.decided += count,
                    ConflictState::Ignored => counts.ignored += count,
                    ConflictState::Written | ConflictState::Settled => counts.over += count,
                }
            }
            let drafts = "SELECT count(*) FROM conflict WHERE draft = 1 AND state = 1";
            counts.drafts = self.connection.query_row(drafts, [], |row| row.get::<_, i64>(0))? as u64;
            let newest = "SELECT max(id) FROM conflict";
            counts.newest = self.connection.query_row(newest, [], |row| row.get::<_, Option<i64>>(0))?.map(ConflictId);
            Ok(counts)
        };
        self.sql(count())
    }

    /// How many decisions of each integration are not written yet.
    pub fn decided_conflicts(&self) -> Result<Vec<(IntegrationId, u64)>, StoreError> {
        let sql = "SELECT integration, count(*) FROM conflict WHERE state = 2 GROUP BY integration";
        let list = || {
            let mut query = self.connection.prepare_cached(sql)?;
            query.query_map([], |row| Ok((IntegrationId(row.get(0)?), row.get::<_, i64>(1)? as u64)))?.collect()
        };
        self.sql(list())
    }

    /// What people call the ends of conflicts, left and right, each pair of names once.
    pub fn conflict_ends(&self, filter: &ConflictFilter) -> Result<Vec<[String; 2]>, StoreError> {
        let terms = Terms::of(filter);
        // An integration may have been renamed since; its newest conflict has the name that it goes by.
        let sql = format!("SELECT max(c.id) FROM conflict c WHERE {} GROUP BY c.integration, c.step", terms.sql);
        let list = || {
            let mut query = self.connection.prepare_cached(&sql)?;
            let rows = query.query_map(params_from_iter(terms.values), |row| row.get(0).map(ConflictId))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let mut ends = Vec::new();
        for id in self.sql(list())? {
            let found = self.conflict(id)?.map(|record| record.matter.ends);
            ends.extend(found.filter(|found| !ends.contains(found)));
        }
        Ok(ends)
    }

    /// What they have in common, the most frequent first.
    pub fn conflict_groups(&self, filter: &ConflictFilter) -> Result<Vec<ConflictGroup>, StoreError> {
        let terms = Terms::of(filter);
        // In the order of an index, so that nothing is sorted but the groups.
        let group = "c.integration, c.step, c.kind, c.fields, c.object, c.assignee";
        let sql = format!(
            "SELECT {group}, count(*) FROM conflict c WHERE {} GROUP BY {group} ORDER BY count(*) DESC, {group}",
            terms.sql
        );
        let read = |row: &Row<'_>| {
            Ok(ConflictGroup {
                integration: IntegrationId(row.get(0)?),
                step: row.get::<_, i64>(1)? as usize,
                kind: MatterKind::from_word(&row.get::<_, String>(2)?).unwrap_or(MatterKind::Fields),
                fields: listed(&row.get::<_, String>(3)?),
                object: row.get(4)?,
                assignee: row.get(5)?,
                conflicts: row.get::<_, i64>(6)? as u64,
            })
        };
        let list = || self.connection.prepare_cached(&sql)?.query_map(params_from_iter(terms.values), read)?.collect();
        self.sql(list())
    }

    /// Everything that is known of one.
    pub fn conflict(&self, id: ConflictId) -> Result<Option<ConflictRecord>, StoreError> {
        let found = self.sql(whole(&self.connection, id))?;
        found.transpose().map_err(|error| self.damaged(format!("conflict {}: {error}", id.0)))
    }
}

/// A conflict and what it holds, if that can be read.
fn whole(db: &Connection, id: ConflictId) -> rusqlite::Result<Option<serde_json::Result<ConflictRecord>>> {
    let sql = format!(
        "SELECT {CARD}, c.about, b.matter, b.resolution, b.draft, b.problem FROM conflict c \
         JOIN conflict_body b ON b.conflict = c.id WHERE c.id = ?1"
    );
    let read = |row: &Row<'_>| {
        let (about, matter): (String, String) = (row.get(12)?, row.get(13)?);
        let (resolution, draft): (Option<String>, Option<String>) = (row.get(14)?, row.get(15)?);
        let (card, problem) = (card(row)?, row.get(16)?);
        let resolution_of = |text: Option<String>| text.map(|text| serde_json::from_str(&text)).transpose();
        let record = || -> serde_json::Result<ConflictRecord> {
            Ok(ConflictRecord {
                card,
                about: About::read(&about),
                matter: serde_json::from_str(&matter)?,
                resolution: resolution_of(resolution)?,
                draft: resolution_of(draft)?,
                problem,
            })
        };
        Ok(record())
    };
    db.prepare_cached(&sql)?.query_row([id.0], read).optional()
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
