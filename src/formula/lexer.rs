//! Text to tokens. The lexer never fails: what is no token becomes [`TokenKind::Bad`] with the reason, so that an editor can colour
//! broken text and the parser can tell every mistake.

use std::ops::Range;

/// One token and where it stands, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// Digits, perhaps with decimals.
    Number,
    /// `"…"` or `'…'`.
    Text,
    /// A bare name.
    Name,
    /// `{!…}`.
    Braced,
    /// An operator.
    Operator(Operator),
    Open,
    Close,
    Comma,
    /// `/* … */`; only for editors.
    Comment,
    /// No token, with what is wrong and what to do.
    Bad(&'static str, Option<&'static str>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Plus,
    Minus,
    Concat,
    Power,
    Times,
    Divide,
    Not,
}

/// All tokens of a text; white space is left out, comments are in it.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() || first == '\u{feff}' {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = token(&text[at..], first);
        tokens.push(Token { kind, span: at..at + length });
        at += length;
    }
    tokens
}

/// Whether a name may begin so.
pub(super) fn begins_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '$'
}

/// Whether a name may go on so.
pub(super) fn continues_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | ':' | '.' | '#')
}

fn token(rest: &str, first: char) -> (TokenKind, usize) {
    use Operator as O;
    use TokenKind as K;
    let second = rest[first.len_utf8()..].chars().next();
    let operator = |operator, length| (K::Operator(operator), length);
    match (first, second) {
        ('/', Some('*')) => match rest.find("*/") {
            Some(end) if end >= 2 => (K::Comment, end + 2),
            _ => match rest[2..].find("*/") {
                Some(end) => (K::Comment, end + 4),
                None => (K::Bad("The comment does not end", Some("End it with */.")), rest.len()),
            },
        },
        ('/', Some('/')) => {
            (K::Bad("There are no comments with //", Some("Write /* … */.")), rest.find('\n').unwrap_or(rest.len()))
        }
        ('{', Some('!')) => braced(rest),
        ('"' | '\'', _) => quoted(rest, first),
        ('|', Some('|')) => operator(O::Or, 2),
        ('&', Some('&')) => operator(O::And, 2),
        ('=', Some('=')) => operator(O::Equal, 2),
        ('=', _) => operator(O::Equal, 1),
        ('<', Some('>')) => operator(O::NotEqual, 2),
        ('!', Some('=')) => operator(O::NotEqual, 2),
        ('<', Some('=')) => operator(O::LessEqual, 2),
        ('<', _) => operator(O::Less, 1),
        ('>', Some('=')) => operator(O::GreaterEqual, 2),
        ('>', _) => operator(O::Greater, 1),
        ('+', _) => operator(O::Plus, 1),
        ('-', _) => operator(O::Minus, 1),
        ('&', _) => operator(O::Concat, 1),
        ('^', _) => operator(O::Power, 1),
        ('*', _) => operator(O::Times, 1),
        ('/', _) => operator(O::Divide, 1),
        ('!', _) => operator(O::Not, 1),
        ('(', _) => (K::Open, 1),
        (')', _) => (K::Close, 1),
        (',', _) => (K::Comma, 1),
        ('0'..='9', _) => number(rest),
        _ if first.is_alphabetic() || first == '_' || first == '$' => {
            let end = rest.find(|c: char| !(continues_name(c) || c.is_alphanumeric())).unwrap_or(rest.len());
            if begins_name(first) && rest[..end].chars().all(continues_name) {
                return (K::Name, end);
            }
            (K::Bad("A bare name has letters from A to Z only", Some("Write other names in braces: {!Größe}.")), end)
        }
        ('|', _) => (K::Bad("A single | means nothing", Some("Write || for or.")), 1),
        ('%', _) => (K::Bad("There are no percents here", Some("Write 0.05 for 5 %.")), 1),
        (';', _) => (K::Bad("Arguments are separated by commas", Some("Write , instead of ;.")), 1),
        ('.', _) => (K::Bad("A number begins with a digit", Some("Write 0.5 instead of .5.")), 1),
        ('“' | '”' | '„' | '‘' | '’' | '«' | '»', _) => {
            (K::Bad("These quotes come from a word processor", Some("Use straight ones: \".")), first.len_utf8())
        }
        ('[' | ']' | '{' | '}', _) => {
            (K::Bad("A field is written as its name", Some("Write Name or {!Name}.")), first.len_utf8())
        }
        _ => (K::Bad("This character means nothing in a formula", None), first.len_utf8()),
    }
}

fn number(rest: &str) -> (TokenKind, usize) {
    let digits = |from: usize| rest[from..].bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(0);
    if !rest[whole..].starts_with('.') {
        return (TokenKind::Number, whole);
    }
    let decimals = digits(whole + 1);
    if decimals == 0 {
        let hint = Some("Write 1 or 1.0 instead of 1.");
        return (TokenKind::Bad("A number does not end with its point", hint), whole + 1);
    }
    (TokenKind::Number, whole + 1 + decimals)
}

fn quoted(rest: &str, quote: char) -> (TokenKind, usize) {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' | '\r' => {
                let hint = Some("End it on the same line, or write BR() for a line break.");
                return (TokenKind::Bad("The text goes on to the next line", hint), at);
            }
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return (TokenKind::Text, at + 1),
            _ => {}
        }
    }
    (TokenKind::Bad("The text does not end", Some("End it with the quote that it began with.")), rest.len())
}

fn braced(rest: &str) -> (TokenKind, usize) {
    let end = rest.find(['}', '\n']).unwrap_or(rest.len());
    if !rest[end..].starts_with('}') {
        return (TokenKind::Bad("The braces are not closed", Some("Write {!Name}.")), end.max(2));
    }
    if rest[2..end].trim().is_empty() {
        return (TokenKind::Bad("There is no name in the braces", Some("Write {!Name}.")), end + 1);
    }
    (TokenKind::Braced, end + 1)
}

/// What a text literal stands for: only `\"`, `\'` and `\\` are unescaped, any other pair stays as typed.
pub(super) fn unquoted(literal: &str) -> String {
    let inner = &literal[1..literal.len() - 1];
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(next @ ('"' | '\'' | '\\'))) => {
                text.push(*next);
                chars.next();
            }
            _ => text.push(c),
        }
    }
    text
}
