//! Data Loader's mapping files.
