//! Exact decimals, as formulas count: never a binary float.
//!
//! Sums, differences and products are exact up to 57 digits; a quotient has 39 significant digits, rounded half away from zero.
//! Nearly every number of a file has at most 18 digits, which fit into a machine word with a scale; what does not is counted with in
//! 192 bits.
//! Two numbers are equal when their values are: `2.0 = 2`.

mod big;
mod digits;
mod wide;

use big::{Big, CHUNK};
use digits::{parse_long, write_digits, write_word};
use std::cmp::Ordering;
use wide::{settle, short_division, significant, wide_order, wide_sum};

/// Most digits that a number may have; beyond, it is rounded.
const DIGITS: u32 = 57;
/// Significant digits of a quotient.
const QUOTIENT_DIGITS: u32 = 39;
/// Largest power of ten in an `i64`.
const SMALL_SCALE: u8 = 18;
/// Beyond this many zeros before or behind the point a number is an overflow or nothing.
const FAR: i32 = 1000;

const POWERS: [i64; 19] = {
    let mut powers = [1i64; 19];
    let mut i = 1;
    while i < 19 {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// A decimal number.
#[derive(Clone, Copy)]
pub struct Decimal(Form);

#[derive(Clone, Copy)]
enum Form {
    /// `mantissa / 10^scale`, with a scale of at most 18.
    Small { mantissa: i64, scale: u8 },
    /// The same, for what does not fit.
    Wide { negative: bool, scale: i16, digits: [u64; 3] },
}
use Form::{Small, Wide};

/// A result that is too large to be counted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overflow;

/// What becomes of the digits that are cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Half away from zero.
    Half,
    /// Toward zero.
    Down,
    /// Away from zero.
    Up,
    /// Toward minus infinity.
    Floor,
    /// Toward plus infinity.
    Ceiling,
}

impl Decimal {
    /// Nothing.
    pub const ZERO: Decimal = Decimal(Small { mantissa: 0, scale: 0 });
    /// One.
    pub const ONE: Decimal = Decimal(Small { mantissa: 1, scale: 0 });

    /// `mantissa / 10^scale`.
    #[inline]
    pub fn new(mantissa: i128, scale: u8) -> Decimal {
        match i64::try_from(mantissa) {
            Ok(mantissa) if scale <= SMALL_SCALE && mantissa != i64::MIN => Decimal(Small { mantissa, scale }),
            _ => wide(mantissa, scale),
        }
    }

    /// `mantissa / 10^scale`, if it is held so.
    #[inline]
    pub(super) fn small(&self) -> Option<(i64, u8)> {
        match self.0 {
            Small { mantissa, scale } => Some((mantissa, scale)),
            Wide { .. } => None,
        }
    }

    /// What [`Decimal::small`] gave.
    #[inline]
    pub(super) fn of_small(mantissa: i64, scale: u8) -> Decimal {
        Decimal(Small { mantissa, scale })
    }

    /// A whole number.
    #[inline]
    pub fn whole(value: i64) -> Decimal {
        Decimal::new(i128::from(value), 0)
    }

    /// Reads digits with an optional sign, point and exponent: `-12.50`, `1e3`. `None` for anything else.
    #[inline]
    pub fn parse(text: &str) -> Option<Decimal> {
        let bytes = text.as_bytes();
        let (negative, digits) = match bytes {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, bytes),
        };
        let mut mantissa: u64 = 0;
        let mut scale = 0u8;
        let mut point = false;
        // Up to 18 digits go through a machine word.
        if digits.is_empty() || digits.len() > 19 {
            return parse_long(negative, digits);
        }
        let mut seen = 0u8;
        for byte in digits {
            match byte {
                b'0'..=b'9' => {
                    mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                    seen += 1;
                    scale += u8::from(point);
                }
                b'.' if !point => point = true,
                _ => return parse_long(negative, digits),
            }
        }
        if seen == 0 || seen > 18 {
            return parse_long(negative, digits);
        }
        let mantissa = mantissa as i64;
        Some(Decimal(Small { mantissa: if negative { -mantissa } else { mantissa }, scale }))
    }

    /// The decimal that a binary float prints as; `None` when it is no number.
    pub fn from_f64(value: f64) -> Option<Decimal> {
        value.is_finite().then(|| Decimal::parse(&format!("{value:e}"))).flatten()
    }

    /// The nearest binary float.
    pub fn to_f64(self) -> f64 {
        match self.0 {
            Small { mantissa, scale } if mantissa.unsigned_abs() < 1 << 53 && scale <= 22 => {
                mantissa as f64 / 10f64.powi(i32::from(scale))
            }
            _ => self.to_string().parse().unwrap_or(f64::NAN),
        }
    }

    /// Whether it is 0.
    #[inline]
    pub fn is_zero(self) -> bool {
        matches!(self.0, Small { mantissa: 0, .. })
    }

    /// Whether it is below 0.
    pub fn is_negative(self) -> bool {
        match self.0 {
            Small { mantissa, .. } => mantissa < 0,
            Wide { negative, .. } => negative,
        }
    }

    /// The whole part, cut off; beyond the range of `i64` its end.
    #[inline]
    pub fn to_i64(self) -> i64 {
        match self.0 {
            Small { mantissa, scale: 0 } => mantissa,
            Small { mantissa, scale } => mantissa / POWERS[usize::from(scale)],
            Wide { negative, .. } => match self.round(0, Rounding::Down).0 {
                Small { mantissa, scale } => mantissa / POWERS[usize::from(scale)],
                Wide { .. } => {
                    if negative {
                        i64::MIN
                    } else {
                        i64::MAX
                    }
                }
            },
        }
    }

    /// Whether it has no decimals.
    pub fn is_whole(self) -> bool {
        self == self.round(0, Rounding::Down)
    }

    fn parts(self) -> (bool, Big, i32) {
        match self.0 {
            Small { mantissa, scale } => {
                (mantissa < 0, Big::from_u128(u128::from(mantissa.unsigned_abs())), i32::from(scale))
            }
            Wide { negative, scale, digits } => (negative, Big::from_limbs(digits), i32::from(scale)),
        }
    }

    /// The sum.
    #[inline]
    pub fn plus(self, other: Decimal) -> Result<Decimal, Overflow> {
        match (self.0, other.0) {
            (Small { mantissa: a, scale: s }, Small { mantissa: b, scale: t }) => {
                let (a, b, scale) = aligned(a, s, b, t);
                Ok(Decimal::new(a + b, scale))
            }
            _ => wide_sum(self, other),
        }
    }

    /// The difference.
    #[inline]
    pub fn minus(self, other: Decimal) -> Result<Decimal, Overflow> {
        self.plus(other.negated())
    }

    /// The product.
    #[inline]
    pub fn times(self, other: Decimal) -> Result<Decimal, Overflow> {
        if let (Small { mantissa: a, scale: s }, Small { mantissa: b, scale: t }) = (self.0, other.0) {
            return Ok(Decimal::new(i128::from(a) * i128::from(b), s + t));
        }
        let ((n, a, s), (m, b, t)) = (self.parts(), other.parts());
        settle(n != m, a.product(&b), s + t)
    }

    /// The quotient to 39 significant digits; `None` when `other` is 0.
    pub fn over(self, other: Decimal) -> Option<Result<Decimal, Overflow>> {
        if other.is_zero() {
            return None;
        }
        if self.is_zero() {
            return Some(Ok(Decimal::ZERO));
        }
        let ((n, a, s), (m, b, t)) = (self.parts(), other.parts());
        let negative = n != m;
        let exponent = s - t;
        if let (Some(dividend), Some(divisor)) = (a.to_u64(), b.to_u64()) {
            return Some(short_division(negative, dividend, divisor, exponent));
        }
        let wanted = (QUOTIENT_DIGITS + 1 + b.digits()).saturating_sub(a.digits());
        let (quotient, _) = a.scaled(wanted).divided(&b);
        Some(significant(negative, quotient, exponent + wanted as i32, QUOTIENT_DIGITS))
    }

    /// The remainder with the sign of `self`; `None` when `other` is 0.
    pub fn remainder(self, other: Decimal) -> Option<Result<Decimal, Overflow>> {
        if other.is_zero() {
            return None;
        }
        if let (Small { mantissa: a, scale: s }, Small { mantissa: b, scale: t }) = (self.0, other.0) {
            let (a, b, scale) = aligned(a, s, b, t);
            // Machine words divide several times faster.
            let rest = match (i64::try_from(a), i64::try_from(b)) {
                (Ok(a), Ok(b)) => i128::from(a.wrapping_rem(b)),
                _ => a.wrapping_rem(b),
            };
            return Some(Ok(Decimal::new(rest, scale)));
        }
        // self - other * whole part of self / other
        let ((n, a, s), (_, b, t)) = (self.parts(), other.parts());
        let apart = s.abs_diff(t);
        if apart > DIGITS {
            return Some(Err(Overflow));
        }
        let (a, b) = if s < t { (a.scaled(apart), b) } else { (a, b.scaled(apart)) };
        Some(settle(n, a.divided(&b).1, s.max(t)))
    }

    /// `self` to the power of a whole number, to 57 digits; `None` for 0 to a negative power.
    pub fn pow(self, exponent: i64) -> Option<Result<Decimal, Overflow>> {
        if exponent < 0 {
            return match self.pow(exponent.checked_neg()?)? {
                Ok(power) => Decimal::ONE.over(power),
                Err(Overflow) => Some(Ok(Decimal::ZERO)),
            };
        }
        if self == Decimal::ONE || self == Decimal::ONE.negated() {
            return Some(Ok(if exponent % 2 == 0 { Decimal::ONE } else { self }));
        }
        if self.is_zero() {
            return Some(Ok(if exponent == 0 { Decimal::ONE } else { Decimal::ZERO }));
        }
        let (mut power, mut base, mut left) = (Decimal::ONE, self, exponent);
        loop {
            if left % 2 == 1 {
                power = match power.times(base) {
                    Ok(power) => power,
                    Err(Overflow) => return Some(Err(Overflow)),
                };
            }
            left /= 2;
            if left == 0 || power.is_zero() {
                return Some(Ok(power));
            }
            base = match base.times(base) {
                Ok(base) => base,
                Err(Overflow) => return Some(Err(Overflow)),
            };
        }
    }

    /// The same with the other sign.
    #[inline]
    pub fn negated(self) -> Decimal {
        match self.0 {
            Small { mantissa, scale } => Decimal(Small { mantissa: -mantissa, scale }),
            Wide { negative, scale, digits } => Decimal(Wide { negative: !negative, scale, digits }),
        }
    }

    /// Without its sign.
    pub fn abs(self) -> Decimal {
        if self.is_negative() { self.negated() } else { self }
    }

    /// With at most `places` decimals; negative places round left of the point.
    pub fn round(self, places: i32, rounding: Rounding) -> Decimal {
        if let Small { mantissa, scale } = self.0 {
            let cut = i32::from(scale) - places;
            if cut <= 0 {
                return self;
            }
            // The usual case: cents of an amount.
            if let (1..=18, 0..) = (cut, places) {
                return Decimal(Small { mantissa: cut_off(mantissa, cut as usize, rounding), scale: places as u8 });
            }
        }
        let (negative, digits, scale) = self.parts();
        let cut = i64::from(scale) - i64::from(places);
        if cut <= 0 {
            return self;
        }
        let cut = u32::try_from(cut).unwrap_or(u32::MAX);
        let (kept, first, lost) =
            if cut > DIGITS + CHUNK { (Big::ZERO, 0, !digits.is_zero()) } else { digits.shortened(cut) };
        let step = away(negative, first, lost, rounding);
        let kept = kept.plus(&Big::from_u128(u128::from(step)));
        settle(negative, kept, places).unwrap_or(self)
    }

    /// Rounded half away from zero to so many significant digits.
    pub fn significant(self, digits: u32) -> Decimal {
        if matches!(self.0, Small { .. }) && digits >= 19 {
            return self;
        }
        let (negative, value, scale) = self.parts();
        significant(negative, value, scale, digits).unwrap_or(self)
    }

    /// Writes it plainly: no exponent, no grouping, no zeros at the end.
    pub fn write(self, out: &mut String) {
        let (negative, digits, scale) = match self.0 {
            Small { mantissa, scale } => return write_word(mantissa, scale, out),
            Wide { negative, scale, digits } => (negative, Big::from_limbs(digits), i32::from(scale)),
        };
        if negative {
            out.push('-');
        }
        let mut plain = String::new();
        digits.write(&mut plain);
        match usize::try_from(scale) {
            Err(_) => {
                out.push_str(&plain);
                out.extend(std::iter::repeat_n('0', scale.unsigned_abs() as usize));
            }
            Ok(scale) => write_digits(&plain, scale, out),
        }
    }
}

/// Whether cutting off digits moves the rest one step away from zero.
fn away(negative: bool, first: u8, lost: bool, rounding: Rounding) -> bool {
    match rounding {
        Rounding::Half => first >= 5,
        Rounding::Down => false,
        Rounding::Up => lost,
        Rounding::Floor => lost && negative,
        Rounding::Ceiling => lost && !negative,
    }
}

/// A word without its last `cut` digits, of which there are 1 to 18.
#[inline]
pub(super) fn cut_off(mantissa: i64, cut: usize, rounding: Rounding) -> i64 {
    let power = POWERS[cut];
    let (whole, rest) = (mantissa / power, mantissa % power);
    let step = match rounding {
        Rounding::Half => rest.unsigned_abs() * 2 >= power.unsigned_abs(),
        Rounding::Down => false,
        Rounding::Up => rest != 0,
        Rounding::Floor => rest < 0,
        Rounding::Ceiling => rest > 0,
    };
    let negative = mantissa < 0;
    if step { if negative { whole - 1 } else { whole + 1 } } else { whole }
}

/// Two words at one scale, if they stay words.
#[inline]
pub(super) fn aligned_words(a: i64, s: u8, b: i64, t: u8) -> Option<(i64, i64, u8)> {
    Some(match s.cmp(&t) {
        Ordering::Equal => (a, b, s),
        Ordering::Less => (a.checked_mul(POWERS[usize::from(t - s)])?, b, t),
        Ordering::Greater => (a, b.checked_mul(POWERS[usize::from(s - t)])?, s),
    })
}

/// Two words at one scale.
#[inline]
fn aligned(a: i64, s: u8, b: i64, t: u8) -> (i128, i128, u8) {
    let (a, b) = (i128::from(a), i128::from(b));
    match s.cmp(&t) {
        Ordering::Equal => (a, b, s),
        Ordering::Less => (a * i128::from(POWERS[usize::from(t - s)]), b, t),
        Ordering::Greater => (a, b * i128::from(POWERS[usize::from(s - t)]), s),
    }
}

#[cold]
fn wide(mantissa: i128, scale: u8) -> Decimal {
    settle(mantissa < 0, Big::from_u128(mantissa.unsigned_abs()), i32::from(scale)).unwrap_or(Decimal::ZERO)
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Decimal) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Decimal {}
impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Decimal {
    #[inline]
    fn cmp(&self, other: &Decimal) -> Ordering {
        if let (Small { mantissa: a, scale: s }, Small { mantissa: b, scale: t }) = (self.0, other.0) {
            if s == t {
                return a.cmp(&b);
            }
            let (a, b, _) = aligned(a, s, b, t);
            return a.cmp(&b);
        }
        wide_order(*self, *other)
    }
}

impl std::hash::Hash for Decimal {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.to_string().hash(state);
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.pad(&text)
    }
}

impl std::fmt::Debug for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Decimal({self})")
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Decimal {
        Decimal::whole(value)
    }
}

#[cfg(test)]
mod tests;
