//! See `gatepost_fuzz::json`.
#![cfg_attr(fuzzing, no_main)]

gatepost_fuzz::fuzz_target!(json);
