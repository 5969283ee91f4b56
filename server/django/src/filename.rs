//! A file's name in multipart as Django's `sanitize_file_name` leaves it: only whether anything is left matters here.

use crate::python;

/// Names of HTML for what is no part of a name: separators, dots, what is not printable.
const NAMED: [(&str, &str); 38] = [
    ("af;", "\u{2061}"),
    ("ApplyFunction;", "\u{2061}"),
    ("bsol;", "\\"),
    ("emsp13;", "\u{2004}"),
    ("emsp14;", "\u{2005}"),
    ("emsp;", "\u{2003}"),
    ("ensp;", "\u{2002}"),
    ("hairsp;", "\u{200a}"),
    ("ic;", "\u{2063}"),
    ("InvisibleComma;", "\u{2063}"),
    ("InvisibleTimes;", "\u{2062}"),
    ("it;", "\u{2062}"),
    ("lrm;", "\u{200e}"),
    ("MediumSpace;", "\u{205f}"),
    ("nbsp;", "\u{a0}"),
    ("nbsp", "\u{a0}"),
    ("NegativeMediumSpace;", "\u{200b}"),
    ("NegativeThickSpace;", "\u{200b}"),
    ("NegativeThinSpace;", "\u{200b}"),
    ("NegativeVeryThinSpace;", "\u{200b}"),
    ("NewLine;", "\n"),
    ("NoBreak;", "\u{2060}"),
    ("NonBreakingSpace;", "\u{a0}"),
    ("numsp;", "\u{2007}"),
    ("period;", "."),
    ("puncsp;", "\u{2008}"),
    ("rlm;", "\u{200f}"),
    ("shy;", "\u{ad}"),
    ("shy", "\u{ad}"),
    ("sol;", "/"),
    ("Tab;", "\t"),
    ("ThickSpace;", "\u{205f}"),
    ("thinsp;", "\u{2009}"),
    ("ThinSpace;", "\u{2009}"),
    ("VeryThinSpace;", "\u{200a}"),
    ("ZeroWidthSpace;", "\u{200b}"),
    ("zwj;", "\u{200d}"),
    ("zwnj;", "\u{200c}"),
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
    let mut out = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let named = NAMED.iter().find(|(name, _)| after.starts_with(name));
        if let Some((name, text)) = named {
            out.push_str(text);
            rest = &after[name.len()..];
        } else if let Some((text, tail)) = numbered(after) {
            out.extend(text);
            rest = tail;
        } else {
            out.push('&');
            rest = after;
        }
    }
    out + rest
}

/// `#46;` or `#x2e;`, the semicolon optional: its character, if it is one, and what follows.
fn numbered(after: &str) -> Option<(Option<char>, &str)> {
    let digits = after.strip_prefix('#')?;
    let (digits, radix) = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (digits, 10),
    };
    let end = digits.find(|char: char| !char.is_digit(radix));
    let (digits, tail) = digits.split_at(end.unwrap_or(digits.len()));
    if digits.is_empty() {
        return None;
    }
    let text = match u32::from_str_radix(digits, radix) {
        Ok(0 | 0xD800..=0xDFFF) | Err(_) => Some(char::REPLACEMENT_CHARACTER),
        // the controls of Windows-1252, of which all but five are printable characters
        Ok(code @ 0x80..=0x9F) if !matches!(code, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D) => Some('x'),
        Ok(code) if is_no_character(code) => None,
        Ok(code) => Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
    };
    Some((text, tail.strip_prefix(';').unwrap_or(tail)))
}

/// What a reference may not mean: it is dropped.
fn is_no_character(code: u32) -> bool {
    matches!(code, 0x1..=0x8 | 0xB | 0xE..=0x1F | 0x7F..=0x9F | 0xFDD0..=0xFDEF)
        || (code & 0xFFFE == 0xFFFE && code <= 0x10_FFFF)
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
