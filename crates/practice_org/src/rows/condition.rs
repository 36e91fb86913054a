//! Conditions of validation rules: a small part of Salesforce's formula language, over the fields of one row.
//!
//! There are texts, numbers, booleans and nothing; dates are texts (`TODAY()`, `DATE(2026, 1, 31)`), instants are numbers.
//! A comparison with nothing is false, except that a text field without text equals `""`. Where a boolean is wanted,
//! everything but true is false. A condition is checked when a rule is set; it cannot fail when a row is looked at.

use crate::rows::value::Cell;
use crate::schema::{Kind, Object};
use crate::time;

/// Longest condition.
const MOST_TEXT: usize = 5000;
/// Deepest nesting.
const MOST_DEPTH: usize = 40;

/// What a part of a condition comes to.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Nothing,
    Flag(bool),
    Number(f64),
    Text(String),
}

impl Value {
    fn is_true(&self) -> bool {
        *self == Value::Flag(true)
    }

    fn is_blank(&self) -> bool {
        match self {
            Value::Nothing => true,
            Value::Text(text) => text.is_empty(),
            _ => false,
        }
    }

    fn text(&self) -> &str {
        match self {
            Value::Text(text) => text,
            _ => "",
        }
    }
}

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

/// Name, function, fewest and most arguments.
const FUNCTIONS: [(&str, Function, usize, usize); 19] = [
    ("AND", Function::And, 1, 100),
    ("OR", Function::Or, 1, 100),
    ("NOT", Function::Not, 1, 1),
    ("IF", Function::If, 3, 3),
    ("ISBLANK", Function::IsBlank, 1, 1),
    ("ISNULL", Function::IsBlank, 1, 1),
    ("ISPICKVAL", Function::IsPickVal, 2, 2),
    ("ISNEW", Function::IsNew, 0, 0),
    ("ISCHANGED", Function::IsChanged, 1, 1),
    ("LEN", Function::Len, 1, 1),
    ("CONTAINS", Function::Contains, 2, 2),
    ("BEGINS", Function::Begins, 2, 2),
    ("UPPER", Function::Upper, 1, 1),
    ("LOWER", Function::Lower, 1, 1),
    ("TRIM", Function::Trim, 1, 1),
    ("ABS", Function::Abs, 1, 1),
    ("TODAY", Function::Today, 0, 0),
    ("NOW", Function::Now, 0, 0),
    ("DATE", Function::Date, 3, 3),
];

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

/// Operators by how tightly they bind, loosest first. Longer signs stand before those that begin them.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or)],
    &[("&&", Operator::And)],
    &[("==", Operator::Equal), ("=", Operator::Equal), ("!=", Operator::Unequal), ("<>", Operator::Unequal)],
    &[("<=", Operator::LessOrEqual), ("<", Operator::Less), (">=", Operator::GreaterOrEqual), (">", Operator::Greater)],
    &[("+", Operator::Plus), ("-", Operator::Minus), ("&", Operator::Join)],
    &[("*", Operator::Times), ("/", Operator::Over)],
];

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
        let mut reader = Reader { object, text, at: 0, places: Vec::new() };
        let root = reader.level(0, 0)?;
        reader.skip();
        if reader.at < text.len() {
            return Err(reader.wrong("Nothing more was expected"));
        }
        Ok(Condition { root, places: reader.places })
    }

    /// Whether the row meets the condition.
    pub(crate) fn holds(&self, row: &impl Row) -> bool {
        value(&self.root, row).is_true()
    }
}

struct Reader<'r> {
    object: &'r Object,
    text: &'r str,
    at: usize,
    places: Vec<usize>,
}

impl Reader<'_> {
    fn wrong(&self, what: &str) -> String {
        format!("{what} at character {}.", self.text[..self.at].chars().count() + 1)
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, sign: &str) -> bool {
        self.skip();
        let found = self.rest().starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    fn operator(&mut self, level: usize) -> Option<Operator> {
        self.skip();
        let rest = self.rest();
        // Of two signs that begin alike, the one that binds loosest is tried first, and `&` is not the start of `&&`.
        let (sign, operator) = LEVELS[level].iter().find(|(sign, _)| rest.starts_with(sign))?;
        if *sign == "&" && rest.starts_with("&&") {
            return None;
        }
        if *sign == "<" && rest.starts_with("<>") {
            return None;
        }
        self.at += sign.len();
        Some(*operator)
    }

    fn level(&mut self, level: usize, depth: usize) -> Result<Part, String> {
        if depth > MOST_DEPTH {
            return Err(self.wrong("The condition is nested too deeply"));
        }
        if level == LEVELS.len() {
            return self.single(depth);
        }
        let mut left = self.level(level + 1, depth)?;
        while let Some(operator) = self.operator(level) {
            let right = self.level(level + 1, depth)?;
            left = Part::Pair(operator, Box::new((left, right)));
        }
        Ok(left)
    }

    fn single(&mut self, depth: usize) -> Result<Part, String> {
        if depth > MOST_DEPTH {
            return Err(self.wrong("The condition is nested too deeply"));
        }
        if self.take("!") {
            return Ok(Part::Call(Function::Not, vec![self.single(depth + 1)?]));
        }
        if self.take("-") {
            let zero = Part::Constant(Value::Number(0.0));
            return Ok(Part::Pair(Operator::Minus, Box::new((zero, self.single(depth + 1)?))));
        }
        if self.take("(") {
            let inner = self.level(0, depth + 1)?;
            return if self.take(")") { Ok(inner) } else { Err(self.wrong("A ) is missing")) };
        }
        match self.rest().chars().next() {
            Some('"') => self.quoted(),
            Some(sign) if sign.is_ascii_digit() || sign == '.' => self.number(),
            Some(sign) if sign.is_ascii_alphabetic() => self.name(depth),
            Some(_) => Err(self.wrong("A value was expected")),
            None => Err(self.wrong("The condition ends too early")),
        }
    }

    fn quoted(&mut self) -> Result<Part, String> {
        let mut text = String::new();
        let mut signs = self.rest().char_indices().skip(1);
        while let Some((place, sign)) = signs.next() {
            match sign {
                '"' => {
                    self.at += place + 1;
                    return Ok(Part::Constant(Value::Text(text)));
                }
                '\\' => text.extend(signs.next().map(|(_, sign)| sign)),
                sign => text.push(sign),
            }
        }
        Err(self.wrong("The text that begins here has no end"))
    }

    fn number(&mut self) -> Result<Part, String> {
        let rest = self.rest();
        let length = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let number = rest[..length].parse().map_err(|_| self.wrong("This is no number"))?;
        self.at += length;
        Ok(Part::Constant(Value::Number(number)))
    }

    fn name(&mut self, depth: usize) -> Result<Part, String> {
        let rest = self.rest();
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let name = rest[..length].to_owned();
        let start = self.at;
        self.at += length;
        if self.take("(") {
            return self.call(&name, start, depth);
        }
        match name.to_ascii_uppercase().as_str() {
            "TRUE" => return Ok(Part::Constant(Value::Flag(true))),
            "FALSE" => return Ok(Part::Constant(Value::Flag(false))),
            "NULL" => return Ok(Part::Constant(Value::Nothing)),
            _ => {}
        }
        let stored = self.object.find(&name).filter(|place| self.object.fields[*place].is_stored());
        let Some(place) = stored else {
            self.at = start;
            return Err(self.wrong(&format!("{} has no field {name}", self.object.name)));
        };
        if !self.places.contains(&place) {
            self.places.push(place);
        }
        Ok(Part::Field(place, self.object.fields[place].kind))
    }

    fn call(&mut self, name: &str, start: usize, depth: usize) -> Result<Part, String> {
        let Some((_, function, fewest, most)) = FUNCTIONS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name))
        else {
            self.at = start;
            return Err(self.wrong(&format!("There is no function {name}")));
        };
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.level(0, depth + 1)?);
                if self.take(")") {
                    break;
                }
                if !self.take(",") {
                    return Err(self.wrong("A , or ) was expected"));
                }
            }
        }
        if !(*fewest..=*most).contains(&arguments.len()) {
            self.at = start;
            return Err(self.wrong(&format!("{name} has a wrong number of arguments")));
        }
        if *function == Function::IsChanged && !matches!(arguments[0], Part::Field(..)) {
            self.at = start;
            return Err(self.wrong("ISCHANGED wants a field"));
        }
        Ok(Part::Call(*function, arguments))
    }
}

fn of_cell(cell: &Cell, kind: Kind) -> Value {
    match (cell, kind) {
        (Cell::Null, Kind::Boolean) => Value::Flag(false),
        (Cell::Null, _) => Value::Nothing,
        (Cell::Integer(number), Kind::Boolean) => Value::Flag(*number != 0),
        (Cell::Integer(number), _) => Value::Number(*number as f64),
        (Cell::Real(number), _) => Value::Number(*number),
        (Cell::Text(text), _) => Value::Text(text.clone()),
    }
}

fn value(part: &Part, row: &impl Row) -> Value {
    match part {
        Part::Constant(value) => value.clone(),
        Part::Field(place, kind) => of_cell(row.now(*place), *kind),
        Part::Pair(operator, sides) => match operator {
            Operator::Or => Value::Flag(value(&sides.0, row).is_true() || value(&sides.1, row).is_true()),
            Operator::And => Value::Flag(value(&sides.0, row).is_true() && value(&sides.1, row).is_true()),
            _ => pair(*operator, &value(&sides.0, row), &value(&sides.1, row)),
        },
        Part::Call(function, arguments) => call(*function, arguments, row),
    }
}

fn pair(operator: Operator, left: &Value, right: &Value) -> Value {
    let equal = (left.is_blank() && right.is_blank()) || left == right;
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(right),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        _ => None,
    };
    match operator {
        Operator::Equal => Value::Flag(equal),
        Operator::Unequal => Value::Flag(!equal),
        Operator::Less => Value::Flag(order.is_some_and(|order| order.is_lt())),
        Operator::LessOrEqual => Value::Flag(order.is_some_and(|order| order.is_le())),
        Operator::Greater => Value::Flag(order.is_some_and(|order| order.is_gt())),
        Operator::GreaterOrEqual => Value::Flag(order.is_some_and(|order| order.is_ge())),
        Operator::Join => Value::Text(format!("{}{}", left.text(), right.text())),
        Operator::Plus if matches!(left, Value::Text(_)) => Value::Text(format!("{}{}", left.text(), right.text())),
        _ => match (left, right) {
            (Value::Number(left), Value::Number(right)) => match operator {
                Operator::Plus => Value::Number(left + right),
                Operator::Minus => Value::Number(left - right),
                Operator::Times => Value::Number(left * right),
                Operator::Over if *right != 0.0 => Value::Number(left / right),
                _ => Value::Nothing,
            },
            _ => Value::Nothing,
        },
    }
}

fn call(function: Function, arguments: &[Part], row: &impl Row) -> Value {
    let at = |place: usize| value(&arguments[place], row);
    match function {
        Function::And => Value::Flag(arguments.iter().all(|part| value(part, row).is_true())),
        Function::Or => Value::Flag(arguments.iter().any(|part| value(part, row).is_true())),
        Function::Not => Value::Flag(!at(0).is_true()),
        Function::If => at(if at(0).is_true() { 1 } else { 2 }),
        Function::IsBlank => Value::Flag(at(0).is_blank()),
        Function::IsPickVal => Value::Flag(at(0).text() == at(1).text()),
        Function::IsNew => Value::Flag(row.is_new()),
        Function::IsChanged => match arguments.first() {
            Some(Part::Field(place, _)) => Value::Flag(!row.is_new() && row.now(*place) != row.before(*place)),
            _ => Value::Flag(false),
        },
        Function::Len => Value::Number(at(0).text().chars().count() as f64),
        Function::Contains => Value::Flag(at(0).text().contains(at(1).text())),
        Function::Begins => Value::Flag(at(0).text().starts_with(at(1).text())),
        Function::Upper => Value::Text(at(0).text().to_uppercase()),
        Function::Lower => Value::Text(at(0).text().to_lowercase()),
        Function::Trim => Value::Text(at(0).text().trim().to_owned()),
        Function::Abs => match at(0) {
            Value::Number(number) => Value::Number(number.abs()),
            _ => Value::Nothing,
        },
        Function::Today => Value::Text(time::today().to_string()),
        Function::Now => Value::Number(time::now_exact() as f64),
        Function::Date => match (at(0), at(1), at(2)) {
            (Value::Number(year), Value::Number(month), Value::Number(day)) => {
                let text = format!("{year:04}-{month:02}-{day:02}");
                if time::parse_date(&text).is_some() { Value::Text(text) } else { Value::Nothing }
            }
            _ => Value::Nothing,
        },
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
