//! Mapped rows into the bodies that Salesforce takes.

use crate::mapping::{Mapped, MappedCell};
use crate::record::Kind;
use std::io::Write as _;

/// The form of a delivery's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Records of a collection: JSON objects with commas between them, without the brackets around.
    Records,
    /// Ids with commas between them.
    Ids,
    /// CSV with a header line, LF, as Bulk API 2.0 takes it.
    Csv,
}

/// A column of the body: a field, or a parent's field by relationship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutColumn {
    /// `Name`, `Owner.Username` or `Lead:Who.Email`.
    pub path: String,
    /// How its text reads.
    pub kind: Kind,
}

/// Writes mapped rows, one after the other.
#[derive(Debug, Clone)]
pub struct Encoder {
    encoding: Encoding,
    /// What stands before the first value of a record: `{"attributes":{"type":"Account"}`.
    opening: String,
    columns: Vec<(OutColumn, String)>,
}

impl Encoder {
    /// An encoder for records of `object` with these columns, in the order of the cells of [`Mapped`].
    pub fn new(encoding: Encoding, object: &str, columns: Vec<OutColumn>) -> Encoder {
        let columns = columns
            .into_iter()
            .map(|column| {
                let before = match encoding {
                    Encoding::Records => json_key(&column.path),
                    Encoding::Csv | Encoding::Ids => String::new(),
                };
                (column, before)
            })
            .collect();
        Encoder { encoding, opening: format!("{{\"attributes\":{{\"type\":{}}}", json_text(object)), columns }
    }

    /// Its columns.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &OutColumn> {
        self.columns.iter().map(|(column, _)| column)
    }

    /// What stands before the first row.
    pub fn begin(&self, out: &mut Vec<u8>) {
        if self.encoding == Encoding::Csv {
            for (index, (column, _)) in self.columns.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                csv_cell(&column.path, out);
            }
            out.push(b'\n');
        }
    }

    /// Adds one row; `first` says whether it is the first of this body. `cells` gives the cell of each column.
    pub fn row(&self, mapped: &Mapped, first: bool, out: &mut Vec<u8>) {
        match self.encoding {
            Encoding::Csv => self.csv(mapped, out),
            Encoding::Records => {
                if !first {
                    out.push(b',');
                }
                self.record(mapped, out);
            }
            Encoding::Ids => {
                if !first {
                    out.push(b',');
                }
                out.extend_from_slice(mapped.value(0).as_bytes());
            }
        }
    }

    fn csv(&self, mapped: &Mapped, out: &mut Vec<u8>) {
        for index in 0..self.columns.len() {
            if index > 0 {
                out.push(b',');
            }
            match mapped.cell(index) {
                MappedCell::Keep => {}
                MappedCell::Clear => out.extend_from_slice(b"#N/A"),
                MappedCell::Value(value) => csv_cell(value, out),
            }
        }
        out.push(b'\n');
    }

    fn record(&self, mapped: &Mapped, out: &mut Vec<u8>) {
        out.extend_from_slice(self.opening.as_bytes());
        for (index, (column, before)) in self.columns.iter().enumerate() {
            let cell = mapped.cell(index);
            if cell == MappedCell::Keep {
                continue;
            }
            out.push(b',');
            let parent = column.path.contains('.');
            match cell {
                // A parent is cleared by clearing the whole reference.
                MappedCell::Clear if parent => {
                    out.extend_from_slice(before.split_inclusive(':').next().unwrap_or_default().as_bytes());
                    out.extend_from_slice(b"null");
                    continue;
                }
                MappedCell::Value(value) => {
                    out.extend_from_slice(before.as_bytes());
                    match column.kind {
                        // Already checked to be a number or true/false: its text is JSON as it stands.
                        Kind::Integer | Kind::Number | Kind::Boolean => out.extend_from_slice(value.as_bytes()),
                        _ => json_into(value, out),
                    }
                }
                MappedCell::Clear | MappedCell::Keep => {
                    out.extend_from_slice(before.as_bytes());
                    out.extend_from_slice(b"null");
                }
            }
            if parent {
                out.push(b'}');
            }
        }
        out.push(b'}');
    }
}

/// `"Name":`, or `"Owner":{"Username":` for a parent.
fn json_key(path: &str) -> String {
    let Some((relationship, field)) = path.split_once('.') else { return format!("{}:", json_text(path)) };
    match relationship.split_once(':') {
        Some((object, relationship)) => format!(
            "{}:{{\"attributes\":{{\"type\":{}}},{}:",
            json_text(relationship),
            json_text(object),
            json_text(field)
        ),
        None => format!("{}:{{{}:", json_text(relationship), json_text(field)),
    }
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn json_into(text: &str, out: &mut Vec<u8>) {
    if text.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\') {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        // Writing to a Vec cannot fail.
        let _infallible = write!(out, "{}", serde_json::Value::from(text)).is_ok();
    }
}

fn csv_cell(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let plain = memchr::memchr3(b',', b'"', b'\n', bytes).is_none()
        && memchr::memchr(b'\r', bytes).is_none()
        && !bytes.first().is_some_and(u8::is_ascii_whitespace)
        && !bytes.last().is_some_and(u8::is_ascii_whitespace);
    if plain {
        out.extend_from_slice(bytes);
        return;
    }
    out.push(b'"');
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'"', rest) {
        out.extend_from_slice(&rest[..=at]);
        out.push(b'"');
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}
