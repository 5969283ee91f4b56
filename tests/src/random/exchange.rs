//! A connection to a server: what is sent is sent untouched, and may be kept for the next request.

use std::io::{Error, ErrorKind, Result};
use std::time::Duration;

use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::step::Step;
use crate::wire::client::{Answer, read};

const TIMEOUT: Duration = Duration::from_secs(30);

/// A server's address, and the connection that the last request left open.
pub(super) struct Line {
    address: String,
    kept: Option<BufReader<TcpStream>>,
}

impl Line {
    pub(super) fn to(base: &str) -> Self {
        Self {
            address: base.trim_start_matches("http://").to_owned(),
            kept: None,
        }
    }

    /// Sends a request, on the kept connection if there is one and it is wanted, and reads the answer.
    pub(super) async fn ask(
        &mut self,
        step: &Step,
        request: &[u8],
        on_kept: bool,
    ) -> Result<Answer> {
        let answer = tokio::time::timeout(TIMEOUT, self.exchange(step, request, on_kept)).await;
        answer.unwrap_or_else(|_| Err(Error::new(ErrorKind::TimedOut, "no answer in time")))
    }

    async fn exchange(&mut self, step: &Step, request: &[u8], on_kept: bool) -> Result<Answer> {
        let kept = self.kept.take().filter(|_| on_kept);
        let mut stream = match kept {
            Some(stream) => stream,
            None => BufReader::new(TcpStream::connect(&self.address).await?),
        };
        // a server may answer and close before it has read a body that it refuses: the answer counts then
        let written = stream.write_all(request).await;
        let answer = read(&mut stream, &step.method).await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Err(written.err().unwrap_or(error)),
        };
        let closes = answer
            .headers
            .iter()
            .any(|(name, value)| name == "connection" && value.eq_ignore_ascii_case("close"));
        // what was not read of a large body ends a connection
        let is_small = request.len() < 4096;
        self.kept =
            (step.may_be_kept() && !closes && is_small && written.is_ok()).then_some(stream);
        Ok(answer)
    }
}
