//! The text of a query, taken apart into its clauses and put together again.
//!
//! Nothing is judged here: what a clause says is the org's business. What is known of a text is where its clauses begin, so that rows
//! can be counted, columns named, and a reading that broke off taken up behind its last row.

use std::fmt;

/// A query's clauses, each as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Soql {
    /// What is selected: fields, paths, functions, sub-queries.
    pub select: Vec<String>,
    /// The object, as the query spells it.
    pub object: String,
    /// What follows the object: its alias, further objects, `USING SCOPE mine`.
    pub more: String,
    /// Behind `WHERE`.
    pub filter: Option<String>,
    /// Behind `WITH`.
    pub with: Option<String>,
    /// Behind `GROUP BY`, `HAVING` included.
    pub group: Option<String>,
    /// Behind `ORDER BY`.
    pub order: Option<String>,
    /// Behind `LIMIT`.
    pub limit: Option<String>,
    /// Behind `OFFSET`.
    pub offset: Option<String>,
    /// What ends it: `FOR VIEW`, `UPDATE TRACKING`.
    pub tail: Option<String>,
}

/// The clauses that may follow the object, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clause {
    Where,
    With,
    Group,
    Order,
    Limit,
    Offset,
    Tail,
}

impl Soql {
    /// Takes a query apart; `None` where it has no `SELECT … FROM …`.
    pub fn read(text: &str) -> Option<Soql> {
        let text = text.trim();
        let words = words(text);
        let is = |at: usize, word: &str| words.get(at).is_some_and(|(_, found)| found.eq_ignore_ascii_case(word));
        if !is(0, "select") {
            return None;
        }
        let from = (1..words.len()).find(|at| is(*at, "from"))?;
        let (object_at, object) = *words.get(from + 1)?;
        let object = object.trim_end_matches(',');
        let mut soql =
            Soql { select: items(&text["select".len()..words[from].0]), object: object.to_owned(), ..Soql::default() };
        let mut marks = Vec::new();
        for at in from + 2..words.len() {
            let clause = match () {
                () if is(at, "where") => (Clause::Where, 1),
                () if is(at, "with") => (Clause::With, 1),
                () if is(at, "group") && is(at + 1, "by") => (Clause::Group, 2),
                () if is(at, "order") && is(at + 1, "by") => (Clause::Order, 2),
                () if is(at, "limit") => (Clause::Limit, 1),
                () if is(at, "offset") => (Clause::Offset, 1),
                () if is(at, "for") || (is(at, "update") && !is(at - 1, "for")) => (Clause::Tail, 0),
                () => continue,
            };
            // `FOR VIEW UPDATE TRACKING` is one end.
            if marks.last().is_none_or(|(_, (last, _))| *last != Clause::Tail) {
                marks.push((at, clause));
            }
        }
        let begins = |at: usize| words.get(at).map_or(text.len(), |(begin, _)| *begin);
        let more_ends = marks.first().map_or(text.len(), |(at, _)| begins(*at));
        soql.more = text[object_at + object.len()..more_ends].trim().to_owned();
        for (index, (at, (clause, skip))) in marks.iter().enumerate() {
            let end = marks.get(index + 1).map_or(text.len(), |(next, _)| begins(*next));
            let begin = begins(at + skip).min(end);
            let body = Some(text[begin..end].trim().to_owned());
            let place = match clause {
                Clause::Where => &mut soql.filter,
                Clause::With => &mut soql.with,
                Clause::Group => &mut soql.group,
                Clause::Order => &mut soql.order,
                Clause::Limit => &mut soql.limit,
                Clause::Offset => &mut soql.offset,
                Clause::Tail => &mut soql.tail,
            };
            if place.is_none() {
                *place = body;
            }
        }
        Some(soql)
    }

    /// The query that counts the same rows, a limit aside; `None` where rows are groups.
    pub fn count(&self) -> Option<String> {
        if self.aggregates() {
            return None;
        }
        let count = Soql {
            select: vec!["COUNT()".to_owned()],
            order: None,
            limit: None,
            offset: None,
            tail: None,
            ..self.clone()
        };
        Some(count.to_string())
    }

    /// The most rows that it asks for.
    pub fn most(&self) -> Option<u64> {
        self.limit.as_deref()?.trim().parse().ok()
    }

    /// Whether it adds rows up.
    pub fn aggregates(&self) -> bool {
        const ADD_UP: [&str; 7] = ["COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX", "GROUPING"];
        let function = |item: &String| {
            item.split_once('(').is_some_and(|(name, _)| ADD_UP.iter().any(|f| f.eq_ignore_ascii_case(name.trim())))
        };
        self.group.is_some() || self.select.iter().any(function)
    }

    /// The columns of a select list that names plain fields and parents' fields only; `None` where only the answer can tell.
    pub fn columns(&self) -> Option<Vec<String>> {
        if self.more.contains(',') {
            return None;
        }
        let mut words = self.more.split_whitespace();
        let alias = match words.next() {
            Some(word) if word.eq_ignore_ascii_case("as") => words.next().unwrap_or_default(),
            Some(word) if word.eq_ignore_ascii_case("using") => "",
            word => word.unwrap_or_default(),
        };
        let column = |item: &String| {
            if !item.split('.').all(is_name) {
                return None;
            }
            let own = item
                .split_once('.')
                .filter(|(first, _)| [self.object.as_str(), alias].iter().any(|name| name.eq_ignore_ascii_case(first)));
            Some(own.map_or(item.as_str(), |(_, field)| field).to_owned())
        };
        self.select.iter().map(column).collect()
    }

    /// Whether its rows come in no order of their own and without end, so that they may as well come in the order of their ids.
    pub fn any_order(&self) -> bool {
        let ordered = [&self.order, &self.limit, &self.offset, &self.group, &self.tail].iter().any(|it| it.is_some());
        !ordered && !self.aggregates() && self.columns().is_some()
    }

    /// Adds a condition that must hold too.
    pub fn and(&mut self, condition: &str) {
        self.filter = Some(match self.filter.take() {
            Some(filter) => format!("({filter}) AND {condition}"),
            None => condition.to_owned(),
        });
    }

    /// What the Bulk API does not take, if there is something.
    pub fn beyond_bulk(&self) -> Option<&'static str> {
        let begins =
            |item: &String, word: &str| item.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        let any = |word: &str| self.select.iter().any(|item| begins(item, word));
        match () {
            () if self.group.is_some() => Some("GROUP BY"),
            () if self.aggregates() => Some("aggregates such as COUNT"),
            () if any("typeof ") => Some("TYPEOF"),
            () if any("(") => Some("child queries"),
            () if any("fields(") => Some("FIELDS()"),
            () if self.select.iter().any(|item| item.contains('(')) => Some("functions of fields"),
            () if self.offset.is_some() => Some("OFFSET"),
            () if self.tail.is_some() => Some("FOR VIEW and the like"),
            () => None,
        }
    }
}

impl fmt::Display for Soql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SELECT {} FROM {}", self.select.join(", "), self.object)?;
        if self.more.starts_with(',') {
            write!(f, "{}", self.more)?;
        } else if !self.more.is_empty() {
            write!(f, " {}", self.more)?;
        }
        for (word, clause) in [
            (" WHERE", &self.filter),
            (" WITH", &self.with),
            (" GROUP BY", &self.group),
            (" ORDER BY", &self.order),
            (" LIMIT", &self.limit),
            (" OFFSET", &self.offset),
            ("", &self.tail),
        ] {
            if let Some(clause) = clause {
                write!(f, "{word} {clause}")?;
            }
        }
        Ok(())
    }
}

/// Whether it is the name of a field or a relationship.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// What stands between commas, those in brackets and texts aside.
fn items(list: &str) -> Vec<String> {
    let (mut items, mut begin, mut depth) = (Vec::new(), 0, 0usize);
    let mut quote = Quote::default();
    for (at, letter) in list.char_indices() {
        if quote.inside(letter) {
            continue;
        }
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                items.push(list[begin..at].trim().to_owned());
                begin = at + 1;
            }
            _ => {}
        }
    }
    items.push(list[begin..].trim().to_owned());
    items
}

/// The words outside brackets and texts, each with its place. What is in brackets is a word; texts belong to the word that they touch.
fn words(text: &str) -> Vec<(usize, &str)> {
    let (mut words, mut begin, mut depth) = (Vec::new(), None, 0usize);
    let mut quote = Quote::default();
    for (at, letter) in text.char_indices() {
        if quote.inside(letter) {
            begin.get_or_insert(at);
            continue;
        }
        match letter {
            // `WHERE(Name = 'x')` is two words.
            '(' => {
                if depth == 0
                    && let Some(from) = begin.take()
                {
                    words.push((from, &text[from..at]));
                }
                begin.get_or_insert(at);
                depth += 1;
            }
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0
                    && let Some(from) = begin.take()
                {
                    words.push((from, &text[from..=at]));
                }
            }
            _ if depth > 0 => {}
            letter if letter.is_whitespace() => {
                if let Some(from) = begin.take() {
                    words.push((from, &text[from..at]));
                }
            }
            _ => {
                begin.get_or_insert(at);
            }
        }
    }
    if let Some(from) = begin {
        words.push((from, &text[from..]));
    }
    words
}

/// Follows texts in quotes, with what is escaped in them.
#[derive(Default)]
struct Quote {
    open: bool,
    escaped: bool,
}

impl Quote {
    /// Whether the letter belongs to a text, its quotes included.
    fn inside(&mut self, letter: char) -> bool {
        let was = self.open;
        match letter {
            _ if std::mem::take(&mut self.escaped) => {}
            '\\' if self.open => self.escaped = true,
            '\'' => self.open = !self.open,
            _ => {}
        }
        was || self.open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Soql {
        Soql::read(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn clauses_are_found_where_they_begin() {
        let soql = read(
            "select Id, Name,\n (SELECT Id FROM Contacts WHERE Name = 'a' LIMIT 1) , toLabel(Type) from Account a \
             where (Name = 'x where, limit \\' 5' OR Id IN (SELECT AccountId FROM Order)) AND Name != null \
             WITH USER_MODE order by Name limit 5 offset 7",
        );
        assert_eq!(soql.select, ["Id", "Name", "(SELECT Id FROM Contacts WHERE Name = 'a' LIMIT 1)", "toLabel(Type)"]);
        assert_eq!((soql.object.as_str(), soql.more.as_str()), ("Account", "a"));
        assert!(soql.filter.as_deref().unwrap().ends_with("AND Name != null"), "{soql:?}");
        assert_eq!((soql.with.as_deref(), soql.order.as_deref()), (Some("USER_MODE"), Some("Name")));
        assert_eq!((soql.most(), soql.offset.as_deref()), (Some(5), Some("7")));
        assert_eq!(read(&soql.to_string()), soql);

        let orders = read("SELECT Id FROM Order ORDER BY Name FOR VIEW");
        assert_eq!((orders.object.as_str(), orders.order.as_deref()), ("Order", Some("Name")));
        assert_eq!(orders.tail.as_deref(), Some("FOR VIEW"));
        let group = read("SELECT Id FROM Group WHERE(Name='x')GROUP BY Id HAVING COUNT(Id) > 1");
        assert_eq!(
            (group.filter.as_deref(), group.group.as_deref()),
            (Some("(Name='x')"), Some("Id HAVING COUNT(Id) > 1"))
        );
        assert_eq!(read("SELECT c.Id FROM Contact c, c.Account a").more, "c, c.Account a");
        assert_eq!(read("SELECT Id FROM Contact FOR UPDATE").tail.as_deref(), Some("FOR UPDATE"));
        assert_eq!(Soql::read("nonsense"), None);
        assert_eq!(Soql::read("SELECT"), None);
        assert_eq!(Soql::read("SELECT Id FROM"), None);
    }

    #[test]
    fn columns_of_plain_select_lists() {
        let columns = |text| read(text).columns().map(|columns| columns.join(" "));
        assert_eq!(columns("SELECT Id,Name FROM Account").as_deref(), Some("Id Name"));
        assert_eq!(columns("SELECT Account.Name FROM Account LIMIT 1").as_deref(), Some("Name"));
        assert_eq!(columns("SELECT a.Name FROM Account AS a").as_deref(), Some("Name"));
        assert_eq!(columns("SELECT Name FROM Account USING SCOPE mine").as_deref(), Some("Name"));
        assert_eq!(
            columns(" select id, c.Account.owner.NAME\n from Contact c").as_deref(),
            Some("id Account.owner.NAME")
        );
        assert_eq!(columns("SELECT COUNT() FROM Account"), None);
        assert_eq!(columns("SELECT Name n, COUNT(Id) FROM Account GROUP BY Name"), None);
        assert_eq!(columns("SELECT Id, (SELECT Id FROM Contacts) FROM Account"), None);
        assert_eq!(columns("SELECT TYPEOF What WHEN Account THEN Name END FROM Event"), None);
        assert_eq!(columns("SELECT Account..Name FROM Contact"), None);
    }

    #[test]
    fn a_count_keeps_what_decides_about_rows() {
        let count = |text| read(text).count();
        assert_eq!(
            count("SELECT Id FROM Account USING SCOPE mine WHERE Name > 'a' ORDER BY Name LIMIT 5").as_deref(),
            Some("SELECT COUNT() FROM Account USING SCOPE mine WHERE Name > 'a'")
        );
        assert_eq!(count("SELECT Type, COUNT(Id) FROM Account GROUP BY Type"), None);
        assert_eq!(count("SELECT MAX(Name) FROM Account"), None);
    }

    #[test]
    fn what_bulk_does_not_take_is_named() {
        for (text, what) in [
            ("SELECT Id, Owner.Name FROM Account WHERE Name != null ORDER BY Name LIMIT 5", None),
            ("SELECT Type FROM Account GROUP BY Type", Some("GROUP BY")),
            ("SELECT COUNT() FROM Account", Some("aggregates")),
            ("SELECT TYPEOF What WHEN Account THEN Name END FROM Event", Some("TYPEOF")),
            ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", Some("child")),
            ("SELECT FIELDS(ALL) FROM Account LIMIT 200", Some("FIELDS")),
            ("SELECT toLabel(Type) FROM Account", Some("functions")),
            ("SELECT Id FROM Account OFFSET 5", Some("OFFSET")),
        ] {
            let found = read(text).beyond_bulk();
            assert!(
                found.is_some() == what.is_some() && found.unwrap_or_default().contains(what.unwrap_or_default()),
                "{text}"
            );
        }
    }

    #[test]
    fn conditions_are_added_in_brackets() {
        let mut soql = read("SELECT Id FROM Account WHERE Name = 'a' OR Name = 'b'");
        assert!(soql.any_order());
        soql.and("Id > '001'");
        assert_eq!(soql.to_string(), "SELECT Id FROM Account WHERE (Name = 'a' OR Name = 'b') AND Id > '001'");
        assert!(!read("SELECT Id FROM Account LIMIT 5").any_order());
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused(text in ".{0,60}") {
            Soql::read(&text);
        }

        #[test]
        fn what_was_read_reads_the_same_again(filter in "[a-z'() ,=]{0,20}", order in "[a-z ,]{1,12}") {
            if let Some(soql) = Soql::read(&format!("SELECT Id, Name FROM Account WHERE {filter} ORDER BY {order}")) {
                let again = soql.to_string();
                prop_assert_eq!(Soql::read(&again).map(|soql| soql.to_string()), Some(again));
            }
        }
    }
}
