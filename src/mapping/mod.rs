//! Row to row: what goes from which column into which field.
//!
//! A [`Mapping`] is what was drawn: a list of [`Rule`]s, each for one target field. [`Mapper::compile`] turns it into
//! something that cannot meet an unknown name when it runs. Pure: no file, no network.

mod convert;
mod mapper;
mod rule;
pub mod sdl;
pub mod suggest;

pub use convert::{DateOrder, Formats};
pub use mapper::{Mapped, MappedCell, Mapper, MappingProblem, ResolvedTarget, TargetShape};
pub use rule::{Blank, Expression, Mapping, Rule};
