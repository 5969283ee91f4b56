//! Many processes on one session, at Gatepost and at a live Django, in files and in a real keyring: every call of every
//! process succeeds, and each refresh token is used once. `GATEPOST_TEST_FULL=1`: 16 processes for 200 s.

use std::collections::BTreeSet;
use std::time::Duration;

use gatepost_live::django::Django;
use gatepost_sdk::Client;

use crate::case::REFRESH;
use crate::proxy::Proxy;
use crate::server::{Server, access_life, enter};
use crate::worker::{Worker, store};

/// Whether the large counts are run.
pub(crate) fn is_full() -> bool {
    std::env::var_os("GATEPOST_TEST_FULL").is_some()
}

/// One count or the other.
pub(crate) fn count<T>(small: T, full: T) -> T {
    if is_full() { full } else { small }
}

/// A server of either kind.
pub(crate) enum Place {
    Gatepost(Server),
    Django {
        server: Django,
        _folder: tempfile::TempDir,
    },
}

impl Place {
    pub(crate) async fn gatepost(life: u32) -> Self {
        Self::Gatepost(Server::with(&access_life(life)).await)
    }

    pub(crate) async fn django(life: u32) -> Self {
        let started = tokio::task::spawn_blocking(move || {
            let folder = tempfile::tempdir().expect("a folder");
            let database = format!("sqlite:{}", folder.path().join("db.sqlite3").display());
            let lives = format!("{{\"ACCESS_TOKEN_LIFETIME\":{life}}}");
            // one process: two would lock each other out of SQLite
            let settings = [("SIMPLE_JWT", lives.as_str()), ("FAST_HASH", "1")];
            Self::Django {
                server: Django::start(&database, &settings),
                _folder: folder,
            }
        });
        started.await.expect("Django")
    }

    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Gatepost(server) => &server.url,
            Self::Django { server, .. } => server.url(),
        }
    }
}

/// Runs them all on a session in this kind of store.
pub(crate) async fn run(place: Place, kept: &str, life: u32) {
    let (processes, time) = count((4, Duration::from_secs(4)), (16, Duration::from_secs(200)));
    let proxy = Proxy::before(place.url()).await;
    let client = Client::builder(&proxy.url)
        .shared_store(store(kept))
        .account("ada");
    let client = client.build().expect("a client");
    enter(&client, "ada").await;
    let workers: Vec<_> = (0..processes)
        .map(|_| {
            let (url, kept) = (proxy.url.clone(), kept.to_owned());
            tokio::task::spawn_blocking(move || Worker::start(&url, &kept, "reads", time).done())
        })
        .collect();
    for worker in workers {
        worker.await.expect("every call of it succeeded");
    }
    client.profile().await.expect("a profile");
    let details = client.session().details().await.expect("read");
    let generation = details.expect("a session").generation;
    let sent: Vec<_> = proxy
        .seen(REFRESH)
        .into_iter()
        .map(|seen| seen.body)
        .collect();
    let tokens: BTreeSet<_> = sent.iter().collect();
    assert_eq!(tokens.len(), sent.len(), "each token was sent once");
    assert_eq!(generation, 1 + sent.len() as u64, "each was one rotation");
    let least = time.as_secs() / u64::from(life);
    assert!(
        (least..=2 + least * 3).contains(&generation),
        "{generation}"
    );
}

fn life() -> u32 {
    count(2, 5)
}

fn files() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = format!("file:{}", folder.path().display());
    (folder, kept)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_files_at_gatepost() {
    let (_folder, kept) = files();
    run(Place::gatepost(life()).await, &kept, life()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_files_at_django() {
    let (_folder, kept) = files();
    run(Place::django(life()).await, &kept, life()).await;
}

/// In the home of a keyring: see `keyring.rs`.
pub(crate) async fn in_a_keyring(home: &str) {
    let kept = format!("keyring:{home}/locks");
    for place in [Place::gatepost(life()).await, Place::django(life()).await] {
        run(place, &kept, life()).await;
    }
}
