//! Functions of numbers. A blank number gives a blank result; where blanks are zeroes there are none.

use super::super::check::ready;
use super::super::kinds::Num;
use super::super::node::{Arguments, Prepared, Yield};
use super::super::problem::EvalErrorKind;
use super::{Function, Group, Parameter, Run, Signature, function, number, optional, repeated, takes, text};
use crate::formula::decimal::{Decimal, Rounding, cut_off};
use crate::formula::value::{Location, Type};

/// Digits to which CEILING, FLOOR and their kin look, so that 1/3*3 is 1 for them.
const SEEN: u32 = 33;

const ONE: &[Parameter] = &[number("number")];
const MANY: &[Parameter] = &[repeated(number("number"))];

macro_rules! of_number {
    ($name:literal, $run:ident, $help:literal, $examples:expr) => {
        function(
            $name,
            Group::Number,
            &[Signature { parameters: ONE, result: Type::Number, run: Run::Number($run) }],
            $help,
            $examples,
        )
    };
}

pub(super) const ALL: &[Function] = &[
    of_number!("ABS", abs, "The number without its sign.", &[("ABS(-1.5)", "1.5")]),
    function(
        "ROUND",
        Group::Number,
        &[Signature {
            parameters: &[number("number"), number("digits")],
            result: Type::Number,
            run: Run::Number(round),
        }],
        "Rounded to so many decimals, half away from zero; negative digits round left of the point.",
        &[("ROUND(1.005, 2)", "1.01"), ("ROUND(-1.5, 0)", "-2"), ("ROUND(1250, -2)", "1300")],
    ),
    function(
        "TRUNC",
        Group::Number,
        &[Signature {
            parameters: &[number("number"), optional(number("digits"))],
            result: Type::Number,
            run: Run::Number(trunc),
        }],
        "Cut off behind so many decimals, behind the point if none are given.",
        &[("TRUNC(-1.99)", "-1"), ("TRUNC(1.999, 2)", "1.99")],
    ),
    of_number!(
        "CEILING",
        ceiling,
        "The next whole number away from zero.",
        &[("CEILING(2.1)", "3"), ("CEILING(-2.1)", "-3")]
    ),
    of_number!("FLOOR", floor, "The next whole number toward zero.", &[("FLOOR(2.9)", "2"), ("FLOOR(-2.9)", "-2")]),
    of_number!("MCEILING", m_ceiling, "The next whole number that is not smaller.", &[("MCEILING(-2.9)", "-2")]),
    of_number!("MFLOOR", m_floor, "The next whole number that is not larger.", &[("MFLOOR(-2.1)", "-3")]),
    function(
        "MOD",
        Group::Number,
        &[Signature {
            parameters: &[number("number"), number("divisor")],
            result: Type::Number,
            run: Run::Number(modulo),
        }],
        "What is left of a division; it has the sign of the number.",
        &[("MOD(7, 3)", "1"), ("MOD(-7, 3)", "-1"), ("MOD(1, 0.1)", "0")],
    ),
    function(
        "MAX",
        Group::Number,
        &[Signature { parameters: MANY, result: Type::Number, run: Run::Number(max) }],
        "The largest of the numbers; blank when one is.",
        &[("MAX(1, 3, 2)", "3")],
    ),
    function(
        "MIN",
        Group::Number,
        &[Signature { parameters: MANY, result: Type::Number, run: Run::Number(min) }],
        "The smallest of the numbers; blank when one is.",
        &[("MIN(1, 3, 2)", "1")],
    ),
    of_number!("SQRT", sqrt, "The square root.", &[("SQRT(25)", "5")]),
    of_number!("EXP", exp, "e to the power of the number.", &[("EXP(0)", "1")]),
    of_number!("LN", ln, "The natural logarithm.", &[("LN(1)", "0")]),
    of_number!("LOG", log, "The logarithm to the base 10.", &[("LOG(100)", "2")]),
    function(
        "PI",
        Group::Number,
        &[Signature { parameters: &[], result: Type::Number, run: Run::Number(pi) }],
        "The number π.",
        &[("ROUND(PI(), 4)", "3.1416")],
    ),
    of_number!("SIN", sin, "The sine of an angle in radians.", &[("SIN(0)", "0")]),
    of_number!("COS", cos, "The cosine of an angle in radians.", &[("COS(0)", "1")]),
    of_number!("TAN", tan, "The tangent of an angle in radians.", &[("TAN(0)", "0")]),
    of_number!(
        "ASIN",
        asin,
        "The angle whose sine it is; blank outside of -1 to 1.",
        &[("ASIN(0)", "0"), ("ASIN(2)", "")]
    ),
    of_number!("ACOS", acos, "The angle whose cosine it is; blank outside of -1 to 1.", &[("ACOS(1)", "0")]),
    of_number!("ATAN", atan, "The angle whose tangent it is.", &[("ATAN(0)", "0")]),
    function(
        "ATAN2",
        Group::Number,
        &[Signature { parameters: &[number("y"), number("x")], result: Type::Number, run: Run::Number(atan2) }],
        "The angle of a point, from -π to π.",
        &[("ATAN2(0, 1)", "0")],
    ),
    Function {
        prepare: Some(ready::on_earth),
        ..function(
            "GEOLOCATION",
            Group::Number,
            &[Signature {
                parameters: &[number("latitude"), number("longitude")],
                result: Type::Location,
                run: Run::Place(geolocation),
            }],
            "A place, for DISTANCE.",
            &[("DISTANCE(GEOLOCATION(0, 0), GEOLOCATION(0, 0), \"km\")", "0")],
        )
    },
    Function {
        prepare: Some(ready::unit),
        ..function(
            "DISTANCE",
            Group::Number,
            &[Signature {
                parameters: &[takes("from", Type::Location), takes("to", Type::Location), text("unit")],
                result: Type::Number,
                run: Run::Number(distance),
            }],
            "The way over the surface of the Earth, in \"km\" or \"mi\".",
            &[("ROUND(DISTANCE(GEOLOCATION(52.52, 13.405), GEOLOCATION(48.8566, 2.3522), \"km\"), 1)", "877.5")],
        )
    },
];

fn abs(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    Ok(given.number(0)?.map(Decimal::abs))
}

/// Decimals as a count that rounding can take.
fn places(digits: Decimal) -> i32 {
    digits.to_i64().clamp(-2000, 2000) as i32
}

fn round(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    let (number, digits) = (given.num(0)?, given.num(1)?);
    // The usual case without a detour: cents of an amount.
    if let (Num::Small(mantissa, scale), Num::Small(digits @ 0..=18, 0)) = (number, digits) {
        let cut = i64::from(scale) - digits;
        let scale = scale.min(digits as u8);
        let kept = if cut > 0 { cut_off(mantissa, cut as usize, Rounding::Half) } else { mantissa };
        return Ok(Some(Decimal::of_small(kept, scale)));
    }
    let (number, digits) = (number.decimal(), digits.decimal());
    Ok(number.zip(digits).map(|(number, digits)| number.round(places(digits), Rounding::Half)))
}

fn trunc(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    let number = given.number(0)?;
    let digits = if given.has(1) { given.number(1)? } else { Some(Decimal::ZERO) };
    Ok(number.zip(digits).map(|(number, digits)| number.round(places(digits), Rounding::Down)))
}

fn whole(given: &Arguments<'_, '_>, rounding: Rounding) -> Yield<Option<Decimal>> {
    Ok(given.number(0)?.map(|number| number.significant(SEEN).round(0, rounding)))
}

fn ceiling(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    whole(given, Rounding::Up)
}

fn floor(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    whole(given, Rounding::Down)
}

fn m_ceiling(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    whole(given, Rounding::Ceiling)
}

fn m_floor(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    whole(given, Rounding::Floor)
}

fn modulo(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    let (number, divisor) = (given.number(0)?, given.number(1)?);
    let Some((number, divisor)) = number.zip(divisor) else { return Ok(None) };
    match number.remainder(divisor) {
        Some(Ok(rest)) => Ok(Some(rest)),
        Some(Err(_)) => given.fail(EvalErrorKind::Overflow, format!("MOD({number}, {divisor}) is too far apart")),
        None => given.fail(EvalErrorKind::DivByZero, format!("MOD({number}, 0) divides by zero")),
    }
}

fn extreme(given: &Arguments<'_, '_>, choose: fn(Decimal, Decimal) -> Decimal) -> Yield<Option<Decimal>> {
    let mut found = given.number(0)?;
    for index in 1..given.len() {
        let next = given.number(index)?;
        found = found.zip(next).map(|(found, next)| choose(found, next));
    }
    Ok(found)
}

fn max(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    extreme(given, Ord::max)
}

fn min(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    extreme(given, Ord::min)
}

/// Goes through binary floats, as Salesforce does.
fn float(given: &Arguments<'_, '_>, name: &str, compute: fn(f64) -> f64) -> Yield<Option<Decimal>> {
    let Some(number) = given.number(0)? else { return Ok(None) };
    let result = compute(number.to_f64());
    if result.is_nan() {
        return given.fail(EvalErrorKind::Domain, format!("{name} is not defined for {number}"));
    }
    match Decimal::from_f64(result) {
        Some(result) => Ok(Some(result)),
        None => given.fail(EvalErrorKind::Overflow, format!("{name}({number}) is too large")),
    }
}

fn sqrt(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    float(given, "SQRT", f64::sqrt)
}

fn exp(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    float(given, "EXP", f64::exp)
}

fn positive(number: f64, logarithm: fn(f64) -> f64) -> f64 {
    if number > 0.0 { logarithm(number) } else { f64::NAN }
}

fn ln(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    float(given, "LN", |number| positive(number, f64::ln))
}

fn log(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    float(given, "LOG", |number| positive(number, f64::log10))
}

fn pi(_given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    Ok(Decimal::from_f64(std::f64::consts::PI))
}

fn sin(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    float(given, "SIN", f64::sin)
}

fn cos(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    float(given, "COS", f64::cos)
}

fn tan(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    float(given, "TAN", f64::tan)
}

fn arc(given: &Arguments<'_, '_>, name: &str, compute: fn(f64) -> f64) -> Yield<Option<Decimal>> {
    match given.number(0)? {
        Some(number) if number.abs() > Decimal::ONE => Ok(None),
        _ => float(given, name, compute),
    }
}

fn asin(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    arc(given, "ASIN", f64::asin)
}

fn acos(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    arc(given, "ACOS", f64::acos)
}

fn atan(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    float(given, "ATAN", f64::atan)
}

fn atan2(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    let (y, x) = (given.number(0)?, given.number(1)?);
    Ok(y.zip(x).and_then(|(y, x)| Decimal::from_f64(y.to_f64().atan2(x.to_f64()))))
}

/// Whether a place is on Earth.
pub(in crate::formula) fn is_on_earth(latitude: f64, longitude: f64) -> bool {
    latitude.abs() <= 90.0 && longitude.abs() <= 180.0
}

fn geolocation(given: &Arguments<'_, '_>) -> Yield<Option<Location>> {
    let (latitude, longitude) = (given.number(0)?, given.number(1)?);
    let Some((latitude, longitude)) = latitude.zip(longitude) else { return Ok(None) };
    let place = Location { latitude: latitude.to_f64(), longitude: longitude.to_f64() };
    if is_on_earth(place.latitude, place.longitude) {
        return Ok(Some(place));
    }
    let message =
        format!("{latitude}, {longitude} is nowhere: latitudes go from -90 to 90, longitudes from -180 to 180");
    given.fail(EvalErrorKind::Domain, message)
}

/// Mean radius of the Earth in a unit.
pub(in crate::formula) fn radius(unit: &str) -> Option<f64> {
    match unit {
        "km" => Some(6371.009),
        "mi" => Some(3958.761),
        _ => None,
    }
}

fn distance(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    let (from, to, unit) = (given.place(0)?, given.place(1)?, given.text(2)?);
    let Some(radius) = radius(unit) else {
        return given.fail(EvalErrorKind::Domain, format!("\"{unit}\" is no unit: DISTANCE takes \"km\" or \"mi\""));
    };
    debug_assert!(matches!(given.prepared(), Prepared::Nothing));
    let Some((from, to)) = from.zip(to) else { return Ok(None) };
    let half = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
    let (north, south) = (from.latitude.to_radians(), to.latitude.to_radians());
    let chord = half(from.latitude, to.latitude) + north.cos() * south.cos() * half(from.longitude, to.longitude);
    Ok(Decimal::from_f64(2.0 * radius * chord.sqrt().min(1.0).asin()))
}
