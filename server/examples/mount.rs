//! Bookmarks beside Gatepost's posts: a resource of one's own, with a table of its own in the same database.
//!
//! `cargo run -p gatepost-server --example mount`, then open <http://127.0.0.1:8000/api/docs/> in a browser.

use axum::extract::{FromRef, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use gatepost_server::resource::{ApiError, Call, Field, Fields, Key, Resource, Values, json};
use gatepost_server::{App, CurrentUser, Migrations, Settings, serve};
use serde_json::json;
use sqlx::SqlitePool;

const URL: Field = Field::short::<2000>("url", "URL");
static BOOKMARK: Fields = Fields::new("Bookmark", &[Field::id(), URL]);
const TABLE: &str = "CREATE TABLE IF NOT EXISTS bookmark (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id bigint NOT NULL, url varchar(2000) NOT NULL)";
const LIST: &str = "SELECT id, url FROM bookmark WHERE user_id = $1 ORDER BY id DESC";
const INSERT: &str = "INSERT INTO bookmark (user_id, url) VALUES ($1, $2) RETURNING id";

#[derive(Clone, FromRef)]
struct Mine {
    app: App,
    bookmarks: SqlitePool,
}

type Mines = State<Mine>;
type Answer = Result<Response, ApiError>;

async fn list(State(mine): Mines, CurrentUser(user): CurrentUser) -> Answer {
    let rows = sqlx::query_as(LIST).bind(user.id.0);
    let rows: Vec<(i64, String)> = rows.fetch_all(&mine.bookmarks).await?;
    let shown = rows.iter().map(|(id, url)| json!({"id": id, "url": url}));
    json(StatusCode::OK, &shown.collect::<Vec<_>>())
}

async fn create(State(mine): Mines, CurrentUser(user): CurrentUser, mut sent: Values) -> Answer {
    let url = sent.text("url");
    let row = sqlx::query_as(INSERT).bind(user.id.0).bind(&url);
    let (id,): (i64,) = row.fetch_one(&mine.bookmarks).await?;
    json(StatusCode::CREATED, &json!({"id": id, "url": url}))
}

async fn delete(State(mine): Mines, CurrentUser(user): CurrentUser, Key(id): Key) -> Answer {
    let owner = sqlx::query_as("SELECT user_id FROM bookmark WHERE id = $1").bind(id);
    let owner: Option<(i64,)> = owner.fetch_optional(&mine.bookmarks).await?;
    if owner.ok_or_else(|| ApiError::no("Bookmark"))?.0 != user.id.0 {
        return Err(ApiError::forbidden());
    }
    let gone = sqlx::query("DELETE FROM bookmark WHERE id = $1").bind(id);
    gone.execute(&mine.bookmarks).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::from_toml("database.url = 'sqlite:mount.sqlite3'")?;
    let app = App::open(settings, Migrations::Apply).await?;
    let bookmarks = SqlitePool::connect("sqlite:mount.sqlite3").await?;
    sqlx::query(TABLE).execute(&bookmarks).await?;
    let mine = Mine { app, bookmarks };

    let lists = Call::new("listBookmarks", "Read one's own bookmarks");
    let creates = Call::new("createBookmark", "Keep a bookmark").takes(&BOOKMARK);
    let deletes = Call::new("deleteBookmark", "Delete a bookmark").gives_nothing(204);
    let deletes = deletes.refuses(403, "It is somebody else's.");
    let all = Resource::new("/api/bookmarks/", "Bookmark List", mine.clone())
        .on(Method::GET, lists.gives_many(200, &BOOKMARK), list)
        .on(Method::POST, creates.gives(201, &BOOKMARK), create);
    let one = Resource::new("/api/bookmarks/{pk}/", "Bookmark Instance", mine.clone()).on(
        Method::DELETE,
        deletes,
        delete,
    );
    let router = mine.app.router_with([all, one]);

    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or("127.0.0.1:8000");
    let listener = tokio::net::TcpListener::bind(address).await?;
    eprintln!("Listening on http://{}", listener.local_addr()?);
    serve(listener, router, std::future::pending()).await?;
    Ok(())
}
