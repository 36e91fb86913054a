//! Record ids: fifteen case-sensitive characters, and three more that make them safe to compare without case.
//!
//! An id is a key prefix (`001` for accounts), three characters that stand for this org, and a counter in base 62. The
//! counter's digits sort like ASCII, so ids of one object sort in the order in which they were given out.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CHECK: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// The characters between key prefix and counter.
const PLACE: &str = "Lk0";

/// The id that stands for "none", for instance the master record type's.
pub(crate) const MASTER_RECORD_TYPE: &str = "012000000000000AAA";

/// The 18-character id number `counter` of the object with this key prefix.
pub(crate) fn make(prefix: &str, counter: u64) -> String {
    let mut id = String::with_capacity(18);
    id.push_str(prefix);
    id.push_str(PLACE);
    let mut tail = [b'0'; 9];
    let mut rest = counter;
    for slot in tail.iter_mut().rev() {
        *slot = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    for digit in tail {
        id.push(char::from(digit));
    }
    push_check(&mut id);
    id
}

/// The counter inside an id that [`make`] made.
pub(crate) fn counter(id: &str) -> Option<u64> {
    let tail = id.get(6..15)?;
    tail.bytes().try_fold(0u64, |sum, byte| {
        let digit = DIGITS.iter().position(|known| *known == byte)? as u64;
        Some(sum * 62 + digit)
    })
}

/// The 18-character form of a well-formed id of 15 or 18 characters, else `None`.
///
/// The case of an 18-character id is restored from its last three characters, as Salesforce does for ids that came
/// through a spreadsheet.
pub(crate) fn normal(id: &str) -> Option<String> {
    if !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    match id.len() {
        15 => {
            let mut long = id.to_owned();
            push_check(&mut long);
            Some(long)
        }
        18 => restore_case(id),
        _ => None,
    }
}

/// Whether this id belongs to the object with this key prefix.
pub(crate) fn has_prefix(id: &str, prefix: &str) -> bool {
    id.as_bytes().starts_with(prefix.as_bytes())
}

fn push_check(id: &mut String) {
    let mut signs = [0u8; 3];
    for (sign, group) in signs.iter_mut().zip(id.as_bytes().chunks(5)) {
        let bits = group
            .iter()
            .enumerate()
            .fold(0usize, |bits, (place, byte)| bits | (usize::from(byte.is_ascii_uppercase()) << place));
        *sign = CHECK[bits];
    }
    for sign in signs {
        id.push(char::from(sign));
    }
}

fn restore_case(id: &str) -> Option<String> {
    let (body, check) = id.as_bytes().split_at(15);
    let mut long = String::with_capacity(18);
    for (group, sign) in body.chunks(5).zip(check) {
        let bits = CHECK.iter().position(|known| *known == sign.to_ascii_uppercase())?;
        for (place, byte) in group.iter().enumerate() {
            let upper = bits >> place & 1 == 1;
            if upper && !byte.is_ascii_alphabetic() {
                return None;
            }
            long.push(char::from(if upper { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() }));
        }
    }
    push_check(&mut long);
    Some(long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_the_right_check_characters() {
        for (short, long) in [
            ("00130000000aBcD", "00130000000aBcDAAU"),
            ("001000000000001", "001000000000001AAA"),
            ("0055f00000DZcZZ", "0055f00000DZcZZAA1"),
        ] {
            let group = normal(short).unwrap();
            assert_eq!(group, long);
        }
        assert_eq!(normal("012000000000000").unwrap(), MASTER_RECORD_TYPE);
        assert_eq!(normal("7505f0000004C2A").as_deref(), Some("7505f0000004C2AAAU"));
    }

    #[test]
    fn eighteen_characters_survive_a_change_of_case() {
        let id = make("001", 987_654_321_012);
        assert_eq!(normal(&id.to_ascii_lowercase()).unwrap(), id);
        assert_eq!(normal(&id[..15]).unwrap(), id);
        assert_eq!(counter(&id), Some(987_654_321_012));
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        for wrong in ["", "xyz", "001000000000001AA", "00100000000000-", "001000000000001AA!"] {
            assert_eq!(normal(wrong), None, "{wrong}");
        }
    }
}
