//! One row as it will be sent.

use crate::formula::Scratch;

/// One row as it will be sent; reused from row to row, so that mapping allocates nothing.
#[derive(Debug, Default)]
pub struct Mapped {
    pub(super) text: String,
    pub(super) cells: Vec<State>,
    pub(super) trimmed: Vec<usize>,
    /// Boxed, since it is taken out and put back at every row.
    pub(super) scratch: Option<Box<Scratch>>,
}

/// Addressed with 32 bits: a row comes from a batch, which is far below 4 GB.
#[derive(Debug, Clone, Copy)]
pub(super) enum State {
    Keep,
    Clear,
    Value(u32, u32),
}

/// What happens to one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MappedCell<'a> {
    /// It is left as it is.
    Keep,
    /// It is emptied.
    Clear,
    /// It gets this value, in the spelling of Salesforce's APIs.
    Value(&'a str),
}

impl Mapped {
    /// What happens to the field of the rule at `index`.
    pub fn cell(&self, index: usize) -> MappedCell<'_> {
        match self.cells[index] {
            State::Keep => MappedCell::Keep,
            State::Clear => MappedCell::Clear,
            State::Value(from, to) => MappedCell::Value(&self.text[from as usize..to as usize]),
        }
    }

    /// The cell at `index` as the Bulk API takes it: blank where the field is left as it is, the mark where it is emptied.
    #[inline]
    pub fn bytes(&self, index: usize) -> &[u8] {
        match self.cells[index] {
            State::Keep => b"",
            State::Clear => CLEAR_MARK.as_bytes(),
            State::Value(from, to) => &self.text.as_bytes()[from as usize..to as usize],
        }
    }

    /// The value at `index`, blank where there is none.
    pub fn value(&self, index: usize) -> &str {
        match self.cell(index) {
            MappedCell::Value(value) => value,
            MappedCell::Keep | MappedCell::Clear => "",
        }
    }

    /// Leaves the field of the rule at `index` as it is, whatever the row says.
    pub fn keep(&mut self, index: usize) {
        self.cells[index] = State::Keep;
    }

    /// Rules whose text was cut, ascending.
    pub fn trimmed(&self) -> &[usize] {
        &self.trimmed
    }

    #[inline]
    pub(super) fn push(&mut self, text: &str) -> State {
        let from = self.text.len();
        self.text.push_str(text);
        State::Value(from as u32, self.text.len() as u32)
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.cells.clear();
        self.trimmed.clear();
    }

    /// How many cells it has: one for each rule.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether it has no cell.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }
}

/// Data Loader's and the Bulk API's mark for "empty this field"; it means the same on every API.
pub const CLEAR_MARK: &str = "#N/A";
