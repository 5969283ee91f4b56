//! What works and should not stay as it is: said at the start, and by `gatepost-server check`.

use std::path::{Path, PathBuf};

use super::database::invented_key;
use super::ring::{self, Ring};
use super::{certificate, keys, secret};
use crate::db::Moment;
use crate::settings::Settings;

/// A sentence for each.
pub(crate) fn all(settings: &Settings, now: Moment) -> Vec<String> {
    let mut all = readable(settings);
    all.extend(certificate::remark(settings, now));
    all.extend(of_settings(settings, now));
    all
}

/// Those of the settings' values alone.
pub(crate) fn of_settings(settings: &Settings, now: Moment) -> Vec<String> {
    let mut all = not_used(settings);
    all.extend(over(settings, now));
    all.extend(short(settings));
    all.extend(of_cookies(settings));
    all
}

/// Files with secrets that others than their owner may read.
fn readable(settings: &Settings) -> Vec<String> {
    let (server, jwt) = (&settings.server, &settings.simple_jwt);
    let of_tokens = if jwt.algorithm.has_key_pair() {
        secret::PRIVATE
    } else {
        secret::SECRET
    };
    let mut files: Vec<(&str, PathBuf)> = vec![
        (secret::SECRET, server.secret_key_file.clone()),
        (of_tokens, jwt.signing_key_file.clone()),
        ("TLS key file", server.tls_key.clone()),
        (secret::SECRET, invented_key(settings)),
        (secret::PRIVATE, ring::path(settings)),
    ];
    for key in &settings.tokens.previous_keys {
        files.push((secret::SECRET, key.secret_key_file.clone()));
        files.push((secret::PRIVATE, key.signing_key_file.clone()));
    }
    files.extend(
        settings
            .secret_files
            .iter()
            .cloned()
            .map(|path| ("file", path)),
    );
    let mut said: Vec<PathBuf> = Vec::new();
    let mut remarks = Vec::new();
    for (what, path) in files {
        if is_open(&path) && !said.contains(&path) {
            let shown = path.display();
            remarks.push(format!(
                "the {what} {shown} can be read by others than its owner: run `chmod 600 {shown}`"
            ));
            said.push(path);
        }
    }
    remarks
}

/// Whether others than its owner may read a file, as far as the system tells.
fn is_open(path: &Path) -> bool {
    #[cfg(unix)]
    return std::fs::metadata(path).is_ok_and(|found| {
        std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o077 != 0
    }) && !is_fixed(path);
    #[cfg(not(unix))]
    false
}

/// Whether nobody can change a file's rights where it lies, as where an engine of containers has laid secrets.
#[cfg(unix)]
fn is_fixed(path: &Path) -> bool {
    use rustix::fs::{StatVfsMountFlags, statvfs};
    statvfs(path).is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::RDONLY))
}

/// Settings of keys that others leave without an effect, and a list that lets nobody in.
fn not_used(settings: &Settings) -> Vec<String> {
    let jwt = &settings.simple_jwt;
    let verifying = [
        ("verifying_key", !jwt.verifying_key.is_empty()),
        (
            "verifying_key_file",
            jwt.verifying_key_file != Path::new(""),
        ),
    ];
    let url = ("jwk_url", !jwt.jwk_url.is_empty());
    let mut remarks = Vec::new();
    let mut say = |(name, is_set): (&str, bool), why: &str| {
        if is_set {
            remarks.push(format!("simple_jwt.{name} is set and not used: {why}"));
        }
    };
    if !jwt.algorithm.has_key_pair() {
        let why = format!(
            "{} verifies by the key that signs; leave it out, or set simple_jwt.algorithm to one with a key pair",
            jwt.algorithm
        );
        for set in verifying.into_iter().chain([url]) {
            say(set, &why);
        }
    } else if url.1 {
        let why = "the keys of simple_jwt.jwk_url verify in its place; leave out one of the two";
        for set in verifying {
            say(set, why);
        }
    }
    if jwt.auth_token_classes.is_empty() {
        remarks.push("simple_jwt.auth_token_classes is empty, so that no token signs a request in; write [\"access\"] unless that is meant".to_owned());
    }
    remarks
}

/// Previous keys whose time is over.
pub(crate) fn over(settings: &Settings, now: Moment) -> Vec<String> {
    let keys = settings.tokens.previous_keys.iter();
    keys.filter(|key| key.until <= now)
        .map(|key| {
            format!(
                "the key {} of tokens.previous_keys has been refused since {}; take it out",
                key.file().display(),
                key.until.rfc3339()
            )
        })
        .collect()
}

/// A cookie that others may read, or that those pages can't use which are to use the service.
fn of_cookies(settings: &Settings) -> Vec<String> {
    let (cookies, cors) = (&settings.cookies, &settings.cors);
    let mut remarks = Vec::new();
    if cookies.is_on() && !cookies.secure {
        remarks.push("cookies.secure is false, so that the refresh token may go over the network as it is; set true unless this is for development".to_owned());
    }
    if cookies.is_on() && cors.is_on() && !cors.allow_credentials {
        remarks.push("cookies.refresh is set, and the pages that cors allows can't log in with it; set cors.allow_credentials = true".to_owned());
    }
    remarks
}

/// The secret key, where it signs and is shorter than the hash.
fn short(settings: &Settings) -> Option<String> {
    // a key that can't be read stops the start
    let key = keys::given(settings).ok()??;
    if Ring::load(settings).is_ok_and(|ring| ring.signing().is_some()) {
        return None;
    }
    let why = key.too_short()?;
    Some(format!(
        "{why}, so that it may be guessed from a token; `gatepost-server keys new` makes a longer one without a logout"
    ))
}
