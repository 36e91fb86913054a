//! Cells pasted from a spreadsheet.

use crate::connect::csv::{Found, Separators};

/// Cells copied in Excel, LibreOffice or Google Sheets, as text that [`super::inspect()`] reads as what it is: tabs between cells,
/// quotes around those that need them.
///
/// Spreadsheets quote a cell only if it holds a line break or a tab; a quote elsewhere is a plain character (`5" pipe`), also at
/// the beginning of a cell.
pub fn pasted(text: &str) -> String {
    let separators = Separators { delimiter: b'\t', quoting: true, ends: [b'\n', b'\r'] };
    let mut out = String::with_capacity(text.len() + 16);
    let mut scratch = String::new();
    let mut row: Vec<String> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        row.clear();
        at = match separators.record(text, at, true, &mut scratch, |cell| row.push(cell.to_owned())) {
            Found::Record { next, .. } | Found::Blank { next } => next,
            Found::Flawed { next, .. } => {
                row.clear();
                separators.raw(&text[at..next], |cell| row.push(cell.to_owned()));
                next
            }
            Found::More => text.len(),
        };
        for (index, cell) in row.iter().enumerate() {
            if index > 0 {
                out.push('\t');
            }
            if cell.contains(['\t', '"', '\n', '\r']) {
                out.push('"');
                out.push_str(&cell.replace('"', "\"\""));
                out.push('"');
            } else {
                out.push_str(cell);
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_as_spreadsheets_copy_them() {
        for (copied, wanted) in [
            ("a\tb\r\nc\td\r\n", "a\tb\nc\td\n"),
            ("\"two\nlines\"\tx", "\"two\nlines\"\tx\n"),
            ("\"say \"\"hi\"\"\n\"\tx\n", "\"say \"\"hi\"\"\n\"\tx\n"),
            ("5\" pipe\t1\n", "\"5\"\" pipe\"\t1\n"),
            ("\"big\" one\t1\n", "\"\"\"big\"\" one\"\t1\n"),
            ("a, b\t007\n", "a, b\t007\n"),
        ] {
            assert_eq!(pasted(copied), wanted, "{copied:?}");
        }
    }
}
