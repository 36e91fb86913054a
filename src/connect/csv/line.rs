//! One record of a text, taken apart so that single cells can be changed and everything else stays as it was written.

use super::record::{Found, Separators};

/// A record as it stands in its file, with what stands behind it up to the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    cells: Vec<Cell>,
    /// What ends it; blank at the end of a file without a last line end.
    end: String,
    /// Blank lines behind it.
    rest: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Cell {
    /// As it stands in the file, quotes and all.
    raw: String,
    value: String,
}

impl Separators {
    /// Takes the record at the beginning of a text apart; `None` where its quotes do not add up, or where there is none.
    pub(super) fn take_apart(&self, text: &str) -> Option<Line> {
        let mut values = Vec::new();
        let found = self.record(text, 0, true, &mut String::new(), |cell| values.push(cell.to_owned()));
        let Found::Record { next, .. } = found else { return None };
        let (mut cells, mut at) = (Vec::new(), 0);
        let end = loop {
            let end = self.cell_end(text.as_bytes(), at);
            cells.push(text[at..end].to_owned());
            if text.as_bytes().get(end) != Some(&self.delimiter) {
                break end;
            }
            at = end + 1;
        };
        let fits = cells.len() == values.len() && end <= next;
        let cells = cells.into_iter().zip(values).map(|(raw, value)| Cell { raw, value }).collect();
        fits.then(|| Line { cells, end: text[end..next].to_owned(), rest: text[next..].to_owned() })
    }

    /// Where the cell that begins at `at` ends, in a record without a flaw.
    fn cell_end(&self, text: &[u8], at: usize) -> usize {
        if self.quoting && text.get(at) == Some(&b'"') {
            let mut from = at + 1;
            while let Some(length) = memchr::memchr(b'"', &text[from..]) {
                match text.get(from + length + 1) {
                    Some(b'"') => from += length + 2,
                    _ => return from + length + 1,
                }
            }
            return text.len();
        }
        let [one, other] = self.ends;
        let end = memchr::memchr3(self.delimiter, one, other, &text[at..]).map_or(text.len(), |length| at + length);
        // The CR of a CR LF is no part of the cell.
        let lf_only = self.ends == [b'\n'; 2] && text.get(end) != Some(&self.delimiter);
        if lf_only && end > at && text[end - 1] == b'\r' { end - 1 } else { end }
    }

    /// Whether a cell must stand in quotes.
    fn needs_quotes(&self, value: &str) -> bool {
        value.bytes().any(|byte| byte == self.delimiter || matches!(byte, b'"' | b'\r' | b'\n'))
    }

    fn spelled(&self, value: &str, quotes: bool) -> String {
        if self.quoting && (quotes || self.needs_quotes(value)) {
            format!("\"{}\"", value.replace('"', "\"\""))
        } else {
            value.to_owned()
        }
    }

    /// A new record with these values; those of columns that are `quoted` stand in quotes although they need none.
    pub(super) fn put_together(&self, values: &[String], quoted: &[bool], end: &str) -> Line {
        let cell = |(at, value): (usize, &String)| Cell {
            raw: self.spelled(value, quoted.get(at).copied().unwrap_or_default()),
            value: value.clone(),
        };
        Line { cells: values.iter().enumerate().map(cell).collect(), end: end.to_owned(), rest: String::new() }
    }

    /// Whether a record that was put together is read with exactly its values.
    pub(super) fn reads_back(&self, line: &Line) -> bool {
        let text = format!("{}{}", line.record(self), line.end);
        self.take_apart(&text).is_some_and(|read| read.rest.is_empty() && read.values().eq(line.values()))
    }
}

impl Line {
    /// The values of its cells.
    pub(super) fn values(&self) -> impl ExactSizeIterator<Item = &str> {
        self.cells.iter().map(|cell| cell.value.as_str())
    }

    /// The value of a cell; blank where it has none.
    pub(super) fn value(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| cell.value.as_str())
    }

    /// Gives a cell another value, in quotes if it was in quotes.
    pub(super) fn set(&mut self, column: usize, value: &str, separators: &Separators) {
        if let Some(cell) = self.cells.get_mut(column) {
            let quotes = separators.quoting && cell.raw.starts_with('"') && !separators.needs_quotes(&cell.value);
            *cell = Cell { raw: separators.spelled(value, quotes), value: value.to_owned() };
        }
    }

    /// Which cells stand in quotes although they need none.
    pub(super) fn quoted(&self, separators: &Separators) -> Vec<bool> {
        let quoted = |cell: &Cell| cell.raw.starts_with('"') && !separators.needs_quotes(&cell.value);
        self.cells.iter().map(|cell| separators.quoting && quoted(cell)).collect()
    }

    /// The blank lines behind it.
    pub(super) fn rest(&self) -> &str {
        &self.rest
    }

    /// All of it as it stands in the file.
    pub(super) fn text(&self, separators: &Separators) -> String {
        self.record(separators) + &self.end + &self.rest
    }

    fn record(&self, separators: &Separators) -> String {
        let mut text = String::new();
        for (at, cell) in self.cells.iter().enumerate() {
            if at > 0 {
                text.push(char::from(separators.delimiter));
            }
            text.push_str(&cell.raw);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ANY: Separators = Separators { delimiter: b';', quoting: true, ends: [b'\n', b'\r'] };
    const LF: Separators = Separators { ends: [b'\n'; 2], ..ANY };
    const PLAIN: Separators = Separators { quoting: false, ..ANY };

    #[test]
    fn a_record_is_the_same_when_it_is_put_together_again() {
        for (separators, text, values) in [
            (ANY, "a;\"b;\"\"c\"\"\r\n\";\"d\"\r\n\r\n", vec!["a", "b;\"c\"\r\n", "d"]),
            (ANY, ";\"\";x", vec!["", "", "x"]),
            (ANY, "a\rb", vec!["a"]),
            (LF, "a\rb;\"c\"\r\n", vec!["a\rb", "c"]),
            (LF, "a;b\r\nnext", vec!["a", "b"]),
            (PLAIN, "\"a;b\"\n", vec!["\"a", "b\""]),
        ] {
            let line = separators.take_apart(text).unwrap();
            assert_eq!(line.values().collect::<Vec<_>>(), values, "{text:?}");
            assert_eq!(line.text(&separators), text);
        }
        assert_eq!(ANY.take_apart("a;\"b\n"), None);
        assert_eq!(ANY.take_apart("\n"), None);
    }

    #[test]
    fn one_cell_changes_and_the_others_stay() {
        let mut line = ANY.take_apart("\"a\";x").unwrap();
        line.set(1, "say \"hi\"", &ANY);
        assert_eq!(line.text(&ANY), "\"a\";\"say \"\"hi\"\"\"");
        line.set(0, "b", &ANY);
        line.set(1, "", &ANY);
        assert_eq!(line.text(&ANY), "\"b\";", "quotes that were needed go with the need");
        let mut line = ANY.take_apart("\"a;\";\"b\";c\r\n").unwrap();
        assert_eq!(line.quoted(&ANY), [false, true, false]);
        line.set(1, "", &ANY);
        assert_eq!(line.text(&ANY), "\"a;\";\"\";c\r\n");
    }

    #[test]
    fn what_cannot_be_read_again_is_noticed() {
        let reads = |separators: Separators, values: &[&str]| {
            let values: Vec<_> = values.iter().map(|value| (*value).to_owned()).collect();
            separators.reads_back(&separators.put_together(&values, &[], "\n"))
        };
        assert!(reads(ANY, &["a;\"", "\r\n", ""]));
        assert!(!reads(PLAIN, &["a;b"]), "without quotes a delimiter cannot be in a cell");
        assert!(!reads(PLAIN, &["a\nb"]));
        assert!(reads(PLAIN, &["say \"hi\""]));
        assert!(!reads(ANY, &[" "]), "a blank line is no record");
        assert!(!reads(ANY, &["x", &format!("\"{}", "y".repeat(2 << 20))]), "a quoted cell has its limit");
    }

    proptest! {
        #[test]
        fn any_values_are_read_as_they_were_written(values in proptest::collection::vec("[a-z;\"\r\n äŁ,]{0,6}", 2..5),
                                                    quoted in proptest::collection::vec(any::<bool>(), 2..5)) {
            for separators in [ANY, LF] {
                let line = separators.put_together(&values, &quoted, "\r\n");
                prop_assert!(separators.reads_back(&line), "{:?}", line.text(&separators));
            }
        }
    }
}
