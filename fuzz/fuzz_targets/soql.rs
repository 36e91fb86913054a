//! Any text as SOQL.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    practice_org::fuzzing::soql(text);
});
