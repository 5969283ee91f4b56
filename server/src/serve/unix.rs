//! A Unix socket as the file that it is: made for its owner and group, taken over from a server that has died, and removed
//! in the end.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

use super::backlog::lengthen;

/// How long a server that listens may take to say so.
const PATIENCE: Duration = Duration::from_secs(1);

/// A Unix socket whose file goes with it.
pub(super) struct UnixSocket {
    pub(super) listener: UnixListener,
    path: PathBuf,
    /// That of the file which goes with it; none where it is somebody else's.
    identity: Option<(u64, u64)>,
}

impl UnixSocket {
    /// One that was handed over, whose file stays.
    pub(super) fn handed_over(listener: UnixListener) -> Self {
        let path = listener.local_addr().ok();
        let path = path.and_then(|address| address.as_pathname().map(Path::to_owned));
        Self {
            listener,
            path: path.unwrap_or_default(),
            identity: None,
        }
    }

    /// Listens, in the place of a server that is no more; who may connect say `rights`, as `chmod` has it.
    ///
    /// # Errors
    /// Why it can't, in words that follow the path.
    pub(super) async fn listen(path: &Path, rights: u32) -> Result<Self, String> {
        if let Some(why) = taken(path).await {
            return Err(why);
        }
        // it gets its name with its rights, so that at no time others may connect
        let mut new = path.as_os_str().to_owned();
        new.push(format!(".{}", std::process::id()));
        let new = PathBuf::from(new);
        let _ = fs::remove_file(&new);
        let made = UnixListener::bind(&new).and_then(|listener| {
            lengthen(&listener)?;
            fs::set_permissions(&new, Permissions::from_mode(rights))?;
            fs::rename(&new, path)?;
            Ok(listener)
        });
        let listener = made.map_err(|error| {
            let _ = fs::remove_file(&new);
            match error.kind() {
                ErrorKind::NotFound => "its folder does not exist; make it first".to_owned(),
                ErrorKind::PermissionDenied => {
                    "this user may not write into its folder; let it, or choose another".to_owned()
                }
                ErrorKind::InvalidInput => {
                    "the path is too long for a socket; choose one of fewer than 100 bytes"
                        .to_owned()
                }
                _ => error.to_string(),
            }
        })?;
        Ok(Self {
            listener,
            identity: identity(path),
            path: path.to_owned(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for UnixSocket {
    fn drop(&mut self) {
        // another server may have taken its place
        if self.identity.is_some() && self.identity == identity(&self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Why a path is not free.
async fn taken(path: &Path) -> Option<String> {
    // what else is wrong shows when the socket is made
    let found = fs::symlink_metadata(path).ok()?;
    if !found.file_type().is_socket() {
        return Some(
            "there is something else at this path; remove it or choose another".to_owned(),
        );
    }
    let asked = timeout(PATIENCE, UnixStream::connect(path)).await;
    match asked {
        Ok(Err(error)) if is_dead(&error) => None,
        _ => Some(
            "another program listens there; stop it or choose another path with --bind".to_owned(),
        ),
    }
}

fn is_dead(error: &io::Error) -> bool {
    [ErrorKind::ConnectionRefused, ErrorKind::NotFound].contains(&error.kind())
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    let found = fs::symlink_metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}
