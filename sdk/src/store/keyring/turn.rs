//! One process at a time asks the keyring: its service answers all that ask at once together, and so each of many so late
//! that it is given up.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use crate::random;
use crate::store::private;

/// How long a turn is waited for, in lengths of a call, and at most.
const CALLS: u32 = 4;
const MOST: Duration = Duration::from_secs(20);

/// How often it is looked whether it has come: a half to the whole of this.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits for a turn, which is over when this is dropped. `None` where there is no place for turns yet, or none comes,
/// since another process waits for a person: then the keyring is asked all the same.
pub(super) async fn wait(folder: &Path, call: Duration) -> Option<File> {
    let path = folder.join("keyring.turn");
    // what root makes in somebody's home is in that one's way
    if !folder.exists() || private::check_owner(&path).is_err() {
        return None;
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).ok()?;
    let until = Instant::now() + (call * CALLS).min(MOST);
    loop {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                let [byte] = random::bytes().unwrap_or_default();
                tokio::time::sleep(PAUSE / 2 + PAUSE * u32::from(byte) / 512).await;
            }
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_has_the_turn_and_the_next_gets_it_or_goes_without() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().to_owned();
        let first = wait(&place, PAUSE).await.unwrap();
        assert!(wait(&place, PAUSE).await.is_none());
        let next = tokio::spawn(async move { wait(&place, MOST).await });
        drop(first);
        assert!(next.await.unwrap().is_some());
        assert!(wait(&folder.path().join("none"), PAUSE).await.is_none());
    }
}
