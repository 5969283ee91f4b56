//! Words of Django's that more than one page says.

pub(super) const REQUIRED: &str = "This field is required.";
pub(super) const NO_NULL: &str = "Null characters are not allowed.";

/// `str.title`, as Django calls an app that has no name of its own.
pub(super) fn titled(label: &str) -> String {
    let mut title = String::with_capacity(label.len());
    let mut is_in_word = false;
    for char in label.chars() {
        if is_in_word {
            title.extend(char.to_lowercase());
        } else {
            title.extend(char.to_uppercase());
        }
        is_in_word = char.is_alphabetic();
    }
    title
}
