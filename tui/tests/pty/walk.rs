//! What a person does with it, by keys, against Gatepost and against the service that Gatepost replaces.

use std::time::Instant;

use gatepost_sdk::store::FileStore;
use gatepost_sdk::{Client, Logout};
use gatepost_tests::django::Django;
use termlens::Signal;

use super::*;

fn walk(url: &str) {
    let folder = folder();
    let mut tui = Tui::start(url, folder.path());
    tui.shows("─ Sign in").key(Key::F(7)).shows("New account");
    // the server's own words, under the field
    for field in [
        "no blanks",
        "ada@example.org",
        "Ada",
        "Lovelace",
        PASSWORD,
        PASSWORD,
    ] {
        tui.types(field).key(Key::Enter);
    }
    tui.shows("Enter a valid username").ctrl('u').types("ada");
    for _ in 0..5 {
        tui.key(Key::Down);
    }
    tui.key(Key::Enter).shows("No posts yet").shows("● online");
    // create, with an error first
    tui.types("n")
        .shows("New post")
        .key(Key::Enter)
        .types("Text without a title")
        .ctrl('s');
    tui.shows("title: This field may not be blank.")
        .types("Grüße")
        .key(Key::Enter)
        .key(Key::End)
        .types(", 日本語 👩‍👩‍👧")
        .ctrl('s');
    tui.shows("Saved").shows("Grüße");
    keep("list", &tui);
    // read, edit
    tui.key(Key::Enter)
        .shows("by ada")
        .shows("Text without a title, 日本語");
    tui.types("e").shows("Edit · ").types("Now: ");
    keep("edit", &tui);
    tui.ctrl('s').shows("Now: Text without").shows("Saved");
    // profile, session
    tui.types("p")
        .shows("ada@example.org")
        .types("q")
        .hides("E-mail");
    tui.types("s")
        .shows("a file")
        .types("v")
        .shows("the server accepts the access token");
    tui.types("r").shows("The tokens were refreshed");
    // terminals do not agree how wide it is, and nothing of it may stay behind
    assert!(!tui.terminal.screen().contains("👧"));
    keep("session", &tui);
    tui.types("q").hides("Session ends");
    // delete: asked, refused, asked, done
    tui.types("d")
        .shows("Delete 'Grüße'?")
        .key(Key::Enter)
        .hides("Delete 'Grüße'?");
    tui.types("d")
        .shows("Delete 'Grüße'?")
        .types("y")
        .shows("'Grüße' was deleted")
        .shows("No posts yet");
    // sign out, a wrong password, sign in, leave, come back
    tui.types("s")
        .shows("sign out")
        .types("L")
        .shows("Sign out here and on the server?")
        .types("y");
    tui.shows("Signed out here and on the server")
        .types("ada")
        .key(Key::Enter)
        .types("wrong")
        .key(Key::Enter);
    tui.shows("No active account found")
        .types(PASSWORD)
        .key(Key::Enter)
        .shows("n new")
        .types("?")
        .shows("write a new post");
    assert_eq!(
        tui.key(Key::Esc)
            .hides("write a new post")
            .types("q")
            .ends(),
        0
    );
    let mut again = Tui::start(url, folder.path());
    again.shows("ada @").shows("No posts yet");
    assert_eq!(again.types("q").ends(), 0);
}

/// Keeps the text of a screen where somebody asks for it, to be seen by people.
fn keep(name: &str, tui: &Tui) {
    if let Some(folder) = std::env::var_os("GATEPOST_TEST_SCREENS") {
        std::fs::write(
            PathBuf::from(folder).join(format!("{name}.txt")),
            tui.terminal.screen().text(),
        )
        .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_walks_through_gatepost() {
    with_server(walk).await;
}

#[test]
fn a_person_walks_through_django() {
    let folder = folder();
    let django = Django::start(
        &format!("sqlite:{}", folder.path().join("django.sqlite3").display()),
        &[],
    );
    walk(django.url());
}

#[tokio::test(flavor = "multi_thread")]
async fn logged_out_elsewhere_is_said_at_the_next_key_and_nothing_is_lost() {
    let runtime = tokio::runtime::Handle::current();
    with_server(move |url| {
        let folder = folder();
        let mut tui = Tui::start(url, folder.path());
        tui.registers("ada")
            .types("n")
            .shows("New post")
            .types("Half")
            .key(Key::Enter)
            .types("half-written");
        let store = FileStore::new(folder.path().join("sessions"));
        let client = Client::builder(url)
            .store(store)
            .account("ada")
            .build()
            .unwrap();
        let out = runtime.block_on(client.logout(Logout::Server)).unwrap();
        assert!(out.revoked);
        tui.types("!")
            .shows("^s signs in; your text is kept. Session ended: it was logged out elsewhere");
        tui.ctrl('s')
            .shows("─ Sign in")
            .types(PASSWORD)
            .key(Key::Enter);
        tui.shows("Signed in again as ada")
            .shows("half-written!")
            .ctrl('s')
            .shows("Saved");
        assert_eq!(tui.types("q").ends(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_of_two_seconds_is_noticed_by_nobody() {
    let (app, url) = server("[simple_jwt]\naccess_token_lifetime = \"2s\"").await;
    let person = move || {
        let folder = folder();
        let mut tui = Tui::start(&url, folder.path());
        tui.registers("ada");
        let start = Instant::now();
        let mut count = 0;
        while start.elapsed() < Duration::from_secs(7) {
            count += 1;
            tui.types("n")
                .shows("New post")
                .types(&format!("Post {count}."))
                .key(Key::Tab)
                .types("text")
                .ctrl('s');
            tui.shows(&format!("Post {count}."))
                .shows("Saved")
                .hides("saving ");
            tui.types("r").hides("Saved");
        }
        tui.shows(&format!("of {count}"));
        assert_eq!(tui.types("q").ends(), 0);
    };
    tokio::task::spawn_blocking(person).await.unwrap();
    drop(app);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_a_second_before_kill_9_is_offered_at_the_next_start() {
    with_server(|url| {
        let folder = folder();
        let mut tui = Tui::start(url, folder.path());
        tui.registers("ada");
        assert_eq!(tui.types("q").ends(), 0);
        let runs: u64 = if gatepost_tests::is_full() { 50 } else { 3 };
        let mut worst = Duration::ZERO;
        for run in 0..runs {
            let mut tui = Tui::start(url, folder.path());
            tui.shows("No posts yet")
                .types("n")
                .shows("New post")
                .types("Draft")
                .key(Key::Enter);
            // when each word was on the screen
            let mut typed = Vec::new();
            let stop = Instant::now() + Duration::from_millis(900 + run * 37 % 800);
            while Instant::now() < stop {
                let word = format!("w{}.", typed.len());
                typed.push(Instant::now());
                tui.types(&word).types(" ").shows(&word);
            }
            tui.terminal.signal(Signal::Kill).unwrap();
            let end = Instant::now();
            tui.terminal.wait_exit().unwrap();
            let drafts = tui.drafts();
            assert_eq!(drafts.len(), 1, "{drafts:?}");
            let first_lost =
                (0..typed.len()).find(|word| !drafts[0].contains(&format!("w{word}.")));
            if let Some(word) = first_lost {
                worst = worst.max(end - typed[word]);
            }
            let mut next = Tui::start(url, folder.path());
            next.shows("A draft was found")
                .shows("Draft")
                .key(Key::Enter)
                .shows("w0. w1.")
                .key(Key::F(8));
            next.shows("Discard the draft?")
                .types("y")
                .shows("Draft discarded");
            assert_eq!(next.types("q").ends(), 0);
        }
        println!("kill -9 while typing, {runs} times: at most {worst:?} of text lost");
        assert!(worst <= Duration::from_secs(1), "{worst:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_and_a_bug_keep_even_the_last_key() {
    with_server(|url| {
        let folder = folder();
        let mut tui = Tui::start(url, folder.path());
        tui.registers("ada")
            .types("n")
            .shows("New post")
            .types("last words")
            .shows("last words");
        tui.terminal.signal(Signal::Term).unwrap();
        assert_eq!(tui.ends(), 143);
        assert!(
            tui.drafts()[0].contains("\"last words\""),
            "{:?}",
            tui.drafts()
        );
        let pipe = folder.path().join("pipe");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let mut tui = Tui::with(
            builder(),
            url,
            folder.path(),
            &["--panic-in-thread", pipe.to_str().unwrap()],
        );
        tui.shows("A draft was found")
            .key(Key::Enter)
            .shows("Draft of")
            .types("!")
            .shows(" !");
        std::fs::write(&pipe, "now").unwrap();
        assert_eq!(tui.ends(), 101);
        assert!(tui.drafts()[0].contains("\"!\""), "{:?}", tui.drafts());
    })
    .await;
}
