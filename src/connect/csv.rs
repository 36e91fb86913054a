//! CSV and its kin.
