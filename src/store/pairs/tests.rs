use super::*;
use crate::connect::SyncPart;
use crate::integration::Integration;
use crate::secret::Secret;
use crate::store::StoreKey;

fn desk() -> (tempfile::TempDir, Store, IntegrationId) {
    let folder = tempfile::tempdir().unwrap();
    let key = StoreKey { key: Secret::new("11".repeat(32)), salt: "22".repeat(16) };
    let store = Store::open(&folder.path().join("x.linkspan"), &key).unwrap();
    let integration = store.save_integration(None, &Integration::new("Customers"), 1).unwrap();
    (folder, store, integration)
}

fn pair(left: &str, right: &str, agreed: &[&str]) -> PairRecord {
    let key = |key: &str| (!key.is_empty()).then(|| key.to_owned());
    PairRecord {
        keys: [key(left), key(right)],
        agreed: agreed.iter().map(|value| Some((*value).to_owned())).collect(),
        ..PairRecord::default()
    }
}

#[test]
fn a_pair_is_read_as_it_was_written() {
    let (_folder, store, integration) = desk();
    let mut written = pair("ALFKI", "001", &["a", "b"]);
    written.agreed[1] = None;
    written.seen = [Some([7; 12]), None];
    written.hold(End::Right, vec!["a".to_owned(), "other".to_owned()]);
    written.at = [Some(5), None];
    written.linked = [false, true];
    written.let_go = LetGo::Deleted(End::Right);
    written.hash = Some([9; 32]);
    written.id = store.add_pairs(integration, 0, std::slice::from_ref(&written)).unwrap()[0];
    assert_eq!(store.pair(written.id).unwrap().as_ref(), Some(&written));
    assert_eq!(written.held(End::Right), ["a", "other"]);
    let mut seen = Vec::new();
    store.each_pair(integration, 0, &mut |pair| seen.push((pair.id, pair.keys[0].map(str::to_owned)))).unwrap();
    assert_eq!(seen, [(written.id, Some("ALFKI".to_owned()))]);
    assert_eq!(store.count_pairs(integration, 0).unwrap(), 0, "it is let go");
}

#[test]
fn half_a_pair_gives_way_to_the_whole() {
    let (_folder, store, integration) = desk();
    store.add_pairs(integration, 0, &[pair("A", "", &[]), pair("", "001", &[]), pair("B", "002", &[])]).unwrap();
    store.add_pairs(integration, 0, &[pair("A", "001", &["x"])]).unwrap();
    let mut keys = Vec::new();
    store.each_pair(integration, 0, &mut |pair| keys.push(pair.keys.map(|key| key.unwrap_or("-").to_owned()))).unwrap();
    keys.sort();
    assert_eq!(keys, [["A", "001"], ["B", "002"]].map(|keys| keys.map(str::to_owned)));
}

#[test]
fn values_follow_their_lines_when_the_mapping_changes() {
    let (_folder, store, integration) = desk();
    let mut old = pair("A", "001", &["name", "phone"]);
    old.hold(End::Left, vec!["NAME".to_owned(), "phone".to_owned()]);
    old.seen = [Some([1; 12]); 2];
    let id = store.add_pairs(integration, 0, &[old]).unwrap()[0];
    let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
    store.rearrange_pairs(integration, 0, &paths(&["Name", "Phone"]), &paths(&["Fax", "Phone", "Name"])).unwrap();
    let now = store.pair(id).unwrap().unwrap();
    assert_eq!(now.agreed, [None, Some("phone".to_owned()), Some("name".to_owned())]);
    assert_eq!((now.held(End::Left)[2].as_str(), now.held(End::Right)[2].as_str()), ("NAME", "name"));
    assert_eq!(now.seen, [None, None], "each must be looked at");
}

#[test]
fn deeds_are_kept_in_the_order_of_their_rows() {
    let (_folder, store, integration) = desk();
    let form = Integration::new("x");
    let run = store
        .begin_run(&crate::store::NewRun {
            integration: Some(integration),
            form: &form,
            now: 1,
            taken: None,
            production: None,
            undo_of: None,
            trial: None,
            steps: Vec::new(),
        })
        .unwrap();
    store.begin_pass(run, 0).unwrap();
    let deed = |part, row, beside| NewDeed { part, row, pair: 4, beside, verdict: Verdict::default() };
    let both = Some((SyncPart::ChangeLeft, 1));
    let deeds = [
        deed(SyncPart::ChangeRight, 2, None),
        deed(SyncPart::ChangeRight, 1, both),
        deed(SyncPart::ChangeLeft, 1, Some((SyncPart::ChangeRight, 1))),
    ];
    store.add_deeds(run, 0, &deeds).unwrap();
    store.deeds_settled(run, 0, SyncPart::ChangeRight, &[2]).unwrap();
    let read = store.deeds(run, 0, SyncPart::ChangeRight, 1, 10).unwrap();
    assert_eq!(
        read.iter().map(|deed| (deed.row, deed.beside, deed.settled)).collect::<Vec<_>>(),
        [(1, both, false), (2, None, true)]
    );
    store.pass_decided(run, 0, Some("2026-01-01T00:00:00Z"), "{}").unwrap();
    assert_eq!(store.open_passes(integration).unwrap(), [run]);
    store.pass_closed(run, 0).unwrap();
    assert_eq!(store.open_passes(integration).unwrap(), []);
    store.begin_pass(run, 0).unwrap();
    assert_eq!(store.deeds(run, 0, SyncPart::ChangeRight, 1, 10).unwrap(), []);
}
