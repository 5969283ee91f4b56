//! See `gatepost_fuzz::email`.
#![cfg_attr(fuzzing, no_main)]

gatepost_fuzz::fuzz_target!(email);
