//! Operators at work: arithmetic, joining, logic, comparison, and days added to days.

use super::decimal::{self, Decimal, Overflow, Rounding};
use super::kinds::{Clock, Day, Instant, Num, Number, Text, Truth};
use super::node::{Env, Expr, Fault, Field, Kind, Node, Yield};
use super::problem::{EvalError, EvalErrorKind};
use super::value::Value;
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use std::cmp::Ordering;
use std::ops::Range;

/// Milliseconds of a day.
pub(super) const DAY: i64 = 86_400_000;

#[cold]
pub(super) fn fault(kind: EvalErrorKind, span: &Range<usize>, message: impl Into<String>) -> Fault {
    Box::new(EvalError { kind, span: span.clone(), message: message.into(), slot: None })
}

#[cold]
fn too_large(span: &Range<usize>, a: Decimal, symbol: &str, b: Decimal) -> Fault {
    fault(EvalErrorKind::Overflow, span, format!("The result of {a} {symbol} {b} is too large"))
}

/// What numbers have.
#[derive(Debug, Clone)]
pub(super) enum Arithmetic {
    Negative(Expr<Number>),
    Binary(Sign, Expr<Number>, Expr<Number>, Range<usize>),
    /// Days from the second to the first.
    Days(Expr<Day>, Expr<Day>),
    /// Days, with their fractions, from the second to the first.
    InstantDays(Expr<Instant>, Expr<Instant>),
    /// Milliseconds from the second to the first; below zero it goes round the day.
    Milliseconds(Expr<Clock>, Expr<Clock>),
}

/// A sign between numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Plus,
    Minus,
    Times,
    Over,
    Power,
}

impl Arithmetic {
    pub(super) fn eval<'a>(&'a self, env: &Env<'a>) -> Yield<Num<'a>> {
        match self {
            Arithmetic::Binary(sign, a, b, span) => {
                let (a, b) = (a.eval(env)?, b.eval(env)?);
                if let (Num::Small(m, s), Num::Small(n, t)) = (a, b)
                    && let Some(result) = quick(*sign, (m, s), (n, t))
                {
                    return Ok(result);
                }
                thorough(*sign, a, b, span, env)
            }
            Arithmetic::Negative(inner) => Ok(match inner.eval(env)? {
                Num::Small(mantissa, scale) => Num::Small(-mantissa, scale),
                other => Num::of(other.decimal().map(Decimal::negated), env),
            }),
            Arithmetic::Days(a, b) => {
                let (a, b) = (a.eval(env)?, b.eval(env)?);
                let days = a.zip(b).map(|(a, b)| i64::from(day_number(a) - day_number(b)));
                Ok(days.map_or(Num::Blank, |days| Num::Small(days, 0)))
            }
            Arithmetic::InstantDays(a, b) => {
                let (a, b) = (a.eval(env)?, b.eval(env)?);
                let Some((a, b)) = a.zip(b) else { return Ok(Num::Blank) };
                let between = Decimal::whole(a.as_millisecond() - b.as_millisecond());
                Ok(Num::of(between.over(Decimal::whole(DAY)).and_then(Result::ok), env))
            }
            Arithmetic::Milliseconds(a, b) => {
                let (a, b) = (a.eval(env)?, b.eval(env)?);
                let between = a.zip(b).map(|(a, b)| (in_day(a) - in_day(b)).rem_euclid(DAY));
                Ok(between.map_or(Num::Blank, |between| Num::Small(between, 0)))
            }
        }
    }
}

/// The result where all of it fits into machine words, as nearly always.
#[inline]
fn quick<'a>(sign: Sign, (m, s): (i64, u8), (n, t): (i64, u8)) -> Option<Num<'a>> {
    let (mantissa, scale) = match sign {
        Sign::Plus if s == t => (m.checked_add(n)?, s),
        Sign::Minus if s == t => (m.checked_sub(n)?, s),
        Sign::Plus | Sign::Minus => {
            let (a, b, scale) = decimal::aligned_words(m, s, n, t)?;
            (if sign == Sign::Plus { a.checked_add(b)? } else { a.checked_sub(b)? }, scale)
        }
        Sign::Times => (m.checked_mul(n)?, s + t),
        Sign::Over if n != 0 && s >= t && m % n == 0 => (m / n, s - t),
        Sign::Over | Sign::Power => return None,
    };
    (scale <= 18 && mantissa != i64::MIN).then_some(Num::Small(mantissa, scale))
}

#[cold]
fn thorough<'a>(sign: Sign, a: Num<'a>, b: Num<'a>, span: &Range<usize>, env: &Env<'a>) -> Yield<Num<'a>> {
    let (Some(a), Some(b)) = (a.decimal(), b.decimal()) else { return Ok(Num::Blank) };
    let result = match sign {
        Sign::Plus => a.plus(b).map_err(|Overflow| too_large(span, a, "+", b)),
        Sign::Minus => a.minus(b).map_err(|Overflow| too_large(span, a, "-", b)),
        Sign::Times => a.times(b).map_err(|Overflow| too_large(span, a, "*", b)),
        Sign::Over => match a.over(b) {
            Some(quotient) => quotient.map_err(|Overflow| too_large(span, a, "/", b)),
            None => Err(fault(EvalErrorKind::DivByZero, span, format!("{a} is divided by zero"))),
        },
        Sign::Power => power(a, b, span),
    };
    result.map(|result| Num::of(Some(result), env))
}

/// Powers as Salesforce has them: whole exponents, results of at most 10^64, 18 digits of them.
fn power(base: Decimal, exponent: Decimal, span: &Range<usize>) -> Yield<Decimal> {
    if !exponent.is_whole() {
        let message = format!("{base} ^ {exponent}: the exponent must be a whole number; for a square root use SQRT");
        return Err(fault(EvalErrorKind::Domain, span, message));
    }
    let exponent = exponent.to_i64();
    let large =
        || fault(EvalErrorKind::Overflow, span, format!("{base} ^ {exponent} is larger than a 1 with 64 zeros"));
    let magnitude = base.abs().to_f64().log10() * exponent as f64;
    if !base.is_zero() && magnitude > 64.0 {
        return Err(large());
    }
    if !base.is_zero() && magnitude < -60.0 {
        return Ok(Decimal::ZERO);
    }
    match base.pow(exponent) {
        None => Err(fault(EvalErrorKind::DivByZero, span, format!("{base} ^ {exponent} divides by zero"))),
        Some(Err(Overflow)) => Err(large()),
        Some(Ok(result)) => {
            let result = result.significant(18);
            Ok(if result.round(39, Rounding::Down).is_zero() { Decimal::ZERO } else { result })
        }
    }
}

/// Days since 1970-01-01.
pub(super) fn day_number(date: Date) -> i32 {
    // The usual count of days in years that begin in March.
    let (year, month, day) = (i32::from(date.year()), i32::from(date.month()), i32::from(date.day()));
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The day so many days after 1970-01-01, in the years 1 to 9999.
pub(super) fn date_of(number: i64) -> Option<Date> {
    if !(-719_162..=2_932_896).contains(&number) {
        return None;
    }
    let shifted = number + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Date::new(year as i16, month as i8, day as i8).ok()
}

/// Milliseconds since midnight.
pub(super) fn in_day(time: Time) -> i64 {
    (i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second())) * 1000
        + i64::from(time.millisecond())
}

/// The time so many milliseconds after midnight, going round the day.
pub(super) fn time_of(milliseconds: i64) -> Time {
    let rest = milliseconds.rem_euclid(DAY);
    let (seconds, thousandths) = (rest / 1000, rest % 1000);
    Time::constant(
        (seconds / 3600) as i8,
        (seconds / 60 % 60) as i8,
        (seconds % 60) as i8,
        thousandths as i32 * 1_000_000,
    )
}

/// Days added to a day.
#[derive(Debug, Clone)]
pub(super) struct DayShift {
    pub(super) from: Expr<Day>,
    pub(super) by: Expr<Number>,
    pub(super) back: bool,
    pub(super) span: Range<usize>,
}

impl DayShift {
    pub(super) fn eval<'a>(&'a self, env: &Env<'a>) -> Yield<Option<Date>> {
        let (from, by) = (self.from.eval(env)?, self.by.eval(env)?.to_i64());
        let Some((from, by)) = from.zip(by) else { return Ok(None) };
        let days = if self.back { by.saturating_neg() } else { by };
        // Within a month no calendar is needed.
        if let 1..=28 = i64::from(from.day()).saturating_add(days)
            && let Ok(date) = Date::new(from.year(), from.month(), from.day() + days as i8)
        {
            return Ok(Some(date));
        }
        match date_of(i64::from(day_number(from)).saturating_add(days)) {
            Some(date) => Ok(Some(date)),
            None => {
                let message = format!("{days} days from {from} leave the years 1 to 9999");
                Err(fault(EvalErrorKind::DateRange, &self.span, message))
            }
        }
    }
}

/// Days added to an instant.
#[derive(Debug, Clone)]
pub(super) struct InstantShift {
    pub(super) from: Expr<Instant>,
    pub(super) by: Expr<Number>,
    pub(super) back: bool,
    pub(super) span: Range<usize>,
}

impl InstantShift {
    pub(super) fn eval<'a>(&'a self, env: &Env<'a>) -> Yield<Option<Timestamp>> {
        let (from, by) = (self.from.eval(env)?, self.by.eval(env)?.decimal());
        let Some((from, by)) = from.zip(by) else { return Ok(None) };
        let by = if self.back { by.negated() } else { by };
        let seconds = by.times(Decimal::whole(86_400)).map(|seconds| seconds.round(0, Rounding::Half).to_i64());
        let shifted = seconds.ok().and_then(|seconds| from.checked_add(SignedDuration::from_secs(seconds)).ok());
        let refused = || {
            let message = format!("{by} days from {from} leave the years 1 to 9999");
            fault(EvalErrorKind::DateRange, &self.span, message)
        };
        shifted.map(Some).ok_or_else(refused)
    }
}

/// Milliseconds added to a time of day.
#[derive(Debug, Clone)]
pub(super) struct ClockShift {
    pub(super) from: Expr<Clock>,
    pub(super) by: Expr<Number>,
    pub(super) back: bool,
}

impl ClockShift {
    pub(super) fn eval<'a>(&'a self, env: &Env<'a>) -> Yield<Option<Time>> {
        let (from, by) = (self.from.eval(env)?, self.by.eval(env)?.decimal());
        Ok(from.zip(by).map(|(from, by)| {
            let by = by.to_i64() % DAY;
            time_of(in_day(from) + if self.back { -by } else { by })
        }))
    }
}

/// Places have no operators.
#[derive(Debug, Clone)]
pub(super) enum Never {}

impl Never {
    pub(super) fn eval(&self, _env: &Env<'_>) -> Yield<Option<super::value::Location>> {
        match *self {}
    }
}

/// Texts joined.
#[derive(Debug, Clone)]
pub(super) struct Concat(pub(super) Vec<Expr<Text>>);

impl Concat {
    pub(super) fn eval<'a>(&'a self, env: &Env<'a>) -> Yield<&'a str> {
        // One part with text needs no copy; most joins have a few parts.
        let mut first = "";
        let mut built: Option<bumpalo::collections::String<'a>> = None;
        for part in &self.0 {
            let part = part.eval(env)?;
            if part.is_empty() {
                continue;
            }
            match &mut built {
                Some(built) => built.push_str(part),
                None if first.is_empty() => first = part,
                None => {
                    let room = (first.len() + part.len()) * 2;
                    let mut start = bumpalo::collections::String::with_capacity_in(room, &env.scratch.arena);
                    start.push_str(first);
                    start.push_str(part);
                    built = Some(start);
                }
            }
        }
        Ok(built.map_or(first, bumpalo::collections::String::into_bump_str))
    }
}

/// What truth has.
#[derive(Debug, Clone)]
pub(super) enum Logic {
    /// From left to right, until one is not true.
    All(Vec<Expr<Truth>>),
    /// From left to right, until one is true.
    Any(Vec<Expr<Truth>>),
    Not(Expr<Truth>),
    Compare(Comparison, Pair),
    /// Texts are equal or not; blank is a text like any other.
    SameText(bool, Expr<Text>, Expr<Text>),
    IsBlank(Node),
    /// Whether the field differs from its previous version.
    Changed(Node, Field),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Comparison::Equal => order == Ordering::Equal,
            Comparison::NotEqual => order != Ordering::Equal,
            Comparison::Less => order == Ordering::Less,
            Comparison::LessEqual => order != Ordering::Greater,
            Comparison::Greater => order == Ordering::Greater,
            Comparison::GreaterEqual => order != Ordering::Less,
        }
    }
}

/// Two values of one type.
#[derive(Debug, Clone)]
pub(super) enum Pair {
    Number(Expr<Number>, Expr<Number>),
    Text(Expr<Text>, Expr<Text>),
    Truth(Expr<Truth>, Expr<Truth>),
    Date(Expr<Day>, Expr<Day>),
    DateTime(Expr<Instant>, Expr<Instant>),
    Time(Expr<Clock>, Expr<Clock>),
    /// NULL with NULL.
    Null,
}

impl Pair {
    /// `None` when one of them is blank.
    fn order<'a>(&'a self, env: &Env<'a>) -> Yield<Option<Ordering>> {
        fn ordered<'a, K, T: Ord>(a: &'a Expr<K>, b: &'a Expr<K>, env: &Env<'a>) -> Yield<Option<Ordering>>
        where
            K: Kind<Value<'a> = Option<T>>,
        {
            let (a, b) = (a.eval(env)?, b.eval(env)?);
            Ok(a.zip(b).map(|(a, b)| a.cmp(&b)))
        }
        match self {
            Pair::Number(a, b) => {
                let (a, b) = (a.eval(env)?, b.eval(env)?);
                if let (Num::Small(m, s), Num::Small(n, t)) = (a, b)
                    && let Some((m, n, _)) = decimal::aligned_words(m, s, n, t)
                {
                    return Ok(Some(m.cmp(&n)));
                }
                Ok(a.decimal().zip(b.decimal()).map(|(a, b)| a.cmp(&b)))
            }
            Pair::Truth(a, b) => ordered(a, b, env),
            Pair::Date(a, b) => ordered(a, b, env),
            Pair::DateTime(a, b) => ordered(a, b, env),
            Pair::Time(a, b) => ordered(a, b, env),
            Pair::Text(a, b) => {
                let (a, b) = (a.eval(env)?, b.eval(env)?);
                Ok((!a.is_empty() && !b.is_empty()).then(|| text_order(a, b)))
            }
            Pair::Null => Ok(None),
        }
    }
}

/// The order of UTF-16 code units, as Java has it.
fn text_order(a: &str, b: &str) -> Ordering {
    if a.is_ascii() || b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
}

impl Logic {
    pub(super) fn eval<'a>(&'a self, env: &Env<'a>) -> Yield<Option<bool>> {
        match self {
            Logic::Compare(comparison, pair) => Ok(pair.order(env)?.map(|order| comparison.holds(order))),
            Logic::SameText(wanted, a, b) => Ok(Some((a.eval(env)? == b.eval(env)?) == *wanted)),
            Logic::All(parts) => {
                for part in parts {
                    if part.eval(env)? != Some(true) {
                        return Ok(Some(false));
                    }
                }
                Ok(Some(true))
            }
            Logic::Any(parts) => {
                for part in parts {
                    if part.eval(env)? == Some(true) {
                        return Ok(Some(true));
                    }
                }
                Ok(Some(false))
            }
            Logic::Not(inner) => Ok(inner.eval(env)?.map(|truth| !truth)),
            Logic::IsBlank(node) => Ok(Some(match node {
                Node::Text(expr) => expr.eval(env)?.is_empty(),
                Node::Number(expr) => Number::is_blank(expr.eval(env)?),
                Node::Date(expr) => expr.eval(env)?.is_none(),
                other => other.eval(env)?.is_blank(),
            })),
            Logic::Changed(node, field) => {
                let now = node.eval(env)?;
                let before = match env.cells.previous(field.slot) {
                    Ok(None) => return Ok(Some(false)),
                    Ok(Some(before)) => before,
                    // What could not be read before and can be read now has changed.
                    Err(_) => return Ok(Some(true)),
                };
                let zero = Value::Number(Decimal::ZERO);
                let before = match (before, now) {
                    (Value::Null, Value::Number(_)) if env.settings.blanks == super::scope::Blanks::Zero => zero,
                    (Value::Null, Value::Boolean(_)) => Value::Boolean(false),
                    (before, _) if before.is_blank() => Value::Null,
                    (before, _) => before,
                };
                Ok(Some(before != now))
            }
        }
    }
}
