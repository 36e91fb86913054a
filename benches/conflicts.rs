//! How fast the inbox of conflicts answers when it is full: its first page, pages further down, every way to narrow it, a search, the
//! counts that come separately, and one conflict with all that helps to decide it.
//!
//! `cargo bench --bench conflicts [-- COUNT]` takes 1,000,000 conflicts unless told otherwise. They are found as a sync finds them, and
//! looked at by a process of its own, through the workspace. `-- fill COUNT` fills the workspace of this user's home and leaves it.
#![expect(clippy::print_stdout, reason = "a benchmark's output is its purpose")]

use linkspan::integration::Integration;
use linkspan::record::Kind;
use linkspan::store::{
    About, ConflictFilter, ConflictId, ConflictOrder, ConflictState, IntegrationId, NewConflict, Store, StoreKey,
};
use linkspan::sync::{Disagreement, Disputed, End, Held, Matter, MatterKind, Side, Way};
use linkspan::vault::{Vault, VaultKind};
use linkspan::workspace::{OpenOptions, Wish, Workspace};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const TURNS: usize = 5;
/// Conflicts of a page, as the window asks for them.
const PAGE: usize = 200;
/// Conflicts that a sync finds at a time.
const AT_ONCE: usize = 5_000;
const DAY: i64 = 86_400_000;
/// The present, so that ages are the same at each turn.
const NOW: i64 = 1_800_000_000_000;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let count = words.iter().find_map(|word| word.parse().ok()).unwrap_or(1_000_000);
    match words.first().map(String::as_str) {
        Some("fill") => fill(count),
        Some("look") => look(),
        _ => measure(count),
    }
}

/// Fills a workspace of its own, and looks at it.
fn measure(count: i64) {
    let home = tempfile::tempdir().expect("a temporary folder");
    for arguments in [vec!["fill".to_owned(), count.to_string()], vec!["look".to_owned()]] {
        let mut child = Command::new(std::env::current_exe().expect("a program has a path"));
        at_home(&mut child, home.path()).args(arguments);
        assert!(child.status().expect("this program starts again").success());
    }
}

fn at_home<'a>(command: &'a mut Command, home: &Path) -> &'a mut Command {
    command
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("LINKSPAN_VAULT", "file")
        .env_remove("LINKSPAN_WORKSPACE")
}

/// The store behind the workspace: a sync finds conflicts there.
fn store(workspace: &Workspace) -> Store {
    let path = workspace.path();
    let folder = path.parent().expect("it is in a folder");
    let salt = StoreKey::salt_of(path).expect("it can be read").expect("it is there");
    let key = Vault::open(VaultKind::File, folder).get(&format!("workspace-{salt}")).expect("the vault opens");
    Store::open(path, &StoreKey { key: key.expect("it has the key"), salt }).expect("it opens")
}

fn fill(count: i64) {
    let workspace = Workspace::open(OpenOptions::default()).expect("a new one is made");
    let store = store(&workspace);
    let integrations: Vec<IntegrationId> = ["Customers", "Contacts", "Products"]
        .map(|name| store.save_integration(None, &Integration::new(name), 1).expect("it is kept"))
        .to_vec();
    let begun = Instant::now();
    let all: Vec<i64> = (0..count).collect();
    for numbers in all.chunks(AT_ONCE) {
        let at = NOW - 30 * DAY + numbers[0] * 30 * DAY / count;
        for (place, integration) in integrations.iter().enumerate() {
            let found: Vec<_> =
                numbers.iter().filter(|number| **number as usize % 3 == place).map(|n| conflict(*n)).collect();
            store.find_conflicts(*integration, 0, at, &found).expect("they are kept");
        }
    }
    let each = begun.elapsed().as_secs_f64() * 1e6 / count as f64;
    let bytes = std::fs::metadata(workspace.path()).map_or(0, |file| file.len());
    println!("{count} conflicts found: {each:.0} µs each, {} MB", bytes / 1_000_000);
    let tenth = ConflictFilter { opened_before: Some(NOW - 27 * DAY), ..ConflictFilter::default() };
    let begun = Instant::now();
    let answered = workspace.resolve_as(&tenth, &Wish::Keep("Salesforce".to_owned()), false).expect("they are decided");
    let each = begun.elapsed().as_secs_f64() * 1e6 / answered.decided.max(1) as f64;
    println!("{} decided at once: {each:.0} µs each", answered.decided);
    let some = ConflictFilter { opened_since: Some(NOW - 2 * DAY), ..ConflictFilter::default() };
    workspace.assign(&some, Some("Ann")).expect("they are assigned");
}

/// A conflict like those of a big company: most of them mere formatting, of few fields, some rare.
fn conflict(number: i64) -> NewConflict {
    let line = |label: &str, kind: Kind, agreed: &str, left: String, right: String| Disputed {
        column: label.to_lowercase(),
        path: label.to_owned(),
        label: label.to_owned(),
        kind,
        agreed: Some(agreed.to_owned()),
        left: Held { text: left, fault: None },
        right: Held { text: right, fault: None },
        merged: None,
        why: Some(Disagreement::BothChanged),
    };
    let fields = ["Phone", "Fax", "Street", "City", "Website", "Description"];
    let field = fields[(number as usize / 7) % fields.len()];
    let kind = match number % 20 {
        0..13 => MatterKind::Formatting,
        13..19 => MatterKind::Fields,
        _ => MatterKind::DeletedRight,
    };
    let lines = match kind {
        MatterKind::Formatting => {
            vec![line("Phone", Kind::Phone, "", format!("030 / {number:07}"), format!("030-{number:07}"))]
        }
        _ => vec![line(field, Kind::Text, "before", format!("erp {number}"), format!("org {number}"))],
    };
    let side = |key: String| Side { key, changed_at: Some(NOW - DAY), changed_by: Some("Ann".to_owned()), gone: false };
    let object = if number % 5_000 == 4_999 { "Rare__c" } else { "Account" };
    let matter = Matter {
        kind,
        object: object.to_owned(),
        name: format!(
            "Company {:07} of {}",
            number * 7_919 % 1_000_003,
            ["Berlin", "Hamburg", "Ulm"][number as usize % 3]
        ),
        ends: ["Northwind ERP".to_owned(), "Salesforce".to_owned()],
        left: side(format!("C{number:07}")),
        right: side(format!("001000000{number:06}AAA")),
        lines,
        claims: Vec::new(),
    };
    NewConflict { about: About::Pair(number), matter }
}

/// Looks at the inbox of this home's workspace.
fn look() {
    let workspace = Workspace::open(OpenOptions::default()).expect("it was made");
    let open = || ConflictFilter { states: vec![ConflictState::Open], ..ConflictFilter::default() };
    let page = |what: &str, filter: &ConflictFilter, order: ConflictOrder, first: u64| {
        let mut found = 0;
        let time = timed(|| found = workspace.conflicts(filter, order, first, PAGE).expect("it lists").len());
        told(&format!("{what}, page ({found})"), time);
    };
    let count = |what: &str, filter: &ConflictFilter| {
        let mut found = 0;
        let time = timed(|| found = workspace.count_conflicts(filter).expect("it counts"));
        told(&format!("{what}, count ({found})"), time);
    };
    page("open", &open(), ConflictOrder::Oldest, 0);
    count("open", &open());
    told("counts by state", timed(|| assert!(workspace.conflict_counts().expect("it counts").open > 0)));
    told("groups", timed(|| drop(workspace.conflict_groups(&open()).expect("it groups"))));
    page("open, in the middle", &open(), ConflictOrder::Oldest, 450_000);
    page("open, at the end", &open(), ConflictOrder::Oldest, 800_000);
    for (what, order) in [
        ("newest", ConflictOrder::Newest),
        ("by record", ConflictOrder::Record),
        ("alike together", ConflictOrder::Kind),
    ] {
        page(what, &open(), order, 0);
        page(&format!("{what}, in the middle"), &open(), order, 450_000);
    }
    page("of any state", &ConflictFilter::default(), ConflictOrder::Oldest, 0);
    let integration =
        workspace.integrations().expect("it lists").iter().find(|card| card.name == "Contacts").map(|card| card.id);
    let narrowed = [
        ("formatting", ConflictFilter { kinds: vec![MatterKind::Formatting], ..open() }),
        ("deleted", ConflictFilter { kinds: vec![MatterKind::DeletedLeft, MatterKind::DeletedRight], ..open() }),
        ("field Website", ConflictFilter { field: Some("Website".to_owned()), ..open() }),
        ("integration", ConflictFilter { integration, ..open() }),
        ("rare object", ConflictFilter { object: Some("Rare__c".to_owned()), ..open() }),
        ("no such object", ConflictFilter { object: Some("None".to_owned()), ..open() }),
        ("Ann", ConflictFilter { assignee: Some(Some("Ann".to_owned())), ..open() }),
        ("nobody", ConflictFilter { assignee: Some(None), ..open() }),
        ("older than a week", ConflictFilter { opened_before: Some(NOW - 7 * DAY), ..open() }),
        ("search \"ulm\"", ConflictFilter { text: "ulm".to_owned(), ..open() }),
        ("search \"c0654321\"", ConflictFilter { text: "c0654321".to_owned(), ..open() }),
        ("search no such text", ConflictFilter { text: "timbuktu".to_owned(), ..open() }),
    ];
    for (what, filter) in &narrowed {
        page(what, filter, ConflictOrder::Oldest, 0);
        count(what, filter);
    }
    let one = ConflictId(600_001);
    told("one conflict, with its story", timed(|| drop(workspace.conflict(one).expect("it is there"))));
    let keep = Wish::Way(Way::Keep(End::Right));
    let few = ConflictFilter { object: Some("Rare__c".to_owned()), ..open() };
    told("a look at what deciding the rare ones comes to", timed(|| drop(workspace.resolve_as(&few, &keep, true))));
}

fn timed(mut work: impl FnMut()) -> Duration {
    let once = |_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    };
    let mut times: Vec<Duration> = (0..TURNS).map(once).collect();
    times.sort();
    times[TURNS / 2]
}

fn told(what: &str, time: Duration) {
    println!("  {what}: {:.1} ms", time.as_secs_f64() * 1000.0);
}
