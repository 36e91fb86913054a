//! Mapped rows into the bodies that Salesforce takes.

use super::swar::has4;
use super::{Digest, Digester};
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

/// Where the value of a column comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The cell of a mapped row at this index.
    Cell(usize),
    /// The id of the record that the row was found to be about.
    Record,
}

/// Writes mapped rows, one after the other.
#[derive(Debug, Clone)]
pub struct Encoder {
    encoding: Encoding,
    /// What stands before the first value of a record: `{"attributes":{"type":"Account"}`.
    opening: String,
    columns: Vec<Column>,
}

#[derive(Debug, Clone)]
struct Column {
    from: From,
    out: OutColumn,
    /// What stands before its value in JSON.
    before: String,
}

impl Encoder {
    /// An encoder for records of `object` with these columns.
    pub fn new(encoding: Encoding, object: &str, columns: Vec<(From, OutColumn)>) -> Encoder {
        let columns = columns
            .into_iter()
            .map(|(from, out)| {
                let before = match encoding {
                    Encoding::Records => json_key(&out.path),
                    Encoding::Csv | Encoding::Ids => String::new(),
                };
                Column { from, out, before }
            })
            .collect();
        Encoder { encoding, opening: format!("{{\"attributes\":{{\"type\":{}}}", json_text(object)), columns }
    }

    /// What stands before the first row.
    pub fn begin(&self, out: &mut Vec<u8>) {
        if self.encoding == Encoding::Csv {
            for (index, column) in self.columns.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                csv_cell(column.out.path.as_bytes(), out);
            }
            out.push(b'\n');
        }
    }

    /// Adds one row, about the record `id` if it was found; `first` says whether it is the first of this body.
    pub fn row(&self, mapped: &Mapped, id: &str, first: bool, out: &mut Vec<u8>) {
        if self.encoding != Encoding::Csv && !first {
            out.push(b',');
        }
        match self.encoding {
            Encoding::Csv => self.csv(mapped, id, out),
            Encoding::Records => self.record(mapped, id, out),
            Encoding::Ids => {
                if let Some(MappedCell::Value(id)) = self.columns.first().map(|column| column.cell(mapped, id)) {
                    out.extend_from_slice(id.as_bytes());
                }
            }
        }
    }

    /// The mark by which the row's result will be found: of one column, or of all.
    pub fn digest(&self, mapped: &Mapped, id: &str, pair_by: Option<usize>, digester: &mut Digester) -> Digest {
        let telling = match pair_by {
            Some(by) => self.columns.get(by..=by).unwrap_or_default(),
            None => &self.columns,
        };
        for column in telling {
            digester.cell(column.out.kind, column.cell(mapped, id).csv());
        }
        let mark = digester.mark();
        digester.clear();
        mark
    }

    fn csv(&self, mapped: &Mapped, id: &str, out: &mut Vec<u8>) {
        let begin = out.len();
        for (index, column) in self.columns.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            match column.from {
                From::Cell(cell) => csv_cell(mapped.bytes(cell), out),
                From::Record => csv_cell(id.as_bytes(), out),
            }
        }
        if out.len() == begin {
            // A line without anything is no row to whoever reads it.
            out.extend_from_slice(b"\"\"");
        }
        out.push(b'\n');
    }

    fn record(&self, mapped: &Mapped, id: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(self.opening.as_bytes());
        for column in &self.columns {
            let parent = column.out.path.contains('.');
            match column.cell(mapped, id) {
                MappedCell::Keep => {}
                MappedCell::Clear => {
                    out.push(b',');
                    // A parent is emptied by emptying the whole reference.
                    let key = if parent { column.before.split_inclusive(':').next() } else { None };
                    out.extend_from_slice(key.unwrap_or(&column.before).as_bytes());
                    out.extend_from_slice(b"null");
                }
                MappedCell::Value(value) => {
                    out.push(b',');
                    out.extend_from_slice(column.before.as_bytes());
                    match column.out.kind {
                        // Already checked to be a number or true/false: its text is JSON as it stands.
                        Kind::Integer | Kind::Number | Kind::Boolean => out.extend_from_slice(value.as_bytes()),
                        _ => json_into(value, out),
                    }
                    if parent {
                        out.push(b'}');
                    }
                }
            }
        }
        out.push(b'}');
    }
}

impl Column {
    fn cell<'a>(&self, mapped: &'a Mapped, id: &'a str) -> MappedCell<'a> {
        match self.from {
            From::Cell(index) => mapped.cell(index),
            From::Record => MappedCell::Value(id),
        }
    }
}

impl<'a> MappedCell<'a> {
    /// The cell as Bulk API 2.0 takes it.
    fn csv(self) -> &'a str {
        match self {
            MappedCell::Keep => "",
            MappedCell::Clear => "#N/A",
            MappedCell::Value(value) => value,
        }
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

#[inline]
fn csv_cell(bytes: &[u8], out: &mut Vec<u8>) {
    let around = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
    if !has4(bytes, [b',', b'"', b'\n', b'\r']) && !around(bytes.first()) && !around(bytes.last()) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::{Mapper, Mapping, Reading, TargetShape, no_links};
    use crate::record::{BatchBuilder, Field, Schema};

    /// Encodes one row of a Contact with a clear mark, a parent and what JSON and CSV must escape.
    fn encoded(encoding: Encoding) -> String {
        let field = |name: &str, kind| Field { name: name.into(), kind, external_id: true, ..Field::column(name) };
        let account =
            Schema { name: "Account".into(), fields: vec![field("ERP_Id__c", Kind::Text)], ..Schema::default() };
        let lookup = Field {
            relationship: Some("Account".into()),
            reference_to: vec!["Account".into()],
            ..field("AccountId", Kind::Reference)
        };
        let contact = Schema {
            name: "Contact".into(),
            fields: vec![
                field("LastName", Kind::Text),
                field("Age__c", Kind::Number),
                field("Fax", Kind::Text),
                lookup,
            ],
            ..Schema::default()
        };
        let shape = TargetShape { object: contact, parents: [("Account".to_owned(), account)].into() };
        let mapping: Mapping = serde_json::from_str(
            r##"[{"target":"LastName","column":"a"},{"target":"Age__c","column":"b"},{"target":"Fax","constant":"#N/A"},
                {"target":"Account.ERP_Id__c","column":"c"}]"##,
        )
        .unwrap();
        let source = Schema { fields: ["a", "b", "c"].map(Field::column).into(), ..Schema::default() };
        let mapper = Mapper::compile(&mapping, &source, &shape, &Reading::default()).unwrap();
        let mut rows = BatchBuilder::new(1, 3);
        ["O\"Neil, \\", "7.50", "X1"].iter().for_each(|cell| rows.cell(cell));
        rows.end_row(2, None);
        let (batch, mut mapped) = (rows.finish(), Mapped::default());
        mapper.map(batch.row(0).unwrap(), &no_links, &mut mapped, |_, rejection| panic!("{rejection:?}"));
        let columns = mapper.targets().enumerate().map(|(index, target)| {
            (From::Cell(index), OutColumn { path: target.path.clone(), kind: target.field.kind })
        });
        let encoder = Encoder::new(encoding, "Contact", columns.collect());
        let mut out = Vec::new();
        encoder.begin(&mut out);
        encoder.row(&mapped, "", true, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_with_one_blank_cell_is_a_row_all_the_same() {
        let out = OutColumn { path: "Name".into(), kind: Kind::Text };
        let encoder = Encoder::new(Encoding::Csv, "Account", vec![(From::Record, out)]);
        let mut body = Vec::new();
        encoder.begin(&mut body);
        ["x", "", "y"].iter().for_each(|id| encoder.row(&Mapped::default(), id, false, &mut body));
        assert_eq!(csv::Reader::from_reader(body.as_slice()).records().count(), 3);
    }

    #[test]
    fn a_row_means_the_same_in_json_and_csv() {
        assert_eq!(
            encoded(Encoding::Records),
            r#"{"attributes":{"type":"Contact"},"LastName":"O\"Neil, \\","Age__c":7.5,"Fax":null,"Account":{"ERP_Id__c":"X1"}}"#
        );
        assert_eq!(encoded(Encoding::Csv), "LastName,Age__c,Fax,Account.ERP_Id__c\n\"O\"\"Neil, \\\",7.5,#N/A,X1\n");
    }
}
