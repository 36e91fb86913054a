//! The disk is full, wherever the program writes: the run says so, stops, and goes on once there is room again.
//!
//! A shell sets how large a file may grow (`ulimit -f`); a write beyond it fails as one on a full disk does.
#![cfg(unix)]

use crate::harness::{BINARY, Bench, Done, program};
use crate::kill::setting;
use crate::model::{Load, Trial, refuse_some};
use std::process::Command;

/// Runs the program where no file may be larger than so many KiB.
fn cramped(bench: &Bench, kib: u64, arguments: &[&str]) -> Done {
    let mut command = Command::new("sh");
    let plain = program(bench.home.path());
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?)))).env_remove("LINKSPAN_WORKSPACE");
    command.current_dir(bench.home.path());
    // Blocks of 512 bytes; the signal would end the program, the error tells it.
    command.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", kib * 2));
    command.arg(BINARY).args(arguments).arg("--json");
    Done::from(command.output().unwrap())
}

fn is_clear(done: &Done, what: &str) {
    assert_eq!(done.code, 2, "{what}: {done:?}");
    let told = done.json();
    let words = format!("{} {}", told["error"], told["hint"]).to_lowercase();
    assert!(words.contains("disk") || words.contains("space"), "{what}: {done:?}");
    assert!(!done.stderr.contains("panicked"), "{what}: {done:?}");
}

/// At every size at which the workspace or its log can run out of room.
#[test]
fn a_full_disk_stops_a_run_and_room_lets_it_go_on() {
    for (load, api) in
        [(Load::Insert, "rest"), (Load::Upsert, "rest"), (Load::InsertUnique, "bulk"), (Load::Update, "bulk")]
    {
        let bench = Bench::empty();
        refuse_some(&bench);
        let mut stopped = Vec::new();
        let mut number = 0;
        let steps = setting("LINKSPAN_DISK_STEPS", 10);
        for step in 0..steps {
            number += 1;
            let options = r#"{"rows_per_call": 50, "parallel": 2, "retry": {"first_ms": 1}}"#;
            let trial = Trial::new(&bench, load, api, &format!("D{number}"), 400, options);
            // The log begins anew with each process, and grows by what the run writes.
            let kib = 4 + step * 300 / steps;
            let done = cramped(&bench, kib, &trial.arguments());
            let what = format!("{} with {kib} KiB", trial.what());
            if matches!(done.code, 0 | 1) {
                trial.holds(&bench, &done, &what);
                continue;
            }
            is_clear(&done, &what);
            stopped.push(kib);
            // Still no room: it says so again and spoils nothing.
            let seen = trial.seen(&bench);
            if let Some(run) = &seen {
                assert_eq!(run["state"], "incomplete", "{what}: {run}");
                let again = cramped(&bench, 4, &["continue", &run["run"].to_string()]);
                is_clear(&again, &what);
            }
            let done = trial.finish(&bench);
            trial.holds(&bench, &done, &what);
        }
        assert!(stopped.len() > 2, "{load:?} by {api}: it was stopped only at {stopped:?} KiB");
    }
}

/// The result file finds no room: the load itself is done, and its results can be written elsewhere.
#[test]
fn a_result_file_without_room_changes_nothing_about_the_run() {
    let bench = Bench::empty();
    let rows: String = (0..2_000).map(|row| format!("K{row:05},Company {row}\n")).collect();
    let file = bench.file("companies.csv", format!("ERP_Id__c,Name\n{rows}"));
    let done = bench.import(&file, "Account", "upsert", &["--external-id", "ERP_Id__c"]);
    assert_eq!(done.code, 0, "{done:?}");
    for name in ["results.csv", "results.xlsx"] {
        let out = bench.home.path().join(name);
        let arguments = ["export-results", "1", "--rows", "success", "--output", out.to_str().unwrap()];
        let full = cramped(&bench, 16, &arguments);
        is_clear(&full, name);
        assert!(!out.exists(), "half a result file is left behind: {name}");
        assert_eq!(bench.run(&arguments).code, 0, "{name}");
        assert!(out.exists(), "{name}");
    }
    assert_eq!(bench.run(&["runs"]).json()["runs"][0]["created"], 2_000);
}
