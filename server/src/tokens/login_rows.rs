//! The SQL of a login: its refresh token, a better hash, and what is noted of it.

use secrecy::ExposeSecret;

use super::rows::{Outstanding, add_outstanding};
use super::session_rows::{self, NewSession};
use crate::accounts::rows::{self as accounts, Login};
use crate::db::{self, Db, Dialect, Moment, Tx, sql};
use crate::throttle::Bucket;
use crate::throttle::rows::{self as throttle, Seen};

/// What a login writes.
#[derive(Clone)]
pub(super) struct NewLogin {
    /// The account as it was looked up.
    pub(super) login: Login,
    /// A better hash of the password.
    pub(super) rewrite: Option<String>,
    /// None where nobody is let in.
    pub(super) entry: Option<Entry>,
}

/// What is written beside where somebody is let in.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) outstanding: Outstanding,
    /// What is known of the session, where that is kept.
    pub(super) session: Option<NewSession>,
    pub(super) last_login: Option<Moment>,
    /// From where, if that was not noted lately.
    pub(super) seen: Option<Seen>,
    /// What it had taken before its hash, two at most.
    pub(super) taken: Vec<Bucket>,
}

/// Writes it in one transaction, on PostgreSQL nearly always in one round trip. `false` where the account was deleted,
/// switched off or given another password since it was looked up: nothing is written.
pub(super) async fn write(db: &Db, new: NewLogin) -> db::Result<bool> {
    let is_alone = |entry: &&Entry| new.rewrite.is_none() && entry.last_login.is_none();
    match new.entry.as_ref().filter(is_alone) {
        Some(entry) if db.dialect() == Dialect::Postgres => {
            let (login, entry) = (new.login.clone(), entry.clone());
            let written = db.write_once(move |tx| {
                let (login, entry) = (login.clone(), entry.clone());
                Box::pin(async move { write_once(tx, &login, &entry).await })
            });
            written.await
        }
        _ => {
            let written = db.write(move |tx| {
                let new = new.clone();
                Box::pin(async move {
                    let is_written = write_with(tx, &new).await?;
                    if !is_written {
                        tx.abandon();
                    }
                    Ok(is_written)
                })
            });
            written.await
        }
    }
}

async fn write_with(tx: &mut Tx<'_>, new: &NewLogin) -> db::Result<bool> {
    let login = &new.login;
    if !accounts::is_unchanged(tx, login).await? {
        return Ok(false);
    }
    // on PostgreSQL one of these two locks the account, so that what changes the password meanwhile finds the session
    if let Some(at) = new.entry.as_ref().and_then(|entry| entry.last_login)
        && !accounts::set_login(tx, login, at).await?
    {
        return Ok(false);
    }
    if let Some(encoded) = &new.rewrite
        && !accounts::set_password(tx, login, encoded).await?
    {
        return Ok(false);
    }
    let Some(entry) = &new.entry else {
        return Ok(true);
    };
    if let Some(seen) = &entry.seen {
        throttle::note_login(tx, login.id, seen).await?;
    }
    if !add_outstanding(tx, &entry.outstanding).await? {
        return Ok(false);
    }
    if let Some(session) = &entry.session {
        session_rows::note(tx, &entry.outstanding.jti, session).await?;
    }
    // last, for others wait for these rows
    for bucket in &entry.taken {
        throttle::give_back(tx, bucket).await?;
    }
    Ok(true)
}

/// The same as one statement of PostgreSQL's, which locks the account for others than logins: what changes the password
/// meanwhile finds the session. The buckets are given back in the order in which they were taken.
async fn write_once(tx: &mut Tx<'_>, login: &Login, entry: &Entry) -> db::Result<bool> {
    let (new, seen) = (&entry.outstanding, entry.seen.as_ref());
    let session = entry.session.as_ref();
    let taken = |at: usize| entry.taken.get(at);
    let (first, second) = (taken(0), taken(1));
    let (is_written,) = sql!(tx, "
        WITH account AS (SELECT id FROM auth_user WHERE id = $1 AND password = $2 AND (is_active = TRUE) = $3 FOR SHARE),
        added AS (
            INSERT INTO token_blacklist_outstandingtoken (jti, token, user_id, created_at, expires_at)
            SELECT $4, $5, id, $6, $7 FROM account RETURNING 1
        ), noted AS (
            INSERT INTO gatepost_login (user_id, address, at) SELECT id, $8, $9 FROM account WHERE $8 IS NOT NULL
            ON CONFLICT (user_id, address) DO UPDATE SET at = $9
        ), labelled AS (
            INSERT INTO gatepost_session (family, label, begun, until) SELECT $4, $14, $15, $16 FROM account WHERE $14 IS NOT NULL
        ), first AS (
            UPDATE gatepost_throttle SET full_at = full_at - $11 WHERE bucket = $10 AND EXISTS (SELECT 1 FROM added) RETURNING 1
        ), second AS (
            UPDATE gatepost_throttle SET full_at = full_at - $13 WHERE bucket = $12 AND EXISTS (SELECT 1 FROM added)
                AND (SELECT COUNT(*) FROM first) >= 0
        )
        SELECT EXISTS (SELECT 1 FROM added)",
        login.id, login.password.expose_secret(), login.is_active, &new.jti, &new.text, new.created_at, new.expires_at,
        seen.map(|seen| seen.address.as_str()), seen.map(|seen| seen.at),
        first.map(Bucket::name), first.map_or(0, Bucket::token), second.map(Bucket::name), second.map_or(0, Bucket::token),
        session.map(|session| session.label.as_str()), session.map(|session| session.begun), session.map(|session| session.until)
        => fetch_one (bool,))?;
    Ok(is_written)
}
