//! See `fuzzing::email`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gatepost_server::fuzzing::email(bytes));
