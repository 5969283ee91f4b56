//! What the README and docs/cli.md have a person paste, what the README copies, and the tour.

use std::process::Command;

use gatepost_tests::{Machine, example, free_port, server_binary};

use crate::tutorial::shell;

const README: &str = include_str!("../../../README.md");
const PAGE: &str = include_str!("../../../docs/cli.md");

#[test]
fn the_blocks_run_from_top_to_bottom() {
    let address = format!("127.0.0.1:{}", free_port());
    let machine = Machine::with_keyring(&format!("http://{address}"));
    // built already, for this test; packaging/ holds the other ways
    let built = "\ncargo build --release -p gatepost-server -p gatepost-cli && PATH=$PWD/target/release:$PATH\n";
    assert!(shell(README, "## Install\n").ends_with(built));
    let start = "GATEPOST_SERVER__LOG=warn gatepost-server &\n";
    assert_eq!(shell(README, "## Sixty seconds\n"), start);
    assert_eq!(shell(README, "### The full screen\n"), "gatepost tui\n");
    let blocks = [
        shell(README, "### curl\n"),
        shell(README, "### The command line\n"),
        shell(PAGE, "## On a terminal\n"),
        shell(PAGE, "## Any other path\n"),
        shell(PAGE, "## In scripts\n"),
    ];
    let script = [
        format!(
            "set -e; export GATEPOST_BIND={address} PASSWORD='{}'",
            Machine::PASSWORD
        ),
        format!("PATH={}:$PATH", server_binary().parent().unwrap().display()),
        format!("{} trap \"kill $!\" EXIT", start.trim_end()),
        format!("until curl --silent --output ready http://{address}/-/ready; do kill -0 $!; done"),
        blocks.concat().replace("127.0.0.1:8000", &address),
    ];
    std::fs::write(machine.home().join("script"), script.join("\n")).unwrap();
    let password = ("Password: ", Machine::PASSWORD);
    let typed = [password, ("Repeat password: ", Machine::PASSWORD), password];
    let seen = machine.on_terminal("bash script", &typed).expect(0).out;
    let mut rest = seen.as_str();
    for expected in [
        "{\"username\":\"alan\",\"email\":\"alan@example.com\",",
        "{\"id\":1,\"title\":\"Hello\",\"content\":\"Written with curl\",\"author\":\"alan\",",
        "[{\"id\":1,\"title\":\"Hello\",",
        "Logged in to http://127.0.0.1:",
        "first_name  Ada\n",
        "Created post 2: Notes\n",
        "ID  TITLE  AUTHOR  WRITTEN",
        "1   Hello  alan    ",
        "Kept in        the OS keyring\n",
        "Verified       the server accepts it\n",
        "Created post 3: Note A\n",
        "Edited post 3: Note G\n",
        "Note G",
        "  \"username\": \"ada\",",
        "  \"title\": \"Note B\",",
        "[\n{\"id\":4,\"title\":\"Note B\",",
        "HTTP/1.1 200 OK\n",
        "  \"content\": \"From a pipe\",",
        "Created post 5: From a script\n",
        "5\tFrom a script\n4\tNote B\n3\tNote G\n2\tNotes\n1\tHello\n",
        "{\"id\":5,\"title\":\"From a script\",",
        "{\"title\":\"From a script\",\"updated_at\":\"",
        "From a script\nNote B\nNote G\nNotes\nHello\n",
        "5 ada\n",
        "[{\"id\":5,\"title\":\"From a script\",",
        "Deleted post 5\n",
        "Logged out of ",
        "(the session is kept in a file that only you can read)\n",
        "{\"id\":2,\"username\":\"ada\",",
        "Logged out of ",
    ] {
        let (_, after) = rest
            .split_once(expected)
            .unwrap_or_else(|| panic!("no {expected:?} in {rest}, at the end of {seen}"));
        rest = after;
    }
}

/// The library's front page has the program, and its doctest compiles it.
#[test]
fn the_program_is_the_library_s_own() {
    let page = include_str!("../../../sdk/src/lib.rs");
    let (_, program) = page.split_once("//! <!-- example: begin -->\n").unwrap();
    let (program, _) = program.split_once("//! <!-- example: end -->").unwrap();
    let lines = program.lines().map(|line| line.trim_start_matches("//!"));
    let lines: Vec<&str> = lines
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    let program = lines.join("\n").replace("```rust,no_run", "```rust");
    assert!(README.contains(&program), "README.md lacks:\n{program}");
}

/// The exit codes of docs/cli.md are those of the program's help.
#[test]
fn the_exit_codes_are_those_of_the_help() {
    let machine = Machine::new("http://127.0.0.1:9");
    let help = machine.run(&["--help"]).expect(0).out;
    let (_, table) = PAGE.split_once("| exit code | |\n|---|---|\n").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    for row in table.lines() {
        let (code, text) = row.trim_matches(['|', ' ']).split_once(" | ").unwrap();
        let text = text.split(';').next().unwrap();
        assert!(help.contains(&format!("{code:<4} {text}")), "{row}");
    }
    assert_eq!(
        table.lines().count(),
        help.split_once("Exit codes:\n").unwrap().1.lines().count()
    );
}

#[test]
fn the_tour_is_as_its_page_shows_it() {
    let output = Command::new(example("tour")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let page = include_str!("../../../docs/tour.md");
    let (_, shown) = page.split_once("```text\n").expect("the tour");
    let (shown, _) = shown.split_once("```").expect("its end");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), shown);
}
