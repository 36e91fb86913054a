//! Decimals from text and to text, where the quick paths do not reach.

use super::big::Big;
use super::wide::{settle, trimmed};
use super::{DIGITS, Decimal};

/// Digits with the point `scale` places from their end, and no zeros behind it.
pub(super) fn write_digits(digits: &str, scale: usize, out: &mut String) {
    let whole = digits.len().saturating_sub(scale);
    out.push_str(if whole == 0 { "0" } else { &digits[..whole] });
    let decimals = digits[whole..].trim_end_matches('0');
    if !decimals.is_empty() {
        out.push('.');
        out.extend(std::iter::repeat_n('0', scale.saturating_sub(digits.len())));
        out.push_str(decimals);
    }
}

pub(super) fn write_word(value: i64, scale: u8, out: &mut String) {
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

#[cold]
pub(super) fn parse_long(negative: bool, digits: &[u8]) -> Option<Decimal> {
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
