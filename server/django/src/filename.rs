//! A file's name in multipart as Django's `sanitize_file_name` leaves it: only whether anything is left matters here.

use crate::python;

/// HTML's names of what is no part of a name, each with a character that is as good: separators, the dot, and all
/// that is not printable.
const NAMED: [(&str, char); 4] = [
    ("sol;", '/'),
    ("bsol;", '\\'),
    ("period;", '.'),
    (
        "af; ApplyFunction; emsp13; emsp14; emsp; ensp; hairsp; ic; InvisibleComma; InvisibleTimes; it; lrm; \
         MediumSpace; nbsp; nbsp NegativeMediumSpace; NegativeThickSpace; NegativeThinSpace; NegativeVeryThinSpace; \
         NewLine; NoBreak; NonBreakingSpace; numsp; puncsp; rlm; shy; shy Tab; ThickSpace; thinsp; ThinSpace; \
         VeryThinSpace; ZeroWidthSpace; zwj; zwnj;",
        '\0',
    ),
];

/// Whether a name is left once HTML's references are read and folders and what is not printable are taken off.
pub(super) fn is_usable(name: &str) -> bool {
    let name = unescape(name);
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let printable: String = name
        .chars()
        .filter(|char| python::is_printable(*char))
        .collect();
    !matches!(printable.as_str(), "" | "." | "..")
}

/// `html.unescape` as far as it matters: a reference to anything else stays, and is as printable.
fn unescape(name: &str) -> String {
    let mut pieces = name.split('&');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let reference = named(piece).or_else(|| numbered(piece));
        let (char, rest) = reference.unwrap_or(('&', piece));
        out.push(char);
        out.push_str(rest);
    }
    out
}

fn named(after: &str) -> Option<(char, &str)> {
    NAMED.iter().find_map(|(names, char)| {
        let rest = names.split(' ').find_map(|name| after.strip_prefix(name))?;
        Some((*char, rest))
    })
}

/// `#46;` or `#x2e;`, the semicolon optional: a character as printable as it, and what follows.
fn numbered(after: &str) -> Option<(char, &str)> {
    let digits = after.strip_prefix('#')?;
    let (digits, radix) = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (digits, 10),
    };
    let end = digits.find(|char: char| !char.is_digit(radix));
    let (digits, rest) = digits.split_at(end.unwrap_or(digits.len()));
    if digits.is_empty() {
        return None;
    }
    let char = match u32::from_str_radix(digits, radix) {
        // the controls of Windows-1252, of which all but five are printable characters
        Ok(code @ 0x80..=0x9F) if !matches!(code, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D) => None,
        Ok(code @ 1..) => char::from_u32(code),
        _ => None,
    };
    let char = char.unwrap_or(char::REPLACEMENT_CHARACTER);
    Some((char, rest.strip_prefix(';').unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_usable_as_django_says() {
        for name in [
            "a",
            "a/b",
            "\\b",
            "...",
            "&",
            "&amp;",
            "&nbsp;x",
            "a&sol",
            "&#46;a",
            "&#x41;",
            "&#128;",
            "&#0;",
            "&#;",
            "&#xD800;",
            "&#99999999999;",
            " ",
            "&it",
            "&nonsense;",
            "\u{301}",
        ] {
            assert!(is_usable(name), "{name}");
        }
        for name in [
            "",
            ".",
            "..",
            "a/",
            "a\\",
            "a/..",
            "a&sol;",
            "&#46;",
            "&#46",
            "&#x2E;.",
            "&period;",
            "\u{a0}",
            "\u{ad}",
            "\u{1}",
            "&shy",
            "&nbsp;&Tab;",
            "&#1;",
            "&#129;",
            "\u{e000}",
            "\u{378}",
            "&#xFFFF;",
            "&#9;",
        ] {
            assert!(!is_usable(name), "{name}");
        }
    }
}
