//! Where a session is kept: the keyring, and what happens where there is none, or it is locked, or never answers.

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use gatepost_tests::{Machine, is_full};
use rstest::rstest;

use super::{Kind, Server};

/// The keyring is given three seconds. The program itself may take long where many tests share the machine.
fn limit() -> Duration {
    Duration::from_millis(if is_full() { 3_500 } else { 8_000 })
}

/// What a command and a login say in time of a keyring that can't be used.
fn failures(machine: &Machine) -> [String; 2] {
    [
        ["profile"].as_slice(),
        &["login", "--username", "ada", "--password-stdin"],
    ]
    .map(|arguments| {
        let start = Instant::now();
        let ended = machine.run_with(Machine::PASSWORD, arguments).expect(5);
        assert!(start.elapsed() < limit(), "{:?}", start.elapsed());
        ended.err
    })
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn without_a_keyring_login_says_what_to_do_and_a_file_will_do(
    #[values(Kind::Gatepost, Kind::Django)] kind: Kind,
) {
    let server = Server::start(kind).await;
    let machine = Machine::new(&server.url);
    machine.register("ada");
    let login = ["login", "--username", "ada", "--password-stdin"];
    let ended = machine.run_with(Machine::PASSWORD, &login).expect(5);
    assert_eq!(
        ended.err,
        "error: there is no OS keyring here (no Secret Service answers on D-Bus); `--store file` keeps the session in a file that only you can read\n"
    );
    // nothing falls back on its own
    machine.run(&["profile"]).expect(4);
    machine
        .run_with(
            Machine::PASSWORD,
            &[login.as_slice(), &["--store", "file"]].concat(),
        )
        .expect(0);
    for arguments in [
        ["profile"].as_slice(),
        &["token", "--refresh"],
        &["posts", "create", "-t", "Title", "-b", "Text"],
        &["posts", "list"],
        &["posts", "edit", "1", "-t", "Changed"],
        &["posts", "delete", "1", "--yes"],
        &["status"],
    ] {
        machine.run(arguments).expect(0);
    }
    let sessions = machine.home().join(".local/state/gatepost/sessions");
    let files = || {
        let files = std::fs::read_dir(&sessions)
            .unwrap()
            .map(|file| file.unwrap());
        files
            .filter(|file| file.path().extension().unwrap() == "json")
            .collect::<Vec<_>>()
    };
    assert_eq!(
        files()[0].metadata().unwrap().permissions().mode() & 0o777,
        0o600
    );
    machine.run(&["logout"]).expect(0);
    assert!(files().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keyring_is_an_error_at_once() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::with_keyring(&server.url);
    machine.enter("ada", "auto");
    machine.keyring().lock();
    for err in failures(&machine) {
        assert!(err.starts_with("error: the OS keyring is locked"), "{err}");
        assert!(err.contains("hint: unlock the OS keyring"), "{err}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_never_answers_is_given_up() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::with_keyring(&server.url);
    machine.enter("ada", "auto");
    machine.keyring().signal("STOP");
    for err in failures(&machine) {
        assert!(err.contains("did not answer within 3 s"), "{err}");
    }
    machine.keyring().signal("CONT");
    machine.run(&["profile"]).expect(0);
}

/// Where a person sits, the keyring may be asking for its password: that is waited for, and said.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_told_what_is_waited_for() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::with_keyring(&server.url);
    machine.enter("ada", "auto");
    machine.keyring().signal("STOP");
    let start = Instant::now();
    let seen = machine.attended("gatepost profile", 1, &mut |seen, _| {
        let is_told = seen.ends_with(b"waiting for the OS keyring: you may have to unlock it");
        if is_told {
            // who types a password needs longer than the time that a program alone is given
            let needs = Duration::from_secs(5);
            std::thread::sleep(needs.saturating_sub(start.elapsed()));
            machine.keyring().signal("CONT");
        }
        is_told
    });
    assert!(seen.expect(0).out.contains("username    ada\n"));
}

/// The store is decided at login and written down; another one is chosen by another login, which ends the session
/// in the first.
#[tokio::test(flavor = "multi_thread")]
async fn the_store_is_decided_once() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::with_keyring(&server.url);
    machine.enter("ada", "auto");
    assert!(machine.accounts().contains("store = \"keyring\""));
    let entry = machine.keyring().lookup(&server.service(), "ada").unwrap();
    let entry: serde_json::Value = serde_json::from_str(&entry).unwrap();

    machine.login("ada", "file");
    assert!(machine.accounts().contains("store = \"file\""));
    assert_eq!(machine.keyring().lookup(&server.service(), "ada"), None);
    assert_eq!(server.refresh(entry["rt"].as_str().unwrap()).await.0, 401);
    // a login that names none keeps it
    let login = ["login", "--username", "ada", "--password-stdin"];
    machine.run_with(Machine::PASSWORD, &login).expect(0);
    assert!(machine.accounts().contains("store = \"file\""));
    machine.run(&["profile"]).expect(0);
    // one that is to be kept nowhere changes nothing
    let ended = machine
        .run_with(
            Machine::PASSWORD,
            &[login.as_slice(), &["--store", "memory"]].concat(),
        )
        .expect(0);
    assert!(
        ended.err.contains("The session was not kept"),
        "{}",
        ended.err
    );
    machine.run(&["profile"]).expect(0);
}

/// Sessions of several accounts at one server stand side by side.
#[tokio::test(flavor = "multi_thread")]
async fn several_accounts_stand_side_by_side() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::with_keyring(&server.url);
    machine.enter("ada", "keyring");
    machine.enter("grace", "file");
    let user = |arguments: &[&str]| {
        let profile = machine.run(arguments).expect(0).json();
        profile["username"].as_str().unwrap().to_owned()
    };
    assert_eq!(user(&["profile", "--json"]), "grace");
    assert_eq!(user(&["--account", "ada", "profile", "--json"]), "ada");
    machine.enter("hedy", "file");
    machine.run(&["logout"]).expect(0);
    let ended = machine.run(&["profile"]).expect(2);
    assert!(
        ended.err.contains("choose one with --account: ada, grace"),
        "{}",
        ended.err
    );
    let ended = machine.run(&["profile", "--account", "hedy"]).expect(4);
    assert!(ended.err.contains("as hedy"), "{}", ended.err);
}

/// A folder that can't be written is enough where nothing changes, and is said before a password is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_can_not_be_written_will_do() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    // root may write anywhere but here
    let run = |arguments: &[&str]| {
        let mut command = machine.command(arguments);
        command.env("GATEPOST_CONFIG_DIR", "/proc/gatepost");
        machine.ended(arguments, &mut command)
    };
    let ended = run(&[
        "login",
        "--username",
        "ada",
        "--password-stdin",
        "--store",
        "file",
    ])
    .expect(2);
    assert!(
        ended
            .err
            .contains("/proc/gatepost/accounts.toml can't be written"),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("GATEPOST_CONFIG_DIR"), "{}", ended.err);
    run(&["profile", "--account", "ada", "--store", "file"]).expect(0);
}

/// Where a person sits, login asks instead of failing; nothing is kept in a file unasked.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_keyring_a_person_is_asked() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.register("ada");
    let question = "Keep the session in a file that only you can read? [y/N]: ";
    for answer in ["", "n"] {
        let typed = [(question, answer)];
        let ended = machine
            .on_terminal("gatepost login --username ada", &typed)
            .expect(5);
        assert!(
            ended.out.contains("there is no OS keyring here"),
            "{}",
            ended.out
        );
        assert!(
            !machine.accounts().contains("ada"),
            "{}",
            machine.accounts()
        );
    }
    let typed = [(question, "y"), ("Password: ", Machine::PASSWORD)];
    machine
        .on_terminal("gatepost login --username ada", &typed)
        .expect(0);
    assert!(
        machine.accounts().contains("store = \"file\""),
        "{}",
        machine.accounts()
    );
    // who names the keyring means it
    let ended = machine
        .on_terminal("gatepost login --username ada --store keyring", &[])
        .expect(5);
    assert!(ended.out.contains("`--store file`"), "{}", ended.out);
}

/// A keyring that waits for its password can be given up at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_waits_for_the_keyring_can_interrupt() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::with_keyring(&server.url);
    machine.enter("ada", "auto");
    machine.keyring().signal("STOP");
    let start = Instant::now();
    let line = "sh -c 'echo $$ >pid; exec gatepost profile'; echo code $?";
    let seen = machine.attended(line, 1, &mut |seen, _| {
        let is_told = seen.ends_with(b"waiting for the OS keyring: you may have to unlock it");
        if is_told {
            let pid = std::fs::read_to_string(machine.home().join("pid")).unwrap();
            let sent = std::process::Command::new("kill")
                .args(["-INT", pid.trim()])
                .status();
            assert!(sent.unwrap().success());
        }
        is_told
    });
    machine.keyring().signal("CONT");
    assert!(seen.out.ends_with("code 130\n"), "{}", seen.out);
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "{:?}",
        start.elapsed()
    );
}
