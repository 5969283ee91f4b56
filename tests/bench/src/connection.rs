//! One connection of HTTP/1.1, kept open as long as the server keeps it.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use httparse::{EMPTY_HEADER, Response, Status, parse_chunk_size};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection to a server, opened when it is needed.
pub struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

/// What the head of an answer says.
struct Head {
    status: u16,
    bytes: usize,
    length: Length,
    closes: bool,
}

enum Length {
    Known(usize),
    Chunked,
    UntilClosed,
}

impl Connection {
    /// A connection that will be opened by its first request, or before.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
            buffer: Vec::with_capacity(16 << 10),
        }
    }

    /// Opens it now.
    pub async fn open(&mut self) -> Result<()> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        self.stream = Some(stream);
        Ok(())
    }

    /// Sends a request and reads its answer: its status, and its body into `body`.
    pub async fn send(&mut self, request: &[u8], body: &mut Vec<u8>) -> Result<u16> {
        if self.stream.is_none() {
            self.open().await?;
        }
        let Some(mut stream) = self.stream.take() else {
            return Err(ErrorKind::NotConnected.into());
        };
        stream.write_all(request).await?;
        self.buffer.clear();
        body.clear();
        let head = loop {
            match head(&self.buffer)? {
                Some(head) => break head,
                None => more(&mut stream, &mut self.buffer).await?,
            }
        };
        let closes = head.closes || matches!(head.length, Length::UntilClosed);
        match head.length {
            Length::Known(length) => {
                let end = head.bytes + length;
                while self.buffer.len() < end {
                    more(&mut stream, &mut self.buffer).await?;
                }
                body.extend_from_slice(&self.buffer[head.bytes..end]);
            }
            Length::Chunked => chunks(&mut stream, &mut self.buffer, head.bytes, body).await?,
            Length::UntilClosed => {
                body.extend_from_slice(&self.buffer[head.bytes..]);
                stream.read_to_end(body).await?;
            }
        }
        if !closes {
            self.stream = Some(stream);
        }
        Ok(head.status)
    }
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    match stream.read_buf(buffer).await? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

fn head(buffer: &[u8]) -> Result<Option<Head>> {
    let mut headers = [EMPTY_HEADER; 64];
    let mut response = Response::new(&mut headers);
    let Status::Complete(bytes) = response.parse(buffer).map_err(Error::other)? else {
        return Ok(None);
    };
    let status = response.code.unwrap_or_default();
    let mut length = match status {
        204 | 304 => Length::Known(0),
        _ => Length::UntilClosed,
    };
    let mut closes = response.version == Some(0);
    for header in response.headers.iter() {
        let value = str::from_utf8(header.value).unwrap_or_default();
        if header.name.eq_ignore_ascii_case("content-length") {
            length = Length::Known(value.parse().map_err(Error::other)?);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            length = Length::Chunked;
        } else if header.name.eq_ignore_ascii_case("connection") {
            closes = value.eq_ignore_ascii_case("close");
        }
    }
    Ok(Some(Head {
        status,
        bytes,
        length,
        closes,
    }))
}

/// Reads a body in chunks, which begins at `at`. Nobody here sends trailers.
async fn chunks(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    mut at: usize,
    body: &mut Vec<u8>,
) -> Result<()> {
    loop {
        let size = parse_chunk_size(&buffer[at..])
            .map_err(|_| Error::new(ErrorKind::InvalidData, "a chunk without a size"))?;
        let Status::Complete((begin, size)) = size else {
            more(stream, buffer).await?;
            continue;
        };
        let begin = at + begin;
        let end = begin + usize::try_from(size).map_err(Error::other)?;
        while buffer.len() < end + 2 {
            more(stream, buffer).await?;
        }
        if size == 0 {
            return Ok(());
        }
        body.extend_from_slice(&buffer[begin..end]);
        at = end + 2;
        if at == buffer.len() {
            buffer.clear(); // a long list is not kept twice
            at = 0;
        }
    }
}
