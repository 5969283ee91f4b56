//! What Django's tables tell about the project that wrote them: its newest tokens, and when tokens were blacklisted.

use django::json::Raw;
use secrecy::{ExposeSecret, SecretString};

use crate::db::{self, Db, Moment, columns, sql};
use crate::tokens::{of_password, stored};

/// A stored token, as its row has it.
pub(super) struct Token {
    /// Perhaps with its signature.
    pub(super) text: SecretString,
    /// What the column says.
    pub(super) expires_at: Moment,
    /// What the database keeps of its user's password.
    password: Option<SecretString>,
}

impl Token {
    /// The claim that holds the password's hash, as CHECK_REVOKE_TOKEN writes it; `usual` is the name that is expected.
    pub(super) fn password_claim(&self, usual: &str) -> Option<String> {
        let claims = stored::claims(self.text.expose_secret())?;
        let password = self.password.as_ref();
        let hash = password.map(|encoded| of_password(encoded.expose_secret()));
        let is_hash = |value: Raw<'_>| match (value, &hash) {
            (Raw::Text(text), Some(hash)) => text == **hash,
            _ => false,
        };
        let all = claims.to_object();
        let names = all.iter().filter_map(|(name, _)| name.as_str());
        let found = names
            .into_iter()
            .find(|name| claims.get(name).is_some_and(is_hash));
        // a password that was changed since has another hash
        let found = found.map(str::to_owned);
        found.or_else(|| claims.get(usual).map(|_| usual.to_owned()))
    }
}

struct Row {
    token: String,
    expires_at: Moment,
    password: Option<String>,
}

columns!(Row: token, expires_at, password);

/// The newest hundred tokens.
pub(super) async fn read(db: &Db) -> db::Result<Vec<Token>> {
    let rows = db.read(|conn| {
        Box::pin(async move {
            sql!(conn, "
                SELECT made.token, made.expires_at, holder.password FROM token_blacklist_outstandingtoken AS made
                LEFT JOIN auth_user AS holder ON holder.id = made.user_id ORDER BY made.id DESC LIMIT 100"
                => fetch_all Row)
        })
    });
    let rows = rows.await?.into_iter();
    let token = |row: Row| Token {
        text: row.token.into(),
        expires_at: row.expires_at,
        password: row.password.map(SecretString::from),
    };
    Ok(rows.map(token).collect())
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
                => fetch_all (db::Id, Moment, Moment))
        })
    });
    let mut listed: Vec<(db::Id, Listed)> = Vec::new();
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
