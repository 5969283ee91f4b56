//! What explains and completes the program: help, its topics, what is meant by a wrong word, manual, completions; and
//! that none of it needs a server or a keyring.

use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::{Duration, Instant};

use gatepost_tests::Machine;
use insta::assert_snapshot;

use super::{Kind, Server, Transcript};

#[tokio::test(flavor = "multi_thread")]
async fn topics_and_wrong_words_have_their_help() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    let mut script = Transcript::new(&machine, &server);
    for line in [
        "help exit-codes",
        "help formatting",
        "help nothing",
        "list",
        "whoami",
        "lgoin",
        "posts rm 7",
        "posts find x --json",
        "xyzzy",
    ] {
        script.run(line);
    }
    assert_snapshot!(script.end(), @r#"
    $ gatepost help exit-codes
    Exit codes:
      0    done
      1    refused by the server
      2    wrong arguments or input
      3    not found
      4    login required
      5    the session's store can't be used
      6    the server can't be reached, is busy or failed: try again
      130  interrupted (129, 131, 143: by SIGHUP, SIGQUIT, SIGTERM)
    $ gatepost help formatting
    Formatting:
      On a terminal, a list is a table, and times are relative.
      In a pipe, a list is a line for each item: values separated by tabs, without a header, times in
      RFC 3339. A tab, a line end and a backslash inside a value are \t, \n, \r and \\.
      A single thing is a line for each field, its name and its value.
      With --json it is JSON with the server's own names, wherever it goes: --json=id,title prints
      these alone, --json=? lists them. --jq '.[].title' prints what an expression of jq makes of it,
      and --template '{{ id }} {{ title }}' each item by a template. With --json an error is one line
      on stderr: {"error": {"kind", "message", "hint", "status", "fields", "request_id"}}.
      An expression that begins with .[] takes a list item by item, in constant memory. Any other one
      needs the whole list at once, which may be of 128 MiB.
      What is meant for a person, such as "Created post 7", goes to stderr.
    $ gatepost help nothing
    ! error: there is no command `gatepost nothing`
    ! hint: `gatepost --help` lists all
    exit code 2
    $ gatepost list
    ! error: there is no command `gatepost list`
    ! hint: did you mean `gatepost posts list`? `gatepost --help` lists all
    exit code 2
    $ gatepost whoami
    ! error: there is no command `gatepost whoami`
    ! hint: did you mean `gatepost status`? `gatepost --help` lists all
    exit code 2
    $ gatepost lgoin
    ! error: there is no command `gatepost lgoin`
    ! hint: did you mean `gatepost login`? `gatepost --help` lists all
    exit code 2
    $ gatepost posts rm 7
    ! error: there is no command `gatepost posts rm`
    ! hint: did you mean `gatepost posts delete`? `gatepost posts --help` lists all
    exit code 2
    $ gatepost posts find x --json
    ! {"error":{"kind":"usage","message":"there is no command `gatepost posts find`","hint":"did you mean `gatepost posts search`? `gatepost posts --help` lists all","status":null,"fields":{},"request_id":null}}
    exit code 2
    $ gatepost xyzzy
    ! error: there is no command `gatepost xyzzy`
    ! hint: `gatepost --help` lists all
    exit code 2
    "#);
    let help = machine.run(&["--help"]).expect(0).out;
    let topic = machine.run(&["help", "environment"]).expect(0).out;
    assert!(
        topic.starts_with("Environment:\n") && help.contains(&topic),
        "{help}"
    );
    assert!(
        !machine
            .run(&["-h"])
            .expect(0)
            .out
            .contains("Environment:\n")
    );
    assert_eq!(machine.run(&["help"]).expect(0).out, help);
    let of_help = machine.run(&["help", "posts", "view"]).expect(0).out;
    assert_eq!(
        machine.run(&["posts", "view", "--help"]).expect(0).out,
        of_help
    );
    assert!(of_help.contains("Usage: gatepost posts view"), "{of_help}");
    // what config.toml may hold is explained where it is changed
    let config = machine.run(&["help", "config"]).expect(0).out;
    assert!(config.contains("\n    [[folders]]\n"), "{config}");
}

/// Neither the server nor the keyring hears of them, even where both would never answer.
#[test]
fn what_explains_itself_touches_neither_network_nor_keyring() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let machine = Machine::new(&format!("http://{}", server.local_addr().unwrap()));
    let bus = UnixListener::bind(machine.home().join("bus")).unwrap();
    bus.set_nonblocking(true).unwrap();
    let bus_address = format!("unix:path={}", machine.home().join("bus").display());
    let folder = machine.home().join(".config/gatepost");
    std::fs::create_dir_all(&folder).unwrap();
    let account = format!(
        "server = '{0}'\n[[account]]\nserver = '{0}'\nuser = 'ada'\nstore = 'keyring'\nactive = true\n",
        format_args!("http://{}", server.local_addr().unwrap())
    );
    std::fs::write(folder.join("accounts.toml"), account).unwrap();
    for arguments in [
        &["--help"][..],
        &["posts", "list", "--help"],
        &["--version"],
        &["help", "environment"],
        &["completions", "zsh"],
        &["man"],
        &["man", "pages"],
        &["config", "list", "--show-origin"],
        &["config", "get", "timeout"],
        &["config", "set", "timeout", "3s"],
        &["config", "unset", "timeout"],
        &["config", "path"],
        &["accounts"],
    ] {
        let mut command = machine.command(arguments);
        command.env("DBUS_SESSION_BUS_ADDRESS", &bus_address);
        machine.ended(arguments, &mut command).expect(0);
        assert!(server.accept().is_err(), "{arguments:?} asked the server");
        assert!(bus.accept().is_err(), "{arguments:?} asked the keyring");
    }
    // a command that does need the keyring asks it: the trap works
    let mut command = machine.command(&["profile"]);
    command.env("DBUS_SESSION_BUS_ADDRESS", &bus_address);
    machine.ended(&["profile"], &mut command).expect(5);
    bus.accept().unwrap();
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let machine = Machine::new("http://127.0.0.1:9");
    let ended = machine.run(&["man", "share/man1"]).expect(0);
    let folder = machine.home().join("share/man1");
    let page = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let count = std::fs::read_dir(&folder).unwrap().count();
    let said = format!("Wrote {count} pages into share/man1; the first is gatepost.1\n");
    assert_eq!(ended.err, said);
    assert!(count > 30, "{count}");
    let first = page("gatepost.1");
    assert_eq!(first, machine.run(&["man"]).expect(0).out);
    assert!(
        first.contains("GATEPOST_SERVER") && first.contains(".TH gatepost 1"),
        "{first}"
    );
    let edit = page("gatepost-posts-edit.1");
    assert!(
        edit.contains("gatepost posts edit") && edit.contains("EXAMPLES"),
        "{edit}"
    );
    assert!(
        edit.contains(".SH \"EXAMPLES\"\n.nf\n") && !edit.contains("EXTRA"),
        "{edit}"
    );
    for page in [&first, &edit] {
        let head = page.lines().find(|line| line.starts_with(".TH"));
        let version = format!("\"gatepost {}\"", env!("CARGO_PKG_VERSION"));
        assert!(head.is_some_and(|head| head.contains(&version)), "{head:?}");
    }
    let ended = machine.run(&["man", "/sys/gatepost"]).expect(2);
    assert!(
        ended
            .err
            .contains("the manual can't be written into /sys/gatepost"),
        "{}",
        ended.err
    );
}

/// What a shell is offered for the last of these words: a value, a tab, what it is.
fn offered(machine: &Machine, words: &[&str]) -> Vec<String> {
    let mut arguments = vec!["--", "gatepost"];
    arguments.extend(words);
    let mut command = machine.command(&arguments);
    command.env("GATEPOST_COMPLETE", "fish");
    let ended = machine.ended(&arguments, &mut command).expect(0);
    assert_eq!(ended.err, "", "{words:?}");
    ended.out.lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_is_offered_commands_and_what_is_there() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    machine
        .run(&[
            "config",
            "set",
            "servers.work.url",
            "https://api.example.org",
        ])
        .expect(0);
    for title in ["Notes", "On\tthe engine: again"] {
        machine
            .run(&["posts", "create", "-t", title, "-b", "x"])
            .expect(0);
    }
    let values = |words: &[&str]| -> Vec<String> {
        let offered = offered(&machine, words);
        let values = offered
            .iter()
            .map(|line| line.split('\t').next().unwrap().to_owned());
        values.collect()
    };
    assert_eq!(values(&["pos"]), ["posts"]);
    assert_eq!(values(&["posts", "v"]), ["view"]);
    assert_eq!(
        offered(&machine, &["posts", "view", ""])[..2],
        ["2\tOn\\tthe engine: again", "1\tNotes"]
    );
    assert_eq!(values(&["posts", "delete", "1"]), ["1"]);
    assert_eq!(
        values(&["posts", "edit", "--server", &server.url, "2"]),
        ["2"]
    );
    assert_eq!(values(&["login", "w"]), ["work"]);
    assert_eq!(values(&["profile", "--server", ""]), ["work", &server.url]);
    assert_eq!(
        offered(&machine, &["switch", ""])[0],
        format!("ada\t{}", server.url)
    );
    assert_eq!(values(&["config", "set", "time"]), ["timeout"]);
    for command in ["get", "set", "unset"] {
        let named = values(&["config", command, "servers."]);
        assert_eq!(named, ["servers.work.url"], "{command}");
        assert_eq!(values(&["config", command, "col"]), ["color"], "{command}");
    }
    let colors = values(&["config", "set", "color", ""]);
    assert_eq!(colors[..3], ["auto", "always", "never"]);
    assert_eq!(values(&["config", "set", "store", "f"]), ["file"]);
    assert_eq!(values(&["config", "set", "server", "w"]), ["work"]);
    assert_eq!(values(&["--store", "k"]), ["keyring"]);
    assert_eq!(values(&["help", "exit"]), ["exit-codes"]);
    // what is printed for a shell works in it
    let script = "eval \"$(gatepost completions bash)\"; COMP_WORDS=(gatepost posts view ''); COMP_CWORD=3; _clap_complete_gatepost gatepost '' view; echo \"${COMPREPLY[@]:0:2}\"";
    let mut command = Command::new("bash");
    let output = machine
        .prepare(command.args(["-c", script]))
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "2 1\n",
        "{output:?}"
    );
    for (shell, begin) in [("zsh", "#compdef gatepost"), ("fish", "complete ")] {
        let script = machine.run(&["completions", shell]).expect(0).out;
        assert!(script.starts_with(begin), "{script}");
    }
    machine.run(&["completions", "tcsh"]).expect(2);
}

/// Of posts nothing is offered where that would take a refresh, a password, or patience.
#[tokio::test(flavor = "multi_thread")]
async fn a_completion_asks_for_nothing_and_leaves_the_session_alone() {
    let words = ["posts", "view", ""];
    let is_post = |line: &String| line.starts_with(|char: char| char.is_ascii_digit());
    let posts = |machine: &Machine| offered(machine, &words).iter().any(is_post);

    let server = Server::with_access_life(Kind::Gatepost, 1).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    machine
        .run(&["posts", "create", "-t", "x", "-b", "x"])
        .expect(0);
    let tokens = "SELECT count(*) FROM token_blacklist_outstandingtoken";
    let before = server.count(tokens).await;
    for _ in 0..3 {
        assert!(!posts(&machine));
    }
    assert_eq!(server.count(tokens).await, before, "a token was exchanged");

    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::with_keyring(&server.url);
    machine.enter("ada", "keyring");
    machine
        .run(&["posts", "create", "-t", "x", "-b", "x"])
        .expect(0);
    assert!(posts(&machine));
    machine.keyring().lock();
    assert!(!posts(&machine), "a locked keyring was read");

    // a server that takes connections and never answers
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let machine = Machine::new(&format!("http://{}", silent.local_addr().unwrap()));
    let mut command = machine.command(&["--", "gatepost", "posts", "view", ""]);
    command
        .env("GATEPOST_COMPLETE", "fish")
        .env("GATEPOST_TOKEN", "x.y.z");
    let begun = Instant::now();
    let ended = machine.ended(&["posts"], &mut command).expect(0);
    assert!(
        !ended
            .out
            .lines()
            .map(str::to_owned)
            .any(|line| is_post(&line))
    );
    // a second, and what the machine is busy with
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}
