//! Any text over one odd row: a value or an error, and the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use linkspan::formula::cases::Record;
use linkspan::formula::{Blanks, Formula, Moment, NoTables, Scope, Scratch};

fuzz_target!(|text: &str| {
    let record = Record::from_json(&serde_json::json!({
        "Name": "Ännchen 😀 \"Müller\", 12.5", "Amount": {"type": "number", "value": "-1234.5678"},
        "Closed": {"type": "date", "value": "2024-02-29"}, "Created": {"type": "datetime", "value": "9999-12-30T21:59:59.999Z"},
        "Active": true, "Status": {"type": "picklist", "value": null}, "Regions": {"type": "multipicklist", "value": "A;B"},
        "At": {"type": "time", "value": "23:59:59.999"}, "Place": {"type": "location", "value": {"latitude": 1, "longitude": 2}},
        "Gone": {"type": "number", "value": null},
    }))
    .expect("a row");
    let moment = Moment { now: jiff::Timestamp::UNIX_EPOCH };
    let mut scratch = Scratch::new();
    for blanks in [Blanks::Zero, Blanks::Blank] {
        let scope =
            Scope { fields: record.fields(), blanks, zone: jiff::tz::TimeZone::UTC, tables: &NoTables, previous: true };
        let Ok(formula) = Formula::compile(text, &scope) else { return };
        let first = formula.eval(&record, &moment, &scratch).map(|value| value.to_string());
        scratch.clear();
        let second = formula.eval(&record, &moment, &scratch).map(|value| value.to_string());
        assert_eq!(first, second);
    }
});
