//! Regular expressions as Salesforce has them, which is as Java has them.
//!
//! A pattern is rewritten where the engine here reads the same signs otherwise: `\w`, `\d`, `\s` are ASCII in Java, `.` does not match
//! a carriage return, `\Q…\E` quotes. What cannot be expressed is refused with its name, never read as something else.

use fancy_regex::{Regex, RegexBuilder};

/// Steps after which a match is given up: a pattern from a person must not stop a run.
const PATIENCE: usize = 200_000;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    regex: Regex,
    whole: bool,
}

impl Pattern {
    /// Compiles a pattern that must match the whole text, or any part of it. The error is a sentence.
    pub(super) fn new(pattern: &str, whole: bool) -> Result<Pattern, String> {
        let rewritten = rewrite(pattern)?;
        let anchored = if whole { format!(r"\A(?:{rewritten})\z") } else { rewritten };
        let regex = RegexBuilder::new(&anchored).backtrack_limit(PATIENCE).delegate_size_limit(4 << 20).build();
        let regex = regex.map_err(|error| {
            let told = error.to_string();
            let told = told.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
            format!("The pattern \"{pattern}\" is not understood: {told}")
        })?;
        Ok(Pattern { regex, whole })
    }

    /// Whether it must match the whole text.
    pub(super) fn whole(&self) -> bool {
        self.whole
    }

    /// Whether it matches.
    pub(super) fn matches(&self, text: &str) -> Result<bool, String> {
        self.regex.is_match(text).map_err(|_| patience())
    }

    /// The first match, or one of its groups.
    pub(super) fn find<'t>(&self, text: &'t str, group: usize) -> Result<Option<&'t str>, String> {
        if group == 0 {
            return Ok(self.regex.find(text).map_err(|_| patience())?.map(|found| found.as_str()));
        }
        let captures = self.regex.captures(text).map_err(|_| patience())?;
        Ok(captures.and_then(|captures| captures.get(group)).map(|found| found.as_str()))
    }

    /// How many groups it has.
    pub(super) fn groups(&self) -> usize {
        self.regex.captures_len().saturating_sub(1)
    }

    /// Writes the text with every match replaced; `$1` stands for a group, `\$` for a dollar sign.
    pub(super) fn replace(&self, text: &str, replacement: &str, out: &mut String) -> Result<(), String> {
        let mut from = 0;
        for captures in self.regex.captures_iter(text) {
            let captures = captures.map_err(|_| patience())?;
            let Some(found) = captures.get(0) else { break };
            out.push_str(&text[from..found.start()]);
            from = found.end();
            let mut chars = replacement.chars().peekable();
            while let Some(c) = chars.next() {
                match c {
                    '\\' => out.extend(chars.next()),
                    '$' if chars.peek().is_some_and(char::is_ascii_digit) => {
                        let group = chars.next().and_then(|digit| digit.to_digit(10)).unwrap_or(0) as usize;
                        out.push_str(captures.get(group).map_or("", |found| found.as_str()));
                    }
                    c => out.push(c),
                }
            }
        }
        out.push_str(&text[from..]);
        Ok(())
    }
}

fn patience() -> String {
    "the pattern takes too long on this text".to_owned()
}

const DIGIT: &str = "0-9";
const WORD: &str = "A-Za-z0-9_";
const SPACE: &str = r" \t\n\x0B\f\r";
const HORIZONTAL: &str = r" \t\x{A0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}";
const VERTICAL: &str = r"\n\x0B\f\r\x{85}\x{2028}\x{2029}";

/// The pattern in the words of the engine here.
fn rewrite(pattern: &str) -> Result<String, String> {
    let refusal = |what: &str| format!("The pattern \"{pattern}\" uses {what}, which is not supported");
    let refuse = |what: &str| Err(refusal(what));
    let dots_match_all = pattern.match_indices("(?").any(|(at, _)| {
        pattern[at + 2..].chars().take_while(|c| c.is_ascii_alphabetic() || *c == '-').any(|c| c == 's')
    });
    let mut out = String::with_capacity(pattern.len() + 16);
    // How many `[` are open.
    let mut classes = 0usize;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let Some(escaped) = chars.next() else { return refuse("a \\ at its end") };
                match escaped {
                    'd' => class(&mut out, classes, DIGIT, false),
                    'D' => class(&mut out, classes, DIGIT, true),
                    'w' => class(&mut out, classes, WORD, false),
                    'W' => class(&mut out, classes, WORD, true),
                    's' => class(&mut out, classes, SPACE, false),
                    'S' => class(&mut out, classes, SPACE, true),
                    'h' => class(&mut out, classes, HORIZONTAL, false),
                    'H' => class(&mut out, classes, HORIZONTAL, true),
                    'v' => class(&mut out, classes, VERTICAL, false),
                    'V' => class(&mut out, classes, VERTICAL, true),
                    'R' if classes == 0 => out.push_str(r"(?:\r\n|[\n\x0B\f\r\x{85}\x{2028}\x{2029}])"),
                    'Q' => {
                        let rest: String = chars.clone().collect();
                        let quoted = rest.split_once("\\E").map_or(rest.as_str(), |(quoted, _)| quoted);
                        let skipped = quoted.chars().count() + if quoted.len() < rest.len() { 2 } else { 0 };
                        quoted.chars().for_each(|c| literal(&mut out, c));
                        chars.by_ref().take(skipped).for_each(drop);
                    }
                    'E' => {}
                    'p' | 'P' => property(&mut out, &mut chars, escaped == 'P', classes)
                        .map_err(|name| refusal(&format!("\\{escaped}{{{name}}}")))?,
                    '0' => {
                        let mut code = 0;
                        let mut digits = 0;
                        while digits < 3
                            && let Some(digit) = chars.peek().and_then(|c| c.to_digit(8))
                            && code * 8 + digit <= 0o377
                        {
                            code = code * 8 + digit;
                            digits += 1;
                            chars.next();
                        }
                        let Some(c) = char::from_u32(code).filter(|_| digits > 0) else { return refuse("\\0") };
                        literal(&mut out, c);
                    }
                    'e' => out.push_str(r"\x1B"),
                    'N' | 'X' | 'c' | 'K' => return refuse(&format!("\\{escaped}")),
                    c if c.is_ascii_alphanumeric() => {
                        out.push('\\');
                        out.push(c);
                    }
                    c => literal(&mut out, c),
                }
            }
            '[' => {
                classes += 1;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    chars.next();
                    out.push('^');
                }
            }
            ']' if classes > 0 => {
                classes -= 1;
                out.push(']');
            }
            '{' if classes == 0 => {
                let count: String = chars.clone().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
                let counts = count.starts_with(|c: char| c.is_ascii_digit()) && count.matches(',').count() <= 1;
                if !counts || chars.clone().nth(count.len()) != Some('}') {
                    return refuse("a { that counts nothing");
                }
                out.push('{');
            }
            '.' if classes == 0 && !dots_match_all => out.push_str(r"[^\n\r\x{85}\x{2028}\x{2029}]"),
            // Two of them are an operator of the engine here and two characters in Java.
            '-' | '~' if classes > 0 && chars.peek() == Some(&c) => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    Ok(out)
}

fn literal(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii() {
        out.push(c);
    } else {
        out.push_str(&format!("\\x{{{:X}}}", u32::from(c)));
    }
}

fn class(out: &mut String, classes: usize, members: &str, not: bool) {
    match (classes, not) {
        (0, _) | (_, true) => {
            out.push('[');
            out.push_str(if not { "^" } else { "" });
            out.push_str(members);
            out.push(']');
        }
        _ => out.push_str(members),
    }
}

/// `\p{…}`: Java's names for ASCII classes; the others are Unicode's and the same here. The error is the name.
fn property(
    out: &mut String,
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    not: bool,
    classes: usize,
) -> Result<(), String> {
    let name: String = match chars.next() {
        Some('{') => chars.by_ref().take_while(|c| *c != '}').collect(),
        Some(c) => c.to_string(),
        None => return Err(String::new()),
    };
    let members = match name.as_str() {
        "Lower" => "a-z",
        "Upper" => "A-Z",
        "ASCII" => r"\x00-\x7F",
        "Alpha" => "A-Za-z",
        "Digit" => DIGIT,
        "Alnum" => "A-Za-z0-9",
        "Punct" => r"\x21-\x2F\x3A-\x40\x5B-\x60\x7B-\x7E",
        "Graph" => r"\x21-\x7E",
        "Print" => r"\x20-\x7E",
        "Blank" => r" \t",
        "Cntrl" => r"\x00-\x1F\x7F",
        "XDigit" => "0-9A-Fa-f",
        "Space" => SPACE,
        name if name.starts_with("java") || name.starts_with("In") || name.contains('=') => return Err(name.to_owned()),
        name => {
            let plain = name.strip_prefix("Is").unwrap_or(name);
            out.push_str(if not { r"\P{" } else { r"\p{" });
            out.push_str(plain);
            out.push('}');
            return Ok(());
        }
    };
    class(out, classes, members, not);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_java_means() {
        for (pattern, text, wanted) in [
            (r"\d+", "12", true),
            (r"\d+", "१२", false),
            (r"\w+", "aé", false),
            (r"[\w.]+@[\w.]+", "a.b@c.de", true),
            (r"[\W]", "é", true),
            (r"[^\d]+", "abc", true),
            (r"a++b", "aaab", true),
            (r"a*+a", "aaa", false),
            (r"(a|b)\1", "aa", true),
            (r"(?<y>\d{4})-(?<m>\d\d)", "2024-01", true),
            (r"\Qa.b\E", "a.b", true),
            (r"\Qa.b\E+", "axb", false),
            (r"a\.b", "a.b", true),
            (r"\<b\>", "<b>", true),
            (r".", "\r", false),
            (r"(?s).", "\n", true),
            (r"(?i)abc", "ABC", true),
            (r"\p{Upper}\p{Lower}+", "Anna", true),
            (r"\p{L}+", "Ärger", true),
            (r"\p{IsAlphabetic}+", "Ärger", true),
            (r"[A-Z&&[^B]]", "B", false),
            (r"[a--c]", "-", true),
            (r"(?!x)a", "a", true),
            (r"(?<=a)b|ab", "ab", true),
            (r"x{2,3}?", "xxx", true),
            (r"\u0041\x42\0103", "ABC", true),
            ("", "", true),
            ("abc", "xabc", false),
        ] {
            let matched = Pattern::new(pattern, true).and_then(|compiled| compiled.matches(text));
            assert_eq!(matched, Ok(wanted), "{pattern} on {text}");
        }
        for wrong in ["[", "(", "a{2", r"\cA", r"\p{javaUpperCase}", "*", r"\"] {
            assert!(Pattern::new(wrong, true).is_err(), "{wrong}");
        }
    }

    #[test]
    fn endless_matching_is_given_up() {
        let pattern = Pattern::new(r"(?:(a+)\1?)+b\1", true).unwrap();
        assert!(pattern.matches(&"a".repeat(60)).is_err());
    }
}
