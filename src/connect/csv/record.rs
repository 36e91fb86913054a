//! One record of separated text: where its cells are, where it ends, and what is wrong with its quotes.
//!
//! Works on decoded text and knows nothing of files. A quote opens a cell only where the cell begins; anywhere else it is text.
//! When quotes do not add up, the record is cut back to what is certainly its own, so that one stray quote costs one row and
//! not the rest of the file.

use crate::connect::swar::find3;
use memchr::{memchr, memchr2};

/// A quoted cell that is not closed within so many bytes of its record was never meant to be one.
pub(super) const LONGEST_QUOTED: usize = 1 << 20;

/// How text is separated into cells and lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Separators {
    /// Between two cells.
    pub(crate) delimiter: u8,
    /// Whether cells may stand in quotes.
    pub(crate) quoting: bool,
    /// The bytes that end a line; the same twice where there is only one.
    pub(crate) ends: [u8; 2],
}

/// What is wrong with the quotes of a record, with the byte at which it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The quote that opens here has no end.
    Unclosed(usize),
    /// Text stands here, behind a closing quote.
    TextAfterQuote(usize),
}

/// What stands at a place of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// A record, whose cells were given, up to `next`.
    Record {
        /// Where the next one begins.
        next: usize,
        /// How many lines it takes.
        lines: u64,
    },
    /// A record with a flaw. The cells given so far do not count: take it as raw text up to `next`.
    Flawed {
        /// What is wrong.
        flaw: Flaw,
        /// Where the next one begins.
        next: usize,
    },
    /// A blank line.
    Blank {
        /// Where the next one begins.
        next: usize,
    },
    /// The text ends within the record: add more and ask again.
    More,
}

impl Separators {
    /// Looks at the record that begins at `start`, and gives its cells. `last` says that no text comes behind this one;
    /// `scratch` is room for cells with doubled quotes.
    #[inline]
    pub(crate) fn record(
        &self,
        text: &str,
        start: usize,
        last: bool,
        scratch: &mut String,
        mut cell: impl FnMut(&str),
    ) -> Found {
        let bytes = text.as_bytes();
        let mut at = start;
        let mut lines = 1;
        loop {
            let end = if self.quoting && bytes.get(at) == Some(&b'"') {
                let (close, doubled) = match self.closing_quote(bytes, start, at, last) {
                    Quote::Closed { at, doubled } => (at, doubled),
                    Quote::More => return Found::More,
                    Quote::Unclosed => return self.flawed(bytes, Flaw::Unclosed(at), start, last),
                };
                let inside = &text[at + 1..close];
                let end = close + 1;
                let separated = bytes.get(end).is_none_or(|b| *b == self.delimiter || self.ends.contains(b));
                if !separated && self.closes_nothing(bytes, end) {
                    // A quote that "closes" lines later, in the middle of a word, is another cell's: ours is the stray one.
                    return if self.lines(inside.as_bytes()) > 0 {
                        self.flawed(bytes, Flaw::Unclosed(at), start, last)
                    } else {
                        self.flawed(bytes, Flaw::TextAfterQuote(end), end, last)
                    };
                }
                lines += self.lines(inside.as_bytes());
                if doubled {
                    scratch.clear();
                    for (index, part) in inside.split("\"\"").enumerate() {
                        if index > 0 {
                            scratch.push('"');
                        }
                        scratch.push_str(part);
                    }
                    cell(scratch);
                } else {
                    cell(inside);
                }
                if separated { end } else { end + 1 }
            } else {
                let found = find3(&bytes[at..], [self.delimiter, self.ends[0], self.ends[1]]);
                let end = match found {
                    Some(length) => at + length,
                    None if last => bytes.len(),
                    None => return Found::More,
                };
                let ends_line = bytes.get(end) != Some(&self.delimiter);
                let mut inside = &text[at..end];
                if ends_line {
                    if self.ends == [b'\n'; 2] {
                        inside = inside.strip_suffix('\r').unwrap_or(inside);
                    }
                    if at == start && inside.trim_matches([' ', '\t', '\u{a0}', '\u{1a}']).is_empty() {
                        return match self.behind(bytes, end, last) {
                            Some(next) => Found::Blank { next },
                            None => Found::More,
                        };
                    }
                }
                cell(inside);
                end
            };
            match bytes.get(end) {
                Some(b) if *b == self.delimiter => at = end + 1,
                None if !last => return Found::More,
                _ => {
                    return match self.behind(bytes, end, last) {
                        Some(next) => Found::Record { next, lines },
                        None => Found::More,
                    };
                }
            }
        }
    }

    /// Gives the cells of a record as they stand, quotes and all.
    pub(crate) fn raw(&self, record: &str, mut cell: impl FnMut(&str)) {
        let record = match self.ends {
            [b'\r', b'\r'] => record.strip_suffix('\r'),
            [b'\n', b'\n'] => record.strip_suffix('\n').map(|record| record.strip_suffix('\r').unwrap_or(record)),
            _ => record.strip_suffix("\r\n").or_else(|| record.strip_suffix(['\r', '\n'])),
        }
        .unwrap_or(record);
        record.split(char::from(self.delimiter)).for_each(&mut cell);
    }

    /// How many lines end within the text.
    pub(crate) fn lines(&self, bytes: &[u8]) -> u64 {
        let [one, other] = self.ends;
        if one == other {
            return memchr::memchr_iter(one, bytes).count() as u64;
        }
        // CR LF is one end.
        memchr::memchr2_iter(one, other, bytes)
            .filter(|at| bytes[*at] != b'\r' || bytes.get(at + 1) != Some(&b'\n'))
            .count() as u64
    }

    /// Where the line after the one at `from` begins; `None` when more text is needed to tell.
    pub(crate) fn next_line(&self, bytes: &[u8], from: usize, last: bool) -> Option<usize> {
        match memchr2(self.ends[0], self.ends[1], &bytes[from..]) {
            Some(length) => self.behind(bytes, from + length, last),
            None => last.then_some(bytes.len()),
        }
    }

    /// The byte behind the line end at `end`.
    fn behind(&self, bytes: &[u8], end: usize, last: bool) -> Option<usize> {
        match (bytes.get(end), bytes.get(end + 1)) {
            (None, _) => last.then_some(end),
            (Some(b'\r'), Some(b'\n')) if self.ends.contains(&b'\n') => Some(end + 2),
            (Some(b'\r'), None) if !last && self.ends.contains(&b'\n') => None,
            _ => Some(end + 1),
        }
    }

    /// Whether a closing quote at the end of a cell is followed by something other than the CR of a CR LF.
    fn closes_nothing(&self, bytes: &[u8], end: usize) -> bool {
        !(self.ends == [b'\n'; 2] && bytes[end] == b'\r' && bytes.get(end + 1).is_none_or(|b| *b == b'\n'))
    }

    fn flawed(&self, bytes: &[u8], flaw: Flaw, line: usize, last: bool) -> Found {
        match self.next_line(bytes, line, last) {
            Some(next) => Found::Flawed { flaw, next },
            None => Found::More,
        }
    }

    #[inline]
    fn closing_quote(&self, bytes: &[u8], start: usize, open: usize, last: bool) -> Quote {
        let mut from = open + 1;
        let mut doubled = false;
        loop {
            let Some(length) = memchr(b'"', &bytes[from..]) else {
                let over = last || bytes.len() - start > LONGEST_QUOTED;
                return if over { Quote::Unclosed } else { Quote::More };
            };
            let at = from + length;
            if at - start > LONGEST_QUOTED {
                return Quote::Unclosed;
            }
            match bytes.get(at + 1) {
                Some(b'"') => {
                    doubled = true;
                    from = at + 2;
                }
                None if !last => return Quote::More,
                _ => return Quote::Closed { at, doubled },
            }
        }
    }
}

enum Quote {
    Closed { at: usize, doubled: bool },
    More,
    Unclosed,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: Separators = Separators { delimiter: b',', quoting: true, ends: [b'\n', b'\r'] };

    fn all(text: &str, separators: Separators) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let mut row = Vec::new();
            at = match separators.record(text, at, true, &mut String::new(), |cell| row.push(cell.to_owned())) {
                Found::Record { next, .. } => {
                    rows.push(row);
                    next
                }
                Found::Flawed { flaw, next } => {
                    row.clear();
                    row.push(format!("{flaw:?}"));
                    separators.raw(&text[at..next], |cell| row.push(cell.to_owned()));
                    rows.push(row);
                    next
                }
                Found::Blank { next } => next,
                Found::More => panic!("the text is complete"),
            };
        }
        rows
    }

    #[test]
    fn records_of_every_kind() {
        for (text, wanted) in [
            ("a,b\r\nc,d\re,f\ng,h", vec![vec!["a", "b"], vec!["c", "d"], vec!["e", "f"], vec!["g", "h"]]),
            ("\"a,\"\"b\"\"\r\nc\",d\n", vec![vec!["a,\"b\"\r\nc", "d"]]),
            ("a,\n,b\n", vec![vec!["a", ""], vec!["", "b"]]),
            ("\"\",\"\"", vec![vec!["", ""]]),
            ("\n\r\n  \na\n\n", vec![vec!["a"]]),
            ("\"\"\nb", vec![vec![""], vec!["b"]]),
            ("say \"hi\",5\" pipe\n", vec![vec!["say \"hi\"", "5\" pipe"]]),
            ("a,\"b\"c,d\ne,f,g\n", vec![vec!["TextAfterQuote(5)", "a", "\"b\"c", "d"], vec!["e", "f", "g"]]),
            (
                "a,\"b,c\nd,e,f\ng,\"h\",i\n",
                vec![vec!["Unclosed(2)", "a", "\"b", "c"], vec!["d", "e", "f"], vec!["g", "h", "i"]],
            ),
            ("a,\"b\nc,d", vec![vec!["Unclosed(2)", "a", "\"b"], vec!["c", "d"]]),
            ("\"a\nb\",\"c\"d\ne,f", vec![vec!["TextAfterQuote(9)", "\"a\nb\"", "\"c\"d"], vec!["e", "f"]]),
        ] {
            assert_eq!(all(text, ANY), wanted, "{text:?}");
        }
    }

    #[test]
    fn a_lone_cr_can_be_text() {
        let lf = Separators { ends: [b'\n'; 2], ..ANY };
        assert_eq!(all("a\rb,c\r\nd,\"e\"\r\n", lf), [vec!["a\rb", "c"], vec!["d", "e"]]);
    }

    #[test]
    fn a_cut_record_asks_for_more() {
        let text = "ab,\"c\"\"d\"\r\nx";
        for cut in 0..=10 {
            let found = ANY.record(&text[..cut], 0, false, &mut String::new(), |_| ());
            assert_eq!(found, Found::More, "{:?}", &text[..cut]);
        }
        assert_eq!(ANY.record(text, 0, false, &mut String::new(), |_| ()), Found::Record { next: 11, lines: 1 });
    }
}
