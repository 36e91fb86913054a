//! How a text file is to be read.

use super::record::Separators;
use serde::{Deserialize, Serialize};

/// What a person can set about a text file. In JSON, what is usual is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CsvSettings {
    /// How bytes become characters. Default UTF-8.
    pub encoding: TextEncoding,
    /// The character between two cells: any ASCII character but quote, CR, LF and NUL. Default comma.
    pub delimiter: char,
    /// Whether a cell may stand in double quotes, with quotes in it doubled; else a quote is text like any other. Default true.
    #[serde(skip_serializing_if = "is_true")]
    pub quoting: bool,
    /// What ends a line. Default any.
    #[serde(skip_serializing_if = "is_default")]
    pub line_end: LineEnd,
    /// Whether the first row holds the names of the columns; else they are called Column A, Column B and so on. Default true.
    #[serde(skip_serializing_if = "is_true")]
    pub header: bool,
    /// Lines at the top that are no part of the table. Default 0.
    #[serde(skip_serializing_if = "is_default")]
    pub skip_lines: u32,
}

impl Default for CsvSettings {
    fn default() -> Self {
        CsvSettings {
            encoding: TextEncoding::UTF_8,
            delimiter: ',',
            quoting: true,
            line_end: LineEnd::Any,
            header: true,
            skip_lines: 0,
        }
    }
}

/// What ends a line of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineEnd {
    /// LF, CR LF or CR, also mixed.
    #[default]
    Any,
    /// LF or CR LF; a CR alone is text.
    Lf,
    /// CR; an LF is text.
    Cr,
}

impl LineEnd {
    /// All of them, in the order in which people are offered them.
    pub const ALL: [LineEnd; 3] = [LineEnd::Any, LineEnd::Lf, LineEnd::Cr];

    /// The words people see.
    pub fn label(self) -> &'static str {
        match self {
            LineEnd::Any => "Any: LF, CR LF or CR",
            LineEnd::Lf => "LF or CR LF",
            LineEnd::Cr => "CR",
        }
    }
}

/// How bytes become characters: any encoding of the WHATWG list, by its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TextEncoding(&'static encoding_rs::Encoding);

impl TextEncoding {
    /// UTF-8, with or without a byte order mark.
    pub const UTF_8: TextEncoding = TextEncoding(encoding_rs::UTF_8);
    /// UTF-16, low byte first: what Excel calls Unicode text.
    pub const UTF_16LE: TextEncoding = TextEncoding(encoding_rs::UTF_16LE);
    /// UTF-16, high byte first.
    pub const UTF_16BE: TextEncoding = TextEncoding(encoding_rs::UTF_16BE);
    /// What Excel for Windows writes as CSV in Western Europe and America.
    pub const WINDOWS_1252: TextEncoding = TextEncoding(encoding_rs::WINDOWS_1252);

    /// The ones worth offering in a list.
    pub const OFFERED: [TextEncoding; 14] = [
        TextEncoding::UTF_8,
        TextEncoding::WINDOWS_1252,
        TextEncoding::UTF_16LE,
        TextEncoding::UTF_16BE,
        TextEncoding(encoding_rs::ISO_8859_15),
        TextEncoding(encoding_rs::MACINTOSH),
        TextEncoding(encoding_rs::WINDOWS_1250),
        TextEncoding(encoding_rs::ISO_8859_2),
        TextEncoding(encoding_rs::WINDOWS_1251),
        TextEncoding(encoding_rs::WINDOWS_1253),
        TextEncoding(encoding_rs::WINDOWS_1254),
        TextEncoding(encoding_rs::SHIFT_JIS),
        TextEncoding(encoding_rs::GBK),
        TextEncoding(encoding_rs::BIG5),
    ];

    /// The encoding that goes by this label, whatever its case: `utf-8`, `latin1`, `windows-1252`.
    pub fn from_label(label: &str) -> Option<TextEncoding> {
        encoding_rs::Encoding::for_label(label.as_bytes()).map(TextEncoding)
    }

    /// Its name, as people and files write it.
    pub fn label(self) -> &'static str {
        match self.0.name() {
            "windows-1252" => "Windows-1252",
            name => name,
        }
    }

    /// The byte order mark that a file in this encoding may begin with.
    pub(crate) fn mark(self) -> &'static [u8] {
        match self.0.name() {
            "UTF-8" => b"\xef\xbb\xbf",
            "UTF-16LE" => b"\xff\xfe",
            "UTF-16BE" => b"\xfe\xff",
            _ => b"",
        }
    }

    pub(crate) fn encoding(self) -> &'static encoding_rs::Encoding {
        self.0
    }

    pub(crate) fn of(encoding: &'static encoding_rs::Encoding) -> TextEncoding {
        TextEncoding(encoding)
    }
}

impl TryFrom<String> for TextEncoding {
    type Error = String;

    fn try_from(label: String) -> Result<TextEncoding, String> {
        TextEncoding::from_label(&label).ok_or_else(|| format!("there is no text encoding called {label}"))
    }
}

impl From<TextEncoding> for String {
    fn from(encoding: TextEncoding) -> String {
        encoding.label().to_owned()
    }
}

impl CsvSettings {
    /// The separators, unless the delimiter cannot be one.
    pub(crate) fn separators(&self) -> Option<Separators> {
        let delimiter = u8::try_from(self.delimiter).ok().filter(u8::is_ascii)?;
        let ends = match self.line_end {
            LineEnd::Any => [b'\n', b'\r'],
            LineEnd::Lf => [b'\n'; 2],
            LineEnd::Cr => [b'\r'; 2],
        };
        (!matches!(delimiter, b'"' | b'\r' | b'\n' | 0)).then_some(Separators {
            delimiter,
            quoting: self.quoting,
            ends,
        })
    }
}

/// The word for a delimiter.
pub fn delimiter_label(delimiter: char) -> String {
    match delimiter {
        ',' => "Comma".to_owned(),
        ';' => "Semicolon".to_owned(),
        '\t' => "Tab".to_owned(),
        '|' => "Bar".to_owned(),
        '^' => "Caret".to_owned(),
        ' ' => "Space".to_owned(),
        other => other.to_string(),
    }
}

fn is_true(value: &bool) -> bool {
    *value
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
