//! See `gatepost_fuzz::token`.
#![cfg_attr(fuzzing, no_main)]

gatepost_fuzz::fuzz_target!(token);
