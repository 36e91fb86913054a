//! Conditions of validation rules: a small part of Salesforce's formula language, over the fields of one row.
//!
//! There are texts, numbers, booleans and nothing; dates are texts (`TODAY()`, `DATE(2026, 1, 31)`), instants are numbers.
//! A comparison with nothing is false, except that a text field without text equals `""`. Where a boolean is wanted,
//! everything but true is false. A condition is checked when a rule is set; it cannot fail when a row is looked at.

mod reader;
mod value;

use self::reader::Reader;
use self::value::{Value, value};
use crate::rows::value::Cell;
use crate::schema::{Kind, Object};

/// Longest condition.
const MOST_TEXT: usize = 5000;
#[derive(Debug, Clone, Copy, PartialEq)]
enum Function {
    And,
    Or,
    Not,
    If,
    IsBlank,
    IsPickVal,
    IsNew,
    IsChanged,
    Len,
    Contains,
    Begins,
    Upper,
    Lower,
    Trim,
    Abs,
    Today,
    Now,
    Date,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Operator {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Over,
    Join,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Constant(Value),
    Field(usize, Kind),
    Call(Function, Vec<Part>),
    Pair(Operator, Box<(Part, Part)>),
}

/// A row as a condition sees it.
pub(crate) trait Row {
    /// The field as it will be.
    fn now(&self, place: usize) -> &Cell;
    /// The field as it was; nothing for a new row.
    fn before(&self, place: usize) -> &Cell;
    /// Whether the row is being created.
    fn is_new(&self) -> bool;
}

/// A condition that has been checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    root: Part,
    /// The fields that it looks at.
    pub(crate) places: Vec<usize>,
}

impl Condition {
    /// Reads a condition over the fields of `object`. The error says what is wrong and where.
    pub(crate) fn read(object: &Object, text: &str) -> Result<Self, String> {
        if text.len() > MOST_TEXT {
            return Err(format!("The condition is longer than {MOST_TEXT} characters."));
        }
        let (root, places) = Reader::new(object, text).whole()?;
        Ok(Condition { root, places })
    }

    /// Whether the row meets the condition.
    pub(crate) fn holds(&self, row: &impl Row) -> bool {
        value(&self.root, row).is_true()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::schema::Schema;

    #[derive(Default)]
    struct Fake {
        now: HashMap<usize, Cell>,
        before: HashMap<usize, Cell>,
    }

    impl Row for Fake {
        fn now(&self, place: usize) -> &Cell {
            self.now.get(&place).unwrap_or(&Cell::Null)
        }
        fn before(&self, place: usize) -> &Cell {
            self.before.get(&place).unwrap_or(&Cell::Null)
        }
        fn is_new(&self) -> bool {
            self.before.is_empty()
        }
    }

    fn holds(condition: &str) -> bool {
        let schema = Schema::standard();
        let object = schema.object("Account").unwrap();
        let mut row = Fake::default();
        for (name, cell) in [
            ("Name", Cell::text("Acme Ltd")),
            ("AnnualRevenue", Cell::Real(1500.0)),
            ("Industry", Cell::text("Energy")),
            ("Customer_Since__c", Cell::text("2026-01-31")),
            ("Active__c", Cell::Integer(1)),
        ] {
            row.now.insert(object.place(name), cell);
        }
        row.before.insert(object.place("Name"), Cell::text("Acme"));
        row.before.insert(object.place("Active__c"), Cell::Integer(1));
        Condition::read(object, condition).unwrap_or_else(|error| panic!("{condition}: {error}")).holds(&row)
    }

    #[test]
    fn conditions_hold_as_in_salesforce() {
        for condition in [
            "AND(ISBLANK(Phone), ISBLANK(Website))",
            "isblank(Phone) && !ISBLANK(Name)",
            "AnnualRevenue > 1000 && AnnualRevenue <= 1500",
            "AnnualRevenue / 2 + 1 = 751",
            "NOT(AnnualRevenue < 1000) || FALSE",
            "LEN(Name) = 8",
            "ISPICKVAL(Industry, \"Energy\")",
            "Industry <> \"Retail\"",
            "Phone = \"\"",
            "Customer_Since__c < TODAY()",
            "Customer_Since__c = DATE(2026, 1, 31)",
            "ISCHANGED(Name) && NOT(ISCHANGED(Active__c))",
            "Active__c",
            "NOT(IsPartner)",
            "CONTAINS(UPPER(Name), \"ACME\") && BEGINS(Name, \"Ac\")",
            "IF(AnnualRevenue = 1500, TRUE, FALSE)",
            "-AnnualRevenue < -(1000)",
            "Name & \"!\" = \"Acme Ltd!\"",
            "1 < 2 <> FALSE",
        ] {
            assert!(holds(condition), "{condition}");
        }
        for condition in ["Phone > \"a\"", "NumberOfEmployees < 5", "Name", "ISNEW()", "AnnualRevenue / 0 > 1"] {
            assert!(!holds(condition), "{condition}");
        }
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let schema = Schema::standard();
        let object = schema.object("Account").unwrap();
        for (condition, error) in [
            ("ISBLANK(Fone)", "Account has no field Fone at character 9."),
            ("REGEX(Name, \"a\")", "There is no function REGEX at character 1."),
            ("AND(TRUE", "A , or ) was expected at character 9."),
            ("LEN()", "LEN has a wrong number of arguments at character 1."),
            ("Name = \"a", "The text that begins here has no end at character 8."),
            ("1 2", "Nothing more was expected at character 3."),
            ("", "The condition ends too early at character 1."),
            ("ISCHANGED(1)", "ISCHANGED wants a field at character 1."),
        ] {
            assert_eq!(Condition::read(object, condition).unwrap_err(), error);
        }
        for deep in ["(".repeat(4000), "!".repeat(4000), "-".repeat(4000), "NOT(".repeat(1000)] {
            assert!(Condition::read(object, &deep).is_err());
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[A-Za-z0-9_ ()\"!<>=&|+*/,.\\\\é-]{0,80}") {
            let schema = Schema::standard();
            let object = schema.object("Account").unwrap();
            if let Ok(condition) = Condition::read(object, &text) {
                condition.holds(&Fake::default());
            }
        }
    }
}
