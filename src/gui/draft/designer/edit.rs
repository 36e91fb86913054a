//! What can be done to a mapping, as changes of a step; nothing here knows of the screen.

use super::columns::{self, as_text, quoted};
use crate::integration::Step;
use crate::mapping::{Expression, Rule};
use crate::record::Kind;

/// Leads a column into a field, in the place of whatever went there.
pub(crate) fn connect(step: &mut Step, column: &str, target: &str) {
    step.mapping.set(target, Expression::Column(column.to_owned()));
}

/// Joins a column to what goes into a field already, as a formula.
pub(crate) fn combine(step: &mut Step, column: &str, target: &str) {
    let columns = step.source.columns();
    let kind = |name: &str| columns.get(name).map_or(Kind::Text, |format| format.kind);
    let more = as_text(column, kind(column));
    let before = step.mapping.rule(target).map(|rule| match &rule.from {
        Expression::Column(name) => as_text(name, kind(name)),
        Expression::Constant(text) => quoted(text),
        // What binds less than & stands in brackets.
        Expression::Formula(text) if text.contains(['=', '<', '>', '|', '+', '-']) => format!("({text})"),
        Expression::Formula(text) => text.clone(),
    });
    let from = match before {
        Some(before) => Expression::Formula(format!("{before} & \" \" & {more}")),
        None => Expression::Column(column.to_owned()),
    };
    step.mapping.set(target, from);
}

/// Leads a rule into another field; the rule that went there is gone.
pub(crate) fn retarget(step: &mut Step, old: &str, new: &str) {
    if old.eq_ignore_ascii_case(new) || step.mapping.rule(old).is_none() {
        return;
    }
    step.mapping.remove(new);
    if let Some(rule) = step.mapping.rule_mut(old) {
        rule.target = new.to_owned();
    }
    if let Some(sync) = &mut step.sync {
        super::both_ways::retarget(sync, old, new);
    }
}

/// Feeds a rule from another column. A formula over one column takes the other in its place.
pub(crate) fn resource(step: &mut Step, target: &str, old: Option<&str>, new: &str) {
    let Some(rule) = step.mapping.rule_mut(target) else { return };
    let renamed = match (&rule.from, old) {
        (Expression::Formula(text), Some(old)) => Some(renamed(text, old, new)),
        _ => None,
    };
    rule.from = renamed.map_or_else(|| Expression::Column(new.to_owned()), Expression::Formula);
}

/// A formula's text with another column in the place of one.
fn renamed(text: &str, old: &str, new: &str) -> String {
    let mut renamed = String::with_capacity(text.len());
    let mut at = 0;
    for (span, name) in columns::names(text) {
        if name.eq_ignore_ascii_case(old) {
            renamed.push_str(&text[at..span.start]);
            renamed.push_str(&columns::written(new));
            at = span.end;
        }
    }
    renamed.push_str(&text[at..]);
    renamed
}

/// Removes rules by their targets.
pub(crate) fn disconnect<'a>(step: &mut Step, targets: impl IntoIterator<Item = &'a str>) {
    targets.into_iter().for_each(|target| step.mapping.remove(target));
}

/// Whether a rule does more with its value than to pass it on.
pub(crate) fn has_policy(rule: &Rule) -> bool {
    let plain = Rule::new(rule.target.clone(), rule.from.clone());
    rule.blank != plain.blank || rule.too_long != plain.too_long || rule.write != plain.write
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::file::{FileFormat, FileSettings};
    use crate::connect::{Operation, SourceSettings};
    use crate::integration::{Find, Options};
    use crate::mapping::{Blank, ColumnFormat, Formats, Mapping};

    fn step() -> Step {
        Step {
            source: SourceSettings::File(FileSettings {
                path: "customers.csv".into(),
                format: FileFormat::Csv(Default::default()),
                formats: Formats::default(),
                columns: [("Price".to_owned(), ColumnFormat { kind: Kind::Number, formats: None })].into(),
            }),
            org: "practice".to_owned(),
            into: None,
            object: "Account".to_owned(),
            operation: Operation::Insert,
            find: Find::Id,
            mapping: Mapping::default(),
            options: Options::default(),
            sync: None,
            seen: None,
        }
    }

    fn formula(step: &Step, target: &str) -> String {
        match &step.mapping.rule(target).unwrap().from {
            Expression::Formula(text) => text.clone(),
            other => panic!("{other:?} is no formula"),
        }
    }

    #[test]
    fn columns_are_joined_in_the_order_in_which_they_came() {
        let mut step = step();
        connect(&mut step, "First Name", "Name");
        combine(&mut step, "Last", "Name");
        combine(&mut step, "Price", "Name");
        assert_eq!(formula(&step, "Name"), r#"{!First Name} & " " & Last & " " & TEXT(Price)"#);
        step.mapping.set("Name", Expression::Formula("IF(a = b, c, d)".to_owned()));
        combine(&mut step, "Last", "Name");
        assert_eq!(formula(&step, "Name"), r#"(IF(a = b, c, d)) & " " & Last"#);
        combine(&mut step, "Fax", "Fax");
        assert_eq!(step.mapping.rule("Fax").unwrap().from, Expression::Column("Fax".to_owned()));
    }

    #[test]
    fn a_rule_led_elsewhere_keeps_what_it_says() {
        let mut step = step();
        connect(&mut step, "a", "Name");
        connect(&mut step, "b", "Phone");
        step.mapping.rule_mut("Name").unwrap().blank = Blank::Clear;
        retarget(&mut step, "Name", "Phone");
        assert_eq!(step.mapping.rules.len(), 1);
        let rule = step.mapping.rule("Phone").unwrap();
        assert_eq!((&rule.from, &rule.blank), (&Expression::Column("a".to_owned()), &Blank::Clear));
        assert!(has_policy(rule));
        resource(&mut step, "Phone", Some("a"), "c");
        assert_eq!(step.mapping.rule("Phone").unwrap().from, Expression::Column("c".to_owned()));
        step.mapping.set("Phone", Expression::Formula("UPPER(a) & b & {!A} & \"a\"".to_owned()));
        resource(&mut step, "Phone", Some("a"), "x y");
        assert_eq!(formula(&step, "Phone"), "UPPER({!x y}) & b & {!x y} & \"a\"");
        disconnect(&mut step, ["phone"]);
        assert!(step.mapping.rules.is_empty());
    }
}
