//! See `gatepost_fuzz::multipart`.
#![cfg_attr(fuzzing, no_main)]

gatepost_fuzz::fuzz_target!(multipart);
