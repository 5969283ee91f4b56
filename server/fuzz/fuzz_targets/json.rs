//! See `fuzzing::json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gatepost_server::fuzzing::json(bytes));
