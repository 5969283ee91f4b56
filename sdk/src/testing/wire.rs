//! HTTP/1.1 as far as a mock server needs it: one request a connection.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request as it came.
#[derive(Clone)]
#[non_exhaustive]
pub struct Asked {
    /// The method and the path without its query: `POST /api/token/`.
    pub line: String,
    /// The query, without its question mark.
    pub query: String,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Asked {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(this, _)| this.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `null` where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl std::fmt::Debug for Asked {
    /// Without headers and body: they may hold a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asked")
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

/// An answer to be written.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// JSON, or nothing for `null`.
    pub(super) fn json(status: u16, body: &serde_json::Value) -> Self {
        if body.is_null() {
            return Self {
                status,
                headers: Vec::new(),
                body: Vec::new(),
            };
        }
        Self::of(status, "application/json", &body.to_string())
    }

    pub(super) fn of(status: u16, kind: &str, body: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        }
        .with("content-type", kind)
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) async fn write(&self, stream: &mut TcpStream) -> io::Result<()> {
        let mut text = format!("HTTP/1.1 {} \r\nconnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            text += name;
            text += ": ";
            text += value;
            text += "\r\n";
        }
        if self.status != 204 {
            text += "content-length: ";
            text += &self.body.len().to_string();
            text += "\r\n";
        }
        text += "\r\n";
        stream.write_all(text.as_bytes()).await?;
        if self.status != 204 {
            stream.write_all(&self.body).await?;
        }
        stream.shutdown().await
    }
}

/// The next request of a connection; `None` where it ends before there is one.
pub(super) async fn read(stream: &mut TcpStream) -> io::Result<Option<Asked>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    let mut asked = Asked {
        line: format!("{method} {path}"),
        query: query.to_owned(),
        headers: headers.collect(),
        body: Vec::new(),
    };
    let length = asked
        .header("content-length")
        .and_then(|text| text.parse::<usize>().ok());
    let is_chunked = asked.header("transfer-encoding").is_some();
    let mut body = bytes.split_off(end + 4);
    while body.len() < length.unwrap_or(0) || is_chunked && !body.ends_with(b"0\r\n\r\n") {
        if stream.read_buf(&mut body).await? == 0 {
            return Ok(None);
        }
    }
    asked.body = if is_chunked { joined(&body) } else { body };
    Ok(Some(asked))
}

/// A body without the marks of its chunks.
fn joined(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = chunks.windows(2).position(|two| two == b"\r\n") {
        let size = String::from_utf8_lossy(&chunks[..end]);
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        let Some(chunk) = chunks.get(end + 2..end + 2 + size).filter(|_| size > 0) else {
            break;
        };
        body.extend_from_slice(chunk);
        chunks = chunks.get(end + 2 + size + 2..).unwrap_or_default();
    }
    body
}
