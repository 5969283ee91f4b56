//! A store of files: one for each session, readable by its owner alone.

use std::fs::{DirEntry, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use serde::{Deserialize, Serialize};

use super::place::{self, EntryKey, LockPlace};
use super::private;
use super::{BoxFuture, StoreError, StoredSession, TokenStore, words};

/// A session is a fraction of this.
const LIMIT: u64 = 1024 * 1024;

/// A temporary file of this age was left behind by a process that died.
const STALE: Duration = Duration::from_mins(1);

/// Keeps each session in a file of its own, **unencrypted**, which only its owner can read.
///
/// A file is written beside the old one and put in its place, so it is whole after any crash. A file or folder that
/// others can change, or a file that others can read, is refused ([`StoreError::Exposed`]).
///
/// The lock of a session is a file beside it, so all who use the folder share it.
///
/// ```
/// use gatepost_sdk::{Client, store::FileStore};
///
/// let store = FileStore::new("/var/lib/my-service/gatepost");
/// let client = Client::builder("http://127.0.0.1:8000").store(store).account("ada").build().unwrap();
/// assert_eq!(client.server(), "http://127.0.0.1:8000");
/// ```
#[derive(Clone, Debug)]
pub struct FileStore {
    folder: PathBuf,
}

/// What is in a file: whose session it is, since its name is a hash.
#[derive(Serialize, Deserialize)]
struct Content<'a> {
    server: String,
    user: String,
    #[serde(borrow)]
    session: std::borrow::Cow<'a, str>,
}

impl FileStore {
    /// Sessions in this folder, which is made (0700) when the first one is written.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        Self {
            folder: resolved(&folder),
        }
    }

    /// Where the sessions are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, key: &EntryKey) -> PathBuf {
        place::file_in(&self.folder, "file", key).with_extension("json")
    }
}

/// The same folder by one name, so that two names of it are one store.
fn resolved(folder: &Path) -> PathBuf {
    for above in folder.ancestors() {
        if let (Ok(real), Ok(below)) = (above.canonicalize(), folder.strip_prefix(above)) {
            return real.join(below);
        }
    }
    folder.to_owned()
}

impl TokenStore for FileStore {
    fn id(&self) -> String {
        format!("file:{}", self.folder.display())
    }

    fn load<'a>(
        &'a self,
        key: &'a EntryKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        let path = self.path(key);
        blocking(move || {
            let Some(text) = read(&path)? else {
                return Ok(None);
            };
            let content = content(&text)?;
            StoredSession::from_json(&content.session).map(Some)
        })
    }

    fn save<'a>(
        &'a self,
        key: &'a EntryKey,
        entry: &'a StoredSession,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let path = self.path(key);
        let session = entry.to_json();
        let content = Content {
            server: key.server().to_owned(),
            user: key.user().to_owned(),
            session: session.expose_secret().into(),
        };
        let text = serde_json::to_string(&content).map(SecretString::from);
        blocking(move || {
            let text = text.map_err(|error| StoreError::Io(error.to_string()))?;
            write(&path, text.expose_secret().as_bytes())
        })
    }

    fn check<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        let path = self.path(key);
        blocking(move || {
            private::check_owner(&path)?;
            private::check_owner(&path.with_extension("lock"))?;
            let there = path.ancestors().skip(1).find(|folder| folder.exists());
            let Some(folder) = there else { return Ok(()) };
            private::check_writable(folder).map_err(|error| io("write in", folder, &error))
        })
    }

    fn remove<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        let path = self.path(key);
        blocking(move || {
            if std::fs::symlink_metadata(&path)
                .is_err_and(|error| error.kind() == ErrorKind::NotFound)
            {
                return Ok(());
            }
            private::check_owner(&path)?;
            match std::fs::remove_file(&path) {
                Ok(()) => sync_folder(&path),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                Err(error) => Err(io("remove", &path, &error)),
            }
        })
    }

    fn list<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<Vec<EntryKey>, StoreError>> {
        let (folder, server) = (self.folder.clone(), server.to_owned());
        blocking(move || {
            let (mut keys, mut unreadable) = (Vec::new(), None);
            for file in files(&folder)? {
                let path = file.path();
                if path.extension().is_none_or(|kind| kind != "json") {
                    continue;
                }
                match read_key(&path) {
                    Ok(Some(key)) if key.server() == server => keys.push(key),
                    Ok(_) => {}
                    // it hides itself and no other
                    Err(error) => {
                        tracing::warn!(file = %path.display(), cause = %error, "a file of the store can't be read");
                        unreadable = Some(error);
                    }
                }
            }
            keys.sort();
            match unreadable {
                Some(error) if keys.is_empty() => Err(error),
                _ => Ok(keys),
            }
        })
    }

    fn lock(&self, key: &EntryKey) -> Result<LockPlace, StoreError> {
        Ok(LockPlace::File(self.path(key).with_extension("lock")))
    }
}

fn blocking<'a, T: Send + 'static>(
    act: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> BoxFuture<'a, Result<T, StoreError>> {
    Box::pin(async move {
        let done = tokio::task::spawn_blocking(act).await;
        done.unwrap_or_else(|error| Err(StoreError::Io(error.to_string())))
    })
}

fn io(what: &str, path: &Path, error: &std::io::Error) -> StoreError {
    let refused = (error.kind() == ErrorKind::PermissionDenied).then(|| private::refused(path));
    refused.flatten().unwrap_or_else(|| {
        StoreError::Io(format!("can't {what} {}: {}", path.display(), words(error)))
    })
}

fn content(text: &str) -> Result<Content<'_>, StoreError> {
    // serde's messages may show what they choke on
    serde_json::from_str(text).map_err(|_| not_ours())
}

fn not_ours() -> StoreError {
    StoreError::Corrupt("the file is not one of Gatepost's".to_owned())
}

/// Whose session a file holds.
fn read_key(path: &Path) -> Result<Option<EntryKey>, StoreError> {
    let Some(text) = read(path)? else {
        return Ok(None);
    };
    let content = content(&text)?;
    Ok(Some(EntryKey::new(content.server, content.user)))
}

fn files(folder: &Path) -> Result<Vec<DirEntry>, StoreError> {
    match std::fs::read_dir(folder) {
        Ok(files) => files
            .collect::<Result<_, _>>()
            .map_err(|error| io("read", folder, &error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(io("read", folder, &error)),
    }
}

fn read(path: &Path) -> Result<Option<Zeroizing<String>>, StoreError> {
    let about = match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        about => about.map_err(|error| io("read", path, &error))?,
    };
    // a pipe would be waited for without end
    if !about.is_file() {
        let what = if about.is_dir() {
            "it is a folder"
        } else {
            "it is no regular file"
        };
        return Err(io("read", path, &std::io::Error::other(what)));
    }
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(|error| io("read", path, &error))?,
    };
    let about = file.metadata().map_err(|error| io("read", path, &error))?;
    private::check_file(path, &about)?;
    let mut text = Zeroizing::new(String::new());
    match file.take(LIMIT).read_to_string(&mut text) {
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::InvalidData => Err(not_ours()),
        Err(error) => Err(io("read", path, &error)),
    }
}

/// Whole or not at all: written beside, flushed to the disk, put in place, and the folder flushed as well.
fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let folder = path.parent().unwrap_or(path);
    private::check_owner(path)?;
    place::make_private_folder(folder).map_err(|error| io("make", folder, &error))?;
    let about = std::fs::metadata(folder).map_err(|error| io("read", folder, &error))?;
    private::check_folder(folder, &about)?;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let beside = path.with_extension(format!("{}-{number}.tmp", std::process::id()));
    let written = write_new(&beside, bytes)
        .and_then(|()| std::fs::rename(&beside, path))
        .map_err(|error| io("write", path, &error));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    } else {
        remove_stale(path);
    }
    written.and_then(|()| sync_folder(path))
}

fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Removes what processes that died while they wrote this file left behind: it holds a session.
fn remove_stale(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_stem()) else {
        return;
    };
    for file in files(folder).unwrap_or_default() {
        let is_ours = file.path().extension().is_some_and(|kind| kind == "tmp")
            && file
                .file_name()
                .as_encoded_bytes()
                .starts_with(name.as_encoded_bytes());
        let age = file.metadata().and_then(|about| about.modified());
        let age = age.ok().and_then(|modified| modified.elapsed().ok());
        if is_ours && age.is_some_and(|age| age > STALE) {
            let _ = std::fs::remove_file(file.path());
        }
    }
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(path);
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| io("flush", folder, &error))
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> Result<(), StoreError> {
    Ok(()) // a folder can't be opened
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

    use super::*;

    fn entry(generation: u64) -> StoredSession {
        let text = format!(
            r#"{{"v":1,"gen":{generation},"sid":"s","rt":"r","at":null,"exp":null,"got":0,"skew":0}}"#
        );
        StoredSession::from_json(&text).expect("a session")
    }

    fn ada() -> EntryKey {
        EntryKey::new("https://a.example", "ada")
    }

    #[tokio::test]
    async fn a_session_is_written_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("a/b"));
        assert!(store.load(&ada()).await.unwrap().is_none());
        assert!(store.list("https://a.example").await.unwrap().is_empty());
        for generation in [1, 2] {
            store.save(&ada(), &entry(generation)).await.unwrap();
            let read = store.load(&ada()).await.unwrap().unwrap();
            assert_eq!(read.generation(), generation);
        }
        let bob = EntryKey::new("https://a.example", "bob \" \\ ö");
        store.save(&bob, &entry(1)).await.unwrap();
        store
            .save(&EntryKey::new("https://b.example", "ada"), &entry(1))
            .await
            .unwrap();
        assert_eq!(store.list("https://a.example").await.unwrap(), [ada(), bob]);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&store.path(&ada())), 0o600);
        assert_eq!(mode(store.folder()), 0o700);
        assert_eq!(
            files(store.folder()).unwrap().len(),
            3,
            "nothing is left behind"
        );
        store.remove(&ada()).await.unwrap();
        store.remove(&ada()).await.unwrap();
        assert!(store.load(&ada()).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn what_others_can_read_or_change_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path());
        store.save(&ada(), &entry(1)).await.unwrap();
        let path = store.path(&ada());
        let set = |path: &Path, mode| {
            std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        };
        let is_exposed = |error| matches!(error, StoreError::Exposed { .. });
        for mode in [0o640, 0o604, 0o620] {
            set(&path, mode);
            assert!(
                is_exposed(store.load(&ada()).await.unwrap_err()),
                "{mode:o}"
            );
        }
        set(&path, 0o600);
        store.load(&ada()).await.unwrap();
        set(folder.path(), 0o770);
        assert!(is_exposed(store.save(&ada(), &entry(2)).await.unwrap_err()));
        set(folder.path(), 0o700);
    }

    /// As with sudo and another one's HOME: only root can make this, and only root is refused.
    #[tokio::test]
    async fn what_belongs_to_another_account_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("sessions"));
        store.save(&ada(), &entry(1)).await.unwrap();
        let path = store.path(&ada());
        if chown(&path, Some(12345), None).is_err() {
            return;
        }
        let is_foreign = |error, expected: &Path| match error {
            StoreError::Foreign { path } => assert_eq!(path, expected),
            error => panic!("{error:?}"),
        };
        is_foreign(store.load(&ada()).await.unwrap_err(), &path);
        is_foreign(store.save(&ada(), &entry(2)).await.unwrap_err(), &path);
        is_foreign(store.remove(&ada()).await.unwrap_err(), &path);
        chown(folder.path(), Some(12345), None).unwrap();
        let below = FileStore::new(folder.path().join("a/b"));
        is_foreign(
            below.save(&ada(), &entry(2)).await.unwrap_err(),
            folder.path(),
        );
        assert!(!folder.path().join("a").exists());
    }

    #[tokio::test]
    async fn asking_whether_it_can_be_written_makes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("a/b"));
        store.check(&ada()).await.unwrap();
        assert!(!folder.path().join("a").exists());
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o500)).unwrap();
        let is_root = std::fs::write(folder.path().join("x"), "").is_ok();
        let checked = store.check(&ada()).await;
        assert_eq!(checked.is_ok(), is_root, "{checked:?}");
    }

    #[tokio::test]
    async fn one_bad_file_hides_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path());
        for bad in [
            b"{}".as_slice(),
            b"",
            b"\xff",
            br#"{"server":"https://a.example","user":"x"}"#,
        ] {
            let file = store.path(&EntryKey::new("https://a.example", "bad"));
            write(&file, bad).unwrap();
            let error = store.list("https://a.example").await.unwrap_err();
            assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
            store.save(&ada(), &entry(1)).await.unwrap();
            assert_eq!(store.list("https://a.example").await.unwrap(), [ada()]);
            store.remove(&ada()).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_file_of_something_else_is_said_and_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path());
        write(&store.path(&ada()), b"{\"password\":\"hunter2\"}").unwrap();
        let error = store.load(&ada()).await.unwrap_err();
        assert!(matches!(error, StoreError::Corrupt(_)) && !error.to_string().contains("hunter2"));
    }

    #[tokio::test]
    async fn what_a_dead_process_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path());
        let path = store.path(&ada());
        let (old, new) = (
            path.with_extension("1-0.tmp"),
            path.with_extension("2-0.tmp"),
        );
        for file in [&old, &new] {
            write_new(file, b"secret").unwrap();
        }
        let before = std::time::SystemTime::UNIX_EPOCH;
        File::options()
            .write(true)
            .open(&old)
            .unwrap()
            .set_modified(before)
            .unwrap();
        store.save(&ada(), &entry(1)).await.unwrap();
        assert!(!old.exists() && new.exists());
    }

    #[test]
    fn two_names_of_a_folder_are_one_store() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("real");
        std::fs::create_dir(&real).unwrap();
        let other = folder.path().join("other");
        std::os::unix::fs::symlink(&real, &other).unwrap();
        let id = |path: PathBuf| FileStore::new(path).id();
        assert_eq!(id(real.join("below")), id(other.join("below")));
    }

    #[test]
    fn the_systems_number_is_not_said() {
        let error = std::io::Error::from_raw_os_error(28);
        let said = io("write", Path::new("/x"), &error).to_string();
        assert!(
            said.starts_with("can't write /x: ") && !said.contains("os error"),
            "{said}"
        );
    }
}
