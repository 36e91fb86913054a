//! What a person sees of a conflict, and what they decide about it.
//!
//! A [`Matter`] is what both ends held when the conflict was found. A [`Resolution`] answers it; a [`Way`] answers many at once, each as it
//! fits. Answers name ends and fields, so that they can be read, kept and taken back; nothing is written here.

use super::decide::{Disagreement, Here, Pair, State, decide};
use super::terms::{Deletes, Direction, End, Line, Strategy, Terms};
use super::{Conflict, Leniency};
use crate::record::Kind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A conflict as the sync found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matter {
    /// Which kind.
    pub kind: MatterKind,
    /// The object at the right end.
    pub object: String,
    /// What people call the record.
    pub name: String,
    /// What people call the ends, left and right.
    pub ends: [String; 2],
    /// The record at the left end.
    pub left: Side,
    /// The record at the right end.
    pub right: Side,
    /// The lines of the mapping; those that a person must settle say why.
    pub lines: Vec<Disputed>,
    /// Records among which a person must say who belongs to whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
}

/// The kinds of matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatterKind {
    /// Both ends have fields that no rule settles.
    Fields,
    /// The same, and the values differ in nothing but case, spaces and phone format.
    Formatting,
    /// The left end deleted the record, and the right one changed it.
    DeletedLeft,
    /// The right end deleted the record, and the left one changed it.
    DeletedRight,
    /// Several records match.
    Ambiguous,
}

/// A record at one end.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Side {
    /// What the end calls it: its key or record id; blank where it has none.
    pub key: String,
    /// Whether the end has deleted it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    /// When it was changed last, in milliseconds since 1970, where the end tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<i64>,
    /// Who changed it last, where the end tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<String>,
}

/// A line of the mapping with what both ends have for it, in the shape of the right end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disputed {
    /// The column at the left end; blank where several make up the value.
    pub column: String,
    /// The field at the right end.
    pub path: String,
    /// What people call it.
    pub label: String,
    /// What its values are.
    pub kind: Kind,
    /// What both ends last agreed on; `None` where they never did.
    pub agreed: Option<String>,
    /// What the left end has.
    pub left: Held,
    /// What the right end has.
    pub right: Held,
    /// What both ends have once the rest of the record is merged; of no meaning for lines that a person must settle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<String>,
    /// Why a person must settle it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Disagreement>,
}

/// What an end has for a line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Held {
    /// The value.
    pub text: String,
    /// Why it cannot go to the other end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// A record that matches several, or is matched by several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Where it is.
    pub end: End,
    /// What that end calls it.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// What tells it from the others: labels and values.
    pub values: Vec<(String, String)>,
}

/// What is to stand in a field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// What that end has.
    Keep(End),
    /// What both ends last agreed on.
    Agreed,
    /// Something else.
    Value(String),
}

/// What a person decided about a matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// What each disputed field is to hold, by its path.
    Fields(BTreeMap<String, Choice>),
    /// The record is deleted at the other end too.
    Delete,
    /// The record is made again where it was deleted.
    Restore,
    /// Both records stay as they are and are no pair any more.
    LetGo,
    /// Who belongs to whom, left and right by their keys; whoever is left over stays as it is, without a partner.
    Pairs(Vec<(String, String)>),
    /// Both ends stay as they are until one of them is changed again.
    Ignore,
}

/// One answer to many matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// One end is right: its values, and where it deleted the record, the deletion.
    Keep(End),
    /// What both ends last agreed on.
    Agreed,
    /// A strategy decides about each field.
    By(Strategy),
    /// One field gets this value; it must be the only one in dispute.
    Value {
        /// The field's path.
        path: String,
        /// Its value.
        value: String,
    },
    /// Both records stay as they are and are no pair any more.
    LetGo,
    /// Both ends stay as they are until one of them is changed again.
    Ignore,
}

impl MatterKind {
    /// All of them.
    pub const ALL: [MatterKind; 5] = [
        MatterKind::Fields,
        MatterKind::Formatting,
        MatterKind::DeletedLeft,
        MatterKind::DeletedRight,
        MatterKind::Ambiguous,
    ];

    /// The word in JSON, on the command line and in the store.
    pub fn word(self) -> &'static str {
        match self {
            MatterKind::Fields => "fields",
            MatterKind::Formatting => "formatting",
            MatterKind::DeletedLeft => "deleted_left",
            MatterKind::DeletedRight => "deleted_right",
            MatterKind::Ambiguous => "ambiguous",
        }
    }

    /// The kind of that word.
    pub fn from_word(word: &str) -> Option<MatterKind> {
        MatterKind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            MatterKind::Fields => "Changed at both ends",
            MatterKind::Formatting => "Mere formatting",
            MatterKind::DeletedLeft | MatterKind::DeletedRight => "Deleted and changed",
            MatterKind::Ambiguous => "Several match",
        }
    }

    /// The end that deleted the record.
    pub fn deleted_at(self) -> Option<End> {
        match self {
            MatterKind::DeletedLeft => Some(End::Left),
            MatterKind::DeletedRight => Some(End::Right),
            _ => None,
        }
    }

    /// The kind of what a decision left open.
    pub fn of(conflict: &Conflict, lines: &[Disputed]) -> MatterKind {
        match conflict {
            Conflict::DeletedAndChanged(End::Left) => MatterKind::DeletedLeft,
            Conflict::DeletedAndChanged(End::Right) => MatterKind::DeletedRight,
            Conflict::Fields(_) if lines.iter().all(|line| line.why.is_none() || line.merely_formatted()) => {
                MatterKind::Formatting
            }
            Conflict::Fields(_) => MatterKind::Fields,
        }
    }
}

impl Disagreement {
    /// What people are told.
    pub fn sentence(self) -> &'static str {
        match self {
            Disagreement::BothChanged => "Both ends changed it, to different values.",
            Disagreement::NeverAgreed => "The ends differ, and never agreed on it before.",
            Disagreement::KeyChanged => "It tells the record apart, and was changed.",
            Disagreement::TooClose => "Both ends changed it at about the same time, so that none was last.",
            Disagreement::NoResult => "The formula that is to settle it has no result for these values.",
            Disagreement::PingPong => "Both ends rewrite what they get, so that it went to and fro and was stopped.",
            Disagreement::NotSendable => "The value cannot go to the other end.",
        }
    }
}

impl Disputed {
    /// What an end has.
    pub fn at(&self, end: End) -> &Held {
        match end {
            End::Left => &self.left,
            End::Right => &self.right,
        }
    }

    /// Whether both ends differ in case, spaces and phone format alone.
    fn merely_formatted(&self) -> bool {
        let leniency = Leniency { case: true, spaces: true, phone: true, decimals: None };
        let whole = self.left.fault.is_none() && self.right.fault.is_none();
        whole && leniency.alike(self.kind, &self.left.text, &self.right.text)
    }
}

impl Matter {
    /// The lines that a person must settle.
    pub fn open(&self) -> impl Iterator<Item = &Disputed> {
        self.lines.iter().filter(|line| line.why.is_some())
    }

    /// Whether it is about fields, and not about records as a whole.
    pub fn of_fields(&self) -> bool {
        matches!(self.kind, MatterKind::Fields | MatterKind::Formatting)
    }

    /// The lines that a person need not settle.
    pub fn settled(&self) -> impl Iterator<Item = &Disputed> {
        self.lines.iter().filter(|line| line.why.is_none())
    }

    /// The records of an end among which a person must say who belongs to whom.
    pub fn claims_of(&self, end: End) -> impl Iterator<Item = &Claim> {
        self.claims.iter().filter(move |claim| claim.end == end)
    }

    /// Two keys that belong together, written `KEY=KEY` with either end first.
    pub fn pair(&self, text: &str) -> Result<(String, String), String> {
        let is = |end: End, key: &str| self.claims_of(end).any(|claim| claim.key == key);
        // A key may have the sign in itself.
        for (at, _) in text.match_indices('=') {
            let (one, other) = (text[..at].trim(), text[at + 1..].trim());
            if is(End::Left, one) && is(End::Right, other) {
                return Ok((one.to_owned(), other.to_owned()));
            }
            if is(End::Right, one) && is(End::Left, other) {
                return Ok((other.to_owned(), one.to_owned()));
            }
        }
        let keys = |end: End| self.claims_of(end).map(|claim| claim.key.as_str()).collect::<Vec<_>>().join(", ");
        let (left, right) = (self.end(End::Left), self.end(End::Right));
        Err(format!(
            "{text} does not name a record of each end: {right} has {}, {left} has {}",
            keys(End::Right),
            keys(End::Left)
        ))
    }

    /// The record at an end.
    pub fn side(&self, end: End) -> &Side {
        match end {
            End::Left => &self.left,
            End::Right => &self.right,
        }
    }

    /// What people call an end.
    pub fn end(&self, end: End) -> &str {
        match end {
            End::Left => &self.ends[0],
            End::Right => &self.ends[1],
        }
    }

    /// Whether the same is in dispute, so that a decision about the one answers the other.
    pub fn disputes_the_same(&self, other: &Matter) -> bool {
        let what = |line: &Disputed| (line.path.clone(), line.left.clone(), line.right.clone());
        self.kind == other.kind
            && self.claims == other.claims
            && self.left.gone == other.left.gone
            && self.right.gone == other.right.gone
            && self.open().map(what).eq(other.open().map(what))
            // Of a record that one end deleted, all that the other end holds counts.
            && (self.kind.deleted_at().is_none() || self.lines.iter().map(what).eq(other.lines.iter().map(what)))
    }

    /// What a choice puts into a line; `None` where there is no such value.
    pub fn chosen<'a>(&'a self, line: &'a Disputed, choice: &'a Choice) -> Option<&'a str> {
        match choice {
            Choice::Keep(end) => {
                let held = line.at(*end);
                held.fault.is_none().then_some(held.text.as_str())
            }
            Choice::Agreed => line.agreed.as_deref(),
            Choice::Value(value) => Some(value),
        }
    }

    /// Whether a resolution answers the whole matter; else why not.
    pub fn answered_by(&self, resolution: &Resolution) -> Result<(), String> {
        let fits = match resolution {
            Resolution::Fields(choices) => {
                for line in self.open() {
                    let choice = choices.get(&line.path).ok_or_else(|| format!("{} is not decided yet", line.label))?;
                    if self.chosen(line, choice).is_none() {
                        return Err(format!("{} has no such value", line.label));
                    }
                }
                matches!(self.kind, MatterKind::Fields | MatterKind::Formatting)
            }
            Resolution::Delete | Resolution::Restore => self.kind.deleted_at().is_some(),
            Resolution::LetGo | Resolution::Ignore => true,
            Resolution::Pairs(pairs) => {
                self.pairs_fit(pairs)?;
                self.kind == MatterKind::Ambiguous
            }
        };
        if fits { Ok(()) } else { Err(format!("that does not answer this conflict: {}", self.kind.label())) }
    }

    fn pairs_fit(&self, pairs: &[(String, String)]) -> Result<(), String> {
        for (at, (left, right)) in pairs.iter().enumerate() {
            for (end, key) in [(End::Left, left), (End::Right, right)] {
                if !self.claims.iter().any(|claim| claim.end == end && claim.key == *key) {
                    return Err(format!("{key} is not among the records of {}", self.end(end)));
                }
            }
            if pairs[..at].iter().any(|(one, other)| one == left || other == right) {
                return Err(format!("{left} and {right} cannot both be paired twice"));
            }
        }
        Ok(())
    }

    /// What a resolution that is not of fields does, in words with the ends' own names.
    pub fn deed(&self, resolution: &Resolution) -> String {
        let gone = self.kind.deleted_at();
        match (resolution, gone) {
            (Resolution::Delete, Some(end)) => format!("Delete it in {} too", self.end(end.other())),
            (Resolution::Restore, Some(end)) => format!("Make it again in {}", self.end(end)),
            (Resolution::Delete, None) => "Delete it".to_owned(),
            (Resolution::Restore, None) => "Make it again".to_owned(),
            (Resolution::LetGo, _) => "Let go".to_owned(),
            (Resolution::Ignore, _) => "Ignore".to_owned(),
            (Resolution::Pairs(_), _) => "Say who belongs to whom".to_owned(),
            (Resolution::Fields(_), _) => "Decide field by field".to_owned(),
        }
    }

    /// What happens as long as nobody decides.
    pub fn otherwise(&self) -> String {
        match self.kind {
            MatterKind::Fields | MatterKind::Formatting => {
                let names: Vec<_> = self.open().map(|line| line.label.as_str()).collect();
                format!("Until you decide, each end keeps its own {}; the other fields are in step.", in_words(&names))
            }
            MatterKind::DeletedLeft | MatterKind::DeletedRight => {
                let kept = if self.kind == MatterKind::DeletedLeft { End::Right } else { End::Left };
                format!("Until you decide, {} keeps the record, and nothing of it is synced.", self.end(kept))
            }
            MatterKind::Ambiguous => "Until you decide, none of these records is synced.".to_owned(),
        }
    }

    /// What this way comes to for the matter; why it does not answer it, where it does not.
    pub fn resolve(&self, way: &Way) -> Result<Resolution, String> {
        let resolution = match way {
            Way::LetGo => Resolution::LetGo,
            Way::Ignore => Resolution::Ignore,
            Way::Keep(end) if self.kind.deleted_at() == Some(*end) => Resolution::Delete,
            Way::Keep(_) if self.kind.deleted_at().is_some() => Resolution::Restore,
            Way::Keep(end) => self.each(|_| Some(Choice::Keep(*end)))?,
            Way::Agreed => self.each(|_| Some(Choice::Agreed))?,
            Way::Value { path, value } => {
                self.each(|line| line.path.eq_ignore_ascii_case(path).then(|| Choice::Value(value.clone())))?
            }
            Way::By(strategy) => self.each(|line| self.winner(line, *strategy))?,
        };
        self.answered_by(&resolution)?;
        Ok(resolution)
    }

    fn each(&self, choice: impl Fn(&Disputed) -> Option<Choice>) -> Result<Resolution, String> {
        if !matches!(self.kind, MatterKind::Fields | MatterKind::Formatting) {
            return Err(format!("that does not answer this conflict: {}", self.kind.label()));
        }
        let mut choices = BTreeMap::new();
        for line in self.open() {
            let choice = choice(line).ok_or_else(|| format!("that does not say what {} is to hold", line.label))?;
            choices.insert(line.path.clone(), choice);
        }
        Ok(Resolution::Fields(choices))
    }

    /// The end that a strategy names for a line.
    fn winner(&self, line: &Disputed, strategy: Strategy) -> Option<Choice> {
        let rule =
            Line { kind: line.kind, direction: Direction::Both, leniency: Leniency::default(), strategy, key: false };
        let (deleted_left, deleted_right) = (Deletes::Ignore, Deletes::Ignore);
        let terms = Terms { lines: vec![rule], deleted_left, deleted_right, skew: 0, tie: None };
        let here = |end: End| {
            let (held, side) = (line.at(end), self.side(end));
            let value = held.fault.as_deref().map_or(Ok(held.text.as_str()), Err);
            State::Here(Here { values: vec![value], changed_at: side.changed_at })
        };
        let agreed = vec![line.agreed.as_deref()];
        let decision = decide(&terms, &Pair { agreed, left: here(End::Left), right: here(End::Right) }, &|_| None);
        let value = decision.agreed.filter(|_| decision.conflict.is_none())?.into_iter().next()??;
        End::BOTH.into_iter().find(|end| line.at(*end).text == value).map(Choice::Keep)
    }
}

/// Names as in a sentence: *Phone, Fax and Website*.
fn in_words(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(path: &str, kind: Kind, agreed: &str, left: &str, right: &str) -> Disputed {
        let held = |text: &str| Held { text: text.to_owned(), fault: None };
        Disputed {
            column: path.to_owned(),
            path: path.to_owned(),
            label: path.to_owned(),
            kind,
            agreed: Some(agreed.to_owned()),
            left: held(left),
            right: held(right),
            merged: None,
            why: Some(Disagreement::BothChanged),
        }
    }

    fn matter(lines: Vec<Disputed>) -> Matter {
        let side = |key: &str, at| Side { key: key.to_owned(), changed_at: Some(at), ..Side::default() };
        Matter {
            kind: MatterKind::of(&Conflict::Fields(Vec::new()), &lines),
            object: "Account".to_owned(),
            name: "Alfreds".to_owned(),
            ends: ["ERP".to_owned(), "Salesforce".to_owned()],
            left: side("ALFKI", 1_000),
            right: side("001", 2_000),
            lines,
            claims: Vec::new(),
        }
    }

    fn fields<const N: usize>(choices: [(&str, Choice); N]) -> Resolution {
        Resolution::Fields(choices.into_iter().map(|(path, choice)| (path.to_owned(), choice)).collect())
    }

    #[test]
    fn what_differs_in_formatting_alone_is_known() {
        let kind = |kind, left: &str, right: &str| matter(vec![line("A", kind, "", left, right)]).kind;
        assert_eq!(kind(Kind::Phone, "030 / 12345", "030-12345"), MatterKind::Formatting);
        assert_eq!(kind(Kind::Text, "ACME  GmbH", "Acme GmbH"), MatterKind::Formatting);
        assert_eq!(kind(Kind::Text, "ACME", "Acme AG"), MatterKind::Fields);
        assert_eq!(kind(Kind::Text, "", "Acme"), MatterKind::Fields);
    }

    #[test]
    fn a_way_answers_each_matter_as_it_fits() {
        let phone = matter(vec![line("Phone", Kind::Phone, "1", "12", "345")]);
        let keep = |end| fields([("Phone", Choice::Keep(end))]);
        assert_eq!(phone.resolve(&Way::Keep(End::Left)), Ok(keep(End::Left)));
        assert_eq!(phone.resolve(&Way::By(Strategy::Longest)), Ok(keep(End::Right)));
        assert_eq!(phone.resolve(&Way::By(Strategy::LastWrite)), Ok(keep(End::Right)));
        assert!(phone.resolve(&Way::By(Strategy::NonBlank)).is_err());
        assert_eq!(phone.resolve(&Way::Agreed), Ok(fields([("Phone", Choice::Agreed)])));
        let value = Way::Value { path: "phone".to_owned(), value: "7".to_owned() };
        assert_eq!(phone.resolve(&value), Ok(fields([("Phone", Choice::Value("7".to_owned()))])));

        let mut deleted = phone.clone();
        deleted.kind = MatterKind::DeletedRight;
        assert_eq!(deleted.resolve(&Way::Keep(End::Right)), Ok(Resolution::Delete));
        assert_eq!(deleted.resolve(&Way::Keep(End::Left)), Ok(Resolution::Restore));
        assert!(deleted.resolve(&Way::Agreed).is_err());
        assert_eq!(deleted.resolve(&Way::LetGo), Ok(Resolution::LetGo));

        let both = matter(vec![line("Phone", Kind::Phone, "1", "2", "3"), line("Fax", Kind::Phone, "1", "2", "3")]);
        assert!(both.resolve(&value).is_err(), "it says nothing about the fax");
    }

    #[test]
    fn an_answer_must_be_whole_and_of_values_that_are_there() {
        let mut phone = matter(vec![line("Phone", Kind::Phone, "1", "2", "3")]);
        assert!(phone.answered_by(&fields([])).is_err());
        assert!(phone.answered_by(&Resolution::Delete).is_err());
        phone.lines[0].agreed = None;
        assert!(phone.answered_by(&fields([("Phone", Choice::Agreed)])).is_err());
        phone.lines[0].left.fault = Some("it is no number".to_owned());
        assert!(phone.answered_by(&fields([("Phone", Choice::Keep(End::Left))])).is_err());

        let claim = |end, key: &str| Claim { end, key: key.to_owned(), name: key.to_owned(), values: Vec::new() };
        phone.kind = MatterKind::Ambiguous;
        phone.claims = vec![claim(End::Left, "1"), claim(End::Left, "2"), claim(End::Right, "a")];
        let pairs = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(left, right)| ((*left).to_owned(), (*right).to_owned()));
            phone.answered_by(&Resolution::Pairs(pairs.collect()))
        };
        assert!(pairs(&[("2", "a")]).is_ok() && pairs(&[]).is_ok());
        assert!(pairs(&[("1", "a"), ("2", "a")]).is_err());
        assert!(pairs(&[("a", "1")]).is_err());
    }
}
