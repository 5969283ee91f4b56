//! The SQL of posts.

use crate::db::{self, Conn, FromRow, Id, Moment, Tx, columns, sql};

/// A post with its author's name; its texts are its own, or lent by a row.
pub(super) struct Post<Text = String> {
    pub(super) id: Id,
    pub(super) title: Text,
    pub(super) content: Text,
    pub(super) author_id: Id,
    pub(super) author: Text,
    pub(super) created_at: Moment,
    pub(super) updated_at: Moment,
}

columns!(Post<Text>: id, title, content, author_id, author, created_at, updated_at);

/// One post.
pub(super) async fn by_id(conn: &mut Conn<'_>, id: Id) -> db::Result<Option<Post>> {
    sql!(conn, "
        SELECT post.id, post.title, post.content, post.author_id, author.username AS author, post.created_at, post.updated_at
        FROM posts_post AS post JOIN auth_user AS author ON author.id = post.author_id WHERE post.id = $1",
        id => fetch_optional Post)
}

/// The post of a key, where there is a key.
pub(super) async fn by_key(conn: &mut Conn<'_>, key: Option<Id>) -> db::Result<Option<Post>> {
    match key {
        Some(id) => by_id(conn, id).await,
        None => Ok(None),
    }
}

/// How many posts are read at once. As a parameter of the statement it would cost SQLite a better plan.
macro_rules! batch {
    () => {
        500
    };
}
/// After how many bytes of their contents no further one is read: a batch of long posts is as small in memory as one of
/// short posts.
macro_rules! batch_bytes {
    () => {
        262144
    };
}
/// The same, in Rust.
pub(super) const BATCH_BYTES: usize = batch_bytes!();

/// Hands on the newest posts below `before`, newest first, as far as a batch goes; gives the key below which the next
/// one begins, where there may be one. PostgreSQL must know itself where the batch ends: it sends what was asked for.
pub(super) async fn newest_before(
    conn: &mut Conn<'_>,
    before: Id,
    mut take: impl FnMut(&Post<&str>) + Send,
) -> db::Result<Option<Id>> {
    let (mut count, mut bytes, mut next) = (0, 0, None);
    sql!(conn,
    sqlite: concat!("
        SELECT post.id, post.title, post.content, post.author_id, author.username AS author, post.created_at, post.updated_at
        FROM posts_post AS post JOIN auth_user AS author ON author.id = post.author_id
        WHERE post.id < $1 ORDER BY post.id DESC LIMIT ", batch!()), before;
    postgres: concat!("
        SELECT post.id, post.title, post.content, post.author_id, author.username AS author, post.created_at, post.updated_at
        FROM (
            SELECT id, SUM(bytes) OVER (ORDER BY id DESC) - bytes AS bytes_before FROM (
                SELECT id, octet_length(content) AS bytes FROM posts_post WHERE id < $1 ORDER BY id DESC LIMIT ", batch!(), "
            ) AS newest
        ) AS batch
        JOIN posts_post AS post ON post.id = batch.id JOIN auth_user AS author ON author.id = post.author_id
        WHERE batch.bytes_before < ", batch_bytes!(), " ORDER BY post.id DESC"), before
    => each |row| {
        let post = Post::from_row(row)?;
        take(&post);
        count += 1;
        bytes += post.content.len();
        let is_full = count >= batch!() || bytes >= batch_bytes!();
        next = is_full.then_some(post.id);
        Ok(is_full)
    })?;
    Ok(next)
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
pub(super) async fn insert(tx: &mut Tx<'_>, post: &NewPost) -> db::Result<Option<Id>> {
    let added = sql!(tx, "
        INSERT INTO posts_post (title, content, author_id, created_at, updated_at)
        SELECT $1, $2, id, $4, $5 FROM auth_user WHERE id = $3 RETURNING id",
        &post.title, &post.content, post.author_id, post.created_at, post.updated_at => fetch_optional (Id,))?;
    Ok(added.map(|(id,)| id))
}

/// A post's columns after a change.
pub(super) struct Changed {
    pub(super) title: String,
    pub(super) content: String,
    pub(super) created_at: Moment,
}

columns!(Changed: title, content, created_at);

/// Changes what is given; `None` where the post is gone or no longer the author's.
pub(super) async fn update(
    tx: &mut Tx<'_>,
    post: Id,
    author: Id,
    title: Option<&str>,
    content: Option<&str>,
    at: Moment,
) -> db::Result<Option<Changed>> {
    sql!(tx, "
        UPDATE posts_post SET title = COALESCE($3, title), content = COALESCE($4, content), updated_at = $5
        WHERE id = $1 AND author_id = $2 RETURNING title, content, created_at",
        post, author, title, content, at => fetch_optional Changed)
}

/// A post of an author's, held until the transaction ends, so that nobody changes it meanwhile; SQLite has one writer.
pub(super) async fn locked(tx: &mut Tx<'_>, id: Id, author: Id) -> db::Result<Option<Post>> {
    sql!(tx,
        sqlite: "
        SELECT post.id, post.title, post.content, post.author_id, author.username AS author, post.created_at, post.updated_at
        FROM posts_post AS post JOIN auth_user AS author ON author.id = post.author_id WHERE post.id = $1 AND post.author_id = $2", id, author;
        postgres: "
        SELECT post.id, post.title, post.content, post.author_id, author.username AS author, post.created_at, post.updated_at
        FROM posts_post AS post JOIN auth_user AS author ON author.id = post.author_id WHERE post.id = $1 AND post.author_id = $2
        FOR UPDATE OF post", id, author
        => fetch_optional Post)
}

/// Removes a post; `false` where it is gone or no longer the author's.
pub(super) async fn delete(tx: &mut Tx<'_>, post: Id, author: Id) -> db::Result<bool> {
    let removed = sql!(tx, "DELETE FROM posts_post WHERE id = $1 AND author_id = $2", post, author => execute)?;
    Ok(removed == 1)
}
