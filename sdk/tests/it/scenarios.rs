//! What holds at every server of this API, Gatepost or Django: each takes a client's builder and a name of its own.

use std::time::{Duration, Instant};

use gatepost_sdk::store::MemoryStore;
use gatepost_sdk::{
    AccessToken, Client, ClientBuilder, EntryKey, ErrorKind, ExpiredReason, ExposeSecret, Logout,
    Method, NewPost, NewUser, PostPatch, SecretString, SessionState, TokenStore,
};

fn password() -> SecretString {
    SecretString::from("ComplexPassword123!")
}

/// A name that no earlier run has used.
pub(crate) fn fresh(name: &str) -> String {
    let unique = std::process::id();
    format!("{name}-{unique}")
}

/// Every endpoint, from registering to logging out.
pub(crate) async fn every_endpoint(client: ClientBuilder) {
    let client = client.build().expect("a client");
    let name = fresh("ada");
    let user = NewUser::new(&name, "ada@example.com", &password())
        .first_name("Ada")
        .last_name("Lovelace");
    let user = client.register(user).await.expect("registered");
    assert_eq!((user.username.as_str(), user.id), (name.as_str(), None));

    let not_yet = client.profile().await.expect_err("nobody is logged in");
    assert!(matches!(not_yet.kind(), ErrorKind::NotSignedIn));

    let session = client.login(&name, &password()).await.expect("logged in");
    assert!(matches!(session.state(), SessionState::Active { user, .. } if user == name));
    let profile = client.profile().await.expect("a profile");
    assert_eq!(profile.first_name, "Ada");
    assert!(profile.id.is_some());

    let first = session.access_token(Duration::ZERO).await.expect("a token");
    let second = session.refresh().await.expect("refreshed");
    assert_ne!(first, second);
    assert!(client.verify(&second).await.expect("verified"));
    assert!(
        !client
            .verify(&AccessToken::new("x.y.z"))
            .await
            .expect("verified")
    );

    let posts = client.posts();
    let post = posts
        .create(&NewPost::new("Title", "Text"))
        .await
        .expect("created");
    assert_eq!(
        (post.title.as_str(), post.author.as_str()),
        ("Title", name.as_str())
    );
    assert_eq!(posts.get(post.id).await.expect("a post"), post);
    let put = posts
        .update(post.id, &NewPost::new("New", "Text 2"))
        .await
        .expect("replaced");
    assert_eq!(
        (put.title.as_str(), put.content.as_str()),
        ("New", "Text 2")
    );
    let patched = posts
        .patch(post.id, &PostPatch::new().content("Text 3"))
        .await
        .expect("changed");
    assert_eq!(
        (patched.title.as_str(), patched.content.as_str()),
        ("New", "Text 3")
    );
    assert!(patched.updated_at > post.updated_at && patched.created_at == post.created_at);
    for number in 0..3 {
        let post = NewPost::new(format!("Post {number}"), "[{\"\\");
        posts.create(&post).await.expect("created");
    }
    let page = posts.list().send().await.expect("a list");
    assert!(page.items.len() >= 4 && page.items[0].title == "Post 2");
    let mut stream = posts.list().page_size(2).stream();
    let mut streamed = Vec::new();
    while let Some(post) = stream.next().await {
        streamed.push(post.expect("a post"));
    }
    assert_eq!(streamed, page.items);
    // a server that does not page sends all, and they are chosen from here
    let list = posts.list().search("pOST 1").author(&name);
    let found = list.clone().send().await.expect("a list").items;
    assert_eq!((found.len(), found[0].title.as_str()), (1, "Post 1"));
    let mut stream = list.stream();
    assert_eq!(stream.next().await.expect("one").expect("a post"), found[0]);
    assert!(stream.next().await.is_none());
    let nobodys = posts.list().author("nobody").send().await;
    assert!(nobodys.expect("a list").items.is_empty());
    let (shown, version) = posts.get_version(post.id).await.expect("a post");
    let same = posts.clone().if_match(version.clone());
    let text = PostPatch::new().content("Text 4");
    let changed = same.patch(post.id, &text).await.expect("changed");
    assert!(shown.content == "Text 3" && changed.content == "Text 4");
    if version.is_some() {
        let late = same.update(post.id, &NewPost::new("T", "T")).await;
        let late = late.expect_err("another version");
        assert_eq!(late.status().expect("a status").as_u16(), 412);
        let late = same.delete(post.id).await.expect_err("another version");
        assert_eq!(late.status().expect("a status").as_u16(), 412);
    }
    posts.delete(post.id).await.expect("deleted");
    let gone = posts.get(post.id).await.expect_err("it was deleted");
    assert_eq!(gone.status().expect("a status").as_u16(), 404);

    let out = client.logout(Logout::Server).await.expect("logged out");
    assert!(out.revoked && out.problem.is_none());
    assert_eq!(session.state(), SessionState::SignedOut);
    let no_more = client.profile().await.expect_err("logged out");
    assert!(matches!(no_more.kind(), ErrorKind::NotSignedIn));
}

/// What the server says no to.
pub(crate) async fn every_refusal(client: ClientBuilder) {
    let client = client.build().expect("a client");
    let name = fresh("eve");
    let short = NewUser::new("", "no address", &SecretString::from("123"));
    let error = client.register(short).await.expect_err("refused");
    assert!(!error.field("username").is_empty() && !error.field("email").is_empty());
    assert!(error.field("password").len() >= 2 && error.field("first_name").is_empty());
    assert!(!error.needs_login() && !error.is_transient() && error.hint().is_some());

    let user = NewUser::new(&name, "eve@example.com", &password())
        .first_name("E")
        .last_name("E");
    client.register(user.clone()).await.expect("registered");
    let twice = client.register(user).await.expect_err("taken");
    assert_eq!(twice.field("username").len(), 1);

    let wrong = client
        .login(&name, &SecretString::from("wrong"))
        .await
        .expect_err("wrong");
    assert!(wrong.needs_login() && matches!(wrong.kind(), ErrorKind::Api(_)));
    client.login(&name, &password()).await.expect("logged in");
    let posts = client.posts();
    let blank = posts
        .create(&NewPost::new(" ", "x"))
        .await
        .expect_err("blank");
    assert_eq!(blank.field("title").len(), 1);
    let long = posts
        .create(&NewPost::new("x".repeat(201), ""))
        .await
        .expect_err("long");
    assert_eq!(long.field("title").len() + long.field("content").len(), 2);
    for id in [i64::MAX, -1] {
        let missing = posts.get(id).await.expect_err("missing");
        assert_eq!(missing.status().expect("a status").as_u16(), 404);
    }
    let post = posts
        .create(&NewPost::new("Eve's", "x"))
        .await
        .expect("created");
    let other = client.with_account(fresh("mallory"));
    let user = NewUser::new(fresh("mallory"), "m@example.com", &password())
        .first_name("M")
        .last_name("M");
    other.register(user).await.expect("registered");
    other
        .login(&fresh("mallory"), &password())
        .await
        .expect("logged in");
    let foreign = other.posts().delete(post.id).await.expect_err("another's");
    assert_eq!(foreign.status().expect("a status").as_u16(), 403);
    assert!(!foreign.needs_login());
}

/// A session lives on over many access tokens without a login. The server's access tokens live for two seconds.
pub(crate) async fn a_session_outlives_its_access_tokens(client: ClientBuilder, time: Duration) {
    let client = client.build().expect("a client");
    let name = fresh("long");
    let user = NewUser::new(&name, "l@example.com", &password())
        .first_name("L")
        .last_name("L");
    client.register(user).await.expect("registered");
    client.login(&name, &password()).await.expect("logged in");
    let begin = Instant::now();
    while begin.elapsed() < time {
        client.profile().await.expect("a profile");
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    let details = client
        .session()
        .details()
        .await
        .expect("details")
        .expect("a session");
    assert!(details.generation > time.as_secs() / 2, "{details:?}");
}

/// A session that is ended elsewhere ends here with its reason, costs no network then, and can't be resumed.
pub(crate) async fn an_ended_session_says_why(client: ClientBuilder) {
    let store = MemoryStore::new();
    let client = client.store(store.clone()).build().expect("a client");
    let name = fresh("ended");
    let user = NewUser::new(&name, "e@example.com", &password())
        .first_name("E")
        .last_name("E");
    client.register(user).await.expect("registered");
    let session = client.login(&name, &password()).await.expect("logged in");
    let mut states = session.subscribe();
    // the server's side of a logout alone: what another machine with a copy would do
    let token = refresh_token(&store, &client).await;
    let body = serde_json::json!({ "refresh": token });
    let request = client.request(Method::POST, "/api/token/blacklist/");
    request
        .anonymous()
        .json(&body)
        .send_empty()
        .await
        .expect("blacklisted");
    let error = session.refresh().await.expect_err("it was ended");
    assert!(
        matches!(
            error.kind(),
            ErrorKind::SessionExpired(ExpiredReason::Blacklisted)
        ),
        "{error:?}"
    );
    assert!(error.needs_login() && error.hint().is_some());
    states
        .wait_for(|state| matches!(state, SessionState::Expired { .. }))
        .await
        .expect("a state");
    let again = client.profile().await.expect_err("it was ended");
    assert!(matches!(
        again.kind(),
        ErrorKind::SessionExpired(ExpiredReason::Blacklisted)
    ));
    let resumed = session.resume().await.expect_err("it was ended");
    assert!(matches!(
        resumed.kind(),
        ErrorKind::SessionExpired(ExpiredReason::Blacklisted)
    ));
    client.login(&name, &password()).await.expect("logged in");
    client.profile().await.expect("a profile");
}

/// The refresh token that a store holds.
pub(crate) async fn refresh_token(store: &impl TokenStore, client: &Client) -> String {
    let user = client.account().expect("an account");
    let entry = store.load(&EntryKey::new(client.server(), user)).await;
    let entry = entry.expect("read").expect("a session").to_json();
    let json: serde_json::Value = serde_json::from_str(entry.expose_secret()).expect("JSON");
    json["rt"].as_str().expect("a token").to_owned()
}
