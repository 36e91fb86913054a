//! What a run costs: the real binary inserts through Bulk API 2.0 into a target that only swallows bytes, and answers every row as
//! created; beside a plain copy of the same file, and `curl` with the same bytes and the same target, in the same run.
//!
//! `cargo bench --bench run [-- ROWS]` takes 500,000 rows unless told otherwise; `-- memory [ROWS …]` gives the most memory and the
//! cost a row of several sizes; `-- grid [ROWS]` says how fast the lists of a large run answer. With `--features store-cost` it also
//! says which share of the cost writing the workspace file has. Linux only: costs are read from `/proc`. An import ends with code 1 when rows failed, and with 0 when none did.
#![expect(clippy::print_stdout, reason = "a benchmark's output is its purpose")]

mod common;
#[path = "run/cost.rs"]
mod cost;
#[path = "run/grid.rs"]
mod grid;
#[path = "run/target.rs"]
mod target;

use common::{COLUMNS, FORMULAS, copy, generate, mapping, median};
use cost::{Cost, cpu_of, measured};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use target::{Manner, Swallower};

const TURNS: usize = 3;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let numbers: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    match words.first().map(String::as_str) {
        Some("target") => target::serve(Manner::from_word(&words[1]).expect("a manner")),
        Some("grid") => grid::measure(numbers.first().copied().unwrap_or(1_000_000)),
        Some("look") => grid::look(),
        Some("memory") if !numbers.is_empty() => memory(&numbers),
        Some("memory") => memory(&[10_000, 100_000, 1_000_000, 10_000_000]),
        _ => speed(numbers.first().copied().unwrap_or(500_000)),
    }
}

/// A folder with the file and the mapping.
struct Stand {
    folder: tempfile::TempDir,
    file: PathBuf,
    rows: usize,
}

impl Stand {
    fn with(rows: usize) -> Stand {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("customers.csv");
        generate(&file, rows);
        let rules = serde_json::to_string(&mapping(&FORMULAS)).expect("a mapping is JSON");
        std::fs::write(folder.path().join("mapping.json"), rules).expect("the folder is ours");
        Stand { folder, file, rows }
    }

    fn bytes(&self) -> u64 {
        std::fs::metadata(&self.file).expect("just written").len()
    }

    /// One import into an empty workspace.
    fn import(&self, target: &Swallower) -> Run {
        let home = tempfile::tempdir_in(self.folder.path()).expect("the folder is ours");
        self.import_into(home.path(), target, "created")
    }

    /// One import into the workspace of a home folder; all rows must come to that.
    fn import_into(&self, home: &Path, target: &Swallower, what: &str) -> Run {
        let mut add = program(home);
        add.args(["org", "add", "bench", "--url", &target.url, "--token-env", "TOKEN"]).env("TOKEN", "00DBN!token");
        measured(&mut add, home);
        let store = home.join("store.cost");
        let mut import = program(home);
        import.arg("import").arg(&self.file).args(["--org", "bench", "--object", "Account", "--operation", "insert"]);
        import.args(["--api", "bulk", "--mapping"]).arg(self.folder.path().join("mapping.json")).arg("--json");
        let cost = measured(import.env("LINKSPAN_STORE_COST", &store), home);
        let last = cost.said.lines().last().unwrap_or_default();
        let end: serde_json::Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("no JSON: {}", cost.said));
        assert_eq!(end[what].as_u64(), Some(self.rows as u64), "{end}");
        let written = std::fs::read_to_string(&store).unwrap_or_default();
        let store = written.lines().filter_map(|nanos| nanos.parse().ok()).map(Duration::from_nanos).sum();
        Run { cost, store, bytes: size_of(&home.join("data")) }
    }
}

/// An import, the processor time of it that writing the store took where that is measured, and the size of its workspace.
struct Run {
    cost: Cost,
    store: Duration,
    bytes: u64,
}

/// The binary, with an empty home and a vault that needs no keychain.
fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linkspan"));
    at_home(&mut command, home);
    command
}

/// Bytes of all files in a folder and below.
fn size_of(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(
            |entry| {
                if entry.path().is_dir() {
                    size_of(&entry.path())
                } else {
                    entry.metadata().map_or(0, |file| file.len())
                }
            },
        )
        .sum()
}

fn at_home(command: &mut Command, home: &Path) {
    command
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("LINKSPAN_VAULT", "file")
        .env_remove("LINKSPAN_WORKSPACE")
        .current_dir(home);
}

/// Upload and download of the file by `curl`.
fn curl(stand: &Stand, target: &Swallower) -> Duration {
    let job = format!("{}/services/data/v67.0/jobs/ingest/750CURL", target.url);
    let folder = stand.folder.path();
    let mut up = Command::new("curl");
    up.args(["-sS", "-H", "Expect:", "-T"]).arg(&stand.file).arg(format!("{job}/batches"));
    let mut down = Command::new("curl");
    down.args(["-sS", "-o", "/dev/null", &format!("{job}/successfulResults")]);
    measured(&mut up, folder).wall + measured(&mut down, folder).wall
}

/// The figures of one size.
fn speed(rows: usize) {
    let stand = Stand::with(rows);
    println!(
        "{rows} rows x {} columns, {:.1} MB, 12 rules, 5 of them formulas",
        COLUMNS.len(),
        stand.bytes() as f64 / 1e6
    );
    for (manner, how) in [(Manner::Unique, "paired by a unique field"), (Manner::Plain, "paired by content")] {
        let target = Swallower::start(manner);
        let (mut copies, mut curls, mut runs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..TURNS {
            copies.push(cpu_of(|| copy(&stand.file, rows, std::io::sink())));
            curls.push(curl(&stand, &target));
            runs.push(stand.import(&target));
        }
        println!("results {how}, medians of {TURNS} turns:");
        report(rows, median(copies), median(curls), &runs);
    }
}

fn report(rows: usize, copied: Duration, curled: Duration, runs: &[Run]) {
    let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
    let of = |what: fn(&Run) -> Duration| median(runs.iter().map(what).collect());
    let (cpu, wall, store) = (of(|run| run.cost.cpu), of(|run| run.cost.wall), of(|run| run.store));
    let peak = runs.iter().map(|run| run.cost.peak).max().unwrap_or_default();
    let allowed = curled + copied * 8;
    println!("  csv read, write           {} processor", seconds(copied));
    println!("  curl up and down          {}", seconds(curled));
    println!(
        "  processor                 {}, {:.1} times the copy (at most 10, aim 6)",
        seconds(cpu),
        cpu.as_secs_f64() / copied.as_secs_f64()
    );
    println!(
        "  wall                      {}, {:.2} times curl + 8 copies = {} (at most 1)",
        seconds(wall),
        wall.as_secs_f64() / allowed.as_secs_f64(),
        seconds(allowed)
    );
    println!("  rows a second             {:.0}", rows as f64 / wall.as_secs_f64());
    println!("  most memory               {:.0} MB", peak as f64 / 1e6);
    if cfg!(feature = "store-cost") {
        println!(
            "  processor, writing store  {}, {:.0} % of all (at most 25 %)",
            seconds(store),
            100.0 * store.as_secs_f64() / cpu.as_secs_f64()
        );
    }
    println!("  workspace file            {:.1} bytes a row", runs[0].bytes as f64 / rows as f64);
}

/// Most memory and cost a row at several sizes.
fn memory(sizes: &[usize]) {
    let target = Swallower::start(Manner::Unique);
    println!("{:>12} {:>12} {:>16} {:>16}", "rows", "memory, MB", "processor, µs/row", "wall, µs/row");
    for rows in sizes {
        let stand = Stand::with(*rows);
        let Run { cost, .. } = stand.import(&target);
        let each = |time: Duration| time.as_secs_f64() * 1e6 / *rows as f64;
        println!("{rows:>12} {:>12.1} {:>16.2} {:>16.2}", cost.peak as f64 / 1e6, each(cost.cpu), each(cost.wall));
    }
}
