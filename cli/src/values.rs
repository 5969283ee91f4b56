//! Values as people produce them: with a byte order mark, with line ends of Windows, in quotes.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

/// How long a file that a person gives may be.
const LONGEST: u64 = 16 << 20;

/// Reads a file that a person gives. It may be a pipe, as `<(…)` of a shell is.
pub(crate) fn file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LONGEST + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(io::Error::other("it is longer than 16 MiB"));
    }
    Ok(bytes)
}

/// Reads a file of a fixed name. A pipe in its place would be waited for without end.
pub(crate) fn own_file(path: &Path) -> io::Result<Vec<u8>> {
    let about = fs::metadata(path)?;
    if !about.is_file() && !about.is_dir() {
        return Err(io::Error::other("it is no regular file"));
    }
    file(path)
}

/// The text that bytes are: UTF-8, or UTF-16 that says so by its mark. `None` where they are neither.
pub(crate) fn text(bytes: Vec<u8>) -> Option<String> {
    let wide = |join: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2);
        units
            .map(|unit| unit.try_into().map(join))
            .collect::<Result<Vec<_>, _>>()
            .ok()
            .filter(|units| units.len() * 2 + 2 == bytes.len())
            .and_then(|units| String::from_utf16(&units).ok())
    };
    match bytes.as_slice() {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        _ => String::from_utf8(bytes).ok(),
    }
}

/// The text without its last line end.
pub(crate) fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// A value of a setting: without the space, the marks and the one pair of quotes around it.
pub(crate) fn value(text: &str) -> &str {
    const PAIRS: [(char, char); 4] = [('"', '"'), ('\'', '\''), ('“', '”'), ('‘', '’')];
    let text = bare(text);
    let inside = PAIRS
        .iter()
        .find_map(|(first, last)| text.strip_prefix(*first)?.strip_suffix(*last));
    inside.map_or(text, bare)
}

fn bare(text: &str) -> &str {
    text.trim_matches(|char: char| {
        char.is_whitespace() || matches!(char, '\u{feff}' | '\u{200b}' | '\0')
    })
}

/// An access token, also where it is given as the header that it is sent in.
pub(crate) fn token(text: &str) -> &str {
    let text = value(text);
    match text.split_once(char::is_whitespace) {
        Some((scheme, token)) if is_scheme(scheme) => value(token),
        _ => text,
    }
}

fn is_scheme(word: &str) -> bool {
    ["bearer", "jwt", "token"].contains(&word.to_lowercase().as_str())
}

/// A word as a shell reads it.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "@%+=:,./_-".contains(char);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// What a variable or flag holds, where that is something.
pub(crate) fn filled(text: &str) -> Option<String> {
    let text = value(text);
    (!text.is_empty()).then(|| text.to_owned())
}

/// Yes or no.
pub(crate) fn switch(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// A length of time: seconds, or with a unit. At most a day.
pub(crate) fn time(text: &str) -> Option<Duration> {
    const UNITS: [(&str, f64); 6] = [
        ("ms", 0.001),
        ("min", 60.0),
        ("sec", 1.0),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
    ];
    let text = value(text);
    let unit = UNITS
        .iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)));
    let (number, unit) = unit.unwrap_or((text, 1.0));
    let seconds = number.trim().parse::<f64>().ok()? * unit;
    let is_possible = (0.001..=86_400.0).contains(&seconds);
    is_possible.then(|| Duration::from_secs_f64(seconds))
}

/// Why the system refused, without the number that it has for it.
pub(crate) fn why(error: &io::Error) -> Cow<'static, str> {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::PermissionDenied => "permission is denied".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        io::ErrorKind::NotADirectory => "a part of its path is no folder".into(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".into(),
        io::ErrorKind::StorageFull => "the disk is full".into(),
        _ => {
            let text = error.to_string();
            let end = text.find(" (os error").unwrap_or(text.len());
            text[..end].to_owned().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_as_editors_write_it() {
        let read = |bytes: &[u8]| text(bytes.to_vec());
        for bytes in [
            "aö\r\n".as_bytes(),
            b"\xef\xbb\xbfa\xc3\xb6\r\n",
            b"\xff\xfea\0\xf6\0\r\0\n\0",
            b"\xfe\xff\0a\0\xf6\0\r\0\n",
        ] {
            assert_eq!(read(bytes).as_deref(), Some("aö\r\n"), "{bytes:?}");
        }
        for bytes in [&b"\xff"[..], b"a\xf6", b"\xff\xfea", b"\xff\xfe\0\xd8"] {
            assert_eq!(read(bytes), None, "{bytes:?}");
        }
        assert_eq!(read(b"").as_deref(), Some(""));
    }

    #[test]
    fn a_value_stands_in_what_people_put_around_it() {
        for given in [
            "a b",
            " a b\r\n",
            "\"a b\"",
            "'a b' \n",
            "“a b”",
            "\u{feff}a b\r",
            "\" a b\"\r\n",
        ] {
            assert_eq!(value(given), "a b", "{given:?}");
        }
        for (given, is) in [
            ("'", "'"),
            ("\"a", "\"a"),
            ("''", ""),
            ("\r\n", ""),
            ("it's", "it's"),
        ] {
            assert_eq!(value(given), is);
        }
        for given in ["x.y", "Bearer x.y", "\"bearer  x.y\"\r\n", "JWT x.y"] {
            assert_eq!(token(given), "x.y");
        }
        assert_eq!(token("x y"), "x y");
        assert_eq!(without_line_end("a \r\n"), "a ");
        assert_eq!(without_line_end("a\n\n"), "a\n");
        assert_eq!(without_line_end("a\r"), "a");
    }

    #[test]
    fn a_time_has_a_unit_or_is_in_seconds() {
        for (text, is) in [
            ("30", 30_000),
            (" 1.5s\r\n", 1500),
            ("\"2 m\"", 120_000),
            ("250ms", 250),
            ("1min", 60_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(time(text), Some(Duration::from_millis(is)), "{text}");
        }
        for text in ["", "0", "-1", "x", "s", "NaN", "inf", "25h", "1 2"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn the_system_s_numbers_are_not_shown() {
        assert_eq!(
            why(&io::Error::from_raw_os_error(2)),
            "there is no such file"
        );
        assert!(!why(&io::Error::from_raw_os_error(5)).contains("os error"));
    }
}
