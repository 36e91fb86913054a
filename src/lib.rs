//! The map of the house.

pub mod cancel;
pub mod retry;
pub mod secret;

pub mod record;

pub mod mapping;

pub mod vault;

pub mod salesforce;

pub mod connect;
