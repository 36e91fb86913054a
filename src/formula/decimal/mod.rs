//! Exact decimals, as formulas count: never a binary float.
//!
//! Sums, differences and products are exact up to 57 digits; a quotient has 39 significant digits, rounded half away from zero.
//! Nearly every number of a file has at most 18 digits, which fit into a machine word with a scale; what does not is counted with in
//! 192 bits.
//! Two numbers are equal when their values are: `2.0 = 2`.

mod big;

use big::{Big, CHUNK};
use std::cmp::Ordering;

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
    pub fn add(self, other: Decimal) -> Result<Decimal, Overflow> {
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
    pub fn sub(self, other: Decimal) -> Result<Decimal, Overflow> {
        self.add(other.neg())
    }

    /// The product.
    #[inline]
    pub fn mul(self, other: Decimal) -> Result<Decimal, Overflow> {
        if let (Small { mantissa: a, scale: s }, Small { mantissa: b, scale: t }) = (self.0, other.0) {
            return Ok(Decimal::new(i128::from(a) * i128::from(b), s + t));
        }
        let ((n, a, s), (m, b, t)) = (self.parts(), other.parts());
        settle(n != m, a.product(&b), s + t)
    }

    /// The quotient to 39 significant digits; `None` when `other` is 0.
    pub fn div(self, other: Decimal) -> Option<Result<Decimal, Overflow>> {
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
    pub fn rem(self, other: Decimal) -> Option<Result<Decimal, Overflow>> {
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
                Ok(power) => Decimal::ONE.div(power),
                Err(Overflow) => Some(Ok(Decimal::ZERO)),
            };
        }
        if self == Decimal::ONE || self == Decimal::ONE.neg() {
            return Some(Ok(if exponent % 2 == 0 { Decimal::ONE } else { self }));
        }
        if self.is_zero() {
            return Some(Ok(if exponent == 0 { Decimal::ONE } else { Decimal::ZERO }));
        }
        let (mut power, mut base, mut left) = (Decimal::ONE, self, exponent);
        loop {
            if left % 2 == 1 {
                power = match power.mul(base) {
                    Ok(power) => power,
                    Err(Overflow) => return Some(Err(Overflow)),
                };
            }
            left /= 2;
            if left == 0 || power.is_zero() {
                return Some(Ok(power));
            }
            base = match base.mul(base) {
                Ok(base) => base,
                Err(Overflow) => return Some(Err(Overflow)),
            };
        }
    }

    /// The same with the other sign.
    #[inline]
    pub fn neg(self) -> Decimal {
        match self.0 {
            Small { mantissa, scale } => Decimal(Small { mantissa: -mantissa, scale }),
            Wide { negative, scale, digits } => Decimal(Wide { negative: !negative, scale, digits }),
        }
    }

    /// Without its sign.
    pub fn abs(self) -> Decimal {
        if self.is_negative() { self.neg() } else { self }
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

/// Digits with the point `scale` places from their end, and no zeros behind it.
fn write_digits(digits: &str, scale: usize, out: &mut String) {
    let whole = digits.len().saturating_sub(scale);
    out.push_str(if whole == 0 { "0" } else { &digits[..whole] });
    let decimals = digits[whole..].trim_end_matches('0');
    if !decimals.is_empty() {
        out.push('.');
        out.extend(std::iter::repeat_n('0', scale.saturating_sub(digits.len())));
        out.push_str(decimals);
    }
}

fn write_word(value: i64, scale: u8, out: &mut String) {
    if value < 0 {
        out.push('-');
    }
    let mut digits = [0u8; 20];
    let mut from = digits.len();
    let mut rest = value.unsigned_abs();
    while rest > 0 || from == digits.len() {
        from -= 1;
        digits[from] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let digits = std::str::from_utf8(&digits[from..]).unwrap_or("0");
    if scale == 0 { out.push_str(digits) } else { write_digits(digits, usize::from(scale), out) }
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

/// The number in its form, rounded to what can be held.
fn settle(negative: bool, digits: Big, scale: i32) -> Result<Decimal, Overflow> {
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
fn held(negative: bool, digits: Big, scale: i32) -> Result<Decimal, Overflow> {
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
fn significant(negative: bool, digits: Big, scale: i32, wanted: u32) -> Result<Decimal, Overflow> {
    let cut = digits.digits().saturating_sub(wanted);
    let (mut kept, first, _) = digits.shortened(cut);
    if first >= 5 {
        kept = kept.plus(&Big::from_u128(1));
    }
    let (kept, scale) = trimmed(kept, scale - cut as i32);
    settle(negative, kept, scale)
}

/// Without zeros at the end, as far as they stand behind the point.
fn trimmed(mut digits: Big, mut scale: i32) -> (Big, i32) {
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
fn short_division(negative: bool, dividend: u64, divisor: u64, scale: i32) -> Result<Decimal, Overflow> {
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

fn wide_sum(a: Decimal, b: Decimal) -> Result<Decimal, Overflow> {
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

#[cold]
fn parse_long(negative: bool, digits: &[u8]) -> Option<Decimal> {
    let (digits, exponent) = match digits.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => {
            let exponent = std::str::from_utf8(&digits[at + 1..]).ok()?;
            let plain = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            let valid = !plain.is_empty() && plain.len() <= 9 && plain.bytes().all(|byte| byte.is_ascii_digit());
            (&digits[..at], if valid { exponent.parse::<i32>().ok()? } else { return None })
        }
        None => (digits, 0),
    };
    let (mut value, mut scale, mut point, mut seen, mut kept) = (Big::ZERO, 0i32, false, false, 0u32);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                seen = true;
                // Two more than are kept, for the rounding.
                if kept < DIGITS + 2 {
                    value = value.times(10, u64::from(byte - b'0'));
                    kept += u32::from(!value.is_zero());
                    scale += i32::from(point);
                } else {
                    scale -= i32::from(!point);
                }
            }
            b'.' if !point => point = true,
            _ => return None,
        }
    }
    if !seen {
        return None;
    }
    let (value, scale) = trimmed(value, scale.checked_sub(exponent)?);
    settle(negative, value, scale).ok()
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

fn wide_order(a: Decimal, b: Decimal) -> Ordering {
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
