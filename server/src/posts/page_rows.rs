//! The SQL of pages of the list: which posts are on one, by their keys, and then the posts.

use super::cursor::Place;
use super::rows::Post;
use crate::db::{self, Conn, FromRow, Id, sql};

/// A post that may be on a page: its key, and how many bytes its text has.
pub(super) type Candidate = (Id, i64);

/// The author of this name.
pub(super) async fn author(conn: &mut Conn<'_>, name: &str) -> db::Result<Option<Id>> {
    let found =
        sql!(conn, "SELECT id FROM auth_user WHERE username = $1", name => fetch_optional (Id,))?;
    Ok(found.map(|(id,)| id))
}

/// The first posts from a place on, of one author or of all: as many rows are read as are given, wherever that is.
pub(super) async fn candidates(
    conn: &mut Conn<'_>,
    place: Place,
    author: Option<Id>,
    limit: i64,
) -> db::Result<Vec<Candidate>> {
    match (place, author) {
        (Place::Below(id), None) => {
            sql!(conn, "SELECT id, CAST(octet_length(content) AS bigint) FROM posts_post WHERE id < $1 ORDER BY id DESC LIMIT $2",
                id, limit => fetch_all (Id, i64))
        }
        (Place::Above(id), None) => {
            sql!(conn, "SELECT id, CAST(octet_length(content) AS bigint) FROM posts_post WHERE id > $1 ORDER BY id LIMIT $2",
                id, limit => fetch_all (Id, i64))
        }
        (Place::Below(id), Some(author)) => {
            sql!(conn, "SELECT id, CAST(octet_length(content) AS bigint) FROM posts_post WHERE id < $1 AND author_id = $2 ORDER BY id DESC LIMIT $3",
                id, author, limit => fetch_all (Id, i64))
        }
        (Place::Above(id), Some(author)) => {
            sql!(conn, "SELECT id, CAST(octet_length(content) AS bigint) FROM posts_post WHERE id > $1 AND author_id = $2 ORDER BY id LIMIT $3",
                id, author, limit => fetch_all (Id, i64))
        }
    }
}

/// Hands on the posts of these keys that are there still, newest first.
pub(super) async fn posts(
    conn: &mut Conn<'_>,
    ids: &[Id],
    mut take: impl FnMut(&Post<&str>) + Send,
) -> db::Result<()> {
    let keys: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let listed: Vec<_> = keys.iter().map(i64::to_string).collect();
    let json = format!("[{}]", listed.join(","));
    sql!(conn,
    sqlite: "
        SELECT post.id, post.title, post.content, post.author_id, author.username AS author, post.created_at, post.updated_at
        FROM posts_post AS post JOIN auth_user AS author ON author.id = post.author_id
        WHERE post.id IN (SELECT value FROM json_each($1)) ORDER BY post.id DESC", json;
    postgres: "
        SELECT post.id, post.title, post.content, post.author_id, author.username AS author, post.created_at, post.updated_at
        FROM posts_post AS post JOIN auth_user AS author ON author.id = post.author_id
        WHERE post.id = ANY($1) ORDER BY post.id DESC", keys
    => each |row| {
        take(&Post::from_row(row)?);
        Ok(false)
    })
}
