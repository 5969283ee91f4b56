//! What a client is called: a few words for people, of what its `User-Agent` says.

use axum::http::{HeaderMap, header};

/// How many characters are kept of a text that nothing here knows.
const LONGEST: usize = 60;

/// What browsers call themselves, those first that call themselves by another's name too.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// What systems are called, those first that name another one too.
const SYSTEMS: [(&str, &str); 8] = [
    ("android", "Android"),
    ("iphone", "iOS"),
    ("ipad", "iOS"),
    ("windows", "Windows"),
    ("x11; cros", "ChromeOS"),
    ("macintosh", "macOS"),
    ("macos", "macOS"),
    ("linux", "Linux"),
];

/// "Firefox on Linux", "gatepost 0.1 on Linux", or the beginning of what the client says; empty where it says nothing.
pub(crate) fn label(headers: &HeaderMap) -> String {
    let said = headers.get(header::USER_AGENT);
    let said = said.map_or(&[][..], axum::http::HeaderValue::as_bytes);
    of(&visible(said))
}

fn of(said: &str) -> String {
    let program = if said.starts_with("Mozilla/") {
        named(&BROWSERS, said).map(str::to_owned)
    } else {
        own(said)
    };
    match (program, named(&SYSTEMS, &said.to_ascii_lowercase())) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(program), None) => program,
        (None, _) => said.chars().take(LONGEST).collect(),
    }
}

fn named(known: &[(&str, &'static str)], said: &str) -> Option<&'static str> {
    let mut known = known.iter().filter(|(sign, _)| said.contains(sign));
    known.next().map(|(_, name)| *name)
}

/// Our own programs, by name and version: `gatepost/0.1.0` is gatepost 0.1.
fn own(said: &str) -> Option<String> {
    let (name, rest) = said.split_once('/')?;
    if !["gatepost", "gatepost-sdk"].contains(&name) {
        return None;
    }
    let version = rest.split(' ').next().unwrap_or_default();
    let is_version = |part: &&str| {
        !part.is_empty() && part.len() <= 5 && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let parts: Vec<_> = version.split('.').take(2).filter(is_version).collect();
    (parts.len() == 2).then(|| format!("{name} {}", parts.join(".")))
}

/// What of it can be seen on any screen, with one space between words.
fn visible(said: &[u8]) -> String {
    let graphic = |byte: &u8| if byte.is_ascii_graphic() { *byte } else { b' ' };
    let text: String = said.iter().map(graphic).map(char::from).collect();
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_called_as_people_call_it() {
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";
        let long = "x".repeat(61);
        for (said, label) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
                "Firefox on Linux",
            ),
            (windows, "Chrome on Windows"),
            (&format!("{windows} Edg/120.0"), "Edge on Windows"),
            (&format!("{windows} OPR/106.0"), "Opera on Windows"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/120.0 Mobile/15E148 Safari/604.1",
                "Chrome on iOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("gatepost/0.1.0 (linux)", "gatepost 0.1 on Linux"),
            ("gatepost/0.1.0 (macos)", "gatepost 0.1 on macOS"),
            ("gatepost/0.1.0 (windows)", "gatepost 0.1 on Windows"),
            ("gatepost-sdk/12.3.4", "gatepost-sdk 12.3"),
            ("gatepost/", "gatepost/"),
            ("gatepost/1", "gatepost/1"),
            ("gatepost/1.x", "gatepost/1.x"),
            ("curl/8.5.0", "curl/8.5.0"),
            (
                "Mozilla/5.0 (compatible; Robot/1.0)",
                "Mozilla/5.0 (compatible; Robot/1.0)",
            ),
            (
                "  python-requests/2.31   on\tPython ",
                "python-requests/2.31 on Python",
            ),
            ("", ""),
            (&long, &long[..60]),
        ] {
            assert_eq!(of(&visible(said.as_bytes())), label, "{said}");
        }
        assert_eq!(of(&visible(b"caf\xc3\xa9 \x1b[31m\x00red")), "caf [31m red");
    }
}
