//! A folder and files that nobody else can read, how they are named, and that they are written whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::draft::DraftId;

/// The file of a draft; `None` for a name that no run has made, which might lead elsewhere.
pub(super) fn path(folder: &Path, id: &DraftId) -> Option<PathBuf> {
    let is_ours =
        id.0.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_ours && !id.0.is_empty()).then(|| folder.join(format!("{}.json", id.0)))
}

/// The file that is given to the person's editor.
pub(super) fn written(folder: &Path, id: &DraftId) -> Option<PathBuf> {
    path(folder, id).map(|path| path.with_extension("md"))
}

/// Makes the folder. What root makes in the home of somebody else, that one can't write to afterwards.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, MetadataExt};
        let mut above = folder.ancestors();
        let there = above.find_map(|folder| fs::metadata(folder).ok());
        let is_root = rustix::process::geteuid().is_root();
        if is_root && there.is_some_and(|there| there.uid() != 0) {
            let why = format!(
                "{} is in the home of another account: run it without sudo, or with sudo -H",
                folder.display()
            );
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
    }
    #[cfg(not(unix))]
    fs::create_dir_all(folder)
}

/// How a file is opened that nobody else can read.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes a file whole or not at all.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut new = path.to_owned().into_os_string();
    new.push(".new");
    let mut file = private().create(true).truncate(true).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)
}
