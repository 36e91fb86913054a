//! Stored blocks of rows: read or refused, never trusted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use linkspan::record::Batch;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(batch) = Batch::from_block(bytes) {
        for row in batch.rows() {
            let cells: usize = row.cells().map(str::len).sum();
            assert!(cells <= batch.bytes() && row.extra().len() < usize::MAX);
            row.fault();
        }
        assert_eq!(Batch::from_block(&batch.to_block()), Ok(batch));
    }
});
