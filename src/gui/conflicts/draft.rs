//! What is half done in the inbox: which conflicts are listed, which is looked at, what is chosen for it and not decided yet.

use super::differ::Differ;
use super::{ConflictsAsk, Listed};
use crate::gui::command::{Command, Outbox};
use crate::store::{ConflictFilter, ConflictId, ConflictOrder, ConflictRecord, ConflictState, IntegrationId};
use crate::sync::{Choice, Disputed, End, Matter, MatterKind, Resolution, Strategy, Way};
use crate::workspace::Wish;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The shelves on which conflicts lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Shelf {
    /// They wait for a decision.
    #[default]
    Open,
    /// They are decided, and that is not written yet.
    Decided,
    /// They are left alone until an end is changed again.
    Ignored,
    /// All of them, also those that are over.
    All,
}

impl Shelf {
    /// All of them.
    pub(crate) const ALL: [Shelf; 4] = [Shelf::Open, Shelf::Decided, Shelf::Ignored, Shelf::All];

    /// The word people see.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Shelf::Open => "Open",
            Shelf::Decided => "Decided",
            Shelf::Ignored => "Ignored",
            Shelf::All => "All",
        }
    }

    /// The states of those that lie there; none for any.
    pub(crate) fn states(self) -> Vec<ConflictState> {
        match self {
            Shelf::Open => vec![ConflictState::Open],
            Shelf::Decided => vec![ConflictState::Decided],
            Shelf::Ignored => vec![ConflictState::Ignored],
            Shelf::All => Vec::new(),
        }
    }
}

/// How long ago conflicts were found that are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Age {
    /// At any time.
    #[default]
    Any,
    /// In the last 24 hours.
    Day,
    /// More than a day ago.
    OverDay,
    /// More than a week ago.
    OverWeek,
}

const HOUR: i64 = 3_600_000;

impl Age {
    /// All of them.
    pub(crate) const ALL: [Age; 4] = [Age::Any, Age::Day, Age::OverDay, Age::OverWeek];

    /// The words people see.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Age::Any => "Any age",
            Age::Day => "Last 24 hours",
            Age::OverDay => "Older than a day",
            Age::OverWeek => "Older than a week",
        }
    }
}

/// What the keyboard moves through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Pane {
    /// The list.
    #[default]
    List,
    /// The fields of the conflict on the screen, or the records to choose among.
    Fields,
}

/// What was chosen for a conflict, and not decided yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Made {
    /// What fields are to hold, by path.
    pub(crate) fields: BTreeMap<String, Choice>,
    /// What becomes of the record as a whole.
    pub(crate) whole: Option<Resolution>,
    /// Which record belongs to which: of the end with fewer of them to one of the other end, or to none.
    pub(crate) pairs: BTreeMap<String, Option<String>>,
}

/// A value while it is typed.
#[derive(Debug, Clone)]
pub(crate) struct Editing {
    /// Of which conflict.
    pub(crate) id: ConflictId,
    /// Of which field.
    pub(crate) path: String,
    /// What was typed.
    pub(crate) text: String,
    /// Whether it is put together from two long texts.
    pub(crate) merging: bool,
    /// Whether the field has the focus already.
    pub(crate) focused: bool,
}

/// Something that is asked for about the conflict on the screen.
#[derive(Debug, Clone)]
pub(crate) enum Asking {
    /// Who is to decide.
    Assignee(ConflictId, String),
    /// What there is to say.
    Comment(ConflictId, String),
}

/// Many that are to be decided at once, while it is looked at what that comes to.
#[derive(Debug, Clone)]
pub(crate) struct Bulk {
    /// What it is called.
    pub(crate) title: String,
    /// The answer in words; blank while it is to be chosen.
    pub(crate) what: String,
    /// Which.
    pub(crate) filter: ConflictFilter,
    /// The answer; none while it is to be chosen.
    pub(crate) wish: Option<Wish>,
    /// Whether the answer is to be chosen here.
    pub(crate) choose: bool,
    /// The names of the ends of which one may be kept.
    pub(crate) ends: Vec<String>,
    /// The number of the question what it comes to.
    pub(crate) ticket: u64,
}

/// Answers to many that are offered beside the ends, with their words.
pub(crate) const WAYS: [(&str, Way); 8] = [
    ("Keep what was last agreed", Way::Agreed),
    ("The longest text", Way::By(Strategy::Longest)),
    ("The last write", Way::By(Strategy::LastWrite)),
    ("The one that is not blank", Way::By(Strategy::NonBlank)),
    ("The greatest", Way::By(Strategy::Greatest)),
    ("The least", Way::By(Strategy::Least)),
    ("Let go", Way::LetGo),
    ("Ignore", Way::Ignore),
];

/// The answer at a place of the list that is offered: first the ends, then the ways.
pub(crate) fn wish_of(ends: &[String], at: usize) -> Option<(String, Wish)> {
    match ends.get(at) {
        Some(end) => Some((format!("Keep {end}"), Wish::Keep(end.clone()))),
        None => WAYS.get(at - ends.len()).map(|(words, way)| ((*words).to_owned(), Wish::Way(way.clone()))),
    }
}

/// The kinds that people call so.
pub(crate) fn kinds_called(label: &str) -> Vec<MatterKind> {
    MatterKind::ALL.into_iter().filter(|kind| kind.label() == label).collect()
}

/// What is half done.
#[derive(Debug, Default)]
pub struct ConflictsDraft {
    /// On which shelf.
    pub(crate) shelf: Shelf,
    /// Only those of this integration.
    pub(crate) integration: Option<IntegrationId>,
    /// Only those of this object.
    pub(crate) object: Option<String>,
    /// Only those with this field in dispute.
    pub(crate) field: Option<String>,
    /// Only those of the kind that people call so.
    pub(crate) kind: Option<String>,
    /// Only those of this age.
    pub(crate) age: Age,
    /// Only those of this person, or of nobody.
    pub(crate) assignee: Option<Option<String>>,
    /// In which order.
    pub(crate) order: ConflictOrder,
    /// The conflict that is looked at, and its place in the list.
    pub(crate) selected: Option<(ConflictId, u64)>,
    /// Whether it stays on the screen although the list does not have it.
    pub(crate) pinned: bool,
    /// The place to bring into view.
    pub(crate) go_to: Option<u64>,
    /// The place to look at, once it is here.
    pub(crate) pending: Option<u64>,
    /// How far the list is scrolled.
    pub(crate) scroll: f32,
    /// What the keyboard moves through.
    pub(crate) pane: Pane,
    /// Whether the pane is to get the focus.
    pub(crate) focus: bool,
    /// The field under the keyboard, by its place among those in dispute.
    pub(crate) line: usize,
    /// Whether it is to be brought into view.
    pub(crate) show_line: bool,
    /// What was chosen and not decided yet.
    pub(crate) made: BTreeMap<ConflictId, Made>,
    /// The value that is typed.
    pub(crate) editing: Option<Editing>,
    /// What is asked for.
    pub(crate) asking: Option<Asking>,
    /// Many that are to be decided.
    pub(crate) bulk: Option<Bulk>,
    /// The file of decisions that is looked at.
    pub(crate) sheet: Option<PathBuf>,
    /// Whether the fields in step are shown.
    pub(crate) in_step_open: bool,
    /// Whether the history is shown.
    pub(crate) history_open: bool,
    /// Fields whose long texts are shown whole.
    pub(crate) whole_texts: BTreeSet<String>,
    /// Numbers questions.
    pub(crate) tickets: u64,
    /// The last change that was followed.
    pub(crate) turn: u64,
    /// Comparisons of texts.
    pub(crate) differ: Differ,
}

impl ConflictsDraft {
    /// The list that is looked at. What is young or old is told by the hour, so that the list stays the same for a while.
    pub(crate) fn listed(&self, text: &str, now: i64) -> Listed {
        let hour = now / HOUR * HOUR;
        let filter = ConflictFilter {
            states: self.shelf.states(),
            integration: self.integration,
            object: self.object.clone(),
            kinds: self.kind.as_deref().map(kinds_called).unwrap_or_default(),
            field: self.field.clone(),
            assignee: self.assignee.clone(),
            opened_before: match self.age {
                Age::OverDay => Some(hour - 24 * HOUR),
                Age::OverWeek => Some(hour - 7 * 24 * HOUR),
                Age::Any | Age::Day => None,
            },
            opened_since: (self.age == Age::Day).then_some(hour - 24 * HOUR),
            text: text.trim().to_lowercase(),
            ..ConflictFilter::default()
        };
        Listed { filter, order: self.order }
    }

    /// Whether anything narrows the list but the shelf.
    pub(crate) fn narrowed(&self) -> bool {
        self.integration.is_some()
            || self.object.is_some()
            || self.field.is_some()
            || self.kind.is_some()
            || self.age != Age::Any
            || self.assignee.is_some()
    }

    /// Narrows by nothing any more.
    pub(crate) fn widen(&mut self) {
        (self.integration, self.object, self.field, self.kind) = (None, None, None, None);
        (self.age, self.assignee) = (Age::Any, None);
    }

    /// Looks at a conflict.
    pub(crate) fn select(&mut self, id: ConflictId, at: u64) {
        if self.selected.map(|(known, _)| known) != Some(id) {
            self.line = 0;
            self.editing = None;
            self.whole_texts.clear();
        }
        self.selected = Some((id, at));
        self.pinned = false;
    }

    /// What was chosen for a conflict: here, or else in the decision that stands, or the one that was overtaken.
    pub(crate) fn made_of(&self, record: &ConflictRecord) -> Made {
        let known = || record.resolution.as_ref().or(record.draft.as_ref());
        match self.made.get(&record.card.id) {
            Some(made) => made.clone(),
            None => known().map(|resolution| Made::of(resolution, &record.matter)).unwrap_or_default(),
        }
    }

    /// Chooses something.
    pub(crate) fn choose(&mut self, record: &ConflictRecord, choose: impl FnOnce(&mut Made)) {
        let mut made = self.made_of(record);
        choose(&mut made);
        self.made.insert(record.card.id, made);
    }

    /// Looks at what an answer to many comes to, before it is given.
    pub(crate) fn ask_bulk(&mut self, mut bulk: Bulk, out: &mut Outbox) {
        if let Some(wish) = bulk.wish.clone() {
            bulk.ticket = self.ticket();
            let (filter, ticket) = (Box::new(bulk.filter.clone()), bulk.ticket);
            out.push(Command::Conflicts(ConflictsAsk::Look { filter, wish, ticket }));
        }
        self.editing = None;
        self.bulk = Some(bulk);
    }

    /// A new number for a question.
    pub(crate) fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }

    /// Whether something stands over the inbox.
    pub(crate) fn asks(&self) -> bool {
        self.asking.is_some() || self.bulk.is_some() || self.sheet.is_some()
    }
}

/// The parts of a conflict for which something is chosen, in the order of the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// A field.
    Field(&'a Disputed),
    /// The record as a whole.
    Whole,
    /// A record of the end with fewer of them, by its key.
    Claim(&'a str),
}

impl Made {
    /// What was chosen before, or decided.
    pub(crate) fn of(resolution: &Resolution, matter: &Matter) -> Made {
        let mut made = Made::default();
        match resolution {
            Resolution::Fields(choices) => made.fields.clone_from(choices),
            Resolution::Pairs(pairs) => {
                let few = fewer(matter);
                made.pairs = matter.claims_of(few).map(|claim| (claim.key.clone(), None)).collect();
                for (left, right) in pairs {
                    let (mine, other) = if few == End::Left { (left, right) } else { (right, left) };
                    made.pairs.insert(mine.clone(), Some(other.clone()));
                }
            }
            whole => made.whole = Some(whole.clone()),
        }
        made
    }

    /// The resolution that it comes to; why it is none yet.
    pub(crate) fn resolution(&self, matter: &Matter) -> Result<Resolution, String> {
        let resolution = if let Some(whole) = &self.whole {
            whole.clone()
        } else if matter.of_fields() {
            // A field that is not in dispute any more has nothing to be decided.
            let open = |path: &String| matter.open().any(|line| line.path == *path);
            let fields = self.fields.iter().filter(|(path, _)| open(path));
            Resolution::Fields(fields.map(|(path, choice)| (path.clone(), choice.clone())).collect())
        } else if matter.kind == MatterKind::Ambiguous {
            if self.pairs.is_empty() {
                return Err("Say first who belongs to whom".to_owned());
            }
            let few = fewer(matter);
            let pair = |(mine, other): (&String, &Option<String>)| {
                let other = other.clone()?;
                Some(if few == End::Left { (mine.clone(), other) } else { (other, mine.clone()) })
            };
            Resolution::Pairs(self.pairs.iter().filter_map(pair).collect())
        } else {
            return Err("Say first what becomes of the record".to_owned());
        };
        matter.answered_by(&resolution).map(|()| resolution)
    }

    /// Takes one choice for every field in dispute, where there is such a value.
    pub(crate) fn take_all(&mut self, matter: &Matter, choice: &Choice) {
        self.whole = None;
        for line in matter.open() {
            if matter.chosen(line, choice).is_some() {
                self.fields.insert(line.path.clone(), choice.clone());
            }
        }
    }

    /// Says who a record belongs to; whoever it was before belongs to nobody now.
    pub(crate) fn pair(&mut self, mine: &str, other: Option<&str>) {
        if other.is_some() {
            self.pairs.values_mut().filter(|known| known.as_deref() == other).for_each(|known| *known = None);
        }
        self.pairs.insert(mine.to_owned(), other.map(str::to_owned));
    }
}

/// The end with fewer records among which is to be chosen.
pub(crate) fn fewer(matter: &Matter) -> End {
    if matter.claims_of(End::Left).count() < matter.claims_of(End::Right).count() { End::Left } else { End::Right }
}

/// What there is to be chosen for.
pub(crate) fn parts(matter: &Matter) -> Vec<Part<'_>> {
    match matter.kind {
        MatterKind::Fields | MatterKind::Formatting => matter.open().map(Part::Field).collect(),
        MatterKind::DeletedLeft | MatterKind::DeletedRight => vec![Part::Whole],
        MatterKind::Ambiguous => matter.claims_of(fewer(matter)).map(|claim| Part::Claim(&claim.key)).collect(),
    }
}
