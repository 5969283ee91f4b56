//! One request of a random sequence, as it is sent to both servers.

use super::deviation::Deviation;
use super::fails::Cause;
use super::template::{Slots, Template};

/// A `Content-Type` on which Django fails: of a charset that Python does not know.
pub(super) const UNREADABLE_TYPE: &str = "application/json; x*=bogus''y";
/// A `Content-Type` that Django can read, but of a body that it cannot.
pub(super) const UNKNOWN_TYPE: &str = "no/type";

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) version: &'static str,
    /// In their order; without `Host` and the framing of the body.
    pub(super) headers: Vec<(String, Template)>,
    /// The values of `Host`: one, none or several.
    pub(super) hosts: Vec<String>,
    pub(super) body: Option<Template>,
    /// Applied to the filled body.
    pub(super) encoding: Encoding,
    pub(super) framing: Framing,
    /// Gatepost is asked on the connection of the request before.
    pub(super) is_kept: bool,
    /// Run in both databases before the request.
    pub(super) sql: Option<String>,
    pub(super) intent: Intent,
    /// Differences that this request is known to show.
    pub(super) known: Vec<Deviation>,
    /// Why Django may fail on it.
    pub(super) fails: Vec<Cause>,
}

/// What a request that succeeds brings about.
#[derive(Clone, Debug)]
pub(super) enum Intent {
    Nothing,
    Register {
        name: String,
        password: String,
    },
    LogIn {
        name: String,
    },
    /// The statement before it gave somebody a password.
    Password {
        name: String,
        password: String,
    },
    Refresh {
        owner: Option<String>,
    },
    Post {
        owner: String,
    },
    Delete {
        id: u64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// `Content-Length` where there is a body or a method that expects one.
    Length,
    /// A body in chunks.
    Chunked,
    /// No header says that there is a body.
    Absent,
}

/// How a text is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf8Mark,
    Latin1,
    Utf16Little,
    Utf16Big,
    /// With a byte order mark.
    Utf16,
    Utf32Little,
}

impl Encoding {
    fn encode(self, body: Vec<u8>) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(&body) else {
            return body;
        };
        let utf16 = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect();
        match self {
            Self::Utf8 => body,
            Self::Utf8Mark => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            Self::Latin1 => text
                .chars()
                .map(|char| u8::try_from(char).unwrap_or(b'?'))
                .collect(),
            Self::Utf16Little => utf16(u16::to_le_bytes),
            Self::Utf16Big => utf16(u16::to_be_bytes),
            Self::Utf16 => {
                let text: Vec<u8> = utf16(u16::to_be_bytes);
                [&[0xFE, 0xFF], text.as_slice()].concat()
            }
            Self::Utf32Little => text
                .chars()
                .flat_map(|char| u32::from(char).to_le_bytes())
                .collect(),
        }
    }
}

impl Step {
    pub(super) fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            version: "HTTP/1.1",
            headers: Vec::new(),
            hosts: vec!["service.example".to_owned()],
            body: None,
            encoding: Encoding::Utf8,
            framing: Framing::Length,
            is_kept: false,
            sql: None,
            intent: Intent::Nothing,
            known: Vec::new(),
            // which body and query are given is chance
            fails: vec![Cause::Depth, Cause::Query],
        }
    }

    pub(super) fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), Template::text(value)));
    }

    /// Whether its connection may be used again.
    pub(super) fn may_be_kept(&self) -> bool {
        let says_so = |(name, _): &(String, Template)| name == "Connection";
        self.version == "HTTP/1.1"
            && self.method != "CONNECT"
            // chunks that are not read end a connection
            && self.framing == Framing::Length
            && !self.headers.iter().any(says_so)
    }

    /// The same without what, by docs/deviations.md, Django ignores or fails on before it looks at anything else.
    pub(super) fn for_django(&self) -> Self {
        let mut step = self.clone();
        // it does not read chunks
        if step.framing == Framing::Chunked {
            step.framing = Framing::Length;
        }
        for (name, value) in &mut step.headers {
            if name == "Content-Type"
                && value.plain().as_deref() == Some(UNREADABLE_TYPE.as_bytes())
            {
                *value = Template::text(UNKNOWN_TYPE);
            }
        }
        // it decodes the query by the body's charset, even by one that makes no text
        if step.has_codec(&["hex", "rot13", "undefined", "base64"]) {
            step.target
                .truncate(step.target.find('?').unwrap_or(step.target.len()));
        }
        step
    }

    /// Whether its `Content-Type` has one of these names.
    pub(super) fn has_codec(&self, names: &[&str]) -> bool {
        let mut kinds = self
            .headers
            .iter()
            .filter(|(name, _)| name == "Content-Type");
        kinds.any(|(_, value)| {
            let value = value.plain().unwrap_or_default();
            let value = String::from_utf8_lossy(&value).into_owned();
            names.iter().any(|name| value.contains(name))
        })
    }

    /// The request to one server.
    pub(super) fn bytes(&self, slots: &Slots, now: i64) -> Vec<u8> {
        let mut out = format!("{} {} {}\r\n", self.method, self.target, self.version).into_bytes();
        for host in &self.hosts {
            out.extend(format!("Host: {host}\r\n").bytes());
        }
        for (name, value) in &self.headers {
            out.extend(format!("{name}: ").bytes());
            out.extend(value.fill(slots, now));
            out.extend(b"\r\n");
        }
        let body = self.body.as_ref().map(|body| body.fill(slots, now));
        let body = body.map(|body| self.encoding.encode(body));
        let length = match &body {
            Some(body) => Some(body.len()),
            None => matches!(self.method.as_str(), "POST" | "PUT" | "PATCH").then_some(0),
        };
        match (self.framing, length) {
            (Framing::Length, Some(length)) => {
                out.extend(format!("Content-Length: {length}\r\n").bytes());
            }
            (Framing::Chunked, _) => out.extend(b"Transfer-Encoding: chunked\r\n"),
            _ => {}
        }
        out.extend(b"\r\n");
        let body = body.unwrap_or_default();
        if self.framing == Framing::Chunked {
            // in pieces of odd sizes
            for chunk in body.chunks(97) {
                out.extend(format!("{:x}\r\n", chunk.len()).bytes());
                out.extend(chunk);
                out.extend(b"\r\n");
            }
            out.extend(b"0\r\n\r\n");
        } else {
            out.extend(body);
        }
        out
    }
}
