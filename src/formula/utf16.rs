//! Positions and lengths in UTF-16 code units, which Salesforce counts in, over UTF-8, which files are in.

/// Length in code units.
#[inline]
pub(super) fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// The byte before which `units` code units stand; the end when there are not so many. A character of two units is not cut.
#[inline]
pub(super) fn byte_at(text: &str, units: usize) -> usize {
    if units == 0 {
        return 0;
    }
    if units >= text.len() {
        // No character has more units than bytes.
        return text.len();
    }
    if text.as_bytes()[..units].is_ascii() {
        return units;
    }
    let mut left = units;
    for (at, c) in text.char_indices() {
        if c.len_utf16() > left {
            return at;
        }
        left -= c.len_utf16();
    }
    text.len()
}

/// A count from a formula: nothing below zero, and nothing that does not fit.
#[inline]
pub(super) fn count(number: i64) -> usize {
    usize::try_from(number.max(0)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_javas() {
        assert_eq!(length("aé😀"), 4);
        assert_eq!(byte_at("aé😀b", 2), 3);
        assert_eq!(byte_at("aé😀b", 3), 3);
        assert_eq!(byte_at("aé😀b", 4), 7);
        assert_eq!(byte_at("abc", 9), 3);
        assert_eq!(byte_at("ééé", 4), 6);
    }
}
