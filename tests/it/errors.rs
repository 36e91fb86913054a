//! What did not get through is corrected, and goes through.

use crate::harness::{Bench, Done};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// An org whose accounts have a list that takes only what is listed.
fn bench_with_a_list() -> Bench {
    let bench = Bench::empty();
    bench.org.add_schema(&json!({"objects": [{"name": "Account", "fields": [
        {"name": "Zone__c", "label": "Zone", "type": "Picklist", "values": ["North", "South"], "restricted": true}]}]}));
    bench
}

/// A row of `errors`, by code.
fn group(errors: &Done, code: &str) -> Value {
    let groups = errors.json()["groups"].as_array().unwrap().clone();
    groups.into_iter().find(|group| group["code"] == code).unwrap_or_else(|| panic!("no group {code}: {errors:?}"))
}

fn run_of(done: &Done) -> String {
    done.count("run").to_string()
}

/// Imports accounts from a file with the columns Key, Name, Zone.
fn import_accounts(bench: &Bench, rows: &str) -> Done {
    let file = bench.file("accounts.csv", format!("Key,Name,Zone\n{rows}"));
    let mapping = bench.file(
        "mapping.json",
        r#"[{"target":"ERP_Id__c","column":"Key"},{"target":"Name","column":"Name"},{"target":"Zone__c","column":"Zone"}]"#,
    );
    let more = ["--external-id", "ERP_Id__c", "--mapping", mapping.to_str().unwrap(), "--keep", "Accounts"];
    bench.import(&file, "Account", "upsert", &more)
}

#[test]
fn two_hundred_failures_are_repaired_by_one_rule_and_retried_to_none() {
    let bench = bench_with_a_list();
    let mut rows = String::new();
    for row in 1..=300 {
        let zone = if row % 3 == 0 { "South" } else { "nrth" };
        writeln!(rows, "K{row},Company {row},{zone}").unwrap();
    }
    let done = import_accounts(&bench, &rows);
    assert_eq!((done.code, done.accounted().count("not_sent"), done.count("created")), (1, 200, 100), "{done:?}");
    let run = run_of(&done);
    let errors = bench.run(&["errors"]);
    assert_eq!((errors.count("rows"), errors.count("gave_up")), (200, 0), "{errors:?}");
    let listed = group(&errors, "not_in_picklist");
    assert_eq!((&listed["rows"], &listed["fields"], &listed["run"]), (&json!(200), &json!(["Zone__c"]), &json!(1)));

    let rule = ["edit-errors", &run, "--column", "zone", "--map", "Nrth=North"];
    let dry = bench.run(&[&rule[..], &["--dry-run"]].concat());
    assert_eq!((dry.count("changed"), dry.count("rows")), (200, 200), "{dry:?}");
    let edited = bench.run(&rule);
    assert_eq!((edited.code, edited.count("changed")), (0, 200), "{edited:?}");
    assert!(edited.stderr.contains("changed 200 of 200 rows"), "{edited:?}");

    let again = bench.run(&["retry", &run]);
    assert_eq!((again.code, again.accounted().count("created")), (0, 200), "{again:?}");
    assert_eq!(bench.records("Account WHERE Zone__c = 'North'"), 200);
    let errors = bench.run(&["errors"]);
    assert_eq!(errors.count("rows"), 0, "{errors:?}");

    // Each row knows where it came from and where it went; what was read stays what it was.
    let taken = bench.results(done.count("run"), &["--outcome", "not_sent"]);
    assert_eq!((&taken[0]["row"], &taken[0]["taken_up_by"]), (&json!(1), &json!({"run": 2, "row": 1})));
    assert_eq!((&taken[199]["row"], &taken[199]["taken_up_by"]), (&json!(299), &json!({"run": 2, "row": 200})));
    let came = bench.results(again.count("run"), &[]);
    assert_eq!((&came[199]["from"], &came[199]["tries"]), (&json!({"run": 1, "row": 299}), &json!(2)));
    assert_eq!(came[199]["line"], taken[199]["line"], "the line of the source");
    let stays = bench.home.path().join("stays.csv");
    bench.run(&["export-results", &run, "--rows", "error", "--output", stays.to_str().unwrap()]);
    assert!(std::fs::read_to_string(stays).unwrap().contains("K1,Company 1,nrth,"));

    // No row is sent twice: nothing of the first run is left to be retried.
    let third = bench.run(&["retry", &run]);
    assert_eq!(third.code, 2, "{third:?}");
    assert!(third.stderr.contains("were taken up by run 2"), "{third:?}");
}

#[test]
fn a_rule_is_taken_back_and_made_again_and_rows_are_left_as_they_are() {
    let bench = bench_with_a_list();
    let done = import_accounts(&bench, "K1,One,x\nK2,Two,y\nK3,Three,y\nK4,Four,South\n");
    let run = run_of(&done);
    let zones = || {
        let file = bench.home.path().join("zones.csv");
        // A retry that is refused reads the queue as it is; the dry run shows what cells hold.
        let dry = bench.run(&["edit-errors", &run, "--column", "Zone", "--set", "?", "--dry-run"]);
        assert!(!file.exists());
        let mut before: Vec<String> = dry
            .stdout
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok()?["before"].as_str().map(str::to_owned))
            .collect();
        before.sort();
        before.join(" ")
    };
    assert_eq!(zones(), "x y");
    assert_eq!(bench.run(&["edit-errors", &run, "--column", "Zone", "--map", "y=North"]).count("changed"), 2);
    assert_eq!(
        bench.run(&["edit-errors", &run, "--column", "Zone", "--case", "upper", "--rows", "1"]).count("changed"),
        1
    );
    assert_eq!(zones(), "North X");
    for (step, after) in [("--undo", "North x"), ("--undo", "x y"), ("--redo", "North x")] {
        assert_eq!(bench.run(&["edit-errors", &run, step]).code, 0);
        assert_eq!(zones(), after, "{step}");
    }
    let unknown = bench.run(&["edit-errors", &run, "--column", "Zonee", "--trim"]);
    assert_eq!((unknown.code, unknown.stderr.contains("Did you mean Zone?")), (2, true), "{unknown:?}");
    let left = bench.run(&["edit-errors", &run, "--rows", "1", "--leave", "closed long ago"]);
    assert_eq!(left.count("left"), 1, "{left:?}");
    assert_eq!(bench.run(&["errors", &run]).count("rows"), 2);
    let activity = bench.run(&["activity"]);
    assert!(activity.stdout.contains("1 rows of run 1 left as they are: closed long ago"), "{activity:?}");
    let again = bench.run(&["retry", &run]);
    assert_eq!((again.code, again.accounted().count("created")), (0, 2), "{again:?}");
    assert_eq!(bench.run(&["errors"]).count("rows"), 0);
}

#[test]
fn after_five_tries_a_row_is_retried_only_by_hand() {
    let bench = bench_with_a_list();
    let done = import_accounts(&bench, "K1,One,x\nK2,Two,North\n");
    let mut run = run_of(&done);
    for tries in 2..=5 {
        let again = bench.run(&["retry", &run]);
        assert_eq!((again.code, again.accounted().count("not_sent")), (1, 1), "{again:?}");
        run = run_of(&again);
        assert_eq!(bench.results(again.count("run"), &[])[0]["tries"], tries);
    }
    let errors = bench.run(&["errors"]);
    assert_eq!((errors.count("rows"), errors.count("gave_up")), (1, 1), "{errors:?}");
    assert!(errors.stdout.contains("gave up after 5 tries"), "{errors:?}");
    let refused = bench.run(&["retry", &run]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("tried too often"), "{refused:?}");
    assert_eq!(
        bench.run(&["edit-errors", &run, "--column", "Zone", "--set", "South", "--rows", "1"]).count("changed"),
        1
    );
    let by_hand = bench.run(&["retry", &run, "--rows", "1"]);
    assert_eq!((by_hand.code, by_hand.accounted().count("created")), (0, 1), "{by_hand:?}");
    let written = bench.home.path().join("tries.csv");
    bench.run(&["export-results", &run, "--rows", "error", "--output", written.to_str().unwrap()]);
    assert!(std::fs::read_to_string(written).unwrap().lines().nth(1).unwrap().ends_with(",2,5"));
}

/// Accounts and their contacts.
fn family(bench: &Bench) -> Done {
    bench.file("accounts.csv", "Key,Name,Zone\nA,Acme,North\nB,Bolt,nrth\nC,Cog,south pole\n");
    bench.file("people.csv", "Key,Last,Of\n1,Ada,A\n2,Bob,b\n3,Cid,C\n4,Dot,B\n5,Eve,\n");
    let step = |file: &str, object: &str, mapping: Value| {
        json!({"source": {"path": bench.home.path().join(file), "csv": {}}, "org": "p", "object": object, "operation": "upsert",
            "find": {"external_id": "ERP_Id__c"}, "mapping": mapping})
    };
    let accounts = json!([{"target": "ERP_Id__c", "column": "Key"}, {"target": "Name", "column": "Name"},
        {"target": "Zone__c", "column": "Zone"}]);
    let people = json!([{"target": "ERP_Id__c", "column": "Key"}, {"target": "LastName", "column": "Last"},
        {"target": "Account.ERP_Id__c", "column": "Of"}]);
    let form = json!({"linkspan": 1, "name": "Family", "steps": [
        step("accounts.csv", "Account", accounts), step("people.csv", "Contact", people)]});
    let file = bench.file("family.json", form.to_string());
    let stored = bench.run(&["import-integration", file.to_str().unwrap()]);
    assert_eq!(stored.code, 0, "{stored:?}");
    bench.run(&["run", "Family"])
}

#[test]
fn children_wait_for_their_parent_and_go_on_with_it() {
    let bench = bench_with_a_list();
    let done = family(&bench);
    assert_eq!((done.code, done.accounted().count("not_sent"), done.count("created")), (1, 5, 3), "{done:?}");
    let run = run_of(&done);
    let errors = bench.run(&["errors", &run]);
    assert_eq!((errors.count("rows"), errors.count("waiting_for_parent")), (5, 3), "{errors:?}");
    let waiting: Vec<_> = bench
        .results(done.count("run"), &["--outcome", "not_sent"])
        .into_iter()
        .filter(|row| row["code"] == "waiting_for_parent")
        .map(|row| (row["row"].as_u64().unwrap(), row["message"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(waiting[0], (2, "waits for its Account: line 3 of accounts.csv did not get through".to_owned()));
    assert_eq!(waiting.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [2, 3, 4]);

    // A child alone is held again, and that is no try.
    let alone = bench.run(&["retry", &run, "--rows", "3", "--step", "2"]);
    assert_eq!((alone.code, alone.accounted().count("not_sent"), alone.count("rows")), (1, 1, 1), "{alone:?}");
    let held = &bench.results(alone.count("run"), &[])[0];
    assert_eq!((&held["code"], &held["tries"]), (&json!("waiting_for_parent"), &json!(1)), "{held}");
    assert!(
        held["message"].as_str().unwrap().ends_with("line 4 of accounts.csv did not get through in run 1"),
        "{held}"
    );

    // One parent is corrected and retried: its children come along, and nobody else.
    assert_eq!(bench.run(&["edit-errors", &run, "--column", "Zone", "--map", "nrth=North"]).count("changed"), 1);
    let again = bench.run(&["retry", &run, "--rows", "2", "--step", "1"]);
    assert_eq!((again.code, again.accounted().count("created"), again.count("rows")), (0, 3, 3), "{again:?}");
    let people = "SELECT LastName, Account.Name FROM Contact ORDER BY ERP_Id__c";
    assert_eq!(bench.query(people), ["Ada,Acme", "Bob,Bolt", "Dot,Bolt", "Eve,"]);

    // The other one, whose child was held by a later run: it comes along from there.
    let set = ["edit-errors", &run, "--column", "Zone", "--set", "South", "--rows", "3", "--step", "1"];
    assert_eq!(bench.run(&set).count("changed"), 1);
    let last = bench.run(&["retry", &run]);
    assert_eq!((last.code, last.accounted().count("created"), last.count("rows")), (0, 2, 2), "{last:?}");
    assert_eq!(bench.query(people), ["Ada,Acme", "Bob,Bolt", "Cid,Cog", "Dot,Bolt", "Eve,"]);
    assert_eq!(bench.run(&["errors"]).count("rows"), 0);
}

#[test]
fn a_corrected_file_comes_back() {
    let bench = bench_with_a_list();
    let done = import_accounts(&bench, "K1,One,x\nK2,Two,South\nK3,Three,y\nK4,Four,z\n");
    let run = run_of(&done);
    let path = bench.home.path().join("errors.csv");
    bench.run(&["export-results", &run, "--rows", "error", "--output", path.to_str().unwrap()]);
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().next(), Some("Key,Name,Zone,sf__Error,sf__Row,sf__Tries"));
    // Somebody corrects two rows, drops one, sorts them and adds a column and a row that was never refused.
    let mut lines: Vec<String> = text.lines().map(|line| format!("{line},mine")).collect();
    lines[1] = lines[1].replace("One,x", "One and only,North");
    lines[2] = lines[2].replace(",y,", ",South,");
    lines.remove(3);
    lines.swap(1, 2);
    lines.push("K2,Two,North,none,3,1,mine".to_owned());
    let corrected = bench.file("corrected.csv", lines.join("\n"));
    let again = bench.run(&["retry", &run, "--from", corrected.to_str().unwrap()]);
    assert_eq!((again.code, again.accounted().count("created"), again.count("rows")), (0, 2, 2), "{again:?}");
    assert!(again.stderr.contains("2 rows found, 2 corrected"), "{again:?}");
    assert!(again.stderr.contains("1 rows of the file are not in the error queue"), "{again:?}");
    assert_eq!(
        bench.query("SELECT Name, Zone__c FROM Account ORDER BY ERP_Id__c"),
        ["One and only,North", "Two,South", "Three,South"]
    );
    assert_eq!(bench.run(&["errors"]).count("rows"), 1);
    let other = bench.file("other.csv", "Key,Name,Zone\nK4,Four,North\n");
    let refused = bench.run(&["retry", &run, "--from", other.to_str().unwrap()]);
    assert_eq!((refused.code, refused.stderr.contains("sf__Row")), (2, true), "{refused:?}");
}

#[test]
fn a_duplicate_updates_the_record_that_is_there_or_is_saved_all_the_same() {
    for api in ["rest", "bulk"] {
        let bench = Bench::empty();
        let first = bench.file("first.csv", "ERP_Id__c,Name,Phone\nK1,One,1\nK2,Two,2\n");
        assert_eq!(bench.import(&first, "Account", "insert", &[]).count("created"), 2);
        let second = bench.file("second.csv", "ERP_Id__c,Name,Phone\nK1,Uno,11\nK2,Due,22\nK3,Tre,33\n");
        let done = bench.import(&second, "Account", "insert", &["--api", api, "--keep", "Again"]);
        assert_eq!((done.code, done.accounted().count("failed")), (1, 2), "{done:?}");
        let run = run_of(&done);
        let errors = bench.run(&["errors", &run]);
        assert_eq!(group(&errors, "DUPLICATE_VALUE")["rows"], 2, "{errors:?}");
        let update = bench.run(&["retry", &run, "--code", "DUPLICATE_VALUE", "--update-existing", "named"]);
        assert_eq!((update.code, update.accounted().count("updated")), (0, 2), "{update:?}");
        let rows = bench.query("SELECT ERP_Id__c, Name, Phone FROM Account ORDER BY ERP_Id__c");
        assert_eq!(rows, ["K1,Uno,11", "K2,Due,22", "K3,Tre,33"]);
        assert_eq!(bench.run(&["errors"]).count("rows"), 0);
    }
}

#[test]
fn what_a_duplicate_rule_stops_is_saved_or_becomes_an_update() {
    let bench = Bench::empty();
    bench.org.set_rule(
        &json!({"kind": "duplicate", "object": "Lead", "name": "Standard_Lead_Duplicate_Rule", "active": true,
        "fields": ["Name", "Email"], "action": "allow", "message": "Use one of these records?"}),
    );
    let lead = |name: &str, rows: &str| bench.file(name, format!("LastName,FirstName,Company,Email,Title\n{rows}"));
    let first = lead("first.csv", "Ada,Anna,Acme,ada@example.com,\nBob,Ben,Bolt,bob@example.com,\n");
    assert_eq!(bench.import(&first, "Lead", "insert", &[]).count("created"), 2);
    let rows = "Ada,Anna,Acme,ada@example.com,Boss\nBob,Ben,Bolt,bob@example.com,Chief\n";
    let done = bench.import(&lead("second.csv", rows), "Lead", "insert", &["--keep", "Leads"]);
    assert_eq!(done.accounted().count("failed"), 2, "{done:?}");
    assert_eq!(group(&bench.run(&["errors"]), "DUPLICATES_DETECTED")["rows"], 2);
    let run = run_of(&done);
    let saved = bench.run(&["retry", &run, "--rows", "1", "--save-duplicates"]);
    assert_eq!((saved.code, saved.accounted().count("created")), (0, 1), "{saved:?}");
    let bob = bench.query("SELECT Id FROM Lead WHERE LastName = 'Bob'")[0].clone();
    let updated = bench.run(&["retry", &run, "--rows", "2", "--update-existing", &bob]);
    assert_eq!((updated.code, updated.accounted().count("updated")), (0, 1), "{updated:?}");
    assert_eq!(bench.query("SELECT Title FROM Lead WHERE LastName = 'Bob'"), ["Chief"]);
    assert_eq!(bench.records("Lead"), 3);
}

#[test]
fn what_time_heals_is_retried_by_itself_when_it_is_due() {
    let bench = bench_with_a_list();
    bench.file("accounts.csv", "Key,Name\nA,Acme\nB,Bolt\n");
    let form = |minutes: u64| {
        json!({"linkspan": 1, "name": format!("Every {minutes}"), "steps": [
            {"source": {"path": bench.home.path().join("accounts.csv"), "csv": {}}, "org": "p", "object": "Account",
             "operation": "upsert", "find": {"external_id": "ERP_Id__c"},
             "mapping": [{"target": "ERP_Id__c", "column": "Key"}, {"target": "Name", "column": "Name"}],
             "options": {"again": {"tries": 5, "when": {"every": {"minutes": minutes}}}, "retry": {"attempts": 1}}}]})
    };
    for minutes in [0, 60] {
        let file = bench.file("form.json", form(minutes).to_string());
        assert_eq!(bench.run(&["import-integration", file.to_str().unwrap()]).code, 0);
    }
    bench.org.fault(&json!({"lock_rows": {"share": 1.0}}));
    for name in ["Every 0", "Every 60"] {
        let done = bench.run(&["run", name]);
        assert_eq!((done.code, done.accounted().count("failed")), (1, 2), "{done:?}");
    }
    bench.org.clear_faults();
    let due = bench.run(&["retry", "--due"]);
    let runs = due.json()["runs"].as_array().unwrap().clone();
    assert_eq!(
        (due.code, runs.len(), &runs[0]["retry_of"], &runs[0]["created"]),
        (0, 1, &json!(1), &json!(2)),
        "{due:?}"
    );
    assert_eq!(bench.run(&["retry", "--due"]).json()["runs"], json!([]));
    assert_eq!(bench.run(&["errors"]).count("rows"), 2);
}
