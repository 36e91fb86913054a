//! Rows that simply got through, many to an entry: a span of 1,024 rows has one, which says which of them got through, what became
//! of each, and the ids of their records.
//!
//! An id that follows the one before it takes a byte. Nothing here does I/O; what is read back is never trusted.

use super::Settled;
use crate::connect::{Outcome, RowOutcome};
use crate::record::{RowNumber, check, number_from, number_to};
use smol_str::SmolStr;

/// Rows of a span.
pub(super) const SPAN: u64 = 1024;

/// The span that has a row.
pub(super) fn span_of(row: RowNumber) -> u64 {
    row / SPAN
}

/// Rows of one span, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Marks(pub(super) [u64; SPAN as usize / 64]);

impl Marks {
    /// Marks a row, and says whether it was not marked before.
    pub(super) fn add(&mut self, row: RowNumber) -> bool {
        let (word, bit) = ((row % SPAN / 64) as usize, 1 << (row % 64));
        let new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        new
    }

    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The marked rows of that span, in order.
    fn rows(self, span: u64) -> impl Iterator<Item = RowNumber> {
        self.0.into_iter().enumerate().flat_map(move |(at, mut word)| {
            std::iter::from_fn(move || {
                let bit = word.trailing_zeros();
                word &= word.checked_sub(1)?;
                Some(span * SPAN + at as u64 * 64 + u64::from(bit))
            })
        })
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        self.0.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Marks> {
        let mut marks = Marks::default();
        let words = bytes.chunks_exact(8);
        if bytes.len() != marks.0.len() * 8 {
            return None;
        }
        for (word, bytes) in marks.0.iter_mut().zip(words) {
            *word = u64::from_le_bytes(bytes.try_into().ok()?);
        }
        Some(marks)
    }
}

/// The entry of one span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Passed {
    /// Which rows it has.
    pub(super) rows: Marks,
    /// What became of them.
    pub(super) body: Vec<u8>,
}

/// First byte of a body; another form gets another number.
const FORM: u8 = 1;

/// Stands in place of an outcome where the rows have different ones; two bits for each row follow.
const VARIED: u8 = 0;

/// The outcomes that an entry can tell.
pub(super) const OUTCOMES: [Outcome; 4] = [Outcome::Created, Outcome::Updated, Outcome::Deleted, Outcome::Unchanged];

impl Passed {
    /// The entry of some rows of one span, which come in order and each once.
    pub(super) fn of<'a>(rows: impl Iterator<Item = (RowNumber, Outcome, &'a str)> + Clone) -> Passed {
        let (mut marks, mut body) = (Marks::default(), vec![FORM]);
        let mut varied = false;
        let first = rows.clone().next().map_or(Outcome::Created, |(_, outcome, _)| outcome);
        for (row, outcome, _) in rows.clone() {
            marks.add(row);
            varied |= outcome != first;
        }
        body.reserve(marks.count() * 2 + 32);
        if varied {
            body.push(VARIED);
            let from = body.len();
            body.resize(from + marks.count().div_ceil(4), 0);
            for (at, (_, outcome, _)) in rows.clone().enumerate() {
                body[from + at / 4] |= (outcome.code() - 1) << (at % 4 * 2);
            }
        } else {
            body.push(first.code());
        }
        let mut ids = Ids::default();
        rows.for_each(|(_, _, id)| ids.write(id, &mut body));
        Passed { rows: marks, body }
    }

    /// What became of the rows of that span, in row order; `None` when the entry is damaged.
    pub(super) fn read(&self, span: u64) -> Option<Vec<Settled>> {
        let mut rest = self.body.strip_prefix(&[FORM])?;
        let count = self.rows.count();
        let kind = *rest.split_off_first()?;
        let varied = if kind == VARIED { rest.split_off(..count.div_ceil(4))? } else { &[] };
        let mut ids = Ids::default();
        let mut settled = Vec::with_capacity(count);
        for (at, row) in self.rows.rows(span).enumerate() {
            let outcome = match varied.get(at / 4) {
                Some(four) => *OUTCOMES.get(usize::from(four >> (at % 4 * 2) & 3))?,
                None => Outcome::from_code(kind)?,
            };
            let id = ids.read(&mut rest)?;
            let outcome = match outcome {
                Outcome::Created => RowOutcome::Created { id },
                Outcome::Updated => RowOutcome::Updated { id },
                Outcome::Deleted => RowOutcome::Deleted { id },
                Outcome::Unchanged => RowOutcome::Unchanged { id },
                Outcome::Skipped | Outcome::NotSent | Outcome::Failed | Outcome::Conflict | Outcome::Unconfirmed => {
                    return None;
                }
            };
            settled.push(Settled { row, outcome });
        }
        rest.is_empty().then_some(settled)
    }
}

/// Writes and reads ids one after the other, each as its distance from the one before it where both are record ids of 18 characters
/// that begin alike.
#[derive(Default)]
struct Ids {
    begin: [u8; 6],
    number: u64,
}

/// Letters of the nine places that count.
const PLACES: u32 = 9;

impl Ids {
    fn write(&mut self, id: &str, to: &mut Vec<u8>) {
        let split = split(id);
        match split {
            Some((begin, number)) if begin == self.begin => {
                let step = number.wrapping_sub(self.number).cast_signed();
                number_to(((step << 1) ^ (step >> 63)).cast_unsigned() << 1, to);
            }
            _ => {
                number_to((id.len() as u64) << 1 | 1, to);
                to.extend_from_slice(id.as_bytes());
            }
        }
        self.keep(split);
    }

    fn read(&mut self, from: &mut &[u8]) -> Option<SmolStr> {
        let head = number_from(from)?;
        if head & 1 == 1 {
            let id = from.split_off(..usize::try_from(head >> 1).ok()?)?;
            let id = std::str::from_utf8(id).ok()?;
            self.keep(split(id));
            return Some(id.into());
        }
        let step = head >> 1;
        let step = (step >> 1).cast_signed() ^ -((step & 1).cast_signed());
        self.number = self.number.wrapping_add_signed(step);
        let mut id = [0; 18];
        id[..6].copy_from_slice(&self.begin);
        let mut rest = self.number;
        for place in id[6..15].iter_mut().rev() {
            *place = LETTERS[(rest % 62) as usize];
            rest /= 62;
        }
        let check = check(&id[..15]);
        id[15..].copy_from_slice(&check);
        (rest == 0 && self.begin != [0; 6]).then(|| std::str::from_utf8(&id).ok().map(SmolStr::new))?
    }

    fn keep(&mut self, split: Option<([u8; 6], u64)>) {
        if let Some((begin, number)) = split {
            (self.begin, self.number) = (begin, number);
        }
    }
}

/// In the order in which Salesforce counts.
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What each byte counts; 255 where it is no letter of an id.
const COUNTS: [u8; 256] = {
    let mut counts = [255; 256];
    let mut at = 0;
    while at < LETTERS.len() {
        counts[LETTERS[at] as usize] = at as u8;
        at += 1;
    }
    counts
};

/// A record id of 18 characters whose check fits, as its beginning and the number that its last nine places count.
fn split(id: &str) -> Option<([u8; 6], u64)> {
    let (id, found) = id.as_bytes().split_at_checked(15).filter(|(_, rest)| rest.len() == 3)?;
    let (begin, places) = id.split_first_chunk::<6>()?;
    if found != check(id) || begin.iter().any(|byte| COUNTS[usize::from(*byte)] == 255) {
        return None;
    }
    let mut number = 0;
    for byte in places {
        let count = COUNTS[usize::from(*byte)];
        if count == 255 {
            return None;
        }
        number = number * 62 + u64::from(count);
    }
    debug_assert!(number < 62_u64.pow(PLACES));
    Some((*begin, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::id15_to_18;
    use proptest::prelude::*;

    fn id() -> impl Strategy<Value = String> {
        let full = |id: String| id15_to_18(&id).unwrap_or_default();
        prop_oneof![
            4 => "001xx000[01]0000[0-9A-Za-z]{2}".prop_map(full),
            1 => "[0-9A-Za-z]{15}".prop_map(full),
            1 => "[0-9A-Za-z]{15}",
            1 => ".{0,20}",
        ]
    }

    fn settled(row: RowNumber, outcome: Outcome, id: &str) -> Settled {
        let id = id.into();
        let outcome = match outcome {
            Outcome::Created => RowOutcome::Created { id },
            Outcome::Updated => RowOutcome::Updated { id },
            Outcome::Deleted => RowOutcome::Deleted { id },
            _ => RowOutcome::Unchanged { id },
        };
        Settled { row, outcome }
    }

    #[test]
    fn ids_in_a_row_take_a_byte_each() {
        let ids: Vec<_> = (0..SPAN).map(|n| id15_to_18(&format!("001xx000003{n:04}")).unwrap()).collect();
        let passed = Passed::of((0..).zip(&ids).map(|(row, id)| (row, Outcome::Created, id.as_str())));
        assert!(passed.body.len() < 1024 + 200, "{}", passed.body.len());
        let read = passed.read(0).unwrap();
        assert!(read.iter().zip(&ids).all(|(settled, id)| settled.outcome.id() == Some(id)));
    }

    proptest! {
        #[test]
        fn entries_come_back_whole(
            rows in prop::collection::btree_map(0..SPAN, (0..4usize, id()), 1..60),
            span in 0..1_u64 << 40,
        ) {
            let rows: Vec<_> = rows.iter().map(|(at, (kind, id))| (span * SPAN + at, OUTCOMES[*kind], id.as_str())).collect();
            let passed = Passed::of(rows.iter().copied());
            let wanted: Vec<_> = rows.iter().map(|(row, outcome, id)| settled(*row, *outcome, id)).collect();
            prop_assert_eq!(passed.read(span), Some(wanted));
            prop_assert_eq!(Marks::from_bytes(&passed.rows.to_bytes()), Some(passed.rows));
        }

        #[test]
        fn damaged_entries_are_refused_not_trusted(mut body in prop::collection::vec(any::<u8>(), 0..200), rows in any::<[u64; 16]>()) {
            if let Some(first) = body.first_mut() { *first = FORM; }
            let read = Passed { rows: Marks(rows), body }.read(7);
            prop_assert!(read.is_none_or(|settled| settled.len() == Marks(rows).count()));
        }
    }
}
