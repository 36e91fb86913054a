//! The short way for cells that already stand as Salesforce takes them, as nearly all do. What it does not know at a glance takes the
//! long way, which decides; so it may only ever say yes where the long way would write the same.

use super::convert::{Formats, iso_day, usual_number};
use crate::record::{Field, Kind};

/// What a field wants to see at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quick {
    /// Text of so many bytes at most; a text has no more UTF-16 units than bytes.
    Text(usize),
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A day, year first.
    Date,
    /// Nothing.
    Never,
}

impl Quick {
    pub(super) fn of(field: &Field) -> Quick {
        match field.kind {
            Kind::Text | Kind::LongText | Kind::Phone | Kind::Url | Kind::Base64 | Kind::Compound | Kind::Any => {
                match field.length {
                    0 => Quick::Text(usize::MAX),
                    length => Quick::Text(length as usize),
                }
            }
            Kind::Integer | Kind::Number => Quick::Number,
            Kind::Boolean => Quick::Boolean,
            Kind::Date => Quick::Date,
            _ => Quick::Never,
        }
    }

    /// What to write for a cell, if that can be told at once.
    #[inline]
    pub(super) fn take<'a>(self, cell: &'a str, field: &Field, formats: &Formats) -> Option<&'a str> {
        match self {
            // What begins with a letter or digit is neither blank nor the mark that empties a field.
            Quick::Text(limit) => {
                let first = *cell.as_bytes().first()?;
                (first > b'#' && first < 0x80 && cell.len() <= limit).then_some(cell)
            }
            Quick::Number => usual_number(cell, field, formats),
            Quick::Boolean => (cell == "true" || cell == "false").then_some(cell),
            Quick::Date => iso_day(cell).map(|_| cell),
            Quick::Never => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::convert::{DateOrder, convert};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_short_way_leads_where_the_long_one_does(
            cell in "[-0-9.]{0,12}|[0-9]{4}-[0-9]{2}-[0-9]{2}|true|false|[ -~äß😀]{0,14}",
            kind in prop::sample::select(vec![Kind::Text, Kind::Number, Kind::Integer, Kind::Boolean, Kind::Date, Kind::Email]),
            decimal_comma in any::<bool>(),
        ) {
            let field = Field { kind, length: 10, precision: 8, scale: 2, ..Field::column("F") };
            let formats = Formats { decimal_comma, dates: DateOrder::DayFirst };
            if let Some(quick) = Quick::of(&field).take(&cell, &field, &formats) {
                let mut slow = String::new();
                prop_assert!(!cell.trim().is_empty() && cell != "#N/A");
                prop_assert!(convert(&cell, &field, &formats, &mut slow).is_ok());
                prop_assert_eq!(quick, slow);
            }
        }
    }
}
