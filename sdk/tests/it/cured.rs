//! A stored session that can't be understood: it is said, and a login or a logout cures it.

use std::path::PathBuf;

use gatepost_sdk::store::FileStore;
use gatepost_sdk::{Client, ErrorKind, Logout, SessionState, StoreError};

use crate::server::{Server, enter, password};

const BAD: [&str; 4] = ["", "{}", "nonsense", r#"{"v":99,"rt":"x"}"#];

struct Case {
    server: Server,
    folder: tempfile::TempDir,
}

impl Case {
    async fn new() -> Self {
        let server = Server::start().await;
        let folder = tempfile::tempdir().expect("a folder");
        let case = Self { server, folder };
        enter(&case.client(), "ada").await;
        case
    }

    fn client(&self) -> Client {
        let store = FileStore::new(self.folder.path());
        let client = self.server.client().store(store).account("ada");
        client.build().expect("a client")
    }

    fn files(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.folder.path()).expect("a folder");
        let paths = files.map(|file| file.expect("a file").path());
        paths
            .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
            .collect()
    }

    /// What another program, or a newer version, left there.
    fn spoil(&self, session: &str) {
        let text = serde_json::json!({
            "server": self.server.url, "user": "ada", "session": session
        });
        std::fs::write(&self.files()[0], text.to_string()).expect("written");
    }
}

#[tokio::test]
async fn a_login_writes_it_anew() {
    let case = Case::new().await;
    for text in BAD {
        case.spoil(text);
        let client = case.client();
        let error = client.profile().await.expect_err("not understood");
        assert!(
            matches!(error.kind(), ErrorKind::Store(StoreError::Corrupt(_))),
            "{error:?}"
        );
        assert!(!error.is_transient() && error.hint().is_some());
        let login = client.login("ada", &password()).await;
        login.unwrap_or_else(|error| panic!("{text}: {error:?}"));
        client.profile().await.expect("a profile");
        drop(client);
        case.client().profile().await.expect("it is stored");
    }
}

#[tokio::test]
async fn a_logout_removes_it_and_does_not_claim_to_have_told_the_server() {
    for how in [Logout::Local, Logout::Server] {
        let case = Case::new().await;
        for text in BAD {
            case.spoil(text);
            let client = case.client();
            let out = client.logout(how).await.expect("logged out");
            assert!(!out.revoked, "nobody knows the token");
            assert_eq!(out.problem.is_some(), how == Logout::Server);
            assert_eq!(client.session().state(), SessionState::SignedOut);
            assert!(case.files().is_empty());
            client.login("ada", &password()).await.expect("logged in");
        }
    }
}

#[tokio::test]
async fn one_bad_session_hides_no_other_account() {
    let case = Case::new().await;
    enter(&case.client().with_account("bob"), "bob").await;
    let mut files = case.files();
    files.sort();
    std::fs::write(&files[0], "not even JSON").expect("written");
    let unnamed = case
        .server
        .client()
        .store(FileStore::new(case.folder.path()));
    let unnamed = unnamed.build().expect("a client");
    let user = unnamed.profile().await.expect("the other one's").username;
    assert!(["ada", "bob"].contains(&user.as_str()));
}

/// A newer version's, written while this program runs, is not overwritten by a refresh.
#[tokio::test]
async fn what_is_not_understood_is_not_written_over() {
    let case = Case::new().await;
    let client = case.client();
    client.profile().await.expect("a profile");
    case.spoil(BAD[3]);
    let error = client
        .session()
        .refresh()
        .await
        .expect_err("not understood");
    assert!(
        matches!(error.kind(), ErrorKind::Store(StoreError::Corrupt(_))),
        "{error:?}"
    );
    let kept = std::fs::read_to_string(&case.files()[0]).expect("read");
    assert!(kept.contains("99"), "{kept}");
}

#[tokio::test]
async fn why_the_state_is_not_known_is_in_the_state() {
    let case = Case::new().await;
    case.spoil("nonsense");
    let client = case.client();
    let states = client.subscribe();
    client.session().load().await.expect_err("not understood");
    for state in [client.session().state(), states.borrow().clone()] {
        assert!(
            matches!(
                state,
                SessionState::Unknown {
                    reason: Some(StoreError::Corrupt(_))
                }
            ),
            "{state:?}"
        );
    }
    client.login("ada", &password()).await.expect("logged in");
    assert!(matches!(
        states.borrow().clone(),
        SessionState::Active { .. }
    ));
}
