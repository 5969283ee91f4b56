//! Sentences of Django's forms that more than one form says.

pub(super) const REQUIRED: &str = "This field is required.";
pub(super) const NO_NULL: &str = "Null characters are not allowed.";
