//! How the bytes of a text file become characters, from its first part.

use crate::connect::csv::TextEncoding;
use crate::connect::csv::sniff::Choice;

/// The encoding of a text of which `head` is the first part; `cut` says that it goes on.
pub(super) fn encoding(head: &[u8], cut: bool) -> Choice<TextEncoding> {
    let choice = |value, why: String, certain| Choice { value, why, certain };
    for encoding in [TextEncoding::UTF_8, TextEncoding::UTF_16LE, TextEncoding::UTF_16BE] {
        if head.starts_with(encoding.mark()) {
            return choice(encoding, "the file begins with its byte order mark".into(), true);
        }
    }
    if let Some(encoding) = utf16_without_mark(head) {
        return choice(encoding, "every other byte is zero, as in UTF-16 of Western text".into(), false);
    }
    match utf8(head, cut) {
        Utf8::Plain => choice(TextEncoding::UTF_8, "there are only plain ASCII characters so far".into(), true),
        Utf8::Valid => choice(TextEncoding::UTF_8, "all characters beyond ASCII are valid UTF-8".into(), true),
        Utf8::Damaged { valid, invalid } => choice(
            TextEncoding::UTF_8,
            format!("{valid} characters are valid UTF-8, and {invalid} bytes are not"),
            false,
        ),
        Utf8::Other => {
            let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
            detector.feed(head, !cut);
            let encoding = TextEncoding::of(detector.guess(None, chardetng::Utf8Detection::Deny));
            let why = match head.iter().position(|b| *b >= 0x80) {
                Some(at) => format!("it is not UTF-8, and reads well this way: \"{}\"", sample(head, at, encoding)),
                None => "it is not UTF-8".to_owned(),
            };
            choice(encoding, why, false)
        }
    }
}

/// UTF-16 without a mark shows in its zero bytes, wherever most of the text is Western.
pub(super) fn utf16_without_mark(head: &[u8]) -> Option<TextEncoding> {
    let pairs = head.len() / 2;
    if pairs < 2 {
        return None;
    }
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if odd * 10 > pairs * 4 && even * 20 < pairs {
        Some(TextEncoding::UTF_16LE)
    } else if even * 10 > pairs * 4 && odd * 20 < pairs {
        Some(TextEncoding::UTF_16BE)
    } else {
        None
    }
}

enum Utf8 {
    Plain,
    Valid,
    Damaged { valid: usize, invalid: usize },
    Other,
}

fn utf8(head: &[u8], cut: bool) -> Utf8 {
    if head.is_ascii() {
        return Utf8::Plain;
    }
    let (mut valid, mut invalid) = (0, 0);
    for chunk in head.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        let at_the_end = chunk.invalid().as_ptr_range().end == head.as_ptr_range().end;
        // A character that is cut in two by the end of the sample is no fault.
        if !(chunk.invalid().is_empty() || cut && at_the_end) {
            invalid += 1;
        }
    }
    match (valid, invalid) {
        (_, 0) => Utf8::Valid,
        // Text of another encoding is hardly ever valid UTF-8 by chance, character after character.
        (valid, invalid) if valid >= 10 * invalid => Utf8::Damaged { valid, invalid },
        _ => Utf8::Other,
    }
}

/// The word around the byte at `at`, so that a person sees at once whether the guess is right.
fn sample(head: &[u8], at: usize, encoding: TextEncoding) -> String {
    let edge = |b: &u8| matches!(b, b'\n' | b'\r' | b',' | b';' | b'\t' | b'|' | b'"');
    let from = head[..at].iter().rposition(edge).map_or(0, |edge| edge + 1).max(at.saturating_sub(30));
    let to = head[at..].iter().position(edge).map_or(head.len(), |edge| at + edge).min(at + 30);
    encoding.encoding().decode_without_bom_handling(&head[from..to]).0.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_of_all_kinds() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let utf16be = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
        let damaged = ["Käse Öl Übung äöü ÄÖÜ ß é è".as_bytes(), b" \xfc"].concat();
        for (head, encoding, certain) in [
            (b"a,b\n".to_vec(), TextEncoding::UTF_8, true),
            ("ä,ö\n".as_bytes().to_vec(), TextEncoding::UTF_8, true),
            (b"\xef\xbb\xbfa".to_vec(), TextEncoding::UTF_8, true),
            ([&b"\xff\xfe"[..], &utf16("a,b")].concat(), TextEncoding::UTF_16LE, true),
            ([&b"\xfe\xff"[..], &utf16be("a,b")].concat(), TextEncoding::UTF_16BE, true),
            (utf16("name,city\n"), TextEncoding::UTF_16LE, false),
            (utf16be("name,city\n"), TextEncoding::UTF_16BE, false),
            (b"Firma;Stra\xdfe;M\xfcnchen\n".to_vec(), TextEncoding::WINDOWS_1252, false),
            (damaged, TextEncoding::UTF_8, false),
        ] {
            let choice = super::encoding(&head, false);
            assert_eq!((choice.value, choice.certain), (encoding, certain), "{head:?}: {}", choice.why);
        }
        assert!(super::encoding(&"aä".as_bytes()[..2], true).certain);
        assert!(super::encoding(b"x;M\xfcnchen;y", false).why.contains("München"));
    }
}
