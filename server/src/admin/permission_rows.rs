//! The SQL of rights and content types; rights as people read them: `Posts | post | Can add post`.

use super::words::titled;
use crate::db::{self, Conn, Id, sql};

/// What Django calls the apps and models that it finds rights of.
const NAMES: [(&str, &str, &str, &str); 9] = [
    ("admin", "logentry", "Administration", "log entry"),
    ("auth", "group", "Authentication and Authorization", "group"),
    (
        "auth",
        "permission",
        "Authentication and Authorization",
        "permission",
    ),
    ("auth", "user", "Authentication and Authorization", "user"),
    (
        "contenttypes",
        "contenttype",
        "Content Types",
        "content type",
    ),
    ("posts", "post", "Posts", "post"),
    ("sessions", "session", "Sessions", "session"),
    (
        "token_blacklist",
        "blacklistedtoken",
        "Token Blacklist",
        "Blacklisted Token",
    ),
    (
        "token_blacklist",
        "outstandingtoken",
        "Token Blacklist",
        "Outstanding Token",
    ),
];

/// All rights with their names, in Django's order.
pub(super) async fn all(conn: &mut Conn<'_>) -> db::Result<Vec<(Id, String)>> {
    let rows = sql!(conn, "
        SELECT permission.id, COALESCE(CAST(permission.name AS text), 'None'), CAST(type.app_label AS text), CAST(type.model AS text) FROM auth_permission AS permission
        JOIN django_content_type AS type ON type.id = permission.content_type_id
        ORDER BY type.app_label, type.model, permission.codename" => fetch_all (Id, String, String, String))?;
    let named = |(id, name, label, model): (Id, String, String, String)| {
        let known = NAMES
            .iter()
            .find(|(known, of, ..)| *known == label && *of == model);
        let text = match known {
            Some((_, _, app, model)) => format!("{app} | {model} | {name}"),
            None => format!("{} | {model} | {name}", titled(&label)),
        };
        (id, text)
    };
    Ok(rows.into_iter().map(named).collect())
}

/// Keys of content types, with their apps and models.
pub(super) async fn content_types(conn: &mut Conn<'_>) -> db::Result<Vec<(i64, String, String)>> {
    sql!(conn, "SELECT CAST(id AS bigint), CAST(app_label AS text), CAST(model AS text) FROM django_content_type" => fetch_all (i64, String, String))
}
