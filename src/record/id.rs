//! Salesforce record ids: 15 case-sensitive characters, or 18 with a check that survives tools which ignore case.

/// The 18-character form of a 15-character id; an 18-character id is given back in its proper case. `None` when `id` cannot be
/// a record id: wrong length or alphabet, or a check that does not fit.
pub fn id15_to_18(id: &str) -> Option<String> {
    let bytes = id.as_bytes();
    if !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    match bytes.len() {
        15 => Some(with_check(id)),
        18 => {
            let checked = with_check(&id[..15]);
            (checked == id).then_some(checked)
        }
        _ => None,
    }
}

/// Whether `text` has the length and alphabet of a record id, and a check that fits if it has one.
pub fn looks_like_id(text: &str) -> bool {
    // An id without a digit in the places of instance and counter is a word of 15 letters.
    text.as_bytes().iter().any(u8::is_ascii_digit) && id15_to_18(text).is_some()
}

fn with_check(id15: &str) -> String {
    let check = check(id15.as_bytes()).map(char::from);
    id15.chars().chain(check).collect()
}

/// The three characters that an id of 15 gets behind it; they say which of its letters are capital.
pub(crate) fn check(id15: &[u8]) -> [u8; 3] {
    const SYMBOLS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    let mut check = [SYMBOLS[0]; 3];
    for (symbol, five) in check.iter_mut().zip(id15.as_chunks::<5>().0) {
        let bits = five.iter().enumerate().fold(0, |bits, (i, c)| bits | (usize::from(c.is_ascii_uppercase()) << i));
        *symbol = SYMBOLS[bits & 31];
    }
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_ids() {
        assert_eq!(id15_to_18("005xx000001SwiU").as_deref(), Some("005xx000001SwiUAAS"));
        assert_eq!(id15_to_18("005xx000001SwiUAAS").as_deref(), Some("005xx000001SwiUAAS"));
        assert_eq!(id15_to_18("005xx000001SwiUAAA"), None);
        assert_eq!(id15_to_18("short"), None);
        assert_eq!(id15_to_18("005xx000001Swi-"), None);
        assert!(!looks_like_id("Representatives"));
    }
}
