//! Columns that hold more than text: what they seem to hold, and their cells read as that, for formulas.

use super::convert::{self, Formats};
use super::reading::Reading;
use crate::formula::{CellError, Cells, Decimal, FieldList, Type, Value};
use crate::record::{Field, Kind, Row, Schema};

/// How the columns of a source are read by formulas.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns(Vec<Column>);

#[derive(Debug, Clone, Copy)]
struct Column {
    kind: Type,
    percent: bool,
    formats: Formats,
}

/// One row, as a formula sees it.
pub(super) struct RowCells<'a> {
    pub(super) row: Row<'a>,
    pub(super) columns: &'a Columns,
}

impl Columns {
    pub(super) fn of(source: &Schema, reading: &Reading) -> Columns {
        let column = |field: &Field| {
            let own = reading.columns.get(&field.name);
            Column {
                kind: kind_of(own.map_or(field.kind, |own| own.kind)),
                percent: field.percent,
                formats: own.and_then(|own| own.formats).unwrap_or(reading.formats),
            }
        };
        Columns(source.fields.iter().map(column).collect())
    }

    /// Names and types of the columns, for compiling.
    pub(super) fn fields(&self, source: &Schema) -> FieldList {
        FieldList(source.fields.iter().zip(&self.0).map(|(field, column)| (field.name.clone(), column.kind)).collect())
    }
}

/// The type that formulas give to a kind of value.
pub fn kind_of(kind: Kind) -> Type {
    match kind {
        Kind::Integer | Kind::Number => Type::Number,
        Kind::Boolean => Type::Boolean,
        Kind::Date => Type::Date,
        Kind::DateTime => Type::DateTime,
        Kind::Time => Type::Time,
        Kind::Picklist => Type::Picklist,
        Kind::MultiPicklist => Type::MultiPicklist,
        Kind::Text
        | Kind::LongText
        | Kind::Email
        | Kind::Phone
        | Kind::Url
        | Kind::Id
        | Kind::Reference
        | Kind::Base64
        | Kind::Compound
        | Kind::Any => Type::Text,
    }
}

impl RowCells<'_> {
    fn decimal(&self, slot: usize, text: &str) -> Result<Decimal, CellError> {
        let column = &self.columns.0[slot];
        // Most numbers stand as they are wanted.
        let plain = match column.formats.decimal_comma {
            false => Decimal::parse(text),
            true => None,
        };
        let number = plain.or_else(|| Decimal::parse(&convert::plain_number(text, &column.formats)?));
        let number = number.ok_or_else(|| unlike(text, "a number"))?;
        if !column.percent {
            return Ok(number);
        }
        number.times(Decimal::new(1, 2)).map_err(|_| unlike(text, "a number of that size"))
    }
}

impl Cells for RowCells<'_> {
    fn get(&self, slot: usize) -> Result<Value<'_>, CellError> {
        let column = &self.columns.0[slot];
        let cell = self.row.cell(slot);
        let text = trimmed(cell);
        if text.is_empty() {
            return Ok(Value::Null);
        }
        Ok(match column.kind {
            Type::Number => Value::Number(self.decimal(slot, text)?),
            Type::Boolean => Value::Boolean(match text {
                "true" => true,
                "false" => false,
                _ => convert::truth_of(text).ok_or_else(|| unlike(text, "true or false"))?,
            }),
            Type::Date => {
                let (day, _time) = convert::split_date(text);
                Value::Date(convert::day_of(day, &column.formats).ok_or_else(|| unlike(text, "a date"))?)
            }
            Type::DateTime => Value::DateTime(
                convert::instant_of(text, &column.formats).ok_or_else(|| unlike(text, "a date and time"))?,
            ),
            Type::Time => Value::Time(text.trim_end_matches('Z').parse().map_err(|_| unlike(text, "a time"))?),
            Type::Text | Type::Picklist | Type::MultiPicklist | Type::Location | Type::Null => Value::Text(cell),
        })
    }

    fn text(&self, slot: usize) -> Result<&str, CellError> {
        Ok(self.row.cell(slot))
    }

    fn date(&self, slot: usize) -> Result<Option<jiff::civil::Date>, CellError> {
        let text = self.row.cell(slot);
        if let Some(day) = convert::iso_day(text) {
            return Ok(Some(day));
        }
        match self.get(slot)? {
            Value::Date(day) => Ok(Some(day)),
            _ => Ok(None),
        }
    }

    fn number(&self, slot: usize) -> Result<Option<Decimal>, CellError> {
        let text = trimmed(self.row.cell(slot));
        if text.is_empty() { Ok(None) } else { self.decimal(slot, text).map(Some) }
    }
}

/// The cell without spaces around it; nearly none has any, which two looks tell.
#[inline]
fn trimmed(cell: &str) -> &str {
    let plain = |byte: Option<&u8>| byte.is_some_and(|byte| (b'!'..0x7f).contains(byte));
    let bytes = cell.as_bytes();
    if plain(bytes.first()) && plain(bytes.last()) { cell } else { cell.trim() }
}

fn unlike(text: &str, wants: &str) -> CellError {
    CellError::new(format!("{} is not {wants}", convert::quoted(text)))
}

/// Filled cells that must agree before a column counts as more than text.
const ENOUGH: usize = 1;

/// What a column seems to hold, by its first cells: a number, a boolean, a date, a date with a time, a time, or text.
///
/// Codes made of digits (postal codes, phone numbers, order numbers) stay text: nobody adds them up, and formulas cut and join
/// them. The kind decides only what formulas may do with the column.
pub fn detect_kind<'a>(name: &str, cells: impl Iterator<Item = &'a str>, formats: &Formats) -> Kind {
    const KINDS: [Kind; 5] = [Kind::Boolean, Kind::Date, Kind::DateTime, Kind::Time, Kind::Number];
    let fields = KINDS.map(|kind| Field { kind, ..Field::column(name) });
    let mut fits = [true; KINDS.len()];
    fits[4] = !is_code(name);
    let (mut filled, mut out) = (0, String::new());
    for cell in cells.map(str::trim).filter(|cell| !cell.is_empty()) {
        filled += 1;
        for (field, fits) in fields.iter().zip(&mut fits).filter(|(_, fits)| **fits) {
            out.clear();
            *fits = seems(cell, field.kind) && convert::convert(cell, field, formats, &mut out).is_ok();
        }
        if !fits.contains(&true) {
            return Kind::Text;
        }
    }
    let found = KINDS.iter().zip(fits).find(|(_, fits)| *fits).map(|(kind, _)| *kind);
    found.filter(|_| filled >= ENOUGH).unwrap_or(Kind::Text)
}

/// Whether a cell looks like that kind, beyond being readable as it.
fn seems(cell: &str, kind: Kind) -> bool {
    match kind {
        // 0 and 1 are numbers first, and one letter is a code.
        Kind::Boolean => cell.len() > 1 && cell.starts_with(char::is_alphabetic),
        Kind::Number => !(cell.len() > 1 && cell.starts_with('0') && cell.as_bytes()[1].is_ascii_digit()),
        Kind::Date => !cell.contains([' ', 'T', ':']),
        Kind::DateTime => cell.contains(':'),
        Kind::Time => cell.contains(':') && !cell.contains('-'),
        _ => true,
    }
}

/// Whether a column of that name holds codes, which are text even when they are made of digits.
fn is_code(name: &str) -> bool {
    const PARTS: [&str; 13] = [
        "zip",
        "postal",
        "postcode",
        "plz",
        "postleitzahl",
        "phone",
        "fax",
        "mobile",
        "code",
        "nummer",
        "sku",
        "iban",
        "vat",
    ];
    const LAST: [&str; 5] = ["id", "nr", "no", "key", "tel"];
    let plain = name.trim().trim_end_matches("__c").to_lowercase();
    let last = last_word(name.trim().trim_end_matches("__c")).to_lowercase();
    PARTS.iter().any(|part| plain.contains(part)) || LAST.contains(&last.as_str()) || plain.ends_with("nr")
}

/// The last word of a name: of `Order_Id` and `OrderID`, `Id` and `ID`.
fn last_word(name: &str) -> &str {
    let name = name.trim_end_matches(|c: char| !c.is_alphanumeric());
    let mut start = 0;
    let mut before = ' ';
    for (at, c) in name.char_indices() {
        if !c.is_alphanumeric() {
            start = at + c.len_utf8();
        } else if c.is_uppercase() && before.is_lowercase() {
            start = at;
        }
        before = c;
    }
    &name[start..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::DateOrder;

    #[test]
    fn columns_are_known_by_their_cells_and_codes_by_their_names() {
        let english = Formats { decimal_comma: false, dates: DateOrder::MonthFirst };
        let german = Formats { decimal_comma: true, dates: DateOrder::DayFirst };
        for (name, formats, cells, kind) in [
            ("UnitPrice", english, &["14", "9.8", ""][..], Kind::Number),
            ("Kreditlimit", german, &["82.970,19", "18.840,68"], Kind::Number),
            ("Kreditlimit", german, &["82.970,19", "viel"], Kind::Text),
            ("PostalCode", english, &["12209"], Kind::Text),
            ("OrderID", english, &["10248"], Kind::Text),
            ("Order_Id__c", english, &["10248"], Kind::Text),
            ("Kundennr", german, &["10248"], Kind::Text),
            ("Humid", english, &["10248"], Kind::Number),
            ("Extension", english, &["0428"], Kind::Text),
            ("Aktiv", german, &["Ja", "Nein"], Kind::Boolean),
            ("Discontinued", english, &["0", "1"], Kind::Number),
            ("BirthDate", english, &["1948-12-08"], Kind::Date),
            ("Kunde seit", german, &["13.11.1993"], Kind::Date),
            ("OrderDate", english, &["1996-07-04 00:00:00.000"], Kind::DateTime),
            ("At", english, &["14:30"], Kind::Time),
            ("Fax", english, &["", " "], Kind::Text),
        ] {
            assert_eq!(detect_kind(name, cells.iter().copied(), &formats), kind, "{name} {cells:?}");
        }
    }
}
