//! Whose files a session is in: nothing of another account is touched, and what can't be locked is said before it is
//! lost. Only root can give files away, so as another account these find nothing to try.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use gatepost_tests::Machine;
use rstest::rstest;

use super::{Kind, Server};

/// An account that is not ours.
const ADA: u32 = 12345;

/// Everything below a folder and to whom it belongs.
fn all(folder: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = vec![(
        folder.to_owned(),
        std::fs::symlink_metadata(folder).unwrap().uid(),
    )];
    if folder.is_dir() {
        for file in std::fs::read_dir(folder).unwrap() {
            found.extend(all(&file.unwrap().path()));
        }
    }
    found.sort();
    found
}

fn sessions(machine: &Machine) -> PathBuf {
    machine.home().join(".local/state/gatepost/sessions")
}

/// The lock of the only session.
fn lock(machine: &Machine) -> PathBuf {
    let files = std::fs::read_dir(sessions(machine)).unwrap();
    let mut paths = files.map(|file| file.unwrap().path());
    paths
        .find(|path| path.extension().is_some_and(|kind| kind == "lock"))
        .unwrap()
}

/// As with sudo, which keeps HOME on many systems.
#[tokio::test(flavor = "multi_thread")]
async fn in_the_home_of_another_nothing_is_made() {
    let server = Server::start(Kind::Gatepost).await;
    let (machine, own) = (Machine::new(&server.url), tempfile::tempdir().unwrap());
    machine.enter("ada", "file");
    for (path, _) in all(machine.home()) {
        if chown(path, Some(ADA), None).is_err() {
            eprintln!("not tried: only root gives files to another account");
            return;
        }
    }
    let before = all(machine.home());
    let login = [
        "login",
        "--username",
        "ada",
        "--password-stdin",
        "--store",
        "file",
    ];
    for arguments in [
        login.as_slice(),
        &["logout", "--account", "ada", "--store", "file"],
        &["profile", "--account", "ada", "--store", "file"],
        &["status", "--account", "ada", "--store", "file"],
    ] {
        let mut command = machine.command(arguments);
        let config = own.path().join("config");
        command.env("GATEPOST_CONFIG_DIR", &config);
        if arguments == login {
            let password = own.path().join("password");
            std::fs::write(&password, Machine::PASSWORD).unwrap();
            command.stdin(std::fs::File::open(password).unwrap());
        }
        let ended = machine.ended(arguments, &mut command);
        assert_ne!(ended.code, Some(0), "{arguments:?}");
        if arguments == login {
            let ended = ended.expect(5);
            assert!(
                ended.err.contains("belongs to another account"),
                "{}",
                ended.err
            );
            assert!(ended.err.contains("sudo -H"), "{}", ended.err);
            assert!(!config.exists(), "something was made before it was looked");
        }
        assert_eq!(all(machine.home()), before, "{arguments:?}");
    }
}

/// What such a sudo of an older version left behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_of_another_account_is_an_error_at_login() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    machine.run(&["logout"]).expect(0);
    let lock = lock(&machine);
    if chown(&lock, Some(ADA), None).is_err() {
        eprintln!("not tried: only root gives files to another account");
        return;
    }
    let login = [
        "login",
        "--username",
        "ada",
        "--password-stdin",
        "--store",
        "file",
    ];
    let config = machine.home().join(".config");
    std::fs::remove_dir_all(&config).unwrap();
    let ended = machine.run_with(Machine::PASSWORD, &login).expect(5);
    assert!(!config.exists(), "something was made before it was looked");
    let named = format!("{} belongs to another account", lock.display());
    assert!(ended.err.contains(&named), "{}", ended.err);
    chown(&lock, Some(all(machine.home())[0].1), None).unwrap();
    machine.run_with(Machine::PASSWORD, &login).expect(0);
}

/// Without a lock a session goes on where a refresh can be repeated. Elsewhere one is not risked, and that is no
/// failure that passes.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_locked(#[values(Kind::Gatepost, Kind::Django)] kind: Kind) {
    let server = Server::with_access_life(kind, 2).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    let lock = lock(&machine);
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let is_over = tokio::time::Instant::now() + std::time::Duration::from_secs(3);
    while tokio::time::Instant::now() < is_over {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    match kind {
        Kind::Gatepost | Kind::Cookie => {
            machine.run(&["profile"]).expect(0);
        }
        Kind::Django => {
            let ended = machine.run(&["profile"]).expect(5);
            assert!(ended.err.contains(lock.to_str().unwrap()), "{}", ended.err);
            // a session that would die so is not begun at all
            let login = [
                "login",
                "--username",
                "ada",
                "--password-stdin",
                "--store",
                "file",
            ];
            let ended = machine.run_with(Machine::PASSWORD, &login).expect(5);
            assert!(ended.err.contains(lock.to_str().unwrap()), "{}", ended.err);
            std::fs::remove_dir(&lock).unwrap();
            machine.run(&["profile"]).expect(0);
        }
    }
}
