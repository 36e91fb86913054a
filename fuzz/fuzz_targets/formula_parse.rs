//! Any text: compiled, printed and compiled again, shown in an editor.
#![no_main]

use libfuzzer_sys::fuzz_target;
use linkspan::formula::{Blanks, FieldList, Formula, NoTables, Scope, Type, editor, formatted};

fuzz_target!(|text: &str| {
    let fields = FieldList(vec![
        ("Name".into(), Type::Text),
        ("Amount".into(), Type::Number),
        ("Closed".into(), Type::Date),
        ("Active".into(), Type::Boolean),
        ("Status".into(), Type::Picklist),
        ("Unit Price".into(), Type::Number),
    ]);
    let scope = Scope {
        fields: &fields,
        blanks: Blanks::Zero,
        zone: jiff::tz::TimeZone::UTC,
        tables: &NoTables,
        previous: false,
    };
    match Formula::compile(text, &scope) {
        Ok(formula) => {
            let printed = formatted(text).expect("it compiled");
            let again = Formula::compile(&printed, &scope).expect("it was printed");
            assert_eq!((again.result(), again.slots()), (formula.result(), formula.slots()), "{printed}");
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                assert!(text.get(problem.span.clone()).is_some(), "{problem:?}");
                problem.shown(text);
            }
        }
    }
    let mut end = 0;
    for (span, _) in editor::tokens(text) {
        assert!(end <= span.start && text.get(span.clone()).is_some());
        end = span.end;
    }
    for cursor in [0, text.len() / 2, text.len()] {
        let completions = editor::complete(text, cursor, &scope);
        assert!(text.get(completions.replace).is_some());
        editor::signature_at(text, cursor);
    }
});
