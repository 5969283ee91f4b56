//! HTTP/1.1 over one socket a request (RFC 9112): what is sent is sent untouched, what comes back is read as Python's http.client reads it.

use std::io::{Error, ErrorKind, Result};
use std::time::Duration;

use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader,
};
use tokio::net::TcpStream;

use super::request::Request;

const TIMEOUT: Duration = Duration::from_mins(1);

/// An answer; names of headers in lower case.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The first header of this name.
    pub(crate) fn header(&self, wanted: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    }
}

/// Sends a request to `http://HOST:PORT` on a connection of its own.
pub(super) async fn send(base: &str, request: &Request) -> Result<Answer> {
    let answered = tokio::time::timeout(TIMEOUT, exchange(base, request)).await;
    answered.unwrap_or_else(|_| Err(Error::new(ErrorKind::TimedOut, "no answer within a minute")))
}

async fn exchange(base: &str, request: &Request) -> Result<Answer> {
    let Some(rest) = base.strip_prefix("http://") else {
        return Err(wrong("the server's address is http://HOST:PORT"));
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let port = authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let address = if port {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    };
    let mut stream = TcpStream::connect(address).await?;
    // a server may answer and close before it has read a body that it refuses: the answer counts then
    let written = stream.write_all(&request.bytes(authority)).await;
    let answer = read(&mut BufReader::new(stream), &request.method).await;
    if answer.is_err() {
        written.and(answer)
    } else {
        answer
    }
}

/// Reads one answer to a request of this method.
pub(crate) async fn read(from: &mut (impl AsyncBufRead + Unpin), method: &str) -> Result<Answer> {
    let mut answer = head(from).await?;
    while (100..200).contains(&answer.status) {
        answer = head(from).await?;
    }
    let chunked = answer
        .header("transfer-encoding")
        .is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    if method == "HEAD" || matches!(answer.status, 204 | 304) {
        return Ok(answer);
    }
    if chunked {
        answer.body = chunks(from).await?;
    } else if let Some(length) = answer.header("content-length") {
        let length: u64 = length
            .parse()
            .map_err(|_| wrong("a Content-Length that is no number"))?;
        from.take(length).read_to_end(&mut answer.body).await?;
        if answer.body.len() as u64 != length {
            return Err(wrong("the body ended before its Content-Length"));
        }
    } else {
        from.read_to_end(&mut answer.body).await?;
    }
    Ok(answer)
}

async fn head(from: &mut (impl AsyncBufRead + Unpin)) -> Result<Answer> {
    let first = line(from).await?;
    let mut words = first.splitn(3, ' ');
    let version = words.next().is_some_and(|word| word.starts_with("HTTP/1."));
    let status = words
        .next()
        .filter(|word| version && word.len() == 3)
        .and_then(|word| word.parse().ok());
    let status = status.ok_or_else(|| wrong(&format!("no status line: {first:?}")))?;
    let mut headers = Vec::new();
    loop {
        let line = line(from).await?;
        if line.is_empty() {
            return Ok(Answer {
                status,
                headers,
                body: Vec::new(),
            });
        }
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| wrong(&format!("no header: {line:?}")))?;
        headers.push((
            name.to_ascii_lowercase(),
            value.trim_matches([' ', '\t']).to_owned(),
        ));
    }
}

/// A line without its end, in ISO 8859-1 as Python reads it.
async fn line(from: &mut (impl AsyncBufRead + Unpin)) -> Result<String> {
    let mut bytes = Vec::new();
    from.read_until(b'\n', &mut bytes).await?;
    if bytes.pop() != Some(b'\n') {
        return Err(wrong("the connection closed within an answer's head"));
    }
    bytes.pop_if(|last| *last == b'\r');
    Ok(bytes.into_iter().map(char::from).collect())
}

async fn chunks(from: &mut (impl AsyncBufRead + Unpin)) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(from).await?;
        let digits = size.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(digits, 16)
            .map_err(|_| wrong(&format!("no size of a chunk: {size:?}")))?;
        if size == 0 {
            while !line(from).await?.is_empty() {} // trailers
            return Ok(body);
        }
        let before = body.len();
        (&mut *from).take(size).read_to_end(&mut body).await?;
        if (body.len() - before) as u64 != size || !line(from).await?.is_empty() {
            return Err(wrong("a chunk that is not of its size"));
        }
    }
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(method: &str, text: &str) -> Result<Answer> {
        read(&mut text.as_bytes(), method).await
    }

    async fn body(method: &str, text: &str) -> String {
        String::from_utf8(answer(method, text).await.unwrap().body).unwrap()
    }

    #[tokio::test]
    async fn a_body_ends_with_its_length() {
        let text = "HTTP/1.1 200 OK\r\nContent-Type:  text/é \r\nCONTENT-LENGTH: 3\r\n\r\nabcdef";
        let found = answer("GET", text).await.unwrap();
        assert_eq!((found.status, &found.body[..]), (200, &b"abc"[..]));
        assert_eq!(found.header("content-type"), Some("text/\u{c3}\u{a9}"));
        assert!(
            answer("GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab")
                .await
                .is_err()
        );
    }

    #[tokio::test]
    async fn chunks_are_joined() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let tail = "3\r\nabc\r\nA;x=y\r\n0123\r\n6789\r\n0\r\nTrailer: x\r\n\r\nmore";
        assert_eq!(
            body("GET", &format!("{head}{tail}")).await,
            "abc0123\r\n6789"
        );
        assert_eq!(body("GET", &format!("{head}0\r\n\r\n")).await, "");
        for broken in [
            "",
            "3\r\nab",
            "3\r\nabcd\r\n0\r\n\r\n",
            "x\r\n",
            "3\r\nabc\r\n",
        ] {
            assert!(
                answer("GET", &format!("{head}{broken}")).await.is_err(),
                "{broken}"
            );
        }
    }

    #[tokio::test]
    async fn some_answers_have_no_body_whatever_they_say() {
        let length = "Content-Length: 5\r\n\r\n";
        assert_eq!(
            body("HEAD", &format!("HTTP/1.1 200 OK\r\n{length}")).await,
            ""
        );
        assert_eq!(
            body(
                "HEAD",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            .await,
            ""
        );
        assert_eq!(
            body("DELETE", "HTTP/1.1 204 No Content\r\nVary: Accept\r\n\r\n").await,
            ""
        );
        assert_eq!(
            body("GET", &format!("HTTP/1.1 304 Not Modified\r\n{length}")).await,
            ""
        );
    }

    #[tokio::test]
    async fn without_a_length_the_body_ends_with_the_connection() {
        assert_eq!(
            body(
                "GET",
                "HTTP/1.1 301 Moved\r\nLocation: /a/\r\nConnection: close\r\n\r\n"
            )
            .await,
            ""
        );
        assert_eq!(body("GET", "HTTP/1.0 500 \r\n\r\nabc").await, "abc");
    }

    #[tokio::test]
    async fn interim_answers_are_passed_over() {
        assert_eq!(
            body(
                "PUT",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
            )
            .await,
            "x"
        );
    }

    #[tokio::test]
    async fn what_is_no_answer_is_said() {
        for text in [
            "",
            "HTTP/1.1 200 OK\r\n",
            "hello\r\n\r\n",
            "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/2 200\r\n\r\n",
            "HTTP/1.1 200 OK\r\nx\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        ] {
            assert!(answer("GET", text).await.is_err(), "{text}");
        }
    }
}
