//! Outcomes and the queue as the store tells them, compared with a map in memory.

use super::passed::SPAN;
use super::{Cause, RunId, Settled, Store, StoreKey, Tally, Which, settle};
use crate::connect::{Outcome, RowOutcome};
use crate::record::{Rejection, RowNumber};
use crate::secret::Secret;
use proptest::prelude::*;
use std::collections::BTreeMap;

const RUN: RunId = RunId(1);

fn store(folder: &tempfile::TempDir) -> Store {
    let key = StoreKey { key: Secret::new("ab".repeat(32)), salt: "cd".repeat(16) };
    let store = Store::open(&folder.path().join("workspace"), &key).unwrap();
    store
        .connection
        .execute_batch(
            "PRAGMA synchronous = OFF; INSERT INTO run (name, body, state, began_at) VALUES ('', '', 'running', 0);
         INSERT INTO run_step (run, step, sentence, org, org_id, user_id, object, shapes, columns, source)
         VALUES (1, 0, '', '', '', '', '', '', '', '')",
        )
        .unwrap();
    store
}

/// An outcome of some kind; rows refused have one of a few causes.
fn outcome(kind: usize, id: String) -> RowOutcome {
    let why = |code: &str| Rejection::new(code, "no").field(if id.len().is_multiple_of(2) { "Name" } else { "Öl\"" });
    match kind {
        0 => RowOutcome::Created { id: id.into() },
        1 => RowOutcome::Updated { id: id.into() },
        2 => RowOutcome::Deleted { id: id.into() },
        3 => RowOutcome::Unchanged { id: id.into() },
        4 => RowOutcome::Skipped(Rejection::new("none_found", id).into()),
        5 => RowOutcome::NotSent(why("too_long").into()),
        6 => RowOutcome::Failed(why("STRING_TOO_LONG").into()),
        7 => RowOutcome::Failed(Rejection::new("too_long", id).into()),
        _ => RowOutcome::Unconfirmed(why("unconfirmed").into()),
    }
}

/// Rows that are settled together: scattered ones, and stretches as deliveries have them.
fn together() -> impl Strategy<Value = Vec<Settled>> {
    let some = (1..3_000_u64, 1..700_u64, 1..3_u64, 0..9_usize, 0..9_usize, "[0-9A-Za-z]{3}");
    prop::collection::vec(some, 1..5).prop_map(|stretches| {
        let mut settled = Vec::new();
        for (first, count, apart, kind, other, id) in stretches {
            for n in 0..count {
                let kind = if n % 7 == 0 { other } else { kind };
                let id = crate::record::id15_to_18(&format!("001xx0000{id}{:03}", n % 10)).unwrap_or_default();
                settled.push(Settled { row: first + n * apart, outcome: outcome(kind, id) });
            }
        }
        // Results come in any order.
        let middle = settled.len() / 2;
        settled.rotate_left(middle);
        settled
    })
}

type Model = BTreeMap<RowNumber, RowOutcome>;

fn check(store: &Store, model: &Model) {
    let settled = |(row, outcome): (&RowNumber, &RowOutcome)| Settled { row: *row, outcome: outcome.clone() };
    let all: Vec<Settled> = model.iter().map(settled).collect();
    assert_eq!(store.outcomes_between(RUN, 0, 0, u64::MAX).unwrap(), all);
    for row in [1, 500, 1023, 1024, 2047, 2500] {
        let found = store.outcomes_between(RUN, 0, row, row).unwrap().pop().map(|settled| settled.outcome);
        assert_eq!(found.as_ref(), model.get(&row));
    }
    let mut tally = Tally::default();
    model.values().for_each(|outcome| tally.add(outcome.outcome(), 1));
    assert_eq!(store.tally(RUN, 0).unwrap(), tally);
    let rows = store.settled_rows(RUN, 0).unwrap();
    assert!((0..10_000).all(|row| rows.has(row) == model.contains_key(&row)));
    let mut made = store.made(RUN, 0).unwrap();
    made.sort();
    let created = |outcome: &&RowOutcome| outcome.outcome() == Outcome::Created;
    let mut wanted: Vec<_> = model.values().filter(created).filter_map(|o| o.id().map(str::to_owned)).collect();
    wanted.sort();
    assert_eq!(made, wanted);
    check_pages(store, model, &all);
    check_queue(store, &all);
}

fn check_pages(store: &Store, model: &Model, all: &[Settled]) {
    let some = [Outcome::Created, Outcome::Updated, Outcome::Skipped];
    for outcomes in [&Outcome::ALL[..], &some, &[Outcome::Failed], &[Outcome::Unchanged]] {
        for code in [None, Some("too_long"), Some("STRING_TOO_LONG"), Some("none")] {
            let wanted = |settled: &&Settled| {
                let why = settled.outcome.rejection();
                outcomes.contains(&settled.outcome.outcome())
                    && code.is_none_or(|code| why.is_some_and(|why| why.code == code))
            };
            let wanted: Vec<_> = all.iter().filter(wanted).cloned().collect();
            assert_eq!(store.count_outcomes(RUN, 0, outcomes, code).unwrap(), wanted.len() as u64);
            for (skip, count) in [(0, 200), (1, 1), (wanted.len() / 2, 300), (wanted.len(), 5)] {
                let page = store.outcomes_page(RUN, 0, outcomes, code, skip as u64, count).unwrap();
                let wanted: Vec<_> = wanted.iter().skip(skip).take(count).cloned().collect();
                assert_eq!(page, wanted, "{outcomes:?} {code:?} from {skip}");
            }
        }
    }
    let mut groups: BTreeMap<(Outcome, &str, &[String]), (RowNumber, u64)> = BTreeMap::new();
    for (row, outcome) in model {
        let Some(why) = outcome.rejection() else { continue };
        groups.entry((outcome.outcome(), &why.code, &why.fields)).or_insert((*row, 0)).1 += 1;
    }
    let found = store.failure_groups(RUN, 0).unwrap();
    assert!(found.is_sorted_by_key(|(example, rows)| (std::cmp::Reverse(*rows), example.row)));
    let found: BTreeMap<_, _> = found
        .iter()
        .map(|(example, rows)| {
            let why = example.outcome.rejection().unwrap();
            ((example.outcome.outcome(), why.code.as_str(), why.fields.as_slice()), (example.row, *rows))
        })
        .collect();
    assert_eq!(found, groups);
}

fn check_queue(store: &Store, all: &[Settled]) {
    let open = all.iter().filter(|settled| settled.outcome.outcome().wants_attention());
    assert_eq!(store.count_queue(RUN, 0, &Which::default()).unwrap(), open.clone().count() as u64);
    let groups = store.queue_groups(RUN, 0, 3).unwrap();
    assert_eq!(groups.iter().map(|group| group.rows).sum::<u64>(), open.clone().count() as u64);
    for group in groups {
        let of = |settled: &&Settled| {
            let why = settled.outcome.rejection();
            settled.outcome.outcome() == group.cause.outcome
                && why.is_some_and(|why| why.code == group.cause.code && why.fields == group.cause.fields)
        };
        let wanted: Vec<_> = open.clone().filter(of).map(|settled| settled.row).collect();
        let which = Which::of(Cause { ..group.cause.clone() });
        assert_eq!((group.example.row, group.rows), (wanted[0], wanted.len() as u64));
        assert_eq!(store.count_queue(RUN, 0, &which).unwrap(), wanted.len() as u64);
        let page = store.queue_page(RUN, 0, group.cause.outcome, &which, wanted[wanted.len() / 2], 100).unwrap();
        let page: Vec<_> = page.iter().map(|queued| queued.settled.row).collect();
        assert_eq!(page, wanted[wanted.len() / 2..].iter().copied().take(100).collect::<Vec<_>>());
        let (marks, count) = store.queue_marks(RUN, 0, group.cause.outcome, &which, 7).unwrap();
        assert_eq!(count, group.rows);
        assert_eq!(marks, wanted.iter().copied().step_by(7).collect::<Vec<_>>());
    }
}

#[test]
fn entries_of_older_workspaces_are_read_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    // As they were written before spans had entries; the migration counts them.
    let mut model = Model::new();
    for row in 1..2_000 {
        let outcome = outcome(if row % 3 == 0 { 6 } else { 1 }, format!("old{row}"));
        let why = outcome.rejection().map(|why| serde_json::json!(why).to_string());
        let insert = "INSERT INTO outcome VALUES (1, 0, ?1, ?2, ?3, ?4)";
        store.connection.execute(insert, (row as i64, outcome.outcome().code(), outcome.id(), why)).unwrap();
        model.insert(row, outcome);
    }
    store.connection.execute_batch("DROP TABLE passed; DROP TABLE outcome_count").unwrap();
    store.connection.execute_batch(crate::store::open::SPANS).unwrap();
    check(&store, &model);
    let mut later: Vec<_> =
        (1_500..2_500).map(|row| Settled { row, outcome: outcome(0, format!("new{row}")) }).collect();
    store.settle(RUN, 0, &mut later).unwrap();
    later.into_iter().for_each(|settled| _ = model.entry(settled.row).or_insert(settled.outcome));
    check(&store, &model);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn an_outcome_is_written_once(times in prop::collection::vec(together(), 1..6)) {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let mut model = Model::new();
        for mut settled in times {
            for Settled { row, outcome } in &settled {
                model.entry(*row).or_insert_with(|| outcome.clone());
            }
            let note = store.note(RUN, 0, "insert", "{}", &[], 0).unwrap();
            store.settle_note(RUN, 0, note, &mut settled, None).unwrap();
            prop_assert!(store.notes(RUN).unwrap().is_empty());
        }
        check(&store, &model);
        // A transaction that does not come to its end leaves nothing behind.
        let all = |outcome: fn(u64) -> RowOutcome| (1..5_000).map(move |row| Settled { row, outcome: outcome(row) });
        let mut late: Vec<_> = all(|row| outcome(row as usize % 9, String::new())).collect();
        let failed: Result<(), _> = store.write(|db| {
            settle::insert(db, RUN, 0, &mut late)?;
            Err(rusqlite::Error::InvalidQuery)
        });
        prop_assert!(failed.is_err());
        check(&store, &model);
    }
}

#[test]
fn rows_that_got_through_take_a_few_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let id = |n: u64| crate::record::id15_to_18(&format!("001xx0000{n:06}")).unwrap();
    let mut settled: Vec<_> =
        (SPAN..21 * SPAN).map(|row| Settled { row, outcome: RowOutcome::Created { id: id(row).into() } }).collect();
    store.settle(RUN, 0, &mut settled).unwrap();
    let bytes: i64 = store
        .connection
        .query_row("SELECT sum(length(rows) + length(body)) FROM passed", [], |row| row.get(0))
        .unwrap();
    assert!(bytes < 20 * SPAN as i64 * 2, "{bytes}");
    let singles: i64 = store.connection.query_row("SELECT count(*) FROM outcome", [], |row| row.get(0)).unwrap();
    assert_eq!(singles, 0);
}

/// What happened to rows after their run: tried before, taken up by a later run, left as they are, or that taken back.
fn past() -> impl Strategy<Value = Vec<(usize, u8)>> {
    prop::collection::vec((0..3_000_usize, 0..4_u8), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn the_queue_is_what_nobody_has_dealt_with(rows in together(), past in past(), limit in 1..4_u32) {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let mut model = Model::new();
        rows.iter().for_each(|settled| _ = model.entry(settled.row).or_insert_with(|| settled.outcome.clone()));
        store.settle(RUN, 0, &mut rows.clone()).unwrap();
        let db = &store.connection;
        db.execute_batch(
            "INSERT INTO run (name, body, state, began_at) VALUES ('', '', 'complete', 0), ('', '', 'complete', 0);
             INSERT INTO edit_change (run, at, what, rows, undone) VALUES (1, 0, '', 0, 0), (1, 0, '', 0, 1)",
        ).unwrap();
        let (mut tries, mut dealt_with) = (BTreeMap::new(), std::collections::BTreeSet::new());
        for (at, kind) in past {
            let row = rows[at % rows.len()].row;
            let tried = at as u32 % 4 + 1;
            let done = match kind {
                0 => {
                    tries.entry(row).or_insert(tried);
                    db.execute("INSERT OR IGNORE INTO origin VALUES (1, 0, ?1, 3, ?1, ?2)", (row as i64, tried))
                }
                1 => db.execute("INSERT OR IGNORE INTO origin VALUES (2, 0, ?1, 1, ?1, 2)", [row as i64]),
                kind => db.execute("INSERT OR IGNORE INTO left_as_is VALUES (1, 0, ?1, ?2)", (row as i64, kind - 1)),
            };
            done.unwrap();
            if kind == 1 || kind == 2 {
                dealt_with.insert(row);
            }
        }
        let mut wanted: BTreeMap<(Outcome, &str, &[String], bool), Vec<RowNumber>> = BTreeMap::new();
        for (row, outcome) in model.iter().filter(|(row, _)| !dealt_with.contains(row)) {
            let Some(why) = outcome.rejection().filter(|_| outcome.outcome().wants_attention()) else { continue };
            let gave_up = tries.get(row).copied().unwrap_or(1) >= limit;
            wanted.entry((outcome.outcome(), &why.code, &why.fields, gave_up)).or_default().push(*row);
        }
        let groups = store.queue_groups(RUN, 0, limit).unwrap();
        prop_assert_eq!(groups.len(), wanted.len());
        for group in groups {
            let Cause { outcome, code, fields } = &group.cause;
            let rows = &wanted[&(*outcome, code.as_str(), fields.as_slice(), group.gave_up)];
            prop_assert_eq!((group.rows, group.example.row), (rows.len() as u64, rows[0]));
            let which = Which { limit, gave_up: Some(group.gave_up), ..Which::of(group.cause.clone()) };
            prop_assert_eq!(store.count_queue(RUN, 0, &which).unwrap(), group.rows);
            let of_these = Which { rows: Some(rows.clone()), ..which.clone() };
            prop_assert_eq!(store.count_queue(RUN, 0, &of_these).unwrap(), group.rows);
            let page = store.queue_page(RUN, 0, *outcome, &which, 0, 5_000).unwrap();
            prop_assert!(page.iter().map(|queued| queued.settled.row).eq(rows.iter().copied()));
            let told = page.iter().all(|queued| queued.tries == tries.get(&queued.settled.row).copied().unwrap_or(1));
            prop_assert!(told);
        }
        let sendable = Which { sendable: true, ..Which::default() };
        let count: usize =
            wanted.iter().filter(|(cause, _)| cause.0.may_be_sent_again()).map(|(_, rows)| rows.len()).sum();
        prop_assert_eq!(store.count_queue(RUN, 0, &sendable).unwrap(), count as u64);
    }
}
