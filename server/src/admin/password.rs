//! `/admin/auth/user/ID/password/`: another password for a user, or none; and what forms of passwords share.

use secrecy::{ExposeSecret, SecretString};

use super::log;
use super::log_rows::{Author, Done};
use super::models::USER;
use super::pages::{Html, Level, Link, SetPasswordPage, new_password, usable_password};
use super::rights::Right;
use super::staff::Account;
use super::visit::{Outcome, Refusal, Visit};
use super::words::{NO_NULL, REQUIRED};
use super::{layout, login, object, staff_rows};
use crate::accounts::new_password;
use crate::accounts::rows as accounts;
use crate::db::{Id, Query};
use crate::throttle::Attempt;
use crate::tokens::{Alive, end_sessions};

/// How long the text is that stands for no password, after its mark.
const UNUSABLE: usize = 40;

/// What a form of a password asks for.
pub(super) enum Chosen {
    Text(SecretString),
    Unusable,
}

/// What is wrong with a form: names of fields, and messages.
pub(super) type Wrong = Vec<(&'static str, String)>;

/// The password of two fields; `about` is the user's name, first name, last name and address.
///
/// # Errors
/// What is wrong with them.
pub(super) fn chosen(
    visit: &Visit<'_>,
    first: &'static str,
    second: &'static str,
    about: &[String; 4],
) -> Result<Chosen, Wrong> {
    let mut wrong = Wrong::new();
    let is_usable = visit.field("usable_password") != Some("false");
    let texts = [first, second].map(|name| visit.field(name).unwrap_or_default());
    for (name, text) in [first, second].into_iter().zip(texts) {
        if text.contains('\0') {
            wrong.push((name, NO_NULL.to_owned()));
        } else if is_usable && text.is_empty() {
            wrong.push((name, REQUIRED.to_owned()));
        }
    }
    let choices = ["", "true", "false"];
    if let Some(other) = visit
        .field("usable_password")
        .filter(|other| !choices.contains(other))
    {
        let message =
            format!("Select a valid choice. {other} is not one of the available choices.");
        wrong.push(("usable_password", message));
    }
    if !is_usable {
        return if wrong.is_empty() {
            Ok(Chosen::Unusable)
        } else {
            Err(wrong)
        };
    }
    let [text, again] = texts;
    let is_wrong = |name| wrong.iter().any(|(known, _)| *known == name);
    if !is_wrong(second) {
        if !is_wrong(first) && text != again {
            wrong.push((second, "The two password fields didn’t match.".to_owned()));
        } else {
            let problems = new_password::problems(again, about.each_ref().map(String::as_str));
            wrong.extend(problems.into_iter().map(|problem| (second, problem)));
        }
    }
    if wrong.is_empty() {
        Ok(Chosen::Text(text.into()))
    } else {
        Err(wrong)
    }
}

/// What a password must be, in Django's sentences.
pub(super) fn rules() -> Vec<String> {
    [
        "Your password can’t be too similar to your other personal information.",
        "Your password must contain at least 8 characters.",
        "Your password can’t be a commonly used password.",
        "Your password can’t be entirely numeric.",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// What stands in the place of a hash where there is no password: `make_password(None)`.
pub(super) fn unusable(visit: &Visit<'_>) -> SecretString {
    format!("!{}", visit.app.entropy().alphanumeric(UNUSABLE)).into()
}

/// Whether a hash is one that a password may have.
pub(super) fn is_usable(hash: &str) -> bool {
    !hash.is_empty() && !hash.starts_with('!')
}

/// What may be known of a hash: `safe_summary`.
pub(super) fn summary(hash: &str) -> Vec<(String, Option<String>)> {
    if !is_usable(hash) {
        return vec![("No password set.".to_owned(), None)];
    }
    let parts: Vec<_> = hash.split('$').collect();
    let known: Vec<(&str, String)> = match parts[..] {
        [
            algorithm @ ("pbkdf2_sha256" | "pbkdf2_sha1"),
            iterations,
            salt,
            hash,
        ] => vec![
            ("algorithm", algorithm.to_owned()),
            ("iterations", iterations.to_owned()),
            ("salt", masked(salt, 6)),
            ("hash", masked(hash, 6)),
        ],
        ["argon2", variety, version, costs, salt, hash] => {
            let cost = |name: &str| {
                let costs = costs.split(',').filter_map(|cost| cost.split_once('='));
                let mut costs = costs.filter(|(known, _)| *known == name);
                costs
                    .next()
                    .map_or(String::new(), |(_, cost)| cost.to_owned())
            };
            let version = version.strip_prefix("v=").unwrap_or(version);
            vec![
                ("algorithm", "argon2".to_owned()),
                ("variety", variety.to_owned()),
                ("version", version.to_owned()),
                ("memory cost", cost("m")),
                ("time cost", cost("t")),
                ("parallelism", cost("p")),
                ("salt", masked(salt, 6)),
                ("hash", masked(hash, 6)),
            ]
        }
        [algorithm @ ("bcrypt_sha256" | "bcrypt"), "", _, cost, rest]
            if rest.is_char_boundary(22) =>
        {
            let (salt, checksum) = rest.split_at(22);
            vec![
                ("algorithm", algorithm.to_owned()),
                ("work factor", cost.to_owned()),
                ("salt", masked(salt, 6)),
                ("checksum", masked(checksum, 6)),
            ]
        }
        ["scrypt", work, salt, block, parallelism, hash] => vec![
            ("algorithm", "scrypt".to_owned()),
            ("work factor", work.to_owned()),
            ("block size", block.to_owned()),
            ("parallelism", parallelism.to_owned()),
            ("salt", masked(salt, 6)),
            ("hash", masked(hash, 6)),
        ],
        [algorithm @ "md5", salt, hash] => vec![
            ("algorithm", algorithm.to_owned()),
            ("salt", masked(salt, 2)),
            ("hash", masked(hash, 6)),
        ],
        _ => {
            let text = "Invalid password format or unknown hashing algorithm.";
            return vec![(text.to_owned(), None)];
        }
    };
    let shown = |(label, value): (&str, String)| (label.to_owned(), Some(value));
    known.into_iter().map(shown).collect()
}

/// `mask_hash`.
fn masked(text: &str, shown: usize) -> String {
    let mask = |(at, char)| if at < shown { char } else { '*' };
    text.chars().enumerate().map(mask).collect()
}

/// What a user's password must not be alike.
pub(super) async fn about(visit: &Visit<'_>, id: Id) -> crate::db::Result<[String; 4]> {
    let has_name = visit.app.db().users().has_username();
    let mut query = Query::new(if has_name {
        "SELECT username"
    } else {
        "SELECT ''"
    });
    query
        .push(", first_name, last_name, email FROM auth_user WHERE id = ")
        .value(id);
    let row = visit.app.db().read(move |conn| {
        Box::pin(async move {
            let read = |row: &mut crate::db::Row<'_>| {
                Ok([row.next()?, row.next()?, row.next()?, row.next()?])
            };
            query.row(conn, read).await
        })
    });
    Ok(row.await?.unwrap_or_default())
}

/// The form of a user's password, and what comes of it.
pub(super) async fn page(visit: &mut Visit<'_>, key: &str) -> Outcome {
    visit.must(Right::Change, &USER)?;
    let id = object::key(key);
    let account = match id {
        Some(id) => {
            let found = visit
                .app
                .db()
                .read(move |conn| Box::pin(async move { staff_rows::account(conn, id).await }));
            found.await?
        }
        None => None,
    };
    let Some(account) = account else {
        return Err(Refusal::NotFound);
    };
    if !visit.is_post() {
        return Ok(form(visit, &account, &Wrong::new()));
    }
    let about = about(visit, account.id).await?;
    let encoded = match chosen(visit, "password1", "password2", &about) {
        Err(wrong) => return Ok(form(visit, &account, &wrong)),
        Ok(Chosen::Unusable) if visit.field("unset-password").is_none() => {
            let said = "Conflicting form data submitted. Please try again.";
            visit.say(Level::Error, said);
            return Err(Refusal::Redirect(visit.here()));
        }
        Ok(Chosen::Unusable) => (unusable(visit), false),
        Ok(Chosen::Text(text)) => {
            let hash = visit.app.hashing().hash(text, &Attempt::default()).await;
            (SecretString::from(hash?), true)
        }
    };
    let (encoded, is_usable) = encoded;
    save(visit, &account, &encoded, is_usable).await?;
    let said = if is_usable {
        "Password changed successfully."
    } else {
        "Password-based authentication was disabled."
    };
    visit.say(Level::Success, said);
    Err(Refusal::Redirect(
        visit.row_url(&USER, account.id, "change"),
    ))
}

async fn save(
    visit: &mut Visit<'_>,
    account: &Account,
    encoded: &SecretString,
    is_usable: bool,
) -> Result<(), Refusal> {
    let me = visit.staff()?.account.clone();
    let author = Author::of(visit, me.id, &USER);
    let ends = visit.app.settings().passwords.end_sessions;
    let (id, name, hash) = (account.id, account.username.clone(), encoded.clone());
    let alive = Alive::at(visit.app, visit.now);
    let saved = visit.app.db().write(move |tx| {
        let (name, hash, alive) = (name.clone(), hash.clone(), alive.clone());
        Box::pin(async move {
            let is_there = accounts::replace_password(tx, id, hash.expose_secret()).await?;
            if is_there && ends {
                end_sessions(tx, id, None, &alive).await?;
            }
            if is_there {
                let fields: &[&str] = if is_usable { &["password"] } else { &[] };
                let message = log::changed(fields);
                author.note(tx, Done::Changed, id, &name, &message).await?;
            }
            Ok(is_there)
        })
    });
    if !saved.await? {
        return Err(Refusal::NotFound);
    }
    let own = if me.id == account.id {
        encoded
    } else {
        &me.password
    };
    Ok(login::renew(visit, me.id, own).await?)
}

fn form(visit: &mut Visit<'_>, account: &Account, wrong: &Wrong) -> String {
    let has_password = is_usable(account.password.expose_secret());
    let verb = if has_password { "Change" } else { "Set" };
    let title = format!("{verb} password: {}", account.username);
    let mut page = layout::of_model(visit, &title, &USER);
    let change = visit.row_url(&USER, account.id, "change");
    page.breadcrumbs
        .push(Link::new(account.username.clone(), change));
    page.here = Some(format!("{verb} password"));
    let mut fields = Vec::new();
    if has_password {
        let chosen = visit.field("usable_password") != Some("false");
        fields.push(usable_password(chosen, true));
    }
    fields.extend(new_password(
        ["password1", "password2"],
        ["Password", "Password confirmation"],
        rules(),
        false,
    ));
    for field in &mut fields {
        let wrong = wrong.iter().filter(|(name, _)| *name == field.name);
        field.errors = wrong.map(|(_, message)| message.clone()).collect();
    }
    SetPasswordPage {
        page,
        username: account.username.clone(),
        has_password,
        errors: Vec::new(),
        fields,
    }
    .html()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_shows_its_format_alone() {
        for (hash, shown) in [
            (
                "pbkdf2_sha256$1000$abcdefgh$0123456789",
                "algorithm: pbkdf2_sha256 iterations: 1000 salt: abcdef** hash: 012345****",
            ),
            (
                "argon2$argon2id$v=19$m=102400,t=2,p=8$abcdefgh$0123456789",
                "algorithm: argon2 variety: argon2id version: 19 memory cost: 102400 time cost: 2 parallelism: 8 salt: abcdef** hash: 012345****",
            ),
            (
                "bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuv0123456789",
                "algorithm: bcrypt_sha256 work factor: 12 salt: abcdef**************** checksum: 012345****",
            ),
            (
                "scrypt$16384$abcdefgh$8$5$0123456789",
                "algorithm: scrypt work factor: 16384 block size: 8 parallelism: 5 salt: abcdef** hash: 012345****",
            ),
            (
                "md5$abc$0123456789",
                "algorithm: md5 salt: ab* hash: 012345****",
            ),
            ("!abc", "No password set."),
            ("", "No password set."),
            (
                "plain",
                "Invalid password format or unknown hashing algorithm.",
            ),
            (
                "bcrypt_sha256$$2b$12$abc",
                "Invalid password format or unknown hashing algorithm.",
            ),
        ] {
            let parts = summary(hash);
            let part = |(label, value): &(String, Option<String>)| match value {
                Some(value) => format!("{label}: {value}"),
                None => label.clone(),
            };
            let text: Vec<_> = parts.iter().map(part).collect();
            assert_eq!(text.join(" "), shown);
        }
    }
}
