use super::*;
use crate::integration::Integration;
use crate::record::Kind;
use crate::secret::Secret;
use crate::store::StoreKey;
use crate::sync::{Choice, Disagreement, Disputed, End, Held, Side, Way};

struct Desk {
    _folder: tempfile::TempDir,
    store: Store,
    integration: IntegrationId,
}

fn desk() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let key = StoreKey { key: Secret::new("11".repeat(32)), salt: "22".repeat(16) };
    let store = Store::open(&folder.path().join("x.linkspan"), &key).unwrap();
    let integration = store.save_integration(None, &Integration::new("Customers"), 1).unwrap();
    Desk { _folder: folder, store, integration }
}

fn conflict(pair: i64, field: &str, left: &str, right: &str) -> NewConflict {
    let held = |text: &str| Held { text: text.to_owned(), fault: None };
    let line = Disputed {
        column: field.to_lowercase(),
        path: format!("{field}__c"),
        label: field.to_owned(),
        kind: Kind::Text,
        agreed: Some("old".to_owned()),
        left: held(left),
        right: held(right),
        merged: None,
        why: Some(Disagreement::BothChanged),
    };
    let side = |key: String| Side { key, ..Side::default() };
    NewConflict {
        about: About::Pair(pair),
        matter: Matter {
            kind: MatterKind::Fields,
            object: "Account".to_owned(),
            name: format!("Customer {pair}"),
            ends: ["ERP".to_owned(), "Salesforce".to_owned()],
            left: side(format!("C{pair}")),
            right: side(format!("001{pair}")),
            lines: vec![line],
            claims: Vec::new(),
        },
    }
}

impl Desk {
    fn find(&self, now: i64, found: &[NewConflict]) -> Vec<ConflictId> {
        self.store.find_conflicts(self.integration, 0, now, found).unwrap()
    }

    fn answer(&self, filter: &ConflictFilter, way: &Way) -> Answered {
        self.store.answer_conflicts(filter, 50, "ann", "Kept", false, &mut |record| record.matter.resolve(way)).unwrap()
    }

    fn record(&self, id: ConflictId) -> ConflictRecord {
        self.store.conflict(id).unwrap().unwrap()
    }

    fn state(&self, id: ConflictId) -> ConflictState {
        self.record(id).card.state
    }
}

fn all() -> ConflictFilter {
    ConflictFilter::default()
}

#[test]
fn a_conflict_found_again_keeps_its_age_and_its_decision() {
    let desk = desk();
    let found = [conflict(1, "Phone", "1", "2")];
    let [id] = desk.find(10, &found)[..] else { panic!("it is one") };
    assert_eq!(desk.find(20, &found), []);
    assert_eq!(desk.answer(&all(), &Way::Keep(End::Left)).decided, 1);
    assert_eq!(desk.find(30, &found), []);
    let record = desk.record(id);
    assert_eq!((record.card.opened_at, record.card.state), (10, ConflictState::Decided));
    assert!(record.resolution.is_some() && !record.card.draft);
}

#[test]
fn a_decision_that_an_end_overtook_comes_back_as_a_draft() {
    let desk = desk();
    let [id] = desk.find(10, &[conflict(1, "Phone", "1", "2")])[..] else { panic!("it is one") };
    desk.answer(&all(), &Way::Keep(End::Right));
    let chosen = desk.record(id).resolution;
    assert_eq!(desk.find(30, &[conflict(1, "Phone", "1", "3")]), []);
    let record = desk.record(id);
    assert_eq!((record.card.state, record.card.draft, record.resolution), (ConflictState::Open, true, None));
    assert_eq!(record.draft, chosen);
    assert_eq!(record.matter.lines[0].right.text, "3");
    let what: Vec<_> = desk.store.conflict_events(id).unwrap().into_iter().map(|event| event.what).collect();
    assert_eq!(what, ["found", "decided", "overtaken"]);
}

#[test]
fn what_is_ignored_stays_so_until_an_end_is_changed() {
    let desk = desk();
    let [id] = desk.find(10, &[conflict(1, "Phone", "1", "2")])[..] else { panic!("it is one") };
    desk.answer(&all(), &Way::Ignore);
    desk.find(20, &[conflict(1, "Phone", "1", "2")]);
    assert_eq!(desk.state(id), ConflictState::Ignored);
    desk.find(30, &[conflict(1, "Phone", "1", "9")]);
    assert_eq!(desk.state(id), ConflictState::Open);
}

#[test]
fn deeds_are_taken_back_and_done_again_whole() {
    let desk = desk();
    let found: Vec<_> = (1..=5).map(|pair| conflict(pair, if pair < 4 { "Phone" } else { "Fax" }, "1", "2")).collect();
    let ids = desk.find(10, &found);
    let phones = ConflictFilter { field: Some("Phone".to_owned()), ..all() };
    assert_eq!(desk.answer(&phones, &Way::Keep(End::Left)).decided, 3);
    let one = ConflictFilter { ids: Some(vec![ids[0]]), ..all() };
    desk.answer(&one, &Way::Keep(End::Right));
    desk.store.conflicts_written(60, &[ids[1]], "").unwrap();
    let undo = |again| desk.store.undo_conflict_deed(70, "ann", again).unwrap().map(|(_, touched)| touched);

    assert_eq!(undo(false), Some(1));
    let kept = |id| match desk.record(id).resolution {
        Some(Resolution::Fields(choices)) => choices.into_values().next(),
        _ => None,
    };
    assert_eq!(kept(ids[0]), Some(Choice::Keep(End::Left)), "the decision before");
    assert_eq!(undo(false), Some(2), "one was written");
    assert_eq!(
        [ids[0], ids[1], ids[2]].map(|id| desk.state(id)),
        [ConflictState::Open, ConflictState::Written, ConflictState::Open]
    );
    assert_eq!(undo(false), None);
    assert_eq!(undo(true), Some(2));
    assert_eq!(kept(ids[2]), Some(Choice::Keep(End::Left)));
}

#[test]
fn what_does_not_answer_is_counted_and_left() {
    let desk = desk();
    let ids = desk.find(10, &[conflict(1, "Phone", "1", "2"), conflict(2, "Fax", "1", "2")]);
    let value = Way::Value { path: "Phone__c".to_owned(), value: "7".to_owned() };
    let looked =
        desk.store.answer_conflicts(&all(), 50, "ann", "", true, &mut |record| record.matter.resolve(&value)).unwrap();
    assert_eq!((looked.deed, looked.decided, looked.left.values().sum::<u64>()), (None, 1, 1));
    assert_eq!(desk.state(ids[0]), ConflictState::Open, "it was only looked at");
    let answered = desk.answer(&all(), &value);
    assert_eq!((answered.decided, desk.state(ids[1])), (1, ConflictState::Open));
}

#[test]
fn a_list_is_narrowed_counted_and_grouped() {
    let desk = desk();
    let found: Vec<_> =
        (1..=6).map(|pair| conflict(pair, if pair % 3 == 0 { "Fax" } else { "Phone" }, "Berlin", "2")).collect();
    let ids = desk.find(10, &found);
    desk.find(99, &[conflict(7, "Phone", "Ulm", "2")]);
    desk.store.assign_conflicts(&ConflictFilter { ids: Some(vec![ids[0]]), ..all() }, 11, "ann", Some("Bob")).unwrap();
    let count = |filter: &ConflictFilter| desk.store.count_conflicts(filter).unwrap();
    let field = |field: &str| ConflictFilter { field: Some(field.to_owned()), ..all() };
    assert_eq!((count(&all()), count(&field("Phone")), count(&field("Fax")), count(&field("Pho"))), (7, 5, 2, 0));
    assert_eq!(count(&ConflictFilter { text: "uLM".to_owned(), ..all() }), 1);
    assert_eq!(count(&ConflictFilter { opened_before: Some(50), ..all() }), 6);
    assert_eq!(count(&ConflictFilter { assignee: Some(Some("bob".to_owned())), ..all() }), 1);
    assert_eq!(count(&ConflictFilter { assignee: Some(None), ..all() }), 6);
    let groups = desk.store.conflict_groups(&all()).unwrap();
    assert_eq!((groups[0].conflicts, groups[0].fields.as_slice()), (4, ["Phone".to_owned()].as_slice()));
    let page = desk.store.conflicts(&all(), ConflictOrder::Newest, 1, 2).unwrap();
    assert_eq!(page.iter().map(|card| card.record.as_str()).collect::<Vec<_>>(), ["Customer 6", "Customer 5"]);
}

#[test]
fn habits_are_what_was_always_chosen() {
    let desk = desk();
    let found: Vec<_> = (1..=8).map(|pair| conflict(pair, if pair > 4 { "Fax" } else { "Phone" }, "1", "2")).collect();
    let ids = desk.find(10, &found);
    let only = |at: usize| ConflictFilter { ids: Some(vec![ids[at]]), ..all() };
    (0..3).for_each(|at| drop(desk.answer(&only(at), &Way::Keep(End::Left))));
    (4..6).for_each(|at| drop(desk.answer(&only(at), &Way::Keep(End::Left))));
    desk.answer(&only(6), &Way::Agreed);
    let habits = desk.store.conflict_habits(ids[3], 50).unwrap();
    let expected = Habit { path: "Phone__c".to_owned(), choice: Choice::Keep(End::Left), times: 3 };
    assert_eq!(habits, [expected], "the fax was decided now so, now so");
}

#[test]
fn what_was_done_cannot_be_changed_afterwards() {
    let desk = desk();
    desk.find(10, &[conflict(1, "Phone", "1", "2")]);
    for change in ["UPDATE conflict_event SET who = 'x'", "DELETE FROM conflict_event"] {
        assert!(desk.store.connection.execute(change, []).is_err(), "{change}");
    }
}
