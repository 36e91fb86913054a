//! What stands between the braces of FIND: words, phrases, wildcards, AND, OR, AND NOT.
//!
//! A text is a row of words. A word that is looked for fits every word that begins like it, whatever the case.

use crate::soql::collate::Pattern;

/// Longer terms find nothing.
const MOST_CHARACTERS: usize = 10_000;
/// In longer terms operators are words like others.
const MOST_WITH_OPERATORS: usize = 4_000;
/// Deepest nesting of parentheses.
const MOST_DEPTH: usize = 50;

/// A term that can be looked for.
pub(crate) enum Term {
    /// Nothing fits.
    Nothing,
    /// These words, one behind the other, in one field.
    Phrase(Vec<Pattern>),
    /// All fit.
    All(Vec<Term>),
    /// One fits at least.
    Any(Vec<Term>),
    /// Does not fit.
    Not(Box<Term>),
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    /// Patterns, and whether the last stands for its beginning only.
    Words(Vec<String>, bool),
}

impl Term {
    /// Reads a term; the error says what is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Term, String> {
        let length = text.chars().count();
        if length > MOST_CHARACTERS {
            return Ok(Term::Nothing);
        }
        let tokens = tokens(text)?;
        let significant = tokens.iter().any(|token| match token {
            Token::Words(words, _) => {
                words.iter().map(|word| word.replace(['%', '_', '\\'], "").chars().count()).sum::<usize>() > 1
            }
            _ => false,
        });
        if !significant {
            return Err(format!("search term must be longer than one character: {}", text.trim()));
        }
        let mut reader = Reader { tokens, next: 0, depth: 0, operators: length <= MOST_WITH_OPERATORS };
        let term = reader.any()?;
        if reader.next < reader.tokens.len() {
            return Err("unexpected token: ')'".into());
        }
        Ok(term)
    }

    /// Whether the fields of a row fit.
    pub(crate) fn fits(&self, fields: &[Vec<String>]) -> bool {
        match self {
            Term::Nothing => false,
            Term::All(terms) => terms.iter().all(|term| term.fits(fields)),
            Term::Any(terms) => terms.iter().any(|term| term.fits(fields)),
            Term::Not(term) => !term.fits(fields),
            Term::Phrase(patterns) => fields.iter().any(|words| {
                words.windows(patterns.len()).any(|run| run.iter().zip(patterns).all(|(word, one)| one.fits(word)))
            }),
        }
    }
}

/// The words of a text.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            '"' => {
                let mut phrase = String::new();
                loop {
                    match signs.next() {
                        None => return Err("unexpected end of search: the phrase is not closed".into()),
                        Some('"') => break,
                        Some('\\') => phrase.extend(signs.next()),
                        Some(sign) => phrase.push(sign),
                    }
                }
                push(&mut tokens, patterns(&phrase), false);
            }
            _ if sign.is_whitespace() => {}
            _ => {
                let mut word = String::new();
                let mut sign = Some(sign);
                while let Some(one) = sign {
                    match one {
                        // An escaped sign is no operator, and parts words like any other sign.
                        '\\' => word.push(signs.next().filter(|sign| sign.is_alphanumeric()).unwrap_or(' ')),
                        one => word.push(one),
                    }
                    sign = signs.next_if(|sign| !sign.is_whitespace() && !matches!(sign, '(' | ')' | '"'));
                }
                match word.as_str() {
                    "&&" => push(&mut tokens, vec!["AND".into()], true),
                    "||" => push(&mut tokens, vec!["OR".into()], true),
                    _ => push(&mut tokens, patterns(&word), true),
                }
            }
        }
    }
    Ok(tokens)
}

fn push(tokens: &mut Vec<Token>, words: Vec<String>, open: bool) {
    if !words.is_empty() {
        tokens.push(Token::Words(words, open));
    }
}

/// The words of a text as patterns, `*` and `?` in the form that LIKE has.
fn patterns(text: &str) -> Vec<String> {
    let piece = |sign: char| !sign.is_alphanumeric() && sign != '*' && sign != '?';
    text.split(piece)
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| word.replace('*', "%").replace('?', "_"))
        .collect()
}

struct Reader {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    operators: bool,
}

impl Reader {
    fn is(&self, place: usize, operator: &str) -> bool {
        self.operators
            && matches!(self.tokens.get(place), Some(Token::Words(words, true)) if words.len() == 1 && words[0].eq_ignore_ascii_case(operator))
    }

    fn take(&mut self, operator: &str) -> bool {
        let found = self.is(self.next, operator);
        self.next += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<Term, String> {
        let mut terms = vec![self.all()?];
        while self.take("OR") {
            terms.push(self.all()?);
        }
        Ok(if terms.len() == 1 { terms.remove(0) } else { Term::Any(terms) })
    }

    fn all(&mut self) -> Result<Term, String> {
        let mut terms = vec![self.one()?];
        loop {
            if self.take("AND") {
                let not = self.take("NOT");
                let term = self.one()?;
                terms.push(if not { Term::Not(Box::new(term)) } else { term });
            } else if self.next < self.tokens.len()
                && self.tokens[self.next] != Token::Close
                && !self.is(self.next, "OR")
            {
                terms.push(self.one()?);
            } else {
                break;
            }
        }
        Ok(if terms.len() == 1 { terms.remove(0) } else { Term::All(terms) })
    }

    fn one(&mut self) -> Result<Term, String> {
        let token = self.tokens.get(self.next).cloned();
        if ["AND", "OR", "NOT"].iter().any(|operator| self.is(self.next, operator)) {
            return Err("unexpected operator in search term".into());
        }
        self.next += 1;
        match token {
            Some(Token::Words(words, open)) => {
                let last = words.len() - 1;
                let pattern = |(place, word): (usize, &String)| {
                    Pattern::new(&if open && place == last { format!("{word}%") } else { word.clone() })
                };
                Ok(Term::Phrase(words.iter().enumerate().map(pattern).collect()))
            }
            Some(Token::Open) => {
                self.depth += 1;
                if self.depth > MOST_DEPTH {
                    return Err("search term is too deeply nested".into());
                }
                let inner = self.any()?;
                if self.tokens.get(self.next) != Some(&Token::Close) {
                    return Err("unexpected end of search: expecting a right parenthesis".into());
                }
                self.next += 1;
                self.depth -= 1;
                Ok(inner)
            }
            Some(Token::Close) => Err("unexpected token: ')'".into()),
            None => Err("unexpected end of search term".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fits(term: &str, text: &str) -> bool {
        Term::read(term).unwrap().fits(&[words(text)])
    }

    #[test]
    fn words_phrases_and_operators_find() {
        for (term, text, answer) in [
            ("acme", "The ACME Company", true),
            ("acm", "acme", true),
            ("cme", "acme", false),
            ("ac*e", "acme", true),
            ("a?me", "acme", true),
            ("\"acme company\"", "The Acme Company", true),
            ("\"company acme\"", "The Acme Company", false),
            ("acme company", "Company of Acme", true),
            ("acme OR nothing", "acme", true),
            ("acme AND nothing", "acme", false),
            ("acme AND NOT company", "acme company", false),
            ("(acme OR other) AND company", "other company", true),
            ("info\\@acme.com", "mail info@acme.com", true),
            ("été", "ÉTÉ", true),
        ] {
            assert_eq!(fits(term, text), answer, "{term} in {text}");
        }
    }

    #[test]
    fn bad_terms_are_told() {
        for term in ["", "a", "**", "(acme", "acme)", "\"acme", "acme AND", "OR acme", "acme OR OR b"] {
            assert!(Term::read(term).is_err(), "{term}");
        }
        assert!(Term::read(&"(".repeat(9000)).is_err());
        assert!(matches!(Term::read(&"ab ".repeat(4000)), Ok(Term::Nothing)));
    }

    proptest! {
        #[test]
        fn any_term_is_read_or_refused(text in "[a-c(\"\\\\) *?]{0,40}|\\PC{0,40}", row in "\\PC{0,40}") {
            if let Ok(term) = Term::read(&text) {
                term.fits(&[words(&row)]);
            }
        }
    }
}
