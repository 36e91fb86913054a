//! Result rows on their way to disk: quoted, gathered a batch at a time, in another order if wanted.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::job::Stretch;
use crate::noise::Noise;

/// Appends a value in quotes.
pub(crate) fn push_quoted(line: &mut Vec<u8>, value: &str) {
    line.push(b'"');
    if value.contains('"') {
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

/// The lines of one batch and the file that they go to.
pub(crate) struct Spool {
    file: File,
    size: u64,
    /// Lines of the batch in hand; whoever adds one writes here and then calls [`Spool::end_line`].
    pub(crate) bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Spool {
    /// Opens a result file at the end of its known stretches; what lies behind them belongs to no finished batch.
    pub(crate) fn open(path: &Path, known: &[Stretch]) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let size = known.iter().map(|stretch| stretch.start + stretch.length).max().unwrap_or(0);
        file.set_len(size)?;
        Ok(Spool { file, size, bytes: Vec::new(), ends: Vec::new() })
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
                let mut shuffled = Vec::with_capacity(self.bytes.len());
                for (start, end) in lines {
                    shuffled.extend_from_slice(&self.bytes[start..end]);
                }
                self.file.write_all(&shuffled)?;
            }
        }
        let stretch = Stretch { start: self.size, length: self.bytes.len() as u64 };
        self.size += stretch.length;
        self.bytes.clear();
        self.ends.clear();
        Ok(Some(stretch))
    }

    /// Forgets the batch in hand.
    pub(crate) fn discard(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}
