//! `application/x-www-form-urlencoded` bodies as Django's `QueryDict` reads them.

use percent_encoding::percent_decode_str;

use crate::charset::{Charset, decode_replacing, decode_strictly, latin1};

/// Django's `DATA_UPLOAD_MAX_NUMBER_FIELDS`.
const MAX_FIELDS: usize = 1000;

/// More pieces than Django takes: an HTML 400.
#[derive(Debug, PartialEq, Eq)]
pub struct TooManyFields;

/// The pairs of a form in order, repeated names too; a query string is read the same way.
pub fn parse_form(body: &[u8], charset: Charset) -> Result<Vec<(String, String)>, TooManyFields> {
    let text = decode_strictly(body, charset).unwrap_or_else(|| latin1(body));
    // Empty pieces count, though they make no field.
    if text.bytes().filter(|&byte| byte == b'&').count() >= MAX_FIELDS {
        return Err(TooManyFields);
    }
    let field = |piece: &str| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        (unquote(name, charset), unquote(value, charset))
    };
    Ok(text
        .split('&')
        .filter(|piece| !piece.is_empty())
        .map(field)
        .collect())
}

/// Python's `unquote_plus`: where there is a percent sign, each run of ASCII is bytes in the charset.
fn unquote(text: &str, charset: Charset) -> String {
    let spaced = text.replace('+', " ");
    if !spaced.contains('%') {
        return spaced;
    }
    let mut out = String::with_capacity(spaced.len());
    let mut rest = spaced.as_str();
    while !rest.is_empty() {
        let (run, tail) = split_where(rest, |char| !char.is_ascii());
        let bytes: Vec<u8> = percent_decode_str(run).collect();
        out.push_str(&decode_replacing(&bytes, charset));
        let (other, tail) = split_where(tail, |char| char.is_ascii());
        out.push_str(other);
        rest = tail;
    }
    out
}

fn split_where(text: &str, is_end: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(is_end).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::charset::lookup;

    fn utf8(body: &[u8]) -> Result<Vec<(String, String)>, TooManyFields> {
        parse_form(body, Charset::Utf8)
    }

    #[test]
    fn a_charset_is_that_of_the_text_and_of_what_is_quoted() {
        let form = |body: &[u8], label: &str| parse_form(body, lookup(Some(label)).unwrap());
        let field = |name: &str, value: &str| Ok(vec![(name.to_owned(), value.to_owned())]);
        assert_eq!(form(b"a=\xE9%E9", "latin-1"), field("a", "éé"));
        assert_eq!(form(b"a=%E9", "ascii"), field("a", "\u{FFFD}"));
        assert_eq!(form(b"a\0=\0b\0", "utf-16-le"), field("a", "b"));
        // each run of ASCII is decoded anew
        assert_eq!(
            form(b"=\x00%\x004\x001\x00%\x000\x004\x00", "utf-16-le"),
            field("", "\u{441}")
        );
        // no UTF-16, so it is latin-1
        assert_eq!(form(b"a=b", "utf-16"), field("a", "b"));
    }

    #[test]
    fn forms_parse_as_in_django() {
        for (body, expected) in [
            ("", &[][..]),
            ("a=1&b=2&a=3", &[("a", "1"), ("b", "2"), ("a", "3")]),
            ("a=b=c", &[("a", "b=c")]),
            ("a", &[("a", "")]),
            ("=", &[("", "")]),
            ("&&a=1&", &[("a", "1")]),
            ("a;b=1;2", &[("a;b", "1;2")]),
            ("a+b=c+d%2B%26", &[("a b", "c d+&")]),
            ("a=%zz%4%&b=%41", &[("a", "%zz%4%"), ("b", "A")]),
            ("a=%C3%A9é%e2%82", &[("a", "éé\u{FFFD}")]),
            ("a=%ED%A0%80", &[("a", "\u{FFFD}\u{FFFD}\u{FFFD}")]),
            ("a=%00", &[("a", "\0")]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|&(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            assert_eq!(utf8(body.as_bytes()), Ok(expected), "{body}");
        }
    }

    #[test]
    fn what_is_not_utf8_is_latin1() {
        let field = ("é".to_owned(), "Ã©é".to_owned());
        assert_eq!(utf8(b"\xE9=\xC3\xA9%C3%A9"), Ok(vec![field]));
    }

    #[test]
    fn a_thousand_fields_are_the_limit() {
        assert_eq!(utf8("a&".repeat(999).as_bytes()).unwrap().len(), 999);
        assert!(utf8("&".repeat(999).as_bytes()).unwrap().is_empty());
        assert_eq!(utf8("&".repeat(1000).as_bytes()), Err(TooManyFields));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = utf8(&body);
        }
    }
}
