//! Tokens to a tree, by recursive descent; one function a rule of the grammar.
//!
//! Where SOQL is stricter than SQL, so is this: AND and OR do not mix without parentheses, NOT follows neither, and the
//! clauses come in one order only.

use super::Fault;
use super::ast::{
    Argument, Call, Condition, Group, Item, Key, Literal, Name, Operand, Path, Query, Range, TypeOf, Value,
};
use super::dates;
use super::lexer::{self, Spot, Token, unescape};

/// Longest query text.
const MOST_CHARACTERS: usize = 100_000;
/// Deepest nesting of parentheses; keeps hostile input off the stack's end.
const MOST_DEPTH: usize = 100;

const RESERVED: [&str; 21] = [
    "AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FROM", "GROUP", "HAVING", "IN", "INCLUDES", "LAST", "LIKE", "LIMIT",
    "NOT", "NULL", "NULLS", "OR", "SELECT", "USING", "WHERE", "WITH",
];

/// Reads a query.
pub(crate) fn parse(text: &str) -> Result<Query, Fault> {
    if text.chars().count() > MOST_CHARACTERS {
        return Err(Fault::malformed(
            0,
            format!("SOQL statements cannot be longer than {MOST_CHARACTERS} characters."),
        ));
    }
    let mut parser = Parser { spots: lexer::read(text)?, next: 0, depth: 0 };
    let query = parser.query(Nesting::Outer)?;
    match parser.token() {
        Token::End => Ok(query),
        _ => Err(parser.unexpected()),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Nesting {
    Outer,
    Child,
    SemiJoin,
}

struct Parser {
    spots: Vec<Spot>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn token(&self) -> &Token {
        &self.spots[self.next].token
    }

    fn at(&self) -> usize {
        self.spots[self.next].at
    }

    fn ahead(&self, count: usize) -> &Token {
        &self.spots[(self.next + count).min(self.spots.len() - 1)].token
    }

    fn step(&mut self) -> Spot {
        let spot = self.spots[self.next].clone();
        if self.next + 1 < self.spots.len() {
            self.next += 1;
        }
        spot
    }

    fn unexpected(&self) -> Fault {
        if *self.token() == Token::Sign(':') && matches!(self.ahead(1), Token::Word(_)) {
            return Fault::malformed(self.at(), "Bind variables only allowed in Apex code");
        }
        let shown = match self.token() {
            Token::End => return Fault::malformed(self.at(), "unexpected token: <EOF>"),
            Token::Word(word) => word.clone(),
            Token::Text(text) => text.clone(),
            Token::Number(text) | Token::Date(text) | Token::Time(text) => text.clone(),
            Token::DateTime(instant) => crate::time::bulk(*instant),
            Token::Compare(sign) => (*sign).to_owned(),
            Token::Sign(sign) => sign.to_string(),
        };
        Fault::malformed(self.at(), format!("unexpected token: '{shown}'"))
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.token(), Token::Word(text) if text.eq_ignore_ascii_case(word))
    }

    fn word_ahead(&self, count: usize, word: &str) -> bool {
        matches!(self.ahead(count), Token::Word(text) if text.eq_ignore_ascii_case(word))
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.step();
        }
        found
    }

    fn need_word(&mut self, word: &str) -> Result<(), Fault> {
        if self.take_word(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn take_sign(&mut self, sign: char) -> bool {
        let found = *self.token() == Token::Sign(sign);
        if found {
            self.step();
        }
        found
    }

    fn need_sign(&mut self, sign: char) -> Result<(), Fault> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn name(&mut self) -> Result<Name, Fault> {
        match self.token().clone() {
            Token::Word(text) if !text.contains('.') => Ok(Name { text, at: self.step().at }),
            _ => Err(self.unexpected()),
        }
    }

    /// The name of an object, field or alias. `Group` is a keyword and an object; only what follows tells them apart.
    fn free_name(&mut self) -> Result<Name, Fault> {
        if self.is_word("GROUP") && !self.word_ahead(1, "BY") {
            return self.name();
        }
        match self.token() {
            Token::Word(word) if RESERVED.iter().any(|known| known.eq_ignore_ascii_case(word)) => {
                Err(self.unexpected())
            }
            _ => self.name(),
        }
    }

    fn path(&mut self) -> Result<Path, Fault> {
        let mut parts = vec![self.free_name()?];
        while self.take_sign('.') {
            parts.push(self.name()?);
        }
        Ok(Path { parts })
    }

    fn paths(&mut self) -> Result<Vec<Path>, Fault> {
        let mut paths = vec![self.path()?];
        while self.take_sign(',') {
            paths.push(self.path()?);
        }
        Ok(paths)
    }

    fn deeper<T>(&mut self, rule: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(Fault {
                code: "QUERY_TOO_COMPLICATED",
                ..Fault::malformed(self.at(), "Query is too complicated")
            });
        }
        let answer = rule(self);
        self.depth -= 1;
        answer
    }

    fn query(&mut self, nesting: Nesting) -> Result<Query, Fault> {
        let at = self.at();
        self.need_word("SELECT")?;
        let select = self.select_list(nesting)?;
        self.need_word("FROM")?;
        let mut from = self.free_name()?;
        let mut through = None;
        if nesting == Nesting::Child && self.take_sign('.') {
            through = Some(std::mem::replace(&mut from, self.name()?));
        }
        let alias = self.object_alias()?;
        let mut parents = Vec::new();
        while nesting != Nesting::SemiJoin && self.take_sign(',') {
            let path = self.path()?;
            let alias = self.object_alias()?.ok_or_else(|| self.unexpected())?;
            parents.push((path, alias));
        }
        let mut query = Query {
            select,
            from,
            through,
            alias,
            parents,
            scope: None,
            condition: None,
            own_filter: None,
            group: None,
            having: None,
            order: Vec::new(),
            limit: None,
            offset: None,
            at,
        };
        if self.take_word("USING") {
            self.need_word("SCOPE")?;
            query.scope = Some(self.name()?);
        }
        if self.take_word("WHERE") {
            query.condition = Some(self.condition()?);
        }
        if nesting == Nesting::SemiJoin {
            return Ok(query);
        }
        while self.take_word("WITH") {
            let own = self.with()?;
            query.own_filter = own.or(query.own_filter);
        }
        if nesting == Nesting::Outer && self.take_word("GROUP") {
            self.need_word("BY")?;
            query.group = Some(self.group()?);
            if self.take_word("HAVING") {
                query.having = Some(self.condition()?);
            }
        }
        if self.is_word("ORDER") && self.word_ahead(1, "BY") {
            self.step();
            self.step();
            query.order = self.order()?;
        }
        if self.take_word("LIMIT") {
            query.limit = Some(self.count()?);
        }
        if self.is_word("OFFSET") {
            let at = self.step().at;
            query.offset = Some((self.count()?, at));
        }
        while nesting == Nesting::Outer && self.take_word("FOR") {
            if !self.take_word("VIEW") && !self.take_word("REFERENCE") {
                return Err(self.unexpected());
            }
        }
        if nesting == Nesting::Outer && self.take_word("UPDATE") {
            loop {
                if !self.take_word("TRACKING") && !self.take_word("VIEWSTAT") {
                    return Err(self.unexpected());
                }
                if !self.take_sign(',') {
                    break;
                }
            }
        }
        if self.is_word("ALL") && self.word_ahead(1, "ROWS") {
            return Err(Fault::malformed(self.at(), "ALL ROWS not allowed in this context"));
        }
        Ok(query)
    }

    /// An alias, unless the word begins the next clause.
    fn object_alias(&mut self) -> Result<Option<Name>, Fault> {
        let clause = match self.token() {
            Token::Word(word) if RESERVED.iter().any(|known| known.eq_ignore_ascii_case(word)) => true,
            Token::Word(word) if word.eq_ignore_ascii_case("ORDER") => self.word_ahead(1, "BY"),
            Token::Word(word) if word.eq_ignore_ascii_case("OFFSET") => {
                matches!(self.ahead(1), Token::Number(_))
            }
            Token::Word(word) if word.eq_ignore_ascii_case("FOR") => {
                ["VIEW", "REFERENCE", "UPDATE"].iter().any(|what| self.word_ahead(1, what))
            }
            Token::Word(word) if word.eq_ignore_ascii_case("ALL") => self.word_ahead(1, "ROWS"),
            Token::Word(word) if word.eq_ignore_ascii_case("UPDATE") => {
                self.word_ahead(1, "TRACKING") || self.word_ahead(1, "VIEWSTAT")
            }
            Token::Word(word) if word.eq_ignore_ascii_case("AS") => return Err(self.unexpected()),
            Token::Word(_) => false,
            _ => true,
        };
        if clause { Ok(None) } else { self.name().map(Some) }
    }

    fn select_list(&mut self, nesting: Nesting) -> Result<Vec<Item>, Fault> {
        let mut items = vec![self.item(nesting)?];
        while nesting != Nesting::SemiJoin && self.take_sign(',') {
            items.push(self.item(nesting)?);
        }
        let counts_rows = |item: &Item| matches!(item, Item::Value { value: Operand::Call(call), .. } if call.name.is("COUNT") && call.arguments.is_empty());
        if items.len() > 1
            && let Some(Item::Value { value, .. }) = items.iter().find(|item| counts_rows(item))
        {
            return Err(Fault::malformed(value.at(), "COUNT() must be the only element in the select list"));
        }
        Ok(items)
    }

    fn item(&mut self, nesting: Nesting) -> Result<Item, Fault> {
        if nesting != Nesting::SemiJoin && *self.token() == Token::Sign('(') {
            self.step();
            let child = self.deeper(|parser| parser.query(Nesting::Child))?;
            self.need_sign(')')?;
            return Ok(Item::Child(Box::new(child)));
        }
        if self.is_word("TYPEOF") && matches!(self.ahead(1), Token::Word(_)) && !self.word_ahead(1, "FROM") {
            self.step();
            return self.type_of().map(Item::TypeOf);
        }
        if self.is_word("FIELDS") && *self.ahead(1) == Token::Sign('(') {
            self.step();
            self.step();
            let group = self.name()?;
            self.need_sign(')')?;
            return Ok(Item::Fields(group));
        }
        let value = self.operand()?;
        if nesting == Nesting::SemiJoin {
            return Ok(Item::Value { value, alias: None });
        }
        let alias = match self.token() {
            Token::Word(word) if !word.eq_ignore_ascii_case("FROM") => Some(self.free_name()?),
            _ => None,
        };
        if let (Some(alias), Operand::Call(call)) = (&alias, &value)
            && call.name.is("COUNT")
            && call.arguments.is_empty()
        {
            return Err(Fault::malformed(alias.at, format!("unexpected token: '{}'", alias.text)));
        }
        Ok(Item::Value { value, alias })
    }

    fn type_of(&mut self) -> Result<TypeOf, Fault> {
        let path = self.path()?;
        let mut arms = Vec::new();
        while self.take_word("WHEN") {
            let object = self.name()?;
            self.need_word("THEN")?;
            arms.push((object, self.paths()?));
        }
        if arms.is_empty() {
            return Err(self.unexpected());
        }
        let otherwise = if self.take_word("ELSE") { self.paths()? } else { Vec::new() };
        self.need_word("END")?;
        Ok(TypeOf { path, arms, otherwise })
    }

    fn operand(&mut self) -> Result<Operand, Fault> {
        if matches!(self.token(), Token::Word(_)) && *self.ahead(1) == Token::Sign('(') {
            return self.deeper(Self::call).map(Operand::Call);
        }
        self.path().map(Operand::Path)
    }

    fn call(&mut self) -> Result<Call, Fault> {
        let name = self.free_name()?;
        self.need_sign('(')?;
        let mut arguments = Vec::new();
        if name.is("COUNT") && self.take_sign(')') {
            return Ok(Call { name, arguments });
        }
        loop {
            arguments.push(self.argument()?);
            if !self.take_sign(',') {
                break;
            }
        }
        self.need_sign(')')?;
        let most = match name.text.to_ascii_uppercase().as_str() {
            "DISTANCE" => 3,
            "GEOLOCATION" => 2,
            _ => 1,
        };
        if arguments.len() > most {
            return Err(Fault::malformed(name.at, format!("too many arguments for function: {}", name.text)));
        }
        Ok(Call { name, arguments })
    }

    fn argument(&mut self) -> Result<Argument, Fault> {
        match self.token().clone() {
            Token::Number(text) => {
                self.step();
                Ok(Argument::Number(text))
            }
            Token::Text(raw) => {
                let at = self.step().at;
                Ok(Argument::Text(unescape(&raw, at, false)?))
            }
            _ => Ok(match self.operand()? {
                Operand::Path(path) => Argument::Path(path),
                Operand::Call(call) => Argument::Call(call),
            }),
        }
    }

    fn condition(&mut self) -> Result<Condition, Fault> {
        if self.take_word("NOT") {
            return Ok(Condition::Not(Box::new(self.term()?)));
        }
        let first = self.term()?;
        let joiner = if self.is_word("AND") {
            "AND"
        } else if self.is_word("OR") {
            "OR"
        } else {
            return Ok(first);
        };
        let mut terms = vec![first];
        while self.take_word(joiner) {
            terms.push(self.term()?);
        }
        if self.is_word("AND") || self.is_word("OR") {
            return Err(self.unexpected());
        }
        Ok(if joiner == "AND" { Condition::And(terms) } else { Condition::Or(terms) })
    }

    fn term(&mut self) -> Result<Condition, Fault> {
        if self.take_sign('(') {
            let inner = self.deeper(Self::condition)?;
            self.need_sign(')')?;
            return Ok(inner);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Condition, Fault> {
        let left = self.operand()?;
        if let Token::Compare(operator) = *self.token() {
            self.step();
            let right = self.literal(false)?;
            return Ok(Condition::Compare { left, operator, right });
        }
        if self.take_word("LIKE") {
            let right = self.literal(true)?;
            return Ok(Condition::Compare { left, operator: "LIKE", right });
        }
        if self.take_word("INCLUDES") {
            return Ok(Condition::Includes { left, negated: false, list: self.texts()? });
        }
        if self.take_word("EXCLUDES") {
            return Ok(Condition::Includes { left, negated: true, list: self.texts()? });
        }
        let negated = self.take_word("NOT");
        self.need_word("IN")?;
        self.need_sign('(')?;
        if self.is_word("SELECT") {
            let query = self.deeper(|parser| parser.query(Nesting::SemiJoin))?;
            self.need_sign(')')?;
            return Ok(Condition::SemiJoin { left, negated, query: Box::new(query) });
        }
        let list = self.literals()?;
        Ok(Condition::In { left, negated, list })
    }

    fn literals(&mut self) -> Result<Vec<Literal>, Fault> {
        let mut list = vec![self.literal(false)?];
        while self.take_sign(',') {
            list.push(self.literal(false)?);
        }
        self.need_sign(')')?;
        Ok(list)
    }

    fn texts(&mut self) -> Result<Vec<Literal>, Fault> {
        self.need_sign('(')?;
        let list = self.literals()?;
        match list.iter().find(|literal| !matches!(literal.value, Value::Text(_))) {
            Some(wrong) => Err(Fault::malformed(wrong.at, "INCLUDES and EXCLUDES take texts only")),
            None => Ok(list),
        }
    }

    fn literal(&mut self, like: bool) -> Result<Literal, Fault> {
        const MOST_TEXT: usize = 4000;
        let at = self.at();
        let value = match self.token().clone() {
            Token::Text(raw) => {
                let text = unescape(&raw, at, like)?;
                if text.chars().count() > MOST_TEXT {
                    return Err(Fault::malformed(
                        at,
                        format!("a text in a filter is limited to {MOST_TEXT} characters"),
                    ));
                }
                Value::Text(text)
            }
            Token::Number(text) => Value::Number(text),
            Token::Date(text) => Value::Date(text),
            Token::DateTime(instant) => Value::DateTime(instant),
            Token::Time(text) => Value::Time(text),
            Token::Word(word) => self.word_literal(&word)?,
            _ => return Err(self.unexpected()),
        };
        self.step();
        if let Value::Range(range) = &value
            && dates::takes_count(&range.name)
        {
            let count = self.range_count()?;
            return Ok(Literal { value: Value::Range(Range { count, ..range.clone() }), at });
        }
        Ok(Literal { value, at })
    }

    fn word_literal(&self, word: &str) -> Result<Value, Fault> {
        let upper = word.to_ascii_uppercase();
        match upper.as_str() {
            "NULL" => return Ok(Value::Null),
            "TRUE" => return Ok(Value::Boolean(true)),
            "FALSE" => return Ok(Value::Boolean(false)),
            _ => {}
        }
        if dates::is_range(&upper) {
            return Ok(Value::Range(Range { name: upper, count: None }));
        }
        match word.get(3..) {
            Some(amount) if amount.starts_with(|sign: char| sign.is_ascii_digit()) && amount.parse::<f64>().is_ok() => {
                Ok(Value::Number(amount.to_owned()))
            }
            _ => Err(self.unexpected()),
        }
    }

    /// `:7` behind `LAST_N_DAYS`. The grammar takes the bare form too; the checker refuses it.
    fn range_count(&mut self) -> Result<Option<i64>, Fault> {
        if !self.take_sign(':') {
            return Ok(None);
        }
        match self.token() {
            Token::Number(text) if text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() < 7 => {
                let count = text.parse().map_err(|_| self.unexpected())?;
                self.step();
                Ok(Some(count))
            }
            _ => Err(self.unexpected()),
        }
    }

    /// Reads what stands behind WITH; tells the field of a filter that only feeds take.
    fn with(&mut self) -> Result<Option<Name>, Fault> {
        if ["SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"].iter().any(|mode| self.is_word(mode)) {
            self.step();
            return Ok(None);
        }
        if self.is_word("RecordVisibilityContext") && *self.ahead(1) == Token::Sign('(') {
            self.step();
            return self.visibility().map(|()| None);
        }
        if !(self.is_word("DATA") && self.word_ahead(1, "CATEGORY")) {
            let field = self.path()?;
            if !matches!(self.token(), Token::Compare("=" | "!=")) {
                return Err(self.unexpected());
            }
            self.step();
            self.literal(false)?;
            return Ok(Some(field.last().clone()));
        }
        self.step();
        self.step();
        loop {
            self.name()?;
            if !["AT", "ABOVE", "BELOW", "ABOVE_OR_BELOW"].iter().any(|operator| self.take_word(operator)) {
                return Err(self.unexpected());
            }
            if self.take_sign('(') {
                self.paths()?;
                self.need_sign(')')?;
            } else {
                self.name()?;
            }
            if !self.take_word("AND") {
                return Ok(None);
            }
        }
    }

    /// `(maxDescriptorPerRecord=100, supportsDomains=true)`.
    fn visibility(&mut self) -> Result<(), Fault> {
        self.need_sign('(')?;
        loop {
            self.name()?;
            if *self.token() != Token::Compare("=") {
                return Err(self.unexpected());
            }
            self.step();
            self.literal(false)?;
            if !self.take_sign(',') {
                return self.need_sign(')');
            }
        }
    }

    fn group(&mut self) -> Result<Group, Fault> {
        let subtotals = if (self.is_word("ROLLUP") || self.is_word("CUBE")) && *self.ahead(1) == Token::Sign('(') {
            let name = self.name()?;
            self.step();
            Some(name)
        } else {
            None
        };
        let mut keys = vec![self.operand()?];
        while self.take_sign(',') {
            keys.push(self.operand()?);
        }
        if subtotals.is_some() {
            self.need_sign(')')?;
        }
        Ok(Group { keys, subtotals })
    }

    fn order(&mut self) -> Result<Vec<Key>, Fault> {
        let mut keys = Vec::new();
        loop {
            let value = self.operand()?;
            let descending = self.take_word("DESC");
            if !descending {
                self.take_word("ASC");
            }
            let mut nulls_last = false;
            if self.take_word("NULLS") {
                nulls_last = self.take_word("LAST");
                if !nulls_last {
                    self.need_word("FIRST")?;
                }
            }
            keys.push(Key { value, descending, nulls_last });
            if !self.take_sign(',') {
                return Ok(keys);
            }
        }
    }

    fn count(&mut self) -> Result<u64, Fault> {
        match self.token() {
            Token::Number(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                let count = text.parse().map_err(|_| self.unexpected())?;
                self.step();
                Ok(count)
            }
            _ => Err(self.unexpected()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn lines(name: &str) -> Vec<String> {
        let path = format!("{}/tests/fixtures/soql/{name}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
    }

    #[test]
    fn valid_queries_are_read() {
        let wrong: Vec<String> = lines("valid.txt")
            .into_iter()
            .filter_map(|query| Some(format!("{query}: {:?}", parse(&query).err()?)))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn invalid_queries_are_refused() {
        let wrong: Vec<String> = lines("invalid.txt").into_iter().filter(|query| parse(query).is_ok()).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn queries_that_only_the_checker_refuses_are_read() {
        let wrong: Vec<String> = lines("refused.txt")
            .iter()
            .filter_map(|line| line.split('\t').nth(1))
            .filter_map(|query| Some(format!("{query}: {:?}", parse(query).err()?)))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn deep_nesting_is_refused_and_does_not_overflow() {
        for (open, close) in [("(", ")"), ("(NOT ", ")"), ("Id IN (SELECT Id FROM A WHERE ", ")")] {
            let query = format!("SELECT Id FROM A WHERE {}x = 1{}", open.repeat(3000), close.repeat(3000));
            assert_eq!(parse(&query).unwrap_err().code, "QUERY_TOO_COMPLICATED", "{open}");
        }
        for text in ["(".repeat(100_000), "SELECT (".repeat(12_000), format!("SELECT {}", "COUNT(".repeat(16_000))] {
            assert!(parse(&text).is_err());
        }
    }
}
