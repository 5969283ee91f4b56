//! An answer is judged by its status and its form, for every verb: a page of HTML is no success.

use std::time::Duration;

use gatepost_sdk::{Client, Error, ErrorKind, Method, NewPost, PostPatch, Result};
use serde_json::Value;

use crate::proxy::{Act, Proxy, answer, html, json};
use crate::server::{Server, enter};

struct Case {
    _server: Server,
    proxy: Proxy,
    client: Client,
}

async fn case() -> Case {
    case_with("").await
}

/// With more settings of the server, as TOML.
async fn case_with(settings: &str) -> Case {
    let server = Server::with(settings).await;
    let proxy = Proxy::before(&server.url).await;
    let client = Client::builder(&proxy.url).timeout(Duration::from_secs(2));
    let client = client.build().expect("a client");
    enter(&client, "ada").await;
    Case {
        _server: server,
        proxy,
        client,
    }
}

impl Case {
    /// What every verb says where everything is answered so.
    async fn verbs(&self, act: Act) -> Vec<(&'static str, Result<()>)> {
        self.proxy.rule(move |_| act.clone());
        let posts = self.client.posts();
        let new = NewPost::new("Title", "Text");
        let mut stream = posts.list().stream();
        let first = stream.next().await;
        let mine = |method| self.client.request(method, "/api/mine/1/");
        vec![
            ("get", posts.get(1).await.map(drop)),
            ("create", posts.create(&new).await.map(drop)),
            ("update", posts.update(1, &new).await.map(drop)),
            ("patch", posts.patch(1, &PostPatch::new()).await.map(drop)),
            ("delete", posts.delete(1).await),
            ("list", posts.list().send().await.map(drop)),
            ("stream", first.map_or(Ok(()), |post| post.map(drop))),
            ("profile", self.client.profile().await.map(drop)),
            ("own DELETE", mine(Method::DELETE).send_empty().await),
            ("own POST", mine(Method::POST).send_empty().await),
            (
                "own GET",
                mine(Method::GET).send_json::<Value>().await.map(drop),
            ),
        ]
    }
}

#[tokio::test]
async fn a_page_is_a_success_of_no_verb() {
    let case = case().await;
    let page = "<!doctype html><html><head><TITLE>\n Hotel  Wi-Fi </TITLE></head></html>";
    for act in [
        html("200 OK", page),
        html("201 Created", page),
        Act::Answer(answer("200 OK", "content-type: Text/HTML\r\n", page)),
        Act::Answer(answer("200 OK", "", page)),
        Act::Answer(answer("200 OK", "content-type: text/plain\r\n", page)),
        html("511 Network Authentication Required", page),
        html("404 Not Found", page),
    ] {
        for (verb, outcome) in case.verbs(act.clone()).await {
            let error = outcome.expect_err(verb);
            assert!(
                matches!(error.kind(), ErrorKind::UnexpectedAnswer { page: Some(title), .. } if title == "Hotel Wi-Fi"),
                "{verb} {act:?}: {error:?}"
            );
            assert!(error.to_string().contains("Hotel Wi-Fi"), "{error}");
            assert!(!error.may_have_been_done() && error.hint().is_some());
        }
    }
}

#[tokio::test]
async fn a_sign_in_elsewhere_is_named_without_what_is_secret() {
    let case = case().await;
    for status in ["302 Found", "303 See Other", "307 Temporary Redirect"] {
        let to = answer(
            status,
            "location: https://ada:pw@sso.example/login?state=secret#x\r\n",
            "",
        );
        for (verb, outcome) in case.verbs(Act::Answer(to.clone())).await {
            let error = outcome.expect_err(verb);
            let said = format!("{error} {error:?}");
            assert!(
                matches!(error.kind(), ErrorKind::Redirected { target, .. } if target == "https://sso.example/login"),
                "{verb}: {said}"
            );
            assert!(!said.contains("secret") && !said.contains("pw"), "{said}");
        }
    }
}

#[tokio::test]
async fn only_what_the_api_answers_is_a_success() {
    let case = case().await;
    let text = Act::Answer(answer("200 OK", "content-type: text/plain\r\n", "welcome"));
    for act in [text, json("200 OK", r#"{"welcome":true}"#)] {
        case.proxy.first("DELETE /api/posts/1/", [act]);
        let error = case.client.posts().delete(1).await.expect_err("not 204");
        assert!(
            matches!(error.kind(), ErrorKind::UnexpectedAnswer { .. }),
            "{error:?}"
        );
    }
    // 204 has no body: that is an answer without a value
    let mine = || case.client.request(Method::DELETE, "/api/mine/1/");
    case.proxy
        .rule(|_| Act::Answer("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned()));
    mine().send_empty().await.expect("done");
    assert_eq!(
        mine().send_json::<Option<u8>>().await.expect("nothing"),
        None
    );
    mine()
        .send_json::<u8>()
        .await
        .expect_err("nothing is no number");
    case.proxy.rule(|_| json("200 OK", "{}"));
    mine().send_empty().await.expect("done");
}

#[tokio::test]
async fn what_was_sent_may_have_been_done_and_what_was_not_was_not() {
    // one that knows keys is asked again
    let case = case_with("server.extensions = false").await;
    let new = NewPost::new("Title", "Text");
    let create = || async {
        case.client
            .posts()
            .create(&new)
            .await
            .expect_err("no answer")
    };
    let done = |error: &Error| error.may_have_been_done();
    for act in [
        Act::CutBefore,
        Act::CutWithin,
        Act::Late(Duration::from_secs(4)),
        html("502 Bad Gateway", ""),
        html("504 Gateway Timeout", ""),
    ] {
        case.proxy.first("POST /api/posts/", [act.clone()]);
        let error = create().await;
        assert!(done(&error), "{act:?}: {error:?}");
    }
    for act in [
        json("400 Bad Request", r#"{"title":["No."]}"#),
        json("429 Too Many Requests", r#"{"detail":"Slowly."}"#),
        html("503 Service Unavailable", ""),
    ] {
        case.proxy.first("POST /api/posts/", [act.clone()]);
        let error = create().await;
        assert!(!done(&error), "{act:?}: {error:?}");
    }
    // a refresh that broke before the request: the request itself was never sent
    let short = Server::with("[simple_jwt]\naccess_token_lifetime = 1\n").await;
    let proxy = Proxy::before(&short.url).await;
    let clock = gatepost_sdk::Clock::at(gatepost_sdk::Clock::system().now());
    let client = Client::builder(&proxy.url).clock(clock.clone());
    let client = client.build().expect("a client");
    enter(&client, "ada").await;
    clock.advance(60);
    proxy.rule(|seen| {
        let is_refresh = seen.line.ends_with("/refresh/");
        if is_refresh {
            html("500 Internal Server Error", "")
        } else {
            Act::Pass
        }
    });
    let error = client.posts().create(&new).await.expect_err("no token");
    assert!(error.is_transient() && !done(&error), "{error:?}");
}
