//! A text file as a target: every row one true outcome, nothing twice, and not a byte changed that nobody asked to change.

use super::*;
use crate::cancel::Cancel;
use crate::connect::file::{FileFormat, FileSettings, open as open_file};
use crate::connect::{Action, Api, EncodedRows, Keys, RowOutcome, Sent, Target, Ticket};
use crate::mapping::{CLEAR_MARK, ColumnFormat, DateOrder, Formats};
use crate::record::{Kind, RowNumber};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A body that is at hand as a whole.
struct Body(Vec<u8>, bool);

impl EncodedRows for Body {
    fn next(&mut self) -> Result<Option<Vec<u8>>, ConnectError> {
        Ok((!std::mem::replace(&mut self.1, true)).then(|| self.0.clone()))
    }

    fn rewind(&mut self) {
        self.1 = false;
    }
}

/// A file of its own, and rows on their way into it.
struct Scene {
    folder: tempfile::TempDir,
    path: PathBuf,
    csv: CsvSettings,
    formats: Formats,
    columns: BTreeMap<String, ColumnFormat>,
}

type Rows<'a> = &'a [&'a [&'a str]];

impl Scene {
    fn new(bytes: impl AsRef<[u8]>, csv: CsvSettings) -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kunden.csv");
        fs::write(&path, bytes).unwrap();
        Scene { folder, path, csv, formats: Formats::default(), columns: BTreeMap::new() }
    }

    /// One with commas in UTF-8.
    fn plain(text: &str) -> Scene {
        Scene::new(text, CsvSettings::default())
    }

    fn file(&self) -> FileSettings {
        FileSettings {
            path: self.path.clone(),
            format: FileFormat::Csv(self.csv.clone()),
            formats: self.formats,
            columns: self.columns.clone(),
        }
    }

    fn target(&self, action: Action) -> CsvTarget {
        CsvTarget::new(CsvSpec { file: self.file(), csv: self.csv.clone(), key: "Id".to_owned(), action })
    }

    /// Delivers rows, whose first line names their columns.
    fn write(&self, action: Action, rows: Rows<'_>) -> Vec<String> {
        self.write_with(&self.target(action), rows)
    }

    fn write_with(&self, target: &CsvTarget, rows: Rows<'_>) -> Vec<String> {
        let ticket = target.stage(&mut body(rows), &Cancel::new()).unwrap();
        commit(target, &ticket, rows).unwrap()
    }

    /// What becomes of a delivery of which only the ticket is left, as after a crash.
    fn settle(&self, action: Action, ticket: &Ticket, rows: Rows<'_>) -> Vec<String> {
        let written = serde_json::to_string(ticket).unwrap();
        let ticket: Ticket = serde_json::from_str(&written).unwrap();
        let mut told = BTreeMap::new();
        let mut report = |row, outcome| assert!(told.insert(row, outcome).is_none());
        let sent = sent(rows);
        self.target(action).settle(&ticket, &sent, &[], &mut body(rows), &Cancel::new(), &mut report).unwrap();
        words(told, rows)
    }

    fn text(&self) -> String {
        String::from_utf8(fs::read(&self.path).unwrap()).unwrap()
    }

    fn read(&self) -> Vec<Vec<String>> {
        let mut source = open_file(&self.file()).unwrap();
        let mut rows = Vec::new();
        while let Some(batch) = source.read().unwrap() {
            for row in batch.rows() {
                assert_eq!(row.fault(), None);
                rows.push(row.cells().map(str::to_owned).collect());
            }
        }
        rows
    }

    fn find(&self, fields: &[&str], values: Rows<'_>, asked: &[&str]) -> Vec<Vec<String>> {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let keys = Keys { fields: texts(fields), values: values.iter().map(|row| texts(row)).collect() };
        let found = self.target(Action::Update).current(&keys, &texts(asked), &Cancel::new()).unwrap();
        let told = |record: crate::connect::Found| format!("{}:{}", record.id, record.values.join("|"));
        found.into_iter().map(|records| records.into_iter().map(told).collect()).collect()
    }
}

fn body(rows: Rows<'_>) -> Body {
    let mut writer = ::csv::WriterBuilder::new().from_writer(Vec::new());
    rows.iter().for_each(|row| writer.write_record(*row).unwrap());
    Body(writer.into_inner().unwrap(), false)
}

fn sent(rows: Rows<'_>) -> Sent {
    let digest = crate::connect::Digester::default().finish();
    Sent { rows: (1..rows.len() as RowNumber).map(|row| (row, digest)).collect() }
}

fn commit(target: &CsvTarget, ticket: &Ticket, rows: Rows<'_>) -> Result<Vec<String>, ConnectError> {
    let mut told = BTreeMap::new();
    let mut report = |row, outcome| assert!(told.insert(row, outcome).is_none());
    target.commit(ticket, &sent(rows), &Cancel::new(), &mut report)?;
    Ok(words(told, rows))
}

/// A word for the outcome of each row, with its id or the code of its reason.
fn words(told: BTreeMap<RowNumber, RowOutcome>, rows: Rows<'_>) -> Vec<String> {
    assert_eq!(told.len(), rows.len() - 1, "each row has one outcome");
    let word = |outcome: &RowOutcome| match outcome.rejection() {
        Some(why) => {
            assert!(why.hint.is_some(), "{why:?}");
            format!("{} {}", outcome.outcome().word(), why.code)
        }
        None => format!("{} {}", outcome.outcome().word(), outcome.id().unwrap_or_default()),
    };
    told.values().map(word).collect()
}

const SMALL: &str = "Id,Name,City\nA,Anna,Ulm\nB,Bert,Bonn\nC,Cem,Celle\n";

#[test]
fn every_row_has_one_true_outcome() {
    let scene = Scene::plain(SMALL);
    let rows: Rows<'_> = &[&["Id", "City"], &["A", "Aalen"], &["X", "?"], &["C", CLEAR_MARK], &["B", ""]];
    let outcomes = scene.write(Action::Update, rows);
    assert_eq!(outcomes, ["updated A", "failed not_found", "updated C", "updated B"]);
    assert_eq!(scene.text(), "Id,Name,City\nA,Anna,Aalen\nB,Bert,Bonn\nC,Cem,\n");

    let rows: Rows<'_> =
        &[&["Name", "Id"], &["Dora", "D"], &["Again", "A"], &["Nobody", ""], &["Twice", "D"], &["a, \"b\"", "E"]];
    let outcomes = scene.write(Action::Insert, rows);
    assert_eq!(outcomes, ["created D", "failed not_unique", "failed no_key", "failed not_unique", "created E"]);
    assert_eq!(
        scene.text(),
        "Id,Name,City\nA,Anna,Aalen\nB,Bert,Bonn\nC,Cem,\nD,Dora,\nE,\"a, \"\"b\"\"\",\n",
        "columns and rows keep their order"
    );

    let outcomes = scene.write(Action::Delete, &[&["Id"], &["B"], &["B"], &["Z"], &["E"]]);
    assert_eq!(outcomes, ["deleted B", "failed not_found", "failed not_found", "deleted E"]);
    assert_eq!(scene.text(), "Id,Name,City\nA,Anna,Aalen\nC,Cem,\nD,Dora,\n");
    assert_eq!(fs::read_dir(scene.folder.path()).unwrap().count(), 1, "nothing is left beside the file");
}

#[test]
fn two_changes_of_one_row_are_both_made() {
    let scene = Scene::plain(SMALL);
    let rows: Rows<'_> = &[&["Id", "Name", "City"], &["A", "1", ""], &["A", "", "2"]];
    assert_eq!(scene.write(Action::Update, rows), ["updated A", "updated A"]);
    assert_eq!(scene.text(), SMALL.replace("Anna,Ulm", "1,2"));
}

#[test]
fn rows_that_share_a_key_are_left_alone() {
    let scene = Scene::plain("Id,Name\nA,1\nA,2\na,3\n");
    assert_eq!(scene.write(Action::Update, &[&["Id", "Name"], &["A", "9"]]), ["failed several_found"]);
    assert_eq!(scene.write(Action::Delete, &[&["Id"], &["A"]]), ["failed several_found"]);
    assert_eq!(scene.write(Action::Update, &[&["Id", "Name"], &["a", "9"]]), ["updated a"], "case tells keys apart");
    assert_eq!(scene.text(), "Id,Name\nA,1\nA,2\na,9\n");
}

#[test]
fn what_changes_nothing_writes_nothing() {
    let scene = Scene::plain(SMALL);
    let target = scene.target(Action::Update).meanwhile(|| panic!("the file is not touched"));
    assert_eq!(scene.write_with(&target, &[&["Id", "City"], &["A", "Ulm"], &["X", "?"]])[0], "updated A");
}

/// A text in an encoding, with its mark.
fn encoded(text: &str, encoding: TextEncoding, mark: bool) -> Vec<u8> {
    let bytes = match encoding.label() {
        "UTF-16LE" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "UTF-16BE" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => encoding.encoding().encode(text).0.into_owned(),
    };
    if mark { [encoding.mark(), &bytes].concat() } else { bytes }
}

#[test]
fn a_file_is_rewritten_in_its_own_manner() {
    let untouched = "Über\nId;Name;Ort\n\n A;\"Ännchen\";x\n";
    let before = format!("{untouched}B;\"B;ö\n\"\"x\"\"\";  \n\nC;Zoë;\"y\"\n\n \n");
    let after = format!("{untouched}B;Bär;  \n\nC;Zoë;\"ß\"\nD;Käse;\"\"\n\n \n");
    for encoding in [
        TextEncoding::UTF_8,
        TextEncoding::WINDOWS_1252,
        TextEncoding::UTF_16LE,
        TextEncoding::UTF_16BE,
        TextEncoding::from_label("macintosh").unwrap(),
    ] {
        for (end, line_end) in
            [("\n", LineEnd::Any), ("\r\n", LineEnd::Any), ("\r", LineEnd::Cr), ("\r\n", LineEnd::Lf)]
        {
            for mark in [false, true] {
                let csv = CsvSettings { encoding, delimiter: ';', line_end, skip_lines: 1, ..CsvSettings::default() };
                let text = |text: &str| encoded(&text.replace('\n', end), encoding, mark);
                let scene = Scene::new(text(&before), csv);
                let rows: Rows<'_> = &[&["Id", "Name", "Ort"], &["B", "Bär", ""], &["C", "", "ß"]];
                assert_eq!(scene.write(Action::Update, rows), ["updated B", "updated C"]);
                assert_eq!(scene.write(Action::Insert, &[&["Id", "Name"], &["D", "Käse"]]), ["created D"]);
                assert_eq!(
                    fs::read(&scene.path).unwrap(),
                    text(&after),
                    "{} {end:?}: {}",
                    encoding.label(),
                    String::from_utf8_lossy(&fs::read(&scene.path).unwrap())
                );
            }
        }
    }
}

#[test]
fn the_end_of_a_file_stays_an_end() {
    let add: Rows<'_> = &[&["Id"], &["Z"]];
    for (before, after) in [
        ("Id,Name", "Id,Name\nZ,\n"),
        ("Id,Name\r\n", "Id,Name\r\nZ,\r\n"),
        ("Id,Name\r\nA,1", "Id,Name\r\nA,1\r\nZ,\r\n"),
        ("Id,Name\nA,\"1\"\n", "Id,Name\nA,\"1\"\nZ,\"\"\n"),
        ("Id,Name\nA,1\n\u{1a}", "Id,Name\nA,1\nZ,\n\u{1a}"),
    ] {
        let scene = Scene::plain(before);
        assert_eq!(scene.write(Action::Insert, add), ["created Z"], "{before:?}");
        assert_eq!(scene.text(), after);
        assert_eq!(scene.write(Action::Delete, add), ["deleted Z"]);
    }
    let scene = Scene::plain("Id,Name\nA,1\nB,2");
    assert_eq!(scene.write(Action::Update, &[&["Id", "Name"], &["B", "3"]]), ["updated B"]);
    assert_eq!(scene.text(), "Id,Name\nA,1\nB,3", "an end without a line end stays one");
    let scene = Scene::new("A;1\nB;2\n", CsvSettings { delimiter: ';', header: false, ..CsvSettings::default() });
    let target = CsvTarget::new(CsvSpec {
        file: scene.file(),
        csv: scene.csv.clone(),
        key: "Column A".to_owned(),
        action: Action::Insert,
    });
    assert_eq!(scene.write_with(&target, &[&["Column A", "Column B"], &["C", "3"]]), ["created C"]);
    assert_eq!(scene.text(), "A;1\nB;2\nC;3\n");
}

#[test]
fn what_a_file_cannot_say_fails_for_its_row_alone() {
    let western = CsvSettings { encoding: TextEncoding::WINDOWS_1252, ..CsvSettings::default() };
    let scene = Scene::new(SMALL, western);
    let rows: Rows<'_> = &[&["Id", "City"], &["A", "Łódź"], &["B", "Köln"], &["C", "a\0b"]];
    let outcomes = scene.write(Action::Update, rows);
    assert_eq!(outcomes, ["failed not_in_encoding", "updated B", "failed not_in_encoding"]);
    assert_eq!(scene.read()[0], ["A", "Anna", "Ulm"]);
    assert_eq!(scene.read()[1], ["B", "Bert", "Köln"]);

    let scene = Scene::new(SMALL, CsvSettings { quoting: false, ..CsvSettings::default() });
    let rows: Rows<'_> = &[&["Id", "City"], &["A", "a,b"], &["B", "say \"hi\""], &["C", "a\nb"]];
    assert_eq!(scene.write(Action::Update, rows), ["failed not_sayable", "updated B", "failed not_sayable"]);
    assert_eq!(scene.text(), SMALL.replace("Bonn", "say \"hi\""));

    // Shift_JIS writes a yen sign as the byte that it reads as a backslash.
    let japanese = TextEncoding::from_label("shift_jis").unwrap();
    let scene = Scene::new(SMALL, CsvSettings { encoding: japanese, ..CsvSettings::default() });
    let rows: Rows<'_> = &[&["Id", "City"], &["A", "¥"], &["B", "東京"]];
    assert_eq!(scene.write(Action::Update, rows), ["failed not_in_encoding", "updated B"]);
    assert_eq!(scene.read()[1][2], "東京");
}

#[test]
fn damaged_lines_stay_as_they_are() {
    let before = b"Id,Name\nA,1\nB,\"x\nC,1,2\nD\nE,\xff\nF,6\n";
    let scene = Scene::new(before, CsvSettings::default());
    let rows: Rows<'_> = &[&["Id", "Name"], &["B", "9"], &["C", "9"], &["D", "9"], &["E", "9"], &["F", "9"]];
    let damaged = "failed damaged";
    assert_eq!(scene.write(Action::Update, rows), [damaged, damaged, damaged, damaged, "updated F"]);
    assert_eq!(scene.write(Action::Delete, &[&["Id"], &["B"], &["A"]]), [damaged, "deleted A"]);
    assert_eq!(scene.write(Action::Insert, &[&["Id"], &["B"], &["G"]]), ["failed not_unique", "created G"]);
    assert_eq!(fs::read(&scene.path).unwrap(), b"Id,Name\nB,\"x\nC,1,2\nD\nE,\xff\nF,9\nG,\n");
}

/// A German file with numbers, dates and truths.
fn german() -> Scene {
    let text = "Id;Limit;Seit;Aktiv\nA;82.970,19;13.11.1993;Ja\nB;7;;Nein\n";
    let mut scene = Scene::new(text, CsvSettings { delimiter: ';', ..CsvSettings::default() });
    scene.formats = Formats { decimal_comma: true, dates: DateOrder::DayFirst };
    for (name, kind) in [("Limit", Kind::Number), ("Seit", Kind::Date), ("Aktiv", Kind::Boolean)] {
        scene.columns.insert(name.to_owned(), ColumnFormat { kind, formats: None });
    }
    scene
}

#[test]
fn numbers_and_dates_go_back_as_the_file_writes_them() {
    let scene = german();
    let rows: Rows<'_> = &[
        &["Id", "Limit", "Seit", "Aktiv"],
        &["A", "82970.19", "1993-11-13", "true"],
        &["B", "1.149", "2026-01-02", "true"],
    ];
    assert_eq!(scene.write(Action::Update, rows), ["updated A", "updated B"]);
    assert_eq!(scene.write(Action::Insert, &[rows[0], &["C", "-0.5", "2026-12-31", "false"]]), ["created C"]);
    assert_eq!(
        scene.text(),
        "Id;Limit;Seit;Aktiv\nA;82.970,19;13.11.1993;Ja\nB;1,149;02.01.2026;Ja\nC;-0,5;31.12.2026;Nein\n"
    );
    let found = scene.find(&["Id"], &[&["a"], &["B"], &["Z"]], &["Limit", "Seit", "Aktiv"]);
    assert_eq!(found, [vec!["A:82970.19|1993-11-13|true"], vec!["B:1.149|2026-01-02|true"], vec![]]);
}

#[test]
fn records_are_found_by_any_column_without_case() {
    let scene = Scene::plain("Id,Name,City\nA,Anna,Ulm\nB,ÄNNE,ulm\nC,anna,Ulm\n");
    assert_eq!(
        scene.find(&["Name"], &[&["änne"], &["ANNA"], &["anna"], &[""]], &["City"]),
        [vec!["B:ulm"], vec!["A:Ulm", "C:Ulm"], vec!["C:Ulm"], vec![],]
    );
    assert_eq!(scene.find(&["Name", "City"], &[&["Anna", "ULM"]], &[]), [vec!["A:", "C:"]]);
    let keys = Keys { fields: vec!["Nobody".into()], values: vec![vec!["x".into()]] };
    let error = scene.target(Action::Update).current(&keys, &[], &Cancel::new()).unwrap_err();
    assert!(error.to_string().contains("no column Nobody") && error.hint().unwrap().contains("Id, Name, City"));
}

#[test]
fn a_file_that_is_saved_meanwhile_keeps_what_was_saved() {
    let scene = Scene::plain(SMALL);
    let path = scene.path.clone();
    let mut left = 2;
    let target = scene.target(Action::Update).meanwhile(move || {
        if left > 0 {
            left -= 1;
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, format!("{text}S{left},Saved,meanwhile\n").replace("Anna", "Anne")).unwrap();
        }
    });
    assert_eq!(scene.write_with(&target, &[&["Id", "City"], &["B", "Berlin"]]), ["updated B"]);
    let saved = "S1,Saved,meanwhile\nS0,Saved,meanwhile\n";
    assert_eq!(scene.text(), SMALL.replace("Anna", "Anne").replace("Bonn", "Berlin") + saved);
}

#[test]
fn a_file_that_is_saved_again_and_again_is_busy() {
    let scene = Scene::plain(SMALL);
    let path = scene.path.clone();
    let mut times = 0;
    let target = scene.target(Action::Delete).meanwhile(move || {
        times += 1;
        fs::write(&path, format!("{SMALL}S{times},,\n")).unwrap();
    });
    let rows: Rows<'_> = &[&["Id"], &["B"]];
    let ticket = target.stage(&mut body(rows), &Cancel::new()).unwrap();
    let error = commit(&target, &ticket, rows).unwrap_err();
    assert!(matches!(&error, ConnectError::Busy { message, .. } if message.contains("again and again")), "{error:?}");
    assert_eq!(scene.text(), format!("{SMALL}S5,,\n"));
    assert_eq!(fs::read_dir(scene.folder.path()).unwrap().count(), 1);
}

#[test]
fn a_death_leaves_the_old_file_or_the_new_one() {
    let deliveries: [(Action, Rows<'_>, &str, &str); 3] = [
        (
            Action::Update,
            &[&["Id", "City"], &["B", "Berlin"]],
            "updated B",
            "Id,Name,City\nA,Anna,Ulm\nB,Bert,Berlin\nC,Cem,Celle\n",
        ),
        (
            Action::Insert,
            &[&["Id", "City"], &["D", "Dorf"]],
            "created D",
            "Id,Name,City\nA,Anna,Ulm\nB,Bert,Bonn\nC,Cem,Celle\nD,,Dorf\n",
        ),
        (Action::Delete, &[&["Id"], &["B"]], "deleted B", "Id,Name,City\nA,Anna,Ulm\nC,Cem,Celle\n"),
    ];
    for (action, rows, outcome, after) in deliveries {
        // Before the new file takes its place.
        let scene = Scene::plain(SMALL);
        let target = scene.target(action.clone()).meanwhile(|| panic!("the program dies"));
        let ticket = target.stage(&mut body(rows), &Cancel::new()).unwrap();
        assert!(catch_unwind(AssertUnwindSafe(|| commit(&target, &ticket, rows))).is_err());
        assert_eq!(scene.text(), SMALL, "the old file is whole");
        assert_eq!(scene.settle(action.clone(), &ticket, rows), [outcome]);
        assert_eq!(scene.text(), after);
        // After it, before anybody heard of it.
        assert_eq!(scene.settle(action.clone(), &ticket, rows), [outcome]);
        assert_eq!(scene.text(), after, "nothing is done twice");
    }
}

#[test]
fn what_was_there_before_a_delivery_is_not_taken_for_its_own() {
    let scene = Scene::plain(SMALL);
    let insert: Rows<'_> = &[&["Id", "City"], &["A", "Ulm"], &["D", "Dorf"]];
    let ticket = scene.target(Action::Insert).stage(&mut body(insert), &Cancel::new()).unwrap();
    assert_eq!(scene.settle(Action::Insert, &ticket, insert), ["failed not_unique", "created D"]);
    fs::write(&scene.path, scene.text().replace("Dorf", "Dom")).unwrap();
    assert_eq!(scene.settle(Action::Insert, &ticket, insert), ["failed not_unique", "unconfirmed unconfirmed"]);

    let delete: Rows<'_> = &[&["Id"], &["Z"], &["B"]];
    let ticket = scene.target(Action::Delete).stage(&mut body(delete), &Cancel::new()).unwrap();
    assert_eq!(scene.settle(Action::Delete, &ticket, delete), ["failed not_found", "deleted B"]);
}

#[test]
fn a_new_row_in_the_files_own_spelling_is_known_again() {
    let scene = german();
    let rows: Rows<'_> = &[&["Id", "Limit", "Seit", "Aktiv"], &["C", "1149.5", "2026-01-02", "true"]];
    let ticket = scene.target(Action::Insert).stage(&mut body(rows), &Cancel::new()).unwrap();
    assert_eq!(scene.settle(Action::Insert, &ticket, rows), ["created C"]);
    fs::write(&scene.path, scene.text().replace("1149,5;02.01.2026", "1.149,50;2.1.2026")).unwrap();
    assert_eq!(scene.settle(Action::Insert, &ticket, rows), ["created C"], "the values are the same");
}

#[test]
fn terms_are_those_of_a_file_that_is_rewritten_as_a_whole() {
    let scene = Scene::plain(SMALL);
    let target = scene.target(Action::Insert);
    let terms = target.terms();
    assert_eq!((terms.api, terms.in_flight, terms.rows, terms.pair_by), (Api::Direct, 1, 100_000, None));
}

#[test]
fn what_keeps_a_file_from_being_written_is_said() {
    let rows: Rows<'_> = &[&["Id", "City"], &["B", "Berlin"]];
    let refused = |scene: &Scene| {
        let target = scene.target(Action::Update);
        let ticket = target.stage(&mut body(rows), &Cancel::new());
        ticket.and_then(|ticket| commit(&target, &ticket, rows)).unwrap_err()
    };
    let scene = Scene::plain(SMALL);
    let lock = scene.folder.path().join(".~lock.kunden.csv#");
    fs::write(&lock, "").unwrap();
    let error = refused(&scene);
    assert!(matches!(&error, ConnectError::Busy { message, .. } if message.contains("LibreOffice")), "{error:?}");
    fs::remove_file(&lock).unwrap();

    let writable = fs::metadata(&scene.path).unwrap().permissions();
    let mut rights = writable.clone();
    rights.set_readonly(true);
    fs::set_permissions(&scene.path, rights).unwrap();
    let error = refused(&scene);
    assert!(error.to_string().contains("read-only") && error.hint().is_some(), "{error}");
    assert!(schema(&scene.file(), Some("Id")).is_err(), "it is told when the integration is checked");
    fs::set_permissions(&scene.path, writable).unwrap();

    let marked = [TextEncoding::UTF_8.mark(), SMALL.as_bytes()].concat();
    let western = CsvSettings { encoding: TextEncoding::WINDOWS_1252, skip_lines: 1, ..CsvSettings::default() };
    let scene = Scene::new([&marked[..3], b"\n", SMALL.as_bytes()].concat(), western);
    let error = refused(&scene);
    assert!(error.to_string().contains("the mark of UTF-8"), "{error}");

    fs::remove_file(&scene.path).unwrap();
    assert!(refused(&scene).to_string().contains("there is no file"));
    let scene = Scene::plain("Nr,City\n1,Ulm\n");
    assert!(refused(&scene).to_string().contains("no column Id"));
}

#[cfg(unix)]
#[test]
fn links_and_rights_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let mut scene = Scene::plain(SMALL);
    fs::set_permissions(&scene.path, fs::Permissions::from_mode(0o640)).unwrap();
    let real = std::mem::replace(&mut scene.path, scene.folder.path().join("link.csv"));
    symlink("kunden.csv", &scene.path).unwrap();
    assert_eq!(scene.write(Action::Delete, &[&["Id"], &["A"], &["B"]]), ["deleted A", "deleted B"]);
    assert!(fs::symlink_metadata(&scene.path).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), "Id,Name,City\nC,Cem,Celle\n");
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_mapping_sees_columns_of_text_and_a_key() {
    let scene = german();
    let schema = schema(&scene.file(), Some("id")).unwrap();
    assert_eq!((schema.name.as_str(), schema.key.as_deref()), ("kunden.csv", Some("Id")));
    assert!(schema.createable && schema.updateable && schema.deletable);
    let told: Vec<_> = schema.fields.iter().map(|field| (field.kind, field.required, field.updateable)).collect();
    assert_eq!(
        told,
        [
            (Kind::Text, true, false),
            (Kind::Number, false, true),
            (Kind::Date, false, true),
            (Kind::Boolean, false, true)
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_file_reads_as_what_was_done_to_it(
        rows in proptest::collection::vec(("[a-z;\"\r\n äß]{0,5}", "[0-9]{0,3}"), 0..6),
        changes in proptest::collection::vec((0..8_usize, "[a-z;\"\r\n ö]{1,5}"), 0..4),
        gone in proptest::collection::vec(0..8_usize, 0..3),
        end in prop_oneof!["\n", "\r\n"],
        open in any::<bool>(),
        wide in any::<bool>(),
    ) {
        let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let mut text = format!("Id;Name;Nr{end}");
        for (at, (name, number)) in rows.iter().enumerate() {
            text += &format!("K{at};{};{number}{end}", cell(name));
        }
        if open {
            text.truncate(text.len() - end.len());
        }
        let encoding = if wide { TextEncoding::UTF_16LE } else { TextEncoding::WINDOWS_1252 };
        let scene = Scene::new(
            encoded(&text, encoding, wide),
            CsvSettings { encoding, delimiter: ';', ..CsvSettings::default() },
        );
        let mut model: BTreeMap<String, [String; 2]> = BTreeMap::new();
        for (at, (name, number)) in rows.iter().enumerate() {
            model.insert(format!("K{at}"), [name.clone(), number.clone()]);
        }
        let mut order: Vec<String> = model.keys().cloned().collect();
        let keys: Vec<String> = changes.iter().map(|(at, _)| format!("K{at}")).collect();
        let mut delivery: Vec<Vec<&str>> = vec![vec!["Id", "Name"]];
        delivery.extend(keys.iter().zip(&changes).map(|(key, (_, name))| vec![key.as_str(), name.as_str()]));
        let delivery: Vec<&[&str]> = delivery.iter().map(Vec::as_slice).collect();
        scene.write(Action::Update, &delivery);
        for (key, (_, name)) in keys.iter().zip(&changes) {
            if let Some(values) = model.get_mut(key) {
                values[0].clone_from(name);
            }
        }
        scene.write(Action::Insert, &delivery);
        for (key, (_, name)) in keys.iter().zip(&changes) {
            if !model.contains_key(key) {
                model.insert(key.clone(), [name.clone(), String::new()]);
                order.push(key.clone());
            }
        }
        let gone: Vec<String> = gone.iter().map(|at| format!("K{at}")).collect();
        let mut delivery: Vec<Vec<&str>> = vec![vec!["Id"]];
        delivery.extend(gone.iter().map(|key| vec![key.as_str()]));
        let delivery: Vec<&[&str]> = delivery.iter().map(Vec::as_slice).collect();
        scene.write(Action::Delete, &delivery);
        order.retain(|key| !gone.contains(key));
        let wanted: Vec<Vec<String>> = order
            .iter()
            .map(|key| vec![key.clone(), model[key][0].clone(), model[key][1].clone()])
            .collect();
        prop_assert_eq!(scene.read(), wanted);
    }
}
