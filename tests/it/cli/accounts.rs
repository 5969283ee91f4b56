//! Whose session a command uses: the last login, until it is logged out of or another is chosen; nobody's by accident.

use std::process::Command;

use gatepost_tests::{Ended, Machine};

use super::{Kind, Server, masked};

/// Two servers and a machine that names neither.
async fn two_servers() -> (Server, Server, Machine) {
    let (one, other) = (
        Server::start(Kind::Gatepost).await,
        Server::start(Kind::Gatepost).await,
    );
    let machine = Machine::new("");
    (one, other, machine)
}

fn enter(machine: &Machine, server: &Server, user: &str) {
    let email = format!("{user}@example.com");
    let url = ["--server", &server.url];
    let register = [
        "register",
        "--username",
        user,
        "--email",
        &email,
        "--first-name=A",
        "--last-name=L",
        "--password-stdin",
    ];
    machine
        .run_with(Machine::PASSWORD, &[&register[..], &url].concat())
        .expect(0);
    let login = [
        "login",
        "--username",
        user,
        "--store=file",
        "--password-stdin",
    ];
    machine
        .run_with(Machine::PASSWORD, &[&login[..], &url].concat())
        .expect(0);
}

fn user(machine: &Machine, arguments: &[&str]) -> String {
    let arguments = [&["profile", "--json"], arguments].concat();
    let profile = machine.run(&arguments).expect(0).json();
    profile["username"].as_str().unwrap().to_owned()
}

fn names_what_to_do(ended: &Ended) {
    assert_eq!(ended.out, "");
    for what in [
        "no account is in use",
        "`gatepost accounts`",
        "`gatepost switch`",
    ] {
        assert!(ended.err.contains(what), "{}", ended.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_logout_no_other_account_is_used_by_itself() {
    let (one, other, machine) = two_servers().await;
    enter(&machine, &one, "ada");
    enter(&machine, &other, "grace");
    enter(&machine, &other, "hedy");
    machine.run(&["logout"]).expect(0);
    // neither another account of the same server, nor one of another server
    let commands: [&[&str]; 7] = [
        &["profile"],
        &["posts", "list"],
        &["posts", "create", "-t", "T", "-b", "B"],
        &["token"],
        &["status"],
        &["tui"],
        &["profile", "--server", &other.url],
    ];
    for arguments in commands {
        let ended = machine.run(arguments);
        if arguments[0] == "tui" {
            assert_ne!(ended.code, Some(0));
            continue;
        }
        let ended = ended.expect(4);
        if arguments[0] != "status" {
            names_what_to_do(&ended);
        }
    }
    // the store that is named changes nothing about it
    names_what_to_do(&machine.run(&["profile", "--store", "file"]).expect(4));
    assert_eq!(user(&machine, &["--server", &one.url]), "ada");
    assert_eq!(
        user(&machine, &["--server", &other.url, "--account", "grace"]),
        "grace"
    );
    machine.run(&["switch", "grace"]).expect(0);
    assert_eq!(user(&machine, &[]), "grace");
    machine.run(&["logout"]).expect(0);
    // one is left, and it is not taken either
    names_what_to_do(&machine.run(&["profile"]).expect(4));
    machine.run(&["switch"]).expect(0);
    assert_eq!(user(&machine, &[]), "ada");
    // who logs out of another account keeps the one in use
    enter(&machine, &other, "joan");
    machine.run(&["logout", "--server", &one.url]).expect(0);
    assert_eq!(user(&machine, &[]), "joan");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_listed_and_chosen() {
    let (one, other, machine) = two_servers().await;
    assert_eq!(machine.run(&["accounts"]).expect(0).out, "");
    assert_eq!(machine.run(&["accounts", "--json"]).expect(0).out, "[]\n");
    enter(&machine, &one, "ada");
    enter(&machine, &one, "grace");
    enter(&machine, &other, "ada");
    let listed = || {
        let out = machine.run(&["accounts"]).expect(0).out;
        masked(&out, &one).replace(&other.url, "OTHER")
    };
    assert_eq!(
        listed(),
        "SERVER\tada\tfile\tfalse\nSERVER\tgrace\tfile\tfalse\nOTHER\tada\tfile\ttrue\n"
    );
    let json = machine.run(&["accounts", "--json"]).expect(0).json();
    assert_eq!(
        json[2],
        serde_json::json!({ "server": other.url, "user": "ada", "store": "file", "current": true })
    );
    let ended = machine.run(&["switch", "grace"]).expect(0);
    assert_eq!(
        masked(&ended.err, &one),
        "Commands now use grace at SERVER\n"
    );
    assert!(listed().contains("grace\tfile\ttrue"), "{}", listed());
    // whoever is at several servers is asked for the server
    let ended = machine.run(&["switch", "ada"]).expect(2);
    assert!(ended.err.contains("Give --server"), "{}", ended.err);
    assert!(
        ended.err.contains(&format!("ada at {}", one.url)),
        "{}",
        ended.err
    );
    machine
        .run(&["switch", "ada", "--server", &one.url])
        .expect(0);
    assert_eq!(user(&machine, &[]), "ada");
    assert!(
        listed().starts_with("SERVER\tada\tfile\ttrue"),
        "{}",
        listed()
    );
    let ended = machine.run(&["switch"]).expect(2);
    assert!(ended.err.contains("Give the account"), "{}", ended.err);
    let ended = machine.run(&["switch", "nobody"]).expect(4);
    assert!(
        ended.err.contains("no account nobody is logged in here"),
        "{}",
        ended.err
    );
    assert!(
        listed().starts_with("SERVER\tada\tfile\ttrue"),
        "{}",
        listed()
    );

    let seen = machine.on_terminal("gatepost switch", &[("Number: ", "2")]);
    assert!(
        seen.expect(0)
            .out
            .ends_with(&format!("Commands now use grace at {}\n", one.url))
    );
    let seen = machine
        .on_terminal("gatepost switch", &[("Number: ", "4")])
        .expect(2);
    assert!(seen.out.contains("nothing was changed"), "{}", seen.out);
    let seen = machine.on_terminal("gatepost accounts", &[]).expect(0).out;
    let seen = seen
        .replace(&one.url, "http://one")
        .replace(&other.url, "http://other");
    assert!(seen.starts_with("   SERVER"), "{seen}");
    assert!(
        seen.lines().nth(2).unwrap().starts_with("*  http"),
        "{seen}"
    );
}

/// Neither the network nor a keyring is asked.
#[test]
fn accounts_and_switch_ask_nobody() {
    let machine = Machine::new("");
    let folder = machine.home().join(".config/gatepost");
    std::fs::create_dir_all(&folder).unwrap();
    let account =
        "[[account]]\nserver = \"https://gatepost.invalid\"\nuser = \"ada\"\nstore = \"keyring\"\n";
    std::fs::write(folder.join("accounts.toml"), account).unwrap();
    assert_eq!(
        machine.run(&["accounts"]).expect(0).out,
        "https://gatepost.invalid\tada\tkeyring\tfalse\n"
    );
    machine.run(&["switch"]).expect(0);
    assert!(
        machine.accounts().contains("active = true"),
        "{}",
        machine.accounts()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_of_nobody_says_so_and_is_no_failure() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    for arguments in [
        &["logout"][..],
        &["logout", "--local"],
        &["logout", "--account", "ada"],
    ] {
        let ended = machine.run(arguments).expect(0);
        assert!(
            ended
                .err
                .starts_with("Nothing to log out of: not signed in to "),
            "{}",
            ended.err
        );
    }
    let json = machine.run(&["logout", "--json"]).expect(0).json();
    assert_eq!(
        (&json["user"], &json["revoked"]),
        (&().into(), &false.into())
    );
    machine.enter("ada", "file");
    machine.run(&["logout"]).expect(0);
    let ended = machine.run(&["logout"]).expect(0);
    assert!(ended.err.contains("not signed in"), "{}", ended.err);
    // the file is gone, as another machine may have done it
    machine.login("ada", "file");
    std::fs::remove_dir_all(machine.home().join(".local/state/gatepost/sessions")).unwrap();
    let ended = machine.run(&["logout"]).expect(0);
    assert!(ended.err.contains("ada was not logged in"), "{}", ended.err);
    assert!(
        !machine.accounts().contains("ada"),
        "{}",
        machine.accounts()
    );
}

/// A keyring that can't be read says nothing about the session: not that there is none.
#[tokio::test(flavor = "multi_thread")]
async fn a_status_of_a_locked_keyring_is_unknown() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::with_keyring(&server.url);
    machine.enter("ada", "auto");
    machine.keyring().lock();
    for arguments in [
        &["status", "--json"][..],
        &["status", "--json", "--offline"],
    ] {
        let status = machine.run(arguments).expect(5).json();
        assert_eq!(status["state"], "unknown");
        assert_eq!(
            (&status["user"], &status["verified"]),
            (&"ada".into(), &().into())
        );
        let reason = status["reason"].as_str().unwrap();
        assert!(reason.contains("keyring is locked"), "{reason}");
        assert!(
            !reason.contains("SS error") && !reason.contains("prompt"),
            "{reason}"
        );
    }
    machine.run(&["logout"]).expect(5);
    drop(machine);
    let machine = Machine::with_keyring(&server.url);
    machine.login("ada", "auto");
    // known since the login, before anything was refreshed
    let status = machine
        .run(&["status", "--json", "--offline"])
        .expect(0)
        .json();
    assert_eq!(
        status["features"],
        serde_json::json!([
            "refresh-idempotency",
            "post-idempotency",
            "paging",
            "if-match"
        ])
    );
    let status = machine.run(&["status", "--json"]).expect(0).json();
    assert_eq!(
        (&status["state"], &status["reason"]),
        (&"active".into(), &().into())
    );
    machine.run(&["logout"]).expect(0);
    let status = machine.run(&["status", "--json"]).expect(4).json();
    assert_eq!(
        (&status["state"], &status["reason"]),
        (&"signed_out".into(), &().into())
    );
}

/// What to do next is said for the server and the account that were meant, in words that a shell reads.
#[tokio::test(flavor = "multi_thread")]
async fn a_hint_has_the_flags_that_were_given() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new("");
    let flags = ["--server", &server.url];
    let register = Machine::REGISTER;
    let ended = machine
        .run_with(Machine::PASSWORD, &[&register[..], &flags].concat())
        .expect(0);
    let next = format!(
        "Next: gatepost login --server {} --username ada\n",
        server.url
    );
    assert!(ended.err.ends_with(&next), "{}", ended.err);
    let ended = machine
        .run(&[&["profile", "--account", "ada l"], &flags[..]].concat())
        .expect(4);
    let hint = format!(
        "hint: run `gatepost login --server {} --account 'ada l'`\n",
        server.url
    );
    assert!(ended.err.ends_with(&hint), "{}", ended.err);
    let ended = machine
        .run(&[&["posts", "list", "--store", "file"], &flags[..]].concat())
        .expect(4);
    let hint = format!("`gatepost login --server {} --store file`", server.url);
    assert!(ended.err.contains(&hint), "{}", ended.err);
    let ended = machine
        .run(&[&["profile", "--json"], &flags[..]].concat())
        .expect(4);
    let hint = format!("`gatepost login --server {}`", server.url);
    assert!(ended.err.contains(&hint), "{}", ended.err);
    // the environment goes on to the next command by itself
    let mut command = machine.command(&["profile"]);
    command.env("GATEPOST_SERVER", &server.url);
    let ended = machine.ended(&["profile"], &mut command).expect(4);
    assert!(
        ended.err.ends_with("hint: run `gatepost login`\n"),
        "{}",
        ended.err
    );
}

/// With sudo, nothing is touched in the home of somebody else.
#[tokio::test(flavor = "multi_thread")]
async fn root_touches_nothing_in_the_home_of_somebody_else() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.register("ada");
    let home = machine.home().join("somebody");
    std::fs::create_dir(&home).unwrap();
    // without root there is nobody to be
    if std::os::unix::fs::chown(&home, Some(12345), Some(12345)).is_err() {
        return;
    }
    for store in ["file", "auto"] {
        let login = [
            "login",
            "--username",
            "ada",
            "--password-stdin",
            "--store",
            store,
        ];
        let mut command = Command::new("sh");
        command
            .args([
                "-c",
                "printf %s \"$0\" | exec \"$@\"",
                Machine::PASSWORD,
                "gatepost",
            ])
            .args(login);
        let ended = machine
            .ended(&login, machine.prepare(&mut command).env("HOME", &home))
            .expect(5);
        assert!(
            ended.err.contains("is in the home of another account"),
            "{}",
            ended.err
        );
        assert!(ended.err.contains("sudo -H"), "{}", ended.err);
        // with it the login would keep nothing
        assert!(!ended.err.contains("memory"), "{}", ended.err);
        assert_eq!(std::fs::read_dir(&home).unwrap().count(), 0);
    }
}

/// A session in memory ends with its command, so that a login with it helps nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_keeps_nothing_is_not_what_is_to_be_done() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    let login = format!("not signed in to {}", server.url);
    for (variable, flags) in [("memory", &[][..]), ("", &["--store", "memory"])] {
        let arguments = [&["profile"], flags].concat();
        let mut command = machine.command(&arguments);
        command.env("GATEPOST_STORE", variable);
        let ended = machine.ended(&arguments, &mut command).expect(4);
        assert!(ended.err.contains(&login), "{}", ended.err);
        assert!(
            ended.err.contains("leave out `--store memory`"),
            "{}",
            ended.err
        );
        assert!(!ended.err.contains("login --store memory"), "{}", ended.err);
    }
    // the server is named whatever the store
    for store in ["file", "auto"] {
        let mut command = machine.command(&["profile"]);
        command.env("GATEPOST_STORE", store);
        let ended = machine.ended(&["profile"], &mut command).expect(4);
        assert!(ended.err.contains(&login), "{}", ended.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn switch_in_a_pipe_names_the_form_to_use() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    machine.enter("eve", "file");
    let ended = machine.run(&["switch"]).expect(2);
    assert!(
        ended.err.contains("`gatepost switch USER --server URL`"),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("ada at"), "{}", ended.err);
    machine
        .run(&["switch", "ada", "--server", &server.url])
        .expect(0);
}
