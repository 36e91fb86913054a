//! Conflicts are listed, decided, taken back, and decided in a spreadsheet: by the real binary, on conflicts as a sync finds them.

use crate::found;
use crate::harness::{Done, program};
use linkspan::record::Kind;
use linkspan::store::{ConflictId, NewConflict, Store};
use linkspan::sync::{End, MatterKind};
use serde_json::{Value, json};
use std::path::PathBuf;
use tempfile::TempDir;

/// A workspace with conflicts in it.
struct Desk {
    home: TempDir,
    ids: Vec<ConflictId>,
}

const DAY: i64 = 86_400_000;

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

impl Desk {
    fn with(conflicts: &[NewConflict]) -> Desk {
        let home = TempDir::new().unwrap();
        let mut desk = Desk { home, ids: Vec::new() };
        assert_eq!(desk.run(&["integrations"]).code, 0);
        let store = desk.store();
        let integration = found::integration(&store, "Customers both ways");
        desk.ids = found::find(&store, integration, now() - 3 * DAY, conflicts);
        desk
    }

    /// One of each kind, and two that are alike.
    fn mixed() -> Desk {
        Desk::with(&[
            found::formatting(1, "Alfreds"),
            found::formatting(2, "Berglunds"),
            two_fields(3, "Chop-suey"),
            found::deleted(4, "Drachenblut", End::Right),
            found::ambiguous(5, "Ernst Handel"),
        ])
    }

    fn store(&self) -> Store {
        let data = self.home.path().join("data/linkspan");
        found::store(&data.join("My project.linkspan"), &data)
    }

    fn run(&self, arguments: &[&str]) -> Done {
        Done::from(program(self.home.path()).args(arguments).arg("--json").output().unwrap())
    }

    fn conflicts(&self, arguments: &[&str]) -> Done {
        self.run(&[&["conflicts"], arguments].concat())
    }

    fn id(&self, at: usize) -> String {
        self.ids[at].0.to_string()
    }

    fn show(&self, at: usize) -> Value {
        let done = self.conflicts(&["show", &self.id(at)]);
        assert_eq!(done.code, 0, "{done:?}");
        done.json()
    }

    fn state(&self, at: usize) -> String {
        self.show(at)["state"].as_str().unwrap().to_owned()
    }

    fn count(&self, filter: &[&str]) -> u64 {
        self.conflicts(&[&["list"], filter].concat()).count("count")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }
}

fn two_fields(pair: i64, name: &str) -> NewConflict {
    let phone = found::line("Phone", Kind::Phone, "030-1", "030-22", "030-333");
    let about = found::line("Description", Kind::LongText, "old", "=2+3 from the \"ERP\"\nsecond line", "from the org");
    found::changed(pair, name, vec![phone, about])
}

#[test]
fn conflicts_are_listed_narrowed_and_shown_by_the_names_of_the_ends() {
    let desk = Desk::mixed();
    let listed = desk.conflicts(&["list"]);
    assert_eq!((listed.code, listed.count("count"), listed.json()["counts"]["open"].as_u64()), (0, 5, Some(5)));
    assert!(listed.stdout.contains("Mere formatting") && listed.stdout.contains("Several match"), "{listed:?}");
    for (filter, fitting) in [
        (&["--kind", "formatting"][..], 2),
        (&["--kind", "deleted"], 1),
        (&["--field", "Phone"], 3),
        (&["--object", "account"], 5),
        (&["--integration", "Customers both ways"], 5),
        (&["--search", "FROM THE ORG"], 1),
        (&["--older-than", "2d"], 5),
        (&["--older-than", "1w"], 0),
        (&["--state", "decided"], 0),
        (&["--assignee", "nobody"], 5),
    ] {
        assert_eq!(desk.count(filter), fitting, "{filter:?}");
    }
    assert_eq!(desk.conflicts(&["list", "--limit", "2"]).json()["conflicts"].as_array().unwrap().len(), 2);

    let shown = desk.conflicts(&["show", &desk.id(2)]);
    let header = "FIELD        LAST AGREED  Salesforce    Northwind ERP";
    assert!(shown.stdout.contains(header), "the org stands before the other end: {shown:?}");
    let told = shown.stdout.to_lowercase();
    for side in ["left", "right", "ours", "theirs"] {
        assert!(
            !told.lines().rev().skip(1).any(|line| line.contains(side)),
            "{side} says nothing to anybody: {shown:?}"
        );
    }
    let json = shown.json();
    assert_eq!(json["fields_in_dispute"][0]["values"], json!({"Salesforce": "030-333", "Northwind ERP": "030-22"}));
    assert_eq!(
        (&json["ends"][0]["end"], &json["ends"][0]["changed_by"]),
        (&json!("Salesforce"), &json!("Bob Builder"))
    );
    assert!(json["ends"][1]["file"].as_str().unwrap().ends_with("northwind.csv"), "{json}");
    assert!(json["otherwise"].as_str().unwrap().contains("Until you decide"), "{json}");
    let unknown = desk.conflicts(&["show", "999"]);
    assert_eq!((unknown.code, unknown.stderr.contains("there is no conflict 999")), (2, true), "{unknown:?}");
    assert_eq!(desk.conflicts(&["list", "--older-than", "2 moons"]).code, 2);
}

#[test]
fn a_conflict_is_decided_in_every_way_and_taken_back() {
    let desk = Desk::mixed();
    let resolve = |at: usize, how: &[&str]| desk.conflicts(&[&["resolve", &desk.id(at)], how].concat());
    let done = resolve(0, &["--keep", "northwind erp"]);
    assert_eq!((done.code, done.count("decided"), desk.state(0)), (0, 1, "decided".to_owned()), "{done:?}");
    assert_eq!(desk.show(0)["decision"], json!({"fields": {"Phone": {"keep": "Northwind ERP"}}}));

    let wrong = resolve(1, &["--keep", "SAP"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.stderr.contains("no end called SAP"), "{wrong:?}");
    assert!(
        wrong.stderr.contains("Salesforce, Northwind ERP, last-agreed"),
        "a wrong name is told the right ones: {wrong:?}"
    );

    let half = resolve(2, &["--value", "phone=030-9"]);
    assert_eq!((half.code, half.count("stay"), desk.state(2)), (1, 1, "open".to_owned()), "{half:?}");
    assert!(half.stderr.contains("Description is not decided yet"), "{half:?}");
    assert_eq!(resolve(2, &["--value", "phone=030-9", "--value", "Description=new = newer"]).code, 0);
    let fields = desk.show(2)["decision"]["fields"].clone();
    assert_eq!(fields, json!({"Phone": {"value": "030-9"}, "Description": {"value": "new = newer"}}));
    assert_eq!(resolve(2, &["--rule", "longest"]).code, 0);
    assert_eq!(desk.show(2)["decision"]["fields"]["Phone"], json!({"keep": "Salesforce"}));

    assert_eq!(resolve(3, &["--keep", "last-agreed"]).code, 1, "a deletion is no matter of values");
    assert_eq!(resolve(3, &["--restore"]).code, 0);
    assert_eq!(desk.show(3)["decision"], json!("restore"));

    let pair = resolve(4, &["--pair", "C5B=001000000000005AAA"]);
    assert_eq!((pair.code, desk.state(4)), (0, "decided".to_owned()), "{pair:?}");
    let expected = json!({"pairs": [{"Salesforce": "001000000000005AAA", "Northwind ERP": "C5B"}]});
    assert_eq!(desk.show(4)["decision"], expected);
    let wrong = resolve(4, &["--pair", "C5B=C5A"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("does not name a record of each end"), "{wrong:?}");

    assert_eq!(desk.conflicts(&["undo"]).count("conflicts"), 1);
    assert_eq!(desk.state(4), "open");
    let again = desk.conflicts(&["undo", "--again"]);
    assert_eq!((again.count("conflicts"), desk.state(4)), (1, "decided".to_owned()), "{again:?}");
    assert_eq!(resolve(1, &["--ignore"]).code, 0);
    assert_eq!(desk.state(1), "ignored");
}

#[test]
fn many_are_decided_at_once_after_a_look_and_one_undo_takes_all_back() {
    let desk = Desk::mixed();
    let all = ["resolve", "--all", "--keep", "Salesforce"];
    let looked = desk.conflicts(&[&all[..], &["--preview"]].concat());
    assert_eq!((looked.code, looked.count("decided"), looked.count("stay")), (1, 4, 1), "{looked:?}");
    assert!(looked.stderr.contains("1 stay: that does not answer this conflict: Several match"), "{looked:?}");
    assert_eq!(desk.count(&[]), 5, "it was only looked at");
    let phones = desk.conflicts(&[&all[..], &["--kind", "formatting"]].concat());
    assert_eq!((phones.code, phones.count("decided")), (0, 2), "{phones:?}");
    assert_eq!((desk.count(&[]), desk.count(&["--state", "decided"])), (3, 2));
    let back = desk.conflicts(&["undo"]);
    assert_eq!((back.count("conflicts"), back.json()["what"].as_str()), (2, Some("Kept Salesforce")), "{back:?}");
    assert_eq!(desk.count(&[]), 5);
    let none = desk.conflicts(&[&all[..], &["--object", "Contact"]].concat());
    assert_eq!((none.code, none.count("decided")), (0, 0), "{none:?}");
    assert_eq!(desk.conflicts(&["undo"]).code, 2, "nothing is left to be taken back");
}

#[test]
fn conflicts_are_given_to_people_and_talked_about() {
    let desk = Desk::mixed();
    let given = desk.conflicts(&["assign", "--all", "--kind", "formatting", "--to", "Ann"]);
    assert_eq!((given.code, given.count("assigned")), (0, 2), "{given:?}");
    assert_eq!((desk.count(&["--assignee", "ann"]), desk.count(&["--assignee", "nobody"])), (2, 3));
    assert_eq!(desk.conflicts(&["assign", &desk.id(0), "--nobody"]).code, 0);
    assert_eq!(desk.count(&["--assignee", "ann"]), 1);
    assert_eq!(desk.conflicts(&["comment", &desk.id(0), "asked the sales team"]).code, 0);
    let history = desk.show(0)["history"].clone();
    let what: Vec<_> = history.as_array().unwrap().iter().map(|event| event["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["found", "assigned", "assigned", "commented"]);
    assert_eq!(history[3]["note"], "asked the sales team");
}

#[test]
fn a_spreadsheet_comes_back_as_one_deed_and_says_which_lines_it_cannot_take() {
    let desk = Desk::mixed();
    let file = desk.file("conflicts.csv");
    let out = desk.conflicts(&["export", file.to_str().unwrap()]);
    assert_eq!((out.code, out.count("conflicts")), (0, 5), "{out:?}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("Conflict,Record,Field,Last agreed,Salesforce,Northwind ERP,Decision,Value\n"), "{text}");
    let decide = |text: &str, begins: &str, decision: &str| {
        let line =
            text.split('\n').find(|line| line.starts_with(begins)).unwrap_or_else(|| panic!("{begins} in {text}"));
        let decided = format!("{}{decision}", line.trim_end_matches(','));
        text.replacen(line, &decided, 1)
    };
    let (one, two, three, four, five) = (desk.id(0), desk.id(1), desk.id(2), desk.id(3), desk.id(4));
    let text = decide(&text, &format!("{one},"), ",keep salesforce,");
    let text = decide(&text, &format!("{two},"), ",keep SAP,");
    let text = decide(&text, &format!("{three},Chop-suey,Phone"), ",value,030-99");
    let text = text.replace(
        "from the org,\"=2+3 from the \"\"ERP\"\"\nsecond line\",,",
        "from the org,\"=2+3 from the \"\"ERP\"\"\nsecond line\",Keep Northwind ERP,",
    );
    let text = decide(&text, &format!("{four},"), ",make again,");
    let text = decide(&text, &format!("{five},"), ",pair 001000000000005AAA=C5A,");
    std::fs::write(&file, &text).unwrap();

    let looked = desk.conflicts(&["import", file.to_str().unwrap(), "--preview"]);
    assert_eq!((looked.count("decided"), desk.count(&[])), (4, 5), "{looked:?}");
    let taken = desk.conflicts(&["import", file.to_str().unwrap()]);
    assert_eq!((taken.code, taken.count("decided"), taken.count("refused_lines")), (1, 4, 1), "{taken:?}");
    assert_eq!(taken.json()["refused"][0]["line"], 3);
    assert!(
        taken.stderr.contains("line 3: there is no end called \"SAP\": the ends are Salesforce and Northwind ERP"),
        "{taken:?}"
    );
    let fields = desk.show(2)["decision"]["fields"].clone();
    assert_eq!(fields, json!({"Phone": {"value": "030-99"}, "Description": {"keep": "Northwind ERP"}}));
    let back = desk.conflicts(&["undo"]);
    assert_eq!((back.count("conflicts"), desk.count(&[])), (4, 5), "one undo takes all of them back: {back:?}");

    // What an end changed since is not decided by what stood there before.
    let store = desk.store();
    let integration =
        store.integrations().unwrap().into_iter().find(|it| it.integration.name.contains("both ways")).unwrap().id;
    let mut moved = found::formatting(1, "Alfreds");
    moved.matter.lines[0].right.text = "030-00001-5".to_owned();
    moved.matter.kind = MatterKind::Fields;
    found::find(&store, integration, now(), &[moved]);
    let taken = desk.conflicts(&["import", file.to_str().unwrap()]);
    assert!(taken.stderr.contains("line 2: Phone has been changed since it was exported"), "{taken:?}");
    assert_eq!((taken.count("decided"), desk.state(0)), (3, "open".to_owned()), "{taken:?}");

    // In a workbook every cell is text, so that nothing is taken for a formula.
    let book = desk.file("conflicts.xlsx");
    let out = desk.conflicts(&["export", book.to_str().unwrap(), "--state", "decided"]);
    assert_eq!(out.count("conflicts"), 3, "{out:?}");
    let again = desk.conflicts(&["import", book.to_str().unwrap()]);
    assert_eq!((again.code, again.count("decided")), (0, 3), "what was decided is in the file: {again:?}");
    let strange = desk.file("strange.csv");
    std::fs::write(&strange, "a,b\n1,2\n").unwrap();
    let refused = desk.conflicts(&["import", strange.to_str().unwrap()]);
    assert!(refused.code == 2 && refused.stderr.contains("has no column Conflict"), "{refused:?}");
}
