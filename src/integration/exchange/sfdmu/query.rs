//! The three parts of a query that `export.json` is about: fields, object, and the rest.

/// A query taken apart. Nothing is checked: the org does that.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Query {
    /// What is selected, as written.
    pub(super) fields: Vec<String>,
    /// The object.
    pub(super) object: String,
    /// From `WHERE` on; blank where there is nothing.
    pub(super) rest: String,
}

impl Query {
    /// Takes a query apart; the error says what is missing.
    pub(super) fn parse(text: &str) -> Result<Query, String> {
        let text = text.trim().trim_end_matches(';').trim_end();
        let Some(list) = after_word(text, "SELECT") else { return Err("the query does not begin with SELECT".into()) };
        let from = top_level_from(list).ok_or("the query has no FROM")?;
        let (fields, rest) = (&list[..from], list[from + 4..].trim_start());
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (object, rest) = rest.split_at(end);
        if object.is_empty() || !object.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err("the query names no object after FROM".into());
        }
        let fields: Vec<String> = split_list(fields).into_iter().map(|field| field.trim().to_owned()).collect();
        if fields.iter().any(String::is_empty) {
            return Err("the query has a blank between two commas of its fields".into());
        }
        Ok(Query { fields, object: object.to_owned(), rest: rest.trim().to_owned() })
    }
}

impl std::fmt::Display for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SELECT {} FROM {}", self.fields.join(", "), self.object)?;
        if self.rest.is_empty() { Ok(()) } else { write!(f, " {}", self.rest) }
    }
}

/// What stands behind a word at the beginning.
fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    let tail = &text[word.len()..];
    (head.eq_ignore_ascii_case(word) && tail.starts_with(char::is_whitespace)).then_some(tail)
}

/// Where the word `FROM` stands outside parentheses and texts.
fn top_level_from(text: &str) -> Option<usize> {
    let mut places = outside(text).filter(|(at, _)| {
        let word = text.get(*at..at + 4).is_some_and(|word| word.eq_ignore_ascii_case("from"));
        let alone = |c: Option<char>| c.is_none_or(char::is_whitespace);
        word && alone(text[..*at].chars().next_back()) && alone(text[at + 4..].chars().next())
    });
    places.next().map(|(at, _)| at)
}

/// The pieces between commas outside parentheses and texts.
fn split_list(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut begin = 0;
    for (at, c) in outside(text) {
        if c == ',' {
            pieces.push(&text[begin..at]);
            begin = at + 1;
        }
    }
    pieces.push(&text[begin..]);
    pieces
}

/// Characters outside parentheses and quoted texts, with their places.
fn outside(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    text.char_indices().filter(move |(_, c)| {
        if quoted {
            quoted = escaped || *c != '\'';
            escaped = !escaped && *c == '\\';
            return false;
        }
        match c {
            '\'' => quoted = true,
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_query_comes_apart_and_together() {
        let text = "select Id, Name,\n (SELECT Id FROM Contacts), toLabel(Type) From Account WHERE Name != 'a, from (b\\'' ORDER BY Name";
        let query = Query::parse(text).unwrap();
        assert_eq!(query.fields, ["Id", "Name", "(SELECT Id FROM Contacts)", "toLabel(Type)"]);
        assert_eq!(
            (query.object.as_str(), query.rest.as_str()),
            ("Account", "WHERE Name != 'a, from (b\\'' ORDER BY Name")
        );
        assert_eq!(Query::parse(&query.to_string()), Ok(query));
        for wrong in
            ["", "Id FROM Account", "SELECT Id", "SELECT Id, FROM Account", "SELECT Id FROM ", "SELECT Id FROM 'x'"]
        {
            assert!(Query::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_asked(text in "(?i)(SELECT )?[ -~ä]{0,40}( FROM )?[ -~ä]{0,20}") {
            if let Ok(query) = Query::parse(&text) {
                prop_assert_eq!(Query::parse(&query.to_string()), Ok(query));
            }
        }
    }
}
