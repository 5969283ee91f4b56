//! A post that somebody else changes between the last look at it and the change: it is looked at again, and nothing of
//! theirs is overwritten.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use gatepost_tests::Machine;
use serde_json::{Value, json};

use super::drafts::{editor, left};

/// A server with one post, which somebody changes just before each of so many changes.
#[derive(Default)]
struct Busy {
    version: u32,
    title: String,
    content: String,
    rushes: u32,
}

type Shared = Arc<Mutex<Busy>>;

impl Busy {
    fn tag(&self) -> String {
        format!("\"{}\"", self.version)
    }

    fn show(&self) -> Response {
        let at = "2026-01-02T03:04:05Z";
        let post = json!({
            "id": 1, "title": self.title, "content": self.content, "author": "ada", "created_at": at, "updated_at": at,
        });
        let headers = [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (header::ETAG, self.tag()),
        ];
        (headers, post.to_string()).into_response()
    }
}

async fn change(State(post): State<Shared>, headers: HeaderMap, body: String) -> Response {
    let mut post = post.lock().unwrap();
    if post.rushes > 0 {
        post.rushes -= 1;
        post.version += 1;
        post.content = format!("theirs {}", post.version);
    }
    if headers[header::IF_MATCH] != *post.tag() {
        let no = r#"{"detail":"another version"}"#;
        let kind = [(header::CONTENT_TYPE, "application/json")];
        return (StatusCode::PRECONDITION_FAILED, kind, no).into_response();
    }
    let change: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(change.get("content"), None, "only what was changed is sent");
    change["title"]
        .as_str()
        .unwrap()
        .clone_into(&mut post.title);
    post.version += 1;
    post.show()
}

async fn busy(rushes: u32) -> (Shared, Machine) {
    let post = Shared::new(Mutex::new(Busy {
        title: "Title".to_owned(),
        content: "words".to_owned(),
        rushes,
        ..Busy::default()
    }));
    let show = async |State(post): State<Shared>| post.lock().unwrap().show();
    let router = Router::new()
        .route("/api/posts/1/", get(show).patch(change))
        .with_state(post.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let machine = Machine::new(&base);
    editor(&machine, "sed -i s/Title/Mine/ \"$1\"");
    (post, machine)
}

const EDIT: &str = "EDITOR=./editor GATEPOST_TOKEN=x.y.z gatepost posts edit 1";

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_at_the_last_moment_is_looked_at_again() {
    let (post, machine) = busy(2).await;
    machine.on_terminal(EDIT, &[]).expect(0);
    let post = post.lock().unwrap();
    assert_eq!((&*post.title, &*post.content), ("Mine", "theirs 2"));
    assert_eq!(left(&machine), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_stands_still_is_said_and_the_text_is_kept() {
    let (post, machine) = busy(u32::MAX).await;
    let ended = machine.on_terminal(EDIT, &[]).expect(1);
    let why = "post 1 is being changed by somebody else again and again";
    assert!(ended.out.contains(why), "{}", ended.out);
    assert_eq!(post.lock().unwrap().title, "Title");
    assert!(!left(&machine).is_empty());
}
