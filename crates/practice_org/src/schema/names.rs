//! Names without case, looked up for every cell of every row.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Eight bytes a step: names are short, few and the org's own, so nobody gains by making them collide.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quick(u64);

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        // The table looks at the lowest and the highest bits, and the multiplication stirs only upwards.
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((word, after)) = rest.split_first_chunk::<8>() {
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            rest = after;
        }
        // The last eight bytes again rather than the few that are left one by one: names are mostly longer than that.
        let tail = match bytes.last_chunk::<8>() {
            Some(word) => u64::from_le_bytes(*word),
            None => rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        self.0 = (self.0.rotate_left(5) ^ tail).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_u8(&mut self, _: u8) {
        // The mark behind a text tells texts in a row apart; here there is only ever one.
    }
}

/// The number that stands for a text, the same in every process and every version: FNV-1a.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// From a name to a place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(HashMap<String, usize, BuildHasherDefault<Quick>>);

impl Names {
    /// Keeps a name. Both spellings, since nearly every caller knows the right one and should not pay for the other.
    pub(crate) fn insert(&mut self, name: &str, place: usize) {
        self.0.entry(name.to_owned()).or_insert(place);
        self.0.entry(name.to_ascii_lowercase()).or_insert(place);
    }

    /// Keeps a name that has only one spelling.
    pub(crate) fn insert_exactly(&mut self, name: &str, place: usize) {
        self.0.entry(name.to_owned()).or_insert(place);
    }

    /// The place of a name in this very spelling.
    pub(crate) fn get_exactly(&self, name: &str) -> Option<usize> {
        self.0.get(name).copied()
    }

    /// The place of a name, whatever its case.
    pub(crate) fn get(&self, name: &str) -> Option<usize> {
        match self.0.get(name) {
            Some(place) => Some(*place),
            None if name.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                self.0.get(&name.to_ascii_lowercase()).copied()
            }
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_matter() {
        let mut names = Names::default();
        names.insert("ERP_Id__c", 4);
        for name in ["ERP_Id__c", "erp_id__c", "ERP_ID__C"] {
            assert_eq!(names.get(name), Some(4), "{name}");
        }
        assert_eq!(names.get("ERP"), None);
    }
}
