//! Any file as a table.
#![no_main]

use libfuzzer_sys::fuzz_target;
use linkspan::connect::csv::{CsvSettings, open};
use std::io::Write as _;

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a folder for temporary files");
    file.write_all(bytes).expect("room for a small file");
    let Ok(mut source) = open(file.path(), &CsvSettings::default()) else { return };
    let columns = source.schema().fields.len();
    while let Ok(Some(batch)) = source.read() {
        for row in batch.rows() {
            assert_eq!(row.cells().count(), columns);
        }
    }
});
