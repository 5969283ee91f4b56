//! The SQL of users. `is_active = TRUE`: SQLite may hold any number, and for Django 1 alone is true.

use secrecy::{ExposeSecret, SecretString};

use crate::db::{self, Conn, Db, Id, Moment, Tx, columns, sql};

/// A user as the API knows one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct User {
    /// The primary key.
    pub id: Id,
    /// The unique name, in the letters it was registered with.
    pub username: String,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// May be empty.
    pub email: String,
    /// Whether the account may be used.
    pub is_active: bool,
}

columns!(User: id, username, first_name, last_name, email, is_active);

/// One user by key.
pub(super) async fn by_id(conn: &mut Conn<'_>, id: Id) -> db::Result<Option<User>> {
    sql!(conn, "SELECT id, username, first_name, last_name, email, is_active = TRUE AS is_active FROM auth_user WHERE id = $1", id => fetch_optional User)
}

/// All users of these keys, in one query of PostgreSQL's.
pub(super) async fn by_ids(conn: &mut Conn<'_>, ids: Vec<i64>) -> db::Result<Vec<User>> {
    sql!(conn,
        postgres: "SELECT id, username, first_name, last_name, email, is_active = TRUE AS is_active FROM auth_user WHERE id = ANY($1)", ids
        => fetch_all User)
}

/// One user by name.
pub(super) async fn by_username(conn: &mut Conn<'_>, name: &str) -> db::Result<Option<User>> {
    sql!(conn, "SELECT id, username, first_name, last_name, email, is_active = TRUE AS is_active FROM auth_user WHERE username = $1", name => fetch_optional User)
}

/// The first two users with a mail address, which need not be one person's alone.
pub(super) async fn by_email(conn: &mut Conn<'_>, email: &str) -> db::Result<Vec<User>> {
    sql!(conn, "SELECT id, username, first_name, last_name, email, is_active = TRUE AS is_active FROM auth_user WHERE email = $1 LIMIT 2", email => fetch_all User)
}

/// The user whom Django's `get_by_natural_key` gives: by the field with which users log in.
pub(crate) async fn by_login(conn: &mut Conn<'_>, name: &str) -> db::Result<Option<User>> {
    if conn.users().by_email() {
        let found = by_email(conn, name).await?;
        return Ok(found.into_iter().next());
    }
    by_username(conn, name).await
}

/// What a login needs to know.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) id: Id,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) password: SecretString,
    pub(crate) is_active: bool,
    /// When a login from the address that was asked for was noted.
    pub(crate) seen_at: Option<Moment>,
}

impl Login {
    fn of(
        (id, username, email, password, is_active, seen_at): (
            Id,
            String,
            String,
            String,
            bool,
            Option<Moment>,
        ),
    ) -> Self {
        Self {
            id,
            username,
            email,
            password: password.into(),
            is_active,
            seen_at,
        }
    }
}

/// The user who logs in with exactly this name, or with this mail address, and whether from this network address.
pub(crate) async fn login(
    conn: &mut Conn<'_>,
    name: &str,
    from: Option<&str>,
) -> db::Result<Option<Login>> {
    let row = if conn.users().by_email() {
        sql!(conn, "
            SELECT id, username, email, password, is_active = TRUE,
                (SELECT seen.at FROM gatepost_login AS seen WHERE seen.user_id = auth_user.id AND seen.address = $2)
            FROM auth_user WHERE email = $1", name, from => fetch_optional (Id, String, String, String, bool, Option<Moment>))?
    } else {
        sql!(conn, "
            SELECT id, username, email, password, is_active = TRUE,
                (SELECT seen.at FROM gatepost_login AS seen WHERE seen.user_id = auth_user.id AND seen.address = $2)
            FROM auth_user WHERE username = $1", name, from => fetch_optional (Id, String, String, String, bool, Option<Moment>))?
    };
    Ok(row.map(Login::of))
}

/// The same of the user with this key.
pub(super) async fn login_of(
    conn: &mut Conn<'_>,
    id: Id,
    from: Option<&str>,
) -> db::Result<Option<Login>> {
    let row = sql!(conn, "
        SELECT id, username, email, password, is_active = TRUE,
            (SELECT seen.at FROM gatepost_login AS seen WHERE seen.user_id = auth_user.id AND seen.address = $2)
        FROM auth_user WHERE id = $1", id, from => fetch_optional (Id, String, String, String, bool, Option<Moment>))?;
    Ok(row.map(Login::of))
}

/// The hash of a user's password, as it stands there.
pub(crate) async fn password(db: &Db, id: Id) -> db::Result<Option<SecretString>> {
    let row = db.read(move |conn| Box::pin(async move {
        sql!(conn, "SELECT password FROM auth_user WHERE id = $1", id => fetch_optional (String,))
    }));
    Ok(row.await?.map(|(password,)| password.into()))
}

/// Whether a user is staff.
pub(crate) async fn is_staff(db: &Db, id: Id) -> db::Result<bool> {
    let row = db.read(move |conn| Box::pin(async move {
        sql!(conn, "SELECT is_staff = TRUE FROM auth_user WHERE id = $1", id => fetch_optional (bool,))
    }));
    Ok(row.await?.is_some_and(|(is_staff,)| is_staff))
}

/// Whether somebody has exactly this name.
pub(crate) async fn is_taken(db: &Db, username: &str) -> db::Result<bool> {
    // no database holds a name with a NUL, and PostgreSQL would not even look
    if username.contains('\0') {
        return Ok(false);
    }
    let username = username.to_owned();
    let row = db.read(|conn| Box::pin(async move {
        sql!(conn, "SELECT id FROM auth_user WHERE username = $1", username => fetch_optional (Id,))
    }));
    Ok(row.await?.is_some())
}

/// Whether somebody logs in with exactly this address.
pub(crate) async fn is_email_taken(db: &Db, email: &str) -> db::Result<bool> {
    if email.contains('\0') {
        return Ok(false);
    }
    let email = email.to_owned();
    let row = db.read(|conn| {
        Box::pin(async move {
            sql!(conn, "SELECT id FROM auth_user WHERE email = $1", email => fetch_optional (Id,))
        })
    });
    Ok(row.await?.is_some())
}

/// A user to add.
#[derive(Clone)]
pub(crate) struct NewUser {
    pub(crate) username: String,
    /// Encoded, as Django keeps it.
    pub(crate) password: String,
    pub(crate) email: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) is_superuser: bool,
    pub(crate) date_joined: Moment,
}

/// Adds a user; `false` where the name was taken meanwhile. A superuser is staff as well.
pub(crate) async fn insert(tx: &mut Tx<'_>, user: &NewUser) -> db::Result<bool> {
    if tx.users().by_email() {
        return insert_by_email(tx, user).await;
    }
    let added = sql!(tx, "
        INSERT INTO auth_user (username, password, email, first_name, last_name, is_superuser, is_staff, is_active, date_joined, last_login)
        VALUES ($1, $2, $3, $4, $5, $6, $6, TRUE, $7, NULL) ON CONFLICT (username) DO NOTHING",
        &user.username, &user.password, &user.email, &user.first_name, &user.last_name, user.is_superuser, user.date_joined => execute)?;
    Ok(added == 1)
}

/// The same where the address is unique, and perhaps there are no names.
async fn insert_by_email(tx: &mut Tx<'_>, user: &NewUser) -> db::Result<bool> {
    let added = if tx.users().has_username() {
        sql!(tx, "
            INSERT INTO auth_user (username, password, email, first_name, last_name, is_superuser, is_staff, is_active, date_joined, last_login)
            VALUES ($1, $2, $3, $4, $5, $6, $6, TRUE, $7, NULL) ON CONFLICT DO NOTHING",
            &user.username, &user.password, &user.email, &user.first_name, &user.last_name, user.is_superuser, user.date_joined => execute)?
    } else {
        // $1 stands where names would, so that the moment is $7 in both
        sql!(tx, "
            INSERT INTO auth_user (password, email, first_name, last_name, is_superuser, is_staff, is_active, date_joined, last_login)
            SELECT $2, $3, $4, $5, $6, $6, TRUE, $7, NULL WHERE CAST($1 AS text) = '' ON CONFLICT DO NOTHING",
            &user.username, &user.password, &user.email, &user.first_name, &user.last_name, user.is_superuser, user.date_joined => execute)?
    };
    Ok(added == 1)
}

/// Whether the account is still the one whose password was compared.
pub(crate) async fn is_unchanged(tx: &mut Tx<'_>, login: &Login) -> db::Result<bool> {
    let found = sql!(tx, "SELECT id FROM auth_user WHERE id = $1 AND password = $2 AND (is_active = TRUE) = $3",
        login.id, login.password.expose_secret(), login.is_active => fetch_optional (Id,))?;
    Ok(found.is_some())
}

/// Notes when the account was logged in to whose password was compared; `false` where it is another one by now.
pub(crate) async fn set_login(tx: &mut Tx<'_>, login: &Login, at: Moment) -> db::Result<bool> {
    let changed = sql!(tx, "UPDATE auth_user SET last_login = $4 WHERE id = $1 AND password = $2 AND (is_active = TRUE) = $3",
        login.id, login.password.expose_secret(), login.is_active, at => execute)?;
    Ok(changed == 1)
}

/// Replaces the password's hash that was compared; `false` where another one stands there by now.
pub(crate) async fn set_password(
    tx: &mut Tx<'_>,
    login: &Login,
    encoded: &str,
) -> db::Result<bool> {
    let changed = sql!(tx, "UPDATE auth_user SET password = $3 WHERE id = $1 AND password = $2",
        login.id, login.password.expose_secret(), encoded => execute)?;
    Ok(changed == 1)
}

/// Gives a user another password's hash; `false` where the user is gone.
pub(crate) async fn replace_password(tx: &mut Tx<'_>, id: Id, encoded: &str) -> db::Result<bool> {
    let changed =
        sql!(tx, "UPDATE auth_user SET password = $2 WHERE id = $1", id, encoded => execute)?;
    Ok(changed == 1)
}

/// Changes what is given of a user's profile, and gives the user as he is then; `None` where he is gone.
pub(super) async fn update_profile(
    tx: &mut Tx<'_>,
    id: Id,
    first_name: Option<&str>,
    last_name: Option<&str>,
    email: Option<&str>,
) -> db::Result<Option<User>> {
    sql!(tx, "
        UPDATE auth_user SET first_name = COALESCE($2, first_name), last_name = COALESCE($3, last_name), email = COALESCE($4, email)
        WHERE id = $1
        RETURNING id, username, first_name, last_name, email, is_active = TRUE AS is_active",
        id, first_name, last_name, email => fetch_optional User)
}

/// Notes a login; `false` where the user is gone.
pub(crate) async fn set_last_login(tx: &mut Tx<'_>, id: Id, at: Moment) -> db::Result<bool> {
    let changed =
        sql!(tx, "UPDATE auth_user SET last_login = $2 WHERE id = $1", id, at => execute)?;
    Ok(changed == 1)
}

/// How many users have a hash of each algorithm, which is the text before the first `$`, and with how many iterations where
/// it has some; `!` where no password was set, and nothing where the text is of no format.
pub(crate) async fn hash_formats(conn: &mut Conn<'_>) -> db::Result<Vec<(String, String, i64)>> {
    sql!(conn,
        sqlite: "
            SELECT CASE WHEN password = '' OR password LIKE '!%' THEN '!' WHEN instr(password, '$') = 0 THEN ''
                    ELSE substr(password, 1, instr(password, '$') - 1) END AS format,
                CASE WHEN password LIKE 'pbkdf2%$%$%'
                    THEN substr(password, instr(password, '$') + 1, instr(substr(password, instr(password, '$') + 1), '$') - 1) ELSE '' END,
                COUNT(*)
            FROM auth_user GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2";
        postgres: "
            SELECT CASE WHEN password = '' OR password LIKE '!%' THEN '!' WHEN strpos(password, '$') = 0 THEN ''
                    ELSE split_part(password, '$', 1) END AS format,
                CASE WHEN password LIKE 'pbkdf2%$%$%' THEN split_part(password, '$', 2) ELSE '' END,
                COUNT(*)
            FROM auth_user GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"
        => fetch_all (String, String, i64))
}

/// What a token may hold of a user.
pub(crate) struct Columns {
    pub(crate) id: Id,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) is_active: bool,
    pub(crate) is_staff: bool,
    pub(crate) is_superuser: bool,
    pub(crate) date_joined: Moment,
    pub(crate) last_login: Option<Moment>,
}

columns!(Columns: id, username, email, first_name, last_name, is_active, is_staff, is_superuser, date_joined, last_login);

/// The columns of one user.
pub(crate) async fn columns(conn: &mut Conn<'_>, id: Id) -> db::Result<Option<Columns>> {
    sql!(conn, "
        SELECT id, username, email, first_name, last_name, is_active = TRUE AS is_active, is_staff = TRUE AS is_staff,
            is_superuser = TRUE AS is_superuser, date_joined, last_login
        FROM auth_user WHERE id = $1", id => fetch_optional Columns)
}
