//! Conflicts as a sync finds them, put into a workspace through its store.

use linkspan::integration::Integration;
use linkspan::record::Kind;
use linkspan::store::{About, ConflictId, IntegrationId, NewConflict, Store, StoreKey};
use linkspan::sync::{Claim, Disagreement, Disputed, End, Held, Matter, MatterKind, Side};
use linkspan::vault::{Vault, VaultKind};
use std::path::Path;

/// What the ends are called, left and right.
pub(crate) const ENDS: [&str; 2] = ["Northwind ERP", "Salesforce"];

/// The store of a workspace that is there already; `data` is the user's data folder.
pub(crate) fn store(workspace: &Path, data: &Path) -> Store {
    let salt = StoreKey::salt_of(workspace).unwrap().expect("the workspace is there");
    let vault = Vault::open(VaultKind::File, data);
    let key = vault.get(&format!("workspace-{salt}")).unwrap().expect("its key is in the vault");
    Store::open(workspace, &StoreKey { key, salt }).unwrap()
}

/// Stores the integration that the conflicts belong to: one step, from a file into accounts of the practice org.
pub(crate) fn integration(store: &Store, name: &str) -> IntegrationId {
    let form = format!(
        r#"{{"linkspan": 1, "name": "{name}", "steps": [{{"source": {{"path": "northwind.csv", "csv": {{}}}}, "org": "practice",
            "object": "Account", "operation": "update", "mapping": []}}]}}"#
    );
    let integration = Integration::from_file(&form).unwrap();
    store.save_integration(None, &integration, 1).unwrap()
}

/// Takes note of conflicts, as found at that time.
pub(crate) fn find(store: &Store, integration: IntegrationId, at: i64, found: &[NewConflict]) -> Vec<ConflictId> {
    store.find_conflicts(integration, 0, at, found).unwrap()
}

/// A line that a person must settle: what was last agreed, what the left end has, what the right one has.
pub(crate) fn line(label: &str, kind: Kind, agreed: &str, left: &str, right: &str) -> Disputed {
    let held = |text: &str| Held { text: text.to_owned(), fault: None };
    Disputed {
        column: label.to_lowercase(),
        path: label.replace(' ', "_"),
        label: label.to_owned(),
        kind,
        agreed: Some(agreed.to_owned()),
        left: held(left),
        right: held(right),
        merged: None,
        why: Some(Disagreement::BothChanged),
    }
}

/// A line on which both ends agree.
pub(crate) fn in_step(label: &str, value: &str) -> Disputed {
    let mut line = line(label, Kind::Text, value, value, value);
    (line.why, line.merged) = (None, Some(value.to_owned()));
    line
}

fn matter(pair: i64, kind: MatterKind, name: &str, lines: Vec<Disputed>) -> Matter {
    Matter {
        kind,
        object: "Account".to_owned(),
        name: name.to_owned(),
        ends: ENDS.map(str::to_owned),
        left: Side {
            key: format!("C{pair:05}"),
            changed_at: Some(1_790_000_000_000),
            changed_by: Some("Ann".to_owned()),
            ..Side::default()
        },
        right: Side {
            key: format!("001000000{pair:06}AAA"),
            changed_at: Some(1_790_000_500_000),
            changed_by: Some("Bob Builder".to_owned()),
            ..Side::default()
        },
        lines,
        claims: Vec::new(),
    }
}

/// The same fields changed at both ends, beside one that is in step.
pub(crate) fn changed(pair: i64, name: &str, mut lines: Vec<Disputed>) -> NewConflict {
    lines.push(in_step("City", "Berlin"));
    NewConflict { about: About::Pair(pair), matter: matter(pair, MatterKind::Fields, name, lines) }
}

/// Values that differ in nothing but how they are written.
pub(crate) fn formatting(pair: i64, name: &str) -> NewConflict {
    let phone = line("Phone", Kind::Phone, "", &format!("030 / {pair:05}"), &format!("030-{pair:05}"));
    let lines = vec![phone, in_step("City", "Berlin")];
    NewConflict { about: About::Pair(pair), matter: matter(pair, MatterKind::Formatting, name, lines) }
}

/// Deleted at one end, changed at the other.
pub(crate) fn deleted(pair: i64, name: &str, at: End) -> NewConflict {
    let kind = if at == End::Left { MatterKind::DeletedLeft } else { MatterKind::DeletedRight };
    let mut phone = line("Phone", Kind::Phone, "030-1", "030-1", "030-1");
    phone.why = None;
    match at {
        End::Left => (phone.left.text, phone.right.text) = (String::new(), "030-2".to_owned()),
        End::Right => (phone.left.text, phone.right.text) = ("030-2".to_owned(), String::new()),
    }
    let mut matter = matter(pair, kind, name, vec![phone, in_step("City", "Berlin")]);
    match at {
        End::Left => matter.left.gone = true,
        End::Right => matter.right.gone = true,
    }
    NewConflict { about: About::Pair(pair), matter }
}

/// One record of Salesforce that two of the other end match.
pub(crate) fn ambiguous(group: i64, name: &str) -> NewConflict {
    let claim = |end, key: String, city: &str| Claim {
        end,
        key,
        name: name.to_owned(),
        values: vec![("City".to_owned(), city.to_owned()), ("Phone".to_owned(), format!("030-{group}"))],
    };
    let mut matter = matter(group, MatterKind::Ambiguous, name, Vec::new());
    matter.claims = vec![
        claim(End::Right, format!("001000000{group:06}AAA"), "Berlin"),
        claim(End::Left, format!("C{group}A"), "Berlin"),
        claim(End::Left, format!("C{group}B"), "Hamburg"),
    ];
    (matter.left.key, matter.right.key) = (String::new(), String::new());
    NewConflict { about: About::Group(format!("name {name}")), matter }
}
