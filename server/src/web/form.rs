//! `application/x-www-form-urlencoded` bodies as Django's `QueryDict` reads them.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Django's `DATA_UPLOAD_MAX_NUMBER_FIELDS`.
const MAX_FIELDS: usize = 1000;

/// More pieces than Django takes: an HTML 400.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooManyFields;

/// The pairs of a form in order, repeated names too; a query string is read the same way.
pub(crate) fn parse_form(body: &[u8]) -> Result<Vec<(String, String)>, TooManyFields> {
    let text: Cow<'_, str> = match std::str::from_utf8(body) {
        Ok(text) => text.into(),
        Err(_) => body.iter().copied().map(char::from).collect(),
    };
    // Empty pieces count, though they make no field.
    if text.bytes().filter(|&byte| byte == b'&').count() >= MAX_FIELDS {
        return Err(TooManyFields);
    }
    let field = |piece: &str| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        (unquote(name), unquote(value))
    };
    Ok(text
        .split('&')
        .filter(|piece| !piece.is_empty())
        .map(field)
        .collect())
}

/// Python's `unquote_plus`.
fn unquote(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
            assert_eq!(parse_form(body.as_bytes()), Ok(expected), "{body}");
        }
    }

    #[test]
    fn what_is_not_utf8_is_latin1() {
        let field = ("é".to_owned(), "Ã©é".to_owned());
        assert_eq!(parse_form(b"\xE9=\xC3\xA9%C3%A9"), Ok(vec![field]));
    }

    #[test]
    fn a_thousand_fields_are_the_limit() {
        assert_eq!(parse_form("a&".repeat(999).as_bytes()).unwrap().len(), 999);
        assert!(parse_form("&".repeat(999).as_bytes()).unwrap().is_empty());
        assert_eq!(parse_form("&".repeat(1000).as_bytes()), Err(TooManyFields));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = parse_form(&body);
        }
    }
}
