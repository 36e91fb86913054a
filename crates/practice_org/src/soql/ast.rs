//! The tree of a query: what was written, before anyone asks whether it exists.

/// A name and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Name {
    /// As typed.
    pub(crate) text: String,
    /// Byte offset.
    pub(crate) at: usize,
}

impl Name {
    /// Compares without case.
    pub(crate) fn is(&self, other: &str) -> bool {
        self.text.eq_ignore_ascii_case(other)
    }
}

/// `Account.Owner.Name`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    /// One name at least.
    pub(crate) parts: Vec<Name>,
}

impl Path {
    /// Where it begins.
    pub(crate) fn at(&self) -> usize {
        self.parts.first().map_or(0, |part| part.at)
    }

    /// As typed.
    pub(crate) fn text(&self) -> String {
        self.parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(".")
    }

    /// The field at its end.
    pub(crate) fn last(&self) -> &Name {
        self.parts.last().expect("the parser makes no path without a name")
    }
}

/// `COUNT(Id)`, `CALENDAR_YEAR(CloseDate)`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    /// The function.
    pub(crate) name: Name,
    /// What stands between the parentheses.
    pub(crate) arguments: Vec<Argument>,
}

/// One argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Argument {
    /// A field.
    Path(Path),
    /// Another call.
    Call(Call),
    /// A number as written.
    Number(String),
    /// A text.
    Text(String),
}

/// A field, or a function of fields.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    /// A field.
    Path(Path),
    /// A function.
    Call(Call),
}

impl Operand {
    /// Where it begins.
    pub(crate) fn at(&self) -> usize {
        match self {
            Operand::Path(path) => path.at(),
            Operand::Call(call) => call.name.at,
        }
    }
}

/// One entry of the list behind SELECT.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// A field or function with an optional alias.
    Value {
        /// What is selected.
        value: Operand,
        /// Its name in the result.
        alias: Option<Name>,
    },
    /// `(SELECT … FROM Contacts)`.
    Child(Box<Query>),
    /// `FIELDS(ALL)`.
    Fields(Name),
    /// `TYPEOF What WHEN Account THEN Phone ELSE Name END`.
    TypeOf(TypeOf),
}

/// A selection that depends on what a polymorphic parent is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypeOf {
    /// The relationship.
    pub(crate) path: Path,
    /// Object and fields.
    pub(crate) arms: Vec<(Name, Vec<Path>)>,
    /// Fields for the rest.
    pub(crate) otherwise: Vec<Path>,
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Literal {
    /// The value.
    pub(crate) value: Value,
    /// Byte offset.
    pub(crate) at: usize,
}

/// A literal's value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// `null`.
    Null,
    /// `true`, `false`.
    Boolean(bool),
    /// A number as written, without a currency code.
    Number(String),
    /// A text; for LIKE a pattern.
    Text(String),
    /// `2026-01-31`.
    Date(String),
    /// An instant.
    DateTime(i64),
    /// A time of day.
    Time(String),
    /// `LAST_N_DAYS:7`.
    Range(Range),
}

/// A date literal: its name in upper case and its number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Range {
    /// `TODAY`, `LAST_N_DAYS` and so on.
    pub(crate) name: String,
    /// Behind the colon.
    pub(crate) count: Option<i64>,
}

/// A condition of WHERE or HAVING.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    /// All hold.
    And(Vec<Condition>),
    /// One holds at least.
    Or(Vec<Condition>),
    /// Does not hold.
    Not(Box<Condition>),
    /// `Name = 'Acme'`; the operator may be LIKE.
    Compare {
        /// Left side.
        left: Operand,
        /// `= != < <= > >= LIKE`.
        operator: &'static str,
        /// Right side.
        right: Literal,
    },
    /// `Industry IN ('Media')`.
    In {
        /// Left side.
        left: Operand,
        /// NOT IN.
        negated: bool,
        /// The list.
        list: Vec<Literal>,
    },
    /// `Id IN (SELECT AccountId FROM Contact)`.
    SemiJoin {
        /// Left side.
        left: Operand,
        /// NOT IN.
        negated: bool,
        /// The query.
        query: Box<Query>,
    },
    /// `Colors__c INCLUDES ('red;green', 'blue')`.
    Includes {
        /// Left side.
        left: Operand,
        /// EXCLUDES.
        negated: bool,
        /// The list.
        list: Vec<Literal>,
    },
}

/// One key of ORDER BY.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    /// What to sort by.
    pub(crate) value: Operand,
    /// DESC.
    pub(crate) descending: bool,
    /// NULLS LAST.
    pub(crate) nulls_last: bool,
}

/// How rows are grouped.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    /// The fields.
    pub(crate) keys: Vec<Operand>,
    /// `ROLLUP` or `CUBE`.
    pub(crate) subtotals: Option<Name>,
}

/// A whole query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Query {
    /// The list behind SELECT.
    pub(crate) select: Vec<Item>,
    /// The object, or for a child query the relationship.
    pub(crate) from: Name,
    /// What stands before the relationship of a child query: `Account` in `FROM Account.Contacts`.
    pub(crate) through: Option<Name>,
    /// The object's alias.
    pub(crate) alias: Option<Name>,
    /// `c.Account a` behind the object.
    pub(crate) parents: Vec<(Path, Name)>,
    /// USING SCOPE.
    pub(crate) scope: Option<Name>,
    /// WHERE.
    pub(crate) condition: Option<Condition>,
    /// `WITH UserId = …`: a filter that only feeds take.
    pub(crate) own_filter: Option<Name>,
    /// GROUP BY.
    pub(crate) group: Option<Group>,
    /// HAVING.
    pub(crate) having: Option<Condition>,
    /// ORDER BY.
    pub(crate) order: Vec<Key>,
    /// LIMIT.
    pub(crate) limit: Option<u64>,
    /// OFFSET and where it stands.
    pub(crate) offset: Option<(u64, usize)>,
    /// Where it begins.
    pub(crate) at: usize,
}
