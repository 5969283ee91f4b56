//! Sets of code points as CPython 3.11 knows them: Unicode 14.0, generated from its `unicodedata`.
//!
//! The sets lie in `data/unicode14/`, one per file. A set is a sorted list of boundaries: the first code point in it,
//! the first one out of it again, and so on. Python's own version counts, not the compiler's, since newer letters are refused on the wire.

/// What `\w` of `re` matches: L*, N* and `_`.
pub(super) const WORD: &[u32] = &include!("../../data/unicode14/word.in");

/// `str.isdecimal`: category Nd, in runs of ten from 0 to 9.
pub(super) const DECIMAL: &[u32] = &include!("../../data/unicode14/decimal.in");

/// `str.isdigit` beyond `isdecimal`: superscripts, circled digits and the like.
pub(super) const OTHER_DIGIT: &[u32] = &include!("../../data/unicode14/other_digit.in");

/// Unassigned in Unicode 14, but with a lower case or a case property in Rust 1.95 (`str::to_lowercase`).
pub(super) const NEWER_CASE: &[u32] = &include!("../../data/unicode14/newer_case.in");

/// What `str.isprintable` refuses: controls, marks of direction and the like, spaces but U+0020, what is private or unassigned.
pub(super) const NOT_PRINTABLE: &[u32] = &include!("../../data/unicode14/not_printable.in");
