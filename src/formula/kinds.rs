//! The types at work: numbers, texts, truths, days, instants, times and places, and how each is read from a cell.

use super::decimal::Decimal;
use super::node::{Arguments, Body, Env, Kind, TextBody, Yield};
use super::operate;
use super::scope::{Blanks, CellError};
use super::value::{Location, Value};
use jiff::Timestamp;
use jiff::civil::{Date, Time};

fn wrong<T>(value: Value<'_>, wanted: &str) -> Result<T, CellError> {
    Err(CellError::new(format!("\"{value}\" is not {wanted}")))
}

/// A number at work: in two machine words as long as it has at most 18 digits, so that it travels in registers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Num<'a> {
    Blank,
    /// The first divided by 10 to the power of the second.
    Small(i64, u8),
    Wide(&'a Decimal),
}

impl<'a> Num<'a> {
    /// Wide ones go into the arena.
    #[inline]
    pub(super) fn of(number: Option<Decimal>, env: &Env<'a>) -> Num<'a> {
        match number.map(|number| (number, number.small())) {
            None => Num::Blank,
            Some((_, Some((mantissa, scale)))) => Num::Small(mantissa, scale),
            Some((number, None)) => Num::Wide(env.scratch.arena.alloc(number)),
        }
    }

    /// The whole part, as [`Decimal::to_i64`] has it.
    #[inline]
    pub(super) fn to_i64(self) -> Option<i64> {
        match self {
            Num::Small(mantissa, 0) => Some(mantissa),
            other => other.decimal().map(Decimal::to_i64),
        }
    }

    #[inline]
    pub(super) fn decimal(self) -> Option<Decimal> {
        match self {
            Num::Blank => None,
            Num::Small(mantissa, scale) => Some(Decimal::of_small(mantissa, scale)),
            Num::Wide(number) => Some(*number),
        }
    }
}

/// Numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number;

impl Kind for Number {
    type Value<'a> = Num<'a>;
    type Constant = Option<Decimal>;
    type Operation = operate::Arithmetic;
    type Body = Body<Decimal>;

    #[inline]
    fn constant(constant: &Self::Constant) -> Num<'_> {
        match constant {
            None => Num::Blank,
            Some(number) => match number.small() {
                Some((mantissa, scale)) => Num::Small(mantissa, scale),
                None => Num::Wide(number),
            },
        }
    }
    fn kept(value: Num<'_>) -> Self::Constant {
        value.decimal()
    }
    fn blank<'a>() -> Num<'a> {
        Num::Blank
    }
    fn is_blank(value: Num<'_>) -> bool {
        matches!(value, Num::Blank)
    }
    #[inline]
    fn cell<'a>(env: &Env<'a>, slot: usize) -> Result<Num<'a>, CellError> {
        Ok(match Num::of(env.cells.number(slot)?, env) {
            Num::Blank if env.settings.blanks == Blanks::Zero => Num::Small(0, 0),
            number => number,
        })
    }
    fn read<'a>(value: Value<'a>, env: &Env<'a>) -> Result<Num<'a>, CellError> {
        match value {
            Value::Number(number) => Ok(Num::of(Some(number), env)),
            Value::Null | Value::Text("") if env.settings.blanks == Blanks::Zero => Ok(Num::Small(0, 0)),
            Value::Null | Value::Text("") => Ok(Num::Blank),
            other => wrong(other, "a number"),
        }
    }
    fn operate<'a>(operation: &'a Self::Operation, env: &Env<'a>) -> Yield<Num<'a>> {
        operation.eval(env)
    }
    #[inline]
    fn call<'a>(body: Self::Body, given: &Arguments<'a, '_>) -> Yield<Num<'a>> {
        body(given).map(|number| Num::of(number, given.env))
    }
    fn value<'a>(value: Self::Value<'a>) -> Value<'a> {
        value.decimal().map_or(Value::Null, Value::Number)
    }
}

/// Texts, picklists and multi-select picklists; blank is `""`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text;

impl Kind for Text {
    type Value<'a> = &'a str;
    type Constant = Box<str>;
    type Operation = operate::Concat;
    type Body = TextBody;

    fn constant(constant: &Self::Constant) -> &str {
        constant
    }
    fn kept(value: &str) -> Self::Constant {
        value.into()
    }
    fn blank<'a>() -> Self::Value<'a> {
        ""
    }
    fn is_blank(value: &str) -> bool {
        value.is_empty()
    }
    #[inline]
    fn cell<'a>(env: &Env<'a>, slot: usize) -> Result<&'a str, CellError> {
        env.cells.text(slot)
    }
    fn read<'a>(value: Value<'a>, _env: &Env<'a>) -> Result<&'a str, CellError> {
        match value {
            Value::Text(text) => Ok(text),
            Value::Null => Ok(""),
            other => wrong(other, "text"),
        }
    }
    fn operate<'a>(operation: &'a Self::Operation, env: &Env<'a>) -> Yield<&'a str> {
        operation.eval(env)
    }
    #[inline]
    fn call<'a>(body: Self::Body, given: &Arguments<'a, '_>) -> Yield<Self::Value<'a>> {
        body(given)
    }
    fn value<'a>(value: Self::Value<'a>) -> Value<'a> {
        if value.is_empty() { Value::Null } else { Value::Text(value) }
    }
}

/// True, false or unknown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Truth;

impl Kind for Truth {
    type Value<'a> = Option<bool>;
    type Constant = Option<bool>;
    type Operation = operate::Logic;
    type Body = Body<bool>;

    fn constant(constant: &Self::Constant) -> Option<bool> {
        *constant
    }
    fn kept(value: Option<bool>) -> Self::Constant {
        value
    }
    fn blank<'a>() -> Self::Value<'a> {
        None
    }
    fn is_blank(value: Option<bool>) -> bool {
        value.is_none()
    }
    fn read<'a>(value: Value<'a>, _env: &Env<'a>) -> Result<Option<bool>, CellError> {
        match value {
            Value::Boolean(truth) => Ok(Some(truth)),
            Value::Null | Value::Text("") => Ok(Some(false)),
            other => wrong(other, "true or false"),
        }
    }
    fn operate<'a>(operation: &'a Self::Operation, env: &Env<'a>) -> Yield<Option<bool>> {
        operation.eval(env)
    }
    #[inline]
    fn call<'a>(body: Self::Body, given: &Arguments<'a, '_>) -> Yield<Self::Value<'a>> {
        body(given)
    }
    fn value<'a>(value: Self::Value<'a>) -> Value<'a> {
        Value::Boolean(value == Some(true))
    }
}

macro_rules! plain_kind {
    ($(#[$doc:meta])* $kind:ident, $value:ty, $variant:ident, $operation:ty, $wanted:literal $(, $getter:ident)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(super) struct $kind;

        impl Kind for $kind {
            type Value<'a> = Option<$value>;
            type Constant = Option<$value>;
            type Operation = $operation;
            type Body = Body<$value>;

            fn constant(constant: &Self::Constant) -> Option<$value> {
                *constant
            }
            fn kept(value: Option<$value>) -> Self::Constant {
                value
            }
            fn blank<'a>() -> Self::Value<'a> {
                None
            }
            fn is_blank(value: Option<$value>) -> bool {
                value.is_none()
            }
            $(fn cell<'a>(env: &Env<'a>, slot: usize) -> Result<Option<$value>, CellError> {
                env.cells.$getter(slot)
            })?
            fn read<'a>(value: Value<'a>, _env: &Env<'a>) -> Result<Option<$value>, CellError> {
                match value {
                    Value::$variant(value) => Ok(Some(value)),
                    Value::Null | Value::Text("") => Ok(None),
                    other => wrong(other, $wanted),
                }
            }
            fn operate<'a>(operation: &'a Self::Operation, env: &Env<'a>) -> Yield<Option<$value>> {
                operation.eval(env)
            }
            #[inline]
            fn call<'a>(body: Self::Body, given: &Arguments<'a, '_>) -> Yield<Self::Value<'a>> {
                body(given)
            }
            fn value<'a>(value: Self::Value<'a>) -> Value<'a> {
                value.map_or(Value::Null, Value::$variant)
            }
        }
    };
}

plain_kind!(
    /// Days.
    Day, Date, Date, operate::DayShift, "a date", date
);
plain_kind!(
    /// Instants.
    Instant, Timestamp, DateTime, operate::InstantShift, "a date and time"
);
plain_kind!(
    /// Times of day.
    Clock, Time, Time, operate::ClockShift, "a time"
);
plain_kind!(
    /// Places.
    Place, Location, Location, operate::Never, "a location"
);
