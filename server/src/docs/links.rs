//! The text of an indented JSON answer as a page shows it: nothing of it is markup, addresses are links, and so is the id of
//! what has a URL of its own. It goes piece by piece, so that a long list is never held whole.

/// Up to this length a text may be an address or a key.
const LONGEST: usize = 2000;

/// Makes a page's text of an answer's, as it passes.
pub(super) struct Linker {
    /// What stands before the id in the URL of one thing, where things have one.
    item: Option<String>,
    state: State,
    /// The last short text, which was a key if a colon follows.
    last: Vec<u8>,
    /// Whether the value of the key `id` begins here.
    is_id: bool,
}

enum State {
    Between,
    /// Within a text; it is kept until it ends, unless it is long.
    Text {
        kept: Vec<u8>,
        is_long: bool,
        is_escaped: bool,
    },
    Id(Vec<u8>),
}

impl Linker {
    pub(super) fn new(item: Option<String>) -> Self {
        Self {
            item,
            state: State::Between,
            last: Vec::new(),
            is_id: false,
        }
    }

    /// The next piece.
    pub(super) fn pass(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(piece.len() + piece.len() / 8);
        for byte in piece {
            self.take(*byte, &mut out);
        }
        out
    }

    fn take(&mut self, byte: u8, out: &mut Vec<u8>) {
        match &mut self.state {
            State::Text {
                kept,
                is_long,
                is_escaped,
            } => {
                if byte == b'"' && !*is_escaped {
                    let text = std::mem::take(kept);
                    if *is_long {
                        escape(&text, out);
                    } else {
                        link(&text, out);
                    }
                    self.last = if *is_long { Vec::new() } else { text };
                    self.state = State::Between;
                    out.push(byte);
                    return;
                }
                *is_escaped = byte == b'\\' && !*is_escaped;
                kept.push(byte);
                if kept.len() > LONGEST {
                    *is_long = true;
                    escape(&std::mem::take(kept), out);
                }
            }
            State::Id(digits) if byte.is_ascii_digit() => digits.push(byte),
            State::Id(digits) => {
                let digits = std::mem::take(digits);
                self.state = State::Between;
                self.one(&digits, out);
                self.take(byte, out);
            }
            State::Between => self.between(byte, out),
        }
    }

    fn between(&mut self, byte: u8, out: &mut Vec<u8>) {
        let is_id = self.is_id;
        if byte != b' ' {
            self.is_id = byte == b':' && self.last == b"id";
        }
        match byte {
            b'"' => {
                self.state = State::Text {
                    kept: Vec::new(),
                    is_long: false,
                    is_escaped: false,
                };
                out.push(byte);
            }
            b'0'..=b'9' if is_id && self.item.is_some() => self.state = State::Id(vec![byte]),
            byte => escape(&[byte], out),
        }
    }

    /// The link to one thing.
    fn one(&self, digits: &[u8], out: &mut Vec<u8>) {
        let item = self.item.as_deref().unwrap_or_default();
        out.extend_from_slice(b"<a href=\"");
        escape(item.as_bytes(), out);
        out.extend_from_slice(digits);
        out.extend_from_slice(b"/\">");
        out.extend_from_slice(digits);
        out.extend_from_slice(b"</a>");
    }
}

/// A text, as a link where it is an address.
fn link(text: &[u8], out: &mut Vec<u8>) {
    let is_address = text.starts_with(b"http://") || text.starts_with(b"https://");
    // an escaped one would need to be read first
    let is_plain = || {
        text.iter()
            .all(|byte| byte.is_ascii_graphic() && *byte != b'\\')
    };
    if !is_address || !is_plain() {
        escape(text, out);
        return;
    }
    out.extend_from_slice(b"<a rel=\"nofollow noreferrer\" href=\"");
    escape(text, out);
    out.extend_from_slice(b"\">");
    escape(text, out);
    out.extend_from_slice(b"</a>");
}

fn escape(text: &[u8], out: &mut Vec<u8>) {
    for byte in text {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            byte => out.push(*byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a text, whole and byte by byte.
    fn passed(text: &str) -> String {
        let item = || Some("/api/posts/".to_owned());
        let whole = Linker::new(item()).pass(text.as_bytes());
        let mut linker = Linker::new(item());
        let bytes = text.as_bytes().iter();
        let pieces: Vec<u8> = bytes.flat_map(|byte| linker.pass(&[*byte])).collect();
        assert_eq!(whole, pieces);
        String::from_utf8(whole).unwrap()
    }

    #[test]
    fn nothing_of_an_answer_is_markup() {
        assert_eq!(
            passed(r#"{"a": "<b>&\"<i>"}"#),
            r#"{"a": "&lt;b&gt;&amp;\"&lt;i&gt;"}"#
        );
        let long = format!("\"{}<\"", "x".repeat(5000));
        assert_eq!(passed(&long), long.replace('<', "&lt;"));
        // an address that would leave its attribute, or run
        for text in [
            r#""http://a\" onclick=\"b""#,
            r#""javascript:alert(1)""#,
            r#""http://a b""#,
        ] {
            assert!(!passed(text).contains("<a "), "{text}");
        }
    }

    #[test]
    fn addresses_and_ids_are_links() {
        let next = passed(r#"{"next": "https://a.example/?b=1&c=2"}"#);
        let address = "https://a.example/?b=1&amp;c=2";
        assert_eq!(
            next,
            format!(
                "{{\"next\": \"<a rel=\"nofollow noreferrer\" href=\"{address}\">{address}</a>\"}}"
            )
        );
        let post = passed(r#"{"id": 12, "n": 3, "title": "id"}"#);
        assert_eq!(
            post,
            r#"{"id": <a href="/api/posts/12/">12</a>, "n": 3, "title": "id"}"#
        );
        assert_eq!(
            passed(r#"["id", 5, {"id": null}]"#),
            r#"["id", 5, {"id": null}]"#
        );
    }
}
