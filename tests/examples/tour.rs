//! The tour: a server in this process, and the eleven steps of the API through the sdk. Each step prints what went over
//! the wire. Passwords, tokens and times are masked. docs/tour.md shows the output.
//!
//! `cargo run --release --example tour`

use std::io::{Write, stdout};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use gatepost_sdk::{Client, Logout, NewPost, NewUser, SecretString};
use gatepost_server::{App, Migrations, Settings, router, serve};
use serde_json::Value;
use tokio::net::TcpListener;

type Error = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let folder = tempfile::tempdir()?;
    let client = Client::builder(start(folder.path()).await?).build()?;
    let password = SecretString::from("ComplexPassword123!");

    title(1, "Register an account")?;
    let user = NewUser::new("ada", "ada@example.com", &password)
        .first_name("Ada")
        .last_name("Lovelace");
    client.register(user).await?;
    title(2, "Log in; the sdk keeps the two tokens")?;
    let session = client.login("ada", &password).await?;
    title(3, "See who is logged in")?;
    client.profile().await?;
    title(
        4,
        "Refresh the tokens; the sdk does this by itself when the access token expires",
    )?;
    let access = session.refresh().await?;
    let posts = client.posts();
    title(5, "Create a post")?;
    let post = posts
        .create(&NewPost::new("Notes", "On the Analytical Engine"))
        .await?;
    title(6, "List the posts")?;
    posts.list().send().await?;
    title(7, "Get a post")?;
    posts.get(post.id).await?;
    title(8, "Update it")?;
    posts
        .update(post.id, &NewPost::new("Note G", "On Bernoulli numbers"))
        .await?;
    title(9, "Delete it")?;
    posts.delete(post.id).await?;
    title(10, "Verify the access token")?;
    client.verify(&access).await?;
    title(11, "Log out: the refresh token is blacklisted")?;
    client.logout(Logout::Server).await?;
    Ok(())
}

/// A server on a free port, on a database in this folder; gives its address.
async fn start(folder: &std::path::Path) -> Result<String, Error> {
    let settings = Settings::from_toml(&format!(
        "database.url = 'sqlite:{}'\nserver.secret_key = 'a secret key for the length of a tour, 0123456789'",
        folder.join("tour.sqlite3").display()
    ))?;
    let app = App::open(settings, Migrations::Apply).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let router = router(app).layer(from_fn(show));
    tokio::spawn(serve(listener, router, std::future::pending()));
    Ok(address)
}

fn title(number: u8, text: &str) -> std::io::Result<()> {
    let gap = if number == 1 { "" } else { "\n" };
    writeln!(stdout(), "{gap}{number}. {text}")
}

/// Prints a request and its answer as they pass.
async fn show(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut lines = vec![format!("> {} {}", head.method, head.uri.path())];
    for (name, shown) in [
        ("authorization", "Authorization: Bearer <access token>"),
        ("idempotency-key", "Idempotency-Key: <key>"),
    ] {
        if head.headers.contains_key(name) {
            lines.push(format!("> {shown}"));
        }
    }
    lines.extend(masked(&body).map(|body| format!("> {body}")));
    let answer = next.run(Request::from_parts(head, Body::from(body))).await;
    let (head, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    lines.push(format!("< {}", head.status));
    lines.extend(masked(&body).map(|body| format!("< {body}")));
    // nobody may be looking, and the tour goes on
    drop(writeln!(stdout(), "{}", lines.join("\n")));
    Response::from_parts(head, Body::from(body))
}

/// A body of JSON without its secrets and times; `None` for an empty one.
fn masked(body: &[u8]) -> Option<String> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    mask(&mut value);
    Some(value.to_string())
}

fn mask(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(fields) => {
            for (name, value) in fields {
                let shown = match name.as_str() {
                    "password" | "password2" => "<password>",
                    "access" | "token" => "<access token>",
                    "refresh" => "<refresh token>",
                    "created_at" | "updated_at" => "<time>",
                    _ => continue,
                };
                *value = shown.into();
            }
        }
        _ => {}
    }
}
