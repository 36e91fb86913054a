//! What a text is separated by, from its first part.
//!
//! Each way of reading is tried on the sample, and the one under which the rows agree best on their length wins. Every choice
//! comes with the reason for it, so that a person can judge.

use super::record::{Found, Separators};
use super::settings::{LineEnd, delimiter_label};

/// Rows looked at.
const ROWS: usize = 400;

/// Delimiters tried, the likelier first.
const DELIMITERS: [char; 5] = [',', ';', '\t', '|', '^'];

/// A choice, why it was made, and whether it is certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice<T> {
    pub(crate) value: T,
    pub(crate) why: String,
    pub(crate) certain: bool,
}

/// How a sample is best read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sniffed {
    pub(crate) delimiter: Choice<char>,
    pub(crate) quoting: Choice<bool>,
    pub(crate) line_end: Choice<LineEnd>,
    pub(crate) header: Choice<bool>,
    pub(crate) skip_lines: Choice<u32>,
}

/// Finds out how `sample` is best read; `cut` says that it goes on behind its end.
pub(crate) fn sniff(sample: &str, cut: bool) -> Sniffed {
    let announced = announced(sample);
    let candidates: Vec<char> = announced.map_or(DELIMITERS.to_vec(), |(delimiter, _)| vec![delimiter]);
    let table = announced.map_or(sample, |(_, length)| &sample[length..]);
    let (quoting, line_end) = (quoting(table), line_end(table));
    let mut tries: Vec<Try> = Vec::new();
    for delimiter in candidates {
        // A CR among LFs may be a line end or a character of a cell: only the lengths of the rows can tell.
        for end in line_end.value {
            tries.push(Try::of(table, cut, delimiter, quoting.value, *end));
        }
    }
    tries.sort_by(|a, b| b.score.total_cmp(&a.score));
    let best = &tries[0];
    let second = tries.iter().find(|other| other.delimiter != best.delimiter).map_or(0.0, |other| other.score);
    let delimiter = match announced {
        Some((delimiter, _)) => Choice { value: delimiter, why: "the first line says so".into(), certain: true },
        None if best.columns < 2 => Choice {
            value: ',',
            why: "nothing separates the lines into cells, so the table has one column".into(),
            certain: false,
        },
        None => Choice {
            value: best.delimiter,
            why: format!("{} of {} rows have {} cells", best.agreeing, best.rows.len(), best.columns),
            certain: best.score > 0.9 && second < best.score * 0.8,
        },
    };
    let title_lines = best.title_lines();
    let skip_lines = match (announced, title_lines) {
        (Some(_), lines) => {
            Choice { value: lines + 1, why: "the first line names the delimiter".into(), certain: true }
        }
        (None, 0) => Choice { value: 0, why: "the table begins at the top".into(), certain: true },
        (None, lines) => Choice {
            value: lines,
            why: format!("the first {lines} lines are a title, shorter than the rows below"),
            certain: false,
        },
    };
    let rows = &best.rows[best.rows.len().min(best.title_rows())..];
    Sniffed {
        delimiter,
        quoting,
        line_end: Choice { value: best.line_end, why: line_end.why, certain: line_end.certain },
        header: header(rows),
        skip_lines,
    }
}

/// The delimiter that Excel's `sep=;` names in the first line, and the length of that line.
fn announced(sample: &str) -> Option<(char, usize)> {
    let end = sample.find(['\n', '\r'])?;
    let delimiter = sample[..end].trim().trim_matches('"').strip_prefix("sep=")?;
    let mut chars = delimiter.chars();
    let delimiter = match (chars.next(), chars.next()) {
        (Some(delimiter), None) => delimiter,
        // A tab was trimmed away.
        (None, _) => '\t',
        _ => return None,
    };
    let length = if sample[end..].starts_with("\r\n") { end + 2 } else { end + 1 };
    delimiter.is_ascii().then_some((delimiter, length))
}

fn quoting(sample: &str) -> Choice<bool> {
    if sample.contains('"') {
        Choice { value: true, why: "there are quotes in the file".into(), certain: true }
    } else {
        Choice { value: true, why: "there are no quotes at the beginning of the file".into(), certain: false }
    }
}

/// The line ends worth trying, and what was seen.
fn line_end(sample: &str) -> Choice<&'static [LineEnd]> {
    let bytes = sample.as_bytes();
    let crlf = memchr::memmem::find_iter(bytes, b"\r\n").count();
    let lf = memchr::memchr_iter(b'\n', bytes).count() - crlf;
    // The CR at the very end of a sample may be half a CR LF.
    let cr = memchr::memchr_iter(b'\r', bytes.strip_suffix(b"\r").unwrap_or(bytes)).count() - crlf;
    let (value, why): (&[LineEnd], _) = match (crlf, lf, cr) {
        (0, 0, 0) => (&[LineEnd::Any], "there is one line only".to_owned()),
        (_, 0, 0) => (&[LineEnd::Any], "lines end in CR LF, as on Windows".to_owned()),
        (0, _, 0) => (&[LineEnd::Any], "lines end in LF".to_owned()),
        (0, 0, _) => (&[LineEnd::Any], "lines end in CR, as on old Macs".to_owned()),
        (_, _, 0) => (&[LineEnd::Any], format!("{crlf} lines end in CR LF and {lf} in LF; both are taken")),
        _ => (
            &[LineEnd::Any, LineEnd::Lf],
            format!("{crlf} lines end in CR LF, {lf} in LF, and there are {cr} single CRs"),
        ),
    };
    Choice { value, certain: value.len() == 1, why }
}

/// One way of reading, and how well it fits.
struct Try {
    delimiter: char,
    line_end: LineEnd,
    rows: Vec<Vec<String>>,
    /// Line on which each row begins, from 0.
    lines: Vec<u64>,
    /// Cells of most rows, and how many rows have as many.
    columns: usize,
    agreeing: usize,
    score: f64,
}

impl Try {
    fn of(sample: &str, cut: bool, delimiter: char, quoting: bool, line_end: LineEnd) -> Try {
        let settings = super::CsvSettings { delimiter, quoting, line_end, ..Default::default() };
        let mut made =
            Try { delimiter, line_end, rows: Vec::new(), lines: Vec::new(), columns: 0, agreeing: 0, score: 0.0 };
        let Some(separators) = settings.separators() else { return made };
        let flaws = made.read(sample, cut, &separators);
        made.judge(flaws);
        made
    }

    /// Reads the rows, and counts those with flaws.
    fn read(&mut self, sample: &str, cut: bool, separators: &Separators) -> usize {
        let (mut at, mut line, mut flaws) = (0, 0, 0);
        let mut scratch = String::new();
        while at < sample.len() && self.rows.len() < ROWS {
            let mut row = Vec::new();
            let found = separators.record(sample, at, !cut, &mut scratch, |cell| row.push(cell.to_owned()));
            let next = match found {
                Found::Record { next, .. } => {
                    // Quotes in the middle of cells are what a wrong delimiter leaves of quoted cells.
                    flaws += usize::from(row.iter().any(|cell| cell.starts_with(" \"") || cell.ends_with('"')));
                    self.rows.push(row);
                    self.lines.push(line);
                    next
                }
                Found::Flawed { next, .. } => {
                    flaws += 1;
                    row.clear();
                    separators.raw(&sample[at..next], |cell| row.push(cell.to_owned()));
                    self.rows.push(row);
                    self.lines.push(line);
                    next
                }
                Found::Blank { next } => next,
                Found::More => break,
            };
            line += separators.lines(&sample.as_bytes()[at..next]);
            at = next;
        }
        flaws
    }

    fn judge(&mut self, flaws: usize) {
        let mut lengths: Vec<usize> = self.rows.iter().map(Vec::len).collect();
        lengths.sort_unstable();
        for group in lengths.chunk_by(|a, b| a == b) {
            // Of two lengths equally common, the longer one cannot be chance.
            if group.len() >= self.agreeing {
                (self.columns, self.agreeing) = (group[0], group.len());
            }
        }
        if self.columns < 2 {
            return;
        }
        let rows = self.rows.len() as f64;
        let mut score = (self.agreeing as f64 / rows).powi(2) * (1.0 - flaws as f64 / rows).max(0.05);
        // The header has no decimal commas and no commas in prose: where it disagrees, the delimiter is a character of cells.
        if self.rows.first().is_some_and(|first| first.len() != self.columns) && self.title_rows() == 0 {
            score *= 0.3;
        }
        let (cells, spaced) = self
            .rows
            .iter()
            .flat_map(|row| row.iter().skip(1))
            .fold((0, 0), |(cells, spaced), cell| (cells + 1, spaced + usize::from(cell.starts_with(' '))));
        if self.delimiter == ',' && spaced * 2 > cells {
            score *= 0.7;
        }
        // More columns agreeing is less likely to be chance.
        self.score = score * (1.0 - 0.5f64.powi(self.columns as i32));
    }

    /// Rows at the top that are too short to belong to the table, with at least two rows of full length behind them.
    fn title_rows(&self) -> usize {
        let short = |row: &Vec<String>| row.iter().filter(|cell| !cell.trim().is_empty()).count() <= 1;
        let title = self.rows.iter().take_while(|row| short(row) && row.len() <= self.columns).count();
        let table = self.rows[title..].iter().take_while(|row| row.len() == self.columns).count();
        if self.columns >= 3 && title <= 20 && table >= 2 { title } else { 0 }
    }

    fn title_lines(&self) -> u32 {
        match self.title_rows() {
            0 => 0,
            rows => self.lines.get(rows).map_or(0, |line| *line as u32),
        }
    }
}

/// Whether the first of the rows holds the names of the columns.
pub(crate) fn header(rows: &[Vec<String>]) -> Choice<bool> {
    let choice = |value, why: String, certain| Choice { value, why, certain };
    let Some((first, below)) = rows.split_first() else {
        return choice(true, "there is no row to tell by".into(), false);
    };
    let filled = first.iter().filter(|cell| !cell.trim().is_empty()).count();
    if let Some(value) = first.iter().find(|cell| is_value(cell)) {
        let years = first.iter().filter(|cell| is_value(cell)).all(|cell| is_year(cell));
        return if years && below.iter().flatten().any(|cell| is_value(cell) && !is_year(cell)) && filled > 1 {
            choice(true, format!("the first row holds names and years, such as {}", value.trim()), false)
        } else {
            choice(false, format!("the first row holds a value, {}, and no names", value.trim()), filled > 1)
        };
    }
    let repeated = first.iter().enumerate().find(|(index, name)| {
        !name.trim().is_empty() && below.iter().any(|row| row.get(*index).is_some_and(|cell| cell == *name))
    });
    if let Some((_, name)) = repeated {
        return choice(false, format!("\"{}\" of the first row comes again further down", name.trim()), false);
    }
    let typed = (0..first.len()).find(|index| {
        let mut cells =
            below.iter().filter_map(|row| row.get(*index)).filter(|cell| !cell.trim().is_empty()).peekable();
        cells.peek().is_some() && cells.all(|cell| is_value(cell))
    });
    match typed {
        Some(index) => choice(
            true,
            format!("\"{}\" is a name, and numbers, dates, ids or addresses stand below it", first[index].trim()),
            true,
        ),
        None if below.is_empty() => choice(true, "there is one row only, of plain words".into(), false),
        None => choice(true, "no word of the first row comes again further down".into(), below.len() >= 5),
    }
}

fn is_year(cell: &str) -> bool {
    let cell = cell.trim();
    cell.len() == 4 && cell.parse::<u32>().is_ok_and(|year| (1900..2100).contains(&year))
}

/// Whether a cell is something that no column is named: a number, a date, an id, an e-mail address.
fn is_value(cell: &str) -> bool {
    let cell = cell.trim();
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let mail = || {
        cell.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')) && !cell.contains(' ')
    };
    let number = || {
        digits * 2 >= cell.len()
            && cell.bytes().all(|b| {
                matches!(
                    b,
                    b'0'..=b'9' | b'.' | b',' | b'-' | b'+' | b'/' | b':' | b' ' | b'T' | b'Z' | b'(' | b')' | b'%'
                )
            })
    };
    !cell.is_empty() && ((digits > 0 && number()) || mail() || crate::record::looks_like_id(cell))
}

/// The word for a delimiter, as it stands within a sentence.
pub(crate) fn named(delimiter: char) -> String {
    delimiter_label(delimiter).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sniffed(sample: &str) -> Sniffed {
        sniff(sample, false)
    }

    #[test]
    fn the_delimiter_is_the_one_on_which_rows_agree() {
        for (sample, wanted) in [
            ("a,b,c\n1,2,3\n4,5,6\n", ','),
            ("a;b;c\n1,5;2,25;3,0\n4,5;2,5;6,1\n", ';'),
            ("name;betrag\nx;1,5\ny;2,5\n", ';'),
            ("a\tb\nx, y and z\t1\nw, v\t2\n", '\t'),
            ("a|b|c\n1|2|3\n", '|'),
            ("a^b\n1^2\n", '^'),
            ("Name;Text\n\"x\";\"a, b, c\"\n\"y\";\"d, e\"\n", ';'),
            ("Name,Text\n\"x\",\"a; b; c\"\n\"y\",\"d; e; f\"\n", ','),
            ("sep=|\na|b;c\n1|2;3\n", '|'),
            ("word\nanother\nthird one\n", ','),
            ("Satz\nHallo, Welt\nSo, so, so\nnichts\n", ','),
        ] {
            assert_eq!(sniffed(sample).delimiter.value, wanted, "{sample:?}");
        }
    }

    #[test]
    fn a_title_above_the_table_is_skipped() {
        assert_eq!(sniffed("Customers of 2026\n\nid,name,city\n1,a,b\n2,c,d\n").skip_lines.value, 2);
        assert_eq!(sniffed("Report;;;\nid;name;city;x\n1;a;b;c\n2;c;d;e\n").skip_lines.value, 1);
        assert_eq!(sniffed("sep=;\nid;name;city\n1;a;b\n").skip_lines.value, 1);
        assert_eq!(sniffed("id,name,city\n1,a,b\n2,c,d\n").skip_lines.value, 0);
    }

    #[test]
    fn a_header_is_names_above_values() {
        for (sample, wanted) in [
            ("id,name\n1,a\n2,b\n", true),
            ("1,a\n2,b\n", false),
            ("name,city\nAnna,Berlin\nBert,Bonn\n", true),
            ("Anna,Berlin\nBert,Berlin\n", false),
            ("a@b.com\nc@d.com\n", false),
            ("email\nc@d.com\n", true),
            ("Region,2024,2025\nNorth,1.5,2.5\n", true),
            ("Berlin,12209,x\nBonn,53111,y\n", false),
        ] {
            assert_eq!(sniffed(sample).header.value, wanted, "{sample:?}");
        }
    }

    #[test]
    fn a_cr_within_cells_is_no_line_end() {
        let sample = "id,note,x\r\n1,two\rparts,a\r\n2,b,c\r\n3,d,e\r\n";
        assert_eq!(sniffed(sample).line_end.value, LineEnd::Lf);
        assert_eq!(sniffed("a,b,c\r1,2,3\n4,5,6\r\n7,8,9\r1,1,1\n").line_end.value, LineEnd::Any);
    }
}
