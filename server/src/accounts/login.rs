//! A login by name and password, up to its hash: the account is looked up, and a token of its throttling taken. A login
//! that failed is logged.

use super::rows::{self, Login};
use crate::app::App;
use crate::http::error::Error;
use crate::http::log::Context;
use crate::http::peers::Network;
use crate::throttle::{Attempt, KNOWN, Taken};

/// What a login begins with.
pub(crate) struct Begun {
    /// The account, where there is one.
    pub(crate) login: Option<Login>,
    pub(crate) attempt: Attempt,
    pub(crate) taken: Taken,
}

/// Looks up an account and takes a token of its buckets, so before the hash.
///
/// # Errors
/// 429 where a bucket is empty, 503 where the line before the hashes is too long.
pub(crate) async fn begin(app: &App, name: &str, source: Option<Network>) -> Result<Begun, Error> {
    let login = look_up(app, name, source).await?;
    let (attempt, taken) = admit(app, login.as_ref(), name, source).await?;
    Ok(Begun {
        login,
        attempt,
        taken,
    })
}

/// Takes a token of the buckets of an account, or of a name that has none.
///
/// # Errors
/// As above.
pub(super) async fn admit(
    app: &App,
    login: Option<&Login>,
    name: &str,
    source: Option<Network>,
) -> Result<(Attempt, Taken), Error> {
    let now = app.clock().now();
    let seen_at = login.and_then(|login| login.seen_at);
    let is_known = seen_at.is_some_and(|at| at.plus(KNOWN).is_none_or(|until| until > now));
    // as it stands there: a database may take several names for the same
    let shown = match login {
        Some(login) if app.db().users().by_email() => &login.email,
        Some(login) => &login.username,
        None => name,
    };
    let attempt = app.throttle().login(shown, source, is_known);
    app.hashing().must_have_room(&attempt)?;
    let taken = app.throttle().take(&attempt, now).await?;
    Ok((attempt, taken))
}

/// The account of a name, and whether it was logged in to from there.
///
/// # Errors
/// The database fails.
pub(crate) async fn look_up(
    app: &App,
    name: &str,
    source: Option<Network>,
) -> Result<Option<Login>, Error> {
    let name = name.to_owned();
    let source = source.map(|source| source.to_string());
    let login = app
        .db()
        .read(|conn| Box::pin(async move { rows::login(conn, &name, source.as_deref()).await }));
    Ok(login.await?)
}

/// Logs that nobody was let in, where that is wanted.
pub(crate) fn log_failure(app: &App, context: &Context, name: &str, said: &'static str) {
    if !app.settings().server.log_failed_logins {
        return;
    }
    // a name is no longer than this
    let tried: String = name.chars().take(150).collect();
    let client = context.client.map(tracing::field::display);
    let id = app.request_ids().text(context);
    tracing::warn!(
        request.id = id,
        client.address = client,
        username = tried,
        "{said}"
    );
}
