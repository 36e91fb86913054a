//! What a person has said about a sync: directions, strategies, and what becomes of deleted records.

use super::Leniency;
use crate::record::Kind;
use serde::{Deserialize, Serialize};

/// One of the two ends, as they stand on the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The end whose columns stand on the left.
    Left,
    /// The end whose fields stand on the right.
    Right,
}

impl End {
    /// Both, in the order in which they are told.
    pub const BOTH: [End; 2] = [End::Left, End::Right];

    /// The opposite end.
    pub fn other(self) -> End {
        match self {
            End::Left => End::Right,
            End::Right => End::Left,
        }
    }
}

/// Which way the values of a line go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the left end only: what the right end says instead is put back.
    ToRight,
    /// From the right end only.
    ToLeft,
    /// Either way.
    #[default]
    Both,
}

impl Direction {
    /// The end whose value counts, where only one does.
    pub fn from(self) -> Option<End> {
        match self {
            Direction::ToRight => Some(End::Left),
            Direction::ToLeft => Some(End::Right),
            Direction::Both => None,
        }
    }
}

/// Who is right about a field that changed at both ends to different values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// A person.
    #[default]
    Manual,
    /// The end that was changed last, by the stamps of both records; too close to call, [`Terms::tie`] says.
    LastWrite,
    /// Always this end.
    Truth(End),
    /// The longer text.
    Longest,
    /// The end that has a value, where the other one has none.
    NonBlank,
    /// The greater number, or the later day or instant.
    Greatest,
    /// The smaller number, or the earlier day or instant.
    Least,
    /// What a formula over both ends and the last agreed values yields.
    Formula,
}

impl Strategy {
    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Strategy::Manual => "A person decides",
            Strategy::LastWrite => "Last write wins",
            Strategy::Truth(End::Left) => "The left end is right",
            Strategy::Truth(End::Right) => "The right end is right",
            Strategy::Longest => "The longest text",
            Strategy::NonBlank => "The one that is not blank",
            Strategy::Greatest => "The greatest",
            Strategy::Least => "The least",
            Strategy::Formula => "A formula",
        }
    }
}

/// What becomes of a record whose partner was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deletes {
    /// It is deleted too.
    Propagate,
    /// It is marked as archived, by the field that the integration names.
    Archive,
    /// It stays, and the two are no pair any more.
    #[default]
    Ignore,
    /// Its partner is created again.
    Recreate,
}

/// A line of the mapping between both ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What its values are.
    pub kind: Kind,
    /// Which way they go.
    pub direction: Direction,
    /// What is no difference.
    pub leniency: Leniency,
    /// Who is right when both ends changed it.
    pub strategy: Strategy,
    /// Whether it is what tells the record apart; its change needs a person unless the direction says who is right.
    pub key: bool,
}

/// What holds for all pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The lines of the mapping.
    pub lines: Vec<Line>,
    /// What a deletion at the left end does at the right one.
    pub deleted_left: Deletes,
    /// What a deletion at the right end does at the left one.
    pub deleted_right: Deletes,
    /// Milliseconds by which the clocks of both ends may disagree.
    pub skew: i64,
    /// Who is right where stamps are too close to call; nobody, then it needs a person.
    pub tie: Option<End>,
}

impl Terms {
    /// What a deletion at that end does at the other.
    pub fn deleted(&self, at: End) -> Deletes {
        match at {
            End::Left => self.deleted_left,
            End::Right => self.deleted_right,
        }
    }
}
