//! The refresh transaction under races, cuts and crashes.
