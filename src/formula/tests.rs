//! What the language promises, beyond the cases of the suite.

use super::cases::Record;
use super::*;
use crate::formula::functions::SAMPLE;
use jiff::tz::TimeZone;
use std::sync::Arc;

fn tables() -> Vec<Arc<Table>> {
    let columns = vec!["Name".to_owned(), "Code".to_owned()];
    let rows = [["Germany", "DE"], ["France", "FR"]].map(|row| row.map(str::to_owned).to_vec());
    vec![Arc::new(Table::new("Countries", columns, rows, false))]
}

/// The row that examples are about.
fn sample() -> Record {
    let fields = SAMPLE.map(|(name, kind, value)| {
        let word = match kind {
            Type::Number => "number",
            Type::Boolean => "boolean",
            Type::Date => "date",
            Type::DateTime => "datetime",
            Type::Picklist => "picklist",
            Type::MultiPicklist => "multipicklist",
            _ => "text",
        };
        (name.to_owned(), serde_json::json!({ "type": word, "value": value }))
    });
    Record::from_json(&serde_json::Value::Object(fields.into_iter().collect())).expect("the sample is a row")
}

/// The result as text, or the codes of what is wrong.
fn tried(text: &str) -> Result<String, String> {
    let (record, tables) = (sample(), tables());
    let scope =
        Scope { fields: record.fields(), blanks: Blanks::Zero, zone: TimeZone::UTC, tables: &tables, previous: true };
    let codes =
        |problems: Vec<Problem>| problems.iter().map(|problem| problem.kind.code()).collect::<Vec<_>>().join(" ");
    let formula = Formula::compile(text, &scope).map_err(codes)?;
    let moment = Moment { now: "2024-03-15T10:30:00Z".parse().expect("a constant") };
    let scratch = Scratch::new();
    formula
        .eval(&record, &moment, &scratch)
        .map(|value| value.to_string())
        .map_err(|error| error.kind.code().to_owned())
}

fn problems(text: &str) -> Vec<Problem> {
    let (record, tables) = (sample(), tables());
    let scope =
        Scope { fields: record.fields(), blanks: Blanks::Zero, zone: TimeZone::UTC, tables: &tables, previous: false };
    Formula::compile(text, &scope).map_or_else(|problems| problems, |formula| formula.warnings().to_vec())
}

#[test]
fn every_example_is_true() {
    for function in functions::all() {
        for (formula, result) in function.examples {
            assert_eq!(tried(formula).as_deref(), Ok(*result), "{}: {formula}", function.name);
        }
        let named: Vec<_> = functions::all().filter(|other| other.name == function.name).collect();
        assert_eq!(named.len(), 1, "{} stands once in the table", function.name);
        assert!(function.help.ends_with('.'), "{} has a sentence", function.name);
    }
}

#[test]
fn every_function_has_an_example() {
    let without: Vec<_> = functions::all()
        .filter(|function| !function.refused() && function.examples.is_empty())
        .map(|function| function.name)
        .collect();
    assert_eq!(without, ["TODAY", "NOW", "TIMENOW"]);
}

#[test]
fn mistakes_have_a_place_and_a_way_out() {
    for (text, kind, at, hint) in [
        ("Amuont + 1", "unknown_field", "Amuont", "Did you mean Amount?"),
        ("TODAY", "unknown_field", "TODAY", "TODAY is a function: write TODAY()."),
        ("LFT(Name, 1)", "unknown_function", "LFT", "Did you mean LEFT?"),
        ("POWER(2, 3)", "unknown_function", "POWER", "Write base ^ exponent."),
        ("\"a\" & Amount", "arg_type", "Amount", "Wrap it in TEXT()."),
        ("Status = \"Open\"", "arg_type", "\"Open\"", "Use ISPICKVAL(field, \"value\"), CASE or TEXT(field)."),
        ("LEN(Amount)", "arg_type", "Amount", "Wrap it in TEXT()."),
        ("LEFT(Name)", "arg_count", "LEFT", "Write LEFT(text, count)."),
        (
            "Created = Closed",
            "arg_type",
            "Closed",
            "Wrap the date and time in DATEVALUE(), or the date in DATETIMEVALUE().",
        ),
        ("IF(Amount, 1, 2)", "arg_type", "Amount", "Compare it: number <> 0."),
        (
            "VLOOKUP(Name, Name, 1)",
            "unsupported_offline",
            "VLOOKUP",
            "It searches records of the org. Use LOOKUP(table, key, column) or MAPVALUE(table, value), or a lookup rule of the mapping.",
        ),
        ("MAPVALUE(\"Contries\", Name)", "unknown_table", "\"Contries\"", "Did you mean \"Countries\"?"),
        ("LOOKUP(\"Countries\", Name, \"Cod\")", "unknown_table", "\"Cod\"", "Did you mean \"Code\"?"),
        (
            "PARSEDATE(Name, \"dd.QQ\")",
            "bad_literal_arg",
            "\"dd.QQ\"",
            "Write a format such as dd.MM.yyyy or yyyy-MM-dd HH:mm:ss.",
        ),
        ("Amount; 1", "syntax", ";", "Write , instead of ;."),
        ("IF(Active, 1", "syntax", "", "It would close the one at line 1, column 3."),
        (
            "$Organization.Name",
            "unsupported_offline",
            "$Organization.Name",
            "Put the value in as a constant, or add it to the source.",
        ),
        ("ISNEW()", "unsupported_offline", "ISNEW()", "Use a source that offers changes, such as a change feed."),
        ("2 * 2 ^ 3", "doubtful", "2 * 2", "Put parentheses around what belongs together."),
        ("Closed = NULL", "doubtful", "Closed = NULL", "Use ISBLANK(value)."),
        ("ISBLANK(Amount)", "doubtful", "Amount", "Compare with 0, or treat blank fields as blanks."),
        ("CONTAINS(\"AK:CA\", Name)", "doubtful", "Name", "Test it beforehand: AND(NOT(ISBLANK(x)), CONTAINS(…, x))."),
    ] {
        let told = problems(text);
        let told: Vec<_> = told
            .iter()
            .map(|problem| (problem.kind.code(), &text[problem.span.clone()], problem.hint.as_deref().unwrap_or("")))
            .collect();
        assert_eq!(told, [(kind, at, hint)], "{text}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    assert_eq!(
        tried("IF(Amuont > 1, LEN(Amount), FOO(Bar))"),
        Err("unknown_field arg_type unknown_function unknown_field".into())
    );
    assert_eq!(tried("“a” & 5%"), Err("syntax syntax syntax".into()));
}

#[test]
fn any_column_may_stand_in_braces() {
    let record =
        Record::from_json(&serde_json::json!({ "Unit Price": 2, "Größe (cm)": "180", "a.b-c": "x", "Null": 1 }))
            .unwrap();
    let scope = Scope {
        fields: record.fields(),
        blanks: Blanks::Zero,
        zone: TimeZone::UTC,
        tables: &NoTables,
        previous: false,
    };
    let text = "TEXT({!Unit Price} * 3) & { ! } ";
    assert!(Formula::compile(text, &scope).is_err());
    let formula = Formula::compile("TEXT({!Unit Price} * {!null}) & {! größe (CM) } & {!a.b-c}", &scope).unwrap();
    let (moment, scratch) = (Moment { now: jiff::Timestamp::UNIX_EPOCH }, Scratch::new());
    assert_eq!(formula.eval(&record, &moment, &scratch).unwrap(), Value::Text("2180x"));
    assert_eq!(formula.slots(), [0, 1, 2, 3]);
}

#[test]
fn constants_are_folded_and_fail_late() {
    let scope = Scope {
        fields: &FieldList::default(),
        blanks: Blanks::Zero,
        zone: TimeZone::UTC,
        tables: &NoTables,
        previous: false,
    };
    assert!(Formula::compile("UPPER(\"a\" & TEXT(1 + 2 * PI()))", &scope).unwrap().is_constant());
    assert!(!Formula::compile("TODAY() - 1", &scope).unwrap().is_constant());
    let formula = Formula::compile("1 / 0", &scope).unwrap();
    let (moment, scratch) = (Moment { now: jiff::Timestamp::UNIX_EPOCH }, Scratch::new());
    let row: Vec<Value<'_>> = Vec::new();
    assert_eq!(formula.eval(&row, &moment, &scratch).unwrap_err().message, "1 is divided by zero");
}

#[test]
fn depth_and_length_are_bounded() {
    let nested = |open: &str, close: &str, count: usize| format!("{}1{}", open.repeat(count), close.repeat(count));
    for text in [
        nested("(", ")", 100_000),
        nested("ABS(", ")", 20_000),
        nested("-", "", 90_000),
        nested("IF(TRUE,", ",2)", 10_000),
        nested("1+(", ")", 149),
        nested("1*", "", 40_000),
        format!("\"\"{}", "&\"a\"".repeat(20_000)),
        format!("1{}", "=1".repeat(40_000)),
        format!("TODAY(){}", "+1".repeat(40_000)),
        format!("TRUE{}", "&&TRUE".repeat(10_000)),
    ] {
        // Whatever comes out, nothing breaks.
        let _any = tried(&text);
    }
    assert_eq!(tried(&nested("(", ")", 400)), Err("too_large".into()));
    assert_eq!(tried(&nested("(", ")", 140)), Ok("1".into()));
    let sum = format!("Amount{}", " + Amount".repeat(300));
    assert_eq!(tried(&sum), Ok("376400.5".into()));
}

#[test]
fn the_suite_passes() {
    let cases = include_str!("../../tests/fixtures/formula/cases.jsonl");
    let mut failed = Vec::new();
    for line in cases.lines() {
        let case = cases::Case::parse(line).unwrap();
        if let Err(told) = case.run() {
            failed.push(format!("{}: {} → {told}", case.id, case.formula));
        }
    }
    assert_eq!(failed, Vec::<String>::new());
}
