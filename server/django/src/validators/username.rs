//! Django's `UnicodeUsernameValidator`.

use crate::python::is_word;

/// `[\w.@+-]+` over the whole name, with Python's `\w`; length is another rule.
pub fn is_valid(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| is_word(c) || ".@+-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn letters_and_numbers_of_any_script_pass() {
        for name in [
            "a",
            "A.b@c+d-e_1",
            "émile",
            "ﬁne",
            "ａｂｃ",
            "½²①Ⅷ",
            "名前",
            "٣",
        ] {
            assert!(is_valid(name), "{name}");
        }
    }

    #[test]
    fn marks_joiners_spaces_and_newer_letters_are_refused() {
        for name in [
            "",
            "a b",
            "a\n",
            "a!",
            "a/b",
            "e\u{301}",
            "हि",
            "a\u{200d}b",
            "a\u{203f}b",
            "a\0",
            "😀",
            "\u{a7cb}",
        ] {
            assert!(!is_valid(name), "{name:?}");
        }
    }
}
