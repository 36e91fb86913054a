//! What the practice org promises to whoever calls it over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod org;

mod adoption;
mod assertions;
mod bad_days;
mod bin;
mod bulk;
mod collections;
mod composite;
mod conservation;
mod door;
mod jobs;
mod limits;
mod queries;
mod rows;
mod rules;
mod sales;
mod schema;
mod search;
mod sign_in;
mod soap;
mod tooling;
mod uploads;
mod worlds;
