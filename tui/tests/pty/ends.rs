//! However it ends, the terminal is as it was found.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use termlens::Signal;

use super::away::Way;
use super::*;

fn started() -> (TempDir, Tui) {
    let folder = folder();
    let mut tui = Tui::start(NOBODY, folder.path());
    tui.shows("─ Sign in");
    let screen = tui.terminal.screen();
    assert!(screen.alternate_screen() && screen.bracketed_paste());
    (folder, tui)
}

#[test]
fn ctrl_c_leaves_with_0() {
    let (_folder, mut tui) = started();
    assert_eq!(tui.ctrl('c').ends(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_has_a_title() {
    with_server(|url| {
        let folder = folder();
        let mut tui = Tui::start(url, folder.path());
        tui.registers("ada");
        let title = format!("gatepost - ada @ {}", url.strip_prefix("http://").unwrap());
        let waited = tui.terminal.wait_until(|screen| screen.title() == title);
        assert!(waited.is_ok(), "{:?}", tui.terminal.screen().title());
        assert_eq!(tui.ctrl('c').ends(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_can_be_kept_nowhere_is_said_at_the_end() {
    with_server(|url| {
        let folder = folder();
        let mut tui = Tui::start(url, folder.path());
        tui.registers("ada").types("n").shows("New post");
        // as on a disk that is full
        std::fs::rename(folder.path().join("drafts"), folder.path().join("away")).unwrap();
        tui.types("Title")
            .key(Key::Enter)
            .types("the last words")
            .shows("the last words");
        assert_eq!(tui.ctrl('c').ends(), 0);
        let text = tui.terminal.screen().full_text();
        assert!(text.contains("could not be saved in"), "{text}");
        assert!(text.contains("the last words"), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_folder_for_drafts_it_says_so_and_goes_on() {
    with_server(|url| {
        let folder = folder();
        std::fs::write(folder.path().join("drafts"), "a file").unwrap();
        let mut tui = Tui::start(url, folder.path());
        tui.shows("What you write can't be kept in");
        tui.registers("ada").types("n").shows("New post");
        tui.types("Title").key(Key::Enter).types("the last words");
        tui.shows("the last words");
        assert_eq!(tui.ctrl('c').ends(), 0);
        let text = tui.terminal.screen().full_text();
        assert!(text.contains("the last words"), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_editor_wrote_is_offered_after_the_program_was_ended_behind_it() {
    with_server(|url| {
        let folder = folder();
        let script = folder.path().join("editor.sh");
        let text = "echo 'written by hand' > \"$1\"; printf 'THE EDITOR IS HERE'; read line\n";
        std::fs::write(&script, text).unwrap();
        let editor = format!("sh '{}'", script.display());
        let mut tui = Tui::with(builder(), url, folder.path(), &["--editor", &editor]);
        tui.registers("ada")
            .types("n")
            .shows("New post")
            .types("Title")
            .key(Key::Enter);
        tui.types("first").ctrl('g').shows("THE EDITOR IS HERE");
        tui.terminal.signal(Signal::Term).unwrap();
        assert_eq!(tui.ends(), 143);
        let mut tui = Tui::with(builder(), url, folder.path(), &["--user", "ada"]);
        tui.shows("A draft was found")
            .key(Key::Enter)
            .shows("written by hand");
        assert_eq!(tui.ctrl('c').ends(), 0);
        let files = std::fs::read_dir(folder.path().join("drafts")).unwrap();
        let files: Vec<_> = files.flatten().map(|file| file.path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
    })
    .await;
}

#[test]
fn a_signal_leaves_with_its_number() {
    for (signal, code) in [
        (Signal::Term, 143),
        (Signal::Hup, 129),
        (Signal::Quit, 131),
        (Signal::Int, 130),
    ] {
        let (_folder, mut tui) = started();
        let start = Instant::now();
        tui.terminal.signal(signal).unwrap();
        assert_eq!(tui.ends(), code);
        assert!(start.elapsed() < Duration::from_secs(2));
    }
}

/// A new user, whose session is being refreshed by a server that does not answer yet; the way to it, and what is stored.
fn refreshing(url: &str, folder: &Path, name: &str) -> (Tui, Way, String) {
    let way = Way::to(url);
    let mut tui = Tui::start(&way.url, folder);
    tui.registers(name).types("s").shows("Features");
    let before = stored(folder);
    way.hold();
    tui.types("r").types("r").shows("Already refreshing");
    (tui, way, before)
}

/// The session as it is stored.
fn stored(folder: &Path) -> String {
    let files = std::fs::read_dir(folder.join("sessions")).unwrap();
    let files = files.flatten().map(|file| file.path());
    let session = files.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    session
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_that_is_under_way_ends_before_the_program_does() {
    with_server(|url| {
        for (signal, code, name) in [(Signal::Term, 143, "ada"), (Signal::Int, 130, "bob")] {
            let folder = folder();
            let (mut tui, way, before) = refreshing(url, folder.path(), name);
            tui.terminal.signal(signal).unwrap();
            tui.shows("finishing a refresh of the session");
            assert!(!tui.terminal.screen().alternate_screen());
            way.release();
            assert_eq!(tui.ends(), code);
            assert_ne!(stored(folder.path()), before);
        }
        // a second one ends it at once
        let folder_of_two = folder();
        let (mut tui, _way, before) = refreshing(url, folder_of_two.path(), "cyd");
        tui.terminal.signal(Signal::Term).unwrap();
        tui.shows("finishing a refresh of the session");
        let start = Instant::now();
        tui.terminal.signal(Signal::Term).unwrap();
        assert_eq!(tui.ends(), 143);
        assert!(start.elapsed() < Duration::from_secs(1));
        assert_eq!(stored(folder_of_two.path()), before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_hang_up_a_refresh_has_the_second_that_there_is() {
    with_server(|url| {
        let folder_of_hup = folder();
        let (mut tui, way, before) = refreshing(url, folder_of_hup.path(), "dan");
        let start = Instant::now();
        tui.terminal.signal(Signal::Hup).unwrap();
        let answer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(400));
            way.release();
        });
        assert_eq!(tui.ends(), 129);
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "{:?}",
            start.elapsed()
        );
        answer.join().unwrap();
        assert_ne!(stored(folder_of_hup.path()), before);
        // and with one that does not answer
        let folder_of_hup = folder();
        let (mut tui, _way, _) = refreshing(url, folder_of_hup.path(), "eve");
        let start = Instant::now();
        tui.terminal.signal(Signal::Hup).unwrap();
        assert_eq!(tui.ends(), 129);
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "{:?}",
            start.elapsed()
        );
    })
    .await;
}

#[test]
fn a_bug_in_a_frame_gives_the_terminal_back_and_says_where_the_drafts_are() {
    let folder = folder();
    let mut tui = Tui::with(builder(), NOBODY, folder.path(), &["--panic-in-frame"]);
    // each key is a frame
    let _ = tui.terminal.send_str("ada");
    assert_eq!(tui.ends(), 101);
    let text = tui.terminal.screen().full_text();
    assert!(
        text.contains("broken on purpose") && text.contains("this is a bug"),
        "{text}"
    );
}

#[test]
fn a_bug_in_a_thread_gives_the_terminal_back() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let mut tui = Tui::with(
        builder(),
        NOBODY,
        folder.path(),
        &["--panic-in-thread", pipe.to_str().unwrap()],
    );
    tui.shows("─ Sign in").types("ada").shows("ada");
    std::fs::write(&pipe, "now").unwrap();
    assert_eq!(tui.ends(), 101);
    assert!(
        tui.terminal
            .screen()
            .full_text()
            .contains("broken on purpose")
    );
}

#[test]
fn a_terminal_that_vanishes_without_a_signal_ends_it() {
    let folder = folder();
    let pair = native_pty_system()
        .openpty(PtySize {
            rows: 24,
            cols: 80,
            pixel_width: 0,
            pixel_height: 0,
        })
        .unwrap();
    // the shell leads the session and ignores the signal, so that nobody tells the program
    let mut command = CommandBuilder::new("sh");
    let code = folder.path().join("code");
    let script = format!(
        "trap '' HUP; '{}' {NOBODY} --dir '{}'; echo $? > '{}'",
        program().display(),
        folder.path().display(),
        code.display(),
    );
    command.args(["-c", &script]);
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("Password") {
        let mut bytes = [0; 4096];
        let count = std::io::Read::read(&mut reader, &mut bytes).unwrap();
        seen.extend(&bytes[..count]);
    }
    drop((reader, pair.master));
    let start = Instant::now();
    child.wait().unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(std::fs::read_to_string(code).unwrap().trim(), "129");
}

#[test]
fn without_a_terminal_it_says_so() {
    let folder = folder();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(program());
        command
            .arg(NOBODY)
            .arg("--dir")
            .arg(folder.path())
            .args(arguments);
        command.stdin(Stdio::null()).output().unwrap()
    };
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("needs a terminal"));
    assert!(output.stdout.is_empty());
    let mut tui = Tui::with(builder(), NOBODY, folder.path(), &["--dumb"]);
    assert_eq!(tui.ends(), 2);
}

#[test]
fn ctrl_z_stops_and_fg_comes_back() {
    let (_folder, mut tui) = started();
    tui.types("ada").shows("ada").ctrl('z');
    wait("it stops", || state(tui.pid()) == 'T');
    tui.terminal
        .wait_until(|screen| !screen.alternate_screen())
        .unwrap();
    let go_on = Command::new("kill")
        .args(["-CONT", &tui.pid().to_string()])
        .status()
        .unwrap();
    assert!(go_on.success());
    tui.shows("─ Sign in").shows("ada").types("x").shows("adax");
    assert!(tui.terminal.screen().alternate_screen());
    // stopped behind its back, as by `kill -STOP`
    for signal in ["-STOP", "-CONT"] {
        assert!(
            Command::new("kill")
                .args([signal, &tui.pid().to_string()])
                .status()
                .unwrap()
                .success()
        );
    }
    tui.types("y").shows("adaxy");
    assert_eq!(tui.ctrl('c').ends(), 0);
}

fn state(pid: u32) -> char {
    state_of(pid).unwrap()
}

/// What a process does; `None` where there is none.
pub(super) fn state_of(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

pub(super) fn is_there(pid: u32) -> bool {
    state_of(pid).is_some_and(|state| state != 'Z')
}

/// Until something is so, which nothing tells.
#[track_caller]
pub(super) fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "not in 20 s: {what}");
        std::thread::yield_now();
    }
}
