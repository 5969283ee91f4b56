//! SimpleJWT's own tests, asked of Gatepost over HTTP (tests/django/simplejwt_suite).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use gatepost_server::{Clock, flush_expired_tokens};
use gatepost_tests::{Backend, TestApp, django};
use serde_json::{Value, json};

const LIST: &str = include_str!("../django/simplejwt_suite/tests.txt");

/// The suite's SECRET_KEY.
const KEY: &str = "not very secret in tests, but long enough";

/// The servers that the suite has asked for, one for each of its configurations: on one database, but for
/// those with keys of their own.
struct Servers {
    first: TestApp,
    others: BTreeMap<String, Result<(TestApp, String), String>>,
}

impl Servers {
    /// Does what a line of the suite asks for: a server with these settings at this time.
    async fn answer(&mut self, line: &str) -> Value {
        let wanted: Value = serde_json::from_str(line).unwrap();
        let settings = wanted["settings"].as_str().unwrap();
        self.first.clock.set(wanted["now"].as_i64().unwrap());
        if !self.others.contains_key(settings) {
            let started = if wanted["alone"] == true {
                let clock = self.first.clock.clone();
                TestApp::try_adopted(Backend::Sqlite, settings, clock).await
            } else {
                self.first.try_another_with(settings).await
            };
            let started = match started {
                Ok(app) => {
                    let url = app.listen().await;
                    Ok((app, url))
                }
                Err(why) => Err(why),
            };
            self.others.insert(settings.to_owned(), started);
        }
        match &self.others[settings] {
            Ok((app, _)) if wanted["flush"] == true => {
                json!({"rows": flush_expired_tokens(&app.app).await.unwrap().rows})
            }
            Ok((_, url)) => json!({"url": url}),
            Err(why) => json!({"refused": why}),
        }
    }
}

/// The suite, which asks by its output.
fn suite(database: &str) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let simplejwt = root.join("../target/simplejwt");
    assert!(
        simplejwt.join("installed.txt").is_file(),
        "{} is missing: run scripts/test, which puts SimpleJWT's tests there",
        simplejwt.display()
    );
    let path = ["source", "packages"].map(|folder| simplejwt.join(folder));
    let mut command = Command::new(django::program("python"));
    command
        .args(["-m", "simplejwt_suite"])
        .current_dir(root.join("django"))
        .env_clear()
        .env("PYTHONPATH", std::env::join_paths(path).unwrap())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONWARNINGS", "ignore")
        .env("SQLITE_PATH", database.trim_start_matches("sqlite:"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn simplejwt_s_own_tests_find_no_difference() {
    let clock = Clock::at(1_800_000_000);
    let settings =
        format!("server.secret_key = '{KEY}'\nrefresh.reuse = 'reject'\ntokens.stored = 'signed'");
    let first = TestApp::with_clock(Backend::Sqlite, &settings, clock);
    let mut servers = Servers {
        first: first.await,
        others: BTreeMap::new(),
    };
    let mut child = suite(&servers.first.database).spawn().unwrap();
    let mut answers = child.stdin.take().unwrap();
    let mut errors = child.stderr.take().unwrap();
    let told = std::thread::spawn(move || {
        let mut told = String::new();
        errors.read_to_string(&mut told).map(|_| told)
    });
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let answer = servers.answer(&line.unwrap()).await;
        writeln!(answers, "{answer}").unwrap();
    }
    let told = told.join().unwrap().unwrap();
    println!("{} configurations; {told}", servers.others.len());
    assert!(child.wait().unwrap().success(), "{told}");
}

#[test]
fn every_difference_of_simplejwt_s_tests_is_in_the_list() {
    let page = include_str!("../../docs/deviations.md");
    for line in LIST.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, words)) = line.split_once(" differs: ") {
            assert!(page.contains(words), "{name}: {words}");
        }
    }
}
