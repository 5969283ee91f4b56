//! `/api/account/sessions/`: where the caller is logged in, and the end of one session or of all others.

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::accounts::profile::of_a_user;
use crate::app::App;
use crate::auth::CurrentUser;
use crate::db::Dates;
use crate::http::answer::{Array, Resource, Shown, json};
use crate::http::body::Body;
use crate::http::error::Error;
use crate::http::fields::{Field, Kind, Serializer};
use crate::http::operation::{Answer, Operation, Parameter};
use crate::http::path::Pk;
use crate::settings::Settings;
use crate::tokens::{Alive, Chain, OWN_REFRESH, end_chain, end_sessions, find, live, own_chain};

/// What the list may be asked with.
pub(crate) static LIST: Serializer = Serializer(&[OWN_REFRESH.optional()]);
/// Which session stays.
pub(crate) static KEPT: Serializer = Serializer(&[OWN_REFRESH]);
/// What is answered of each.
pub(crate) static FIELDS: Serializer = Serializer(&[
    Field::read_only("id", "ID", Kind::Text),
    Field::read_only("begun", "Begun", Kind::Moment),
    Field::read_only("last_refreshed", "Last refreshed", Kind::Moment),
    Field::read_only("expires", "Expires", Kind::Moment),
    Field::read_only("label", "Label", Kind::Text),
    Field::read_only("current", "Current", Kind::Flag),
]);

const SESSION: (&str, &Serializer) = ("Session", &FIELDS);
const EXAMPLE: &str = r#"{"id":"8f14e45fceea167a5a36dedd4bea2543","begun":"2026-01-31T09:30:00Z","last_refreshed":"2026-01-31T12:30:00Z","expires":"2026-03-22T12:30:00Z","label":"Firefox on Linux","current":true}"#;
const REQUEST: &str = r#"{"refresh":"eyJhbGciOi…"}"#;

/// `POST /api/account/sessions/`, in the API's document.
pub(crate) fn lists(settings: &Settings) -> Operation {
    let operation = Operation::new("listSessions", "List one's sessions")
        .details("The one that was used last is the first. `refresh` tells which is `current`.")
        .takes("SessionList", REQUEST)
        .answers(Answer::many(200, "The live sessions.", SESSION, EXAMPLE).null("last_refreshed"));
    of_a_user(operation, settings)
}

/// `DELETE /api/account/sessions/{id}/`, there.
pub(crate) fn ends(settings: &Settings) -> Operation {
    let operation = Operation::new("endSession", "End a session")
        .parameter(Parameter::named_key("^[0-9a-f]{32}$"))
        .answers(Answer::nothing(204, "It is ended."))
        .refuses(404, "It is no live session of the caller's.");
    of_a_user(operation, settings)
}

/// `POST /api/account/sessions/end-others/`, there.
pub(crate) fn ends_others(settings: &Settings) -> Operation {
    let operation = Operation::new("endOtherSessions", "End all other sessions")
        .takes("SessionKept", REQUEST)
        .answers(Answer::nothing(204, "Only the one of `refresh` goes on."));
    of_a_user(operation, settings)
}

/// How many bytes of a hash name a session.
const ID: usize = 16;

/// A session as its user sees it.
struct Session {
    id: String,
    chain: Chain,
    is_current: bool,
    dates: Dates,
}

impl Resource for Session {
    fn show(&self, field: &str) -> Option<Shown<'_>> {
        let moment = |at| Shown::Moment(self.dates.kept(at), self.dates);
        Some(match field {
            "id" => Shown::Text(&self.id),
            "begun" => moment(self.chain.begun),
            "last_refreshed" => self.chain.refreshed.map_or(Shown::Null, moment),
            "expires" => moment(self.chain.expires),
            "label" => Shown::Text(&self.chain.label),
            "current" => Shown::Json(self.is_current.to_string().into_bytes()),
            _ => return None,
        })
    }
}

/// What a session is called: the same through all refreshes, and nothing that a token holds.
fn id(chain: &str) -> String {
    let hash = digest(&SHA256, format!("gatepost session {chain}").as_bytes());
    hex::encode(&hash.as_ref()[..ID])
}

/// `POST /api/account/sessions/`: the live sessions, the one that was used last first.
pub(crate) async fn list(
    State(app): State<App>,
    CurrentUser(user): CurrentUser,
    body: Body,
) -> Result<Response, Error> {
    let current = match body.fields(&LIST).await?.validate()?.take("refresh") {
        Some(token) => Some(own_chain(&app, &token, &user).await?),
        None => None,
    };
    let (alive, of) = (Alive::at(&app, app.clock().now()), user.id);
    let chains = app
        .db()
        .read(move |conn| Box::pin(async move { live(conn, of, None, &alive).await }));
    let (mut body, mut array) = (Vec::new(), Array::of(&FIELDS));
    for chain in chains.await? {
        let session = Session {
            id: id(&chain.id),
            is_current: current.as_ref() == Some(&chain.id),
            chain,
            dates: app.dates(),
        };
        array.push(&mut body, &session);
    }
    array.close(&mut body);
    Ok(json(StatusCode::OK, body))
}

/// `DELETE /api/account/sessions/{id}/`: 204; 404 where it is no live session of the caller's.
pub(crate) async fn end(
    State(app): State<App>,
    CurrentUser(user): CurrentUser,
    pk: Pk,
) -> Result<Response, Error> {
    let (alive, of, Pk(wanted)) = (Alive::at(&app, app.clock().now()), user.id, pk);
    // found before the one writer of SQLite is needed
    let chain = app.db().read({
        let alive = alive.clone();
        move |conn| {
            Box::pin(async move { find(conn, of, &alive, |chain| id(chain) == wanted).await })
        }
    });
    let chain = chain.await?.ok_or_else(Error::not_found)?;
    let ended = app.db().write(move |tx| {
        let (chain, alive) = (chain.clone(), alive.clone());
        Box::pin(async move {
            let is_alive = !live(tx, of, Some(&chain), &alive).await?.is_empty();
            if is_alive {
                end_chain(tx, &chain, &alive).await?;
            }
            Ok(is_alive)
        })
    });
    if ended.await? {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(Error::not_found())
    }
}

/// `POST /api/account/sessions/end-others/`: 204; only the session of the token shown goes on.
pub(crate) async fn end_others(
    State(app): State<App>,
    CurrentUser(user): CurrentUser,
    body: Body,
) -> Result<Response, Error> {
    let token = body.fields(&KEPT).await?.validate()?.required("refresh")?;
    let kept = own_chain(&app, &token, &user).await?;
    let (alive, of) = (Alive::at(&app, app.clock().now()), user.id);
    let ended = app.db().write(move |tx| {
        let (kept, alive) = (kept.clone(), alive.clone());
        Box::pin(async move { end_sessions(tx, of, Some(&kept), &alive).await })
    });
    ended.await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
