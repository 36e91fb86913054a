//! Where the lines of a file begin, in bytes, counted as its reader counts them in text.
//!
//! A line end is the same in bytes and in text in every encoding whose characters may stand alone: no character of several bytes has
//! one of them in it. Only UTF-16 is taken two bytes at a time.

use super::record::Separators;
use std::collections::VecDeque;
use std::io::{self, Read};

/// Bytes read at once; an even number, so that no piece begins in the middle of a character.
const PIECE: usize = 256 << 10;

/// How many bytes a line end takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    One,
    /// Two, the low one first.
    TwoLow,
    /// Two, the high one first.
    TwoHigh,
}

/// The beginnings of the lines of a file, found as they are asked for.
pub(super) struct Lines<R> {
    bytes: R,
    ends: [u8; 2],
    width: Width,
    piece: Vec<u8>,
    /// The number of the first line that is still known, from 1.
    first: u64,
    begins: VecDeque<u64>,
    /// Bytes read so far.
    read: u64,
    /// The byte behind the last CR.
    behind_cr: Option<u64>,
    ended: bool,
}

impl Width {
    pub(super) fn of(encoding: &'static encoding_rs::Encoding) -> Width {
        match encoding.name() {
            "UTF-16LE" => Width::TwoLow,
            "UTF-16BE" => Width::TwoHigh,
            _ => Width::One,
        }
    }

    /// Bytes that a line end takes.
    pub(super) fn bytes(self) -> u64 {
        if self == Width::One { 1 } else { 2 }
    }

    /// Where the character begins whose one telling byte is at `at`; `None` where it belongs to another character.
    fn begin(self, piece: &[u8], at: usize) -> Option<usize> {
        let zero = |other: usize| piece.get(other) == Some(&0);
        match self {
            Width::One => Some(at),
            Width::TwoLow => (at.is_multiple_of(2) && zero(at + 1)).then_some(at),
            Width::TwoHigh => (!at.is_multiple_of(2) && zero(at - 1)).then(|| at - 1),
        }
    }
}

impl<R: Read> Lines<R> {
    /// Lines of `bytes`, the first of which begins behind a mark of so many bytes.
    pub(super) fn new(bytes: R, separators: &Separators, width: Width, mark: u64) -> Lines<R> {
        Lines {
            bytes,
            ends: separators.ends,
            width,
            piece: Vec::new(),
            first: 1,
            begins: VecDeque::from([mark]),
            read: 0,
            behind_cr: None,
            ended: false,
        }
    }

    /// Where a line begins, counted from 1; the end of the file for a line that it does not have. Lines are asked for in order.
    pub(super) fn begin(&mut self, line: u64) -> io::Result<u64> {
        loop {
            let ahead = line.saturating_sub(self.first) as usize;
            match self.begins.get(ahead).copied() {
                // At the end of a piece it may still turn out to be half of a CR LF.
                Some(begin) if begin < self.read || self.ended => {
                    self.begins.drain(..ahead);
                    self.first += ahead as u64;
                    return Ok(begin);
                }
                None if self.ended => return Ok(self.read),
                _ => self.more()?,
            }
        }
    }

    /// The length of the file.
    pub(super) fn end(&mut self) -> io::Result<u64> {
        while !self.ended {
            self.begins.clear();
            self.more()?;
        }
        Ok(self.read)
    }

    fn more(&mut self) -> io::Result<()> {
        self.piece.clear();
        self.bytes.by_ref().take(PIECE as u64).read_to_end(&mut self.piece)?;
        self.ended = self.piece.len() < PIECE;
        for at in memchr::memchr2_iter(self.ends[0], self.ends[1], &self.piece) {
            let Some(begin) = self.width.begin(&self.piece, at) else { continue };
            let begin = self.read + begin as u64;
            let behind = begin + self.width.bytes();
            let closes_cr = self.ends[0] != self.ends[1] && self.piece[at] == b'\n' && self.behind_cr == Some(begin);
            match self.begins.back_mut().filter(|_| closes_cr) {
                Some(last) => *last = behind,
                None => self.begins.push_back(behind),
            }
            self.behind_cr = (self.piece[at] == b'\r').then_some(behind);
        }
        self.read += self.piece.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begins(bytes: &[u8], ends: [u8; 2], width: Width, mark: u64) -> Vec<u64> {
        let separators = Separators { delimiter: b',', quoting: true, ends };
        let mut lines = Lines::new(bytes, &separators, width, mark);
        (1..6).map(|line| lines.begin(line).unwrap()).collect()
    }

    #[test]
    fn lines_begin_behind_every_kind_of_end() {
        let any = [b'\n', b'\r'];
        assert_eq!(begins(b"a\r\nb\rc\n\nd", any, Width::One, 0), [0, 3, 5, 7, 8]);
        assert_eq!(begins(b"a\r\nb\rc\nd", [b'\n'; 2], Width::One, 0), [0, 3, 7, 8, 8]);
        assert_eq!(begins(b"a\r\nb\rc", [b'\r'; 2], Width::One, 0), [0, 2, 5, 6, 6]);
        assert_eq!(begins(b"\xef\xbb\xbfa\nb", any, Width::One, 3), [3, 5, 6, 6, 6]);
        // U+0A0D and U+0D0A are characters, and no ends of lines.
        let text = "\u{feff}a\r\n\u{a0d}\u{d0a}\nb";
        let low: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let high: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(begins(&low, any, Width::TwoLow, 2), [2, 8, 14, 16, 16]);
        assert_eq!(begins(&high, any, Width::TwoHigh, 2), [2, 8, 14, 16, 16]);
    }

    #[test]
    fn an_end_that_a_piece_cuts_in_two_is_one() {
        let mut bytes = vec![b'x'; PIECE - 1];
        bytes.extend(b"\r\nb");
        assert_eq!(begins(&bytes, [b'\n', b'\r'], Width::One, 0)[..2], [0, PIECE as u64 + 1]);
        let mut lines =
            Lines::new(&bytes[..], &Separators { delimiter: b',', quoting: true, ends: [b'\n', b'\r'] }, Width::One, 0);
        assert_eq!((lines.begin(1).unwrap(), lines.end().unwrap()), (0, PIECE as u64 + 2));
    }
}
