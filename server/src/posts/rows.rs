//! The rows of posts.

use crate::db::{Conn, Id, Moment, Tx, sql};

/// A post with its author's name.
#[derive(Clone, sqlx::FromRow)]
pub(super) struct Post {
    pub(super) id: Id,
    pub(super) title: String,
    pub(super) content: String,
    pub(super) author_id: Id,
    pub(super) author: String,
    pub(super) created_at: Moment,
    pub(super) updated_at: Moment,
}

/// One post.
pub(super) async fn by_id(conn: &mut Conn, id: Id) -> sqlx::Result<Option<Post>> {
    sql!(conn, "
        SELECT post.id, post.title, post.content, post.author_id, author.username AS author, post.created_at, post.updated_at
        FROM posts_post AS post JOIN auth_user AS author ON author.id = post.author_id WHERE post.id = $1",
        id => fetch_optional Post)
}

/// The newest posts below `before`, newest first: at most 500, and no further one once their contents make a
/// mebibyte. So a batch of long posts is as small in memory as one of short posts.
pub(super) async fn newest_before(conn: &mut Conn, before: Id) -> sqlx::Result<Vec<Post>> {
    sql!(conn, "
        SELECT post.id, post.title, post.content, post.author_id, author.username AS author, post.created_at, post.updated_at
        FROM (
            SELECT id, SUM(bytes) OVER (ORDER BY id DESC) - bytes AS bytes_before FROM (
                SELECT id, octet_length(content) AS bytes FROM posts_post WHERE id < $1 ORDER BY id DESC LIMIT 500
            ) AS newest
        ) AS batch
        JOIN posts_post AS post ON post.id = batch.id JOIN auth_user AS author ON author.id = post.author_id
        WHERE batch.bytes_before < 1048576 ORDER BY post.id DESC",
        before => fetch_all Post)
}

/// Whether there may be more posts below a batch of [`newest_before`].
pub(super) fn may_have_more(batch: &[Post]) -> bool {
    batch.len() >= 500 || batch.iter().map(|post| post.content.len()).sum::<usize>() >= 1_048_576
}

/// A post to add.
#[derive(Clone)]
pub(super) struct NewPost {
    pub(super) title: String,
    pub(super) content: String,
    pub(super) author_id: Id,
    pub(super) created_at: Moment,
    pub(super) updated_at: Moment,
}

/// Adds a post and gives its key; `None` where the author is gone.
pub(super) async fn insert(tx: &mut Tx, post: &NewPost) -> sqlx::Result<Option<Id>> {
    let added = sql!(tx, "
        INSERT INTO posts_post (title, content, author_id, created_at, updated_at)
        SELECT $1, $2, id, $4, $5 FROM auth_user WHERE id = $3 RETURNING id",
        &post.title, &post.content, post.author_id, post.created_at, post.updated_at => fetch_optional (Id,))?;
    Ok(added.map(|(id,)| id))
}

/// A post's columns after a change.
#[derive(sqlx::FromRow)]
pub(super) struct Changed {
    pub(super) title: String,
    pub(super) content: String,
    pub(super) created_at: Moment,
}

/// Changes what is given; `None` where the post is gone or no longer the author's.
pub(super) async fn update(
    tx: &mut Tx,
    post: Id,
    author: Id,
    title: Option<&str>,
    content: Option<&str>,
    at: Moment,
) -> sqlx::Result<Option<Changed>> {
    sql!(tx, "
        UPDATE posts_post SET title = COALESCE($3, title), content = COALESCE($4, content), updated_at = $5
        WHERE id = $1 AND author_id = $2 RETURNING title, content, created_at",
        post, author, title, content, at => fetch_optional Changed)
}

/// Removes a post; `false` where it is gone or no longer the author's.
pub(super) async fn delete(tx: &mut Tx, post: Id, author: Id) -> sqlx::Result<bool> {
    let removed = sql!(tx, "DELETE FROM posts_post WHERE id = $1 AND author_id = $2", post, author => execute)?;
    Ok(removed == 1)
}
