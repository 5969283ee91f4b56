//! Request bodies in the charset that `Content-Type` names: Python's `codecs` and `encodings`, with their messages.
//!
//! A JSON body is read as a stream ([`decode_stream`]); forms, multipart and query strings are bytes that are all
//! there ([`decode_strictly`], [`decode_replacing`]).

mod codecs;
mod decode;
mod single_byte;
mod units;

pub(crate) use codecs::named;
pub use codecs::{Charset, lookup};
pub use decode::{decode_replacing, decode_stream, decode_strictly, latin1};
pub use single_byte::Table;
pub(crate) use units::CodePoints;
pub use units::{Order, Width};

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::fmt::Write as _;

    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tables_are_pythons() {
        let mut wrong = String::new();
        for line in include_str!("../testdata/charset_tables.tsv")
            .lines()
            .skip(1)
        {
            let (name, row) = line.split_once('\t').unwrap();
            for (byte, expected) in (0x80..=0xFF).zip(row.split(' ')) {
                let got = match decode_strictly(&[byte], lookup(Some(name)).unwrap()) {
                    Some(text) => format!("{:X}", u32::from(text.chars().next().unwrap())),
                    None => "-".to_owned(),
                };
                if got != expected {
                    writeln!(wrong, "{name} {byte:02X}: got {got}, want {expected}").unwrap();
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[test]
    fn bodies_decode_as_in_python() {
        let mut wrong = String::new();
        let mut count = 0;
        for line in include_str!("../testdata/charset.tsv").lines().skip(1) {
            let (label, rest) = line.split_once('\t').unwrap();
            let (input, expected) = rest.split_once('\t').unwrap();
            let input: Vec<u8> = percent_decode_str(input).collect();
            let got = match lookup(Some(label)).map(|charset| decode_stream(&input, charset)) {
                Some(Ok(text)) => format!("={}", text.escape_default()),
                Some(Err(message)) => message,
                None => format!("unsupported {label}"),
            };
            if got != expected {
                writeln!(wrong, "{line}\n  got {got}").unwrap();
            }
            count += 1;
        }
        assert!(count > 500, "{count} rows");
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[test]
    fn dots_stand_for_underscores_in_aliases() {
        let charset = lookup(Some("ISO.8859.1")).unwrap();
        assert_eq!(decode_strictly(b"\xE9", charset).unwrap(), "é");
    }

    #[test]
    fn without_a_label_a_mark_stays_for_the_parser() {
        let text = decode_stream(b"\xEF\xBB\xBF{}", lookup(None).unwrap()).unwrap();
        assert_eq!(text, "\u{FEFF}{}");
        assert!(
            matches!(text, Cow::Borrowed(_)),
            "plain UTF-8 is not copied"
        );
    }

    /// Each row was printed by CPython 3.11.
    #[test]
    fn bytes_decode_as_in_python() {
        for (bytes, label, strict, replaced) in [
            (&b"a\xe9"[..], "latin-1", Some("a\u{e9}"), "a\u{e9}"),
            (&b"a\xe9b"[..], "ascii", None, "a\u{fffd}b"),
            (&b"\xe2\x82a\xff"[..], "utf-8", None, "\u{fffd}a\u{fffd}"),
            (&b"\xe2\x82"[..], "utf-8", None, "\u{fffd}"),
            (
                &b"\xed\xa0\x80"[..],
                "utf-8",
                None,
                "\u{fffd}\u{fffd}\u{fffd}",
            ),
            (&b"\xef\xbb\xbfa"[..], "utf-8-sig", Some("a"), "a"),
            (
                &b"\xef\xbb\xbfa"[..],
                "utf-8",
                Some("\u{feff}a"),
                "\u{feff}a",
            ),
            (&b"\x98a"[..], "cp1251", None, "\u{fffd}a"),
            (&b"a\x00b"[..], "utf-16", None, "a\u{fffd}"),
            (&b"\xff\xfea\x00"[..], "utf-16", Some("a"), "a"),
            (&b"\xfe\xff\x00a"[..], "utf-16", Some("a"), "a"),
            (
                &b"\xff\xfea\x00"[..],
                "utf-16-le",
                Some("\u{feff}a"),
                "\u{feff}a",
            ),
            (&b"\x00\xd8a\x00"[..], "utf-16-le", None, "\u{fffd}a"),
            (&b"\x00\xdca\x00"[..], "utf-16-le", None, "\u{fffd}a"),
            (
                &b"\xd8=\xde\x00\xd8"[..],
                "utf-16-be",
                None,
                "\u{1f600}\u{fffd}",
            ),
            (&b"\xd8=\xde"[..], "utf-16-be", None, "\u{fffd}"),
            (&b"\xd8="[..], "utf-16-be", None, "\u{fffd}"),
            (
                &b"\xd8=\xd8=\xde\x00"[..],
                "utf-16-be",
                None,
                "\u{fffd}\u{1f600}",
            ),
            (&b"a\x00\x00\x00b"[..], "utf-32-le", None, "a\u{fffd}"),
            (
                &b"a\x00\x00\x00\x00\xd8\x00\x00b\x00\x00\x00"[..],
                "utf-32-le",
                None,
                "a\u{fffd}b",
            ),
            (&b"\x00\x00\x11\x00"[..], "utf-32-le", None, "\u{fffd}"),
            (
                &b"\x00\x00\xfe\xff\x00\x00\x00a"[..],
                "utf-32",
                Some("a"),
                "a",
            ),
            (&b"a\x00\x00\x00"[..], "utf-32", Some("a"), "a"),
            (&b""[..], "utf-16", Some(""), ""),
        ] {
            let charset = lookup(Some(label)).unwrap();
            let got = decode_strictly(bytes, charset);
            assert_eq!(got.as_deref(), strict, "{bytes:x?} {label}");
            assert_eq!(
                decode_replacing(bytes, charset),
                replaced,
                "{bytes:x?} {label}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..40), label in ".{0,12}", place in 0..4_usize) {
            let marked = ["utf-8-sig", "utf-16", "utf-32", "cp1255"][place];
            for label in [None, Some(&*label), Some(marked)] {
                if let Some(charset) = lookup(label) {
                    let _ = decode_stream(&bytes, charset);
                    let strict = decode_strictly(&bytes, charset);
                    prop_assert!(strict.is_none_or(|text| text == decode_replacing(&bytes, charset)));
                }
            }
        }
    }
}
