//! Functions whose types depend on their arguments.

use super::super::functions::Function;
use super::super::node::{Case, Choice, Expr, Field, Kind, Node};
use super::super::operate::Logic;
use super::super::problem::{Problem, ProblemKind};
use super::super::syntax::{self, Call};
use super::super::value::Type;
use super::operators::blank_of;
use super::{Checker, Typed, conversion, depth, field_node};
use std::ops::Range;

type Built = Option<Typed>;

fn span(call: &Call) -> Range<usize> {
    call.name_span.start..call.arguments.last().map_or(call.name_span.end, |last| last.span.end)
}

impl Checker<'_> {
    fn all(&mut self, arguments: &[syntax::Expr]) -> Option<Vec<Typed>> {
        let checked: Vec<_> = arguments.iter().map(|argument| self.expr(argument)).collect();
        checked.into_iter().collect()
    }

    fn wrong_type(&mut self, at: Range<usize>, message: String, hint: Option<&str>) -> Built {
        self.problem(Problem::new(ProblemKind::ArgType, at, message).maybe(hint.map(str::to_owned)));
        None
    }

    /// The one type of several values; NULL fits every type.
    fn common(&mut self, name: &str, values: &[&Typed]) -> Option<Type> {
        let mut common: Option<&Typed> = None;
        let mut fits = true;
        for value in values.iter().filter(|value| value.kind != Type::Null) {
            match common {
                None => common = Some(value),
                Some(first) if first.kind == value.kind => {}
                Some(first) => {
                    let message = format!(
                        "The results of {name} must be of one type: here are {} and {}",
                        first.kind.a(),
                        value.kind.a()
                    );
                    let hint = conversion(value.kind, first.kind).or(conversion(first.kind, value.kind));
                    self.wrong_type(value.span.clone(), message, hint);
                    fits = false;
                    break;
                }
            }
        }
        fits.then(|| common.map_or(Type::Null, |common| common.kind))
    }
}

pub(in crate::formula) fn and(checker: &mut Checker<'_>, call: &Call, function: &'static Function) -> Built {
    join(checker, call, function, true)
}

pub(in crate::formula) fn or(checker: &mut Checker<'_>, call: &Call, function: &'static Function) -> Built {
    join(checker, call, function, false)
}

fn join(checker: &mut Checker<'_>, call: &Call, function: &'static Function, all: bool) -> Built {
    if !checker.counted(call, function) {
        return None;
    }
    let parts: Vec<_> = call.arguments.iter().collect();
    checker.joined(&parts, all, function.name)
}

/// The parser makes an operator of NOT before it comes to this.
pub(in crate::formula) fn not(checker: &mut Checker<'_>, call: &Call, function: &'static Function) -> Built {
    if !checker.counted(call, function) {
        return None;
    }
    checker.unary(super::super::lexer::Operator::Not, call.arguments.first()?, span(call))
}

pub(in crate::formula) fn if_(checker: &mut Checker<'_>, call: &Call, function: &'static Function) -> Built {
    let [condition, then, otherwise] = call.arguments.as_slice() else {
        checker.all(&call.arguments);
        checker.counted(call, function);
        return None;
    };
    let condition = checker.condition(condition, "IF").and_then(|condition| {
        if condition.kind != Type::Null {
            return Some(condition);
        }
        checker.wrong_type(condition.span, "IF takes a condition, and NULL is none".to_owned(), Some("Write FALSE."))
    });
    let (then, otherwise) = (checker.expr(then), checker.expr(otherwise));
    let (condition, then, otherwise) = (condition?, then?, otherwise?);
    let kind = checker.common("IF", &[&then, &otherwise])?;
    let fixed = condition.fixed && then.fixed && otherwise.fixed;
    let below = depth([&condition, &then, &otherwise]);
    // A condition that is known chooses now; both sides were checked.
    if let Node::Truth(Expr::Constant(known)) = &condition.node {
        let chosen = if *known == Some(true) { then } else { otherwise };
        let fixed = chosen.fixed;
        let node = if matches!(chosen.node, Node::Null) { blank_of(kind) } else { chosen.node };
        return checker.made(node, kind, span(call), fixed, below);
    }
    fn choose<K: Kind>(condition: Typed, then: Expr<K>, otherwise: Expr<K>) -> Expr<K> {
        Expr::If(Box::new((condition.truth(), then, otherwise)))
    }
    let node = match kind {
        Type::Number => Node::Number(choose(condition, then.number(), otherwise.number())),
        Type::Text | Type::Picklist | Type::MultiPicklist => {
            Node::Text(choose(condition, then.text(), otherwise.text()))
        }
        Type::Boolean => Node::Truth(choose(condition, then.truth(), otherwise.truth())),
        Type::Date => Node::Date(choose(condition, then.date(), otherwise.date())),
        Type::DateTime => Node::DateTime(choose(condition, then.instant(), otherwise.instant())),
        Type::Time => Node::Time(choose(condition, then.time(), otherwise.time())),
        Type::Location => Node::Place(choose(condition, then.place(), otherwise.place())),
        Type::Null => Node::Null,
    };
    checker.made(node, kind, span(call), fixed, below)
}

pub(in crate::formula) fn case(checker: &mut Checker<'_>, call: &Call, function: &'static Function) -> Built {
    let count = call.arguments.len();
    if count < 4 || count % 2 == 1 {
        checker.all(&call.arguments);
        let message = if count >= 4 {
            "CASE lacks its last argument, the result when no case fits".to_owned()
        } else {
            format!("CASE does not take {count} arguments")
        };
        let hint = format!("Write {}.", function.shapes().join(""));
        checker.problem(Problem::new(ProblemKind::ArgCount, call.name_span.clone(), message).hint(hint));
        return None;
    }
    let checked: Vec<_> = call.arguments.iter().map(|argument| checker.expr(argument)).collect();
    let mut parts = checked.into_iter().collect::<Option<Vec<Typed>>>()?;
    let (fixed, below) = (parts.iter().all(|part| part.fixed), depth(&parts));
    let otherwise = parts.pop()?;
    let mut parts = parts.into_iter();
    let subject = parts.next()?;
    let (mut keys, mut results) = (Vec::new(), Vec::new());
    while let (Some(key), Some(result)) = (parts.next(), parts.next()) {
        keys.push(key);
        results.push(result);
    }
    let known = keys_fit(checker, &subject, &keys);
    let kind = {
        let mut all: Vec<&Typed> = results.iter().collect();
        all.push(&otherwise);
        if let Some(truth) = all.iter().find(|value| value.kind == Type::Boolean) {
            let message = "CASE cannot give true or false".to_owned();
            let hint = "Compare its result: CASE(…, 1, 0) = 1.";
            return checker.wrong_type(truth.span.clone(), message, Some(hint));
        }
        checker.common("CASE", &all)?
    };
    let choice = choice(known?, subject, keys);
    fn make<K: Kind>(choice: Choice, results: Vec<Typed>, otherwise: Typed, of: fn(Typed) -> Expr<K>) -> Expr<K> {
        let results: Vec<_> = results.into_iter().map(of).collect();
        let otherwise = of(otherwise);
        let calm = results.iter().chain([&otherwise]).all(is_calm);
        Expr::Case(Box::new(Case { choice, results, otherwise, calm }))
    }
    let node = match kind {
        Type::Number => Node::Number(make(choice, results, otherwise, Typed::number)),
        Type::Text | Type::Picklist | Type::MultiPicklist => Node::Text(make(choice, results, otherwise, Typed::text)),
        Type::Boolean => Node::Truth(make(choice, results, otherwise, Typed::truth)),
        Type::Date => Node::Date(make(choice, results, otherwise, Typed::date)),
        Type::DateTime => Node::DateTime(make(choice, results, otherwise, Typed::instant)),
        Type::Time => Node::Time(make(choice, results, otherwise, Typed::time)),
        Type::Location => Node::Place(make(choice, results, otherwise, Typed::place)),
        Type::Null => Node::Null,
    };
    checker.made(node, kind, span(call), fixed, below)
}

/// Whether evaluating it cannot fail: a constant, or the text of a field.
fn is_calm<K: Kind>(expr: &Expr<K>) -> bool {
    expr.is_constant()
        || (matches!(expr, Expr::Field(_)) && std::any::TypeId::of::<K>() == std::any::TypeId::of::<super::Text>())
}

/// The type that CASE compares in; tells what does not fit.
fn keys_fit(checker: &mut Checker<'_>, subject: &Typed, keys: &[Typed]) -> Option<Type> {
    match subject.kind {
        Type::Boolean => {
            let message = "CASE takes no true or false".to_owned();
            checker.wrong_type(subject.span.clone(), message, Some("Use IF(condition, then, otherwise)."))?;
        }
        Type::Location | Type::MultiPicklist => {
            let message = format!("CASE does not compare {}", subject.kind.a());
            let hint = (subject.kind == Type::MultiPicklist).then_some("Use INCLUDES(field, \"value\").");
            checker.wrong_type(subject.span.clone(), message, hint)?;
        }
        Type::Picklist => {
            for key in keys.iter().filter(|key| !key.literal) {
                let message = "CASE compares a picklist with texts in quotes".to_owned();
                checker.wrong_type(
                    key.span.clone(),
                    message,
                    Some("Write the value itself, or TEXT(field) as the first argument."),
                )?;
            }
            return Some(Type::Text);
        }
        _ => {}
    }
    let kind = keys.iter().map(|key| key.kind).find(|kind| *kind != Type::Null);
    let kind = if subject.kind == Type::Null { kind.unwrap_or(Type::Null) } else { subject.kind };
    for key in keys {
        let comparable =
            matches!(key.kind, Type::Number | Type::Text | Type::Date | Type::DateTime | Type::Time | Type::Null);
        if !comparable || !(key.kind == Type::Null || key.kind == kind) {
            let message = format!("CASE compares {} with {}", kind.a(), key.kind.a());
            let hint = conversion(key.kind, kind).or(conversion(kind, key.kind));
            checker.wrong_type(key.span.clone(), message, hint)?;
        }
    }
    Some(kind)
}

fn choice(kind: Type, subject: Typed, keys: Vec<Typed>) -> Choice {
    match kind {
        Type::Text | Type::Picklist | Type::MultiPicklist => {
            let words: Option<Vec<Box<str>>> = keys
                .iter()
                .map(|key| match key.kind {
                    Type::Null => Some("".into()),
                    _ => key.known_text().map(Into::into),
                })
                .collect();
            match words {
                Some(words) => Choice::Words(subject.text(), words),
                None => Choice::Text(subject.text(), keys.into_iter().map(Typed::text).collect()),
            }
        }
        Type::Number => Choice::Number(subject.number(), keys.into_iter().map(Typed::number).collect()),
        Type::Date => Choice::Date(subject.date(), keys.into_iter().map(Typed::date).collect()),
        Type::DateTime => Choice::DateTime(subject.instant(), keys.into_iter().map(Typed::instant).collect()),
        Type::Time => Choice::Time(subject.time(), keys.into_iter().map(Typed::time).collect()),
        Type::Boolean | Type::Location | Type::Null => Choice::Never,
    }
}

/// The single argument of a function that takes all types but true and false.
fn no_truth(checker: &mut Checker<'_>, name: &str, value: Typed) -> Built {
    if value.kind != Type::Boolean {
        return Some(value);
    }
    let message = format!("{name} takes no true or false: a checkbox is never blank");
    checker.wrong_type(value.span, message, Some("A blank checkbox is FALSE."))
}

fn blank_test(checker: &mut Checker<'_>, call: &Call, function: &'static Function, text_too: bool) -> Built {
    let checked = checker.all(&call.arguments);
    if !checker.counted(call, function) {
        return None;
    }
    let value = no_truth(checker, function.name, checked?.pop()?)?;
    checker.lint_zero(function.name, &value);
    let (fixed, below) = (value.fixed, depth([&value]));
    let is_text = value.kind == Type::Text;
    // The value of a text is looked at even where it does not matter: an error in it is an error.
    let test = Expr::Operation(Box::new(Logic::IsBlank(value.node)));
    let node = if is_text && !text_too {
        let never = Expr::Constant(Some(false));
        Expr::Operation(Box::new(Logic::All(vec![test, never])))
    } else {
        test
    };
    checker.made(Node::Truth(node), Type::Boolean, span(call), fixed, below)
}

pub(in crate::formula) fn is_blank(checker: &mut Checker<'_>, call: &Call, function: &'static Function) -> Built {
    blank_test(checker, call, function, true)
}

pub(in crate::formula) fn is_null(checker: &mut Checker<'_>, call: &Call, function: &'static Function) -> Built {
    blank_test(checker, call, function, false)
}

fn replacement(checker: &mut Checker<'_>, call: &Call, function: &'static Function, text_too: bool) -> Built {
    let checked = checker.all(&call.arguments);
    if !checker.counted(call, function) {
        return None;
    }
    let mut checked = checked?;
    let (instead, value) = (checked.pop()?, checked.pop()?);
    let (instead, value) = (no_truth(checker, function.name, instead)?, no_truth(checker, function.name, value)?);
    checker.lint_zero(function.name, &value);
    let kind = checker.common(function.name, &[&value, &instead])?;
    let (fixed, below) = (value.fixed && instead.fixed, depth([&value, &instead]));
    fn either<K: Kind>(value: Expr<K>, instead: Expr<K>) -> Expr<K> {
        Expr::Else(Box::new((value, instead)))
    }
    let node = match kind {
        // Unless asked for, text is never replaced.
        Type::Text if !text_too => Node::Text(value.text()),
        Type::Text | Type::Picklist | Type::MultiPicklist => Node::Text(either(value.text(), instead.text())),
        Type::Number => Node::Number(either(value.number(), instead.number())),
        Type::Date => Node::Date(either(value.date(), instead.date())),
        Type::DateTime => Node::DateTime(either(value.instant(), instead.instant())),
        Type::Time => Node::Time(either(value.time(), instead.time())),
        Type::Location => Node::Place(either(value.place(), instead.place())),
        Type::Boolean | Type::Null => Node::Null,
    };
    checker.made(node, kind, span(call), fixed, below)
}

pub(in crate::formula) fn blank_value(checker: &mut Checker<'_>, call: &Call, function: &'static Function) -> Built {
    replacement(checker, call, function, true)
}

pub(in crate::formula) fn null_value(checker: &mut Checker<'_>, call: &Call, function: &'static Function) -> Built {
    replacement(checker, call, function, false)
}

/// The field that a function of versions takes.
fn versioned(checker: &mut Checker<'_>, call: &Call, function: &'static Function) -> Option<(Typed, Field)> {
    let checked = checker.all(&call.arguments);
    if !checker.counted(call, function) {
        return None;
    }
    let value = checked?.pop()?;
    let Some(field) = value.field.clone() else {
        let message = format!("{} takes a field", function.name);
        checker.wrong_type(value.span, message, Some("Write the name of a field."))?;
        return None;
    };
    if let Err(problem) = super::ready::needs_previous(checker, &[]) {
        checker.problem(Problem { span: call.name_span.clone(), ..problem });
        return None;
    }
    Some((value, field))
}

pub(in crate::formula) fn is_changed(checker: &mut Checker<'_>, call: &Call, function: &'static Function) -> Built {
    let (value, field) = versioned(checker, call, function)?;
    let node = Node::Truth(Expr::Operation(Box::new(Logic::Changed(value.node, field))));
    checker.made(node, Type::Boolean, span(call), false, 1)
}

pub(in crate::formula) fn prior_value(checker: &mut Checker<'_>, call: &Call, function: &'static Function) -> Built {
    let (value, field) = versioned(checker, call, function)?;
    let node = field_node(Field { previous: true, ..field }, value.kind);
    checker.made(node, value.kind, span(call), false, 1)
}
