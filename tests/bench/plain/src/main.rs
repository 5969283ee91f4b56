//! The service as a good engineer writes it in a day: axum, jsonwebtoken and sqlx, no tricks.
//!
//! `plain DATABASE_URL SECRET_KEY` serves on a free port and prints where. The database was migrated by Gatepost.

mod app;
mod db;
mod error;
mod keys;
mod posts;
mod tokens;
mod users;

use anyhow::{Context, bail};
use axum::Router;
use axum::routing::{get, post};

use app::App;
use db::Db;
use keys::Keys;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "who started it reads where it serves")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, secret] = &*arguments else {
        bail!("write plain DATABASE_URL SECRET_KEY");
    };
    let app = App {
        db: Db::open(database)
            .await
            .context("the database can't be opened")?,
        keys: Keys::new(secret),
    };
    let router = Router::new()
        .route("/api/users/profile/", get(users::profile))
        .route("/api/token/", post(tokens::login))
        .route("/api/token/refresh/", post(tokens::refresh))
        .route("/api/token/verify/", post(tokens::verify))
        .route("/verify-without-a-look-up/", post(tokens::verify_alone))
        .route("/api/posts/", get(posts::list).post(posts::create))
        .route("/api/posts/{id}/", get(posts::get))
        .route("/-/ready", get(|| async {}))
        .with_state(app);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{} answers", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}
