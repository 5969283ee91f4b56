//! The secret key: given, read from a file, or invented for a fresh database; and its fingerprint.
//!
//! A key is invented only where the database knows none and nobody has an account. The database keeps a fingerprint, so
//! that a replica with another key, or one that lost its data folder, refuses to start before it logs
//! everybody out.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::hmac;
use django::pyjwt;
use secrecy::{ExposeSecret, SecretString};

use super::database::{invented_key, make_private_folder};
use super::error::OpenError;
use crate::db::{self, Db, Moment, meta, sql};
use crate::entropy::Entropy;
use crate::settings::{Settings, without_newline};

/// The name of the fingerprint in `gatepost_meta`.
const FINGERPRINT: &str = "key_fingerprint";

/// The key that the settings give: the tokens' own, the secret key, its file, or the file that an earlier start
/// wrote.
pub(crate) fn given(settings: &Settings) -> Result<Option<SecretString>, OpenError> {
    if let Some(key) = configured(settings)? {
        return Ok(Some(key));
    }
    let path = invented_key(settings);
    match read(&path) {
        Ok(key) => key.map(|key| usable(key, &path)).transpose(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(OpenError::new(format!(
            "the secret key file {} can't be read: {error}",
            path.display()
        ))),
    }
}

/// The key that somebody has given; none where it is Gatepost's to keep.
fn configured(settings: &Settings) -> Result<Option<SecretString>, OpenError> {
    let server = &settings.server;
    let texts = [&settings.simple_jwt.signing_key, &server.secret_key];
    let given = texts.iter().find(|key| !key.expose_secret().is_empty());
    if let Some(key) = given {
        return Ok(Some((*key).clone()));
    }
    if server.secret_key_file == Path::new("") {
        return Ok(None);
    }
    in_file(&server.secret_key_file, "server.secret_key_file").map(Some)
}

/// The keys of `tokens.previous_keys` whose time is not over, with its end.
pub(crate) fn previous(
    settings: &Settings,
    now: Moment,
) -> Result<Vec<(SecretString, Moment)>, OpenError> {
    let keys = settings.tokens.previous_keys.iter();
    keys.filter(|key| now < key.until)
        .map(|key| {
            let secret = in_file(&key.secret_key_file, "tokens.previous_keys")?;
            Ok((secret, key.until))
        })
        .collect()
}

/// The key in a file that a setting names.
fn in_file(path: &Path, setting: &str) -> Result<SecretString, OpenError> {
    match read(path) {
        Ok(Some(key)) => usable(key, path),
        Ok(None) => Err(OpenError::new(format!(
            "the secret key file {} is empty; put the key into it",
            path.display()
        ))),
        Err(error) => Err(OpenError::new(format!(
            "the secret key file {} can't be read: {error}; check {setting}",
            path.display()
        ))),
    }
}

fn read(path: &Path) -> std::io::Result<Option<SecretString>> {
    let text = std::fs::read_to_string(path)?;
    let key = without_newline(&text);
    Ok((!key.is_empty()).then(|| SecretString::from(key)))
}

/// Refuses a key that PyJWT would refuse. Those that stand in the settings themselves were looked at by their rules.
fn usable(key: SecretString, path: &Path) -> Result<SecretString, OpenError> {
    match pyjwt::refusal(key.expose_secret()) {
        None => Ok(key),
        Some(why) => Err(OpenError::new(format!(
            "the secret key file {} can't sign tokens: {why}",
            path.display()
        ))),
    }
}

/// The key that signs this server's tokens, compared with what the database knows of it; invented where the
/// database knows none and holds nothing that an earlier key could have signed.
pub(crate) async fn settle(
    settings: &Settings,
    db: &Db,
    entropy: &Entropy,
    previous: &[(SecretString, Moment)],
    now: Moment,
) -> Result<SecretString, OpenError> {
    let known = db.read(|conn| Box::pin(meta::get(conn, FINGERPRINT)));
    let known = known.await.map_err(failed)?;
    let key = match given(settings)? {
        Some(key) => key,
        None if known.is_none() && is_unused(db).await.map_err(failed)? => {
            invent(settings, entropy)?
        }
        None => {
            return Err(OpenError::new(format!(
                "there is no secret key at {}, but the database was used with one; copy the key there or set GATEPOST_SECRET_KEY to it; if it is lost, `gatepost-server keys replace` makes another, and every session ends",
                invented_key(settings).display()
            )));
        }
    };
    let ours = fingerprint(&key);
    let known = match known {
        Some(known) => known,
        None => meta::settle(db, FINGERPRINT, ours.clone())
            .await
            .map_err(failed)?,
    };
    if known == ours {
        return Ok(key);
    }
    if previous.iter().any(|(key, _)| fingerprint(key) == known) {
        record(db, ours, "key-changed", entropy, now).await?;
        tracing::info!(
            "the secret key is another one now; tokens of the one before are taken until its date"
        );
        return Ok(key);
    }
    Err(OpenError::new(
        "this database belongs to a server with another secret key; copy that server's key here (GATEPOST_SECRET_KEY or its file secret_key), since with a new one every session would end; to replace it all the same, run `gatepost-server keys replace`",
    ))
}

/// Puts another key in the place of the one that the database knows, whoever knows that one: the key that the settings
/// give, or a new one in the data folder. Gives the file that it was written to.
///
/// # Errors
/// The settings give the key that is to be replaced, or take its tokens; the file can't be written; the database failed.
pub(crate) async fn replace(
    settings: &Settings,
    db: &Db,
    entropy: &Entropy,
    now: Moment,
) -> Result<Option<PathBuf>, OpenError> {
    let known = db.read(|conn| Box::pin(meta::get(conn, FINGERPRINT)));
    let known = known.await.map_err(failed)?;
    let previous = previous(settings, now)?;
    if previous
        .iter()
        .any(|(key, _)| known == Some(fingerprint(key)))
    {
        return Err(OpenError::new(
            "tokens.previous_keys names the key that is to be replaced, so no session would end; take it out first, then run this again",
        ));
    }
    let (key, path) = match configured(settings)? {
        Some(key) if known == Some(fingerprint(&key)) => {
            return Err(OpenError::new(
                "the settings still give the key that is to be replaced; set the new one first (GATEPOST_SECRET_KEY, or where the key is given), then run this again",
            ));
        }
        Some(key) => (key, None),
        None => {
            let path = invented_key(settings);
            make_private_folder(&settings.server.data_dir)?;
            let key = entropy.alphanumeric(64);
            write_over(&path, &key).map_err(|error| not_kept(&path, &error.to_string()))?;
            (key.into(), Some(path))
        }
    };
    // killed before this, the server does not start, and the command can be run again
    record(db, fingerprint(&key), "key-replaced", entropy, now).await?;
    Ok(path)
}

/// Notes which key the database belongs to from now on, and that this was another one.
async fn record(
    db: &Db,
    ours: String,
    kind: &'static str,
    entropy: &Entropy,
    now: Moment,
) -> Result<(), OpenError> {
    // one event of a kind for each id
    let id = entropy.alphanumeric(32);
    let recorded = db.write(move |tx| {
        let (ours, id) = (ours.clone(), id.clone());
        Box::pin(async move {
            meta::replace(tx, FINGERPRINT, &ours).await?;
            sql!(tx, "INSERT INTO gatepost_event (at, kind, user_id, family, jti, request_id) VALUES ($1, $2, NULL, '', $3, '')",
                now, kind, &id => execute)
        })
    });
    recorded.await.map(drop).map_err(failed)
}

/// Whether nobody has an account, and so nobody a token.
async fn is_unused(db: &Db) -> db::Result<bool> {
    let counted = db.read(|conn| Box::pin(async move {
        sql!(conn,
            "SELECT (SELECT COUNT(*) FROM auth_user), (SELECT COUNT(*) FROM token_blacklist_outstandingtoken)"
            => fetch_one (i64, i64))
    }));
    Ok(counted.await? == (0, 0))
}

/// Writes a new key, whole or not at all; where another process was faster, gives that one's.
fn invent(settings: &Settings, entropy: &Entropy) -> Result<SecretString, OpenError> {
    let folder = &settings.server.data_dir;
    make_private_folder(folder)?;
    let path = invented_key(settings);
    let written = write_new(&path, &entropy.alphanumeric(64)).and_then(|()| read(&path));
    match written {
        Ok(Some(key)) => Ok(key),
        Ok(None) => Err(not_kept(&path, "the file is empty, remove it")),
        Err(error) => Err(not_kept(&path, &error.to_string())),
    }
}

fn not_kept(path: &Path, why: &str) -> OpenError {
    OpenError::new(format!(
        "the secret key can't be kept in {}: {why}; make the folder writable or set GATEPOST_SECRET_KEY",
        path.display()
    ))
}

/// A file beside the key's with a key in it, for the owner alone.
fn draft(path: &Path, key: &str) -> std::io::Result<PathBuf> {
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(key.as_bytes())?;
    file.sync_all()?;
    Ok(draft)
}

/// Writes a key in the place of another.
fn write_over(path: &Path, key: &str) -> std::io::Result<()> {
    std::fs::rename(draft(path, key)?, path)?;
    settle_folder(path)
}

/// Writes a key where there is none yet.
fn write_new(path: &Path, key: &str) -> std::io::Result<()> {
    let draft = draft(path, key)?;
    // a link appears with its whole content, and never in the place of another
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(()) => settle_folder(path),
    }
}

/// Sees to it that a new name in a folder outlives a crash.
fn settle_folder(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |folder| {
        std::fs::File::open(folder).and_then(|folder| folder.sync_all())
    })
}

/// What the database keeps of a key, to notice another one: an HMAC of a constant.
fn fingerprint(key: &SecretString) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret().as_bytes());
    let tag = hmac::sign(&key, b"gatepost key fingerprint");
    hex::encode(tag)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the argument of map_err is a value"
)]
fn failed(error: db::Error) -> OpenError {
    OpenError::new(format!(
        "the database failed while the key's fingerprint was compared: {error}; see its own log, then start again"
    ))
}
