//! Text of strangers made safe for a terminal.

use std::borrow::Cow;

/// Whether a terminal might act on this character instead of showing it, or show what follows in another order.
pub fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(char,
            // marks, embeddings, overrides and isolates of the direction of writing
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // line and paragraph separator, shapes and annotations that nobody types, the mark of byte order
            | '\u{2028}' | '\u{2029}' | '\u{206a}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' | '\u{feff}')
}

/// The text in one line, with everything unsafe in it written out as `\u{202e}` or `\n`.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if is_unsafe(char) {
            out.extend(char.escape_default());
        } else {
            out.push(char);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_commands_the_terminal() {
        assert_eq!(printable("plain ö 漢 👩‍👩‍👧"), "plain ö 漢 👩‍👩‍👧");
        assert_eq!(
            printable("\u{1b}[2J\u{9b}31m\u{202e}x\n"),
            "\\u{1b}[2J\\u{9b}31m\\u{202e}x\\n"
        );
        for char in "\u{200e}\u{200f}\u{61c}\u{2028}\u{2029}\u{feff}\u{206a}\u{fff9}".chars() {
            assert!(is_unsafe(char), "{char:?}");
            assert!(!printable(&char.to_string()).contains(is_unsafe));
        }
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(text in any::<String>()) {
            prop_assert!(!printable(&text).contains(is_unsafe));
        }
    }
}
