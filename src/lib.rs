//! The map of the house.

pub mod cancel;
pub mod clock;
pub mod retry;
pub mod secret;

pub mod record;

pub mod mapping;

pub mod salesforce;

pub mod connect;

pub mod integration;

pub mod store;

pub mod engine;

pub mod workspace;
