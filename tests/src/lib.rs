//! The harness.

pub mod wire;
