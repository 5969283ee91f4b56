//! Load: some connections, each of which sends one request after the other.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::bail;
use futures_util::future::join_all;

use crate::connection::Connection;

/// How long an answer may take after the end before its connection counts as broken.
const PATIENCE: Duration = Duration::from_mins(2);

/// Writes a connection's next request into the buffer, given the body of its last answer: empty at first, and after
/// an answer that was refused.
pub type Script = Box<dyn FnMut(&[u8], &mut Vec<u8>)>;

/// A script that sends the same request again and again.
pub fn always(request: Vec<u8>) -> Script {
    Box::new(move |_, out| out.extend_from_slice(&request))
}

/// When a connection stops.
#[derive(Clone, Copy)]
pub enum Amount {
    /// It begins no request after this time.
    For(Duration),
    /// After this number of requests.
    Each(usize),
}

/// What came of some load.
#[derive(Default)]
pub struct Outcome {
    /// How many answers were 2xx.
    pub right: usize,
    /// How many were not, or never came.
    pub wrong: usize,
    /// How many of those were 503: come again.
    pub busy: usize,
    /// The first of those, for a person.
    pub fault: Option<String>,
    /// From the first request to the last answer.
    pub took: Duration,
    /// How long each right answer took, sorted.
    times: Vec<Duration>,
}

impl Outcome {
    /// Right answers in a second.
    pub fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 answers")]
        let right = self.right as f64;
        right / self.took.as_secs_f64()
    }

    /// The time within which so many of a hundred right answers came.
    pub fn percentile(&self, percent: usize) -> Duration {
        let last = self.times.len().saturating_sub(1);
        let at = (self.times.len() * percent / 100).min(last);
        self.times.get(at).copied().unwrap_or_default()
    }

    /// Fails where one answer was wrong, or where there was none.
    pub fn all_right(self) -> anyhow::Result<Self> {
        if self.wrong > 0 || self.right == 0 {
            let fault = self.fault.as_deref().unwrap_or("nothing was answered");
            bail!(
                "{} of {} answers are wrong; the first: {fault}",
                self.wrong,
                self.wrong + self.right
            );
        }
        Ok(self)
    }
}

/// Runs a connection for each script, all on this thread. They are open before the first request is sent.
pub async fn run(address: SocketAddr, scripts: Vec<Script>, amount: Amount) -> Outcome {
    let mut open = Vec::with_capacity(scripts.len());
    for _ in &scripts {
        let mut connection = Connection::new(address);
        // what is in the way is told by the first request
        drop(connection.open().await);
        open.push(connection);
    }
    let begun = Instant::now();
    let connections = open
        .into_iter()
        .zip(scripts)
        .map(|(connection, script)| one(connection, script, amount));
    let mut sum = Outcome::default();
    for outcome in join_all(connections).await {
        sum.right += outcome.right;
        sum.wrong += outcome.wrong;
        sum.busy += outcome.busy;
        sum.fault = sum.fault.or(outcome.fault);
        sum.times.extend(outcome.times);
    }
    sum.took = begun.elapsed();
    sum.times.sort_unstable();
    sum
}

async fn one(mut connection: Connection, mut script: Script, amount: Amount) -> Outcome {
    let (mut request, mut body) = (Vec::new(), Vec::new());
    let mut outcome = Outcome::default();
    let begun = Instant::now();
    let patience = match amount {
        Amount::For(time) => time + PATIENCE,
        Amount::Each(_) => PATIENCE * 10,
    };
    let mut too_long = pin!(tokio::time::sleep(patience));
    loop {
        request.clear();
        script(&body, &mut request); // it sees the last answer too, after which nothing is sent
        let is_done = match amount {
            Amount::For(time) => begun.elapsed() >= time,
            Amount::Each(count) => outcome.right + outcome.wrong >= count,
        };
        if is_done {
            return outcome;
        }
        let sent = Instant::now();
        let answer = tokio::select! {
            biased;
            answer = connection.send(&request, &mut body) => answer,
            () = &mut too_long => Err(std::io::ErrorKind::TimedOut.into()),
        };
        match answer {
            Ok(200..300) => {
                outcome.right += 1;
                outcome.times.push(sent.elapsed());
            }
            wrong => {
                outcome.wrong += 1;
                outcome.busy += usize::from(matches!(wrong, Ok(503)));
                outcome
                    .fault
                    .get_or_insert_with(|| told(&request, &wrong, &body));
                if wrong.is_err() {
                    return outcome; // it would fail again, as fast as it can
                }
                body.clear();
            }
        }
    }
}

/// A wrong answer for a person: to what, its status or why there is none, and how its body begins.
fn told(request: &[u8], answer: &std::io::Result<u16>, body: &[u8]) -> String {
    let line = String::from_utf8_lossy(request);
    let line = line.split(" HTTP/").next().unwrap_or_default();
    let body = String::from_utf8_lossy(&body[..body.len().min(300)]);
    match answer {
        Ok(status) => format!("{line}: {status} {body}"),
        Err(error) => format!("{line}: {error}"),
    }
}
