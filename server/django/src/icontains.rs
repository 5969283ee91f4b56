//! Whether a text contains another one, whatever the case of their letters: Django's `icontains`, by Unicode where
//! SQLite's own knows ASCII alone.

use memchr::memmem::Finder;

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Needle(Finder<'static>);

impl Needle {
    /// A needle that matches this text in capital or small letters.
    pub fn new(text: &str) -> Self {
        let mut folded = Vec::new();
        fold(text, &mut folded);
        Self(Finder::new(&folded).into_owned())
    }

    /// Whether it is in a text; `room` is used again for each. It takes time in proportion to the text, whatever is
    /// looked for.
    pub fn is_in(&self, text: &str, room: &mut Vec<u8>) -> bool {
        room.clear();
        fold(text, room);
        self.0.find(room).is_some()
    }
}

/// A letter of either case is the same one: `ß` is `ss`, and each of the three sigmas is `σ`.
fn fold(text: &str, folded: &mut Vec<u8>) {
    if text.is_ascii() {
        let begin = folded.len();
        folded.extend_from_slice(text.as_bytes());
        folded[begin..].make_ascii_lowercase();
        return;
    }
    let mut bytes = [0; 4];
    let small = text.chars().flat_map(char::to_uppercase);
    for char in small.flat_map(char::to_lowercase) {
        folded.extend_from_slice(char.encode_utf8(&mut bytes).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_every_script_are_found_in_either_case() {
        let is_in = |needle: &str, text: &str| Needle::new(needle).is_in(text, &mut Vec::new());
        for (needle, text) in [
            ("Word", "a sWORd"),
            ("ÉTÉ", "un été"),
            ("привет", "ПРИВЕТ, мир"),
            ("σοφος", "ΣΟΦΟΣ"),
            ("STRASSE", "Straße"),
            ("k", "\u{212a}"),
            ("100%_", "is 100%_ sure"),
            ("", ""),
        ] {
            assert!(is_in(needle, text), "{needle} in {text}");
        }
        for (needle, text) in [("words", "word"), ("e", "é"), ("a%b", "aXb"), ("a", "")] {
            assert!(!is_in(needle, text), "{needle} in {text}");
        }
    }
}
