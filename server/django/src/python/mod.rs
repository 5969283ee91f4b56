//! Python's text rules where the wire shows them: whitespace, `int()`, `\w`, digits, lower case, patterns, URLs.

mod re;
mod unicode14;
mod url;

pub use re::Pattern;
pub use url::Url;

/// `str.isspace`: what `strip()` removes, the separators U+001C to U+001F included.
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// `str.strip()`.
pub fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// An integer as far as a database can hold one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Int {
    /// Fits 64 bits.
    Fits(i64),
    /// A number, but of no row.
    Beyond,
}

/// More digits are a ValueError (`sys.int_info.default_max_str_digits`).
pub const MAX_DIGITS: usize = 4300;

/// `int(text)`: digits of any script, one sign, single underscores between digits, spaces around.
pub fn int(text: &str) -> Option<Int> {
    // int() does not strip the separators that strip() does
    let text = text.trim_matches(char::is_whitespace);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut value = Some(0_i64);
    let mut count = 0;
    let mut after_digit = false;
    for c in digits.chars() {
        if c == '_' && after_digit {
            after_digit = false;
            continue;
        }
        let digit = i64::from(decimal(c)?);
        let digit = if negative { -digit } else { digit };
        value = value.and_then(|v| v.checked_mul(10)?.checked_add(digit));
        count += 1;
        after_digit = true;
    }
    (after_digit && count <= MAX_DIGITS).then(|| value.map_or(Int::Beyond, Int::Fits))
}

/// What `\w` of Python's `re` matches: letters and numbers of any kind, and `_`; no marks.
pub fn is_word(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || c == '_'
    } else {
        contains(unicode14::WORD, c)
    }
}

/// `str.isdecimal` of one character: category Nd.
pub fn is_decimal(c: char) -> bool {
    decimal(c).is_some()
}

/// `str.isdigit` of one character: Nd, superscripts, circled digits and the like.
pub fn is_digit(c: char) -> bool {
    is_decimal(c) || contains(unicode14::OTHER_DIGIT, c)
}

/// `str.isprintable` of one character.
pub fn is_printable(c: char) -> bool {
    !contains(unicode14::NOT_PRINTABLE, c)
}

/// `str.lower()`, a final sigma included.
///
/// Two characters differ from Python in whether a sigma beside them is final, U+0295 and U+1171E:
/// Unicode changed them after version 14.
pub fn to_lower(text: &str) -> String {
    let mut lower = String::with_capacity(text.len());
    let mut rest = text;
    // to Python a newer letter is no letter: it stays, and a word ends at it
    while let Some((at, c)) =
        (rest.char_indices()).find(|&(_, c)| contains(unicode14::NEWER_CASE, c))
    {
        lower.push_str(&rest[..at].to_lowercase());
        lower.push(c);
        rest = &rest[at + c.len_utf8()..];
    }
    lower.push_str(&rest.to_lowercase());
    lower
}

/// The value of a decimal digit of any script.
fn decimal(c: char) -> Option<u32> {
    if c.is_ascii() {
        return c.to_digit(10);
    }
    let c = u32::from(c);
    let after = unicode14::DECIMAL.partition_point(|&boundary| boundary <= c);
    // every run of ten starts with its zero
    (after % 2 == 1).then(|| (c - unicode14::DECIMAL[after - 1]) % 10)
}

fn contains(boundaries: &[u32], c: char) -> bool {
    boundaries.partition_point(|&boundary| boundary <= u32::from(c)) % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::digest::{SHA256, digest};
    use proptest::prelude::*;

    /// SHA-256 of all that is in a set, one after the other, and how many that is.
    fn set(has: fn(char) -> bool) -> (usize, String) {
        let all: String = ('\0'..=char::MAX).filter(|&c| has(c)).collect();
        (all.chars().count(), sha256(&all))
    }

    fn sha256(text: &str) -> String {
        format!("{:?}", digest(&SHA256, text.as_bytes())).replace("SHA256:", "")
    }

    #[test]
    fn the_sets_are_those_of_python_3_11() {
        for (name, has, count, hash) in [
            (
                "isspace",
                is_space as fn(char) -> bool,
                29,
                "690d49e0bc6f7872ec9959b204e4151fce07372caa0194857fd3d2b71d06a2df",
            ),
            (
                r"\w",
                is_word,
                133_547 + 1,
                "fad7ecbbe89c705e0741fe9ef5aef1d50c7d987e7cffb783074ab82c064b4f2d",
            ),
            (
                "isdecimal",
                is_decimal,
                660,
                "89f73c69f6bf477a758e616d4ea29fc7a260e616cbd06f56f6ff8937c722e91c",
            ),
            (
                "isprintable",
                is_printable,
                144_516,
                "6bf71390afb42f146770f763b81ed0abfa13285d747ee8d64103190bfa195daa",
            ),
            (
                "isdigit",
                is_digit,
                788,
                "2635b4a1b0a8aba617cb99aae7766b1d2ff5abf3ba40485bca5935fb8a1be210",
            ),
        ] {
            assert_eq!(set(has), (count, hash.to_owned()), "{name}");
        }
    }

    #[test]
    fn lower_case_is_that_of_python_3_11() {
        // each character alone, and where it decides whether a sigma is final
        let all: String = ('\0'..'\u{20000}')
            .chain('\u{e0000}'..'\u{e0200}')
            .filter(|&c| c != '\u{295}' && c != '\u{1171e}')
            .flat_map(|c| {
                [
                    to_lower(&format!("{c}\na{c}Σ\n")),
                    to_lower(&format!("aΣ{c}\n")),
                ]
            })
            .collect();
        assert_eq!(
            sha256(&all),
            "d5da01027c8840386687a9554f80a80a4576ca780227f4cfdcc30db406e27842",
            "a newer compiler knows newer letters: extend NEWER_CASE"
        );
        assert_eq!(to_lower("ΟΔΟΣ İKΣ\u{a7cb}Σ"), "οδος i\u{307}kς\u{a7cb}σ");
    }

    #[test]
    fn strip_takes_pythons_whitespace() {
        assert_eq!(
            strip("\u{1c}\u{1f}\u{85}\u{3000} a\u{1d}b\u{200b}\t\u{a0}"),
            "a\u{1d}b\u{200b}"
        );
    }

    #[test]
    fn int_reads_what_python_reads() {
        for (text, value) in [
            ("1", 1),
            ("01", 1),
            ("+1", 1),
            ("-1", -1),
            (" 1\n", 1),
            ("1\u{a0}", 1),
            ("\u{85}1\u{3000}", 1),
            ("1_0", 10),
            ("１", 1),
            ("١٢", 12),
            ("𝟘𝟡", 9),
            ("-0", 0),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
            (&"0".repeat(4300), 0),
        ] {
            assert_eq!(int(text), Some(Int::Fits(value)), "{text:?}");
        }
        for text in [
            "9223372036854775808",
            "-9223372036854775809",
            &"1".repeat(4300),
            &format!("{}1", "1_".repeat(4299)),
        ] {
            assert_eq!(int(text), Some(Int::Beyond), "{text:?}");
        }
        for text in [
            "",
            " ",
            "abc",
            "1e3",
            "0x1",
            "1,2",
            "1\0",
            "1__0",
            "_1",
            "1_",
            "+_1",
            "++1",
            "+ 1",
            "+",
            "-",
            "\u{1c}1",
            "1\u{1f}",
            "1.0",
            "½",
            "²",
            "1\u{200b}",
            &"1".repeat(4301),
            &"0".repeat(4301),
            "\u{11f50}", // a digit since Unicode 15
        ] {
            assert_eq!(int(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn int_never_panics(text in any::<String>(), number in r"\s?[+-]?[\d_]{0,40}\s?") {
            let _ = (int(&text), int(&number));
        }
    }
}
