//! Properties: what is printed parses to the same tree; nothing panics; numbers agree with a slow reference.

use super::cases::Record;
use super::lexer::Operator;
use super::syntax::{Call, Expr, ExprKind};
use super::*;
use jiff::tz::TimeZone;
use proptest::prelude::*;

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: 0..0 }
}

fn trees() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        "(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?".prop_map(|digits| expr(ExprKind::Number(digits))),
        "[a-z \"'\\\\é😀]{0,6}".prop_map(|text| expr(ExprKind::Text(text))),
        any::<bool>().prop_map(|truth| expr(ExprKind::Boolean(truth))),
        Just(expr(ExprKind::Null)),
        "[A-Za-z$][A-Za-z0-9_.]{0,6}|[A-Z][a-z] [a-zö]{1,3}|NOT".prop_filter_map("a word of the language", |name| {
            let word = ["TRUE", "FALSE", "NULL"].iter().any(|word| word.eq_ignore_ascii_case(&name));
            (!word).then(|| expr(ExprKind::Name(name)))
        }),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let operator = |operators: &'static [Operator]| prop::sample::select(operators);
        let chain = |operators: &'static [Operator]| {
            let rest = prop::collection::vec((operator(operators), inner.clone()), 1..4);
            (inner.clone(), rest).prop_map(|(first, rest)| expr(ExprKind::Chain(Box::new(first), rest)))
        };
        prop_oneof![
            chain(&[Operator::Or]),
            chain(&[Operator::And]),
            chain(&[Operator::Equal, Operator::NotEqual]),
            chain(&[Operator::Less, Operator::LessEqual, Operator::Greater, Operator::GreaterEqual]),
            chain(&[Operator::Plus, Operator::Minus, Operator::Concat]),
            chain(&[Operator::Power]),
            chain(&[Operator::Times, Operator::Divide]),
            (operator(&[Operator::Minus, Operator::Plus, Operator::Not]), inner.clone())
                .prop_map(|(operator, inner)| expr(ExprKind::Unary(operator, Box::new(inner)))),
            inner.clone().prop_map(|inner| expr(ExprKind::Group(Box::new(inner)))),
            ("[A-Z]{2,5}", prop::collection::vec(inner.clone(), 0..4)).prop_filter_map(
                "NOT is an operator",
                |(name, arguments)| {
                    (name != "NOT").then(|| expr(ExprKind::Call(Call { name, name_span: 0..0, arguments })))
                }
            ),
        ]
    })
}

/// The tree without places and parentheses, in words.
fn shape(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Group(inner) => shape(inner),
        ExprKind::Unary(operator, inner) => format!("({operator:?} {})", shape(inner)),
        ExprKind::Chain(first, rest) => {
            let rest: Vec<_> =
                rest.iter().map(|(operator, operand)| format!("{operator:?} {}", shape(operand))).collect();
            format!("({} {})", shape(first), rest.join(" "))
        }
        ExprKind::Call(call) => {
            let arguments: Vec<_> = call.arguments.iter().map(shape).collect();
            format!("{}[{}]", call.name, arguments.join("; "))
        }
        leaf => format!("{leaf:?}"),
    }
}

/// Words that formulas are made of, and some that they are not.
fn words() -> impl Strategy<Value = String> {
    const WORDS: [&str; 64] = [
        "Name",
        "Amount",
        "Closed",
        "Created",
        "Active",
        "Status",
        "Regions",
        "At",
        "Place",
        "(",
        ")",
        ",",
        "+",
        "-",
        "*",
        "/",
        "^",
        "&",
        "=",
        "<>",
        "<",
        ">",
        "&&",
        "||",
        "!",
        "1",
        "0",
        "0.5",
        "12345678901234567890",
        "\"a\"",
        "\"\"",
        "'é😀'",
        "TRUE",
        "NULL",
        "IF(",
        "CASE(",
        "LEFT(",
        "MID(",
        "FIND(",
        "TEXT(",
        "VALUE(",
        "ROUND(",
        "MOD(",
        "DATE(",
        "DATEVALUE(",
        "ADDMONTHS(",
        "MAX(",
        "ISBLANK(",
        "BLANKVALUE(",
        "SUBSTITUTE(",
        "LPAD(",
        "REGEX(",
        "SPLIT(",
        "JSONPATH(",
        "NOT(",
        "ISCHANGED(",
        "PRIORVALUE(",
        "TRIM(",
        "UPPER(",
        "SQRT(",
        "1000000",
        "{!Name}",
        "\\",
        "\"[a-z]+\"",
    ];
    prop::collection::vec(prop::sample::select(&WORDS[..]), 0..30).prop_map(|words| words.join(" "))
}

fn row() -> Record {
    Record::from_json(&serde_json::json!({
        "Name": "Ännchen 😀 Müller", "Amount": {"type": "number", "value": "-1234.5678"},
        "Closed": {"type": "date", "value": "2024-02-29"}, "Created": {"type": "datetime", "value": "9999-12-30T21:59:59Z"},
        "Active": true, "Status": {"type": "picklist", "value": "Open"}, "Regions": {"type": "multipicklist", "value": "A;B"},
        "At": {"type": "time", "value": "23:59:59.999"}, "Place": {"type": "location", "value": {"latitude": 1, "longitude": 2}},
    }))
    .expect("a row")
}

fn run(text: &str, blanks: Blanks) {
    let record = row();
    let scope = Scope { fields: record.fields(), blanks, zone: TimeZone::UTC, tables: &NoTables, previous: true };
    match Formula::compile(text, &scope) {
        Ok(formula) => {
            let (moment, scratch) = (Moment { now: jiff::Timestamp::UNIX_EPOCH }, Scratch::new());
            let _any = formula.eval(&record, &moment, &scratch);
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                assert!(text.get(problem.span.clone()).is_some(), "{problem:?} is no place in {text}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn printed_trees_parse_to_themselves(tree in trees()) {
        let printed = tree.to_string();
        let parsed = parser::parse(&printed);
        prop_assert!(parsed.is_ok(), "{printed}: {parsed:?}");
        let parsed = parsed.expect("it was looked at");
        prop_assert_eq!(shape(&parsed), shape(&tree), "{}", &printed);
        prop_assert_eq!(parsed.to_string(), printed);
    }

    #[test]
    fn no_text_breaks_anything(text in ".{0,60}") {
        run(&text, Blanks::Zero);
        editor::tokens(&text);
        for cursor in 0..=text.len() {
            editor::signature_at(&text, cursor);
        }
    }

    #[test]
    fn no_words_break_anything(text in words(), blank in any::<bool>()) {
        run(&text, if blank { Blanks::Blank } else { Blanks::Zero });
    }
}
