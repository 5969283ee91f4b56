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

use super::database::make_private_folder;
use super::error::OpenError;
use crate::db::{self, Db, meta, sql};
use crate::entropy::Entropy;
use crate::settings::{Settings, without_newline};

/// The name of the fingerprint in `gatepost_meta`.
const FINGERPRINT: &str = "key_fingerprint";

/// The key that the settings give: the tokens' own, the secret key, its file, or the file that an earlier start
/// wrote.
pub(crate) fn given(settings: &Settings) -> Result<Option<SecretString>, OpenError> {
    if !settings.simple_jwt.signing_key.expose_secret().is_empty() {
        return Ok(Some(settings.simple_jwt.signing_key.clone()));
    }
    let server = &settings.server;
    if !server.secret_key.expose_secret().is_empty() {
        return Ok(Some(server.secret_key.clone()));
    }
    if server.secret_key_file != Path::new("") {
        let path = &server.secret_key_file;
        return match read(path) {
            Ok(Some(key)) => usable(key, path).map(Some),
            Ok(None) => Err(OpenError::new(format!(
                "the secret key file {} is empty; put the key into it",
                path.display()
            ))),
            Err(error) => Err(OpenError::new(format!(
                "the secret key file {} can't be read: {error}; check server.secret_key_file",
                path.display()
            ))),
        };
    }
    let path = invented_path(settings);
    match read(&path) {
        Ok(key) => key.map(|key| usable(key, &path)).transpose(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(OpenError::new(format!(
            "the secret key file {} can't be read: {error}",
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

fn invented_path(settings: &Settings) -> PathBuf {
    settings.server.data_dir.join("secret_key")
}

/// The key that signs this server's tokens, compared with what the database knows of it; invented where the
/// database knows none and holds nothing that an earlier key could have signed.
pub(crate) async fn settle(
    settings: &Settings,
    db: &Db,
    entropy: &Entropy,
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
                "there is no secret key at {}, but the database was used with one; copy the key there or set GATEPOST_SECRET_KEY to it",
                invented_path(settings).display()
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
    Err(OpenError::new(
        "this database belongs to a server with another secret key; copy that server's key here (GATEPOST_SECRET_KEY or its file secret_key), since with a new one every session would end",
    ))
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
    let path = invented_path(settings);
    let written = write_new(&path, &entropy.alphanumeric(64)).and_then(|()| read(&path));
    let failed = |why: String| {
        OpenError::new(format!(
            "the secret key can't be kept in {}: {why}; make the folder writable or set GATEPOST_SECRET_KEY",
            path.display()
        ))
    };
    match written {
        Ok(Some(key)) => Ok(key),
        Ok(None) => Err(failed("the file is empty, remove it".to_owned())),
        Err(error) => Err(failed(error.to_string())),
    }
}

fn write_new(path: &Path, key: &str) -> std::io::Result<()> {
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(key.as_bytes())?;
    file.sync_all()?;
    // a link appears with its whole content, and never in the place of another
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(()) => path.parent().map_or(Ok(()), |folder| {
            std::fs::File::open(folder).and_then(|folder| folder.sync_all())
        }),
    }
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
