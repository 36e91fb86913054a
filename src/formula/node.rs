//! The compiled form: a tree for each type of result, so that nothing is looked up or checked while rows run through.
//!
//! An [`Expr`] knows by its type what it yields. Blank is `None`, for text `""`, for truth `None` as in SQL ("unknown"). What all types
//! share (fields, IF, CASE, BLANKVALUE, calls) is written once in [`Expr::eval`]; what only one has is its [`Kind::Operation`]. A function's
//! body is a plain function pointer that asks its [`Arguments`] for what it needs, so that a body is lazy where it likes.
//!
//! Text is borrowed from the cells or the formula where it can be; text that must be built goes into the [`Scratch`], a bump arena that
//! is emptied between rows: a built text costs a copy and no allocation, and results stay plain `&str`.

use super::decimal::Decimal;
use super::kinds::{Clock, Day, Instant, Number, Place, Text, Truth};
use super::pattern::Pattern;
use super::problem::{EvalError, EvalErrorKind};
use super::scope::{Blanks, CellError, Cells, Moment, Table};
use super::value::Value;
use jiff::tz::TimeZone;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

/// An error on its way out; boxed, because the way of success is the hot one.
pub(super) type Fault = Box<EvalError>;
pub(super) type Yield<T> = Result<T, Fault>;

/// Where texts are built while a row runs through; empty it between rows.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) arena: bumpalo::Bump,
    /// Where a text is put together before its length is known.
    buffer: RefCell<String>,
    /// Patterns that came from fields: the last few.
    patterns: RefCell<Vec<(String, Arc<Pattern>)>>,
}

impl Scratch {
    /// An empty one.
    pub fn new() -> Scratch {
        Scratch::default()
    }

    /// Forgets the texts, keeps the memory.
    pub fn clear(&mut self) {
        self.arena.reset();
    }

    /// The pattern of a text, compiled once as long as it keeps coming.
    pub(super) fn pattern(&self, text: &str, whole: bool) -> Result<Arc<Pattern>, String> {
        const KEPT: usize = 32;
        let mut patterns = self.patterns.borrow_mut();
        let known = patterns.iter().find(|(known, pattern)| known == text && pattern.whole() == whole);
        if let Some((_, pattern)) = known {
            return Ok(Arc::clone(pattern));
        }
        let pattern = Arc::new(Pattern::new(text, whole)?);
        if patterns.len() == KEPT {
            patterns.remove(0);
        }
        patterns.push((text.to_owned(), Arc::clone(&pattern)));
        Ok(pattern)
    }
}

/// What stays the same for all rows of a formula.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) blanks: Blanks,
    pub(super) zone: TimeZone,
    /// Names of the fields in use, by slot, for messages.
    pub(super) names: Vec<(usize, String)>,
}

/// All that an evaluation sees.
#[derive(Clone, Copy)]
pub(super) struct Env<'a> {
    pub(super) cells: &'a dyn Cells,
    pub(super) moment: &'a Moment,
    pub(super) scratch: &'a Scratch,
    pub(super) settings: &'a Settings,
}

impl<'a> Env<'a> {
    #[cold]
    fn bad_cell(&self, field: &Field, error: CellError) -> Fault {
        let name = self.settings.names.iter().find(|(slot, _)| *slot == field.slot).map_or("", |(_, name)| name);
        let message = format!("{name}: {}", error.message);
        Box::new(EvalError { kind: EvalErrorKind::BadCell, span: field.span.clone(), message, slot: Some(field.slot) })
    }

    /// A text that is built piece by piece, in the arena. What builds it must not evaluate.
    pub(super) fn build(&self, write: impl FnOnce(&mut String)) -> &'a str {
        let mut buffer = self.scratch.buffer.borrow_mut();
        buffer.clear();
        write(&mut buffer);
        self.scratch.arena.alloc_str(&buffer)
    }
}

/// A field of the row.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) slot: usize,
    pub(super) span: Range<usize>,
    /// Whether the value of the previous version is meant.
    pub(super) previous: bool,
}

/// The types, as types.
pub(super) trait Kind: Sized + 'static {
    /// A value at work.
    type Value<'a>: Copy;
    /// A value that is kept in the formula.
    type Constant: Clone + std::fmt::Debug + Send + Sync;
    /// What only this type has.
    type Operation: Clone + std::fmt::Debug + Send + Sync;
    /// The body of a function that yields it.
    type Body: Copy + Send + Sync;

    fn constant(constant: &Self::Constant) -> Self::Value<'_>;
    fn kept(value: Self::Value<'_>) -> Self::Constant;
    fn blank<'a>() -> Self::Value<'a>;
    fn is_blank(value: Self::Value<'_>) -> bool;
    /// The value of a cell.
    fn cell<'a>(env: &Env<'a>, slot: usize) -> Result<Self::Value<'a>, CellError> {
        Self::read(env.cells.get(slot)?, env)
    }
    fn read<'a>(value: Value<'a>, env: &Env<'a>) -> Result<Self::Value<'a>, CellError>;
    fn operate<'a>(operation: &'a Self::Operation, env: &Env<'a>) -> Yield<Self::Value<'a>>;
    fn call<'a>(body: Self::Body, given: &Arguments<'a, '_>) -> Yield<Self::Value<'a>>;
    fn value<'a>(value: Self::Value<'a>) -> Value<'a>;
}

/// A part of a formula that yields a value of kind `K`.
#[derive(Debug)]
pub(super) enum Expr<K: Kind> {
    Constant(K::Constant),
    Field(Field),
    If(Box<(Expr<Truth>, Expr<K>, Expr<K>)>),
    /// The second where the first is blank.
    Else(Box<(Expr<K>, Expr<K>)>),
    Case(Box<Case<K>>),
    Call(Box<Call<K>>),
    Operation(Box<K::Operation>),
}

impl<K: Kind> Clone for Expr<K> {
    fn clone(&self) -> Self {
        match self {
            Expr::Constant(constant) => Expr::Constant(constant.clone()),
            Expr::Field(field) => Expr::Field(field.clone()),
            Expr::If(parts) => Expr::If(parts.clone()),
            Expr::Else(parts) => Expr::Else(parts.clone()),
            Expr::Case(case) => Expr::Case(case.clone()),
            Expr::Call(call) => Expr::Call(call.clone()),
            Expr::Operation(operation) => Expr::Operation(operation.clone()),
        }
    }
}

impl<K: Kind> Expr<K> {
    pub(super) fn blank() -> Expr<K> {
        Expr::Constant(K::kept(K::blank()))
    }

    pub(super) fn is_constant(&self) -> bool {
        matches!(self, Expr::Constant(_))
    }

    /// Its value. What is quick is done on the spot, the rest in functions of their own, which keeps the frames of the recursion small.
    #[inline(always)]
    pub(super) fn eval<'a>(&'a self, env: &Env<'a>) -> Yield<K::Value<'a>> {
        match self {
            Expr::Constant(constant) => Ok(K::constant(constant)),
            Expr::Operation(operation) => K::operate(operation, env),
            Expr::Call(call) => call.eval(env),
            Expr::Field(field) => read::<K>(field, env),
            Expr::Case(case) => case.eval(env),
            Expr::If(parts) => choose::<K>(parts, env),
            Expr::Else(parts) => either::<K>(parts, env),
        }
    }
}

/// The value of a field.
#[inline(never)]
fn read<'a, K: Kind>(field: &'a Field, env: &Env<'a>) -> Yield<K::Value<'a>> {
    if field.previous {
        return previous::<K>(field, env);
    }
    K::cell(env, field.slot).map_err(|error| env.bad_cell(field, error))
}

#[inline(never)]
fn choose<'a, K: Kind>(parts: &'a (Expr<Truth>, Expr<K>, Expr<K>), env: &Env<'a>) -> Yield<K::Value<'a>> {
    let (condition, then, otherwise) = parts;
    if condition.eval(env)? == Some(true) { then.eval(env) } else { otherwise.eval(env) }
}

#[inline(never)]
fn either<'a, K: Kind>(parts: &'a (Expr<K>, Expr<K>), env: &Env<'a>) -> Yield<K::Value<'a>> {
    let first = parts.0.eval(env)?;
    if K::is_blank(first) { parts.1.eval(env) } else { Ok(first) }
}

fn previous<'a, K: Kind>(field: &Field, env: &Env<'a>) -> Yield<K::Value<'a>> {
    let read = || match env.cells.previous(field.slot)? {
        Some(value) => K::read(value, env),
        None => K::cell(env, field.slot),
    };
    read().map_err(|error| env.bad_cell(field, error))
}

/// CASE. Every part is evaluated, whichever is chosen, because an error in any part is the error of the whole.
#[derive(Debug)]
pub(super) struct Case<K: Kind> {
    pub(super) choice: Choice,
    pub(super) results: Vec<Expr<K>>,
    pub(super) otherwise: Expr<K>,
    /// Whether no part but the chosen one can fail, so that the others need not be evaluated.
    pub(super) calm: bool,
}

impl<K: Kind> Clone for Case<K> {
    fn clone(&self) -> Self {
        Case {
            choice: self.choice.clone(),
            results: self.results.clone(),
            otherwise: self.otherwise.clone(),
            calm: self.calm,
        }
    }
}

/// What CASE chooses by, with the values to choose from.
#[derive(Debug, Clone)]
pub(super) enum Choice {
    /// Texts that are known: compared in order.
    Words(Expr<Text>, Vec<Box<str>>),
    Text(Expr<Text>, Vec<Expr<Text>>),
    Number(Expr<Number>, Vec<Expr<Number>>),
    Date(Expr<Day>, Vec<Expr<Day>>),
    DateTime(Expr<Instant>, Vec<Expr<Instant>>),
    Time(Expr<Clock>, Vec<Expr<Clock>>),
    /// Nothing is known of the value: it matches nothing.
    Never,
}

impl Choice {
    /// Which value it is.
    fn chosen<'a>(&'a self, env: &Env<'a>) -> Yield<Option<usize>> {
        match self {
            Choice::Words(subject, words) => {
                let subject = subject.eval(env)?;
                Ok(words.iter().position(|word| &**word == subject))
            }
            Choice::Text(subject, keys) => chosen(subject, keys, env, |subject, key| subject == key),
            Choice::Number(subject, keys) => chosen(subject, keys, env, |a, b| same(a.decimal(), b.decimal())),
            Choice::Date(subject, keys) => chosen(subject, keys, env, same),
            Choice::DateTime(subject, keys) => chosen(subject, keys, env, same),
            Choice::Time(subject, keys) => chosen(subject, keys, env, same),
            Choice::Never => Ok(None),
        }
    }
}

/// Blank equals nothing, not even blank.
#[inline]
fn same<T: PartialEq>(a: Option<T>, b: Option<T>) -> bool {
    a.is_some() && a == b
}

fn chosen<'a, K: Kind>(
    subject: &'a Expr<K>,
    keys: &'a [Expr<K>],
    env: &Env<'a>,
    equal: fn(K::Value<'a>, K::Value<'a>) -> bool,
) -> Yield<Option<usize>> {
    let subject = subject.eval(env)?;
    let mut found = None;
    for (index, key) in keys.iter().enumerate() {
        if key.is_constant() && found.is_some() {
            continue;
        }
        let key = key.eval(env)?;
        if found.is_none() && equal(subject, key) {
            found = Some(index);
        }
    }
    Ok(found)
}

impl<K: Kind> Case<K> {
    #[inline(never)]
    fn eval<'a>(&'a self, env: &Env<'a>) -> Yield<K::Value<'a>> {
        let chosen = self.choice.chosen(env)?;
        if self.calm {
            return chosen.map_or(&self.otherwise, |index| &self.results[index]).eval(env);
        }
        let mut value = None;
        for (index, result) in self.results.iter().enumerate() {
            let result = result.eval(env)?;
            if chosen == Some(index) {
                value = Some(result);
            }
        }
        let otherwise = self.otherwise.eval(env)?;
        Ok(value.unwrap_or(otherwise))
    }
}

/// The body of a function that yields a `T`, which borrows nothing.
pub(super) type Body<T> = for<'a, 'e> fn(&Arguments<'a, 'e>) -> Yield<Option<T>>;
/// The body of a function that yields text.
pub(super) type TextBody = for<'a, 'e> fn(&Arguments<'a, 'e>) -> Yield<&'a str>;

/// A call of a function that yields a `K`.
pub(super) struct Call<K: Kind> {
    pub(super) body: K::Body,
    pub(super) given: Given,
}

impl<K: Kind> Clone for Call<K> {
    fn clone(&self) -> Self {
        Call { body: self.body, given: self.given.clone() }
    }
}

impl<K: Kind> std::fmt::Debug for Call<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.given.fmt(f)
    }
}

/// What a call was given.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) arguments: Vec<Node>,
    pub(super) prepared: Prepared,
    pub(super) span: Range<usize>,
}

/// What was made ready of a call's literals when it was compiled.
#[derive(Debug, Clone)]
pub(super) enum Prepared {
    Nothing,
    Pattern(Arc<Pattern>),
    /// A table and the column that is wanted.
    Table(Arc<Table>, usize),
    Finder(Arc<memchr::memmem::Finder<'static>>),
    Path(Arc<super::functions::own::Path>),
    /// A date format and the time zone, if one was given.
    Date(Arc<super::functions::parse::DateFormat>, Option<TimeZone>),
    Number(super::functions::parse::NumberFormat),
}

impl<K: Kind> Call<K> {
    #[inline]
    fn eval<'a>(&'a self, env: &Env<'a>) -> Yield<K::Value<'a>> {
        K::call(self.body, &Arguments { given: &self.given, env })
    }
}

/// What a function's body sees: its arguments, evaluated when asked for.
pub(super) struct Arguments<'a, 'e> {
    given: &'a Given,
    pub(super) env: &'e Env<'a>,
}

macro_rules! argument {
    ($name:ident, $kind:ident, $variant:ident) => {
        /// The argument of that index; blank where there is none.
        #[inline]
        pub(super) fn $name(&self, index: usize) -> Yield<<$kind as Kind>::Value<'a>> {
            match self.given.arguments.get(index) {
                Some(Node::$variant(expr)) => expr.eval(self.env),
                _ => Ok($kind::blank()),
            }
        }
    };
}

impl<'a> Arguments<'a, '_> {
    argument!(text, Text, Text);
    argument!(truth, Truth, Truth);
    argument!(date, Day, Date);
    argument!(instant, Instant, DateTime);
    argument!(time, Clock, Time);
    argument!(place, Place, Place);

    argument!(num, Number, Number);

    /// The number of that index; blank where there is none.
    #[inline]
    pub(super) fn number(&self, index: usize) -> Yield<Option<Decimal>> {
        Ok(self.num(index)?.decimal())
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.given.arguments.len()
    }

    /// Whether there is one of that index.
    pub(super) fn has(&self, index: usize) -> bool {
        index < self.len()
    }

    pub(super) fn prepared(&self) -> &'a Prepared {
        &self.given.prepared
    }

    /// Says what went wrong.
    #[cold]
    pub(super) fn fail<T>(&self, kind: EvalErrorKind, message: impl Into<String>) -> Yield<T> {
        Err(Box::new(EvalError { kind, span: self.given.span.clone(), message: message.into(), slot: None }))
    }
}

/// An expression of any type.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Number(Expr<Number>),
    Text(Expr<Text>),
    Truth(Expr<Truth>),
    Date(Expr<Day>),
    DateTime(Expr<Instant>),
    Time(Expr<Clock>),
    Place(Expr<Place>),
    /// NULL.
    Null,
}

impl Node {
    pub(super) fn eval<'a>(&'a self, env: &Env<'a>) -> Yield<Value<'a>> {
        Ok(match self {
            Node::Number(expr) => Number::value(expr.eval(env)?),
            Node::Text(expr) => Text::value(expr.eval(env)?),
            Node::Truth(expr) => Truth::value(expr.eval(env)?),
            Node::Date(expr) => Day::value(expr.eval(env)?),
            Node::DateTime(expr) => Instant::value(expr.eval(env)?),
            Node::Time(expr) => Clock::value(expr.eval(env)?),
            Node::Place(expr) => Place::value(expr.eval(env)?),
            Node::Null => Value::Null,
        })
    }

    /// Whether it is the same for every row.
    pub(super) fn is_constant(&self) -> bool {
        match self {
            Node::Number(expr) => expr.is_constant(),
            Node::Text(expr) => expr.is_constant(),
            Node::Truth(expr) => expr.is_constant(),
            Node::Date(expr) => expr.is_constant(),
            Node::DateTime(expr) => expr.is_constant(),
            Node::Time(expr) => expr.is_constant(),
            Node::Place(expr) => expr.is_constant(),
            Node::Null => true,
        }
    }
}
