//! What the program takes from the environment and what it refuses there, and flags that stand before a command.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use gatepost_tests::{Program, cli_binary};

const KEY: &str = "a secret key that is long enough for everybody 0123456789";

fn said(output: &Output) -> (Option<i32>, String, String) {
    let [told, warned] = [&output.stdout, &output.stderr].map(|bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        text.trim_end().to_owned()
    });
    (output.status.code(), told, warned)
}

#[test]
fn a_variable_that_nobody_knows_stops_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for command in [&["check"][..], &["migrate"], &["--bind", "127.0.0.1:0"]] {
        let mut program = Program::command(folder.path(), command);
        let output =
            Program::ended(program.env("GATEPOST_DATABSE_URL", "postgres://a:hunter2@h/x"));
        let why = "gatepost-server: the environment variable GATEPOST_DATABSE_URL is no setting; did you mean GATEPOST_DATABASE_URL? Otherwise unset it";
        assert_eq!(said(&output), (Some(1), String::new(), why.to_owned()));
    }
    let made = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(made, 0, "nothing was made");
}

/// Who has set the client's variables can start a server all the same.
#[test]
fn the_variables_of_the_client_are_not_refused() {
    let help = Command::new(cli_binary()).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let names: Vec<&str> = help
        .split(|char: char| !char.is_ascii_uppercase() && char != '_')
        .filter(|word| word.starts_with("GATEPOST_"))
        .collect();
    assert!(names.contains(&"GATEPOST_TIMEOUT"), "{help}");
    let folder = tempfile::tempdir().unwrap();
    let mut command = Program::command(folder.path(), &["check"]);
    let variables = names.iter().map(|name| (name, "1"));
    let output = Program::ended(command.envs(variables));
    assert_eq!(said(&output).0, Some(0), "{output:?}");
}

#[test]
fn secrets_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("url", "sqlite:here.sqlite3\n");
    write("key", &format!("{KEY}\n"));
    let mut command = Program::command(folder.path(), &[]);
    command.env("GATEPOST_DATABASE_URL_FILE", "url");
    drop(Program::serve(
        command.env("GATEPOST_SECRET_KEY_FILE", "key"),
    ));
    assert!(folder.path().join("here.sqlite3").exists());
    // the same key as without the newline
    let mut command = Program::command(folder.path(), &["--database", "sqlite:here.sqlite3"]);
    drop(Program::serve(command.env("GATEPOST_SECRET_KEY", KEY)));

    let mut command = Program::command(folder.path(), &["settings"]);
    command.env("GATEPOST_SIMPLE_JWT__SIGNING_KEY_FILE", "key");
    let (_, told, _) = said(&Program::ended(&mut command));
    let shown =
        "signing_key = \"***\"  # the environment variable GATEPOST_SIMPLE_JWT__SIGNING_KEY_FILE";
    assert!(told.contains(shown), "{told}");
    command.env("GATEPOST_SIMPLE_JWT__SIGNING_KEY", KEY);
    let (code, _, why) = said(&Program::ended(&mut command));
    assert_eq!(code, Some(1));
    assert!(why.ends_with("; keep one"), "{why}");
    assert!(!why.contains(KEY), "{why}");
}

#[test]
fn what_others_would_take_is_said_not_to_be_taken() {
    let folder = tempfile::tempdir().unwrap();
    let check = |variables: &[(&str, &str)]| {
        let mut command = Program::command(folder.path(), &["check"]);
        command.env("DATABASE_URL", "postgres://a:hunter2@h/x");
        command.env("PORT", "80");
        let (code, _, warned) = said(&Program::ended(command.envs(variables.iter().copied())));
        assert_eq!(code, Some(0), "{warned}");
        warned
    };
    assert_eq!(
        check(&[]),
        "gatepost-server: DATABASE_URL is set and not used: pass --database \"$DATABASE_URL\", or set database.url\n\
         gatepost-server: PORT is set and not used: pass --bind \"0.0.0.0:$PORT\", or set server.bind"
    );
    let ours = [
        ("GATEPOST_DATABASE_URL", "sqlite:x"),
        ("GATEPOST_BIND", "127.0.0.1:1"),
    ];
    assert_eq!(check(&ours), "");
}

#[test]
fn the_flags_of_all_commands_may_stand_before_one() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.toml"), "server.log = 'warn'").unwrap();
    let run = |arguments: &[&str]| said(&Program::run(folder.path(), arguments));
    let before = run(&["--config", "x.toml", "--database", "sqlite:y", "settings"]);
    assert_eq!(
        before,
        run(&["settings", "--config", "x.toml", "--database", "sqlite:y"])
    );
    assert!(before.1.contains("log = \"warn\"  # x.toml"), "{before:?}");
    assert!(
        before
            .1
            .contains("url = \"sqlite:y\"  # the flag --database"),
        "{before:?}"
    );
    let (code, _, why) = run(&["--bind", "127.0.0.1:0", "check"]);
    assert_eq!(code, Some(2));
    assert!(
        why.starts_with(
            "error: --bind is a flag of `serve`: write it after `gatepost-server serve`"
        ),
        "{why}"
    );
}

#[test]
fn the_start_says_which_database_it_has_made() {
    let folder = tempfile::tempdir().unwrap();
    let start = || {
        let mut command = Program::command(folder.path(), &["--bind", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = lines.map(Result::unwrap);
        let said: Vec<_> = said.take_while(|line| !line.starts_with("Next:")).collect();
        child.kill().and_then(|()| child.wait()).unwrap();
        said
    };
    let made = "Gatepost has made a new database at sqlite:gatepost-data/gatepost.sqlite3";
    let [listens, said, admin] = &start()[..] else {
        panic!("three lines are said");
    };
    assert!(
        listens.ends_with("(sqlite:gatepost-data/gatepost.sqlite3)"),
        "{listens}"
    );
    assert_eq!(said, made);
    assert!(admin.ends_with("/admin/"), "{admin}");
    assert!(!start().contains(&made.to_owned()));
}
