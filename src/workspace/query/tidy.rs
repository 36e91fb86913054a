//! One spelling of values, whichever API they came through.
//!
//! The Bulk API writes numbers as Java does, `9.12E8`, and REST writes instants with the offset `+0000`. What a cell is is told by its
//! field alone: text is never touched.

use super::Cells;
use crate::record::{Field, Kind};
use crate::salesforce::plain_number;
use std::borrow::Cow;

/// Brings cells into the spelling that files have: plain numbers, and instants that end in `Z`.
pub(in crate::workspace) fn tidy(rows: Vec<Cells>, fields: &[Field]) -> Vec<Cells> {
    let wanting = |field: &Field| matches!(field.kind, Kind::Number | Kind::Integer | Kind::DateTime);
    if !fields.iter().any(wanting) {
        return rows;
    }
    rows.into_iter()
        .map(|row| {
            let mut tidied = Cells::with_capacity(row.as_slice().len(), row.len());
            for (at, cell) in row.iter().enumerate() {
                tidied.push_field(&spelled(cell, fields.get(at).map_or(Kind::Text, |field| field.kind)));
            }
            tidied
        })
        .collect()
}

fn spelled(cell: &str, kind: Kind) -> Cow<'_, str> {
    match kind {
        Kind::Number | Kind::Integer if !cell.is_empty() => plain_number(cell).map_or(Cow::Borrowed(cell), Cow::Owned),
        Kind::DateTime => match cell.strip_suffix("+0000") {
            Some(instant) => Cow::Owned(format!("{instant}Z")),
            None => Cow::Borrowed(cell),
        },
        _ => Cow::Borrowed(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_spelled_by_their_kind_and_texts_stay() {
        for (cell, kind, wanted) in [
            ("9.12E8", Kind::Number, "912000000"),
            ("", Kind::Number, ""),
            ("9.12E8", Kind::Text, "9.12E8"),
            ("1.0", Kind::Integer, "1"),
            ("2026-01-02T03:04:05.678+0000", Kind::DateTime, "2026-01-02T03:04:05.678Z"),
            ("2026-01-02T03:04:05.678Z", Kind::DateTime, "2026-01-02T03:04:05.678Z"),
            ("2026-01-02T03:04:05.678+0000", Kind::LongText, "2026-01-02T03:04:05.678+0000"),
        ] {
            assert_eq!(spelled(cell, kind), wanted, "{cell} {kind:?}");
        }
    }
}
