//! What the practice org promises to whoever calls it over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod org;

mod bad_days;
mod bulk;
mod collections;
mod door;
mod queries;
mod rows;
mod schema;
mod tooling;
mod worlds;
