//! What it costs: switches while idle, time to the first picture and from a key to its bytes, memory.
//!
//! The limits are those of a release build; a debug build is allowed ten times as much time.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Instant;

use super::*;

fn limit(milliseconds: u64) -> Duration {
    Duration::from_millis(if cfg!(debug_assertions) {
        milliseconds * 10
    } else {
        milliseconds
    })
}

/// How often each thread of the process gave up or lost the processor.
fn switches(pid: u32) -> BTreeMap<OsString, u64> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let count = |folder: PathBuf| {
        let status = std::fs::read_to_string(folder.join("status")).unwrap_or_default();
        let lines = status.lines().filter(|line| line.contains("ctxt_switches"));
        let counts = lines.filter_map(|line| line.split_whitespace().last()?.parse::<u64>().ok());
        counts.sum()
    };
    let threads = threads.flatten();
    threads
        .map(|thread| (thread.file_name(), count(thread.path())))
        .collect()
}

/// Nothing happens in this time, once what was going on has ended.
fn is_idle(tui: &Tui, name: &str) {
    let pid = tui.pid();
    let time = Duration::from_secs(if gatepost_tests::is_full() { 10 } else { 1 });
    // toasts and drafts have their timers, sockets theirs
    let settled = Instant::now() + Duration::from_secs(30);
    loop {
        let before = switches(pid);
        // the one place where time itself is what is tested
        std::thread::sleep(time);
        let after = switches(pid);
        if after == before {
            println!("{name}: 0 context switches in {time:?}");
            return;
        }
        assert!(
            Instant::now() < settled,
            "{name}, in {time:?}: {before:?} -> {after:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_sleeps_while_nothing_happens() {
    with_server(|url| {
        let folder = folder();
        let mut tui = Tui::start(url, folder.path());
        tui.shows("─ Sign in");
        is_idle(&tui, "sign in");
        tui.registers("ada")
            .types("n")
            .shows("New post")
            .types("Hello")
            .key(Key::Tab)
            .types("text")
            .ctrl('s')
            .shows("Saved");
        is_idle(&tui, "posts");
        tui.key(Key::Enter).shows("by ada");
        is_idle(&tui, "read");
        tui.types("e").shows("Edit · ").types("x");
        is_idle(&tui, "edit");
        tui.key(Key::Esc)
            .hides("Edit · ")
            .types("p")
            .shows("E-mail");
        is_idle(&tui, "profile");
        tui.types("q")
            .hides("E-mail")
            .types("s")
            .shows("Session ends");
        is_idle(&tui, "session");
        tui.types("?").shows("Session").hides("Session ends");
        is_idle(&tui, "help");
    })
    .await;
}

#[test]
fn the_first_picture_does_not_wait_for_the_server() {
    let mut times = Vec::new();
    for _ in 0..5 {
        let folder = folder();
        let start = Instant::now();
        let mut tui = Tui::start(NOBODY, folder.path());
        tui.shows("gatepost");
        times.push(start.elapsed());
        tui.shows("─ Sign in").ctrl('c').ends();
    }
    times.sort();
    println!("first picture with the server unreachable: {times:?}");
    assert!(times[2] <= limit(50), "{times:?}");
}

#[test]
fn a_key_is_on_the_screen_at_once() {
    let folder = folder();
    let mut tui = Tui::start(NOBODY, folder.path());
    tui.shows("─ Sign in");
    let mut text = String::new();
    let mut times = Vec::new();
    for c in ('a'..='z').chain('0'..='9').take(30) {
        text.push(c);
        let start = Instant::now();
        tui.types(&c.to_string()).shows(&text);
        times.push(start.elapsed());
    }
    times.sort();
    println!(
        "key to screen: median {:?}, worst {:?}",
        times[15], times[29]
    );
    assert!(times[15] <= limit(16), "{times:?}");
    tui.ctrl('c').ends();
}

/// How much of a release build's own file is resident, in kB, as measured.
const RELEASED: u64 = 9 * 1024;

/// The resident memory of a process in kB: what it has taken, and what is of files, as its code.
fn memory(pid: u32) -> [u64; 2] {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    ["RssAnon:", "RssFile:"].map(|name| {
        let mut lines = status.lines();
        let line = lines.find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_posts_fit_into_25_megabytes() {
    let count = if gatepost_tests::is_full() {
        100_000
    } else {
        5_000
    };
    let all = format!("{},000", count / 1000);
    let (app, url) = server("").await;
    let url2 = url.clone();
    let folder = folder();
    let place = folder.path().to_owned();
    tokio::task::spawn_blocking(move || {
        let mut tui = Tui::start(&url2, &place);
        tui.registers("ada");
        assert_eq!(tui.types("q").ends(), 0);
    })
    .await
    .unwrap();
    app.sql(&format!(
        "INSERT INTO posts_post (title, content, created_at, updated_at, author_id)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         SELECT 'The title of post ' || i, 'The text of post ' || i || ', which nobody reads.', '2026-01-01 00:00:00', '2026-01-01 00:00:00', (SELECT id FROM auth_user) FROM n"
    ))
    .await;
    let place = folder.path().to_owned();
    tokio::task::spawn_blocking(move || {
        let mut tui = Tui::start(&url, &place);
        tui.shows("The title of post")
            .types("G")
            .shows(&format!("{all} of {all}"));
        tui.types("g")
            .shows(&format!("1 of {all}"))
            .types("G")
            .shows("The title of post 1");
        let [own, code] = memory(tui.pid());
        // a build without optimisation has three times the code
        let code = if cfg!(debug_assertions) {
            RELEASED
        } else {
            code
        };
        let all = own + code;
        println!("resident memory with {count} posts: {own} kB, and {code} kB of code");
        assert!(all <= 25 * 1024, "{own} kB and {code} kB");
        assert_eq!(tui.types("q").ends(), 0);
    })
    .await
    .unwrap();
    drop(app);
}
