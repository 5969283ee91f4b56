//! A proxy that does what networks do: cuts, delays and changes answers. It counts what passes.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What happens to a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Pass,
    /// The server never sees it; this is the answer.
    Answer(String),
    /// The server never sees it, and the connection breaks.
    CutBefore,
    /// The server answers, and the connection breaks before the answer.
    CutAfter,
    /// The server answers, and the connection breaks in the middle of the answer.
    CutWithin,
    /// The server answers, and the answer comes so much later.
    Late(Duration),
    /// A header of the server's answer is another one.
    Header(&'static str, String),
    /// A header of the server's answer is missing.
    Without(&'static str),
}

#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// `POST /api/token/refresh/`
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (this, value) = line.split_once(':')?;
            this.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

type Rule = Arc<Mutex<dyn FnMut(&Seen) -> Act + Send>>;

pub(crate) struct Proxy {
    pub(crate) url: String,
    rule: Arc<Mutex<Option<Rule>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// The lines that the server has answered.
    answered: Arc<watch::Sender<Vec<String>>>,
    without_keys: Arc<AtomicBool>,
}

impl Proxy {
    /// The server sees no `Idempotency-Key` from now on, and so is a plain one.
    pub(crate) fn without_keys(&self) {
        self.without_keys.store(true, Ordering::SeqCst);
    }

    /// Before the server at this address.
    pub(crate) async fn before(server: &str) -> Self {
        let upstream = server.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let proxy = Self {
            url: format!("http://{}", listener.local_addr().expect("an address")),
            rule: Arc::default(),
            seen: Arc::default(),
            answered: Arc::new(watch::Sender::new(Vec::new())),
            without_keys: Arc::default(),
        };
        let (rule, seen) = (proxy.rule.clone(), proxy.seen.clone());
        let (answered, without_keys) = (proxy.answered.clone(), proxy.without_keys.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (upstream, rule, seen) = (upstream.clone(), rule.clone(), seen.clone());
                let (answered, without_keys) =
                    (answered.clone(), without_keys.load(Ordering::SeqCst));
                tokio::spawn(async move {
                    let _ = relay(stream, &upstream, &rule, &seen, &answered, without_keys).await;
                });
            }
        });
        proxy
    }

    /// What happens to each request from now on.
    pub(crate) fn rule(&self, rule: impl FnMut(&Seen) -> Act + Send + 'static) {
        *self.rule.lock().expect("a lock") = Some(Arc::new(Mutex::new(rule)));
    }

    /// What happens to the first requests of this line from now on; later ones pass.
    pub(crate) fn first(&self, line: &'static str, acts: impl IntoIterator<Item = Act>) {
        let mut acts: Vec<_> = acts.into_iter().collect();
        acts.reverse();
        self.rule(move |seen| {
            let act = (seen.line == line).then(|| acts.pop()).flatten();
            act.unwrap_or(Act::Pass)
        });
    }

    /// What was asked with this line.
    pub(crate) fn seen(&self, line: &str) -> Vec<Seen> {
        let seen = self.seen.lock().expect("a lock");
        seen.iter()
            .filter(|seen| seen.line == line)
            .cloned()
            .collect()
    }

    /// Waits until the server has answered so many of this line, whatever became of the answers.
    pub(crate) async fn wait_for_answers(&self, line: &str, count: usize) {
        let mut answered = self.answered.subscribe();
        let is_there =
            |lines: &Vec<String>| lines.iter().filter(|this| *this == line).count() >= count;
        let wait = answered.wait_for(is_there);
        let waited = tokio::time::timeout(Duration::from_secs(20), wait).await;
        waited
            .expect("the server's answer in time")
            .expect("a proxy");
    }

    pub(crate) fn refreshes(&self) -> usize {
        self.seen("POST /api/token/refresh/").len()
    }
}

async fn relay(
    mut client: TcpStream,
    upstream: &str,
    rule: &Mutex<Option<Rule>>,
    seen: &Mutex<Vec<Seen>>,
    answered: &watch::Sender<Vec<String>>,
    without_keys: bool,
) -> io::Result<()> {
    let Some(request) = read_request(&mut client).await? else {
        return Ok(());
    };
    seen.lock().expect("a lock").push(request.clone());
    let rule = rule.lock().expect("a lock").clone();
    let act = rule.map_or(Act::Pass, |rule| (rule.lock().expect("a lock"))(&request));
    match &act {
        Act::Answer(answer) => return client.write_all(answer.as_bytes()).await,
        Act::CutBefore => return Ok(()),
        _ => {}
    }
    let mut server = TcpStream::connect(upstream).await?;
    let is_sent = |line: &&str| !(without_keys && line.starts_with("idempotency-key:"));
    let head: String = request
        .head
        .split_inclusive("\r\n")
        .filter(is_sent)
        .collect();
    server.write_all(head.as_bytes()).await?;
    server.write_all(b"connection: close\r\n\r\n").await?;
    server.write_all(request.body.as_bytes()).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    answered.send_modify(|lines| lines.push(request.line.clone()));
    match act {
        Act::CutAfter => return Ok(()),
        Act::CutWithin => answer.truncate(answer.len() - 20),
        Act::Late(pause) => tokio::time::sleep(pause).await,
        Act::Header(name, value) => answer = edited(&answer, name, Some(&value)),
        Act::Without(name) => answer = edited(&answer, name, None),
        Act::Pass | Act::Answer(_) | Act::CutBefore => {}
    }
    client.write_all(&answer).await?;
    client.shutdown().await
}

/// The head without `connection` and the empty line, and the body.
async fn read_request(stream: &mut TcpStream) -> io::Result<Option<Seen>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end + 2]).into_owned();
    let is_kept = |line: &&str| !line.to_ascii_lowercase().starts_with("connection:");
    let kept: String = head.split_inclusive("\r\n").filter(is_kept).collect();
    let words: Vec<_> = head.split(' ').take(2).collect();
    let mut seen = Seen {
        line: format!(
            "{} {}",
            words[0],
            words[1].split('?').next().expect("a path")
        ),
        head: kept,
        body: String::new(),
    };
    let length = seen
        .header("content-length")
        .map(|text| text.parse::<usize>().expect("a length"));
    let is_chunked = seen.header("transfer-encoding").is_some();
    let mut body = bytes.split_off(end + 4);
    while length.is_some_and(|length| body.len() < length)
        || is_chunked && !body.ends_with(b"0\r\n\r\n")
    {
        if stream.read_buf(&mut body).await? == 0 {
            return Ok(None);
        }
    }
    seen.body = String::from_utf8_lossy(&body).into_owned();
    Ok(Some(seen))
}

fn edited(answer: &[u8], name: &str, value: Option<&str>) -> Vec<u8> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let is_kept = |line: &&str| {
        !line
            .split(':')
            .next()
            .expect("a name")
            .eq_ignore_ascii_case(name)
    };
    let mut lines: Vec<_> = head
        .split("\r\n")
        .filter(is_kept)
        .map(str::to_owned)
        .collect();
    lines.extend(value.map(|value| format!("{name}: {value}")));
    format!("{}\r\n\r\n{body}", lines.join("\r\n")).into_bytes()
}

/// An answer as it stands on the wire.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

pub(crate) fn json(status: &str, body: &str) -> Act {
    Act::Answer(answer(status, "content-type: application/json\r\n", body))
}

pub(crate) fn html(status: &str, body: &str) -> Act {
    Act::Answer(answer(
        status,
        "content-type: text/html; charset=utf-8\r\n",
        body,
    ))
}
