//! Excel's number formats: what a cell shows of its number.
//!
//! Shown are the digits: leading zeros, decimals, groups, percents and any letters that the format adds (`"ID-"00000`). Left out is
//! what keeps a number from being one: currency signs, padding, and the brackets of accountants, who get a minus sign. Formats that
//! hide digits (exponents, fractions, nothing at all) are not followed: the number is given in full.

use rust_decimal::{Decimal, RoundingStrategy};

/// A number format, taken apart once for all cells that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NumberFormat {
    /// As many digits as the number has.
    General,
    /// What to show of positive and of negative numbers.
    Sections { positive: Section, negative: Option<Section> },
    /// A day, a time of day or both.
    Date { day: bool, time: bool },
}

/// One section of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    whole: Vec<Token>,
    /// Most and fewest digits behind the decimal sign.
    decimals: usize,
    kept_decimals: usize,
    tail: Vec<Token>,
    grouped: bool,
    /// Powers of ten by which the number is multiplied: 2 for a percent, -3 for thousands.
    power: i32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A digit, shown as 0 where the number has none.
    Zero,
    /// A digit, where the number has one.
    Digit,
    Text(String),
}

impl NumberFormat {
    /// Takes a format code apart.
    pub(super) fn parse(code: &str) -> NumberFormat {
        let sections = split_sections(code);
        if let Some(date) = date(&sections[0]) {
            return date;
        }
        let positive = Section::parse(&sections[0], false);
        let negative = sections.get(1).map(|section| Section::parse(section, true));
        match (positive, negative) {
            (Some(positive), None) => NumberFormat::Sections { positive, negative: None },
            (Some(positive), Some(Some(negative))) => NumberFormat::Sections { positive, negative: Some(negative) },
            _ => NumberFormat::General,
        }
    }

    /// Appends what a cell of this format shows of `number`, with a comma before the decimals where wanted.
    pub(super) fn show(&self, number: f64, decimal_comma: bool, out: &mut String) {
        let NumberFormat::Sections { positive, negative } = self else { return general(number, decimal_comma, out) };
        let Some(exact) = exact(number) else { return general(number, decimal_comma, out) };
        let section = if exact.is_sign_negative() { negative.as_ref().unwrap_or(positive) } else { positive };
        let from = out.len();
        if exact.is_sign_negative() && !exact.is_zero() {
            out.push('-');
        }
        if section.show(exact.abs(), decimal_comma, out).is_none() {
            out.truncate(from);
            general(number, decimal_comma, out);
        }
    }
}

/// The number as Excel has it: 15 digits that count.
fn exact(number: f64) -> Option<Decimal> {
    let text = format!("{number:.14e}");
    let decimal = Decimal::from_scientific(&text).ok()?;
    // What is too small or too large for 28 digits would come out cut.
    (decimal.is_zero() == (number == 0.0)).then(|| decimal.normalize())
}

/// All digits of a number, and no exponent.
pub(super) fn general(number: f64, decimal_comma: bool, out: &mut String) {
    let text = match exact(number) {
        Some(decimal) if number.abs() >= 1e-12 || number == 0.0 => decimal.to_string(),
        _ => format!("{number}"),
    };
    if decimal_comma {
        out.push_str(&text.replace('.', ","));
    } else {
        out.push_str(&text);
    }
}

impl Section {
    /// `None` for sections that hide digits.
    fn parse(code: &str, negative: bool) -> Option<Section> {
        let mut section =
            Section { whole: Vec::new(), decimals: 0, kept_decimals: 0, tail: Vec::new(), grouped: false, power: 0 };
        let mut digits = 0;
        let mut after_point = false;
        let mut commas = 0;
        let mut chars = code.chars().peekable();
        while let Some(c) = chars.next() {
            let mut text = String::new();
            match c {
                '0' | '#' | '?' => {
                    digits += 1;
                    section.grouped |= commas > 0 && !after_point;
                    commas = 0;
                    if after_point {
                        // Digits behind other letters than the point's own are no number any more.
                        if !section.tail.is_empty() {
                            return None;
                        }
                        section.decimals += 1;
                        if c == '0' {
                            section.kept_decimals = section.decimals;
                        }
                    } else {
                        section.whole.push(if c == '0' { Token::Zero } else { Token::Digit });
                    }
                    continue;
                }
                '.' if !after_point => {
                    after_point = true;
                    continue;
                }
                ',' if digits > 0 => {
                    commas += 1;
                    continue;
                }
                '%' => {
                    section.power += 2;
                    text.push('%');
                }
                '"' => text.extend(chars.by_ref().take_while(|c| *c != '"')),
                '\\' => text.extend(chars.next()),
                // Room as wide as the next character, and filling with it.
                '_' | '*' => {
                    chars.next();
                    continue;
                }
                '[' => {
                    let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                    // A condition chooses sections in its own way.
                    if inside.starts_with(['<', '>', '=']) {
                        return None;
                    }
                    continue;
                }
                'E' | 'e' | '/' | 'G' | 'g' | '@' => return None,
                // The minus sign stands before the number, whatever the format does instead.
                '(' | ')' | '-' if negative => continue,
                c => text.push(c),
            }
            text.retain(|c| !is_currency(c));
            if !text.is_empty() {
                let end = if after_point || (digits > 0 && !remaining_digits(chars.clone())) {
                    &mut section.tail
                } else {
                    &mut section.whole
                };
                end.push(Token::Text(text));
            }
        }
        section.power -= 3 * commas;
        // Spaces around a number were room for a currency sign.
        trim(&mut section.whole, true);
        trim(&mut section.tail, false);
        let shows_digits =
            section.whole.iter().any(|token| *token != Token::Text(String::new()) && !matches!(token, Token::Text(_)));
        (shows_digits || section.decimals > 0).then_some(section)
    }

    fn show(&self, number: Decimal, decimal_comma: bool, out: &mut String) -> Option<()> {
        let mut number = number;
        for _ in 0..self.power.unsigned_abs() {
            let ten = Decimal::TEN;
            number = if self.power > 0 { number.checked_mul(ten)? } else { number.checked_div(ten)? };
        }
        let rounded = number.round_dp_with_strategy(self.decimals as u32, RoundingStrategy::MidpointAwayFromZero);
        let text = format!("{rounded:.*}", self.decimals);
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let group = if decimal_comma { '.' } else { ',' };
        let from = out.len();
        self.show_whole(whole.trim_start_matches('0'), group, out);
        let kept = fraction.trim_end_matches('0').len().max(self.kept_decimals.min(fraction.len()));
        // A number is never left without a digit: `#` shows nothing of a zero.
        if kept == 0 && !out[from..].contains(|c: char| c.is_ascii_digit()) {
            out.push('0');
        }
        if kept > 0 {
            if !out[from..].ends_with(|c: char| c.is_ascii_digit()) {
                out.push('0');
            }
            out.push(if decimal_comma { ',' } else { '.' });
            out.push_str(&fraction[..kept]);
        }
        for token in &self.tail {
            if let Token::Text(text) = token {
                out.push_str(text);
            }
        }
        Some(())
    }

    /// Fills digits into their places from the right; what has no place stands at the leftmost one.
    fn show_whole(&self, digits: &str, group: char, out: &mut String) {
        let mut reversed: Vec<char> = Vec::new();
        let mut rest = digits.chars().rev();
        let mut shown = 0;
        let leftmost = self.whole.iter().position(|token| !matches!(token, Token::Text(_)));
        let mut push = |digit: char, reversed: &mut Vec<char>| {
            if self.grouped && shown > 0 && shown % 3 == 0 {
                reversed.push(group);
            }
            shown += 1;
            reversed.push(digit);
        };
        for (index, token) in self.whole.iter().enumerate().rev() {
            match (token, rest.next_if_digit(token)) {
                (Token::Text(text), _) => reversed.extend(text.chars().rev()),
                (_, Some(digit)) => push(digit, &mut reversed),
                (Token::Zero, None) => push('0', &mut reversed),
                (Token::Digit, None) => {}
            }
            if Some(index) == leftmost {
                for digit in rest.by_ref() {
                    push(digit, &mut reversed);
                }
            }
        }
        if leftmost.is_none() {
            reversed.extend(rest);
        }
        out.extend(reversed.into_iter().rev());
    }
}

trait NextDigit {
    /// The next digit, where the token is a place for one.
    fn next_if_digit(&mut self, token: &Token) -> Option<char>;
}

impl<I: Iterator<Item = char>> NextDigit for I {
    fn next_if_digit(&mut self, token: &Token) -> Option<char> {
        if matches!(token, Token::Text(_)) { None } else { self.next() }
    }
}

fn trim(tokens: &mut Vec<Token>, front: bool) {
    let blank = |token: Option<&Token>| matches!(token, Some(Token::Text(text)) if text.trim().is_empty());
    if front {
        while blank(tokens.first()) {
            tokens.remove(0);
        }
    } else {
        while blank(tokens.last()) {
            tokens.pop();
        }
    }
}

fn is_currency(c: char) -> bool {
    matches!(c, '$' | '¢' | '£' | '¤' | '¥' | '₠'..='⃏')
}

fn remaining_digits(chars: impl Iterator<Item = char>) -> bool {
    let mut quoted = false;
    for c in chars {
        match c {
            '"' => quoted = !quoted,
            '0' | '#' | '?' | '.' if !quoted => return true,
            _ => {}
        }
    }
    false
}

/// The sections of a code: for positive and negative numbers, zero, and text.
fn split_sections(code: &str) -> Vec<String> {
    let mut sections = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in code.chars() {
        if c == ';' && !quoted && !escaped {
            sections.push(String::new());
            continue;
        }
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        if let Some(section) = sections.last_mut() {
            section.push(c);
        }
    }
    sections
}

/// What a date format shows; `None` for formats of numbers.
fn date(section: &str) -> Option<NumberFormat> {
    let (mut day, mut time, mut month) = (false, false, false);
    let mut chars = section.chars();
    while let Some(c) = chars.next() {
        match c.to_ascii_lowercase() {
            '"' => while chars.next().is_some_and(|c| c != '"') {},
            '\\' | '_' | '*' => {
                chars.next();
            }
            '[' => {
                let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                time |= matches!(inside.to_ascii_lowercase().trim_matches(['h', 'm', 's']), "") && !inside.is_empty();
            }
            'y' | 'd' => day = true,
            'h' | 's' => time = true,
            // Minutes beside hours or seconds, else months.
            'm' => month = true,
            // `General` has no letter of a date but its e, and ends here.
            'g' | '0' | '#' | '?' if !(day || time || month) => return None,
            _ => {}
        }
    }
    day |= month && !time;
    (day || time).then_some(NumberFormat::Date { day, time })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_excel_shows_them() {
        for (code, number, wanted) in [
            ("General", 10_000_000_000.0, "10000000000"),
            ("General", 491_234_567_890_123.0, "491234567890123"),
            ("General", 0.1 + 0.2, "0.3"),
            ("General", -1.5, "-1.5"),
            ("General", 1e21, "1000000000000000000000"),
            ("00000", 1067.0, "01067"),
            ("00000", 123_456.0, "123456"),
            ("0", 2.5, "3"),
            ("0.00", 1.005, "1.01"),
            ("0.00", 3.0, "3.00"),
            ("0.0#", 1.5, "1.5"),
            ("#,##0.00", 82_970.19, "82,970.19"),
            ("#,##0.00", 0.5, "0.50"),
            ("#,##0", 1_234_567.0, "1,234,567"),
            ("#", 0.0, "0"),
            ("#.##", 0.25, "0.25"),
            ("0%", 0.25, "25%"),
            ("0.0%", 0.1234, "12.3%"),
            ("#,##0,", 1_234_567.0, "1,235"),
            ("\"$\"#,##0.00", 1234.5, "1,234.50"),
            ("#,##0.00\\ [$€-407]", 1234.5, "1,234.50"),
            ("#,##0.00 \"€\"", -1234.5, "-1,234.50"),
            ("#,##0.00;(#,##0.00)", -1234.5, "-1,234.50"),
            ("#,##0;[Red]#,##0", -5.0, "-5"),
            ("_(* #,##0.00_);_(* (#,##0.00);_(* \"-\"??_);_(@_)", 7.0, "7.00"),
            ("_(* #,##0.00_);_(* (#,##0.00);_(* \"-\"??_);_(@_)", -7.0, "-7.00"),
            ("\"ID-\"00000", 42.0, "ID-00042"),
            ("000-00-0000", 123_456_789.0, "123-45-6789"),
            ("(###) ###-####", 5_551_234_567.0, "(555) 123-4567"),
            ("0.00E+00", 491_234_567_890.0, "491234567890"),
            ("# ?/?", 0.5, "0.5"),
            ("@", 7.0, "7"),
            (";;;", 7.0, "7"),
            ("[>100]0;0.0", 7.0, "7"),
        ] {
            let mut out = String::new();
            NumberFormat::parse(code).show(number, false, &mut out);
            assert_eq!(out, wanted, "{number} as {code}");
        }
        let mut out = String::new();
        NumberFormat::parse("#,##0.00").show(82_970.19, true, &mut out);
        assert_eq!(out, "82.970,19");
    }

    #[test]
    fn dates_are_told_from_numbers() {
        for (code, wanted) in [
            ("yyyy-mm-dd", Some((true, false))),
            ("m/d/yy h:mm", Some((true, true))),
            ("h:mm AM/PM", Some((false, true))),
            ("mm:ss", Some((false, true))),
            ("[h]:mm:ss", Some((false, true))),
            ("mmm-yy", Some((true, false))),
            ("mmmm", Some((true, false))),
            ("[$-407]d. mmmm yyyy;@", Some((true, false))),
            ("General", None),
            ("#,##0.00", None),
            ("[Red]0.00", None),
            ("0\" days\"", None),
            ("\"ID-\"00000", None),
        ] {
            let got = match NumberFormat::parse(code) {
                NumberFormat::Date { day, time } => Some((day, time)),
                _ => None,
            };
            assert_eq!(got, wanted, "{code}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_code_is_survived(code in "[0#?.,%;\"\\\\_*\\[\\]$€Ehmsyd@()/ GR-]{0,16}", number: f64) {
            let format = NumberFormat::parse(&code);
            let mut out = String::new();
            format.show(number, false, &mut out);
            proptest::prop_assert!(!out.is_empty());
        }
    }
}
