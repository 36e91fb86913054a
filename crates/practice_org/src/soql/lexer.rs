//! Text to tokens, each with its place.

use super::Fault;
use crate::time;

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    /// A keyword or name; which of the two, the parser knows.
    Word(String),
    /// Text between quotes, escapes still in it.
    Text(String),
    /// A number as written.
    Number(String),
    /// `2026-01-31`.
    Date(String),
    /// An instant, in milliseconds.
    DateTime(i64),
    /// `09:30:00Z`, in its stored form.
    Time(String),
    /// `= != < <= > >=`; `<>` is read as `!=`.
    Compare(&'static str),
    /// `( ) , . :`
    Sign(char),
    /// Nothing more.
    End,
}

/// A token and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spot {
    /// The token.
    pub(crate) token: Token,
    /// Byte offset.
    pub(crate) at: usize,
    /// Byte offset behind it.
    pub(crate) end: usize,
}

/// Reads a whole query.
pub(crate) fn read(query: &str) -> Result<Vec<Spot>, Fault> {
    let bytes = query.as_bytes();
    let mut spots = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let (token, end) = next(query, at)?;
        spots.push(Spot { token, at, end });
        at = end;
    }
    spots.push(Spot { token: Token::End, at: query.len(), end: query.len() });
    Ok(spots)
}

fn next(query: &str, at: usize) -> Result<(Token, usize), Fault> {
    let bytes = query.as_bytes();
    let follows = |sign: u8| bytes.get(at + 1) == Some(&sign);
    let number_follows = bytes.get(at + 1).is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.');
    match bytes[at] {
        b'A'..=b'Z' | b'a'..=b'z' => Ok(word(query, at)),
        b'0'..=b'9' => digits(query, at),
        b'+' | b'-' if number_follows => number(query, at),
        b'.' if bytes.get(at + 1).is_some_and(u8::is_ascii_digit) && !after_name(bytes, at) => number(query, at),
        b'\'' => text(query, at),
        b'=' => Ok((Token::Compare("="), at + 1)),
        b'!' if follows(b'=') => Ok((Token::Compare("!="), at + 2)),
        b'<' if follows(b'>') => Ok((Token::Compare("!="), at + 2)),
        b'<' if follows(b'=') => Ok((Token::Compare("<="), at + 2)),
        b'>' if follows(b'=') => Ok((Token::Compare(">="), at + 2)),
        b'<' => Ok((Token::Compare("<"), at + 1)),
        b'>' => Ok((Token::Compare(">"), at + 1)),
        sign @ (b'(' | b')' | b',' | b'.' | b':') => Ok((Token::Sign(char::from(sign)), at + 1)),
        _ => {
            let sign = query[at..].chars().next().unwrap_or(' ');
            Err(Fault::malformed(at, format!("unexpected token: '{sign}'")))
        }
    }
}

fn after_name(bytes: &[u8], at: usize) -> bool {
    at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_')
}

fn word(query: &str, at: usize) -> (Token, usize) {
    let bytes = query.as_bytes();
    let mut end = at;
    while bytes.get(end).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
        end += 1;
    }
    // A currency amount such as EUR1000.50 is one token although it has a point inside.
    let money = end - at > 3
        && bytes[at..at + 3].iter().all(u8::is_ascii_alphabetic)
        && bytes[at + 3..end].iter().all(u8::is_ascii_digit);
    if money && bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end += 1;
        while bytes.get(end).is_some_and(u8::is_ascii_digit) {
            end += 1;
        }
    }
    (Token::Word(query[at..end].to_owned()), end)
}

/// A number, date, instant or time: all begin with a digit, and the longest run decides.
fn digits(query: &str, at: usize) -> Result<(Token, usize), Fault> {
    let bytes = query.as_bytes();
    let mut end = at;
    while bytes.get(end).is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'.' | b'+' | b'-')) {
        end += 1;
    }
    let run = &query[at..end];
    if run.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return number(query, at);
    }
    if time::parse_date(run).is_some() {
        return Ok((Token::Date(run.to_owned()), end));
    }
    let full = run.len() >= 20 && run.as_bytes()[10] == b'T';
    if let (true, Some(instant)) = (full, time::parse_datetime(run, false)) {
        return Ok((Token::DateTime(instant), end));
    }
    if let Some(clock) = run.strip_suffix('Z').and_then(time::parse_time)
        && run.len() >= 9
    {
        let form =
            format!("{:02}:{:02}:{:02}.{:03}Z", clock.hour(), clock.minute(), clock.second(), clock.millisecond());
        return Ok((Token::Time(form), end));
    }
    Err(Fault::malformed(at, format!("unexpected token: '{run}'")))
}

fn number(query: &str, at: usize) -> Result<(Token, usize), Fault> {
    let bytes = query.as_bytes();
    let mut end = at + usize::from(matches!(bytes[at], b'+' | b'-'));
    let first = end;
    let mut points = 0;
    while bytes.get(end).is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.') {
        points += usize::from(bytes[end] == b'.');
        end += 1;
    }
    let glued = bytes.get(end).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    if points > 1 || end == first + points || glued || bytes[end - 1] == b'.' {
        return Err(Fault::malformed(at, format!("unexpected token: '{}'", &query[at..end])));
    }
    Ok((Token::Number(query[at..end].to_owned()), end))
}

fn text(query: &str, at: usize) -> Result<(Token, usize), Fault> {
    let bytes = query.as_bytes();
    let mut end = at + 1;
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'\'' => return Ok((Token::Text(query[at + 1..end].to_owned()), end + 1)),
            b'\\' => end += 2,
            _ => end += 1,
        }
    }
    Err(Fault::malformed(at, "mismatched character '<EOF>' expecting '''"))
}

/// Resolves the escapes in a text. In LIKE, `\%` and `\_` stay escaped for the matcher, and so does a backslash.
pub(crate) fn unescape(raw: &str, at: usize, like: bool) -> Result<String, Fault> {
    let mut plain = String::with_capacity(raw.len());
    let mut signs = raw.char_indices();
    while let Some((place, sign)) = signs.next() {
        if sign != '\\' {
            plain.push(sign);
            continue;
        }
        let bad = || Fault::malformed(at + 1 + place, "invalid escape sequence in the text");
        match signs.next().map(|(_, sign)| sign) {
            Some('n' | 'N') => plain.push('\n'),
            Some('r' | 'R') => plain.push('\r'),
            Some('t' | 'T') => plain.push('\t'),
            Some('b' | 'B') => plain.push('\u{8}'),
            Some('f' | 'F') => plain.push('\u{c}'),
            Some('"') => plain.push('"'),
            Some('\'') => plain.push('\''),
            Some('\\') => plain.push_str(if like { "\\\\" } else { "\\" }),
            Some(sign @ ('_' | '%')) if like => {
                plain.push('\\');
                plain.push(sign);
            }
            Some('u') => {
                let code: String = signs.by_ref().take(4).map(|(_, sign)| sign).collect();
                let number = u32::from_str_radix(&code, 16).map_err(|_| bad())?;
                plain.push(char::from_u32(number).filter(|_| code.len() == 4).ok_or_else(bad)?);
            }
            _ => return Err(bad()),
        }
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_told_apart() {
        let tokens: Vec<Token> = read("Amount>=-5.5 2024-01-31 EUR1000.50 09:30:00Z <> .5")
            .unwrap()
            .into_iter()
            .map(|spot| spot.token)
            .collect();
        assert_eq!(
            tokens,
            vec![
                Token::Word("Amount".into()),
                Token::Compare(">="),
                Token::Number("-5.5".into()),
                Token::Date("2024-01-31".into()),
                Token::Word("EUR1000.50".into()),
                Token::Time("09:30:00.000Z".into()),
                Token::Compare("!="),
                Token::Number(".5".into()),
                Token::End,
            ]
        );
    }

    #[test]
    fn escapes_follow_the_list() {
        assert_eq!(unescape("a\\\\b\\u00e9\\'", 0, false).unwrap(), "a\\bé'");
        assert_eq!(unescape("\\%", 0, true).unwrap(), "\\%");
        assert!(unescape("\\%", 0, false).is_err());
        assert!(unescape("bad\\qescape", 0, false).is_err());
    }
}
