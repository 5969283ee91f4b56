//! Posts: one, all, and a new one.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::db::{read, write};
use crate::error::Error;
use crate::keys::now;
use crate::users::User;

#[derive(Serialize)]
pub(crate) struct Post {
    id: i64,
    title: String,
    content: String,
    author: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

type Row = (i64, String, String, String, DateTime<Utc>, DateTime<Utc>);

impl From<Row> for Post {
    fn from((id, title, content, author, created_at, updated_at): Row) -> Self {
        Self {
            id,
            title,
            content,
            author,
            created_at,
            updated_at,
        }
    }
}

pub(crate) async fn get(
    State(app): State<App>,
    _: User,
    Path(id): Path<i64>,
) -> Result<Json<Post>, Error> {
    let row: Option<Row> = read!(&app.db, pool => {
        sqlx::query_as("SELECT post.id, post.title, post.content, author.username, post.created_at, post.updated_at
            FROM posts_post AS post JOIN auth_user AS author ON author.id = post.author_id WHERE post.id = $1")
            .bind(id)
            .fetch_optional(pool)
            .await?
    });
    Ok(Json(row.ok_or(Error::NotFound)?.into()))
}

pub(crate) async fn list(State(app): State<App>, _: User) -> Result<Json<Vec<Post>>, Error> {
    let rows: Vec<Row> = read!(&app.db, pool => {
        sqlx::query_as("SELECT post.id, post.title, post.content, author.username, post.created_at, post.updated_at
            FROM posts_post AS post JOIN auth_user AS author ON author.id = post.author_id ORDER BY post.id DESC")
            .fetch_all(pool)
            .await?
    });
    Ok(Json(rows.into_iter().map(Post::from).collect()))
}

#[derive(Deserialize)]
pub(crate) struct NewPost {
    title: String,
    content: String,
}

pub(crate) async fn create(
    State(app): State<App>,
    user: User,
    Json(new): Json<NewPost>,
) -> Result<(StatusCode, Json<Post>), Error> {
    let at = now();
    let (id,): (i64,) = write!(&app.db, tx => {
        sqlx::query_as("INSERT INTO posts_post (title, content, author_id, created_at, updated_at) VALUES ($1, $2, $3, $4, $5) RETURNING id")
            .bind(&new.title)
            .bind(&new.content)
            .bind(user.id)
            .bind(at)
            .bind(at)
            .fetch_one(&mut *tx)
            .await?
    });
    let post = Post {
        id,
        title: new.title,
        content: new.content,
        author: user.username,
        created_at: at,
        updated_at: at,
    };
    Ok((StatusCode::CREATED, Json(post)))
}
