//! One's own account: the sessions and their end, another password, the profile, the end of the account.

use gatepost_sdk::store::MemoryStore;
use gatepost_sdk::{
    Client, Error, ErrorKind, ProfilePatch, RefreshMode, SecretString, SessionState, StatusCode,
};

use crate::case::{REFRESH, case, case_with};
use crate::proxy::{Act, json};
use crate::server::{Server, enter, password};

const SESSIONS: &str = "POST /api/account/sessions/";

fn other() -> SecretString {
    SecretString::from("Another-Word-4711")
}

/// A second session of ada.
async fn elsewhere(server: &Server) -> Client {
    let client = server.client().user_agent("curl/8.5.0").build();
    let client = client.expect("a client");
    client.login("ada", &password()).await.expect("logged in");
    client
}

fn is_over(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::SessionExpired(_))
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let case = case().await;
    let curl = elsewhere(&case.server).await;
    let ada = case.client.me();
    let sessions = ada.sessions().await.expect("a list");
    let labels: Vec<_> = sessions.iter().map(|one| one.label.as_str()).collect();
    assert_eq!(labels.len(), 2);
    assert_eq!(labels[0], "curl/8.5.0");
    assert!(labels[1].starts_with("gatepost-sdk "), "{labels:?}");
    let current: Vec<_> = sessions.iter().map(|one| one.current).collect();
    assert_eq!(current, [false, true]);

    let id = &sessions[0].id;
    ada.end_session(id).await.expect("ended");
    let again = ada.end_session(id).await.expect_err("it has ended");
    assert_eq!(again.status(), Some(StatusCode::NOT_FOUND));
    assert!(matches!(again.kind(), ErrorKind::Api(_)), "{again:?}");
    assert!(is_over(&curl.session().refresh().await.expect_err("ended")));

    let others = [elsewhere(&case.server).await, elsewhere(&case.server).await];
    ada.end_other_sessions().await.expect("ended");
    for client in others {
        assert!(is_over(
            &client.session().refresh().await.expect_err("ended")
        ));
    }
    case.client.session().refresh().await.expect("still there");
    assert_eq!(ada.sessions().await.expect("a list").len(), 1);
    for id in ["", "../delete", "a/b", "a.b"] {
        let wrong = ada.end_session(id).await.expect_err("no name");
        assert!(matches!(wrong.kind(), ErrorKind::Config(_)), "{wrong:?}");
    }
}

/// The refresh token that is shown is the newest: an exchange whose answer was lost is asked for again first.
#[tokio::test]
async fn a_session_is_known_after_a_lost_exchange() {
    let case = case().await;
    case.proxy.first(REFRESH, [Act::CutAfter]);
    case.client.session().refresh().await.ok();
    let sessions = case.client.me().sessions().await.expect("a list");
    assert!(sessions[0].current);
    case.client.me().end_other_sessions().await.expect("ended");
    case.client.session().refresh().await.expect("still there");
}

#[tokio::test]
async fn another_password_keeps_this_session_alone() {
    let case = case().await;
    let curl = elsewhere(&case.server).await;
    let ada = case.client.me();
    let wrong = ada.change_password(&other(), &other()).await;
    let wrong = wrong.expect_err("another one");
    assert!(!wrong.field("old_password").is_empty(), "{wrong:?}");
    let weak = SecretString::from("12345678");
    let weak = ada.change_password(&password(), &weak).await;
    assert_eq!(weak.expect_err("weak").field("new_password").len(), 2);
    ada.change_password(&password(), &other())
        .await
        .expect("changed");
    assert!(is_over(&curl.session().refresh().await.expect_err("ended")));
    case.client.session().refresh().await.expect("still there");
    let anew = case.server.client().build().expect("a client");
    anew.login("ada", &password())
        .await
        .expect_err("the old one");
    anew.login("ada", &other()).await.expect("the new one");
}

/// Where tokens name the password, the answer has new ones, which are stored.
#[tokio::test]
async fn tokens_that_name_the_password_are_exchanged_with_it() {
    let settings = "simple_jwt.check_revoke_token = true";
    let case = case_with(settings, MemoryStore::new(), RefreshMode::OnDemand).await;
    let curl = elsewhere(&case.server).await;
    let before = case.token().await;
    let ada = case.client.me();
    ada.change_password(&password(), &other())
        .await
        .expect("changed");
    assert!(case.token().await != before);
    assert_eq!(
        case.client.profile().await.expect("a profile").username,
        "ada"
    );
    case.client.session().refresh().await.expect("still there");
    assert!(is_over(&curl.profile().await.expect_err("ended")));
}

#[tokio::test]
async fn a_profile_is_changed() {
    let case = case().await;
    let change = ProfilePatch::new()
        .first_name("Ada")
        .email("ada@example.org");
    let user = case
        .client
        .me()
        .update_profile(&change)
        .await
        .expect("changed");
    assert_eq!(
        (user.first_name.as_str(), user.email.as_str()),
        ("Ada", "ada@example.org")
    );
    assert_eq!(case.client.me().profile().await.expect("a profile"), user);
    let wrong = ProfilePatch::new().email("no address");
    let wrong = case.client.me().update_profile(&wrong).await;
    assert_eq!(wrong.expect_err("wrong").field("email").len(), 1);
}

#[tokio::test]
async fn an_account_is_deleted_with_its_session() {
    let case = case().await;
    let ada = case.client.me();
    let wrong = ada.delete(&other()).await.expect_err("another password");
    assert!(!wrong.field("password").is_empty());
    case.client.profile().await.expect("still there");
    ada.delete(&password()).await.expect("deleted");
    let state = case.client.session().load().await.expect("it is read");
    assert_eq!(state, SessionState::SignedOut);
    let gone = case.client.profile().await.expect_err("nobody");
    assert!(matches!(gone.kind(), ErrorKind::NotSignedIn), "{gone:?}");
}

#[tokio::test]
async fn a_server_without_it_is_said_to_have_none() {
    let server = Server::with("server.extensions = false").await;
    let client = server.client().build().expect("a client");
    enter(&client, "ada").await;
    let me = client.me();
    let errors = [
        me.sessions().await.expect_err("none"),
        me.end_session("a1").await.expect_err("none"),
        me.end_other_sessions().await.expect_err("none"),
        me.change_password(&password(), &other())
            .await
            .expect_err("none"),
        me.update_profile(&ProfilePatch::new())
            .await
            .expect_err("none"),
        me.delete(&password()).await.expect_err("none"),
    ];
    let said = [
        "list of sessions",
        "way to end a session",
        "way to end sessions",
        "way to change a password",
        "way to change a profile",
        "way to delete an account",
    ];
    for (error, what) in errors.iter().zip(said) {
        assert!(
            matches!(error.kind(), ErrorKind::Unsupported { .. }),
            "{error:?}"
        );
        assert_eq!(error.to_string(), format!("this server has no {what}"));
        assert!(error.hint().is_some() && !error.is_transient() && !error.needs_login());
    }
    client.profile().await.expect("still signed in");
}

/// What a server says that is there, or a failure of it, is not taken for a server without the paths.
#[tokio::test]
async fn a_failure_is_no_lack() {
    let case = case().await;
    case.proxy.rule(|request| match request.line.as_str() {
        SESSIONS => json("500 Internal Server Error", "{}"),
        _ => Act::Pass,
    });
    let error = case.client.me().sessions().await.expect_err("a failure");
    assert!(matches!(error.kind(), ErrorKind::Api(_)), "{error:?}");
}
