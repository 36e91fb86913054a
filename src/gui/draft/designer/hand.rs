//! What the hand does on the canvas: what is under the keyboard, what is chosen, what is carried or dragged.

use egui::Pos2;
use std::collections::BTreeSet;

/// One of the two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The columns.
    Source,
    /// The fields.
    Target,
}

/// What is dragged with the pointer.
#[derive(Debug, Clone, PartialEq)]
pub enum Drag {
    /// A column, to a field.
    Column(String),
    /// A field, to a column.
    Field(String),
    /// The end of a wire at its field, to another field.
    FieldEnd {
        /// The field that it leaves.
        target: String,
        /// The column that it comes from.
        column: String,
    },
    /// The end of a wire at its column, to another column.
    ColumnEnd {
        /// The field that it goes into.
        target: String,
        /// The column that it leaves.
        column: String,
    },
    /// Nothing: wires are chosen in a rectangle from here to the pointer.
    Band(Pos2),
}

impl Drag {
    /// The wire that is held, by column and field.
    pub(crate) fn wire(&self) -> Option<(&str, &str)> {
        match self {
            Drag::FieldEnd { target, column } | Drag::ColumnEnd { target, column } => Some((column, target)),
            Drag::Column(_) | Drag::Field(_) | Drag::Band(_) => None,
        }
    }
}

/// A drop on a field that has a rule already, until somebody says what is meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The column that was dropped.
    pub column: String,
    /// The field.
    pub target: String,
    /// The field whose wire was led here, if one was.
    pub instead_of: Option<String>,
    /// Where it was dropped.
    pub at: Pos2,
}

/// What the hand does.
#[derive(Debug, Default)]
pub struct Hand {
    /// The column under the keyboard.
    pub column: Option<String>,
    /// The field under the keyboard.
    pub field: Option<String>,
    /// The fields whose wires are chosen.
    pub chosen: BTreeSet<String>,
    /// The column that was picked up with the keyboard.
    pub carried: Option<String>,
    /// What was typed to find a line.
    pub typed: String,
    /// What is dragged.
    pub drag: Option<Drag>,
    /// A drop that needs a word.
    pub taken: Option<Taken>,
    /// The list that should get the focus.
    pub focus: Option<Pane>,
    /// Whether the column under the keyboard should come into view.
    pub reveal_column: bool,
    /// Whether the field under the keyboard should come into view.
    pub reveal_field: bool,
    /// How far the columns are scrolled.
    pub column_offset: f32,
    /// How far the fields are scrolled.
    pub target_offset: f32,
    /// The wire under the pointer, by its place.
    pub over_wire: Option<usize>,
}

impl Hand {
    /// Chooses one field and nothing else.
    pub(crate) fn choose_field(&mut self, target: &str) {
        self.field = Some(target.to_owned());
        self.chosen.clear();
        self.chosen.insert(target.to_owned());
    }

    /// Adds a field to what is chosen, or takes it out.
    pub(crate) fn toggle_field(&mut self, target: &str) {
        if !self.chosen.remove(target) {
            self.chosen.insert(target.to_owned());
        }
        self.field = Some(target.to_owned());
    }

    /// Lets go of whatever is held.
    pub(crate) fn let_go(&mut self) -> bool {
        let held = self.carried.is_some() || self.drag.is_some() || self.taken.is_some() || !self.typed.is_empty();
        self.carried = None;
        self.drag = None;
        self.taken = None;
        self.typed.clear();
        held
    }
}
