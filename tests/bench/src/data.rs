//! What every server begins with: the same users, posts and tokens, and the key that signs them.

use std::fmt::Write as _;
use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;

/// The key of all servers.
pub const SECRET: &str = "a-secret-key-of-the-bench-that-is-long-enough";
/// The password of all users.
pub const PASSWORD: &str = "ComplexPassword123!";
/// How many users there are, with the keys from 1 on: one for each connection.
pub const USERS: usize = 256;
/// How many posts there are, with the keys from 1 on.
pub const POSTS: usize = 20;
/// Django's own number of iterations.
pub const ITERATIONS: NonZeroU32 = NonZeroU32::new(1_000_000).expect("more than none");

/// The title and the content of a post, which need no escapes in SQL.
pub fn post_texts() -> (&'static str, String) {
    ("A post of the bench", "some words of it ".repeat(12))
}

/// The body that makes a post.
pub fn post() -> serde_json::Value {
    let (title, content) = post_texts();
    json!({"title": title, "content": content})
}

/// A user's name.
pub fn name(user: usize) -> String {
    format!("user{user}")
}

/// A user's access token.
pub fn access_token(user: usize) -> String {
    token("access", user)
}

/// A user's refresh token, which nobody has used.
pub fn refresh_token(user: usize) -> String {
    token("refresh", user)
}

fn jti(token_type: &str, user: usize) -> String {
    format!("{token_type}-of-the-bench-{user:09}")
}

/// A token as SimpleJWT makes it, from the begin of 2026 to the begin of 2099.
fn token(token_type: &str, user: usize) -> String {
    let claims = json!({
        "token_type": token_type,
        "exp": 4_070_908_800_u64,
        "iat": 1_767_225_600,
        "jti": jti(token_type, user),
        "user_id": user.to_string(),
    });
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&Header::default(), &claims, &key).expect("an HMAC of plain claims")
}

/// The hash of the password, as Django writes it.
pub(crate) fn hash(iterations: NonZeroU32) -> String {
    let (salt, mut hash) = ("saltofthebench", [0; 32]);
    let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
    pbkdf2::derive(
        algorithm,
        iterations,
        salt.as_bytes(),
        PASSWORD.as_bytes(),
        &mut hash,
    );
    let hash = BASE64_STANDARD.encode(hash);
    format!("pbkdf2_sha256${iterations}${salt}${hash}")
}

/// The statements that fill a database which Gatepost has migrated, of either kind.
pub fn statements(iterations: NonZeroU32) -> String {
    let mut sql = "BEGIN;\n".to_owned();
    let mut add = |row: std::fmt::Arguments<'_>| sql.write_fmt(row).expect("a text takes all");
    let hash = hash(iterations);
    for user in 1..=USERS {
        let (name, jti, token) = (name(user), jti("refresh", user), refresh_token(user));
        add(format_args!(
            "INSERT INTO auth_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
            VALUES ('{hash}', FALSE, '{name}', 'Ada', 'Lovelace', '{name}@example.com', FALSE, TRUE, '2026-01-01 00:00:00');
            INSERT INTO token_blacklist_outstandingtoken (jti, token, user_id, created_at, expires_at)
            VALUES ('{jti}', '{token}', {user}, '2026-01-01 00:00:00', '2099-01-01 00:00:00');\n"
        ));
    }
    let (title, content) = post_texts();
    for author in 1..=POSTS {
        add(format_args!(
            "INSERT INTO posts_post (title, content, created_at, updated_at, author_id)
            VALUES ('{title}', '{content}', '2026-01-01 00:00:00', '2026-01-01 00:00:00', {author});\n"
        ));
    }
    sql + "COMMIT;"
}

/// The statement that removes the posts which a bench has added: all others are of the first day of the year.
pub(crate) const REMOVE_NEW_POSTS: &str =
    "DELETE FROM posts_post WHERE id > 20 AND created_at > '2026-01-02'";
