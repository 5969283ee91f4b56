//! The SQL of a search: a part of the posts at a time, so that a search of whatever never holds a connection for long.
//!
//! SQLite hands the texts on, and they are compared here, for some milliseconds. PostgreSQL compares them itself: first
//! those of a window of keys, and where the index `gatepost_posts_trgm` can tell, all the others at once.

use std::time::{Duration, Instant};

use django::icontains::Needle;

use super::cursor::Place;
use super::page_rows::Candidate;
use crate::db::search_index::tells;
use crate::db::{self, Conn, Dialect, Id, Query};

/// What is looked for, in whose posts, from where on.
#[derive(Clone)]
pub(super) struct Search {
    pub(super) text: Text,
    pub(super) author: Option<Id>,
    pub(super) place: Place,
    /// How many posts of PostgreSQL's are compared at a time.
    pub(super) window: i64,
}

/// A text that is looked for, as each of the two databases needs it.
#[derive(Clone)]
pub(super) struct Text {
    pub(super) needle: Needle,
    /// For LIKE.
    pattern: String,
    /// Whether it has three letters or digits in a row, without which an index of such threes tells nothing.
    has_three: bool,
}

impl Text {
    pub(super) fn new(text: &str) -> Self {
        let mut pattern = String::from("%");
        for char in text.chars() {
            if matches!(char, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            pattern.push(char);
        }
        pattern.push('%');
        let mut words = text.split(|char: char| !char.is_alphanumeric());
        Self {
            needle: Needle::new(text),
            pattern,
            has_three: words.any(|word| word.chars().nth(2).is_some()),
        }
    }
}

/// What was found in a part of the posts, and from where to go on; nothing where nothing follows.
pub(super) type Part = (Vec<Candidate>, Option<Place>);

/// How long SQLite's texts are compared before others have the connection.
const SLICE: Duration = Duration::from_millis(20);
/// After how many bytes it is asked how late it is.
const STRIDE: usize = 64 * 1024;

/// Searches a part of the posts for as many as are wanted.
pub(super) async fn part(conn: &mut Conn<'_>, search: &Search, wanted: usize) -> db::Result<Part> {
    match conn.dialect() {
        Dialect::Sqlite => compared(conn, search, wanted).await,
        Dialect::Postgres => {
            let (mut found, rest) = in_window(conn, search, wanted).await?;
            let Some(place) = rest else {
                return Ok((found, None));
            };
            let text = &search.text;
            let is_enough = found.len() >= wanted || !text.has_three;
            if is_enough || !tells(conn, text.pattern.is_ascii()).await? {
                return Ok((found, Some(place)));
            }
            let rest = Search {
                place,
                ..search.clone()
            };
            found.extend(by_index(conn, &rest, wanted - found.len()).await?);
            // those that are wanted are all that follow, or more than a page takes
            let rest = (found.len() >= wanted).then_some(place);
            Ok((found, rest))
        }
    }
}

async fn compared(conn: &mut Conn<'_>, search: &Search, wanted: usize) -> db::Result<Part> {
    let mut query = Query::new("SELECT id, title, content FROM posts_post WHERE ");
    from(&mut query, search);
    order(&mut query, search.place);
    let (begun, mut room, mut bytes) = (Instant::now(), Vec::new(), 0);
    let (mut found, mut rest) = (Vec::new(), None);
    let needle = &search.text.needle;
    let take = |row: &mut db::Row<'_>| {
        let (id, title, content): (Id, &str, &str) = (row.next()?, row.next()?, row.next()?);
        if needle.is_in(title, &mut room) || needle.is_in(content, &mut room) {
            found.push((id, i64::try_from(content.len()).unwrap_or(i64::MAX)));
        }
        bytes += title.len() + content.len() + 64;
        let is_late = bytes >= STRIDE && begun.elapsed() >= SLICE;
        if bytes >= STRIDE {
            bytes = 0;
        }
        let is_enough = found.len() >= wanted || is_late;
        rest = is_enough.then(|| search.place.from(id));
        Ok(is_enough)
    };
    query.each(conn, take).await?;
    Ok((found, rest))
}

async fn in_window(conn: &mut Conn<'_>, search: &Search, wanted: usize) -> db::Result<Part> {
    let mut end = Query::new(match search.place {
        Place::Below(_) => "SELECT MIN(id), COUNT(*) FROM (SELECT id FROM posts_post WHERE ",
        Place::Above(_) => "SELECT MAX(id), COUNT(*) FROM (SELECT id FROM posts_post WHERE ",
    });
    from(&mut end, search);
    order(&mut end, search.place);
    end.push(" LIMIT ").value(search.window).push(") AS part");
    let read = |row: &mut db::Row<'_>| Ok((row.next::<Option<Id>>()?, row.next::<i64>()?));
    let Some((Some(last), count)) = end.row(conn, read).await? else {
        return Ok((Vec::new(), None));
    };
    let mut query =
        Query::new("SELECT id, CAST(octet_length(content) AS bigint) FROM posts_post WHERE ");
    from(&mut query, search);
    query.push(match search.place {
        Place::Below(_) => " AND id >= ",
        Place::Above(_) => " AND id <= ",
    });
    query.value(last);
    is_like(&mut query, &search.text);
    order(&mut query, search.place);
    limit(&mut query, wanted);
    let found = rows(&query, conn).await?;
    let is_end = count < search.window && found.len() < wanted;
    let place = search.place.from(last);
    Ok((found, (!is_end).then_some(place)))
}

/// Of all that follow: the index finds them whatever their order, so that they are put into it afterwards.
async fn by_index(
    conn: &mut Conn<'_>,
    search: &Search,
    wanted: usize,
) -> db::Result<Vec<Candidate>> {
    let mut query = Query::new(
        "WITH found AS MATERIALIZED (SELECT id, CAST(octet_length(content) AS bigint) AS bytes FROM posts_post WHERE ",
    );
    from(&mut query, search);
    is_like(&mut query, &search.text);
    query.push(") SELECT id, bytes FROM found");
    order(&mut query, search.place);
    limit(&mut query, wanted);
    rows(&query, conn).await
}

fn from(query: &mut Query, search: &Search) {
    match search.place {
        Place::Below(id) => query.push("id < ").value(id),
        Place::Above(id) => query.push("id > ").value(id),
    };
    if let Some(author) = search.author {
        query.push(" AND author_id = ").value(author);
    }
}

/// As Django writes `icontains` on PostgreSQL, and as the index has it.
fn is_like(query: &mut Query, text: &Text) {
    let pattern = text.pattern.as_str();
    query.push(" AND (UPPER(title) LIKE UPPER(").value(pattern);
    query.push(") OR UPPER(content) LIKE UPPER(").value(pattern);
    query.push("))");
}

fn order(query: &mut Query, place: Place) {
    query.push(match place {
        Place::Below(_) => " ORDER BY id DESC",
        Place::Above(_) => " ORDER BY id",
    });
}

fn limit(query: &mut Query, wanted: usize) {
    query.push(" LIMIT ").value(wanted as u64);
}

async fn rows(query: &Query, conn: &mut Conn<'_>) -> db::Result<Vec<Candidate>> {
    query.rows(conn, |row| Ok((row.next()?, row.next()?))).await
}
