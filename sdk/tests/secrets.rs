//! Nothing that is logged at TRACE, printed for debugging or said in an error holds a token, a key or a password.

#[path = "it/proxy.rs"]
#[expect(dead_code, reason = "the integration tests use the rest")]
mod proxy;
#[path = "it/scenarios.rs"]
#[expect(dead_code, reason = "the integration tests use the rest")]
mod scenarios;
#[path = "it/server.rs"]
#[expect(dead_code, reason = "the integration tests use the rest")]
mod server;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::io;
use std::sync::{Arc, Mutex};

use gatepost_sdk::store::{FileStore, MemoryStore};
use gatepost_sdk::{Client, ExposeSecret, Method, NewUser, TokenStore};

use crate::proxy::{Act, Proxy, json};
use crate::server::{Server, enter, password};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("a lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Everything secret that passed the proxy or was stored: tokens, parts of tokens that are secret, keys.
fn secrets(proxy: &Proxy, stored: &str) -> BTreeSet<String> {
    let mut secrets = BTreeSet::from([password().expose_secret().to_owned()]);
    let mut add = |text: &str| {
        // the signature is the secret part; the rest is too long to be looked at by itself in a wrapped line
        let signature = text.rsplit('.').next().expect("a part");
        secrets.insert(signature.to_owned());
    };
    for line in [
        "GET /api/users/profile/",
        "POST /api/token/",
        "POST /api/token/refresh/",
        "POST /api/token/blacklist/",
        "POST /api/token/verify/",
    ] {
        for seen in proxy.seen(line) {
            if let Some(value) = seen.header("authorization") {
                add(value.trim_start_matches("Bearer "));
            }
            if let Some(key) = seen.header("idempotency-key") {
                add(key);
            }
            let body: serde_json::Value = serde_json::from_str(&seen.body).unwrap_or_default();
            for name in ["refresh", "token"] {
                body[name].as_str().into_iter().for_each(&mut add);
            }
        }
    }
    let stored: serde_json::Value = serde_json::from_str(stored).expect("JSON");
    for name in ["rt", "at", "sid"] {
        add(stored[name].as_str().expect("a secret"));
    }
    secrets
}

#[tokio::test]
async fn nothing_secret_is_ever_written() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let server = Server::start().await;
    let proxy = Proxy::before(&server.url).await;
    let folder = tempfile::tempdir().expect("a folder");
    let store = FileStore::new(folder.path());
    let client = Client::builder(&proxy.url)
        .store(store.clone())
        .account("ada");
    let mut said = format!("{client:?}");
    let client = client.build().expect("a client");
    enter(&client, "ada").await;
    let session = client.session();
    let mut say = |what: &dyn std::fmt::Debug| write!(said, "{what:?}\n{what:#?}\n").expect("text");
    say(&client);
    say(&session);
    say(&session.state());
    say(&session.details().await.expect("read"));
    say(&NewUser::new("x", "", &password()));
    client.profile().await.expect("a profile");
    let token = session.refresh().await.expect("refreshed");
    say(&token);
    client.verify(&token).await.expect("verified");
    let key = gatepost_sdk::EntryKey::new(client.server(), "ada");
    let entry = store.load(&key).await.expect("read").expect("a session");
    say(&entry);
    let stored = entry.to_json().expose_secret().to_owned();
    for act in [
        Act::CutBefore,
        Act::CutWithin,
        json("401 Unauthorized", "{\"detail\":\"x\"}"),
        json("400 Bad Request", "{\"detail\":\"x\"}"),
        json("200 OK", "{}"),
    ] {
        proxy.rule(move |_| act.clone());
        let request = client.request(Method::POST, "/api/token/").anonymous();
        let request = request.json(&serde_json::json!({ "password": password().expose_secret() }));
        say(&request);
        let error = request.send_json::<Vec<u8>>().await.expect_err("no answer");
        say(&error);
        say(&error.to_string());
        say(&std::error::Error::source(&error).map(ToString::to_string));
        if let Err(error) = client.login("ada", &password()).await {
            say(&error);
        }
        if let Err(error) = client.profile().await {
            say(&error);
        }
    }
    proxy.first(
        "POST /api/token/refresh/",
        [
            Act::CutAfter,
            json("401 Unauthorized", "{\"detail\":\"x\"}"),
        ],
    );
    say(&session.refresh().await.expect_err("refused"));
    let memory = Client::builder(&proxy.url)
        .store(MemoryStore::new())
        .build()
        .expect("a client");
    say(&memory.login("ada", &password()).await);
    client
        .logout(gatepost_sdk::Logout::Server)
        .await
        .expect("logged out");

    let log = String::from_utf8_lossy(&log.0.lock().expect("a lock")).into_owned();
    assert!(
        log.contains("exchanging the tokens") && log.contains("TRACE"),
        "it is logged at all"
    );
    let secrets = secrets(&proxy, &stored);
    assert!(secrets.len() >= 8, "{}", secrets.len());
    for secret in secrets {
        for (place, text) in [("log", &log), ("text", &said)] {
            let line = text.lines().find(|line| line.contains(&secret));
            assert_eq!(line, None, "the {place} holds {secret}");
        }
    }
}
