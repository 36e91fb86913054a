//! Which column goes into which field.
