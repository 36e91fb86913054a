//! What a file is, by its first bytes.

use crate::connect::ConnectError;
use std::path::Path;

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text of some encoding.
    Text,
    /// A ZIP archive with a workbook in it, or an OLE document; only opening it can tell.
    Workbook,
    /// An SQLite database.
    Database,
}

/// First bytes of files that people take for tables, what they are, and what to do.
const OTHERS: [(&[u8], &str, &str); 9] = [
    (b"%PDF", "a PDF document", "Ask for the data as CSV or Excel; tables in a PDF cannot be read reliably."),
    (b"{\\rtf", "a Word document (RTF)", "Save the table as CSV or Excel."),
    (b"\x1f\x8b", "a compressed file (gzip)", "Unpack it and choose the file within it."),
    (b"7z\xbc\xaf", "a compressed file (7-Zip)", "Unpack it and choose the file within it."),
    (b"Rar!", "a compressed file (RAR)", "Unpack it and choose the file within it."),
    (b"\x89PNG", "a picture", "Choose a CSV file or a workbook."),
    (b"GIF8", "a picture", "Choose a CSV file or a workbook."),
    (b"\xff\xd8\xff", "a picture", "Choose a CSV file or a workbook."),
    (b"PAR1", "a Parquet file", "Export the table as CSV."),
];

/// Tells what the file at `path` is, of which `head` are the first bytes; refuses what is no table.
pub(super) fn kind(path: &Path, head: &[u8]) -> Result<Kind, ConnectError> {
    let refused = |what: &str, hint: &str| Err(ConnectError::refused(format!("{} is {what}", path.display()), hint));
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Ok(Kind::Workbook);
    }
    if head.starts_with(b"SQLite format 3\0") {
        return Ok(Kind::Database);
    }
    for (magic, what, hint) in OTHERS {
        if head.starts_with(magic) {
            return refused(&format!("{what}, not a table"), hint);
        }
    }
    let marked = [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"].into_iter().find(|mark| head.starts_with(mark));
    let text = &head[marked.map_or(0, |mark| mark.len())..];
    // NUL counts as blank here, so that markup in UTF-16 is seen for what it is.
    let plain: Vec<u8> = text.iter().copied().filter(|b| *b != 0).take(1024).collect();
    let plain = plain.trim_ascii_start();
    if plain.is_empty() {
        let what = if head.len() > 1024 { "blank at its beginning" } else { "empty" };
        return refused(what, "Choose a file with a header and rows; perhaps the export that made it failed.");
    }
    let start = String::from_utf8_lossy(&plain[..plain.len().min(256)]).to_ascii_lowercase();
    if ["<!doctype html", "<html", "<head", "<body", "<script"].iter().any(|tag| start.starts_with(tag)) {
        return refused(
            "a web page, not a table",
            "A download that needs a sign-in often saves the sign-in page: sign in and download it again.",
        );
    }
    if start.starts_with("<?xml") || start.starts_with("<!--") {
        return refused("an XML document, not a table", "Export the data as CSV or save it as an Excel workbook.");
    }
    let after = start[1..].trim_start().bytes().next();
    let json = match start.as_bytes()[0] {
        b'{' => matches!(after, Some(b'"' | b'}') | None),
        b'[' => matches!(after, Some(b'{' | b'[') | None),
        _ => false,
    };
    if json {
        return refused("a JSON document, not a table", "Export the data as CSV or Excel.");
    }
    if marked.is_none() && looks_binary(head) {
        return refused("not text", "Choose a CSV file or a workbook; this is a file of another kind, or damaged.");
    }
    Ok(Kind::Text)
}

/// Whether there are more control characters than text ever has. A few NULs are the fault of their rows.
fn looks_binary(head: &[u8]) -> bool {
    let sample = &head[..head.len().min(64 << 10)];
    if super::encoding::utf16_without_mark(sample).is_some() {
        return false;
    }
    let control = sample.iter().filter(|b| matches!(b, 0..=8 | 14..=25 | 27..=31 | 127)).count();
    control * 20 > sample.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_table_is_told_apart() {
        for (head, wanted) in [
            (&b""[..], Err("empty")),
            (b"\xef\xbb\xbf \r\n", Err("empty")),
            (b"%PDF-1.7", Err("PDF")),
            (b"\n<!DOCTYPE html><html>", Err("web page")),
            (b"{\"records\": []}", Err("JSON")),
            (b"[\n  {\"a\": 1}]", Err("JSON")),
            (b"<?xml version=\"1.0\"?>", Err("XML")),
            (b"\x01\x02\x03\x04abc\x00\x00\x05", Err("not text")),
            (b"a,b\n1,\x00\n2,some more text behind it", Ok(Kind::Text)),
            (b"[Name],City\n", Ok(Kind::Text)),
            (b"{x};y\n", Ok(Kind::Text)),
            (b"a\0;\0b\0\n\0", Ok(Kind::Text)),
            (b"PK\x03\x04....", Ok(Kind::Workbook)),
            (b"SQLite format 3\0....", Ok(Kind::Database)),
        ] {
            match (kind(Path::new("f"), head), wanted) {
                (Ok(kind), Ok(wanted)) => assert_eq!(kind, wanted),
                (Err(error), Err(wanted)) => {
                    assert!(error.to_string().contains(wanted), "{error}");
                    assert!(error.hint().is_some());
                }
                (got, wanted) => panic!("{head:?}: {got:?} instead of {wanted:?}"),
            }
        }
    }
}
