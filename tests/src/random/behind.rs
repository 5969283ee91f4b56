//! What happens behind the API's back: the admin, or another program on the same tables.

use super::dice::Dice;
use super::step::{Intent, Step};
use super::world::World;

/// Django's hashes of [`KNOWN`], one of each format that it reads without the library bcrypt.
const HASHES: [&str; 4] = [
    "pbkdf2_sha256$1000000$abcdefghijklmnopqrstuv$DUUQGWknOVYSuW+Q2P7cUWzw2kTs02ImDM+YPaU1CsM=",
    "pbkdf2_sha1$1000000$abcdefghijklmnopqrstuv$fL/L1Q6K0RvKaLdYn+ty5M1hIuE=",
    "argon2$argon2id$v=19$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$DlCjxmUsStaDBAIC6q1aHn/CsZFjdH9TJ4O/19PqMZs",
    "scrypt$16384$abcdefghijklmnopqrstuv$8$5$AZ7ZDof0UeBIcBMlpqrzW0S/Hks99ZrMuvfkY8qaxwS0Fw6m4Qb4yPT2DdjAfl3D/tT8NB8lwp7Icfc03rg4Ww==",
];
const KNOWN: &str = "ComplexPassword123!";

/// What is no hash of anything.
const BROKEN: [&str; 10] = [
    "!unusable",
    "",
    "plain",
    "md5$abcdefghijklmnopqrstuv$e486faa6e2ac4d9865df13f0a11f6163",
    "pbkdf2_sha256$1000",
    "pbkdf2_sha256$x$y$z",
    "argon2$x",
    "bcrypt_sha256$x",
    "scrypt$a$b",
    "pbkdf2_sha256$1000$$x",
];

/// Gives a step a statement that is run before it.
pub(super) fn happen(dice: &mut Dice, world: &World, step: &mut Step) {
    let id = dice.range(1, world.users.len().max(1));
    step.sql = Some(match dice.below(18) {
        0 | 1 => format!("UPDATE auth_user SET is_active = FALSE WHERE id = {id}"),
        2..=5 => "UPDATE auth_user SET is_active = TRUE".to_owned(),
        6 | 7 if !world.users.is_empty() => {
            let name = dice.pick(&world.users).name.clone();
            let hash = dice.one(&HASHES);
            step.intent = Intent::Password {
                name: name.clone(),
                password: KNOWN.to_owned(),
            };
            format!("UPDATE auth_user SET password = '{hash}' WHERE username = '{name}'")
        }
        8 => {
            let hash = dice.one(&BROKEN);
            format!("UPDATE auth_user SET password = '{hash}' WHERE id = {id}")
        }
        9 => format!("UPDATE auth_user SET email = 'shared@example.com' WHERE id IN ({id}, 1)"),
        10 if id > 3 => format!(
            "DELETE FROM posts_post WHERE author_id = {id}; UPDATE token_blacklist_outstandingtoken SET user_id = NULL WHERE user_id = {id}; DELETE FROM auth_user WHERE id = {id}"
        ),
        11 => format!("UPDATE posts_post SET created_at = '2026-01-02 03:04:05' WHERE id = {id}"),
        12 => format!(
            "UPDATE auth_user SET first_name = 'Ä\u{2028}<', is_staff = TRUE WHERE id = {id}"
        ),
        // every list is long until the next of these
        13 => {
            "/api/posts/".clone_into(&mut step.target);
            let content = "é".repeat(1 << 19);
            format!(
                "UPDATE posts_post SET content = '{content}' WHERE id = (SELECT MAX(id) FROM posts_post)"
            )
        }
        14..=16 => {
            "UPDATE posts_post SET content = 'short' WHERE length(content) > 100000".to_owned()
        }
        _ => "UPDATE auth_user SET is_superuser = TRUE WHERE id = 1".to_owned(),
    });
}
