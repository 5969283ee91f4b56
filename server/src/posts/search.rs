//! A search through the posts: part by part, a few at a time, and no longer than it may take.

use std::time::{Duration, Instant};

use axum::http::StatusCode;

use super::cursor::Place;
use super::page_rows::Candidate;
use super::search_rows::{self, Search, Text};
use crate::app::App;
use crate::db::{self, Id};
use crate::http::error::Error;

/// The longest text that is looked for, as long as a title.
const LONGEST: usize = 200;
/// How long a search goes on without having found enough: its page ends where it is then, and the next one goes on.
const PATIENCE: Duration = Duration::from_secs(3);
/// A window of PostgreSQL's keys that took less than this is followed by one twice as large.
const QUICK: Duration = Duration::from_millis(100);
/// From when on PostgreSQL itself has ended a statement.
const ENDED: Duration = Duration::from_secs(5);
/// How many keys the first window has, and at most one.
const WINDOW: i64 = 2000;
const WIDEST: i64 = 100_000;

/// The text that is looked for; none where it is empty.
///
/// # Errors
/// 400 where it is too long.
pub(super) fn text(asked: &str) -> Result<Option<Text>, Error> {
    // no text of PostgreSQL's has a zero in it
    let asked = asked.replace('\0', "");
    let asked = asked.trim();
    if asked.chars().count() > LONGEST {
        return Err(Error::field(
            "search",
            "Ensure this field has no more than 200 characters.",
        ));
    }
    Ok((!asked.is_empty()).then(|| Text::new(asked)))
}

/// The posts from a place on that have a text in them, as many as are wanted; and where a search goes on that found fewer
/// in its time.
pub(super) async fn find(
    app: &App,
    (who, text): (Option<Id>, Text),
    author: Option<Id>,
    place: Place,
    wanted: usize,
) -> Result<(Vec<Candidate>, Option<Place>), Error> {
    let _turn = app.searches().begin(who).await?;
    let begun = Instant::now();
    let mut search = Search {
        text,
        author,
        place,
        window: WINDOW,
    };
    let mut found = Vec::new();
    loop {
        let (part, missing, at) = (search.clone(), wanted - found.len(), Instant::now());
        let part = app.db().read(move |conn| {
            Box::pin(async move { search_rows::part(conn, &part, missing).await })
        });
        let (more, rest) = part.await.map_err(|error| match error {
            db::Error::Busy(_) if at.elapsed() > ENDED => Error::search_takes_too_long(),
            error => error.into(),
        })?;
        found.extend(more);
        let Some(place) = rest else {
            return Ok((found, None));
        };
        if found.len() >= wanted || begun.elapsed() > PATIENCE {
            return Ok((found, Some(place)));
        }
        search.place = place;
        if at.elapsed() < QUICK {
            search.window = WIDEST.min(search.window * 2);
        }
    }
}

impl Error {
    /// 503: not even a part of it came to an end.
    fn search_takes_too_long() -> Self {
        Self::Detail(
            StatusCode::SERVICE_UNAVAILABLE,
            "The search takes too long: look for a longer text, or in the posts of one author."
                .into(),
        )
    }
}
