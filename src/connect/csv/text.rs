//! Bytes into text, piece by piece, without losing what was wrong with them.

use encoding_rs::{Decoder, DecoderResult};
use std::io::{self, Read};

/// Bytes read at once.
const PIECE: usize = 256 << 10;

/// Text under way. It grows at the end by [`Text::more`] and is given up at the front by [`Text::drop_front`].
pub(super) struct Text<R> {
    bytes: R,
    decoder: Decoder,
    piece: Vec<u8>,
    text: String,
    /// Where the text holds what no cell should, ascending.
    marks: Vec<(usize, Mark)>,
    ended: bool,
}

/// What is wrong at one place of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// A NUL character.
    Nul,
    /// Bytes that the encoding does not have; U+FFFD stands in their place.
    Invalid,
}

impl<R: Read> Text<R> {
    /// Text of `bytes`, which begin behind the byte order mark.
    pub(super) fn new(bytes: R, encoding: &'static encoding_rs::Encoding) -> Text<R> {
        Text {
            bytes,
            decoder: encoding.new_decoder_without_bom_handling(),
            piece: vec![0; PIECE],
            text: String::new(),
            marks: Vec::new(),
            ended: false,
        }
    }

    /// The text that is there.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether nothing comes behind it.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Gives up the first `bytes` of the text.
    pub(super) fn drop_front(&mut self, bytes: usize) {
        self.text.drain(..bytes);
        let passed = self.marks.partition_point(|(at, _)| *at < bytes);
        self.marks.drain(..passed);
        self.marks.iter_mut().for_each(|(at, _)| *at -= bytes);
    }

    /// The first thing wrong from `from` up to `to`.
    pub(super) fn mark(&self, from: usize, to: usize) -> Option<(usize, Mark)> {
        if self.marks.is_empty() {
            return None;
        }
        let first = self.marks.partition_point(|(at, _)| *at < from);
        self.marks.get(first).copied().filter(|(at, _)| *at < to)
    }

    /// Reads and decodes another piece.
    pub(super) fn more(&mut self) -> io::Result<()> {
        let length = loop {
            match self.bytes.read(&mut self.piece) {
                Ok(length) => break length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        self.ended = length == 0;
        let before = self.text.len();
        let mut invalid = Vec::new();
        let mut rest = &self.piece[..length];
        loop {
            let room = self.decoder.max_utf8_buffer_length_without_replacement(rest.len()).unwrap_or(rest.len() * 3);
            self.text.reserve(room.min(rest.len() + 64).max(64));
            let (result, taken) = self.decoder.decode_to_string_without_replacement(rest, &mut self.text, self.ended);
            rest = &rest[taken..];
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    invalid.push((self.text.len(), Mark::Invalid));
                    self.text.push('\u{fffd}');
                }
            }
        }
        let nuls = memchr::memchr_iter(0, &self.text.as_bytes()[before..]).map(|at| (before + at, Mark::Nul));
        self.marks.extend(nuls);
        if !invalid.is_empty() {
            self.marks.extend(invalid);
            self.marks.sort_unstable_by_key(|(at, _)| *at);
        }
        Ok(())
    }
}
