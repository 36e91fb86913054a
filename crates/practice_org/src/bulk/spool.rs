//! Result rows on their way to disk: quoted, gathered a batch at a time, in another order if wanted.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::job::Stretch;
use crate::java;
use crate::noise::Noise;
use crate::rows::value::parse_number;

/// Appends a value in quotes.
pub(crate) fn push_quoted(line: &mut Vec<u8>, value: &str) {
    line.push(b'"');
    if memchr::memchr(b'"', value.as_bytes()).is_some() {
        for byte in value.bytes() {
            if byte == b'"' {
                line.push(b'"');
            }
            line.push(byte);
        }
    } else {
        line.extend_from_slice(value.as_bytes());
    }
    line.push(b'"');
}

/// Appends a number in quotes as Java writes doubles; false, and nothing appended, for what is no number.
pub(crate) fn push_double(line: &mut Vec<u8>, text: &str) -> bool {
    let before = line.len();
    line.push(b'"');
    let pushed = java::push_whole(line, text) || {
        parse_number(text).is_some_and(|number| {
            line.extend_from_slice(java::double(number).as_bytes());
            true
        })
    };
    if pushed {
        line.push(b'"');
    } else {
        line.truncate(before);
    }
    pushed
}

/// The lines of one batch and the file that they go to.
pub(crate) struct Spool {
    file: File,
    size: u64,
    /// Lines of the batch in hand; whoever adds one writes here and then calls [`Spool::end_line`].
    pub(crate) bytes: Vec<u8>,
    ends: Vec<usize>,
    shuffled: Vec<u8>,
}

impl Spool {
    /// Opens a result file at the end of its known stretches; what lies behind them belongs to no finished batch.
    pub(crate) fn open(path: &Path, known: &[Stretch]) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let size = known.iter().map(|stretch| stretch.start + stretch.length).max().unwrap_or(0);
        file.set_len(size)?;
        Ok(Spool { file, size, bytes: Vec::new(), ends: Vec::new(), shuffled: Vec::new() })
    }

    /// Ends a line.
    pub(crate) fn end_line(&mut self) {
        self.ends.push(self.bytes.len());
    }

    /// Writes the batch out and tells where it lies.
    pub(crate) fn flush(&mut self, noise: Option<&mut Noise>) -> io::Result<Option<Stretch>> {
        if self.ends.is_empty() {
            return Ok(None);
        }
        match noise {
            None => self.file.write_all(&self.bytes)?,
            Some(noise) => {
                let mut lines: Vec<(usize, usize)> = Vec::with_capacity(self.ends.len());
                let mut start = 0;
                for end in &self.ends {
                    lines.push((start, *end));
                    start = *end;
                }
                noise.shuffle(&mut lines);
                self.shuffled.clear();
                for (start, end) in lines {
                    self.shuffled.extend_from_slice(&self.bytes[start..end]);
                }
                self.file.write_all(&self.shuffled)?;
            }
        }
        let stretch = Stretch { start: self.size, length: self.bytes.len() as u64 };
        self.size += stretch.length;
        self.bytes.clear();
        self.ends.clear();
        Ok(Some(stretch))
    }
}
