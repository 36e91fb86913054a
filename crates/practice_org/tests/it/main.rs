//! What the practice org promises to whoever calls it over HTTP.

mod org;

mod bad_days;
mod bulk;
mod collections;
mod door;
mod queries;
mod rows;
mod schema;
mod worlds;
