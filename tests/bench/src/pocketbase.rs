//! PocketBase with the same users and posts, and its own URLs for what is asked.

use std::path::Path;

use anyhow::Context;
use gatepost_live::{Watched, sql};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;

use crate::data;
use crate::load::{Script, always};
use crate::requests::{Chain, Kind, exchange, get, post};

/// The collection of the posts, made when the server starts.
const POSTS: &str = r#"migrate((app) => {
    const signedIn = '@request.auth.id != ""'
    app.save(new Collection({
        type: "base", name: "posts", listRule: signedIn, viewRule: signedIn, createRule: signedIn,
        fields: [
            {name: "title", type: "text", required: true, max: 200},
            {name: "content", type: "text", required: true},
            {name: "author", type: "relation", collectionId: "_pb_users_auth_", maxSelect: 1},
            {name: "created", type: "autodate", onCreate: true},
            {name: "updated", type: "autodate", onCreate: true, onUpdate: true},
        ],
    }))
})"#;
/// The hash of the password, of the cost that PocketBase gives it.
const HASH: &str = "$2a$10$/92FJjq2KzHbNaIP3PCtHODtdyqiMBDs8P8VcbtMJ2lG/kD1imyMe";

fn user_id(user: usize) -> String {
    format!("user{user:011}")
}

fn post_id(post: usize) -> String {
    format!("post{post:011}")
}

/// What a user's tokens are signed with, together with the secret of the collection.
fn token_key(user: usize) -> String {
    format!("a-key-of-the-bench-that-is-long-enough-{user:05}")
}

/// The command line, to which a folder with the data of none or of an earlier run belongs.
pub(crate) fn command(
    program: &Path,
    folder: &Path,
    address: &str,
) -> anyhow::Result<std::process::Command> {
    let migrations = folder.join("migrations");
    std::fs::create_dir(&migrations)
        .and_then(|()| std::fs::write(migrations.join("1_posts.js"), POSTS))
        .context("a file of PocketBase can't be written")?;
    let mut command = Watched::command(folder, "TERM", "");
    command
        .arg(program)
        .arg("serve")
        .arg(format!("--http={address}"));
    command.arg(format!("--dir={}", folder.join("data").display()));
    command.arg(format!("--migrationsDir={}", migrations.display()));
    Ok(command)
}

/// Its database file.
pub(crate) fn database(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("data/data.db").display())
}

/// Adds the users and the posts, and gives each user's token: as the server makes it, but without 256 logins.
pub(crate) async fn fill(database: &str) -> anyhow::Result<Vec<String>> {
    let mut rows = String::from("BEGIN;\n");
    for user in 1..=data::USERS {
        let (id, key, name) = (user_id(user), token_key(user), data::name(user));
        rows.extend([format!(
            "INSERT INTO users (id, password, tokenKey, email, name, verified, created, updated) VALUES
            ('{id}', '{HASH}', '{key}', '{name}@example.com', 'Ada', TRUE, '2026-01-01 00:00:00.000Z', '2026-01-01 00:00:00.000Z');\n"
        )]);
    }
    let (title, content) = data::post_texts();
    for post in 1..=data::POSTS {
        let (id, author) = (post_id(post), user_id(post));
        rows.extend([format!(
            "INSERT INTO posts (id, title, content, author, created, updated) VALUES
            ('{id}', '{title}', '{content}', '{author}', '2026-01-01 00:00:00.000Z', '2026-01-01 00:00:00.000Z');\n"
        )]);
    }
    sql::execute(database, &(rows + "COMMIT;")).await;
    let secret =
        "SELECT json_extract(options, '$.authToken.secret') FROM _collections WHERE name = 'users'";
    let secret = sql::query(database, secret).await.pop();
    let secret = secret.context("PocketBase has no collection of users")?;
    let token = |user| {
        let claims = json!({
            "collectionId": "_pb_users_auth_",
            "exp": 4_070_908_800_u64,
            "id": user_id(user),
            "refreshable": true,
            "type": "auth",
        });
        let key = EncodingKey::from_secret(format!("{}{secret}", token_key(user)).as_bytes());
        jsonwebtoken::encode(&Header::default(), &claims, &key).context("a token can't be signed")
    };
    (1..=data::USERS).map(token).collect()
}

/// The statement that removes the posts which a bench has added.
pub(crate) const REMOVE_NEW_POSTS: &str = "DELETE FROM posts WHERE id NOT LIKE 'post0000%'";

/// What a connection sends; it has no request that only verifies a token.
pub(crate) fn script(kind: Kind, user: usize, token: &str, chain: &Chain) -> Option<Script> {
    let read = |path: &str| always(get(path, Some(token)));
    let posts = "/api/collections/posts/records";
    Some(match kind {
        Kind::Profile => read(&format!("/api/collections/users/records/{}", user_id(user))),
        Kind::Post => read(&format!(
            "{posts}/{}",
            post_id((user - 1) % data::POSTS + 1)
        )),
        Kind::List => read(&format!("{posts}?perPage=20&sort=-created")),
        Kind::Create => {
            let mut new = data::post();
            new["author"] = user_id(user).into();
            always(post(posts, Some(token), &new.to_string()))
        }
        Kind::Refresh => exchange(chain, "token", |token, out| {
            let path = "/api/collections/users/auth-refresh";
            out.extend_from_slice(&post(path, Some(token), "{}"));
        }),
        Kind::Verify | Kind::VerifyAlone => return None,
        Kind::Login => {
            let email = format!("{}@example.com", data::name(user));
            let shown = json!({"identity": email, "password": data::PASSWORD}).to_string();
            always(post(
                "/api/collections/users/auth-with-password",
                None,
                &shown,
            ))
        }
    })
}
