//! The README's part about the command line, typed line by line, and its tour.

use std::process::Command;

use gatepost_tests::{Machine, example, free_port, server_binary};

const README: &str = include_str!("../../../README.md");

/// The lines of the n-th block of shell under a title.
fn block(title: &str, number: usize) -> Vec<&'static str> {
    let (_, part) = README.split_once(title).expect("the title");
    let block = part.split("```sh\n").nth(number).expect("the block");
    let (block, _) = block.split_once("\n```").expect("its end");
    block.lines().collect()
}

#[test]
fn the_readme_s_lines_run_from_top_to_bottom() {
    let address = format!("127.0.0.1:{}", free_port());
    let machine = Machine::with_keyring(&format!("http://{address}"));
    let title = "## The command line\n";
    let lines = [block(title, 1), block(title, 2)].concat();
    assert_eq!(
        lines[0],
        "cargo build --release --bin gatepost-server --bin gatepost && PATH=$PWD/target/release:$PATH"
    );
    let mut script = vec![
        "set -e".to_owned(),
        format!(
            "export GATEPOST_BIND={address} PASSWORD='{}'",
            Machine::PASSWORD
        ),
        format!("PATH={}:$PATH", server_binary().parent().unwrap().display()),
    ];
    for line in &lines[1..] {
        script.push(format!("echo '$ '{}", quoted(line)));
        if *line == "gatepost-server &" {
            script.push("gatepost-server >log 2>&1 & trap \"kill $!\" EXIT".to_owned());
            script.push(format!(
                "until curl --silent --output ready http://{address}/-/ready; do kill -0 $!; done"
            ));
        } else {
            script.push(line.replace("127.0.0.1:8000", &address));
        }
    }
    std::fs::write(machine.home().join("script"), script.join("\n")).unwrap();
    let password = ("Password: ", Machine::PASSWORD);
    let typed = [password, ("Repeat password: ", Machine::PASSWORD), password];
    let seen = machine.on_terminal("bash script", &typed).expect(0).out;
    let mut rest = seen.as_str();
    for expected in [
        "Logged in to http://127.0.0.1:",
        "first_name  Ada\n",
        "Created post 1: Notes\n",
        "ID  TITLE  AUTHOR  WRITTEN\n1   Notes  ada     ",
        "Edited post 1: Note G\n",
        "store               keyring\n",
        "verified            true\n",
        "2\tFrom a script\n1\tNote G\n",
        "{\"id\":2,\"title\":\"From a script\",",
        "[{\"id\":2,\"title\":\"From a script\",",
        "Deleted post 2\n",
        "Logged out of ",
        "(the session is kept in a file that only you can read)\n",
        "{\"id\":1,\"username\":\"ada\",",
        "Logged out of ",
    ] {
        let (_, after) = rest
            .split_once(expected)
            .unwrap_or_else(|| panic!("no {expected:?} in {rest}, at the end of {seen}"));
        rest = after;
    }
}

/// The exit codes of the README are those of the program's help.
#[test]
fn the_readme_s_exit_codes_are_those_of_the_help() {
    let machine = Machine::new("http://127.0.0.1:9");
    let help = machine.run(&["--help"]).expect(0).out;
    let (_, table) = README.split_once("| exit code | |\n|---|---|\n").unwrap();
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
fn the_tour_is_as_the_readme_shows_it() {
    let output = Command::new(example("tour")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let (_, shown) = README.split_once("```text\n1. ").expect("the tour");
    let (shown, _) = shown.split_once("```").expect("its end");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!("1. {shown}")
    );
}

/// A word of shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
