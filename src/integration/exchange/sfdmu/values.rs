//! `ValueMapping.csv`: what becomes of which value, for all objects of an `export.json`.

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ValueLine {
    pub(super) object: String,
    pub(super) field: String,
    pub(super) from: String,
    pub(super) to: String,
}

impl ValueLine {
    /// Whether it is about any value that fits a pattern, which value maps have no words for.
    pub(super) fn is_pattern(&self) -> bool {
        self.from.len() > 1 && self.from.starts_with('/') && self.from.rfind('/').is_some_and(|end| end > 0)
    }
}

/// Reads the lines; the error says on which line reading ends.
pub(super) fn read(text: &str) -> Result<Vec<ValueLine>, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let place = |name: &str| header.iter().position(|column| column.trim().eq_ignore_ascii_case(name));
    let (Some(object), Some(field), Some(from), Some(to)) =
        (place("ObjectName"), place("FieldName"), place("RawValue"), place("Value"))
    else {
        return Err("line 1: it needs the columns ObjectName, FieldName, RawValue and Value".to_owned());
    };
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
        lines.push(ValueLine { object: cell(object), field: cell(field), from: cell(from), to: cell(to) });
    }
    Ok(lines)
}

/// Writes the lines.
pub(super) fn write(lines: &[ValueLine]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = ["ObjectName", "FieldName", "RawValue", "Value"].map(str::to_owned);
    let rows = lines.iter().map(|line| [&line.object, &line.field, &line.from, &line.to].map(Clone::clone));
    for row in std::iter::once(header).chain(rows) {
        writer.write_record(&row).expect("memory takes every record");
    }
    String::from_utf8(writer.into_inner().expect("memory takes every byte")).expect("texts are UTF-8")
}
