//! One-time messages, in the cookie and the form of `django.contrib.messages`: what a change says on the page after it.

use std::fmt::Write as _;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::pages::{Level, Link, Message, Text};
use django::signing::Signer;

pub(super) const COOKIE: &str = "messages";
const KEY: &str = "__json_message";
/// The longest cookie that a browser takes, with room for its name.
const MOST: usize = 3500;

/// What reads and signs them.
pub(super) struct Messages(Signer);

impl Messages {
    pub(super) fn new(secret: &SecretString) -> Self {
        Self(Signer::of_cookies(
            secret.expose_secret(),
            "django.contrib.messages",
        ))
    }

    /// The messages that a cookie holds.
    pub(super) fn read(&self, cookie: &str) -> Vec<Message> {
        let text = self.0.read(cookie);
        let list = text.and_then(|text| serde_json::from_str::<Vec<Value>>(&text).ok());
        list.iter().flatten().filter_map(message).collect()
    }

    /// A cookie that holds these, the newest first where not all have room.
    pub(super) fn write(&self, messages: &[Message], at: u64) -> String {
        let mut kept = messages;
        loop {
            let list: Vec<_> = kept.iter().map(value).collect();
            let text = ascii(&Value::Array(list).to_string());
            let cookie = self.0.sign(&text, at);
            if cookie.len() <= MOST || kept.is_empty() {
                return cookie;
            }
            kept = &kept[1..];
        }
    }
}

/// `["__json_message", is_safe, level, text]`: a safe text is HTML.
fn value(message: &Message) -> Value {
    let level = match message.level {
        Level::Success => 25,
        Level::Warning => 30,
        Level::Error => 40,
    };
    let Text {
        before,
        link,
        after,
    } = &message.text;
    match link {
        None => json!([KEY, 0, level, format!("{before}{after}")]),
        Some(link) => {
            let [before, url, label, after] =
                [before, &link.url, &link.label, after].map(|part| escape(part));
            let text = format!("{before}<a href=\"{url}\">{label}</a>{after}");
            json!([KEY, 1, level, text])
        }
    }
}

fn message(value: &Value) -> Option<Message> {
    let parts = value.as_array().filter(|parts| parts.len() >= 4)?;
    if parts[0] != KEY {
        return None;
    }
    let level = match parts[2].as_i64()? {
        ..30 => Level::Success,
        30..40 => Level::Warning,
        _ => Level::Error,
    };
    let text = parts[3].as_str()?;
    let text = if parts[1] == 1 {
        read_html(text)
    } else {
        text.into()
    };
    Some(Message { level, text })
}

/// One link at most, as Django's admin writes it; any other HTML is shown as a text.
fn read_html(html: &str) -> Text {
    let linked = html.split_once("<a href=\"").and_then(|(before, rest)| {
        let (url, rest) = rest.split_once("\">")?;
        let (label, after) = rest.split_once("</a>")?;
        Some([before, url, label, after].map(unescape))
    });
    match linked {
        Some([before, url, label, after]) if url.starts_with('/') && !url.starts_with("//") => {
            Text::with_link(before, Link::new(label, url), after)
        }
        _ => unescape(html).into(),
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            char => out.push(char),
        }
    }
    out
}

fn unescape(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// JSON without any letter beyond ASCII, as Python writes it.
pub(super) fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for char in json.chars() {
        if char.is_ascii() {
            out.push(char);
            continue;
        }
        let mut units = [0; 2];
        for unit in char.encode_utf16(&mut units) {
            // writing to a text never fails
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages() -> Messages {
        Messages::new(&"a secret key".into())
    }

    #[test]
    fn what_is_said_is_read_again() {
        let link = Link::new("T<i>t</i> & “é”", "/admin/posts/post/1/change/");
        let said = [
            Message {
                level: Level::Success,
                text: Text::with_link("The post “", link, "” was added successfully."),
            },
            Message {
                level: Level::Warning,
                text: "No <b> &amp; selected 😀.".into(),
            },
        ];
        let read = messages().read(&messages().write(&said, 1));
        let shown = |message: &Message| {
            let Text {
                before,
                link,
                after,
            } = message.text.clone();
            let link = link.map(|link| (link.label, link.url));
            (message.level.word(), before, link, after)
        };
        assert_eq!(
            read.iter().map(shown).collect::<Vec<_>>(),
            said.iter().map(shown).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_link_to_another_site_is_a_text() {
        for html in [
            "<a href=\"https://evil.example\">x</a>",
            "<a href=\"//evil.example\">x</a>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<script>alert(1)</script>",
        ] {
            let text = read_html(html);
            assert!(text.link.is_none() && text.before == html, "{html}");
        }
    }

    #[test]
    fn what_has_no_room_in_a_cookie_is_left_out() {
        let long = Message {
            level: Level::Error,
            text: (0..3000).map(|n| n.to_string()).collect::<String>().into(),
        };
        let short = Message {
            level: Level::Error,
            text: "short".into(),
        };
        let cookie = messages().write(&[long, short], 1);
        assert!(cookie.len() < MOST, "{}", cookie.len());
        assert_eq!(messages().read(&cookie).len(), 1);
    }
}
