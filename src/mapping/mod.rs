//! Row to row: what goes from which column into which field.
//!
//! A [`Mapping`] is what was drawn: a list of [`Rule`]s, each for one target field. [`Mapper::compile`] turns it into
//! something that cannot meet an unknown name when it runs, or into [`MappingProblem`]s with their [`Repair`]s. Pure: no file, no
//! network.
//!
//! - `rule`: what was drawn
//! - `target`, `reading`, `compile`, `lookup`, `value_map`, `formulas`, `persons`: what it means
//! - `mapper`, `cells`, `quick`, `convert`, `mapped`: what runs
//! - [`suggest`]: which column may go into which field; [`sdl`]: Data Loader's files

mod cells;
mod compile;
mod convert;
mod formulas;
mod lookup;
mod mapped;
mod mapper;
mod persons;
mod problem;
mod quick;
mod reading;
mod repair;
mod rule;
pub mod sdl;
pub mod suggest;
mod target;
mod value_map;

pub use cells::{detect_kind, kind_of};
pub use convert::{ColumnFormat, DateOrder, Formats, reads_as};
pub use lookup::CompiledLookup;
pub use mapped::{CLEAR_MARK, Mapped, MappedCell};
pub use mapper::{Links, Mapper, no_links};
pub use problem::{MappingProblem, Part};
pub use reading::Reading;
pub use repair::Repair;
pub use rule::{
    Blank, Condition, Expression, Lookup, Mapping, NoneFound, Otherwise, Rule, SeveralFound, Table, TooLong, ValueMap,
    Write,
};
pub use target::{ResolvedTarget, TargetShape, no_field};
