//! The secret key: given, read from a file, or invented for a fresh database.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use django::pyjwt;
use secrecy::{ExposeSecret, SecretString};

use super::database::{invented_key, make_private_folder};
use super::error::OpenError;
use crate::entropy::Entropy;
use crate::settings::{PreviousKey, Settings, read_text, without_newline};

/// Django's SECRET_KEY, by which the admin signs. Without one it is the key that tokens are signed with, or one that is
/// invented.
pub(crate) fn of_site(settings: &Settings, entropy: &Entropy) -> Result<SecretString, OpenError> {
    let server = &settings.server;
    if !server.secret_key.expose_secret().is_empty() {
        return Ok(server.secret_key.clone());
    }
    if server.secret_key_file != Path::new("") {
        return in_file(&server.secret_key_file, SECRET, "server.secret_key_file");
    }
    match given(settings)? {
        Some(key) => Ok(key),
        None => invent(settings, entropy),
    }
}

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
pub(super) fn configured(settings: &Settings) -> Result<Option<SecretString>, OpenError> {
    let (jwt, server) = (&settings.simple_jwt, &settings.server);
    for (text, file, setting) in [
        (
            &jwt.signing_key,
            &jwt.signing_key_file,
            "simple_jwt.signing_key_file",
        ),
        (
            &server.secret_key,
            &server.secret_key_file,
            "server.secret_key_file",
        ),
    ] {
        if !text.expose_secret().is_empty() {
            return Ok(Some(text.clone()));
        }
        if file != Path::new("") {
            return usable(in_file(file, SECRET, setting)?, file).map(Some);
        }
    }
    Ok(None)
}

/// The secret text of a previous key.
pub(super) fn previous(key: &PreviousKey) -> Result<SecretString, OpenError> {
    let path = key.file();
    usable(in_file(path, SECRET, "tokens.previous_keys")?, path)
}

/// What a file with a secret text is called.
pub(super) const SECRET: &str = "secret key file";
/// And one with a private key, or with a public one, which everybody may read.
pub(super) const PRIVATE: &str = "key file";
pub(super) const PUBLIC: &str = "public key file";

/// The key in a file that a setting names.
pub(super) fn in_file(path: &Path, what: &str, setting: &str) -> Result<SecretString, OpenError> {
    let shown = path.display();
    match read(path) {
        Ok(Some(key)) => Ok(key),
        Ok(None) => Err(OpenError::new(format!(
            "the {what} {shown} is empty; put the key into it"
        ))),
        Err(error) if error.kind() == ErrorKind::InvalidData => Err(OpenError::new(format!(
            "the {what} {shown} {}; check {setting}",
            not_text(path, what)
        ))),
        Err(error) => Err(OpenError::new(format!(
            "the {what} {shown} can't be read: {error}; check {setting}"
        ))),
    }
}

/// What a file is that is no text, and what makes one of it.
fn not_text(path: &Path, what: &str) -> String {
    // the tag of a sequence, with which every key in DER begins
    let is_der = what != SECRET && std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"0"));
    if !is_der {
        return "is no text in UTF-8".to_owned();
    }
    let public = if what == PUBLIC { " -pubin" } else { "" };
    let shown = path.display();
    format!(
        "is DER, and a key is read as PEM: `openssl pkey{public} -inform der -in {shown} -out {shown}.pem` makes that"
    )
}

fn read(path: &Path) -> std::io::Result<Option<SecretString>> {
    let text = read_text(path)?;
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

/// A new key in the data folder, in the place of the one there.
pub(super) fn replace(
    settings: &Settings,
    entropy: &Entropy,
) -> Result<(SecretString, PathBuf), OpenError> {
    let path = invented_key(settings);
    make_private_folder(&settings.server.data_dir)?;
    let key = entropy.alphanumeric(64);
    write_over(&path, &key).map_err(|error| not_written(&path, &error))?;
    Ok((key.into(), path))
}

/// Writes a file with keys into the data folder, whole or not at all.
pub(super) fn write(settings: &Settings, path: &Path, text: &str) -> Result<(), OpenError> {
    make_private_folder(&settings.server.data_dir)?;
    write_over(path, text).map_err(|error| {
        OpenError::new(format!(
            "the keys can't be kept in {}: {error}; {}",
            path.display(),
            remedy(&error)
        ))
    })
}

/// Writes a new key, whole or not at all; where another process was faster, gives that one's.
pub(super) fn invent(settings: &Settings, entropy: &Entropy) -> Result<SecretString, OpenError> {
    let folder = &settings.server.data_dir;
    make_private_folder(folder)?;
    let path = invented_key(settings);
    let written = write_new(&path, &entropy.alphanumeric(64)).and_then(|()| read(&path));
    match written {
        Ok(Some(key)) => Ok(key),
        Ok(None) => Err(not_kept(&path, "the file is empty", "remove it")),
        Err(error) => Err(not_written(&path, &error)),
    }
}

fn not_kept(path: &Path, why: &str, remedy: &str) -> OpenError {
    OpenError::new(format!(
        "the secret key can't be kept in {}: {why}; {remedy} or set GATEPOST_SECRET_KEY",
        path.display()
    ))
}

fn not_written(path: &Path, error: &std::io::Error) -> OpenError {
    not_kept(path, &error.to_string(), remedy(error))
}

/// What helps where a file can't be written.
fn remedy(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on its disk",
        ErrorKind::FileTooLarge => "raise the limit of a file's size (ulimit -f, LimitFSIZE)",
        _ => "make the folder writable",
    }
}

/// A file beside the key's with a key in it, for the owner alone.
fn draft(path: &Path, key: &str) -> std::io::Result<PathBuf> {
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    let written = file
        .write_all(key.as_bytes())
        .and_then(|()| file.sync_all());
    match written {
        Ok(()) => Ok(draft),
        Err(error) => {
            // half a key is of no use, and each try would leave another
            drop(std::fs::remove_file(&draft));
            Err(error)
        }
    }
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
