//! Bytes looked for eight at a time, for the short cells that files are made of; a general search costs more to begin than a cell is long.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// A mark in each byte of `word` that is `byte`. Above the lowest mark there may be false ones.
#[inline]
const fn marks(word: u64, byte: u8) -> u64 {
    // A byte of the difference is zero where the byte is the one looked for.
    let difference = word ^ (ONES * byte as u64);
    difference.wrapping_sub(ONES) & !difference & HIGHS
}

/// The word of the eight bytes from `at`.
#[inline]
fn word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

/// Bytes that are looked at here before a search for long texts takes over.
const SHORT: usize = 32;

/// Where the first of three bytes stands.
#[inline]
pub(super) fn find3(bytes: &[u8], [a, b, c]: [u8; 3]) -> Option<usize> {
    let mut at = 0;
    while at < SHORT
        && let Some(word) = word(bytes, at)
    {
        let found = marks(word, a) | marks(word, b) | marks(word, c);
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    if bytes.len() - at < 8 {
        return bytes[at..].iter().position(|byte| [a, b, c].contains(byte)).map(|found| at + found);
    }
    memchr::memchr3(a, b, c, &bytes[at..]).map(|found| at + found)
}

/// Whether a byte is among them.
#[inline]
pub(super) fn has(bytes: &[u8], byte: u8) -> bool {
    if bytes.len() > SHORT {
        return memchr::memchr(byte, bytes).is_some();
    }
    has_any(bytes, |word| marks(word, byte), |other| other == byte)
}

/// Whether one of four bytes is among them.
#[inline]
pub(super) fn has4(bytes: &[u8], [a, b, c, d]: [u8; 4]) -> bool {
    has_any(
        bytes,
        |word| marks(word, a) | marks(word, b) | marks(word, c) | marks(word, d),
        |byte| [a, b, c, d].contains(&byte),
    )
}

#[inline]
fn has_any(bytes: &[u8], found: impl Fn(u64) -> u64, is: impl Fn(u8) -> bool) -> bool {
    let length = bytes.len();
    if length < 8 {
        return bytes.iter().any(|byte| is(*byte));
    }
    let mut at = 0;
    while at + 8 <= length
        && let Some(word) = word(bytes, at)
    {
        if found(word) != 0 {
            return true;
        }
        at += 8;
    }
    // The last eight bytes, some of them for the second time.
    word(bytes, length - 8).is_some_and(|word| found(word) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn found_where_a_simple_search_finds(bytes in prop::collection::vec(prop::sample::select(vec![b'a', b'b', b',', b'"', b'\n', 0x80, 0xff, 0]), 0..70)) {
            let three = [b',', b'\n', b'"'];
            prop_assert_eq!(find3(&bytes, three), bytes.iter().position(|byte| three.contains(byte)));
            let four = [b',', b'"', b'\n', 0xff];
            prop_assert_eq!(has4(&bytes, four), bytes.iter().any(|byte| four.contains(byte)));
            prop_assert_eq!(has(&bytes, b'"'), bytes.contains(&b'"'));
        }
    }
}
