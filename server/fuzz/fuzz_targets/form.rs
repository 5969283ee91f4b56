//! See `gatepost_fuzz::form`.
#![cfg_attr(fuzzing, no_main)]

gatepost_fuzz::fuzz_target!(form);
