//! What the index says of how the users' passwords are kept. It waits for a new count no longer than for a page.

use std::time::Duration;

use super::hash_counts::{Counted, NONE};
use super::pages::{Count, PasswordFormat, Passwords};
use super::visit::Visit;
use crate::app::App;
use crate::db::{self, Moment};
use crate::settings::PreferredHash;

/// How long the index waits for a new one where there is an old one.
const PATIENCE: Duration = Duration::from_millis(20);

/// What the index says of passwords.
pub(super) async fn summary(visit: &Visit<'_>) -> db::Result<Option<Passwords>> {
    let (hashes, now) = (&visit.admin.hashes, visit.now);
    match hashes.last() {
        Some(last) if last.is_good(now) => {}
        Some(_) => {
            let counting = tokio::spawn(count(visit.app.clone(), now));
            // it goes on; until then there is the old one
            let _ = tokio::time::timeout(PATIENCE, counting).await;
        }
        None => count(visit.app.clone(), now).await?,
    }
    Ok(hashes.last().map(|counted| shown(visit, &counted)))
}

async fn count(app: App, now: Moment) -> db::Result<()> {
    let Some(admin) = app.admin() else {
        return Ok(());
    };
    admin.hashes.count(app.admin_db(), now).await
}

fn shown(visit: &Visit<'_>, counted: &Counted) -> Passwords {
    let wanted = &visit.app.settings().passwords;
    let wanted = match wanted.preferred {
        PreferredHash::Pbkdf2Sha256 => ("pbkdf2_sha256", wanted.iterations.to_string()),
        PreferredHash::Argon2 => ("argon2", String::new()),
    };
    let mut unreadable = 0;
    let mut formats = Vec::new();
    for row in counted.rows.iter() {
        let known = readable(&row.format, &row.iterations);
        let (name, note) = match known {
            _ if row.format == NONE => ("No usable password".to_owned(), None),
            None => {
                unreadable += row.users;
                continue;
            }
            Some(name) => {
                let is_wanted =
                    (row.format.as_str(), row.iterations.as_str()) == (wanted.0, &wanted.1);
                (
                    name,
                    (!is_wanted).then(|| "Renewed at the next login.".to_owned()),
                )
            }
        };
        formats.push(PasswordFormat {
            name,
            users: Count::Exact(row.users),
            note,
        });
    }
    if unreadable > 0 {
        formats.push(PasswordFormat {
            name: "Not readable".to_owned(),
            users: Count::Exact(unreadable),
            note: None,
        });
    }
    Passwords {
        formats,
        unreadable: Count::Exact(unreadable),
        counted: visit.time(visit.app.dates().kept(counted.at)),
    }
}

/// What a format is called that logins can be checked with.
fn readable(format: &str, iterations: &str) -> Option<String> {
    match format {
        "pbkdf2_sha256" | "pbkdf2_sha1" => {
            let iterations = Count::Exact(iterations.parse().ok()?);
            Some(format!("{format}, {iterations} iterations"))
        }
        "argon2" | "bcrypt_sha256" | "scrypt" => Some(format.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn what_no_login_can_be_checked_with_is_not_readable() {
        let name = readable("pbkdf2_sha256", "1000000");
        assert_eq!(name.as_deref(), Some("pbkdf2_sha256, 1,000,000 iterations"));
        assert_eq!(readable("argon2", "").as_deref(), Some("argon2"));
        for (format, iterations) in [
            ("pbkdf2_sha256", "many"),
            ("md5", ""),
            ("bcrypt", ""),
            ("", ""),
        ] {
            assert_eq!(readable(format, iterations), None, "{format}");
        }
    }
}
