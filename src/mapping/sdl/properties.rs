//! Java's `.properties` text: pairs of a key and a value, with their lines.

use super::SdlProblem;

/// A pair of the file, with the line on which it begins.
pub(super) struct Pair {
    pub(super) line: usize,
    pub(super) key: String,
    pub(super) value: String,
}

const BLANKS: [char; 3] = [' ', '\t', '\u{c}'];

/// Lines with their continuations, without blank lines and comments; each with its number.
pub(super) fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut continued = false;
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for (number, line) in (1..).zip(text.split('\n')) {
        let line = line.trim_start_matches(BLANKS);
        if !continued && (line.is_empty() || line.starts_with(['#', '!'])) {
            continue;
        }
        let open = line.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1;
        let content = if open { &line[..line.len() - 1] } else { line };
        match lines.last_mut() {
            Some((_, last)) if continued => last.push_str(content),
            _ => lines.push((number, content.to_owned())),
        }
        continued = open;
    }
    lines
}

/// The key and the value of a line.
pub(super) fn pair(line: usize, text: &str) -> Result<Pair, SdlProblem> {
    let mut escaped = false;
    let end = text.find(|c: char| {
        let ends = !escaped && (matches!(c, '=' | ':') || BLANKS.contains(&c));
        escaped = c == '\\' && !escaped;
        ends
    });
    let (key, rest) = text.split_at(end.unwrap_or(text.len()));
    let rest = rest.trim_start_matches(BLANKS);
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches(BLANKS);
    let unescape = |text| {
        unescape(text).ok_or_else(|| SdlProblem {
            message: format!("line {line}: \\u is not followed by the four digits of a character"),
            hint: "Write \\uXXXX with four hexadecimal digits.".to_owned(),
        })
    };
    Ok(Pair { line, key: unescape(key)?, value: unescape(value)? })
}

/// The text without its escapes; `None` where one is broken.
fn unescape(text: &str) -> Option<String> {
    // Characters beyond 16 bits are written as two, so the whole is put together in UTF-16.
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            '\\' => match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\u{c}',
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).collect();
                    let valid = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_hexdigit());
                    units.push(u16::from_str_radix(&digits, 16).ok().filter(|_| valid)?);
                    continue;
                }
                Some(other) => other,
                None => continue,
            },
            other => other,
        };
        units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16(&units).ok()
}

/// Appends a text with the escapes that a key or a value needs.
pub(super) fn escape(text: &str, key: bool, out: &mut String) {
    for (index, c) in text.chars().enumerate() {
        match c {
            // Blanks end a key, and are dropped at the beginning of a value.
            ' ' if key || index == 0 => out.push_str("\\ "),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{c}' => out.push_str("\\f"),
            '\\' | '=' | ':' | '#' | '!' => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04X}"));
                }
            }
        }
    }
}
