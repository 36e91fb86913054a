//! How fast the lists of a large run answer: results, causes and the error queue.

use super::target::{Manner, Swallower};
use super::{Stand, at_home, median};
use linkspan::cancel::Cancel;
use linkspan::connect::Outcome;
use linkspan::workspace::{OpenOptions, RowFilter, Search, SearchPlace, Selected, Workspace};
use std::process::Command;
use std::time::{Duration, Instant};

const TURNS: usize = 5;
/// Rows of a page.
const PAGE: usize = 200;

/// A run whose rows all got through, and one whose rows were all refused; each looked at by a process of its own.
pub(crate) fn measure(rows: usize) {
    let stand = Stand::with(rows);
    for (manner, what) in [(Manner::Unique, "created"), (Manner::Refusing, "failed")] {
        let home = tempfile::tempdir_in(stand.folder.path()).expect("the folder is ours");
        stand.import_into(home.path(), &Swallower::start(manner), what);
        println!("{rows} rows, all {what}:");
        let mut look = Command::new(std::env::current_exe().expect("a program has a path"));
        at_home(&mut look, home.path());
        assert!(look.arg("look").status().expect("this program starts again").success());
    }
}

/// Looks at the run of this home's workspace.
pub(crate) fn look() {
    let workspace = Workspace::open(OpenOptions::default()).expect("it was made");
    let run = workspace.runs().expect("it has one").first().expect("it has one").run.id;
    let rows = workspace.count_rows(run, &RowFilter::default()).expect("it counts");
    let list = |what: &str, filter: &RowFilter, first: u64| {
        let mut count = 0;
        let count_time = timed(|| count = workspace.count_rows(run, filter).expect("it counts"));
        let page_time = timed(|| drop(workspace.rows(run, filter, first, PAGE).expect("it lists")));
        told(&format!("{what}, count ({count})"), count_time);
        told(&format!("{what}, page"), page_time);
    };
    list("all rows", &RowFilter::default(), 0);
    list("all rows, in the middle", &RowFilter::default(), rows / 2);
    let of = |outcome| RowFilter { outcomes: vec![outcome], ..RowFilter::default() };
    list("created", &of(Outcome::Created), 0);
    list("failed", &of(Outcome::Failed), 0);
    for code in ["FIELD_CUSTOM_VALIDATION_EXCEPTION", "STRING_TOO_LONG", "no_such_code"] {
        list(code, &RowFilter { code: Some(code.to_owned()), ..of(Outcome::Failed) }, 0);
    }
    told("failures by cause", timed(|| drop(workspace.failures(run).expect("it groups"))));
    // Anew each time: a workspace counts again only what has changed.
    told(
        "error queue by cause",
        timed(|| {
            let workspace = Workspace::open(OpenOptions::default()).expect("it was made");
            drop(workspace.queue(Some(run)).expect("it groups"));
        }),
    );
    let search = |what: &str, search: &Search, filter: &RowFilter, limit: usize| {
        let mut found = 0;
        let time = timed(|| {
            found = 0;
            let (nobody, from) = (Cancel::new(), SearchPlace::default());
            workspace.search_rows(run, filter, search, from, limit, &nobody, &mut |_| found += 1).expect("it reads");
        });
        told(&format!("{what} ({found})"), time);
    };
    let all = RowFilter::default();
    let (key, text) = (|begin: &str| Search::Key(begin.to_owned()), |text: &str| Search::Text(text.to_owned()));
    search("key C00001, page", &key("C00001"), &all, PAGE);
    search("key C0000001, to the end", &key("C0000001"), &all, PAGE);
    search("no such key, to the end", &key("X"), &all, PAGE);
    search("text \"north main\", page", &text("north main"), &all, PAGE);
    search("no such text, to the end", &text("north pole"), &all, PAGE);
    let long = RowFilter { code: Some("STRING_TOO_LONG".to_owned()), ..RowFilter::default() };
    search("text \"north main\" of one code, page", &text("north main"), &long, PAGE);
    told("error queue, page", timed(|| drop(workspace.queue_rows(run, &Selected::All, 0, PAGE).expect("it lists"))));
    for card in workspace.queue(Some(run)).expect("it groups") {
        let marks = timed(|| drop(workspace.queue_marks(run, &card.selected(), PAGE).expect("it lists")));
        told(&format!("error queue, places of all pages of {}", card.cause.code), marks);
        let page = timed(|| drop(workspace.queue_rows(run, &card.selected(), 0, PAGE).expect("it lists")));
        told(&format!("error queue, page of {}", card.cause.code), page);
    }
}

fn timed(mut work: impl FnMut()) -> Duration {
    let once = |_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    };
    median((0..TURNS).map(once).collect())
}

fn told(what: &str, time: Duration) {
    println!("  {what:<60} {:>8.1} ms", time.as_secs_f64() * 1e3);
}
