//! Whole numbers in as few bytes as they need.

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
pub(crate) fn number_to(mut number: u64, to: &mut Vec<u8>) {
    while number >= 128 {
        to.push(number as u8 | 128);
        number >>= 7;
    }
    to.push(number as u8);
}

/// The next number; `None` where none stands.
pub(crate) fn number_from(from: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for at in 0..10 {
        let byte = *from.split_off_first()?;
        number |= u64::from(byte & 127) << (at * 7);
        if byte < 128 {
            return Some(number);
        }
    }
    None
}
