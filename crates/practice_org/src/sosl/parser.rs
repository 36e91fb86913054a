//! The text of a search to its parts.

use super::{Group, MOST_ROWS, Returning, Search, malformed};
use crate::failure::Failure;

/// Longest search text.
const MOST_CHARACTERS: usize = 100_000;
/// What may stand behind WITH.
const WITH: [&str; 8] =
    ["DATA", "DIVISION", "HIGHLIGHT", "METADATA", "NETWORK", "PRICEBOOKID", "SNIPPET", "SPELL_CORRECTION"];

/// Reads a search.
pub(crate) fn parse(text: &str) -> Result<Search, Failure> {
    if text.chars().count() > MOST_CHARACTERS {
        return Err(malformed(format!("SOSL statements cannot be longer than {MOST_CHARACTERS} characters.")));
    }
    let mut reader = Reader { text, at: 0 };
    reader.need("FIND")?;
    let term = reader.term()?;
    let mut search = Search { term, group: Group::All, returning: Vec::new(), limit: MOST_ROWS };
    if reader.take("IN") {
        let name = reader.word();
        search.group = Group::read(&name).ok_or_else(|| reader.unexpected(&name))?;
        reader.need("FIELDS")?;
    }
    if reader.take("RETURNING") {
        loop {
            search.returning.push(reader.returning()?);
            if !reader.sign(',') {
                break;
            }
        }
    }
    while reader.take("WITH") {
        let what = reader.word();
        if !WITH.iter().any(|known| known.eq_ignore_ascii_case(&what)) {
            return Err(reader.unexpected(&what));
        }
        reader.skip_value()?;
    }
    if reader.take("LIMIT") {
        search.limit = reader.limit()?;
    }
    if reader.take("UPDATE") {
        loop {
            let what = reader.word();
            if !["TRACKING", "VIEWSTAT"].iter().any(|known| known.eq_ignore_ascii_case(&what)) {
                return Err(reader.unexpected(&what));
            }
            if !reader.sign(',') {
                break;
            }
        }
    }
    reader.blanks();
    match reader.rest().chars().next() {
        None => Ok(search),
        Some(sign) => Err(reader.unexpected(&sign.to_string())),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn unexpected(&self, what: &str) -> Failure {
        let what = if what.is_empty() { "<EOF>" } else { what };
        malformed(format!("unexpected token: '{what}'"))
    }

    fn peek(&mut self) -> &'t str {
        self.blanks();
        let rest = self.rest();
        let end = rest.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').unwrap_or(rest.len());
        &rest[..end]
    }

    fn word(&mut self) -> String {
        let word = self.peek();
        self.at += word.len();
        word.to_owned()
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.peek().eq_ignore_ascii_case(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn need(&mut self, word: &str) -> Result<(), Failure> {
        if self.take(word) {
            return Ok(());
        }
        let found = self.peek();
        let sign = self.rest().chars().next().map(String::from).unwrap_or_default();
        Err(self.unexpected(if found.is_empty() { &sign } else { found }))
    }

    fn sign(&mut self, sign: char) -> bool {
        self.blanks();
        let found = self.rest().starts_with(sign);
        self.at += if found { sign.len_utf8() } else { 0 };
        found
    }

    /// The text between the braces, escapes still in it.
    fn term(&mut self) -> Result<String, Failure> {
        if !self.sign('{') {
            return Err(malformed("No search term specified: FIND takes a term in braces"));
        }
        let start = self.at;
        let mut signs = self.rest().char_indices();
        while let Some((place, sign)) = signs.next() {
            match sign {
                '}' => {
                    self.at = start + place + 1;
                    return Ok(self.text[start..start + place].to_owned());
                }
                '\\' => {
                    signs.next();
                }
                _ => {}
            }
        }
        Err(malformed("unexpected end of search: expecting a right curly bracket"))
    }

    fn returning(&mut self) -> Result<Returning, Failure> {
        let object = self.word();
        if object.is_empty() {
            return Err(self.unexpected(&object));
        }
        let mut returning = Returning { object, fields: "Id".into(), rest: String::new(), limit: None };
        if !self.sign('(') {
            return Ok(returning);
        }
        let (start, mut clause, mut depth) = (self.at, None, 0usize);
        let mut quoted = false;
        let mut escaped = false;
        let mut word_start = true;
        for (place, sign) in self.rest().char_indices() {
            let at = start + place;
            if quoted {
                quoted = escaped || sign != '\'';
                escaped = !escaped && sign == '\\';
                continue;
            }
            match sign {
                '\'' => quoted = true,
                '(' => depth += 1,
                ')' if depth > 0 => depth -= 1,
                ')' => {
                    let clause = clause.unwrap_or(at);
                    let fields = self.text[start..clause].trim();
                    if fields.is_empty() {
                        return Err(self.unexpected(")"));
                    }
                    fields.clone_into(&mut returning.fields);
                    self.text[clause..at].clone_into(&mut returning.rest);
                    self.at = at + 1;
                    return Ok(returning);
                }
                _ if word_start && clause.is_none() && depth == 0 => {
                    let mut ahead = Reader { text: self.text, at };
                    let begins = ["WHERE", "USING", "ORDER", "LIMIT", "OFFSET"];
                    let word = ahead.peek();
                    if begins.iter().any(|known| known.eq_ignore_ascii_case(word)) {
                        clause = Some(at);
                    }
                }
                _ => {}
            }
            word_start = sign.is_whitespace();
        }
        Err(malformed("unexpected end of search: expecting a right parenthesis"))
    }

    /// What follows the first word of a WITH clause; it changes nothing here.
    fn skip_value(&mut self) -> Result<(), Failure> {
        loop {
            self.blanks();
            let rest = self.rest();
            let word = self.peek();
            if rest.is_empty() || ["WITH", "LIMIT", "UPDATE"].iter().any(|next| next.eq_ignore_ascii_case(word)) {
                return Ok(());
            }
            if !word.is_empty() {
                self.at += word.len();
            } else if let Some(text) = rest.strip_prefix('\'') {
                let end =
                    text.find('\'').ok_or_else(|| malformed("unexpected end of search: the text is not closed"))?;
                self.at += end + 2;
            } else if rest.starts_with(['=', '(', ')', ',']) {
                self.at += 1;
            } else {
                return Err(self.unexpected(&rest.chars().next().map(String::from).unwrap_or_default()));
            }
        }
    }

    fn limit(&mut self) -> Result<usize, Failure> {
        let digits = self.word();
        let limit: usize = digits.parse().map_err(|_| self.unexpected(&digits))?;
        if limit == 0 || limit > MOST_ROWS {
            return Err(malformed(format!("LIMIT must be between 1 and {MOST_ROWS}")));
        }
        Ok(limit)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_search_has_its_parts() {
        let search = parse(
            "find {acme \\} \"x y\"} in name fields returning Account(Id, Name WHERE Name != ')' ORDER BY Name LIMIT 3), Contact WITH METADATA = 'LABELS' LIMIT 5",
        )
        .unwrap();
        assert_eq!((search.term.as_str(), search.group, search.limit), ("acme \\} \"x y\"", Group::Name, 5));
        assert_eq!(search.returning[0].fields, "Id, Name");
        assert_eq!(search.returning[0].rest, "WHERE Name != ')' ORDER BY Name LIMIT 3");
        assert_eq!(search.returning[1].object, "Contact");
    }

    #[test]
    fn what_is_no_search_is_refused() {
        for text in [
            "",
            "FIND",
            "FIND acme",
            "FIND {acme",
            "FIND {acme} IN SOME FIELDS",
            "FIND {acme} IN NAME",
            "FIND {acme} RETURNING",
            "FIND {acme} RETURNING Account(",
            "FIND {acme} RETURNING Account()",
            "FIND {acme} RETURNING Account,",
            "FIND {acme} LIMIT 0",
            "FIND {acme} LIMIT 2001",
            "FIND {acme} LIMIT x",
            "FIND {acme} WITH NOTHING",
            "FIND {acme} nonsense",
            "SELECT Id FROM Account",
        ] {
            assert_eq!(parse(text).unwrap_err().code, "MALFORMED_SEARCH", "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(
            text in "(FIND|\\{|\\}|a|IN|NAME|FIELDS|RETURNING|Account|\\(|\\)|'|,|WITH|LIMIT|5|é| |\\\\){0,30}|\\PC{0,60}",
        ) {
            parse(&text).ok();
        }
    }
}
