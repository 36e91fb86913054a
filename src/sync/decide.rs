//! The decision about one pair: a function of what was agreed, what both ends hold, and the terms.

use super::terms::{Deletes, End, Line, Strategy, Terms};
use crate::record::Kind;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cmp::Ordering;

/// A record as one end has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here<'a> {
    /// A value for each line, in the shape of the right end. `Err` says why there is none: it cannot be converted, or it names a record
    /// that has no partner yet.
    pub values: Vec<Result<&'a str, &'a str>>,
    /// When it was changed last, in milliseconds since 1970, where the end tells.
    pub changed_at: Option<i64>,
}

/// What one end has of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State<'a> {
    /// It never had the record.
    Absent,
    /// It had the record, and has it no more; since when, where it tells.
    Gone {
        /// Milliseconds since 1970.
        at: Option<i64>,
    },
    /// It has the record.
    Here(Here<'a>),
}

/// Two records that are one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair<'a> {
    /// For each line what both ends last agreed on; `None` before they first did.
    pub agreed: Vec<Option<&'a str>>,
    /// The left end.
    pub left: State<'a>,
    /// The right end.
    pub right: State<'a>,
}

/// What is to be done at one end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Deed {
    /// Nothing.
    #[default]
    Nothing,
    /// Make the record, with these values by line.
    Create(Vec<(usize, String)>),
    /// Change these lines of the record.
    Change(Vec<(usize, String)>),
    /// Delete the record.
    Delete,
    /// Mark the record as archived.
    Archive,
}

/// Why a person is needed for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disagreement {
    /// Both ends changed it, to different values.
    BothChanged,
    /// Both ends have the record and never agreed on it.
    NeverAgreed,
    /// What tells the record apart was changed.
    KeyChanged,
    /// The stamps are missing or too close to say who was last.
    TooClose,
    /// The formula that is to settle it has no result.
    NoResult,
    /// Both ends rewrite what they get, so that it goes to and fro.
    PingPong,
    /// The value cannot go to the other end: it cannot be converted, or what it refers to has no partner yet.
    NotSendable,
}

/// What needs a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// Fields, by line; the others have been settled.
    Fields(Vec<(usize, Disagreement)>),
    /// That end deleted the record, and the other one changed it since.
    DeletedAndChanged(End),
}

/// What becomes of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// At the left end.
    pub left: Deed,
    /// At the right end.
    pub right: Deed,
    /// For each line what both ends agree on once that is done. A line that a person must settle keeps what it had. `None` when they
    /// are no pair any more, or never became one.
    pub agreed: Option<Vec<Option<String>>>,
    /// What needs a person.
    pub conflict: Option<Conflict>,
}

impl Decision {
    /// What is to be done at an end.
    pub fn at(&self, end: End) -> &Deed {
        match end {
            End::Left => &self.left,
            End::Right => &self.right,
        }
    }

    /// The same, to be changed.
    pub fn deed_mut(&mut self, end: End) -> &mut Deed {
        match end {
            End::Left => &mut self.left,
            End::Right => &mut self.right,
        }
    }

    /// Whether nothing is to be done and nothing waits.
    pub fn rests(&self) -> bool {
        self.left == Deed::Nothing && self.right == Deed::Nothing && self.conflict.is_none()
    }
}

/// Gives the result of a line's formula for the pair at hand; `None` where it has none.
pub type Judge<'a> = dyn Fn(usize) -> Option<String> + 'a;

/// What becomes of a pair. `judge` is asked for lines whose strategy is a formula, and only when both ends changed them.
pub fn decide(terms: &Terms, pair: &Pair<'_>, judge: &Judge<'_>) -> Decision {
    match (&pair.left, &pair.right) {
        (State::Here(left), State::Here(right)) => both_here(terms, &pair.agreed, left, right, judge),
        (State::Here(here), State::Absent) => create(terms, End::Right, here),
        (State::Absent, State::Here(here)) => create(terms, End::Left, here),
        (State::Here(here), State::Gone { at }) => deleted(terms, &pair.agreed, End::Right, *at, here),
        (State::Gone { at }, State::Here(here)) => deleted(terms, &pair.agreed, End::Left, *at, here),
        (State::Absent | State::Gone { .. }, State::Absent | State::Gone { .. }) => Decision::default(),
    }
}

fn both_here(terms: &Terms, agreed: &[Option<&str>], left: &Here<'_>, right: &Here<'_>, judge: &Judge<'_>) -> Decision {
    let (mut to_left, mut to_right, mut open) = (Vec::new(), Vec::new(), Vec::new());
    let mut now_agreed = Vec::with_capacity(terms.lines.len());
    for (index, line) in terms.lines.iter().enumerate() {
        let before = agreed[index];
        let (one, other) = (left.values[index], right.values[index]);
        let judge = || judge(index);
        let case = Case { terms, line, agreed: before, stamps: [left.changed_at, right.changed_at], judge: &judge };
        match case.value(one, other) {
            Ok(Some(value)) => {
                let differs =
                    |held: Result<&str, &str>| held.map_or(true, |held| !line.leniency.alike(line.kind, held, &value));
                if differs(one) {
                    to_left.push((index, value.to_string()));
                }
                if differs(other) {
                    to_right.push((index, value.to_string()));
                }
                now_agreed.push(Some(value.into_owned()));
            }
            Ok(None) => now_agreed.push(before.map(str::to_owned)),
            Err(why) => {
                open.push((index, why));
                now_agreed.push(before.map(str::to_owned));
            }
        }
    }
    let change = |lines: Vec<_>| if lines.is_empty() { Deed::Nothing } else { Deed::Change(lines) };
    Decision {
        left: change(to_left),
        right: change(to_right),
        agreed: Some(now_agreed),
        conflict: (!open.is_empty()).then_some(Conflict::Fields(open)),
    }
}

/// One line of one pair.
struct Case<'a> {
    terms: &'a Terms,
    line: &'a Line,
    agreed: Option<&'a str>,
    /// When the left and the right record were changed last.
    stamps: [Option<i64>; 2],
    judge: &'a dyn Fn() -> Option<String>,
}

impl<'a> Case<'a> {
    /// The value that both ends are to have; `None` when both keep what they have.
    fn value(
        &self,
        left: Result<&'a str, &'a str>,
        right: Result<&'a str, &'a str>,
    ) -> Result<Option<Cow<'a, str>>, Disagreement> {
        if let Some(end) = self.line.direction.from() {
            // What the other end says is of no account, not even that it cannot be said.
            let value = if end == End::Left { left } else { right };
            let value = value.map_err(|_| Disagreement::NotSendable)?;
            // A blank that never was anything else is no edit, and erases nothing.
            let never = value.is_empty() && self.agreed.is_none_or(str::is_empty);
            return Ok((!never).then_some(value.into()));
        }
        let (Ok(left), Ok(right)) = (left, right) else { return Err(Disagreement::NotSendable) };
        let alike = |one: &str, other: &str| self.line.leniency.alike(self.line.kind, one, other);
        let Some(agreed) = self.agreed else {
            return match () {
                () if alike(left, right) => Ok(Some(left.into())),
                () if self.line.key => Err(Disagreement::KeyChanged),
                // Two records that meet for the first time fill each other's gaps.
                () if left.is_empty() => Ok(Some(right.into())),
                () if right.is_empty() => Ok(Some(left.into())),
                () => self.winner(left, right, Disagreement::NeverAgreed).map(Some),
            };
        };
        match (alike(left, agreed), alike(right, agreed)) {
            // Each keeps its own spelling.
            (true, true) => Ok(None),
            _ if alike(left, right) => Ok(Some(left.into())),
            _ if self.line.key => Err(Disagreement::KeyChanged),
            (false, true) => Ok(Some(left.into())),
            (true, false) => Ok(Some(right.into())),
            (false, false) => self.winner(left, right, Disagreement::BothChanged).map(Some),
        }
    }

    /// The winner among two different values, where a rule names one.
    fn winner(&self, left: &'a str, right: &'a str, otherwise: Disagreement) -> Result<Cow<'a, str>, Disagreement> {
        let of = |end: End| if end == End::Left { left } else { right };
        let by = |order: Option<Ordering>| match order {
            Some(Ordering::Greater) => Ok(left.into()),
            Some(Ordering::Less) => Ok(right.into()),
            Some(Ordering::Equal) | None => Err(otherwise),
        };
        let kind = self.line.kind;
        match self.line.strategy {
            Strategy::Manual => Err(otherwise),
            Strategy::Truth(end) => Ok(of(end).into()),
            Strategy::LastWrite => {
                let [left_at, right_at] = self.stamps;
                last(self.terms, left_at, right_at).map(|end| of(end).into()).ok_or(Disagreement::TooClose)
            }
            Strategy::Longest => by(Some(left.chars().count().cmp(&right.chars().count()))),
            Strategy::NonBlank => by(Some(right.is_empty().cmp(&left.is_empty()))),
            Strategy::Greatest => by(compare(kind, left, right)),
            Strategy::Least => by(compare(kind, right, left)),
            Strategy::Formula => (self.judge)().map(Cow::Owned).ok_or(Disagreement::NoResult),
        }
    }
}

/// The end that was changed last; who is said to be right where that is too close to call.
fn last(terms: &Terms, left: Option<i64>, right: Option<i64>) -> Option<End> {
    let apart = left?.saturating_sub(right?);
    match apart {
        _ if apart.saturating_abs() <= terms.skew => terms.tie,
        _ if apart > 0 => Some(End::Left),
        _ => Some(End::Right),
    }
}

/// Which of two values is greater; a blank one is less than any, and what is of another kind cannot be said.
fn compare(kind: Kind, one: &str, other: &str) -> Option<Ordering> {
    if one.is_empty() || other.is_empty() {
        return Some(other.is_empty().cmp(&one.is_empty()));
    }
    match kind {
        Kind::Integer | Kind::Number => {
            let number = |text: &str| text.trim().parse::<rust_decimal::Decimal>().ok();
            Some(number(one)?.cmp(&number(other)?))
        }
        Kind::Date => Some(one.trim().parse::<jiff::civil::Date>().ok()?.cmp(&other.trim().parse().ok()?)),
        Kind::Time => Some(one.trim().parse::<jiff::civil::Time>().ok()?.cmp(&other.trim().parse().ok()?)),
        Kind::DateTime => Some(one.trim().parse::<jiff::Timestamp>().ok()?.cmp(&other.trim().parse().ok()?)),
        _ => None,
    }
}

/// A record that only one end ever had is made at the other.
fn create(terms: &Terms, end: End, here: &Here<'_>) -> Decision {
    let (mut values, mut open) = (Vec::new(), Vec::new());
    let mut agreed = vec![None; terms.lines.len()];
    for (index, _) in terms.lines.iter().enumerate().filter(|(_, line)| line.direction.from() != Some(end)) {
        match here.values[index] {
            Ok(value) => {
                agreed[index] = Some(value.to_owned());
                if !value.is_empty() {
                    values.push((index, value.to_owned()));
                }
            }
            Err(_) => open.push((index, Disagreement::NotSendable)),
        }
    }
    if !open.is_empty() {
        return Decision { conflict: Some(Conflict::Fields(open)), ..Decision::default() };
    }
    let mut decision = Decision { agreed: Some(agreed), ..Decision::default() };
    *decision.deed_mut(end) = Deed::Create(values);
    decision
}

/// One end deleted the record, and the other still has it.
fn deleted(terms: &Terms, agreed: &[Option<&str>], at: End, when: Option<i64>, here: &Here<'_>) -> Decision {
    let survivor = at.other();
    let kept = || Some(agreed.iter().map(|value| value.map(str::to_owned)).collect());
    // What the surviving end may not say, it cannot have changed in earnest.
    let counts = |line: &Line| line.direction.from() != Some(at);
    let mut lines = terms.lines.iter().zip(agreed).zip(&here.values).filter(|((line, _), _)| counts(line));
    let changed = lines.any(|((line, before), now)| match before {
        Some(before) => now.map_or(true, |now| !line.leniency.alike(line.kind, before, now)),
        // What was never agreed may be somebody's work.
        None => now.map_or(true, |now| !now.is_empty()),
    });
    let deletes = terms.deleted(at);
    let loses = matches!(deletes, Deletes::Propagate | Deletes::Archive);
    if changed && loses && !deletion_wins(terms, at, when, here) {
        let conflict = Conflict::DeletedAndChanged(at);
        // The end that is right about everything, or was last, has the record: so it is made again.
        return match whole(terms, when, here, at) {
            Some(winner) if winner == survivor => create(terms, at, here),
            _ => Decision { agreed: kept(), conflict: Some(conflict), ..Decision::default() },
        };
    }
    let mut decision = Decision::default();
    match deletes {
        Deletes::Propagate => *decision.deed_mut(survivor) = Deed::Delete,
        Deletes::Archive => *decision.deed_mut(survivor) = Deed::Archive,
        Deletes::Ignore => {}
        Deletes::Recreate => return create(terms, at, here),
    }
    decision
}

/// Whether a deletion stands against changes at the other end.
fn deletion_wins(terms: &Terms, at: End, when: Option<i64>, here: &Here<'_>) -> bool {
    whole(terms, when, here, at) == Some(at)
}

/// The end that is right about the whole record, if the lines that go both ways all have a strategy that says so and name the same end.
fn whole(terms: &Terms, deleted_at: Option<i64>, here: &Here<'_>, at: End) -> Option<End> {
    let (left, right) = if at == End::Left { (deleted_at, here.changed_at) } else { (here.changed_at, deleted_at) };
    let mut ends = terms.lines.iter().map(|line| match (line.direction.from(), line.strategy) {
        (Some(end), _) | (None, Strategy::Truth(end)) => Some(end),
        (None, Strategy::LastWrite) => last(terms, left, right),
        (None, _) => None,
    });
    let first = ends.next()??;
    ends.all(|end| end == Some(first)).then_some(first)
}
