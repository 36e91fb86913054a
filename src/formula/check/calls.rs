//! Calls: the function is found, the way to call it that fits is chosen, and what does not fit is told with a way out.

use super::super::functions::{self, Function, Run, Signature, Takes};
use super::super::kinds::{Clock, Day, Instant, Number, Place, Text, Truth};
use super::super::nearest::nearest;
use super::super::node::{Call, Expr, Given, Kind, Node, Prepared};
use super::super::problem::{Problem, ProblemKind};
use super::super::syntax;
use super::super::value::Type;
use super::{Checker, Typed, conversion, depth};
use std::ops::Range;

impl Checker<'_> {
    pub(super) fn call(&mut self, call: &syntax::Call, span: Range<usize>) -> Option<Typed> {
        let Some(function) = functions::find(&call.name) else {
            let problem = unknown_function(call);
            self.problem(problem);
            // What is inside may be wrong as well.
            call.arguments.iter().for_each(|argument| {
                self.expr(argument);
            });
            return None;
        };
        if function.refused() {
            let message = format!("{} works only inside an org", function.name);
            let problem = Problem::new(ProblemKind::UnsupportedOffline, call.name_span.clone(), message);
            self.problem(problem.hint(function.help));
            return None;
        }
        if let [Signature { run: Run::Special(build), .. }] = function.signatures {
            return build(self, call, function).map(|typed| Typed { span, ..typed });
        }
        let arguments: Vec<_> = call.arguments.iter().map(|argument| self.expr(argument)).collect();
        if !self.counted(call, function) {
            return None;
        }
        let arguments: Vec<Typed> = arguments.into_iter().collect::<Option<_>>()?;
        let signature = self.fitting(call, function, &arguments)?;
        let prepared = match function.prepare.map(|prepare| prepare(self, &arguments)) {
            None => Prepared::Nothing,
            Some(Ok(prepared)) => prepared,
            Some(Err(mut problem)) => {
                // What is about no argument is about the call.
                if problem.span.is_empty() {
                    problem.span = span;
                }
                self.problem(problem);
                return None;
            }
        };
        self.lint_call(function, &arguments, &span);
        let fixed = !function.moving && arguments.iter().all(|argument| argument.fixed);
        let below = depth(&arguments);
        let typed = arguments.into_iter().enumerate().map(|(index, argument)| coerced(argument, signature, index));
        let given = Given { arguments: typed.collect(), prepared, span: span.clone() };
        let node = match signature.run {
            Run::Number(body) => Node::Number(called::<Number>(body, given)),
            Run::Text(body) => Node::Text(called::<Text>(body, given)),
            Run::Truth(body) => Node::Truth(called::<Truth>(body, given)),
            Run::Date(body) => Node::Date(called::<Day>(body, given)),
            Run::DateTime(body) => Node::DateTime(called::<Instant>(body, given)),
            Run::Time(body) => Node::Time(called::<Clock>(body, given)),
            Run::Place(body) => Node::Place(called::<Place>(body, given)),
            Run::Special(_) | Run::Refused => return None,
        };
        self.made(node, signature.result, span, fixed, below)
    }

    /// Whether the function can be called with so many arguments; tells it if not.
    pub(super) fn counted(&mut self, call: &syntax::Call, function: &Function) -> bool {
        let given = call.arguments.len();
        let fits = |signature: &Signature| {
            let (least, most) = signature.counts();
            (least..=most).contains(&given)
        };
        if function.signatures.iter().any(fits) {
            return true;
        }
        let shapes = function.shapes().join(" or ");
        let message = match given {
            0 => format!("{} needs arguments", function.name),
            1 => format!("{} does not take 1 argument", function.name),
            given => format!("{} does not take {given} arguments", function.name),
        };
        self.problem(
            Problem::new(ProblemKind::ArgCount, call.name_span.clone(), message).hint(format!("Write {shapes}.")),
        );
        false
    }

    /// The way to call the function that fits the arguments; tells the first that does not fit the best one.
    fn fitting(
        &mut self,
        call: &syntax::Call,
        function: &'static Function,
        arguments: &[Typed],
    ) -> Option<&'static Signature> {
        let mut best: Option<(usize, &Signature)> = None;
        for signature in function.signatures {
            let (least, most) = signature.counts();
            if !(least..=most).contains(&arguments.len()) {
                continue;
            }
            let fitting = arguments.iter().enumerate().take_while(|(index, argument)| {
                signature.parameter(*index).is_some_and(|parameter| fits(parameter.takes, argument))
            });
            let count = fitting.count();
            if count == arguments.len() {
                return Some(signature);
            }
            if best.is_none_or(|(most, _)| count > most) {
                best = Some((count, signature));
            }
        }
        let (index, signature) = best?;
        let argument = &arguments[index];
        let parameter = signature.parameter(index)?;
        let others = function.signatures.iter().filter_map(|signature| match signature.parameter(index)?.takes {
            Takes::A(kind) => Some(kind),
            _ => None,
        });
        let mut kinds: Vec<Type> = Vec::new();
        // With one way to begin, only its type is wanted here.
        let candidates: Vec<Type> = if index == 0 { others.collect() } else { Vec::new() };
        for kind in candidates {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        let problem = match parameter.takes {
            Takes::Literal => {
                let message = format!("{} takes a text in quotes as {}", function.name, parameter.name);
                Problem::new(ProblemKind::ArgType, argument.span.clone(), message)
                    .hint("Write the value itself, as \"value\".")
            }
            Takes::A(kind) => {
                let wanted = match kinds.as_slice() {
                    [] | [_] => kind.a().to_owned(),
                    kinds => kinds.iter().map(|kind| kind.a()).collect::<Vec<_>>().join(" or "),
                };
                let message = format!(
                    "{} takes {wanted} as {}, and this is {}",
                    function.name,
                    parameter.name,
                    argument.kind.a()
                );
                let hint = kinds.iter().copied().chain([kind]).find_map(|kind| conversion(argument.kind, kind));
                let hint = if function.name == "TEXT" && argument.kind == Type::Text {
                    Some("It is text already.")
                } else {
                    hint
                };
                Problem::new(ProblemKind::ArgType, argument.span.clone(), message).maybe(hint.map(str::to_owned))
            }
            Takes::Any => Problem::new(ProblemKind::ArgType, call.name_span.clone(), "This does not fit"),
        };
        self.problem(problem);
        None
    }
}

fn fits(takes: Takes, argument: &Typed) -> bool {
    match takes {
        Takes::Any => true,
        Takes::Literal => argument.literal,
        Takes::A(kind) => argument.kind == kind || argument.kind == Type::Null,
    }
}

/// The argument as its parameter wants it: NULL becomes a blank of that type.
fn coerced(argument: Typed, signature: &Signature, index: usize) -> Node {
    let wanted = signature.parameter(index).map(|parameter| parameter.takes);
    match (argument.node, wanted) {
        (Node::Null, Some(Takes::A(kind))) => super::operators::blank_of(kind),
        (node, _) => node,
    }
}

fn called<K: Kind>(body: K::Body, given: Given) -> Expr<K> {
    Expr::Call(Box::new(Call { body, given }))
}

fn unknown_function(call: &syntax::Call) -> Problem {
    let hint = match functions::instead(&call.name) {
        Some(hint) => Some(hint.to_owned()),
        None => {
            let names = functions::all().filter(|function| !function.refused()).map(|function| function.name);
            nearest(&call.name, names).map(|near| format!("Did you mean {near}?"))
        }
    };
    let message = format!("There is no function {}", call.name.to_uppercase());
    Problem::new(ProblemKind::UnknownFunction, call.name_span.clone(), message).maybe(hint)
}
