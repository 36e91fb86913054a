//! What flows: records of fields, rows in batches, and what is known of both.
//!
//! A source yields [`Batch`]es of [`Row`]s, each cell the text that the source holds; a [`Schema`] says what a table or an
//! object consists of; a [`Rejection`] says why a row, or one cell of it, did not get through. Nothing here does I/O.

mod batch;
mod find;
mod id;
mod number;
mod rejection;
mod schema;

pub use batch::{Batch, BatchBuilder, BlockError, Row, RowNumber};
pub use find::Needle;
pub(crate) use id::check;
pub use id::{id15_to_18, looks_like_id};
pub(crate) use number::{number_from, number_to};
pub use rejection::Rejection;
pub use schema::{Field, Kind, PicklistValue, Schema};
