//! The command line, run as a person and as a script runs it, against Gatepost and against a live Django.

mod account;
mod accounts;
mod answers;
mod api;
mod commands;
mod config;
mod crowd;
mod doctor;
mod drafts;
mod edits;
mod errors;
mod gateway;
mod help;
mod keyring;
mod lists;
mod named;
mod output;
mod outside;
mod owner;
mod prompts;
mod reach;
mod readme;
mod retries;
mod secrets;
mod sessions;
mod slow;
mod status;
mod terminal;
mod texts;
mod versions;

use gatepost_server::Clock;
use gatepost_tests::django::Django;
use gatepost_tests::{Backend, Machine, SECRET, TestApp, sql};
use tempfile::TempDir;

/// Which server a test speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Gatepost,
    /// One that gives browsers the refresh token in a cookie.
    Cookie,
    Django,
}

/// A running server and its database.
struct Server {
    url: String,
    database: String,
    _keep: Keep,
}

enum Keep {
    Gatepost(#[expect(dead_code, reason = "it serves until it is dropped")] TestApp),
    Django(
        #[expect(dead_code, reason = "it serves until it is dropped")] Django,
        #[expect(dead_code, reason = "it is there until it is dropped")] TempDir,
    ),
}

impl Server {
    async fn start(kind: Kind) -> Self {
        Self::with_access_life(kind, 180 * 60).await
    }

    /// With access tokens that live for so many seconds.
    async fn with_access_life(kind: Kind, seconds: u32) -> Self {
        match kind {
            Kind::Gatepost | Kind::Cookie => {
                let mut settings = format!("simple_jwt.access_token_lifetime = {seconds}");
                if kind == Kind::Cookie {
                    settings.push_str("\ncookies.refresh = 'rt'");
                }
                let app = TestApp::with_clock(Backend::Sqlite, &settings, Clock::system()).await;
                Self {
                    url: app.listen().await,
                    database: app.database.clone(),
                    _keep: Keep::Gatepost(app),
                }
            }
            Kind::Django => {
                let folder = TempDir::new_in("/dev/shm")
                    .or_else(|_| TempDir::new())
                    .unwrap();
                let database = format!("sqlite:{}", folder.path().join("db.sqlite3").display());
                let lives = format!("{{\"ACCESS_TOKEN_LIFETIME\":{seconds}}}");
                let settings = [
                    ("SECRET_KEY", SECRET),
                    ("FAST_HASH", "1"),
                    ("SIMPLE_JWT", &lives),
                ];
                let django = Django::start(&database, &settings);
                Self {
                    url: django.url().to_owned(),
                    database,
                    _keep: Keep::Django(django, folder),
                }
            }
        }
    }

    /// The service under which the keyring keeps the sessions at this server.
    fn service(&self) -> String {
        format!("gatepost:{}", self.url)
    }

    /// The number that a query gives.
    async fn count(&self, query: &str) -> u64 {
        let rows = sql::query(&self.database, query).await;
        rows[0].parse().unwrap()
    }

    /// Runs a statement behind the server's back.
    async fn run(&self, statement: &str) {
        sql::execute(&self.database, statement).await;
    }

    /// What the server answers when this refresh token is shown to it.
    async fn refresh(&self, token: &str) -> (u16, String) {
        let answer = reqwest::Client::new()
            .post(format!("{}/api/token/refresh/", self.url))
            .header("content-type", "application/json")
            .body(serde_json::json!({ "refresh": token }).to_string());
        let answer = answer.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

/// The text with what differs from run to run replaced: the server's address, moments, request ids.
fn masked(text: &str, server: &Server) -> String {
    let text = text.replace(&server.url, "SERVER");
    let mut out = String::new();
    let mut rest = text.as_str();
    // 2026-11-24T12:21:01.099196Z, also without microseconds
    while let Some(at) = rest.find('-') {
        let begin = at.saturating_sub(4);
        let moment: String = rest
            .get(begin..)
            .unwrap_or_default()
            .chars()
            .take_while(|char| char.is_ascii_digit() || "-:.TZ".contains(*char))
            .collect();
        let is_moment = moment.len() >= 20 && moment.ends_with('Z') && moment.contains('T');
        if is_moment {
            out.push_str(&rest[..begin]);
            out.push_str("MOMENT");
            rest = &rest[begin + moment.len()..];
        } else {
            out.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
        }
    }
    out + rest
}

/// What was run, how it ended, and what it printed and said.
struct Transcript<'m> {
    machine: &'m Machine,
    server: &'m Server,
    masks: Vec<(String, &'static str)>,
    text: String,
}

impl<'m> Transcript<'m> {
    fn new(machine: &'m Machine, server: &'m Server) -> Self {
        Self {
            machine,
            server,
            masks: Vec::new(),
            text: String::new(),
        }
    }

    /// Runs a command: its words by spaces, `~` for a space inside a word.
    fn run(&mut self, line: &str) {
        self.with("", line);
    }

    /// The same with the password on standard input.
    fn with_password(&mut self, line: &str) {
        self.with(Machine::PASSWORD, line);
    }

    fn with(&mut self, input: &str, line: &str) {
        let words: Vec<String> = line.split(' ').map(|word| word.replace('~', " ")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ended = self.machine.run_with(input, &words);
        let code = ended.code.expect("no signal ended it");
        self.add(&format!("$ gatepost {}\n", line.escape_debug()));
        self.add(&masked(&ended.out, self.server));
        for line in masked(&ended.err, self.server).lines() {
            self.add(&format!("! {line}\n"));
        }
        if code != 0 {
            self.add(&format!("exit code {code}\n"));
        }
    }

    /// Something else that was seen.
    fn note(&mut self, what: &str, text: &str) {
        self.add(&format!("= {what}\n{}", masked(text, self.server)));
    }

    fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Shows this by a name.
    fn mask(&mut self, text: &str, name: &'static str) {
        self.masks.push((text.to_owned(), name));
    }

    fn end(self) -> String {
        let masks = self.masks.iter();
        masks.fold(self.text, |text, (from, to)| text.replace(from, to))
    }
}
