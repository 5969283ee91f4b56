//! What Django's tables tell about the project that wrote them: its newest tokens, and when tokens were blacklisted.

use django::json::Members;
use secrecy::{ExposeSecret, SecretString};

use crate::db::{self, Db, Id, Moment, columns, sql};
use crate::tokens::stored;

/// A stored token, as its row has it.
pub(super) struct Token {
    /// Perhaps with its signature.
    pub(super) text: SecretString,
    pub(super) jti: String,
    /// Whose it is, while he is there.
    pub(super) holder: Option<Holder>,
}

/// What a token may say of its user.
pub(super) struct Holder {
    pub(super) id: Id,
    pub(super) username: String,
    pub(super) email: String,
    /// What the database keeps of the password.
    pub(super) password: SecretString,
}

impl Token {
    /// What it claims; none where it is no token.
    pub(super) fn claims(&self) -> Option<Members<'static>> {
        stored::claims(self.text.expose_secret())
    }
}

struct Row {
    token: String,
    jti: String,
    user_id: Option<Id>,
    username: Option<String>,
    email: Option<String>,
    password: Option<String>,
}

columns!(Row: token, jti, user_id, username, email, password);

/// The newest hundred tokens. Their dates are read apart: one that can't be read hides no token.
pub(super) async fn tokens(db: &Db) -> db::Result<Vec<Token>> {
    let rows = db.read(|conn| {
        Box::pin(async move {
            sql!(conn, "
                SELECT made.token, made.jti, holder.id AS user_id, holder.username, holder.email, holder.password
                FROM token_blacklist_outstandingtoken AS made
                LEFT JOIN auth_user AS holder ON holder.id = made.user_id ORDER BY made.id DESC LIMIT 100"
                => fetch_all Row)
        })
    });
    let token = |row: Row| Token {
        text: row.token.into(),
        jti: row.jti,
        holder: row.user_id.map(|id| Holder {
            id,
            username: row.username.unwrap_or_default(),
            email: row.email.unwrap_or_default(),
            password: row.password.unwrap_or_default().into(),
        }),
    };
    Ok(rows.await?.into_iter().map(token).collect())
}

/// When the newest hundred tokens expire: by their own claim, and by their column.
pub(super) async fn ends(db: &Db) -> db::Result<Vec<(Moment, Moment)>> {
    let rows = db.read(|conn| {
        Box::pin(async move {
            sql!(conn, "SELECT token, expires_at FROM token_blacklist_outstandingtoken ORDER BY id DESC LIMIT 100"
                => fetch_all (String, Moment))
        })
    });
    let ends = |(token, column): (String, Moment)| Some((stored::expires_at(&token)?, column));
    Ok(rows.await?.into_iter().filter_map(ends).collect())
}

/// When a token was blacklisted, and when tokens of the same user were made within a day of it: a rotation does both at
/// once.
pub(super) struct Listed {
    pub(super) at: Moment,
    pub(super) made: Vec<Moment>,
}

/// The newest hundred rows of the blacklist.
pub(super) async fn listed(db: &Db) -> db::Result<Vec<Listed>> {
    let rows = db.read(|conn| {
        Box::pin(async move {
            sql!(conn, "
                SELECT listed.id, listed.blacklisted_at, made.created_at
                FROM (SELECT * FROM token_blacklist_blacklistedtoken ORDER BY id DESC LIMIT 100) AS listed
                JOIN token_blacklist_outstandingtoken AS own ON own.id = listed.token_id
                JOIN token_blacklist_outstandingtoken AS made ON made.user_id = own.user_id AND made.id > own.id
                WHERE made.created_at IS NOT NULL ORDER BY listed.id"
                => fetch_all (Id, Moment, Moment))
        })
    });
    let mut listed: Vec<(Id, Listed)> = Vec::new();
    for (id, at, made) in rows.await? {
        match listed.last_mut() {
            Some((last, listed)) if *last == id => listed.made.push(made),
            _ => listed.push((
                id,
                Listed {
                    at,
                    made: vec![made],
                },
            )),
        }
    }
    Ok(listed.into_iter().map(|(_, listed)| listed).collect())
}
