//! Prompts: however the program ends while it asks, the terminal is as it was; and what waits can be interrupted.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gatepost_tests::Machine;
use rstest::rstest;

use super::{Kind, Server};

fn read(machine: &Machine, name: &str) -> String {
    std::fs::read_to_string(machine.home().join(name)).unwrap()
}

/// Sends a signal to the program whose process id is in the file `pid`.
fn send(machine: &Machine, signal: &str) {
    let pid = read(machine, "pid");
    let sent = Command::new("kill").args([signal, pid.trim()]).status();
    assert!(sent.unwrap().success(), "kill could not be run");
}

/// Waits until something is so; a minute at most.
fn until(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_mins(1), "it never was");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A line of shell that runs the program as the process of the file `pid`.
fn noted(words: &str) -> String {
    format!("sh -c 'echo $$ >pid; exec gatepost {words}'")
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_at_a_prompt_leaves_the_terminal_as_it_was(
    #[values(
        ("-TERM", 143),
        ("-HUP", 129),
        ("-INT", 130),
        ("-QUIT", 131)
    )]
    (signal, code): (&str, i32),
    #[values(
        "login --username ada --store file",
        "register --username ada --email a@example.com"
    )]
    words: &str,
) {
    let machine = Machine::new("http://127.0.0.1:9");
    let line = format!(
        "stty -a >before; {}; echo code $?; stty -a >after",
        noted(words)
    );
    let seen = machine.attended(&line, 1, &mut |seen, _| {
        let is_asked = seen.ends_with(b"Password: ");
        if is_asked {
            machine.wait_until_hidden();
            send(&machine, signal);
        }
        is_asked
    });
    assert_eq!(read(&machine, "before"), read(&machine, "after"));
    assert!(
        seen.out.ends_with(&format!("\ncode {code}\n")),
        "{}",
        seen.out
    );
}

/// Keys do the same as signals, to the program alone.
#[rstest]
#[case("half\u{3}", 130)]
#[case("half\u{1c}", 131)]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_ends_the_program_at_a_prompt_does_so(#[case] keys: &str, #[case] code: i32) {
    let machine = Machine::new("http://127.0.0.1:9");
    let line =
        "stty -a >before; gatepost login --username ada --store file; echo code $?; stty -a >after";
    let seen = machine.on_terminal(line, &[("Password: ", keys)]);
    assert_eq!(read(&machine, "before"), read(&machine, "after"));
    assert!(seen.out.contains(&format!("code {code}\n")), "{}", seen.out);
    assert!(!seen.out.contains("half"), "{}", seen.out);
}

/// Stopped at a prompt, the shell has its terminal; continued, nothing is shown again.
#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_that_is_suspended_gives_the_terminal_back_and_hides_again() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.register("ada");
    let line = "bash -mc 'stty -a >before; gatepost login --username ada --store file; stty -a >during; echo stopped; fg; echo code $?; stty -a >after'";
    let mut at = 0;
    let seen = machine.attended(line, 2, &mut |seen, keyboard| {
        let is_asked = seen.ends_with(b"Password: ");
        if is_asked && at == 0 {
            machine.wait_until_hidden();
            keyboard.write_all(b"\x1a").unwrap();
        } else if is_asked {
            machine.wait_until_hidden();
            writeln!(keyboard, "{}", Machine::PASSWORD).unwrap();
        }
        at += usize::from(is_asked);
        is_asked
    });
    assert!(seen.out.contains("stopped"), "{}", seen.out);
    assert!(seen.out.ends_with("code 0\n"), "{}", seen.out);
    for name in ["during", "after"] {
        assert_eq!(read(&machine, "before"), read(&machine, name), "{name}");
    }
}

fn waiting(machine: &Machine, arguments: &[&str]) -> Child {
    let mut command = machine.command(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// What waits for standard input, or for a pipe that is named as a file, ends with a signal.
#[rstest]
#[case(&["posts", "create", "-t", "Title", "-F", "-"])]
#[case(&["posts", "create", "-t", "Title", "-F", "fifo"])]
#[case(&["posts", "edit", "1", "-F", "-"])]
#[case(&["login", "--username", "ada", "--store", "file", "--password-stdin"])]
#[case(&["register", "--username", "ada", "--email", "", "--password-stdin"])]
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_input_can_be_interrupted(
    #[case] arguments: &[&str],
    #[values(("-INT", 130), ("-TERM", 143))] (signal, code): (&str, i32),
) {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    let fifo = machine.home().join("fifo");
    assert!(Command::new("mkfifo").arg(fifo).status().unwrap().success());
    let mut child = waiting(&machine, arguments);
    let pid = child.id();
    // it waits once it has nothing to do, and its handlers of signals are there
    until(|| caught(pid) && state(pid) == 'S');
    let sent = Command::new("kill")
        .args([signal, &pid.to_string()])
        .status();
    assert!(sent.unwrap().success());
    let mut ended = None;
    until(|| {
        ended = child.try_wait().unwrap();
        ended.is_some()
    });
    assert_eq!(ended.unwrap().code(), Some(code));
}

/// Whether the process has a handler for SIGINT (2) and SIGTERM (15).
fn caught(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigCgt:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0);
    mask & (1 << 1) != 0 && mask & (1 << 14) != 0
}

/// What the main thread does: `S` is to wait.
fn state(pid: u32) -> char {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
    after.chars().next().unwrap_or('?')
}

/// On a terminal `--password-stdin` shows no password either.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_typed_on_standard_input_is_not_shown() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.register("ada");
    let line = "gatepost login --username ada --store file --password-stdin";
    let seen = machine.on_terminal(line, &[("Password: ", Machine::PASSWORD)]);
    assert!(!seen.expect(0).out.contains(Machine::PASSWORD));
}

/// Who writes on standard input by hand is told so, and how it ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_typed_on_standard_input_is_announced() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    let seen = machine.attended(
        "gatepost posts create -t Title -F -",
        1,
        &mut |seen, keys| {
            let is_told = seen.ends_with(b"end it with Ctrl-D\r\n");
            if is_told {
                keys.write_all(b"typed\n\x04").unwrap();
            }
            is_told
        },
    );
    assert!(seen.expect(0).out.contains("Created post 1: Title"));
    let post = machine.run(&["posts", "view", "1", "--json"]).json();
    assert_eq!(post["content"], "typed");
}

/// A password comes through a pipe as programs and editors write it.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_taken_from_a_pipe_as_it_comes() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.register("ada");
    let password = Machine::PASSWORD;
    let wide = |text: &str| -> Vec<u8> {
        let units = format!("\u{feff}{text}\r\n");
        units.encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    for (bytes, code) in [
        (format!("{password}\r\n").into_bytes(), 0),
        (format!("\u{feff}{password}\n").into_bytes(), 0),
        (wide(password), 0),
        // quotes belong to it
        (format!("\"{password}\"").into_bytes(), 1),
        (b"\r\n".to_vec(), 2),
        (b"\xff".to_vec(), 2),
    ] {
        let file = machine.home().join("password");
        std::fs::write(&file, &bytes).unwrap();
        let arguments = [
            "login",
            "--username",
            "ada",
            "--store",
            "file",
            "--password-stdin",
        ];
        let mut command = machine.command(&arguments);
        command.stdin(std::fs::File::open(file).unwrap());
        machine.ended(&arguments, &mut command).expect(code);
    }
}
