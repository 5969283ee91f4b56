//! Certificates as files: of a text, and those that the environment names in place of the system's.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::environment::Environment;
use crate::error::{Error, Result};

/// The files and folders of trusted certificates that replace the system's, as OpenSSL names them.
pub(super) const FILE: &str = "SSL_CERT_FILE";
pub(super) const FOLDERS: &str = "SSL_CERT_DIR";

pub(super) type Certificates = Vec<CertificateDer<'static>>;

/// The certificates of a text: PEM, or one certificate as its bytes.
pub(super) fn certificates(text: &[u8]) -> Certificates {
    let found: Certificates = CertificateDer::pem_slice_iter(text)
        .filter_map(Result::ok)
        .collect();
    if found.is_empty() && text.starts_with(&[0x30, 0x82]) {
        return vec![CertificateDer::from(text.to_vec())];
    }
    found
}

/// The certificates that the environment names in place of the system's.
pub(super) fn of_environment(environment: Environment) -> Result<Option<Certificates>> {
    let set = |name| environment(name).filter(|value| !value.trim().is_empty());
    let (file, folders) = (set(FILE), set(FOLDERS));
    if file.is_none() && folders.is_none() {
        let is_empty = [FILE, FOLDERS].map(environment).iter().any(Option::is_some);
        // those below would look for a file without a name
        let systems = if is_empty {
            of_system()
        } else {
            Certificates::new()
        };
        return Ok((!systems.is_empty()).then_some(systems));
    }
    let refuse = |variable: &str, what: &str| {
        Error::config(format!("{variable} names {what}"))
            .with_hint(format!("correct {variable}, or unset it"))
    };
    let mut found = Certificates::new();
    if let Some(file) = &file {
        let text = std::fs::read(file)
            .map_err(|error| refuse(FILE, &format!("{file}, which {}", unread(&error))))?;
        found = certificates(&text);
        if found.is_empty() {
            return Err(refuse(FILE, &format!("{file}, which holds no certificate")));
        }
    }
    let folders = folders.unwrap_or_default();
    let mut missing = Vec::new();
    for folder in std::env::split_paths(&folders).filter(|path| !path.as_os_str().is_empty()) {
        if let Err(error) = read_folder(&folder, &mut found) {
            missing.push(format!("{}, which {}", folder.display(), unread(&error)));
        }
    }
    if !found.is_empty() {
        return Ok(Some(found));
    }
    Err(if missing.is_empty() {
        refuse(FOLDERS, &format!("{folders}, which holds no certificate"))
    } else {
        refuse(FOLDERS, &missing.join(", and "))
    })
}

/// Why a file or folder can't be read, in words for a person.
fn unread(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "is not there",
        ErrorKind::PermissionDenied => "this account may not read",
        ErrorKind::IsADirectory => "is a folder",
        ErrorKind::NotADirectory => "is no folder",
        _ => "can't be read",
    }
}

/// The system's certificates where they are files, without a look at the environment.
#[cfg(all(unix, not(any(target_vendor = "apple", target_os = "android"))))]
fn of_system() -> Certificates {
    let places = openssl_probe::probe();
    let text = places.cert_file.and_then(|file| std::fs::read(file).ok());
    let mut found = text.map_or_else(Certificates::new, |text| certificates(&text));
    if found.is_empty() {
        for folder in &places.cert_dir {
            // one that is missing holds none
            let _ = read_folder(folder, &mut found);
        }
    }
    found
}

/// The system's own verifier does not look at the environment there.
#[cfg(not(all(unix, not(any(target_vendor = "apple", target_os = "android")))))]
fn of_system() -> Certificates {
    Certificates::new()
}

fn read_folder(folder: &Path, found: &mut Certificates) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        // a folder may hold other things as well
        if let Ok(text) = entry.and_then(|entry| std::fs::read(entry.path())) {
            found.extend(certificates(&text));
        }
    }
    Ok(())
}
