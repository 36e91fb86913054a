//! Any mapping file of Data Loader.
#![no_main]

use libfuzzer_sys::fuzz_target;
use linkspan::mapping::sdl;

fuzz_target!(|bytes: &[u8]| {
    let read = sdl::read(bytes);
    if let Ok(written) = sdl::write(&read.mapping) {
        assert_eq!(sdl::read(&written).mapping, read.mapping);
    }
});
