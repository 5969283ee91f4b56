//! What is typed arrives, whole and in order, whoever has the terminal meanwhile.

use super::*;

/// The editor of a new post.
fn writing(url: &str, folder: &Path, arguments: &[&str]) -> Tui {
    let mut tui = Tui::with(builder(), url, folder, arguments);
    tui.registers("ada").types("n").shows("New post");
    tui
}

#[tokio::test(flavor = "multi_thread")]
async fn the_editor_gets_every_byte_and_none_after_it_is_lost() {
    with_server(|url| {
        let folder = folder();
        let script = folder.path().join("editor.sh");
        let got = folder.path().join("got");
        let text = format!(
            "printf 'THE EDITOR IS HERE'\nhead -c 500 > '{}'\nprintf 'written by hand\\n' > \"$1\"\n",
            got.display()
        );
        std::fs::write(&script, text).unwrap();
        let editor = format!("sh '{}'", script.display());
        let mut tui = writing(url, folder.path(), &["--editor", &editor]);
        tui.types("Title").key(Key::Enter).types("first").ctrl('g').shows("THE EDITOR IS HERE");
        let line = format!("{}\n", "0123456789".repeat(5).split_at(49).0);
        let typed = line.repeat(10);
        tui.types(&typed).types("AFTER");
        tui.shows("AFTERwritten by hand");
        assert_eq!(std::fs::read_to_string(&got).unwrap(), typed);
        assert!(tui.terminal.screen().alternate_screen());
        assert_eq!(tui.ctrl('c').ends(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paste_is_text_whatever_it_holds() {
    with_server(|url| {
        let folder = folder();
        let mut tui = writing(url, folder.path(), &[]);
        tui.types("T").key(Key::Enter);
        tui.terminal.paste("one\rtwo\r\nthree\u{7}").unwrap();
        tui.shows("three");
        let rows: Vec<_> = (4..7)
            .map(|row| {
                let text = tui.terminal.screen().row_text(row);
                text.trim_matches(['│', ' ']).to_owned()
            })
            .collect();
        assert_eq!(rows, ["one", "two", "three"]);
        assert_eq!(tui.ctrl('c').ends(), 0);
    })
    .await;
}

#[test]
fn a_storm_of_resizes_ends_in_the_last_size() {
    let folder = folder();
    let mut tui = Tui::start(NOBODY, folder.path());
    tui.shows("─ Sign in");
    for step in 0..60_u16 {
        tui.terminal.resize(20 + step * 3, 5 + step % 50).unwrap();
    }
    tui.terminal.resize(30, 8).unwrap();
    tui.shows("40x10 needed (now 30x8)");
    tui.terminal.resize(100, 30).unwrap();
    tui.shows("─ Sign in").types("ada").shows("ada");
    assert_eq!(tui.ctrl('c').ends(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_colours_the_selection_is_reversed_on_the_terminal() {
    with_server(|url| {
        let folder = folder();
        let mut terminal = builder().env("NO_COLOR", "1");
        terminal = terminal.size(80, 24);
        let mut tui = Tui::with(terminal, url, folder.path(), &["--no-color"]);
        tui.registers("ada")
            .types("n")
            .shows("New post")
            .types("Hello")
            .key(Key::Tab)
            .types("text")
            .ctrl('s')
            .shows("Saved");
        let screen = tui.terminal.screen();
        let (row, _) = screen.find("Hello").unwrap();
        assert!(screen.cell(row, 30).unwrap().style().reverse);
        assert_eq!((screen.cursor().0, screen.cursor().1), (row, 2));
        assert_eq!(tui.types("q").ends(), 0);
    })
    .await;
}
