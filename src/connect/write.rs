//! Writes tables to files that people open.
