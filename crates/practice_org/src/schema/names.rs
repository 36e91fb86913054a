//! Names without case, looked up for every cell of every row.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// FNV-1a: names are short, few and the org's own, so nobody gains by making them collide.
#[derive(Debug, Clone)]
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

/// The number that stands for a text, the same in every process.
pub(crate) fn hash(text: &str) -> u64 {
    let mut hasher = Fnv::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// From a name to a place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(HashMap<String, usize, BuildHasherDefault<Fnv>>);

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
