//! Every cell of the decision, one by one.

use super::*;
use crate::record::Kind;

fn line() -> Line {
    Line {
        kind: Kind::Text,
        direction: Direction::Both,
        leniency: Leniency::default(),
        strategy: Strategy::Manual,
        key: false,
    }
}

fn terms(line: Line) -> Terms {
    Terms {
        lines: vec![line],
        deleted_left: Deletes::Propagate,
        deleted_right: Deletes::Propagate,
        skew: 1_000,
        tie: None,
    }
}

fn here(value: &str, at: Option<i64>) -> State<'_> {
    State::Here(Here { values: vec![Ok(value)], changed_at: at })
}

/// No line has a formula.
fn nobody(_: usize) -> Option<String> {
    None
}

const GONE: State<'static> = State::Gone { at: None };

/// A decision over one line in a few letters: what the left end gets, what the right end gets, what is agreed, what is open.
/// `.` nothing, `=v` changed to v, `+v` created with v, `-` deleted, `#` archived.
fn told(decision: &Decision) -> String {
    let deed = |deed: &Deed| match deed {
        Deed::Nothing => ".".to_owned(),
        Deed::Create(values) => format!("+{}", values.iter().map(|(_, value)| value.as_str()).collect::<String>()),
        Deed::Change(values) => format!("={}", values.iter().map(|(_, value)| value.as_str()).collect::<String>()),
        Deed::Delete => "-".to_owned(),
        Deed::Archive => "#".to_owned(),
    };
    let agreed = decision.agreed.as_ref().map_or_else(
        || "none".to_owned(),
        |agreed| format!("[{}]", agreed.iter().flatten().cloned().collect::<String>()),
    );
    let open = match &decision.conflict {
        None => String::new(),
        Some(Conflict::Fields(fields)) => format!(" {:?}", fields[0].1),
        Some(Conflict::DeletedAndChanged(end)) => format!(" deleted {end:?}"),
    };
    format!("{} {} {agreed}{open}", deed(&decision.left), deed(&decision.right))
}

fn decided(terms: &Terms, agreed: Option<&str>, left: State<'_>, right: State<'_>) -> String {
    told(&decide(terms, &Pair { agreed: vec![agreed], left, right }, &nobody))
}

#[test]
fn a_field_of_two_records() {
    let manual = terms(line());
    let key = terms(Line { key: true, ..line() });
    let right = terms(Line { direction: Direction::ToRight, ..line() });
    let left = terms(Line { direction: Direction::ToLeft, ..line() });
    for (terms, agreed, one, other, expected) in [
        // Nothing, one end, the other, both alike, both different.
        (&manual, Some("a"), "a", "a", ". . [a]"),
        (&manual, Some("a"), "b", "a", ". =b [b]"),
        (&manual, Some("a"), "a", "b", "=b . [b]"),
        (&manual, Some("a"), "b", "b", ". . [b]"),
        (&manual, Some("a"), "b", "c", ". . [a] BothChanged"),
        // The same with blanks: emptying is an edit.
        (&manual, Some("a"), "", "a", ". = []"),
        (&manual, Some("a"), "a", "", "= . []"),
        (&manual, Some("a"), "", "", ". . []"),
        (&manual, Some("a"), "", "c", ". . [a] BothChanged"),
        (&manual, Some(""), "b", "", ". =b [b]"),
        (&manual, Some(""), "", "c", "=c . [c]"),
        (&manual, Some(""), "b", "c", ". . [] BothChanged"),
        // They meet for the first time.
        (&manual, None, "a", "a", ". . [a]"),
        (&manual, None, "a", "", ". =a [a]"),
        (&manual, None, "", "a", "=a . [a]"),
        (&manual, None, "", "", ". . []"),
        (&manual, None, "a", "b", ". . [] NeverAgreed"),
        // What tells a record apart.
        (&key, Some("a"), "a", "a", ". . [a]"),
        (&key, Some("a"), "b", "a", ". . [a] KeyChanged"),
        (&key, Some("a"), "a", "b", ". . [a] KeyChanged"),
        (&key, Some("a"), "b", "b", ". . [b]"),
        (&key, None, "a", "b", ". . [] KeyChanged"),
        // One way: the other end's edit is put back.
        (&right, Some("a"), "a", "a", ". . [a]"),
        (&right, Some("a"), "b", "a", ". =b [b]"),
        (&right, Some("a"), "a", "b", ". =a [a]"),
        (&right, Some("a"), "b", "c", ". =b [b]"),
        (&right, Some("a"), "", "a", ". = []"),
        (&right, None, "a", "b", ". =a [a]"),
        (&left, Some("a"), "b", "a", "=a . [a]"),
        (&left, Some("a"), "a", "b", "=b . [b]"),
        (&left, Some("a"), "b", "c", "=c . [c]"),
        (&left, None, "a", "b", "=b . [b]"),
        // A blank that never was anything else erases nothing.
        (&right, None, "", "b", ". . []"),
        (&right, Some(""), "", "b", ". . []"),
        (&left, Some(""), "b", "", ". . []"),
    ] {
        let got = decided(terms, agreed, here(one, None), here(other, None));
        assert_eq!(got, expected, "agreed {agreed:?}, left {one:?}, right {other:?}, {:?}", terms.lines[0]);
    }
}

#[test]
fn a_field_that_both_changed() {
    let (old, new, near) = (Some(10_000), Some(20_000), Some(20_900));
    for (strategy, tie, kind, left, right, expected) in [
        (Strategy::Manual, None, Kind::Text, ("b", new), ("c", old), ". . [a] BothChanged"),
        (Strategy::Truth(End::Left), None, Kind::Text, ("b", old), ("c", new), ". =b [b]"),
        (Strategy::Truth(End::Right), None, Kind::Text, ("b", new), ("c", old), "=c . [c]"),
        (Strategy::LastWrite, None, Kind::Text, ("b", new), ("c", old), ". =b [b]"),
        (Strategy::LastWrite, None, Kind::Text, ("b", old), ("c", new), "=c . [c]"),
        (Strategy::LastWrite, None, Kind::Text, ("b", new), ("c", near), ". . [a] TooClose"),
        (Strategy::LastWrite, None, Kind::Text, ("b", near), ("c", new), ". . [a] TooClose"),
        (Strategy::LastWrite, Some(End::Left), Kind::Text, ("b", new), ("c", near), ". =b [b]"),
        (Strategy::LastWrite, Some(End::Right), Kind::Text, ("b", near), ("c", new), "=c . [c]"),
        (Strategy::LastWrite, Some(End::Left), Kind::Text, ("b", None), ("c", new), ". . [a] TooClose"),
        (Strategy::LastWrite, Some(End::Left), Kind::Text, ("b", new), ("c", None), ". . [a] TooClose"),
        (Strategy::Longest, None, Kind::Text, ("bb", None), ("c", None), ". =bb [bb]"),
        (Strategy::Longest, None, Kind::Text, ("b", None), ("öö", None), "=öö . [öö]"),
        (Strategy::Longest, None, Kind::Text, ("b", None), ("c", None), ". . [a] BothChanged"),
        (Strategy::NonBlank, None, Kind::Text, ("b", None), ("", None), ". =b [b]"),
        (Strategy::NonBlank, None, Kind::Text, ("", None), ("c", None), "=c . [c]"),
        (Strategy::NonBlank, None, Kind::Text, ("b", None), ("c", None), ". . [a] BothChanged"),
        (Strategy::Greatest, None, Kind::Number, ("9", None), ("10", None), "=10 . [10]"),
        (Strategy::Least, None, Kind::Number, ("9", None), ("10", None), ". =9 [9]"),
        (
            Strategy::Greatest,
            None,
            Kind::Date,
            ("2026-02-01", None),
            ("2026-01-31", None),
            ". =2026-02-01 [2026-02-01]",
        ),
        (Strategy::Greatest, None, Kind::Number, ("", None), ("-5", None), "=-5 . [-5]"),
        (Strategy::Least, None, Kind::Number, ("", None), ("-5", None), ". = []"),
        (
            Strategy::Greatest,
            None,
            Kind::DateTime,
            ("2026-01-31T10:00:00Z", None),
            ("2026-01-31T10:30:00+01:00", None),
            ". =2026-01-31T10:00:00Z [2026-01-31T10:00:00Z]",
        ),
        (Strategy::Greatest, None, Kind::Number, ("many", None), ("10", None), ". . [a] BothChanged"),
        (Strategy::Greatest, None, Kind::Text, ("b", None), ("c", None), ". . [a] BothChanged"),
    ] {
        let terms = Terms { tie, ..terms(Line { kind, strategy, ..line() }) };
        let got = decided(&terms, Some("a"), here(left.0, left.1), here(right.0, right.1));
        assert_eq!(got, expected, "{strategy:?} with {left:?} and {right:?}, tie {tie:?}");
        // Where only one end changed, no strategy is asked.
        assert_eq!(decided(&terms, Some(left.0), here(left.0, left.1), here("z", right.1)), "=z . [z]");
    }
}

#[test]
fn a_formula_is_asked_only_about_what_both_changed() {
    let terms = terms(Line { strategy: Strategy::Formula, ..line() });
    let with = |left: &'static str, right: &'static str, result: Option<&str>| {
        let pair = Pair { agreed: vec![Some("a")], left: here(left, None), right: here(right, None) };
        let asked = std::cell::Cell::new(false);
        let decision = decide(&terms, &pair, &|_| {
            asked.set(true);
            result.map(str::to_owned)
        });
        (told(&decision), asked.get())
    };
    assert_eq!(with("b", "c", Some("bc")), ("=bc =bc [bc]".to_owned(), true));
    assert_eq!(with("b", "c", Some("b")), (". =b [b]".to_owned(), true));
    assert_eq!(with("b", "c", None), (". . [a] NoResult".to_owned(), true));
    assert_eq!(with("b", "a", Some("x")), (". =b [b]".to_owned(), false));
    assert_eq!(with("b", "b", Some("x")), (". . [b]".to_owned(), false));
}

#[test]
fn a_record_that_only_one_end_has() {
    let manual = terms(line());
    let with = |deletes| Terms { deleted_left: deletes, deleted_right: deletes, ..manual.clone() };
    for (terms, agreed, left, right, expected) in [
        (&manual, None, here("a", None), State::Absent, ". +a [a]"),
        (&manual, None, State::Absent, here("a", None), "+a . [a]"),
        (&manual, None, State::Absent, State::Absent, ". . none"),
        (&manual, Some("a"), GONE, GONE, ". . none"),
        (&manual, Some("a"), GONE, State::Absent, ". . none"),
        // Deleted, and unchanged at the other end.
        (&manual, Some("a"), here("a", None), GONE, "- . none"),
        (&manual, Some("a"), GONE, here("a", None), ". - none"),
        (&with(Deletes::Archive), Some("a"), here("a", None), GONE, "# . none"),
        (&with(Deletes::Archive), Some("a"), GONE, here("a", None), ". # none"),
        (&with(Deletes::Ignore), Some("a"), here("a", None), GONE, ". . none"),
        (&with(Deletes::Ignore), Some("a"), GONE, here("a", None), ". . none"),
        (&with(Deletes::Recreate), Some("a"), here("a", None), GONE, ". +a [a]"),
        (&with(Deletes::Recreate), Some("a"), GONE, here("a", None), "+a . [a]"),
        // Deleted, and changed at the other end.
        (&manual, Some("a"), here("b", None), GONE, ". . [a] deleted Right"),
        (&manual, Some("a"), GONE, here("b", None), ". . [a] deleted Left"),
        (&manual, None, here("b", None), GONE, ". . [] deleted Right"),
        (&with(Deletes::Archive), Some("a"), here("b", None), GONE, ". . [a] deleted Right"),
        (&with(Deletes::Ignore), Some("a"), here("b", None), GONE, ". . none"),
        (&with(Deletes::Recreate), Some("a"), here("b", None), GONE, ". +b [b]"),
        (&with(Deletes::Recreate), Some("a"), GONE, here("b", None), "+b . [b]"),
    ] {
        let got = decided(terms, agreed, left.clone(), right.clone());
        assert_eq!(got, expected, "agreed {agreed:?}, {left:?}, {right:?}, {:?}", terms.deleted_right);
    }
}

#[test]
fn a_deletion_against_a_change_goes_by_the_strategy_where_it_names_an_end() {
    let (old, new) = (Some(10_000), Some(20_000));
    for (strategy, deleted, changed, expected) in [
        (Strategy::Manual, old, new, ". . [a] deleted Right"),
        (Strategy::Truth(End::Left), old, new, ". +b [b]"),
        (Strategy::Truth(End::Right), old, new, "- . none"),
        (Strategy::LastWrite, new, old, "- . none"),
        (Strategy::LastWrite, old, new, ". +b [b]"),
        (Strategy::LastWrite, new, new, ". . [a] deleted Right"),
        (Strategy::LastWrite, None, new, ". . [a] deleted Right"),
        (Strategy::Longest, old, new, ". . [a] deleted Right"),
    ] {
        let terms = terms(Line { strategy, ..line() });
        let got = decided(&terms, Some("a"), here("b", changed), State::Gone { at: deleted });
        assert_eq!(got, expected, "{strategy:?}, deleted {deleted:?}, changed {changed:?}");
    }
    // Lines that name different ends name none.
    let split = Terms {
        lines: vec![
            Line { strategy: Strategy::Truth(End::Left), ..line() },
            Line { strategy: Strategy::Truth(End::Right), ..line() },
        ],
        ..terms(line())
    };
    let left = State::Here(Here { values: vec![Ok("b"), Ok("x")], changed_at: None });
    let pair = Pair { agreed: vec![Some("a"), Some("x")], left, right: GONE };
    assert_eq!(decide(&split, &pair, &nobody).conflict, Some(Conflict::DeletedAndChanged(End::Right)));
    // An edit of what only the deleting end may say is none.
    let one_way = terms(Line { direction: Direction::ToLeft, ..line() });
    assert_eq!(decided(&one_way, Some("a"), here("b", None), GONE), "- . none");
}

#[test]
fn what_cannot_be_sent_waits_for_a_person_and_the_rest_goes_on() {
    let two = Terms { lines: vec![line(), line()], ..terms(line()) };
    let left = State::Here(Here { values: vec![Err("12a is no number"), Ok("y")], changed_at: None });
    let right = State::Here(Here { values: vec![Ok("a"), Ok("x")], changed_at: None });
    let decision = decide(&two, &Pair { agreed: vec![Some("a"), Some("x")], left: left.clone(), right }, &nobody);
    assert_eq!(decision.right, Deed::Change(vec![(1, "y".to_owned())]));
    assert_eq!(decision.conflict, Some(Conflict::Fields(vec![(0, Disagreement::NotSendable)])));
    assert_eq!(decision.agreed, Some(vec![Some("a".to_owned()), Some("y".to_owned())]));
    // A record is made whole or not at all.
    let decision = decide(&two, &Pair { agreed: vec![None; 2], left: left.clone(), right: State::Absent }, &nobody);
    assert_eq!((decision.right, decision.agreed), (Deed::Nothing, None));
    // Something that cannot be read is no reason to delete it.
    let decision = decide(&two, &Pair { agreed: vec![Some("a"), Some("y")], left, right: GONE }, &nobody);
    assert_eq!(decision.conflict, Some(Conflict::DeletedAndChanged(End::Right)));
    // Where the other end is right, what cannot be read is overwritten.
    let one_way = terms(Line { direction: Direction::ToLeft, ..line() });
    let left = State::Here(Here { values: vec![Err("12a is no number")], changed_at: None });
    assert_eq!(decided(&one_way, Some("a"), left, here("a", None)), "=a . [a]");
}

#[test]
fn formatting_is_no_change() {
    let lenient = terms(Line { leniency: Leniency { case: true, spaces: true, ..Leniency::default() }, ..line() });
    for (agreed, left, right, expected) in [
        (Some("Acme"), "ACME", " acme ", ". . [Acme]"),
        (Some("Acme"), "ACME", "Other", "=Other . [Other]"),
        (Some("Acme"), "Other", " OTHER", ". . [Other]"),
        (None, "Acme", "ACME", ". . [Acme]"),
    ] {
        assert_eq!(decided(&lenient, agreed, here(left, None), here(right, None)), expected);
    }
}
