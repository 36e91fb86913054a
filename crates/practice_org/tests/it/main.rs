//! What the practice org promises to whoever calls it over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod org;

mod adoption;
mod assertions;
mod bad_days;
mod bulk;
mod collections;
mod composite;
mod door;
mod queries;
mod rows;
mod schema;
mod sign_in;
mod soap;
mod tooling;
mod worlds;
