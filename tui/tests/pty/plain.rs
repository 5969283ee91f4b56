//! `--plain`, for those who have the screen read to them: lines one below the other, on the screen that the shell writes
//! on, and nothing that moves the cursor but a step back.

use super::gone::Pair;
use super::*;

/// What a terminal is told beside text: the sequences, without their parameters that are numbers alone.
fn sequences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('\u{1b}') {
        let end = after
            .char_indices()
            .skip(1)
            .find(|(_, c)| c.is_ascii_alphabetic() || *c == '~');
        let end = end.map_or(after.len(), |(at, c)| at + c.len_utf8());
        found.push(after[..end].to_owned());
        rest = &after[end..];
    }
    found
}

#[test]
fn nothing_is_drawn_and_the_cursor_is_never_moved() {
    let folder = folder();
    let mut pair = Pair::with(folder.path(), &["--plain"]);
    let mut seen = pair.sees("Username: ");
    pair.types(b"ada");
    seen += &pair.sees("ada");
    pair.types(b"\x7f");
    seen += &pair.sees("\u{8} \u{8}");
    pair.types(b"\t");
    seen += &pair.sees("Password: ");
    pair.types(b"xyz");
    seen += &pair.sees("***");
    pair.types(b"\x1bOP");
    seen += &pair.sees("Keys: ");
    pair.types(b"\x03");
    let mut left = String::new();
    let _ = std::io::Read::read_to_string(&mut pair.reader, &mut left);
    seen += &left;
    // pastes are told apart from keys, and nothing else is asked of the terminal
    assert_eq!(sequences(&seen), ["[?2004h", "[?2004l"], "{seen:?}");
    assert!(!seen.contains(['─', '│', '▌', '●', '○']), "{seen}");
}

/// The way of a person who hears: sign in, write, read, and each line is there once.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_listens_walks_through() {
    with_server(|url| {
        let folder = folder();
        let mut tui = Tui::with(builder(), url, folder.path(), &["--plain"]);
        tui.shows("Sign in").key(Key::F(7)).shows("New account");
        for field in [
            "ada",
            "ada@example.org",
            "Ada",
            "Lovelace",
            PASSWORD,
            PASSWORD,
        ] {
            tui.types(field).key(Key::Enter);
        }
        tui.shows("No posts yet").types("n").shows("New post");
        tui.types("Hello")
            .shows("Title: Hello")
            .key(Key::Enter)
            .types("to those who listen")
            .shows("to those who listen")
            .ctrl('s')
            .shows("> Hello, by ada, ");
        tui.key(Key::Enter).shows("by ada, 20");
        let screen = tui.terminal.screen().text();
        assert_eq!(screen.matches("Title: Hello").count(), 1, "{screen}");
        tui.types("q").shows("> Hello, by ada, ").types("q");
        assert_eq!(tui.ends(), 0);
    })
    .await;
}
