//! Bookmarks beside Gatepost's posts: a resource of one's own, with a table of its own in the same database.
//!
//! `cargo run -p gatepost-server --example mount`, then open http://127.0.0.1:8000/api/docs/ in a browser.

use axum::extract::{FromRef, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use gatepost_server::resource::{ApiError, Call, Field, Fields, Key, Resource, Values, json};
use gatepost_server::{App, CurrentUser, Migrations, Settings, serve};
use serde_json::{Value, json};
use sqlx::SqlitePool;

static BOOKMARK: Fields = Fields::new(
    "Bookmark",
    &[
        Field::id(),
        Field::short::<200>("title", "Title"),
        Field::short::<2000>("url", "URL"),
    ],
);
type Row = (i64, String, String);
type Answer = Result<Response, ApiError>;

#[derive(Clone, FromRef)]
struct Mine {
    app: App,
    bookmarks: SqlitePool,
}

fn shown((id, title, url): Row) -> Value {
    json!({"id": id, "title": title, "url": url})
}

async fn list(State(mine): State<Mine>, CurrentUser(user): CurrentUser) -> Answer {
    let rows =
        sqlx::query_as("SELECT id, title, url FROM bookmark WHERE user_id = $1 ORDER BY id DESC")
            .bind(user.id.0);
    let rows: Vec<Row> = rows
        .fetch_all(&mine.bookmarks)
        .await
        .map_err(ApiError::unavailable)?;
    json(
        StatusCode::OK,
        &rows.into_iter().map(shown).collect::<Vec<_>>(),
    )
}

async fn create(
    State(mine): State<Mine>,
    CurrentUser(user): CurrentUser,
    mut values: Values,
) -> Answer {
    let row = sqlx::query_as(
        "INSERT INTO bookmark (user_id, title, url) VALUES ($1, $2, $3) RETURNING id, title, url",
    );
    let row = row
        .bind(user.id.0)
        .bind(values.text("title"))
        .bind(values.text("url"));
    let row: Row = row
        .fetch_one(&mine.bookmarks)
        .await
        .map_err(ApiError::unavailable)?;
    json(StatusCode::CREATED, &shown(row))
}

async fn delete(State(mine): State<Mine>, CurrentUser(user): CurrentUser, Key(id): Key) -> Answer {
    let owner = sqlx::query_as("SELECT user_id FROM bookmark WHERE id = $1").bind(id);
    let owner: Option<(i64,)> = owner
        .fetch_optional(&mine.bookmarks)
        .await
        .map_err(ApiError::unavailable)?;
    let (owner,) = owner.ok_or_else(|| ApiError::no("Bookmark"))?;
    if owner != user.id.0 {
        return Err(ApiError::forbidden());
    }
    let gone = sqlx::query("DELETE FROM bookmark WHERE id = $1").bind(id);
    gone.execute(&mine.bookmarks)
        .await
        .map_err(ApiError::unavailable)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::from_toml("database.url = 'sqlite:mount.sqlite3'")?;
    let app = App::open(settings, Migrations::Apply).await?;
    let bookmarks = SqlitePool::connect("sqlite:mount.sqlite3").await?;
    let table = "CREATE TABLE IF NOT EXISTS bookmark (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id bigint NOT NULL, title varchar(200) NOT NULL, url varchar(2000) NOT NULL)";
    sqlx::query(table).execute(&bookmarks).await?;
    let mine = Mine { app, bookmarks };

    let lists = Call::new("listBookmarks", "Read one's own bookmarks").gives_many(200, &BOOKMARK);
    let creates = Call::new("createBookmark", "Keep a bookmark")
        .takes(&BOOKMARK)
        .gives(201, &BOOKMARK);
    let deletes = Call::new("deleteBookmark", "Delete a bookmark").gives_nothing(204);
    let deletes = deletes
        .refuses(403, "It is somebody else's.")
        .refuses(404, "There is none with this id.");
    let all = Resource::new("/api/bookmarks/", "Bookmark List", mine.clone());
    let one = Resource::new("/api/bookmarks/{pk}/", "Bookmark Instance", mine.clone());
    let router = mine.app.router_with([
        all.on(Method::GET, lists, list)
            .on(Method::POST, creates, create),
        one.on(Method::DELETE, deletes, delete),
    ]);

    let address = std::env::args().nth(1);
    let listener =
        tokio::net::TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:8000")).await?;
    eprintln!("Listening on http://{}", listener.local_addr()?);
    serve(listener, router, async {
        drop(tokio::signal::ctrl_c().await)
    })
    .await?;
    Ok(())
}
