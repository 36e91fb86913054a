//! A query put together by eye: an object, its fields, conditions, an order.

use crate::record::Kind;
use crate::salesforce::quoted;
use rust_decimal::Decimal;

/// A query as it is put together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryDesign {
    /// API name of the object.
    pub object: String,
    /// Fields in the order of the columns; parents' by path, `Account.Name`.
    pub fields: Vec<String>,
    /// What records must meet.
    pub conditions: Vec<Condition>,
    /// Whether one condition is enough. Default: all must hold.
    pub any: bool,
    /// The field that orders them, and whether the greatest comes first.
    pub order: Option<(String, bool)>,
    /// Most records.
    pub limit: Option<u64>,
}

/// What a record must meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The field.
    pub field: String,
    /// How its value is compared.
    pub test: Test,
    /// With what.
    pub value: String,
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Test {
    /// It is the same.
    Is,
    /// It is another.
    IsNot,
    /// It has the text in it.
    Contains,
    /// It begins with the text.
    Begins,
    /// It is less, or before.
    Below,
    /// It is more, or after.
    Above,
    /// It is the same or less.
    AtMost,
    /// It is the same or more.
    AtLeast,
    /// There is none.
    Blank,
    /// There is one.
    Filled,
}

impl Test {
    /// All of them, in the order in which people are offered them.
    pub const ALL: [Test; 10] = [
        Test::Is,
        Test::IsNot,
        Test::Contains,
        Test::Begins,
        Test::Below,
        Test::Above,
        Test::AtMost,
        Test::AtLeast,
        Test::Blank,
        Test::Filled,
    ];

    /// The words people see.
    pub fn label(self) -> &'static str {
        match self {
            Test::Is => "is",
            Test::IsNot => "is not",
            Test::Contains => "contains",
            Test::Begins => "begins with",
            Test::Below => "is below",
            Test::Above => "is above",
            Test::AtMost => "is at most",
            Test::AtLeast => "is at least",
            Test::Blank => "is blank",
            Test::Filled => "is not blank",
        }
    }

    /// Whether it compares with a value.
    pub fn takes_value(self) -> bool {
        !matches!(self, Test::Blank | Test::Filled)
    }

    /// Whether it makes sense for values of that kind.
    pub fn fits(self, kind: Kind) -> bool {
        let text = !matches!(
            kind,
            Kind::Boolean
                | Kind::Integer
                | Kind::Number
                | Kind::Date
                | Kind::DateTime
                | Kind::Time
                | Kind::Id
                | Kind::Reference
        );
        match self {
            Test::Is | Test::IsNot => true,
            Test::Contains | Test::Begins => {
                text && kind != Kind::MultiPicklist || kind == Kind::MultiPicklist && self == Test::Contains
            }
            Test::Below | Test::Above | Test::AtMost | Test::AtLeast => {
                matches!(kind, Kind::Integer | Kind::Number | Kind::Date | Kind::DateTime | Kind::Time)
                    || (text && kind != Kind::MultiPicklist)
            }
            Test::Blank | Test::Filled => kind != Kind::Boolean,
        }
    }
}

impl QueryDesign {
    /// The query; or why there is none yet. `kind_of` tells what a field holds, where that is known.
    pub fn soql(&self, kind_of: &dyn Fn(&str) -> Option<Kind>) -> Result<String, String> {
        if self.object.is_empty() {
            return Err("Choose an object".to_owned());
        }
        if self.fields.is_empty() {
            return Err("Choose at least one field".to_owned());
        }
        let mut soql = format!("SELECT {} FROM {}", self.fields.join(", "), self.object);
        let conditions: Vec<_> = self
            .conditions
            .iter()
            .map(|condition| condition.soql(kind_of(&condition.field)))
            .collect::<Result<_, _>>()?;
        if !conditions.is_empty() {
            soql.push_str(" WHERE ");
            soql.push_str(&conditions.join(if self.any { " OR " } else { " AND " }));
        }
        if let Some((field, greatest_first)) = &self.order {
            soql.push_str(&format!(" ORDER BY {field}{}", if *greatest_first { " DESC" } else { "" }));
        }
        if let Some(limit) = self.limit {
            soql.push_str(&format!(" LIMIT {limit}"));
        }
        Ok(soql)
    }
}

impl Condition {
    fn soql(&self, kind: Option<Kind>) -> Result<String, String> {
        let (field, kind) = (&self.field, kind.unwrap_or(Kind::Text));
        if field.is_empty() {
            return Err("Choose the field of each condition".to_owned());
        }
        let like = |before: &str| {
            let text = self.value.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            // The wildcard of a query is escaped for the query's text, and then for the text's own quotes.
            format!("{field} LIKE {}", quoted(&format!("{before}{text}%")))
        };
        let compared = |sign: &str| Ok(format!("{field} {sign} {}", self.literal(kind)?));
        match self.test {
            Test::Blank => Ok(format!("{field} = null")),
            Test::Filled => Ok(format!("{field} != null")),
            Test::Is | Test::Contains if kind == Kind::MultiPicklist => {
                Ok(format!("{field} INCLUDES ({})", quoted(self.value.trim())))
            }
            Test::IsNot if kind == Kind::MultiPicklist => {
                Ok(format!("{field} EXCLUDES ({})", quoted(self.value.trim())))
            }
            Test::Is => compared("="),
            Test::IsNot => compared("!="),
            Test::Contains => Ok(like("%")),
            Test::Begins => Ok(like("")),
            Test::Below => compared("<"),
            Test::Above => compared(">"),
            Test::AtMost => compared("<="),
            Test::AtLeast => compared(">="),
        }
    }

    /// The value as a query writes it.
    fn literal(&self, kind: Kind) -> Result<String, String> {
        let (field, value) = (&self.field, self.value.trim());
        match kind {
            Kind::Integer | Kind::Number => match value.parse::<Decimal>() {
                Ok(number) => Ok(number.to_string()),
                Err(_) => Err(format!("{field} is a number; write it as 1234.5")),
            },
            Kind::Boolean => match value.to_lowercase().as_str() {
                "true" | "yes" | "1" => Ok("true".to_owned()),
                "false" | "no" | "0" => Ok("false".to_owned()),
                _ => Err(format!("{field} is a checkbox; write true or false")),
            },
            Kind::Date | Kind::DateTime if is_date_word(value) => Ok(value.to_uppercase()),
            Kind::Date => match value.parse::<jiff::civil::Date>() {
                Ok(date) => Ok(date.to_string()),
                Err(_) => Err(format!("{field} is a date; write 2026-01-31, or a word such as TODAY or LAST_N_DAYS:7")),
            },
            Kind::DateTime => {
                let moment = value.parse::<jiff::Timestamp>().ok();
                let day = || value.parse::<jiff::civil::Date>().ok();
                match moment {
                    Some(moment) => Ok(moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
                    None => day().map(|day| format!("{day}T00:00:00Z")).ok_or_else(|| {
                        format!(
                            "{field} is a moment; write 2026-01-31 or 2026-01-31T14:30:00Z, or a word such as TODAY"
                        )
                    }),
                }
            }
            Kind::Time => match value.trim_end_matches('Z').parse::<jiff::civil::Time>() {
                Ok(time) => Ok(time.strftime("%H:%M:%S.000Z").to_string()),
                Err(_) => Err(format!("{field} is a time; write 14:30:00")),
            },
            _ => Ok(quoted(&self.value)),
        }
    }
}

/// Whether it is a date literal: `TODAY`, `LAST_QUARTER`, `NEXT_N_DAYS:7`.
fn is_date_word(value: &str) -> bool {
    let (word, count) = value.split_once(':').map_or((value, None), |(word, count)| (word, Some(count)));
    let word = word.to_uppercase();
    let counted = word.contains("_N_") || word.starts_with("N_");
    let known = ["YESTERDAY", "TODAY", "TOMORROW"].contains(&word.as_str())
        || ["LAST_", "THIS_", "NEXT_", "N_"].iter().any(|start| word.starts_with(start))
            && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte == b'9' || byte == b'0');
    known && counted == count.is_some() && count.is_none_or(|count| count.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(field: &str) -> Option<Kind> {
        Some(match field {
            "Amount" => Kind::Number,
            "IsWon" => Kind::Boolean,
            "CloseDate" => Kind::Date,
            "CreatedDate" => Kind::DateTime,
            "Start__c" => Kind::Time,
            "Tags__c" => Kind::MultiPicklist,
            "Name" | "Account.Name" => Kind::Text,
            _ => return None,
        })
    }

    fn condition(field: &str, test: Test, value: &str) -> Result<String, String> {
        Condition { field: field.to_owned(), test, value: value.to_owned() }.soql(kind_of(field))
    }

    #[test]
    fn values_are_written_as_their_kind_wants_them() {
        for (field, test, value, soql) in [
            ("Name", Test::Is, "O'Neil \\ Co", r"Name = 'O\'Neil \\ Co'"),
            ("Name", Test::Contains, "50%_'", r"Name LIKE '%50\\%\\_\'%'"),
            ("Account.Name", Test::Begins, "A", "Account.Name LIKE 'A%'"),
            ("Amount", Test::AtLeast, " 1234.50 ", "Amount >= 1234.50"),
            ("IsWon", Test::Is, "Yes", "IsWon = true"),
            ("CloseDate", Test::Below, "2026-01-31", "CloseDate < 2026-01-31"),
            ("CloseDate", Test::Is, "last_n_days:7", "CloseDate = LAST_N_DAYS:7"),
            ("CreatedDate", Test::Above, "2026-01-31", "CreatedDate > 2026-01-31T00:00:00Z"),
            ("CreatedDate", Test::AtMost, "2026-01-31T10:00:00+02:00", "CreatedDate <= 2026-01-31T08:00:00Z"),
            ("Start__c", Test::Above, "14:30:00", "Start__c > 14:30:00.000Z"),
            ("Tags__c", Test::Contains, "a;b", "Tags__c INCLUDES ('a;b')"),
            ("Tags__c", Test::IsNot, "a", "Tags__c EXCLUDES ('a')"),
            ("Unknown__c", Test::IsNot, "x", "Unknown__c != 'x'"),
            ("Name", Test::Blank, "ignored", "Name = null"),
            ("Amount", Test::Filled, "", "Amount != null"),
        ] {
            assert_eq!(condition(field, test, value).as_deref(), Ok(soql), "{field} {test:?} {value}");
        }
        for (field, value) in [
            ("Amount", "1,5"),
            ("IsWon", "maybe"),
            ("CloseDate", "31.1.2026"),
            ("CloseDate", "LAST_N_DAYS"),
            ("CreatedDate", "x"),
            ("Start__c", "noon"),
        ] {
            assert!(condition(field, Test::Is, value).is_err(), "{field} {value}");
        }
    }

    #[test]
    fn a_query_has_all_its_clauses() {
        let mut design = QueryDesign::default();
        assert!(design.soql(&kind_of).is_err());
        design.object = "Opportunity".to_owned();
        assert!(design.soql(&kind_of).is_err());
        design.fields = vec!["Id".to_owned(), "Account.Name".to_owned()];
        for (field, value) in [("Name", "a"), ("Amount", "5")] {
            design.conditions.push(Condition { field: field.into(), test: Test::Is, value: value.into() });
        }
        design.any = true;
        design.order = Some(("Name".to_owned(), true));
        design.limit = Some(10);
        let soql =
            "SELECT Id, Account.Name FROM Opportunity WHERE Name = 'a' OR Amount = 5 ORDER BY Name DESC LIMIT 10";
        assert_eq!(design.soql(&kind_of).as_deref(), Ok(soql));
    }
}
