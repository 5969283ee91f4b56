//! The pieces that random requests are made of: a file for each of the files that choose among them.

pub(super) mod body;
pub(super) mod dress;
pub(super) mod text;
pub(super) mod token;
