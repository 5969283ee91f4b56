//! A server in this process, with the API of Gatepost, answers of one's own, and faults on demand.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::DateTime;
use secrecy::SecretString;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::api::{Api, PASSWORD};
use super::wire::{self, Answer, Asked};
use crate::builder::ClientBuilder;
use crate::client::Client;
use crate::clock::Clock;

/// What happens to a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// The connection breaks before the server has done anything.
    CutBeforeCommit,
    /// The server does what is asked for, and the connection breaks before the answer.
    CutAfterCommit,
    /// The answer comes so much later.
    Delay(Duration),
    /// This status, with a sentence in JSON; nothing is done.
    Status(u16),
    /// 503 with this `Retry-After`, in seconds; nothing is done.
    Later(u64),
    /// A web page in place of the API, as captive portals have it; nothing is done.
    Html,
}

/// A server for tests on a free port of this machine, ended when it is dropped.
///
/// It answers as Gatepost does: register, log in (every name, with [`MockServer::password`]), refresh with a key,
/// verify, blacklist, profile, posts. [`MockServer::on`] adds answers of one's own, [`MockServer::next`] and
/// [`MockServer::always`] add faults. Its time is that of [`MockServer::clock`], which its clients share.
pub struct MockServer {
    url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    api: Api,
    own: BTreeMap<String, Answer>,
    next: BTreeMap<String, VecDeque<Fault>>,
    always: BTreeMap<String, Fault>,
    asked: Vec<Asked>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MockServer {
    /// Starts one.
    ///
    /// # Panics
    /// Where this machine has no free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a free port of this machine");
        let port = listener.local_addr().map_or(0, |address| address.port());
        let shared = Arc::new(Shared {
            clock: Clock::at(Clock::system().now()),
            state: Mutex::new(State {
                api: Api::new(),
                own: BTreeMap::new(),
                next: BTreeMap::new(),
                always: BTreeMap::new(),
                asked: Vec::new(),
            }),
        });
        let served = shared.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = served.clone();
                // a client that goes away is none of its errors
                tokio::spawn(async move { serve(stream, &served).await.ok() });
            }
        });
        Self {
            url: format!("http://127.0.0.1:{port}"),
            shared,
            task,
        }
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A client of it with its clock; choose the store, then build it.
    pub fn client(&self) -> ClientBuilder {
        Client::builder(&self.url).clock(self.clock())
    }

    /// The clock of the server and its clients: it stands still until it is advanced.
    pub fn clock(&self) -> Clock {
        self.shared.clock.clone()
    }

    /// The password of every user.
    pub fn password(&self) -> SecretString {
        SecretString::from(PASSWORD)
    }

    /// How long access tokens live from now on, in seconds; 300 at first.
    pub fn access_life(&self, seconds: i64) {
        self.shared.state().api.access_life = seconds;
    }

    /// Whether a refresh is repeated for whoever shows its key, as Gatepost does. Plain Django does not.
    pub fn repeats(&self, yes: bool) {
        self.shared.state().api.repeats = yes;
    }

    /// Ends every session, as an administrator does.
    pub fn end_sessions(&self) {
        self.shared.state().api.end_all();
    }

    /// Answers a line such as `GET /api/invoices/7/` so, whoever asks; `null` is no body.
    pub fn on(&self, line: &str, status: u16, body: impl Into<Value>) {
        let answer = Answer::json(status, &body.into());
        self.shared.state().own.insert(line.to_owned(), answer);
    }

    /// The next request of this line fails so; called again, the one after it as well.
    pub fn next(&self, line: &str, fault: Fault) {
        let mut state = self.shared.state();
        state
            .next
            .entry(line.to_owned())
            .or_default()
            .push_back(fault);
    }

    /// Every request of this line fails so, until [`MockServer::heal`].
    pub fn always(&self, line: &str, fault: Fault) {
        self.shared.state().always.insert(line.to_owned(), fault);
    }

    /// Nothing fails any more.
    pub fn heal(&self) {
        let mut state = self.shared.state();
        state.next.clear();
        state.always.clear();
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.state().asked.clone()
    }

    /// How often this line was asked.
    pub fn count(&self, line: &str) -> usize {
        let state = self.shared.state();
        state
            .asked
            .iter()
            .filter(|asked| asked.line == line)
            .count()
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MockServer").field(&self.url).finish()
    }
}

async fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let Some(asked) = wire::read(&mut stream).await? else {
        return Ok(());
    };
    let now = shared.clock.now();
    let (fault, answer) = {
        let mut state = shared.state();
        state.asked.push(asked.clone());
        let next = state
            .next
            .get_mut(&asked.line)
            .and_then(VecDeque::pop_front);
        let fault = next.or_else(|| state.always.get(&asked.line).cloned());
        let is_done = matches!(fault, None | Some(Fault::CutAfterCommit | Fault::Delay(_)));
        let answer = is_done.then(|| match state.own.get(&asked.line) {
            Some(own) => own.clone(),
            None => state.api.answer(&asked, now),
        });
        (fault, answer)
    };
    let answer = match (fault, answer) {
        (Some(Fault::CutBeforeCommit | Fault::CutAfterCommit), _) | (None, None) => return Ok(()),
        (Some(Fault::Delay(pause)), Some(answer)) => {
            tokio::time::sleep(pause).await;
            answer
        }
        (None, Some(answer)) => answer,
        (Some(Fault::Later(seconds)), _) => failed(503).with("retry-after", &seconds.to_string()),
        (Some(Fault::Status(status)), _) => failed(status),
        (Some(Fault::Html | Fault::Delay(_)), _) => {
            Answer::of(200, "text/html", "<title>Sign in to the network</title>")
        }
    };
    let date = DateTime::from_timestamp(now, 0).unwrap_or_default();
    let date = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    answer.with("date", &date).write(&mut stream).await
}

fn failed(status: u16) -> Answer {
    Answer::json(
        status,
        &serde_json::json!({ "detail": "This was asked for." }),
    )
}
