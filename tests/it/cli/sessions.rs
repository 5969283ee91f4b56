//! No session is lost: by short lives, many processes at once, a kill in the middle, an interrupt.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use gatepost_tests::{Machine, is_full};
use rstest::rstest;

use super::slow::Slow;
use super::{Kind, Server};

const ROTATED: &str = "SELECT COUNT(*) FROM token_blacklist_blacklistedtoken";

/// A profile each half second from so many scripts at once, for some seconds or the minute of the full run. None of
/// them is ever asked to log in, and the tokens are exchanged when they expire, not when they are used.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_session_outlives_its_access_tokens(
    #[values(Kind::Gatepost, Kind::Django)] kind: Kind,
    #[values(1, 8)] scripts: u32,
) {
    let server = Server::with_access_life(kind, 2).await;
    let machine = Machine::with_keyring(&server.url);
    machine.enter("ada", "keyring");
    let ticks = if is_full() { 120 } else { 12 };
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..scripts {
            scope.spawn(|| {
                for tick in 1..=ticks {
                    let ended = machine.run(&["profile"]).expect(0);
                    assert!(ended.out.contains("username\tada\n"));
                    let next = start + Duration::from_millis(500) * tick;
                    std::thread::sleep(next.saturating_duration_since(Instant::now()));
                }
            });
        }
    });
    let rotations = server.count(ROTATED).await;
    let seconds = start.elapsed().as_secs();
    // an expiry is in whole seconds, so a token of 2 s lives for 1 s at least
    println!(
        "{kind:?}: {scripts} scripts of {ticks} commands, {rotations} rotations in {seconds} s"
    );
    assert!(rotations >= 3, "{rotations} in {seconds} s");
    assert!(rotations <= seconds + 2, "{rotations} in {seconds} s");
}

/// A process that is killed at any point of a refresh loses nothing: the next one repeats the exchange.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_a_refresh_ends_no_session() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::with_keyring(&server.url);
    machine.enter("ada", "keyring");
    let refreshed = || {
        let start = Instant::now();
        machine.run(&["token", "--refresh"]).expect(0);
        start.elapsed()
    };
    let usual = [refreshed(), refreshed(), refreshed()]
        .into_iter()
        .min()
        .unwrap();
    let random = RandomState::new();
    let (mut killed, mut lost) = (0, 0);
    for number in 0..if is_full() { 20 } else { 5 } {
        let before = server.count(ROTATED).await;
        let mut child = refresh(&machine);
        // the program begins with a third of it, and there is nothing to lose yet
        let part = u32::try_from(random.hash_one(number) % 1000).unwrap();
        std::thread::sleep(usual / 3 + usual * 2 / 3 * part / 1000);
        child.kill().unwrap();
        let is_killed = child.wait().unwrap().code().is_none();
        killed += u64::from(is_killed);
        lost += u64::from(is_killed) * (server.count(ROTATED).await - before);
        machine.run(&["profile"]).expect(0);
        machine.run(&["token", "--refresh"]).expect(0);
    }
    println!(
        "{killed} were killed before their end, {lost} of them after the server had exchanged the token"
    );
    assert!(killed > 0, "every refresh ended before it was killed");
}

/// A refresh that the server has answered, and the answer is held back.
async fn held_refresh(server: &Server) -> (Slow, Machine, Child) {
    let slow = Slow::before(&server.url).await;
    let machine = Machine::with_keyring(&slow.url);
    machine.enter("ada", "keyring");
    slow.hold();
    let child = refresh(&machine);
    slow.held().await;
    (slow, machine, child)
}

/// The worst point: the server has exchanged the token, and the answer never arrives.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_before_the_answer_ends_no_session(
    #[values(Kind::Gatepost, Kind::Cookie)] kind: Kind,
) {
    let server = Server::start(kind).await;
    let (slow, machine, mut child) = held_refresh(&server).await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(server.count(ROTATED).await, 1);
    slow.release();
    machine.run(&["token", "--refresh"]).expect(0);
    machine.run(&["profile"]).expect(0);
    // it was given the same successor again
    assert_eq!(server.count(ROTATED).await, 1);
    machine.run(&["token", "--refresh"]).expect(0);
    assert_eq!(server.count(ROTATED).await, 2);
}

/// A signal stops the command, and what the server has given is kept all the same: also Django gives it only once.
#[rstest]
#[case(Kind::Gatepost, "INT", 130)]
#[case(Kind::Django, "INT", 130)]
#[case(Kind::Django, "TERM", 143)]
#[case(Kind::Django, "HUP", 129)]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_waits_for_a_refresh(#[case] kind: Kind, #[case] name: &str, #[case] code: i32) {
    let server = Server::start(kind).await;
    let (slow, machine, mut child) = held_refresh(&server).await;
    signal(&child, name);
    assert!(child.try_wait().unwrap().is_none(), "it did not wait");
    slow.release();
    assert_eq!(child.wait().unwrap().code(), Some(code));
    assert_eq!(server.count(ROTATED).await, 1);
    // the new pair was kept: Django would not give it again
    machine.run(&["profile"]).expect(0);
    machine.run(&["token", "--refresh"]).expect(0);
    assert_eq!(server.count(ROTATED).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_interrupt_ends_the_program_at_once() {
    let server = Server::start(Kind::Gatepost).await;
    let (slow, machine, mut child) = held_refresh(&server).await;
    signal(&child, "INT");
    let second = Instant::now();
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    // after one interrupt it waits for five seconds
    assert!(second.elapsed().as_secs() < 2, "{:?}", second.elapsed());
    slow.release();
    machine.run(&["profile"]).expect(0);
}

/// A session that the server refuses is ended and said to be; when the reason is gone it can be tried again.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_is_said_and_can_be_resumed(
    #[values(Kind::Gatepost, Kind::Django)] kind: Kind,
) {
    let server = Server::start(kind).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    server.run("UPDATE auth_user SET is_active = 0").await;
    let ended = machine.run(&["token", "--refresh"]).expect(4);
    assert_eq!(
        ended.err,
        "error: the session has ended: the account is disabled\nhint: ask the server's administrator, then log in again\n"
    );
    // from now on it is known here
    machine
        .run(&["--server", &server.url, "status", "--offline"])
        .expect(4);
    let report = machine.run(&["status", "--json"]).expect(4).json();
    assert_eq!(
        (&report["state"], &report["reason"]),
        (&"ended".into(), &"account_disabled".into())
    );
    server.run("UPDATE auth_user SET is_active = 1").await;
    machine.run(&["profile"]).expect(4);
    let ended = machine.run(&["login", "--resume"]).expect(0);
    assert_eq!(
        ended.err,
        format!("Resumed the session of ada at {}\n", server.url)
    );
    machine.run(&["profile"]).expect(0);
}

fn refresh(machine: &Machine) -> Child {
    let gatepost = machine.command(&["token", "--refresh"]);
    // whoever runs the tests may have SIGHUP ignored
    let mut command = std::process::Command::new("env");
    command
        .arg("--default-signal=HUP")
        .arg(gatepost.get_program());
    machine.prepare(command.args(gatepost.get_args()));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Sends a signal, and waits until the process has woken and sleeps again or is gone.
fn signal(child: &Child, name: &str) {
    let switches = || {
        let path = format!("/proc/{}/task/{0}/status", child.id());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        let line = status
            .lines()
            .find(|line| line.starts_with("voluntary_ctxt_switches"));
        line.map(|line| {
            line.split_whitespace()
                .last()
                .unwrap()
                .parse::<u64>()
                .unwrap()
        })
    };
    let before = switches();
    let pid = child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-s", name, &pid])
            .status()
            .unwrap()
            .success()
    );
    let start = Instant::now();
    while switches().is_some() && switches() == before {
        assert!(start.elapsed().as_secs() < 10, "the signal was not noticed");
    }
}
