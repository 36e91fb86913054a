//! What there is to say about a file: how it is read and why, and what is odd about its cells.

use crate::connect::csv::sniff::Choice;
use crate::mapping::{DateOrder, Formats};
use crate::record::{Batch, Schema, looks_like_id};

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum About {
    /// How bytes become characters.
    Encoding,
    /// The character between cells.
    Delimiter,
    /// Whether cells stand in quotes.
    Quoting,
    /// What ends a line.
    LineEnd,
    /// Whether, or where, there is a header.
    Header,
    /// Lines above the table.
    SkippedLines,
    /// The sheet of a workbook.
    Sheet,
    /// The table of a database.
    Table,
    /// The decimal sign.
    Decimals,
    /// The order of day and month.
    Dates,
    /// Some cells.
    Cells,
}

/// One thing to know about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub about: About,
    /// What was chosen or seen, and why, as a sentence.
    pub text: String,
    /// Whether a choice is beyond doubt; an uncertain one should be looked at by a person.
    pub certain: bool,
    /// Whether something is probably wrong with the file itself.
    pub warning: bool,
    /// The column it is about, where it is about one.
    pub column: Option<String>,
}

impl Note {
    /// A choice with its reason.
    pub(super) fn choice<T>(about: About, what: &str, choice: &Choice<T>) -> Note {
        let text = format!("{what}: {}.", choice.why);
        Note { about, text, certain: choice.certain, warning: false, column: None }
    }

    fn warning(about: About, column: &str, text: String) -> Note {
        Note { about, text, certain: false, warning: true, column: Some(column.to_owned()) }
    }
}

/// What is probably wrong with the cells of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// Codes of five digits have lost their leading zeros.
    LostZeros,
    /// Excel has rounded long numbers, such as this one.
    Rounded(String),
    /// Record ids have 15 characters.
    ShortIds,
    /// Text such as this was saved in a wrong encoding before.
    Mojibake(String),
}

impl Damage {
    /// What is wrong, in a few words.
    pub fn label(&self) -> String {
        match self {
            Damage::LostZeros => "Leading zeros are lost".to_owned(),
            Damage::Rounded(cell) => format!("Excel has rounded long numbers such as {cell}"),
            Damage::ShortIds => "Record ids of 15 characters".to_owned(),
            Damage::Mojibake(cell) => format!("Saved in a wrong encoding before: {cell}"),
        }
    }

    /// The formula that mends it, where one can. Digits that are gone, and characters of a wrong encoding, come back only from where
    /// the file came from.
    pub fn repair(&self, column: &str) -> Option<String> {
        match self {
            Damage::LostZeros => Some(format!("LPAD({{!{column}}}, 5, \"0\")")),
            Damage::ShortIds => Some(format!("CASESAFEID({{!{column}}})")),
            Damage::Rounded(_) | Damage::Mojibake(_) => None,
        }
    }
}

/// What was seen in the cells of a column.
#[derive(Debug, Default)]
struct Seen {
    filled: usize,
    numbers: usize,
    /// Numbers that can only have a comma, or only a point, before the decimals.
    comma: usize,
    point: usize,
    /// Numbers that read either way, such as 1.149.
    either: Option<String>,
    dates: usize,
    day_first: usize,
    month_first: usize,
    ambiguous: Option<String>,
    dotted: usize,
    ids15: usize,
    rounded: Option<String>,
    mojibake: Option<String>,
    /// Cells of digits by their length, up to 5.
    digits: [usize; 6],
    leading_zero: bool,
}

/// Watches the cells of a file go by.
#[derive(Debug)]
pub(in crate::connect) struct Watch {
    columns: Vec<Seen>,
    damaged: u64,
    first_damage: Option<String>,
    /// Line of the first row with cells beyond the table that are no damage.
    aside: Option<u64>,
}

impl Watch {
    /// A watch over so many columns.
    pub(in crate::connect) fn new(columns: usize) -> Watch {
        Watch { columns: (0..columns).map(|_| Seen::default()).collect(), damaged: 0, first_damage: None, aside: None }
    }

    /// Looks at some rows.
    pub(in crate::connect) fn see(&mut self, batch: &Batch) {
        for row in batch.rows() {
            if let Some(fault) = row.fault() {
                self.damaged += 1;
                self.first_damage.get_or_insert_with(|| fault.message.clone());
                continue;
            }
            if !row.extra().is_empty() {
                self.aside.get_or_insert(row.line());
            }
            for (seen, cell) in self.columns.iter_mut().zip(row.cells()) {
                let cell = cell.trim();
                if !cell.is_empty() {
                    seen.see(cell);
                }
            }
        }
    }

    /// How numbers and dates are written, with notes where there are any.
    ///
    /// The numbers of a workbook, which has no `delimiter`, are written with whatever sign the settings name; a comma can only
    /// stand in cells of text there, and is left to a person.
    pub(super) fn formats(&self, delimiter: Option<char>, notes: &mut Vec<Note>) -> Formats {
        let numbers: Vec<&Seen> =
            self.columns.iter().filter(|seen| seen.numbers * 5 >= seen.filled * 4 && seen.filled > 0).collect();
        let dates: Vec<&Seen> =
            self.columns.iter().filter(|seen| seen.dates * 5 >= seen.filled * 4 && seen.filled > 0).collect();
        let decimal_comma = match delimiter {
            Some(_) => decimals(&numbers, delimiter, notes),
            None => {
                let commas: usize = numbers.iter().map(|seen| seen.comma).sum();
                if commas > 0 {
                    let text = format!(
                        "{commas} numbers are text with a comma before the decimals. If that is so in all text, choose the decimal comma."
                    );
                    notes.push(Note { about: About::Decimals, text, certain: false, warning: true, column: None });
                }
                false
            }
        };
        Formats { decimal_comma, dates: date_order(&dates, decimal_comma, notes) }
    }

    /// What is probably wrong with the cells of each column.
    pub(in crate::connect) fn damage(&self, schema: &Schema) -> Vec<Vec<Damage>> {
        let columns = self.columns.iter().zip(&schema.fields);
        columns
            .map(|(seen, field)| {
                let mut damage = Vec::new();
                if seen.lost_zeros(&field.name) {
                    damage.push(Damage::LostZeros);
                }
                damage.extend(seen.rounded.clone().map(Damage::Rounded));
                if seen.ids15 > 0 && seen.ids15 * 5 >= seen.filled * 4 {
                    damage.push(Damage::ShortIds);
                }
                damage.extend(seen.mojibake.clone().map(Damage::Mojibake));
                damage
            })
            .collect()
    }

    /// What is probably wrong with the cells.
    pub(super) fn warnings(&self, schema: &Schema, notes: &mut Vec<Note>) {
        if let Some(first) = &self.first_damage {
            let text = match self.damaged {
                1 => format!("One row is damaged: {first}."),
                rows => format!("{rows} rows are damaged. The first: {first}."),
            };
            notes.push(Note { about: About::Cells, text, certain: true, warning: true, column: None });
        }
        if let Some(line) = self.aside {
            let text = format!("Cells right of the last named column are not read, such as those of row {line}.");
            notes.push(Note { about: About::Cells, text, certain: true, warning: true, column: None });
        }
        for (seen, field) in self.columns.iter().zip(&schema.fields) {
            let name = &field.name;
            if seen.lost_zeros(name) {
                notes.push(Note::warning(
                    About::Cells,
                    name,
                    format!("{name}: some codes have lost their leading zeros, probably in Excel: they have 4 digits and most have 5."),
                ));
            }
            if let Some(cell) = &seen.rounded {
                notes.push(Note::warning(
                    About::Cells,
                    name,
                    format!("{name}: {cell} is a long number that Excel has rounded; its last digits are gone. Format the column as text and export again."),
                ));
            }
            if seen.ids15 > 0 && seen.ids15 * 5 >= seen.filled * 4 {
                let text =
                    format!("{name}: these are record ids of 15 characters; they are sent in their 18-character form.");
                notes.push(Note {
                    about: About::Cells,
                    text,
                    certain: true,
                    warning: false,
                    column: Some(name.clone()),
                });
            }
            if let Some(cell) = &seen.mojibake {
                notes.push(Note::warning(
                    About::Encoding,
                    name,
                    format!("{name}: \"{cell}\" looks as if it had been saved in a wrong encoding before. Export it again, or choose another encoding."),
                ));
            }
        }
    }
}

impl Seen {
    fn see(&mut self, cell: &str) {
        self.filled += 1;
        let bytes = cell.as_bytes();
        if bytes[0].is_ascii_digit() || matches!(bytes[0], b'-' | b'+' | b'.' | b',') {
            self.number(cell);
            self.date(cell);
        }
        if bytes.len() == 15 && looks_like_id(cell) && !bytes.iter().all(u8::is_ascii_digit) {
            self.ids15 += 1;
        }
        if !cell.is_ascii() && self.mojibake.is_none() && is_mojibake(cell) {
            self.mojibake = Some(cell.chars().take(40).collect());
        }
    }

    fn number(&mut self, cell: &str) {
        let unsigned = cell.trim_start_matches(['-', '+']);
        let bytes = unsigned.as_bytes();
        if bytes.iter().all(u8::is_ascii_digit) {
            self.numbers += 1;
            self.digits[bytes.len().min(6) % 6] += usize::from(bytes.len() <= 5);
            self.leading_zero |= bytes.len() > 1 && bytes[0] == b'0';
            return;
        }
        if let Some((mantissa, exponent)) = unsigned.split_once(['E', 'e']) {
            let rounded = mantissa.len() >= 3
                && mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',')
                && exponent.strip_prefix('+').is_some_and(|exponent| exponent.parse::<u32>().is_ok_and(|e| e >= 10));
            if rounded && self.rounded.is_none() {
                self.rounded = Some(cell.to_owned());
            }
            return;
        }
        if !bytes.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'\'' | b' ')) {
            return;
        }
        let (commas, points) = (unsigned.matches(',').count(), unsigned.matches('.').count());
        let last = unsigned.rfind(['.', ',']);
        let Some(last) = last else { return };
        let (whole, fraction) = (&unsigned[..last], &unsigned[last + 1..]);
        let groups = || whole.len() <= 3 && fraction.len() == 3 && !whole.starts_with('0') && !whole.is_empty();
        let grouped = |sign| {
            let mut groups = unsigned.split(sign);
            groups.next().is_some_and(|first| (1..=3).contains(&first.len())) && groups.all(|group| group.len() == 3)
        };
        match (commas, points) {
            (1, 0) | (0, 1) if groups() => {
                self.either.get_or_insert_with(|| cell.to_owned());
            }
            (1, 0) => self.comma += 1,
            (0, 1) => self.point += 1,
            (_, 0) if grouped(',') => self.point += 1,
            (0, _) if grouped('.') => self.comma += 1,
            (1, _) if unsigned[last..].starts_with(',') => self.comma += 1,
            (_, 1) if unsigned[last..].starts_with('.') => self.point += 1,
            _ => return,
        }
        self.numbers += 1;
    }

    fn date(&mut self, cell: &str) {
        let day = cell.split([' ', 'T']).next().unwrap_or_default();
        let mut parts = day.split(['.', '/', '-']);
        let (Some(a), Some(b), Some(year), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return;
        };
        let two = |part: &str| part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit());
        if !(two(a) && two(b) && year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit())) {
            return;
        }
        let (Ok(a), Ok(b)) = (a.parse::<u32>(), b.parse::<u32>()) else { return };
        self.dates += 1;
        self.dotted += usize::from(day.contains('.'));
        match (a, b) {
            (13..=31, 1..=12) => self.day_first += 1,
            (1..=12, 13..=31) => self.month_first += 1,
            (1..=12, 1..=12) if a != b => {
                self.ambiguous.get_or_insert_with(|| day.to_owned());
            }
            _ => {}
        }
    }

    /// Codes of five digits lose a leading zero when Excel takes them for numbers.
    fn lost_zeros(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let postal = ["zip", "postal", "postcode", "plz", "postleitzahl"].iter().any(|word| name.contains(word));
        let (four, five) = (self.digits[4], self.digits[5]);
        postal && !self.leading_zero && four > 0 && five > four && (four + five) * 2 > self.filled
    }
}

/// UTF-8 that was once read as Windows-1252, or a character that was lost before.
fn is_mojibake(cell: &str) -> bool {
    let mut before = ' ';
    cell.chars().any(|c| {
        let pair = matches!(
            (before, c),
            (
                'Ã',
                '\u{80}'
                    ..='\u{bf}'
                        | '€'
                        | '„'
                        | '–'
                        | '—'
                        | 'Ÿ'
                        | '“'
                        | '”'
                        | '‚'
                        | 'ƒ'
                        | '…'
                        | '†'
                        | '‡'
                        | 'ˆ'
                        | '‰'
                        | 'Š'
                        | '‹'
                        | 'Œ'
                        | 'Ž'
                        | '‘'
                        | '’'
                        | '•'
                        | '˜'
                        | '™'
                        | 'š'
                        | '›'
                        | 'œ'
                        | 'ž'
            ) | ('Â', '\u{80}'..='\u{bf}')
                | ('â', '€' | '„')
        );
        before = c;
        pair || c == '\u{fffd}'
    })
}

fn decimals(columns: &[&Seen], delimiter: Option<char>, notes: &mut Vec<Note>) -> bool {
    let comma: usize = columns.iter().map(|seen| seen.comma).sum();
    let point: usize = columns.iter().map(|seen| seen.point).sum();
    let either = columns.iter().find_map(|seen| seen.either.as_deref());
    let mut note = |text: String, certain, warning| {
        notes.push(Note { about: About::Decimals, text, certain, warning, column: None });
    };
    match (comma, point, either) {
        (0, 0, None) => false,
        (0, 0, Some(cell)) => {
            // A file separated by semicolons comes from a place where the comma is taken.
            let decimal_comma = delimiter == Some(';');
            let sign = if decimal_comma { "a comma" } else { "a point" };
            note(
                format!("Decimals follow {sign}: a guess, since numbers such as {cell} read either way."),
                false,
                false,
            );
            decimal_comma
        }
        (comma, 0, _) => {
            note(format!("Decimals follow a comma: {comma} numbers can be read only so."), true, false);
            true
        }
        (0, point, _) => {
            note(format!("Decimals follow a point: {point} numbers can be read only so."), true, false);
            false
        }
        (comma, point, _) => {
            let decimal_comma = comma > point;
            let sign = if decimal_comma { "a comma" } else { "a point" };
            note(
                format!(
                    "Decimals follow {sign} in most numbers, but {comma} are written with a comma and {point} with a point."
                ),
                false,
                true,
            );
            decimal_comma
        }
    }
}

fn date_order(columns: &[&Seen], decimal_comma: bool, notes: &mut Vec<Note>) -> DateOrder {
    let day: usize = columns.iter().map(|seen| seen.day_first).sum();
    let month: usize = columns.iter().map(|seen| seen.month_first).sum();
    let ambiguous = columns.iter().find_map(|seen| seen.ambiguous.as_deref());
    let dotted = columns.iter().any(|seen| seen.dotted > 0);
    let mut note = |text: String, certain, warning| {
        notes.push(Note { about: About::Dates, text, certain, warning, column: None });
    };
    match (day, month, ambiguous) {
        (0, 0, None) => DateOrder::default(),
        (0, 0, Some(cell)) if dotted => {
            note(
                format!("Dates are day first: {cell} is written with points, as where the day comes first."),
                true,
                false,
            );
            DateOrder::DayFirst
        }
        (0, 0, Some(cell)) => {
            let also = if decimal_comma { ", and decimals follow a comma" } else { "" };
            note(
                format!("Dates are taken as day first: a guess, since {cell} and the others read either way{also}."),
                false,
                false,
            );
            DateOrder::DayFirst
        }
        (day, 0, _) => {
            note(format!("Dates are day first: {day} have a first number above 12."), true, false);
            DateOrder::DayFirst
        }
        (0, month, _) => {
            note(format!("Dates are month first: {month} have a second number above 12."), true, false);
            DateOrder::MonthFirst
        }
        (day, month, _) => {
            note(
                format!(
                    "Dates are mixed: {day} have the day first and {month} the month first. Write all of them one way."
                ),
                false,
                true,
            );
            if day >= month { DateOrder::DayFirst } else { DateOrder::MonthFirst }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{BatchBuilder, Field};

    fn watched(header: &str, cells: &[&str]) -> (Formats, Vec<Note>) {
        let mut builder = BatchBuilder::new(1, 1);
        for (line, cell) in cells.iter().enumerate() {
            builder.cell(cell);
            builder.end_row(line as u64 + 2, None);
        }
        let mut watch = Watch::new(1);
        watch.see(&builder.finish());
        let mut notes = Vec::new();
        let formats = watch.formats(Some(','), &mut notes);
        watch.warnings(&Schema { fields: vec![Field::column(header)], ..Schema::default() }, &mut notes);
        (formats, notes)
    }

    #[test]
    fn decimals_and_dates_are_seen() {
        for (cells, comma, dates, certain) in [
            (&["82.970,19", "1.149"][..], true, DateOrder::DayFirst, Some(true)),
            (&["1,234.5", "3"], false, DateOrder::DayFirst, Some(true)),
            (&["1.234.567"], true, DateOrder::DayFirst, Some(true)),
            (&["0.125"], false, DateOrder::DayFirst, Some(true)),
            (&["1.149"], false, DateOrder::DayFirst, Some(false)),
            (&["1,5", "1.5", "2,5"], true, DateOrder::DayFirst, Some(false)),
            (&["13.11.1993", "04.06.1993"], false, DateOrder::DayFirst, Some(true)),
            (&["04.06.1993"], false, DateOrder::DayFirst, Some(true)),
            (&["11/13/1993"], false, DateOrder::MonthFirst, Some(true)),
            (&["03/04/2026"], false, DateOrder::DayFirst, Some(false)),
            (&["11/13/1993", "13/11/1993"], false, DateOrder::DayFirst, Some(false)),
            (&["1996-07-04 00:00:00.000"], false, DateOrder::DayFirst, None),
            (&["Berlin", "1,5", "x"], false, DateOrder::DayFirst, None),
        ] {
            let (formats, notes) = watched("x", cells);
            assert_eq!((formats.decimal_comma, formats.dates), (comma, dates), "{cells:?}");
            assert_eq!(notes.first().map(|note| note.certain), certain, "{cells:?}: {notes:?}");
        }
    }

    #[test]
    fn odd_cells_are_told() {
        for (header, cells, wanted) in [
            ("PLZ", &["12209", "53111", "1067"][..], "leading zeros"),
            ("Phone", &["4.91234E+11"], "rounded"),
            ("Owner", &["005xx000001SwiU"], "15 characters"),
            ("City", &["MÃ¼nchen"], "wrong encoding"),
        ] {
            let (_, notes) = watched(header, cells);
            assert!(notes.iter().any(|note| note.text.contains(wanted)), "{cells:?}: {notes:?}");
        }
        assert_eq!(watched("PLZ", &["12209", "01067", "1234"]).1, []);
        assert_eq!(watched("City", &["München", "Ålesund", "ÃO"]).1, []);
    }
}
