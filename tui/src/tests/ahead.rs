//! What is typed before its screen is there, and Esc that comes in one piece with a key: one test a rule.

use super::*;
use crate::dialog::{Confirm, Dialog};

fn third() -> Reply {
    Reply::Post(post(3, "Third", "old"))
}

fn after_esc(sim: &mut Sim, name: &str) {
    sim.send(Msg::AfterEsc(event(name)));
}

#[test]
fn what_is_typed_after_e_waits_for_the_text_at_every_size() {
    for (width, height) in [(80, 24), (40, 10), (200, 60)] {
        let mut sim = Sim::sized(width, height, Theme::Dark).signed_in();
        sim = sim.posts(vec![row(3, "Third", "ada"), row(1, "First", "ada")]);
        // beside the list, where there is room
        if sim.model.timers.contains_key(&Timer::Preview) {
            sim.fire(Timer::Preview).reply(&Slot::Preview, Ok(third()));
        }
        sim.keys("eqbcd")
            .send(Msg::Paste("\rq\r".into()))
            .shows("5 keys wait (Esc cancels)");
        assert_eq!(sim.model.dialog, None);
        sim.reply(&Slot::Post(3), Ok(third()));
        assert_eq!(sim.model.edit().unwrap().body.text(), "qbcd\nq\nold");
        assert_eq!((&sim.model.dialog, sim.model.exit), (&None, None));
        assert!(sim.model.ahead.is_empty());
    }
}

#[test]
fn what_waits_is_bounded_and_can_be_cancelled() {
    let mut sim = Sim::with_posts();
    sim.keys("e").keys(&"x".repeat(300));
    sim.shows("256 keys wait, no more fit");
    assert_eq!(sim.model.ahead.len(), 256);
    sim.keys("<esc>").shows("256 keys typed meanwhile not used");
    assert!(matches!(sim.model.screen(), Screen::Posts) && sim.model.ahead.is_empty());
    sim.keys("exx<c-c>");
    assert_eq!(sim.model.exit, Some(0));
}

#[test]
fn what_was_typed_for_a_screen_that_does_not_come_acts_on_no_other() {
    for failure in [
        failure(Kind::Offline, "no route"),
        failure(Kind::NotFound, "Not found."),
        failure(Kind::Ended(None), "ended"),
    ] {
        let mut sim = Sim::with_posts();
        sim.keys("ed").reply(&Slot::Post(3), Err(failure));
        sim.shows("1 key typed meanwhile not used");
        let asked = matches!(
            sim.model.dialog,
            Some(Dialog::Confirm {
                what: Confirm::Delete { .. },
                ..
            })
        );
        assert!(!asked && sim.model.ahead.is_empty());
    }
}

#[test]
fn a_post_that_is_on_its_way_is_edited_when_it_is_there() {
    let mut sim = Sim::with_posts();
    sim.keys("<enter>eX").shows("1 key waits");
    sim.reply(&Slot::Post(3), Ok(third()));
    assert_eq!(sim.model.edit().unwrap().body.text(), "Xold");
    // somebody else's is not
    let mut sim = Sim::with_posts();
    sim.keys("j<enter>e").shows("Only the author");
}

#[test]
fn what_is_typed_at_the_start_is_for_the_first_screen() {
    let mut sim = Sim::new();
    sim.keys("quentin").shows("7 keys wait");
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    assert_eq!(sim.model.exit, None);
    sim.shows("quentin");
    let mut sim = Sim::new();
    sim.keys("q");
    sim.reply(&Slot::Load, Ok(Reply::State(active("ada"))));
    assert_eq!(sim.model.exit, Some(0));
}

#[test]
fn a_keyring_that_takes_its_time_is_said_to_wait_for_a_person() {
    let mut sim = Sim::new();
    for _ in 0..6 {
        sim.hides("asking for a password").fire(Timer::Spin);
        if sim.model.spin == Some(4) {
            break;
        }
    }
    sim.shows("Reading the session from the OS keyring…")
        .shows("It may be asking for a password");
}

#[test]
fn what_is_typed_while_a_form_is_sent_is_for_the_screen_behind_it() {
    let signing_in = || {
        let mut sim = Sim::new();
        sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
        sim.keys("ada<enter>secret<enter>nHello")
            .shows("6 keys wait");
        sim
    };
    let mut sim = signing_in();
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada"))));
    assert_eq!(sim.model.edit().unwrap().title.text(), "Hello");
    let mut sim = signing_in();
    let wrong = failure(Kind::Credentials, "No active account found");
    sim.reply(&Slot::SignIn, Err(wrong));
    sim.shows("6 keys typed meanwhile not used").hides("Hello");
    let mut sim = signing_in();
    sim.reply(&Slot::SignIn, Err(failure(Kind::Store, "no keyring")));
    assert!(matches!(sim.model.dialog, Some(Dialog::Place { .. })));
    sim.shows("6 keys typed meanwhile not used");
}

#[test]
fn esc_and_a_key_in_one_piece_are_both_there() {
    let mut sim = Sim::with_posts();
    sim.keys("nHello<enter>text");
    after_esc(&mut sim, "q");
    assert_eq!(sim.model.exit, Some(0));
    let mut sim = Sim::with_posts();
    sim.keys("<enter>").reply(&Slot::Post(3), Ok(third()));
    after_esc(&mut sim, "n");
    assert!(sim.model.edit().is_some());
    // Ctrl and a letter with Alt is AltGr elsewhere
    after_esc(&mut sim, "c-c");
    assert_eq!(sim.model.exit, Some(0));
}

#[test]
fn esc_and_e_in_one_piece_leave_the_text_and_come_back_to_it() {
    let mut sim = Sim::with_posts();
    sim.keys("<enter>").reply(&Slot::Post(3), Ok(third()));
    sim.keys("eX");
    after_esc(&mut sim, "e");
    sim.shows("Draft of").shows("Xold");
}

#[test]
fn alt_does_what_it_is_bound_to() {
    let mut sim = Sim::with_posts();
    sim.keys("n<tab>one two");
    after_esc(&mut sim, "b");
    sim.keys("X");
    assert_eq!(sim.model.edit().unwrap().body.text(), "one Xtwo");
}

#[test]
fn alt_and_d_while_writing_asks_nothing() {
    let mut sim = Sim::with_posts();
    sim.keys("n<tab>one two");
    after_esc(&mut sim, "d");
    assert_eq!(sim.model.dialog, None);
    sim.shows("Press the key again").keys("y");
    assert!(sim.model.deleting.is_empty());
}
