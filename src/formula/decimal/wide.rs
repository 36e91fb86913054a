//! Numbers that do not fit into a machine word: how they are put into form, rounded, divided, added and ordered.

use super::Form::{Small, Wide};
use super::big::{Big, CHUNK};
use super::{DIGITS, Decimal, FAR, Overflow, POWERS, QUOTIENT_DIGITS};
use std::cmp::Ordering;

/// The number in its form, rounded to what can be held.
pub(super) fn settle(negative: bool, digits: Big, scale: i32) -> Result<Decimal, Overflow> {
    if let Some(magnitude) = digits.to_u64() {
        if magnitude == 0 {
            return Ok(Decimal::ZERO);
        }
        let small = i64::try_from(magnitude).ok().and_then(|mantissa| match scale {
            0..=18 => Some((mantissa, scale as u8)),
            // 5 * 10^3 as 5000, so that whole numbers stay small.
            -18..=-1 => Some((mantissa.checked_mul(POWERS[scale.unsigned_abs() as usize])?, 0)),
            _ => None,
        });
        if let Some((mantissa, scale)) = small {
            return Ok(Decimal(Small { mantissa: if negative { -mantissa } else { mantissa }, scale }));
        }
    }
    if digits.digits() > DIGITS {
        return significant(negative, digits, scale, DIGITS);
    }
    held(negative, digits, scale)
}

/// The number in the wide form, in which it fits.
pub(super) fn held(negative: bool, digits: Big, scale: i32) -> Result<Decimal, Overflow> {
    if scale < -FAR {
        return Err(Overflow);
    }
    if scale > FAR {
        return Ok(Decimal::ZERO);
    }
    let digits = digits.to_limbs().ok_or(Overflow)?;
    Ok(Decimal(Wide { negative, scale: scale as i16, digits }))
}

/// The number rounded to so many digits.
pub(super) fn significant(negative: bool, digits: Big, scale: i32, wanted: u32) -> Result<Decimal, Overflow> {
    let cut = digits.digits().saturating_sub(wanted);
    let (mut kept, first, _) = digits.shortened(cut);
    if first >= 5 {
        kept = kept.plus(&Big::from_u128(1));
    }
    let (kept, scale) = trimmed(kept, scale - cut as i32);
    settle(negative, kept, scale)
}

/// Without zeros at the end, as far as they stand behind the point.
pub(super) fn trimmed(mut digits: Big, mut scale: i32) -> (Big, i32) {
    for step in [16, 8, 4, 2, 1] {
        while scale >= step {
            let (rest, cut) = digits.over(10u64.pow(step as u32));
            if cut != 0 || rest.is_zero() {
                break;
            }
            (digits, scale) = (rest, scale - step);
        }
    }
    (digits, scale)
}

/// Division of machine words, 19 digits at a time.
pub(super) fn short_division(negative: bool, dividend: u64, divisor: u64, scale: i32) -> Result<Decimal, Overflow> {
    let (quotient, mut rest) = (dividend / divisor, dividend % divisor);
    let mut scale = scale;
    if rest == 0 {
        return settle(negative, Big::from_u128(u128::from(quotient)), scale);
    }
    // Most quotients that end at all do so within a few digits.
    let step = u128::from(rest) * 100_000_000;
    if step % u128::from(divisor) == 0 {
        let quotient = u128::from(quotient) * 100_000_000 + step / u128::from(divisor);
        let (digits, scale) = trimmed(Big::from_u128(quotient), scale + 8);
        return settle(negative, digits, scale);
    }
    let mut digits = Big::from_u128(u128::from(quotient));
    let mut count = quotient.checked_ilog10().map_or(0, |log| log + 1);
    // Two chunks of 19 digits, and another when the first ones are zeros.
    while rest != 0 && count <= QUOTIENT_DIGITS {
        let step = u128::from(rest) * u128::from(10u64.pow(CHUNK));
        let chunk = (step / u128::from(divisor)) as u64;
        digits = digits.times(10u64.pow(CHUNK), chunk);
        rest = (step % u128::from(divisor)) as u64;
        scale += CHUNK as i32;
        count = if count > 0 { count + CHUNK } else { chunk.checked_ilog10().map_or(0, |log| log + 1) };
    }
    if rest == 0 {
        return significant(negative, digits, scale, QUOTIENT_DIGITS);
    }
    // It never ends, so it ends in no zeros but by chance.
    let cut = count - QUOTIENT_DIGITS;
    let (kept, first, _) = digits.shortened(cut);
    let kept = if first >= 5 { kept.plus(&Big::from_u128(1)) } else { kept };
    held(negative, kept, scale - cut as i32)
}

pub(super) fn wide_sum(a: Decimal, b: Decimal) -> Result<Decimal, Overflow> {
    if a.is_zero() || b.is_zero() {
        return Ok(if a.is_zero() { b } else { a });
    }
    let ((n, mut x, mut s), (m, mut y, mut t)) = (a.parts(), b.parts());
    // Of a number that begins far behind the end of the other nothing is seen in 57 digits.
    if s.abs_diff(t) > DIGITS {
        let coarse = s.min(t) + DIGITS as i32;
        let near = |digits: Big, scale: i32| {
            let cut = scale.saturating_sub(coarse).max(0) as u32;
            if cut > DIGITS + CHUNK { (Big::ZERO, coarse) } else { (digits.shortened(cut).0, scale - cut as i32) }
        };
        ((x, s), (y, t)) = (near(x, s), near(y, t));
    }
    let scale = s.max(t);
    let (x, y) = (x.scaled((scale - s) as u32), y.scaled((scale - t) as u32));
    if n == m {
        return settle(n, x.plus(&y), scale);
    }
    match x.cmp(&y) {
        Ordering::Equal => Ok(Decimal::ZERO),
        Ordering::Greater => settle(n, x.minus(&y), scale),
        Ordering::Less => settle(m, y.minus(&x), scale),
    }
}

pub(super) fn wide_order(a: Decimal, b: Decimal) -> Ordering {
    match (a.is_negative(), b.is_negative()) {
        (false, true) => return Ordering::Greater,
        (true, false) => return Ordering::Less,
        _ => {}
    }
    let ((_, x, s), (_, y, t)) = (a.parts(), b.parts());
    let order = match (x.is_zero(), y.is_zero()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => {
            // Where the first digit stands; only within reach of each other need digits be compared.
            let tops = (x.digits() as i32 - s).cmp(&(y.digits() as i32 - t));
            tops.then_with(|| {
                let scale = s.max(t);
                x.scaled((scale - s) as u32).cmp(&y.scaled((scale - t) as u32))
            })
        }
    };
    if a.is_negative() { order.reverse() } else { order }
}
