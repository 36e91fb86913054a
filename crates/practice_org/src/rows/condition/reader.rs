//! Text to condition, with the place of every mistake.

use super::value::Value;
use super::{Function, Operator, Part};
use crate::schema::Object;

/// Deepest nesting.
const MOST_DEPTH: usize = 40;

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

/// Operators by how tightly they bind, loosest first. Longer signs stand before those that begin them.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or)],
    &[("&&", Operator::And)],
    &[("==", Operator::Equal), ("=", Operator::Equal), ("!=", Operator::Unequal), ("<>", Operator::Unequal)],
    &[("<=", Operator::LessOrEqual), ("<", Operator::Less), (">=", Operator::GreaterOrEqual), (">", Operator::Greater)],
    &[("+", Operator::Plus), ("-", Operator::Minus), ("&", Operator::Join)],
    &[("*", Operator::Times), ("/", Operator::Over)],
];

/// A condition's text, and how far it has been read.
pub(super) struct Reader<'r> {
    object: &'r Object,
    text: &'r str,
    at: usize,
    places: Vec<usize>,
}

impl<'r> Reader<'r> {
    /// At the beginning.
    pub(super) fn new(object: &'r Object, text: &'r str) -> Self {
        Reader { object, text, at: 0, places: Vec::new() }
    }

    /// Reads all of it, and tells the fields that it looks at.
    pub(super) fn whole(mut self) -> Result<(Part, Vec<usize>), String> {
        let root = self.level(0, 0)?;
        self.skip();
        if self.at < self.text.len() {
            return Err(self.wrong("Nothing more was expected"));
        }
        Ok((root, self.places))
    }

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
