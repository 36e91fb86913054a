//! The rows of a delivery as its note has them: stretches of row numbers, and a digest for each row.

use crate::connect::Digest;
use crate::record::{RowNumber, number_from, number_to};

/// Bytes of a row in the first form, which had nothing else; the length of any other form is no multiple of it.
const FIRST_FORM: usize = 24;

/// The rows as bytes.
pub(super) fn to_bytes(rows: &[(RowNumber, Digest)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rows.len() * size_of::<Digest>() + 32);
    let mut before = 0;
    for stretch in rows.chunk_by(|(one, _), (next, _)| one.wrapping_add(1) == *next) {
        number_to(stretch.len() as u64, &mut bytes);
        number_to(stretch[0].0.wrapping_sub(before), &mut bytes);
        before = stretch[0].0.wrapping_add(stretch.len() as u64);
    }
    number_to(0, &mut bytes);
    rows.iter().for_each(|(_, digest)| bytes.extend_from_slice(digest));
    if bytes.len().is_multiple_of(FIRST_FORM) {
        bytes.push(0);
    }
    bytes
}

/// The rows that were made bytes; `None` when they are damaged.
pub(super) fn from_bytes(bytes: &[u8]) -> Option<Vec<(RowNumber, Digest)>> {
    if bytes.len().is_multiple_of(FIRST_FORM) {
        let row = |entry: &[u8]| {
            let (row, digest) = entry.split_first_chunk()?;
            Some((RowNumber::from_le_bytes(*row), *digest.first_chunk()?))
        };
        return bytes.chunks_exact(FIRST_FORM).map(row).collect();
    }
    let mut rest = bytes;
    let (mut rows, mut before) = (Vec::new(), 0_u64);
    loop {
        let count = number_from(&mut rest)?;
        if count == 0 {
            break;
        }
        // A damaged number must not ask for all memory.
        if count.saturating_add(rows.len() as u64) > bytes.len() as u64 / size_of::<Digest>() as u64 {
            return None;
        }
        let first = before.wrapping_add(number_from(&mut rest)?);
        rows.extend((0..count).map(|n| (first.wrapping_add(n), Digest::default())));
        before = first.wrapping_add(count);
    }
    for (_, digest) in &mut rows {
        *digest = *rest.split_off(..size_of::<Digest>())?.first_chunk()?;
    }
    matches!(rest, [] | [0]).then_some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn notes_of_the_first_form_are_read() {
        let bytes: Vec<u8> =
            [7_u64, 9].iter().flat_map(|row| [row.to_le_bytes().to_vec(), vec![*row as u8; 16]].concat()).collect();
        assert_eq!(from_bytes(&bytes), Some(vec![(7, [7; 12]), (9, [9; 12])]));
    }

    proptest! {
        #[test]
        fn rows_come_back(rows in prop::collection::vec((1..99_u64, any::<Digest>()), 0..60), apart in 1..3_u64) {
            let mut row = 0;
            let rows: Vec<_> = rows.into_iter().map(|(step, digest)| {
                row += if step < 80 { apart } else { step };
                (row, digest)
            }).collect();
            prop_assert_eq!(from_bytes(&to_bytes(&rows)), Some(rows));
        }

        #[test]
        fn damaged_notes_are_refused_not_trusted(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let rows = from_bytes(&bytes);
            prop_assert!(rows.is_none_or(|rows| rows.len() <= bytes.len()));
        }
    }
}
