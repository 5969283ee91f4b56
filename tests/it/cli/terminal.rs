//! On a terminal: tables, prompts, an editor; and what becomes of the output when nobody reads it.

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use gatepost_tests::Machine;
use insta::assert_snapshot;

use super::{Kind, Server, masked};

const PASSWORD: &str = Machine::PASSWORD;

#[tokio::test(flavor = "multi_thread")]
async fn a_person_registers_and_logs_in() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    let seen = machine.on_terminal(
        "gatepost register --first-name Ada --last-name L",
        &[
            ("Username: ", "ada"),
            ("E-mail address: ", "ada@example.com"),
            ("Password: ", PASSWORD),
            ("Repeat password: ", PASSWORD),
        ],
    );
    assert_snapshot!(masked(&seen.expect(0).out, &server), @r"
    Username: ada
    E-mail address: ada@example.com
    Password: 
    Repeat password: 
    Registered ada at SERVER. Next: gatepost login --username ada
    ");
    let typed = [("Username: ", "ada"), ("Password: ", PASSWORD)];
    let seen = machine.on_terminal("gatepost login --store file", &typed);
    assert_snapshot!(masked(&seen.expect(0).out, &server), @r"
    Username: ada
    Password: 
    Logged in to SERVER as ada (the session is kept in a file that only you can read)
    ");
    let differ = [("Password: ", PASSWORD), ("Repeat password: ", "another")];
    let typed = [differ, differ, differ].concat();
    let account = "--username x --email x@example.com";
    let seen = machine
        .on_terminal(&format!("gatepost register {account}"), &typed)
        .expect(2);
    assert!(
        seen.out.ends_with("error: the passwords do not match\n"),
        "{}",
        seen.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_prompt_leaves_the_terminal_as_it_was() {
    let machine = Machine::new("http://127.0.0.1:9");
    let line =
        "stty -a >before; gatepost login --username ada --store file; echo code $?; stty -a >after";
    let seen = machine
        .on_terminal(line, &[("Password: ", "half\u{3}")])
        .expect(0);
    assert!(seen.out.contains("code 130"), "{}", seen.out);
    let read = |name: &str| std::fs::read_to_string(machine.home().join(name)).unwrap();
    assert_eq!(read("before"), read("after"));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_tables() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    for (title, body) in [
        (
            "A title that is much too long for the one line that it is given here",
            "x",
        ),
        (
            "漢字 in the title",
            "First line\n\n\tthird line \u{1b}[31mred",
        ),
    ] {
        machine
            .run(&["posts", "create", "-t", title, "-b", body])
            .expect(0);
    }
    server
        .run("UPDATE posts_post SET created_at = '2020-01-02 03:04:05', updated_at = '2022-01-02 03:04:05'")
        .await;
    let years = |text: String| text.replace(|digit: char| digit.is_ascii_digit(), "N");
    let seen = machine
        .on_terminal("gatepost posts list", &[])
        .expect(0)
        .out;
    assert_snapshot!(years(seen), @r"
    ID  TITLE                                                    AUTHOR  WRITTEN
    N   漢字 in the title                                        ada     N years ago
    N   A title that is much too long for the one line that it…  ada     N years ago
    ");
    let seen = machine
        .on_terminal("gatepost posts view 2", &[])
        .expect(0)
        .out;
    assert_snapshot!(years(seen), @r"
    漢字 in the title
    #N by ada, N years ago, changed N years ago

    First line

    	third line \u{Nb}[NNmred
    ");
    assert_snapshot!(machine.on_terminal("gatepost profile", &[]).expect(0).out, @r"
    id          1
    username    ada
    email       ada@example.com
    first_name  Ada
    last_name   L
    ");
    // an answer to each: nothing, no, yes
    for (answer, code) in [("", 1), ("no", 1), ("Yes", 0)] {
        let typed = [("Delete post 2: 漢字 in the title? [y/N]: ", answer)];
        machine
            .on_terminal("gatepost posts delete 2", &typed)
            .expect(code);
    }
    machine.run(&["posts", "view", "2"]).expect(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_written_and_changed_in_an_editor() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    let editor = |script: &str| {
        let path = machine.home().join("editor");
        std::fs::write(&path, format!("#!/bin/sh\ncp \"$2\" seen\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    };
    let on_terminal =
        |line: &str| machine.on_terminal(&format!("EDITOR='./editor --wait' gatepost {line}"), &[]);
    editor(r#"printf '+++\ntitle = "Written"\n+++\nin an editor\n' >"$2""#);
    on_terminal("posts create -b draft").expect(0);
    let seen = std::fs::read_to_string(machine.home().join("seen")).unwrap();
    assert_snapshot!(seen, @r#"
    +++
    # The title goes between the quotes, the text below the second +++.
    # Save the file and close the editor when you are done.
    # Lines with # up here are not sent. Without a title and a text nothing is.
    title = ""
    +++
    draft
    "#);
    let post = || {
        machine
            .run(&["posts", "view", "1", "--json"])
            .expect(0)
            .json()
    };
    assert_eq!(
        (&post()["title"], &post()["content"]),
        (&"Written".into(), &"in an editor".into())
    );

    editor(r#"sed -i s/Written/Changed/ "$2""#);
    on_terminal("posts edit 1").expect(0);
    assert_eq!(
        (&post()["title"], &post()["content"]),
        (&"Changed".into(), &"in an editor".into())
    );
    let changed_at = post()["updated_at"].clone();
    editor("");
    assert!(
        on_terminal("posts edit 1")
            .expect(0)
            .out
            .ends_with("Nothing changed\n")
    );
    assert_eq!(post()["updated_at"], changed_at);
    editor("exit 3");
    on_terminal("posts edit 1").expect(1);

    // what the server refuses is not lost
    editor(r#"sed -i s/Changed// "$2""#);
    let seen = on_terminal("posts edit 1").expect(1).out;
    assert!(
        seen.contains("error: --title: This field may not be blank."),
        "{seen}"
    );
    let path = seen.trim().rsplit_once("your text is in ").unwrap().1;
    let left = std::fs::read_to_string(path).unwrap();
    assert!(
        left.ends_with("\ntitle = \"\"\n+++\nin an editor\n"),
        "{left}"
    );
    std::fs::remove_file(path).unwrap();
}

/// What a terminal would obey is written out, in whatever others wrote it.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_others_wrote_commands_the_terminal() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    let unsafe_ones = "\u{200e}\u{200f}\u{61c}\u{2028}\u{2029}\u{feff}\u{202e}\u{2066}\u{9b}";
    let text = format!("a{unsafe_ones}z");
    machine
        .run(&["posts", "create", "-t", &text, "-b", &text])
        .expect(0);
    for line in [
        "gatepost posts list",
        "gatepost posts view 1",
        "gatepost posts edit 1 -t x",
    ] {
        let line = if line.ends_with('x') {
            format!("gatepost posts edit 1 -t '{text}'")
        } else {
            line.to_owned()
        };
        let seen = machine.on_terminal(&line, &[]).expect(0).out;
        assert!(
            seen.contains("\\u{200e}") && !seen.contains(|char| unsafe_ones.contains(char)),
            "{seen:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pipe_is_no_failure() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    // more than a pipe holds
    let body = "x".repeat(60_000);
    for _ in 0..5 {
        machine
            .run(&["posts", "create", "-t", "Title", "-b", &body])
            .expect(0);
    }
    let line =
        "bash -c 'gatepost posts list --json | head -c 10 >/dev/null; echo ${PIPESTATUS[0]}'";
    assert_eq!(machine.on_terminal(line, &[]).expect(0).out, "0\n");
    let line = "bash -c 'gatepost --help | true; echo ${PIPESTATUS[0]}'";
    assert_eq!(machine.on_terminal(line, &[]).expect(0).out, "0\n");
}

/// Help, versions and wrong arguments touch neither the network nor the keyring.
#[test]
fn help_asks_nobody() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let machine = Machine::new(&format!("http://{}", server.local_addr().unwrap()));
    let path = machine.home().join("bus");
    let bus = UnixListener::bind(&path).unwrap();
    for arguments in [
        ["--help"].as_slice(),
        &["--version"],
        &["help", "posts", "create"],
        &["login", "--help"],
        &["posts", "view", "x"],
        &["profile"],
        &["posts", "list"],
        &["status"],
        &["login"],
    ] {
        let mut command = machine.command(arguments);
        command.env(
            "DBUS_SESSION_BUS_ADDRESS",
            format!("unix:path={}", path.display()),
        );
        let ended = machine.ended(arguments, &mut command);
        assert!(
            ended.code.is_some_and(|code| [0, 2, 4].contains(&code)),
            "{ended:?}"
        );
    }
    server.set_nonblocking(true).unwrap();
    bus.set_nonblocking(true).unwrap();
    assert_eq!(
        server.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock
    );
    assert_eq!(
        bus.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock
    );
}

/// The full screen takes the terminal, and the mouse where it is wanted; for who listens to it, it draws nothing.
#[test]
fn the_full_screen_is_opened_as_it_is_wanted() {
    let machine = Machine::new("http://127.0.0.1:9");
    let opened = |options: &str| {
        let line = format!("gatepost tui --store file {options}; echo code $?");
        let seen = machine.attended(&line, 1, &mut |seen, keyboard| {
            let is_there = String::from_utf8_lossy(seen).contains("Password");
            if is_there {
                keyboard.write_all(b"\x03").unwrap();
            }
            is_there
        });
        let seen = seen.expect(0).out;
        assert!(seen.ends_with("code 0\n"), "{seen:?}");
        ["\u{1b}[?1049h", "\u{1b}[?1000h"].map(|mode| seen.contains(mode))
    };
    assert_eq!(opened(""), [true, false]);
    assert_eq!(opened("--mouse"), [true, true]);
    assert_eq!(opened("--plain"), [false, false]);
    let piped = machine
        .run(&["tui", "--store", "file", "--plain"])
        .expect(2);
    assert_eq!(
        piped.err,
        "gatepost tui needs a terminal that can move its cursor; the other commands work without one\n"
    );
}
