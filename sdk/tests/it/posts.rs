//! What a server does for posts beyond Django, and what is done without it.

use gatepost_sdk::{Client, NewPost, SecretString};

use crate::proxy::{Act, Proxy, Seen};
use crate::server::{Server, enter, password};

/// A client behind a proxy that lets the answer to each first try of a new post be lost.
async fn lossy(server: &Server) -> (Proxy, Client) {
    let proxy = Proxy::before(&server.url).await;
    let client = Client::builder(&proxy.url).build().expect("a client");
    enter(&client, "ada").await;
    let mut tries = 0;
    proxy.rule(move |seen| {
        let is_new = seen.line == "POST /api/posts/";
        tries += usize::from(is_new);
        if is_new && tries % 2 == 1 {
            Act::CutAfter
        } else {
            Act::Pass
        }
    });
    (proxy, client)
}

async fn titles(client: &Client) -> Vec<String> {
    let page = client.posts().list().send().await.expect("a list");
    page.items.into_iter().map(|post| post.title).collect()
}

#[tokio::test]
async fn a_post_whose_answer_was_lost_is_there_once() {
    let server = Server::start().await;
    let (proxy, client) = lossy(&server).await;
    for title in ["one", "two"] {
        let post = client.posts().create(&NewPost::new(title, "text")).await;
        assert_eq!(post.expect("written").title, title);
    }
    assert_eq!(titles(&client).await, ["two", "one"]);
    let keys: Vec<_> = proxy
        .seen("POST /api/posts/")
        .iter()
        .map(|seen: &Seen| seen.header("idempotency-key").map(str::to_owned))
        .collect();
    assert!(keys[0].is_some() && keys[0] == keys[1] && keys[2] == keys[3]);
    assert_ne!(keys[0], keys[2], "each post has a key of its own");
}

#[tokio::test]
async fn a_server_that_knows_no_keys_is_not_asked_twice() {
    let server = Server::with("server.extensions = false").await;
    let (proxy, client) = lossy(&server).await;
    let lost = client.posts().create(&NewPost::new("one", "text")).await;
    assert!(lost.expect_err("nobody knows").may_have_been_done());
    assert_eq!(proxy.seen("POST /api/posts/").len(), 1);
    assert_eq!(titles(&client).await, ["one"]);
}

#[tokio::test]
async fn a_key_of_one_s_own_makes_one_post_across_programs() {
    let server = Server::start().await;
    let client = server.client().build().expect("a client");
    enter(&client, "ada").await;
    let post = NewPost::new("one", "text");
    let posts = client.posts().idempotency_key("import-17");
    let first = posts.create(&post).await.expect("written");
    let later = server.client().build().expect("a client");
    let password: SecretString = password();
    later.login("ada", &password).await.expect("logged in");
    let posts = later.posts().idempotency_key("import-17");
    assert_eq!(posts.create(&post).await.expect("known"), first);
    let other = posts.create(&NewPost::new("two", "text")).await;
    let status = other.expect_err("another post").status();
    assert_eq!(status.expect("a status").as_u16(), 422);
    assert_eq!(titles(&client).await, ["one"]);
}
