//! Digests by which results find the rows they belong to.
//!
//! Salesforce gives the results of a job in no promised order, and echoes values in its own spelling (`9.12E8` for
//! 912000000). A digest is taken over what a value means, so that a row as sent and the same row as echoed have the same one.

use super::swar::has;
use crate::record::Kind;
use sha2::{Digest as _, Sha256};
use siphasher::sip128::SipHasher13;

/// 96 bits of a SHA-256, or of a SipHash where it only tells rows of a delivery apart: among a million rows two different ones share a
/// digest with a chance of one in 10¹⁷. Every delivery writes those of its rows down, so that each byte counts.
pub type Digest = [u8; 12];

/// Takes digests of rows, cell after cell; used again for row after row, so that none costs an allocation.
#[derive(Default)]
pub struct Digester(Vec<u8>);

impl Digester {
    /// Adds the next cell.
    pub fn cell(&mut self, kind: Kind, text: &str) {
        let text = trimmed(text);
        // An emptied field is sent, and echoed, as #N/A.
        let text = if text == "#N/A" { "" } else { text };
        match kind {
            Kind::Integer | Kind::Number => match double(text) {
                // Both spellings of a number mean the same nearest double; +0 makes −0 and 0 alike.
                Some(number) if number.is_finite() => self.part(b'n', &(number + 0.0).to_bits().to_le_bytes()),
                _ => self.part(b't', text.as_bytes()),
            },
            Kind::Boolean if text == "1" || text.eq_ignore_ascii_case("true") => self.part(b'b', b"1"),
            Kind::Boolean if text == "0" || text.eq_ignore_ascii_case("false") => self.part(b'b', b"0"),
            Kind::Date => self.part(b'd', text.get(..10).unwrap_or(text).as_bytes()),
            Kind::DateTime => match instant(text) {
                Some(milliseconds) => self.part(b'i', &milliseconds.to_le_bytes()),
                None => self.part(b't', text.as_bytes()),
            },
            Kind::Id | Kind::Reference => self.part(b'r', text.get(..15).unwrap_or(text).as_bytes()),
            _ if has(text.as_bytes(), b'\r') => {
                self.part(b't', text.replace("\r\n", "\n").as_bytes());
            }
            _ => self.part(b't', text.as_bytes()),
        }
    }

    /// What tells the cells so far from others where nobody minds that it may be read, at a fraction of a digest's cost: few bytes stand
    /// for themselves, more are hashed.
    pub fn mark(&self) -> Digest {
        let mut mark = Digest::default();
        match mark.get_mut(..self.0.len()) {
            Some(begin) => begin.copy_from_slice(&self.0),
            None => {
                let all = SipHasher13::new().hash(&self.0).as_bytes();
                mark.copy_from_slice(&all[..size_of::<Digest>()]);
            }
        }
        mark
    }

    /// Begins another row.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The cells so far where they are few enough to stand for themselves.
    pub fn short(&self) -> Option<Digest> {
        let mut mark = Digest::default();
        mark.get_mut(..self.0.len())?.copy_from_slice(&self.0);
        Some(mark)
    }

    /// The digest of the cells so far; the next cell begins another row.
    pub fn finish(&mut self) -> Digest {
        let all = Sha256::digest(&self.0);
        self.0.clear();
        let mut digest = Digest::default();
        digest.copy_from_slice(&all[..size_of::<Digest>()]);
        digest
    }

    /// A tag and a length before each part: no two lists of cells run together into the same bytes.
    fn part(&mut self, tag: u8, bytes: &[u8]) {
        // Few bytes are quickly digested: a short length takes one, and 255 says that a long one follows.
        match u8::try_from(bytes.len()) {
            Ok(short) if short < 255 => self.0.extend_from_slice(&[tag, short]),
            _ => {
                self.0.extend_from_slice(&[tag, 255]);
                self.0.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            }
        }
        self.0.extend_from_slice(bytes);
    }
}

/// The nearest double; whole numbers that one holds exactly need no rounding.
fn double(text: &str) -> Option<f64> {
    let whole = |text: &str| text.bytes().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')) as f64;
    let is_whole = (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_whole { Some(whole(text)) } else { text.parse().ok() }
}

/// The text without white space around it; most texts have none, and show so at their ends.
fn trimmed(text: &str) -> &str {
    let plain = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_graphic());
    let bytes = text.as_bytes();
    if plain(bytes.first()) && plain(bytes.last()) { text } else { text.trim() }
}

/// Milliseconds since 1970 of an instant as Salesforce writes it.
pub(super) fn instant(text: &str) -> Option<i64> {
    // Salesforce writes the offset without a colon, `+0000`, in JSON.
    let text = match text.len().checked_sub(5).and_then(|at| text.get(at..)) {
        Some("+0000") => format!("{}Z", &text[..text.len() - 5]),
        _ => text.to_owned(),
    };
    text.parse::<jiff::Timestamp>().ok().map(|instant| instant.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(cells: &[(Kind, &str)]) -> Digest {
        let mut digester = Digester::default();
        cells.iter().for_each(|(kind, text)| digester.cell(*kind, text));
        digester.finish()
    }

    #[test]
    fn spellings_of_one_value_are_alike() {
        for (kind, sent, echoed) in [
            (Kind::Number, "912260031", "9.12260031E8"),
            (Kind::Number, "0.10", "0.1"),
            (Kind::Integer, "7", "7.0"),
            (Kind::Number, "999999999999999", "9.99999999999999E14"),
            (Kind::Number, "12345678901234567", "1.2345678901234568E16"),
            (Kind::Boolean, "1", "true"),
            (Kind::Date, "2026-01-02", "2026-01-02"),
            (Kind::DateTime, "2026-01-02T04:00:00+01:00", "2026-01-02T03:00:00.000Z"),
            (Kind::DateTime, "2026-01-02T03:00:00Z", "2026-01-02T03:00:00.000+0000"),
            (Kind::Id, "005xx000001SwiU", "005xx000001SwiUAAS"),
            (Kind::LongText, "a\r\nb", "a\nb"),
            (Kind::Number, "", "#N/A"),
        ] {
            assert_eq!(digest(&[(kind, sent)]), digest(&[(kind, echoed)]), "{sent} and {echoed}");
        }
    }

    #[test]
    fn few_bytes_stand_for_themselves() {
        let mark = |cells: &[(Kind, &str)]| {
            let mut digester = Digester::default();
            cells.iter().for_each(|(kind, text)| digester.cell(*kind, text));
            digester.mark()
        };
        assert_eq!(mark(&[(Kind::Text, "A1")]), *b"t\x02A1\0\0\0\0\0\0\0\0");
        assert_eq!(mark(&[(Kind::Text, "A1")]), mark(&[(Kind::Text, " A1 ")]));
        assert_ne!(mark(&[(Kind::Text, "A1"), (Kind::Text, "")]), mark(&[(Kind::Text, "A1")]));
        assert_eq!(mark(&[(Kind::Text, "0123456789")]), *b"t\x0a0123456789");
        // Written down in notes: it must not change from one version to the next.
        let long = mark(&[(Kind::Text, "0123456789A"), (Kind::Number, "9.1E1")]);
        assert_eq!(long, [112, 218, 170, 242, 51, 234, 59, 183, 43, 232, 1, 228]);
    }

    #[test]
    fn cells_do_not_run_together() {
        assert_ne!(digest(&[(Kind::Text, "ab"), (Kind::Text, "c")]), digest(&[(Kind::Text, "a"), (Kind::Text, "bc")]));
        assert_ne!(digest(&[(Kind::Text, "")]), digest(&[(Kind::Text, ""), (Kind::Text, "")]));
        assert_ne!(digest(&[(Kind::Text, "912260031")]), digest(&[(Kind::Text, "9.12260031E8")]));
    }
}
