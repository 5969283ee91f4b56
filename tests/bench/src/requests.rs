//! What is asked of each server.

use std::cell::RefCell;
use std::rc::Rc;

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::data;
use crate::load::{Script, always};

/// A kind of request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, ValueEnum)]
pub enum Kind {
    /// Who is signed in.
    Profile,
    /// One post.
    Post,
    /// The list of 20 posts.
    List,
    /// A new post.
    Create,
    /// A refresh token for the next one; each connection goes on with its own.
    Refresh,
    /// Whether a token is valid.
    Verify,
    /// The same without asking the database: what *plain* alone has, to compare with.
    VerifyAlone,
    /// A pair of tokens for a name and a password.
    Login,
}

impl Kind {
    /// All, as they are measured.
    pub const ALL: [Self; 8] = [
        Self::Profile,
        Self::Post,
        Self::List,
        Self::Create,
        Self::Refresh,
        Self::Verify,
        Self::VerifyAlone,
        Self::Login,
    ];

    /// Its name in a table.
    pub fn title(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Post => "one post",
            Self::List => "list of 20",
            Self::Create => "create",
            Self::Refresh => "refresh",
            Self::Verify => "verify",
            Self::VerifyAlone => "verify without a look-up",
            Self::Login => "login",
        }
    }
}

const COMMON: &str = "HTTP/1.1\r\nHost: bench.example\r\nAccept: */*\r\n";

/// The text of a GET.
pub fn get(path: &str, token: Option<&str>) -> Vec<u8> {
    format!("GET {path} {COMMON}{}\r\n", authorization(token)).into_bytes()
}

/// The text of a POST with JSON.
pub fn post(path: &str, token: Option<&str>, body: &str) -> Vec<u8> {
    let (length, authorization) = (body.len(), authorization(token));
    format!(
        "POST {path} {COMMON}Content-Type: application/json\r\nContent-Length: {length}\r\n{authorization}\r\n{body}"
    )
    .into_bytes()
}

fn authorization(token: Option<&str>) -> String {
    token.map_or_else(String::new, |token| {
        format!("Authorization: Bearer {token}\r\n")
    })
}

/// A token that is exchanged again and again, by one script after the other.
pub type Chain = Rc<RefCell<String>>;

/// A script that exchanges the chain's token for the one that the answer has in this field. `write` makes a request
/// of a token.
pub fn exchange(
    chain: &Chain,
    field: &'static str,
    write: impl Fn(&str, &mut Vec<u8>) + 'static,
) -> Script {
    let chain = Rc::clone(chain);
    let field = format!("\"{field}\":");
    Box::new(move |answer, out| {
        let mut token = chain.borrow_mut();
        if !answer.is_empty() {
            // without a successor the next request is refused, and so noticed
            successor(answer, &field)
                .unwrap_or_default()
                .clone_into(&mut token);
        }
        write(&token, out);
    })
}

/// The text of a field; a token needs no escapes, so nothing is parsed.
fn successor<'a>(answer: &'a [u8], field: &str) -> Option<&'a str> {
    let (_, rest) = str::from_utf8(answer).ok()?.split_once(field)?;
    let (token, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
    Some(token)
}

/// What a connection sends to a service with Django's URLs; `user` is the connection's own.
pub fn script(kind: Kind, user: usize, chain: &Chain) -> Script {
    let access = data::access_token(user);
    let read = |path: &str| always(get(path, Some(&access)));
    let send = |path: &str, body: &Value| always(post(path, None, &body.to_string()));
    match kind {
        Kind::Profile => read("/api/users/profile/"),
        Kind::Post => read(&format!("/api/posts/{}/", (user - 1) % data::POSTS + 1)),
        Kind::List => read("/api/posts/"),
        Kind::Create => always(post(
            "/api/posts/",
            Some(&access),
            &data::post().to_string(),
        )),
        Kind::Refresh => exchange(chain, "refresh", |token, out| {
            let body = format!("{{\"refresh\":\"{token}\"}}");
            out.extend_from_slice(&post("/api/token/refresh/", None, &body));
        }),
        Kind::Verify => send("/api/token/verify/", &json!({"token": access})),
        Kind::VerifyAlone => send("/verify-without-a-look-up/", &json!({"token": access})),
        Kind::Login => {
            let shown = json!({"username": data::name(user), "password": data::PASSWORD});
            send("/api/token/", &shown)
        }
    }
}
