//! What is half done on the screen of errors.

use super::Group;
use crate::record::RowNumber;
use crate::workspace::{Advice, CellRule, LetterCase, MadeBy, Suggestion};

/// How old groups may be that are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Age {
    /// Of any age.
    #[default]
    Any,
    /// Of the last 24 hours.
    Day,
    /// Of the last seven days.
    Week,
    /// Older than a week.
    Older,
}

impl Age {
    /// All of them.
    pub(crate) const ALL: [Age; 4] = [Age::Any, Age::Day, Age::Week, Age::Older];

    /// The words people see.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Age::Any => "Any age",
            Age::Day => "Last 24 hours",
            Age::Week => "Last 7 days",
            Age::Older => "Older than a week",
        }
    }

    /// Whether something of that time is listed.
    pub(crate) fn fits(self, at: i64, now: i64) -> bool {
        const DAY: i64 = 24 * 3_600_000;
        let age = now - at;
        match self {
            Age::Any => true,
            Age::Day => age < DAY,
            Age::Week => age < 7 * DAY,
            Age::Older => age >= 7 * DAY,
        }
    }
}

/// The kinds of rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum RuleKind {
    /// One value becomes another.
    #[default]
    Map,
    /// Spaces go, and what is too long is cut.
    Trim,
    /// Blank cells get a value.
    Default,
    /// All cells get a value.
    Set,
    /// A text within cells becomes another.
    Replace,
    /// Letters are written otherwise.
    Case,
}

impl RuleKind {
    /// All of them.
    pub(crate) const ALL: [RuleKind; 6] =
        [RuleKind::Map, RuleKind::Trim, RuleKind::Default, RuleKind::Set, RuleKind::Replace, RuleKind::Case];

    /// The words people see.
    pub(crate) fn label(self) -> &'static str {
        match self {
            RuleKind::Map => "Map a value",
            RuleKind::Trim => "Trim",
            RuleKind::Default => "Set where blank",
            RuleKind::Set => "Set to",
            RuleKind::Replace => "Replace text",
            RuleKind::Case => "Letter case",
        }
    }
}

/// A rule half made.
#[derive(Debug, Clone, Default)]
pub(crate) struct RuleDraft {
    /// The column it corrects.
    pub(crate) column: String,
    /// Its kind.
    pub(crate) kind: RuleKind,
    /// Values and what they become.
    pub(crate) pairs: Vec<(String, String)>,
    /// The first text.
    pub(crate) from: String,
    /// The text that comes.
    pub(crate) to: String,
    /// How long texts may be.
    pub(crate) length: String,
    /// How letters are written.
    pub(crate) case: Option<LetterCase>,
}

impl RuleDraft {
    /// The rule that an advice suggests.
    pub(crate) fn suggested(advice: &Advice, columns: &[String]) -> RuleDraft {
        let kind = match advice.suggestion {
            Suggestion::Trim => RuleKind::Trim,
            Suggestion::Default => RuleKind::Default,
            Suggestion::Map if !advice.values.is_empty() => RuleKind::Map,
            _ if advice.values.len() > 1 || advice.values.is_empty() => RuleKind::Set,
            _ => RuleKind::Map,
        };
        let column = advice.made_by.column().map(str::to_owned);
        let column = column.or_else(|| match &advice.made_by {
            MadeBy::Formula(columns) => columns.first().cloned(),
            _ => None,
        });
        let known = |column: &String| columns.contains(column);
        RuleDraft {
            column: column.filter(known).or_else(|| columns.first().cloned()).unwrap_or_default(),
            kind,
            pairs: advice.values.iter().take(MAPPED).map(|(value, _)| (value.clone(), String::new())).collect(),
            length: if advice.length > 0 { advice.length.to_string() } else { String::new() },
            ..RuleDraft::default()
        }
    }

    /// The rule, once it says something.
    pub(crate) fn rule(&self) -> Option<CellRule> {
        match self.kind {
            RuleKind::Map => {
                let said = self.pairs.iter().filter(|(from, to)| !to.trim().is_empty() && from != to);
                let pairs: Vec<_> = said.cloned().collect();
                (!pairs.is_empty()).then_some(CellRule::Map(pairs))
            }
            RuleKind::Trim => Some(CellRule::Trim(self.length.trim().parse().ok())),
            RuleKind::Default => (!self.to.is_empty()).then(|| CellRule::Default(self.to.clone())),
            RuleKind::Set => (!self.to.is_empty()).then(|| CellRule::Set(self.to.clone())),
            RuleKind::Replace => (!self.from.is_empty()).then(|| CellRule::Replace(self.from.clone(), self.to.clone())),
            RuleKind::Case => self.case.map(CellRule::Case),
        }
    }
}

/// Values that are offered to be mapped at once.
const MAPPED: usize = 4;

/// A cell of the grid: the place of its row in the list, and its column, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CellAt {
    /// The row's place in the list.
    pub(crate) index: u64,
    /// The column.
    pub(crate) column: usize,
}

/// A cell while it is edited.
#[derive(Debug, Clone)]
pub(crate) struct Editing {
    /// Which.
    pub(crate) at: CellAt,
    /// Its row.
    pub(crate) row: RowNumber,
    /// What was typed.
    pub(crate) text: String,
    /// Whether the field has the focus already.
    pub(crate) focused: bool,
}

/// What is half done.
#[derive(Debug, Default)]
pub struct ErrorsDraft {
    /// The group that is looked at.
    pub(crate) group: Option<Group>,
    /// Only groups of this integration or import, by name.
    pub(crate) name: Option<String>,
    /// Only groups of this object.
    pub(crate) object: Option<String>,
    /// Only groups of this age.
    pub(crate) age: Age,
    /// The cell under the keyboard.
    pub(crate) cell: Option<CellAt>,
    /// The cell that is edited.
    pub(crate) editing: Option<Editing>,
    /// The row to bring into view.
    pub(crate) go_to: Option<u64>,
    /// The column to bring into view.
    pub(crate) go_to_column: Option<usize>,
    /// The row whose story is open.
    pub(crate) open_row: Option<RowNumber>,
    /// The rule half made, and the group it is for.
    pub(crate) rule: Option<(Group, RuleDraft)>,
    /// The rule that was asked about last, and under which number.
    pub(crate) asked: Option<(u64, String, CellRule)>,
    /// Numbers questions.
    pub(crate) tickets: u64,
    /// Rows to be left as they are, while the reason is typed: one, or all of the group.
    pub(crate) leaving: Option<(Option<RowNumber>, String)>,
    /// An id that is typed to be chosen for a row.
    pub(crate) typed_id: String,
    /// Whether the group under the keyboard is to be followed.
    pub(crate) turn: u64,
}

impl ErrorsDraft {
    /// Looks at a group.
    pub(crate) fn look_at(&mut self, group: Group) {
        if self.group.as_ref() != Some(&group) {
            *self = ErrorsDraft {
                group: Some(group),
                name: self.name.take(),
                object: self.object.take(),
                age: self.age,
                tickets: self.tickets,
                turn: self.turn,
                ..ErrorsDraft::default()
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_one_once_it_says_something() {
        let mut draft = RuleDraft { pairs: vec![("a".into(), String::new())], ..RuleDraft::default() };
        assert_eq!(draft.rule(), None);
        draft.pairs[0].1 = "b".into();
        assert_eq!(draft.rule(), Some(CellRule::Map(vec![("a".into(), "b".into())])));
        draft.kind = RuleKind::Trim;
        draft.length = "80".into();
        assert_eq!(draft.rule(), Some(CellRule::Trim(Some(80))));
        assert!(Age::Week.fits(0, 6 * 86_400_000) && !Age::Week.fits(0, 8 * 86_400_000));
    }
}
