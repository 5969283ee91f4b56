//! The colours that a terminal is drawn in, by what it answers.

use super::ends::wait;
use super::gone::Pair;
use super::*;

/// What is asked, and the accents of the two palettes among the 256 colours.
const ASKED: &str = "\u{1b}]11;?";
const ON_DARK: &str = "38;5;75";
const ON_LIGHT: &str = "38;5;25";

#[test]
fn the_palette_is_that_of_the_background_that_the_terminal_names() {
    for (answer, accent) in [
        ("rgb:0000/2b2b/3636", ON_DARK),
        ("rgb:fdfd/f6f6/e3e3", ON_LIGHT),
    ] {
        let folder = folder();
        let mut pair = Pair::start(folder.path(), true);
        pair.sees(ASKED);
        let seen = pair.sees("Password");
        assert!(!seen.contains("38;5;"), "nothing is known yet: {seen:?}");
        let all = format!("\u{1b}]11;{answer}\u{1b}\\\u{1b}[?2027;2$y\u{1b}[?64;1c");
        // in two pieces, as it may come
        let (first, rest) = all.split_at(9);
        pair.types(first.as_bytes());
        pair.types(rest.as_bytes());
        let seen = pair.sees(accent);
        assert!(seen.contains("\u{1b}[?2027h"), "{seen:?}");
        // nothing of it was typed
        pair.types(b"ada");
        let seen = pair.sees("ada");
        assert!(!seen.contains("rgb"), "{seen:?}");
        pair.types(b"\x03");
        pair.sees("\u{1b}[?2027l");
    }
}

#[test]
fn a_terminal_that_does_not_answer_has_attributes_alone_and_holds_up_nothing() {
    let folder = folder();
    let mut pair = Pair::start(folder.path(), true);
    pair.sees(ASKED);
    pair.sees("Password");
    pair.types(b"ada");
    let seen = pair.sees("ada");
    assert!(!seen.contains("38;"), "{seen:?}");
    pair.types(b"\x03");
    wait("it ends", || pair.child.try_wait().unwrap().is_some());
}

#[test]
fn an_answer_that_comes_at_the_end_is_not_left_to_the_shell() {
    let folder = folder();
    let mut pair = Pair::start(folder.path(), true);
    pair.sees(ASKED);
    // the key first: a slow line brings the answer behind it
    pair.types(b"\x03");
    pair.types(b"\x1b]11;rgb:0/0/0\x07\x1b[?64c");
    wait("it ends", || pair.child.try_wait().unwrap().is_some());
    // raw mode is over: what was not read is echoed
    let mut left = String::new();
    let _ = std::io::Read::read_to_string(&mut pair.reader, &mut left);
    assert!(!left.contains("rgb:"), "{left:?}");
}
