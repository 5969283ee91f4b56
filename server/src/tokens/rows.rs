//! The SQL of tokens: what is known of one, the ends of chains, and events. How one is taken is in `rotation_rows.rs`.

use super::backend::NewRefreshToken;
use crate::db::{self, Conn, Dates, Id, Moment, Tx, columns, sql};
use crate::settings::Stored;

/// How many characters of a request's number an event keeps.
const REQUEST_ID: usize = 64;

/// What the database knows of a presented refresh token.
pub(super) struct Past {
    /// The key of its row; none where the database never saw it.
    pub(super) own_id: Option<Id>,
    pub(super) is_blacklisted: bool,
    /// Whether the user with the key that was asked for is active; none where there is no such user.
    pub(super) user_is_active: Option<bool>,
    /// Whether its successor was used, by whomever.
    pub(super) child_is_used: bool,
    child_jti: Option<String>,
    chain: Option<String>,
    key_hash: Option<String>,
    issued_at: Option<Moment>,
    child_exp: Option<Moment>,
    /// The chain in which it is a successor, and that chain's highest generation.
    own_chain: Option<String>,
    generation: Option<i64>,
}

columns!(Past: own_id, is_blacklisted, user_is_active, child_is_used, child_jti, chain, key_hash, issued_at, child_exp, own_chain, generation);

/// How a token was rotated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rotation {
    pub(super) child_jti: String,
    pub(super) chain: String,
    pub(super) key_hash: Option<String>,
    pub(super) issued_at: Moment,
    pub(super) child_exp: Moment,
}

impl Past {
    /// The rotation row of the token, which alone counts as use.
    pub(super) fn rotation(&self) -> Option<Rotation> {
        Some(Rotation {
            child_jti: self.child_jti.clone()?,
            chain: self.chain.clone()?,
            key_hash: self.key_hash.clone(),
            issued_at: self.issued_at?,
            child_exp: self.child_exp?,
        })
    }

    /// The chain that the successor of the token with this id belongs to, and its generation: that of the token's own
    /// chain, or the first of a new one.
    pub(super) fn next(&self, jti: &str) -> (String, i64) {
        match (&self.own_chain, self.generation) {
            (Some(chain), highest) => (chain.clone(), highest.unwrap_or(0).max(0) + 1),
            (None, _) => (jti.to_owned(), 1),
        }
    }
}

/// What happened to the token with this id so far, and how the user with this key is.
pub(super) async fn past(
    conn: &mut Conn<'_>,
    jti: Option<&str>,
    user: Option<Id>,
) -> db::Result<Past> {
    sql!(conn, "
        SELECT own.id AS own_id, own_listed.id IS NOT NULL AS is_blacklisted, holder.is_active = TRUE AS user_is_active,
            child_listed.id IS NOT NULL OR next.parent_jti IS NOT NULL AS child_is_used,
            rotation.child_jti, rotation.family AS chain, rotation.key_hash, rotation.issued_at, rotation.child_exp,
            made.family AS own_chain,
            (SELECT MAX(generation) FROM gatepost_rotation AS link WHERE link.family = made.family) AS generation
        FROM (SELECT $1 AS jti) AS shown
        LEFT JOIN token_blacklist_outstandingtoken AS own ON own.jti = shown.jti
        LEFT JOIN token_blacklist_blacklistedtoken AS own_listed ON own_listed.token_id = own.id
        LEFT JOIN gatepost_rotation AS rotation ON rotation.parent_jti = shown.jti
        LEFT JOIN gatepost_rotation AS next ON next.parent_jti = rotation.child_jti
        LEFT JOIN token_blacklist_outstandingtoken AS child ON child.jti = rotation.child_jti
        LEFT JOIN token_blacklist_blacklistedtoken AS child_listed ON child_listed.token_id = child.id
        LEFT JOIN gatepost_rotation AS made ON made.child_jti = shown.jti
        LEFT JOIN auth_user AS holder ON holder.id = $2",
        jti, user => fetch_one Past)
}

/// Whether a token was blacklisted, and whether it was rotated.
pub(super) async fn is_used(conn: &mut Conn<'_>, jti: &str) -> db::Result<(bool, bool)> {
    sql!(conn, "
        SELECT listed.id IS NOT NULL, rotation.parent_jti IS NOT NULL
        FROM (SELECT $1 AS jti) AS shown
        LEFT JOIN token_blacklist_outstandingtoken AS own ON own.jti = shown.jti
        LEFT JOIN token_blacklist_blacklistedtoken AS listed ON listed.token_id = own.id
        LEFT JOIN gatepost_rotation AS rotation ON rotation.parent_jti = shown.jti",
        jti => fetch_one (bool, bool))
}

/// A token on its way into Django's table of outstanding ones.
#[derive(Clone)]
pub(super) struct Outstanding {
    pub(super) jti: String,
    /// What the column `token` is to hold.
    pub(super) text: String,
    pub(super) user: Option<Id>,
    pub(super) created_at: Moment,
    pub(super) expires_at: Moment,
}

impl Outstanding {
    /// The row of a token; its text is kept as `tokens.stored` says, its times as SimpleJWT does.
    pub(super) fn of(
        token: &NewRefreshToken,
        stored: Stored,
        user: Option<Id>,
        created_at: Moment,
        dates: Dates,
    ) -> Self {
        let text = token.kept.as_deref().unwrap_or(&token.token);
        let text = match stored {
            Stored::Signed => text,
            // with the last dot: PyJWT wants two, even where it does not look at the signature
            Stored::Unsigned => text.rfind('.').map_or("", |dot| &text[..=dot]),
        };
        Self {
            jti: token.jti.clone(),
            text: text.to_owned(),
            user,
            created_at: dates.kept_of_token(created_at),
            expires_at: dates.kept_of_token(token.expires_at),
        }
    }
}

/// Adds the row of a token that was just made; `false` where its user is gone.
pub(super) async fn add_outstanding(tx: &mut Tx<'_>, token: &Outstanding) -> db::Result<bool> {
    let added = sql!(tx, "
        INSERT INTO token_blacklist_outstandingtoken (jti, token, user_id, created_at, expires_at)
        SELECT $1, $2, $3, $4, $5 WHERE $3 IS NULL OR EXISTS (SELECT 1 FROM auth_user WHERE id = $3)",
        &token.jti, &token.text, token.user, token.created_at, token.expires_at => execute)?;
    Ok(added == 1)
}

/// Blacklists the token with this key; `false` where it is already, or where its row is gone since. Of all that try at
/// once, exactly one gets `true`: the unique constraint on `token_id` decides.
pub(super) async fn blacklist(tx: &mut Tx<'_>, token: Id, at: Moment) -> db::Result<bool> {
    let added = sql!(tx, "
        INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
        SELECT id, $2 FROM token_blacklist_outstandingtoken WHERE id = $1 ON CONFLICT (token_id) DO NOTHING",
        token, at => execute)?;
    Ok(added == 1)
}

/// The links of the chain `$1` that nobody has used yet, of those which may be its newest: one at most, but for what a
/// server of before has left.
macro_rules! live_links {
    () => {
        "FROM gatepost_rotation AS link
        JOIN token_blacklist_outstandingtoken AS token ON token.jti = link.child_jti
        LEFT JOIN token_blacklist_blacklistedtoken AS listed ON listed.token_id = token.id
        LEFT JOIN gatepost_rotation AS next ON next.parent_jti = link.child_jti
        WHERE link.family = $1 AND link.generation IN (0, (SELECT MAX(generation) FROM gatepost_rotation WHERE family = $1))
            AND listed.id IS NULL AND next.parent_jti IS NULL"
    };
}

/// Whether a chain has a link that can still be used.
pub(super) async fn is_alive(conn: &mut Conn<'_>, chain: &str) -> db::Result<bool> {
    let live = sql!(conn, concat!("SELECT token.id ", live_links!(), " LIMIT 1"), chain => fetch_optional (Id,))?;
    Ok(live.is_some())
}

/// Ends a chain: blacklists what is alive of it, again and again until nothing is. A rotation that is under way
/// at the same time ends either before, and its successor is taken, or after, and finds its token taken.
pub(super) async fn revoke_chain(tx: &mut Tx<'_>, chain: &str, at: Moment) -> db::Result<()> {
    loop {
        // one statement: a client that refreshes again and again is not to be faster
        sql!(tx, concat!("
            INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
            SELECT token.id, $2 ", live_links!(), " ON CONFLICT (token_id) DO NOTHING"),
            chain, at => execute)?;
        // where a link was taken meanwhile, by a rotation too, this look tells
        if !is_alive(tx, chain).await? {
            return Ok(());
        }
    }
}

/// What an event tells.
#[derive(Clone)]
pub(super) struct Event {
    pub(super) kind: &'static str,
    pub(super) user: Option<Id>,
    pub(super) chain: String,
    pub(super) jti: String,
    pub(super) request_id: String,
}

/// Whether there is such an event already.
pub(super) async fn has_event(conn: &mut Conn<'_>, event: &Event) -> db::Result<bool> {
    let row = sql!(conn, "SELECT id FROM gatepost_event WHERE kind = $1 AND jti = $2", event.kind, &event.jti => fetch_optional (Id,))?;
    Ok(row.is_some())
}

/// Adds an event, one of a kind for each presented token; `false` where it is there already.
pub(super) async fn add_event(tx: &mut Tx<'_>, event: &Event, at: Moment) -> db::Result<bool> {
    // a proxy's may be longer than the column
    let request_id: String = event.request_id.chars().take(REQUEST_ID).collect();
    let added = sql!(tx, "INSERT INTO gatepost_event (at, kind, user_id, family, jti, request_id) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind, jti) DO NOTHING",
        at, event.kind, event.user, &event.chain, &event.jti, request_id => execute)?;
    Ok(added == 1)
}

#[cfg(test)]
impl Past {
    pub(super) fn unused() -> Self {
        Self {
            own_id: None,
            is_blacklisted: false,
            user_is_active: None,
            child_is_used: false,
            child_jti: None,
            chain: None,
            key_hash: None,
            issued_at: None,
            child_exp: None,
            own_chain: None,
            generation: None,
        }
    }

    pub(super) fn blacklisted() -> Self {
        Self {
            is_blacklisted: true,
            ..Self::unused()
        }
    }

    pub(super) fn rotated(rotation: Rotation, child_is_used: bool) -> Self {
        Self {
            child_is_used,
            child_jti: Some(rotation.child_jti),
            chain: Some(rotation.chain),
            key_hash: rotation.key_hash,
            issued_at: Some(rotation.issued_at),
            child_exp: Some(rotation.child_exp),
            ..Self::blacklisted()
        }
    }
}
