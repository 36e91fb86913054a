//! Row to row: what goes from which column into which field.
//!
//! A [`Mapping`] is what was drawn: a list of [`Rule`]s, each for one target field. [`Mapper::compile`] turns it into
//! something that cannot meet an unknown name when it runs. Pure: no file, no network.

mod cells;
mod convert;
mod formulas;
mod lookup;
mod mapper;
mod persons;
mod quick;
mod rule;
pub mod sdl;
pub mod suggest;
mod target;
mod value_map;

pub use cells::{detect_kind, kind_of};
pub use convert::{ColumnFormat, DateOrder, Formats, reads_as};
pub use lookup::CompiledLookup;
pub use mapper::{CLEAR_MARK, Links, Mapped, MappedCell, Mapper, MappingProblem, Part, Reading, no_links};
pub use rule::{
    Blank, Condition, Expression, Lookup, Mapping, NoneFound, Otherwise, Repair, Rule, SeveralFound, Table, TooLong,
    ValueMap, Write,
};
pub use target::{ResolvedTarget, TargetShape};
