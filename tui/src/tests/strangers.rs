//! What strangers have written never acts on the terminal.

use super::*;

#[test]
fn nothing_can_be_hidden_in_the_title_of_the_window() {
    let mut sim = Sim::new();
    // a name that would end the title and begin a sequence of its own
    sim.send(Msg::Session(active("ada\u{7}\u{1b}]0;evil\u{9c}")));
    let title = crate::view::title(&sim.model);
    assert!(title.starts_with("gatepost - ada\u{fffd}"), "{title:?}");
    assert!(!title.chars().any(char::is_control), "{title:?}");
}

#[test]
fn a_stranger_s_title_cannot_reach_the_terminal() {
    let mut sim = Sim::new()
        .signed_in()
        .posts(vec![row(1, "\u{1b}]0;evil\u{7}\u{202e}x", "ada")]);
    sim.shows("\u{fffd}]0;evil\u{fffd}\u{fffd}x");
}

#[test]
fn no_name_of_a_user_or_a_server_can_leave_the_title() {
    let mut sim = Sim::new();
    sim.model.about.server = "https://evil\u{1b}\\.example".into();
    let state = active("\u{7}ada\u{202e}\u{9c}");
    sim.reply(&Slot::Load, Ok(Reply::State(state)));
    let title = crate::view::title(&sim.model);
    assert!(title.contains("ada") && !title.chars().any(char::is_control));
    assert!(!title.contains('\u{202e}'));
}
