//! What is said to those who have the screen read to them: lines, one below the other.

use super::*;
use crate::view::{Linear, is_text, page};

/// A model, and what was said of it.
struct Listener {
    sim: Sim,
    lines: Linear,
}

impl Listener {
    fn to(mut sim: Sim) -> Self {
        sim.model.about.is_linear = true;
        sim.model.look = Look::of(Theme::Plain, Depth::None);
        Self {
            sim,
            lines: Linear::default(),
        }
    }

    /// What is said now.
    #[track_caller]
    fn hears(&mut self) -> String {
        let (buffer, cursor) = self.sim.buffer();
        let model = &self.sim.model;
        let said = self.lines.say(page(model), &buffer, cursor, is_text(model));
        let is_plain = |c: char| matches!(c, '\r' | '\n' | '\u{8}') || !c.is_control();
        assert!(said.chars().all(is_plain), "{said:?}");
        let sign = said.chars().find(|c| ('\u{2500}'..='\u{25ff}').contains(c));
        assert_eq!(sign, None, "{said}");
        said
    }

    /// What is said after these keys, one after the other.
    #[track_caller]
    fn after(&mut self, keys: &str) -> String {
        self.sim.keys(keys);
        self.hears()
    }
}

#[test]
fn a_list_is_read_out_once_and_then_the_selected_row() {
    let mut one = Listener::to(Sim::with_posts());
    insta::assert_snapshot!(one.hears().replace("\r\n", "\n").trim(), @r"
    gatepost, ada @ api.example.org
    Posts
    > Third, by ada, 2026-11-20
    Second, by bob, 2026-11-20
    First, by ada, 2026-11-20
    1 of 3  all posts
    Keys: Enter read, n new, e edit, d delete, / filter, : actions, ? help, q quit
    ");
    assert_eq!(one.after("j"), "> Second, by bob, 2026-11-20\r\n");
    assert_eq!(one.after("j"), "> First, by ada, 2026-11-20\r\n");
    assert_eq!(one.after("j"), "");
    // time passes, and nobody is told for that alone
    one.sim.now += chrono::Duration::hours(30);
    assert_eq!(one.after("j"), "");
    // a question is read out alone, and on the way back the selected row
    insta::assert_snapshot!(one.after("d").replace("\r\n", "\n").trim(), @r"
    Delete 'First'?
    By ada, 20 November. It goes for everybody. You can undo it
    for 5 seconds.
    [ Keep ]  Delete
    Keys: Enter choose, y yes, n no, Ctrl-c quit
    ");
    assert_eq!(one.after("<tab>"), "Keep  [ Delete ]\r\n");
    insta::assert_snapshot!(one.after("n").replace("\r\n", "\n").trim(), @r"
    Posts
    > First, by ada, 2026-11-20
    ");
    let size = Msg::Resize(60, 20);
    one.sim.send(size);
    assert_eq!(one.hears(), "");
}

#[test]
fn what_is_typed_is_echoed_and_nothing_else() {
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    let mut one = Listener::to(sim);
    let first = one.hears();
    assert!(first.ends_with("Username: "), "{first:?}");
    assert_eq!(one.after("a"), "a");
    assert_eq!(one.after("da"), "da");
    assert_eq!(one.after("<back>"), "\u{8} \u{8}");
    assert_eq!(one.after("a<left>"), "a\u{8}");
    assert_eq!(one.after("x"), "xa\u{8}");
    assert_eq!(one.after("<tab>"), "\r\nPassword: ");
    assert_eq!(one.after("secret"), "******");
    assert_eq!(one.after("<back>"), "\u{8} \u{8}");
}

#[test]
fn a_post_is_read_and_written_line_by_line() {
    let mut one = Listener::to(Sim::with_posts());
    one.hears();
    one.after("<enter>");
    one.sim.reply(
        &Slot::Post(3),
        Ok(Reply::Post(post(3, "Third", "one\n\ntwo"))),
    );
    insta::assert_snapshot!(one.hears().replace("\r\n", "\n").trim(), @r"
    Third
    by ada, 2026-11-20 09:00, changed 2026-11-21 10:30
    one
    two
    ");
    insta::assert_snapshot!(one.after("e").replace("\r\n", "\n").replace('\u{8}', "<"), @r"
    Edit: Third
    Title  Third  5 of 200
    two
    line 1 of 3  nothing changed yet
    Keys: Ctrl-s save, Tab title/text, Ctrl-g editor, Ctrl-p actions, F1 help, Esc back, Ctrl-c quit
    one<<<
    ");
    assert_eq!(one.after("X"), "Xone\u{8}\u{8}\u{8}");
    assert_eq!(one.after("<end>!"), "one!");
    assert_eq!(one.after("<enter>"), "\r\n");
    assert_eq!(one.after("n"), "n");
    // what happens meanwhile is said, and the line that is typed into is there again
    one.sim.send(Msg::Problem("The disk is full".into()));
    assert_eq!(one.hears(), "\r\nThe disk is full\r\nn");
}
