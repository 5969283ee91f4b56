//! Leaving while something is under way: what is asked, and what becomes of it.

use super::*;

fn away() -> Failure {
    failure(Kind::Offline, "no route")
}

/// A new post whose save waits for the server, left as a draft.
fn with_queued() -> Sim {
    let mut sim = Sim::with_posts();
    sim.keys("nTitle<c-s>");
    let slot = sim.save_slot();
    sim.reply(&slot, Err(away()));
    sim.fire(Timer::Question).keys("<esc>");
    assert_eq!(sim.model.queued.len(), 1);
    sim
}

#[test]
fn a_text_that_comes_back_by_itself_takes_no_key_that_was_meant_for_the_list() {
    let mut sim = Sim::with_posts();
    sim.keys("nTitle<c-s>");
    let slot = sim.save_slot();
    sim.reply(&slot, Err(away()));
    assert_eq!(name(sim.model.screen()), "Writing a post");
    sim.keys("jj<c-s>").send(Msg::Paste("pasted".into()));
    let text = |sim: &Sim| sim.model.edit().unwrap().mine();
    assert_eq!(
        (text(&sim).title.as_str(), text(&sim).content.as_str()),
        ("Title", "")
    );
    assert!(sim.model.saving.is_empty(), "nothing is sent");
    sim.shows("Not saved: no route")
        .shows("press the key again");
    sim.fire(Timer::Question).keys("j");
    assert_eq!(text(&sim).content, "j");
}

#[test]
fn a_refused_text_takes_keys_at_once_where_its_writer_waits_for_the_answer() {
    let refused = || Err(failure(Kind::Invalid, "no"));
    let mut sim = Sim::with_posts();
    sim.keys("n<tab>text<c-s>");
    let slot = sim.save_slot();
    sim.reply(&slot, refused()).keys("x");
    assert_eq!(sim.model.edit().unwrap().mine().content, "xtext");
    sim.keys("<c-s>j");
    let slot = sim.save_slot();
    sim.reply(&slot, refused()).keys("j");
    assert_eq!(sim.model.edit().unwrap().mine().content, "xtext");
}

#[test]
fn quitting_asks_while_a_change_waits_for_the_server() {
    let mut sim = with_queued();
    sim.keys("q")
        .shows("One change waits for the server.")
        .shows("stays a draft");
    assert_eq!(sim.model.exit, None);
    sim.keys("y");
    assert_eq!(sim.model.exit, Some(0));
}

#[test]
fn another_account_is_refused_while_a_change_waits_for_the_server() {
    let mut sim = with_queued();
    sim.keys("a").shows("A change waits for the server");
    assert_eq!(sim.model.dialog, None);
    assert_eq!(sim.model.queued.len(), 1);
}

#[test]
fn quitting_within_the_grace_says_what_it_does_and_staying_keeps_the_undo() {
    let mut sim = Sim::with_posts();
    sim.keys("dyq").shows("'Third' is deleted as you quit");
    // thinking about it takes its time
    sim.fire(Timer::Grace(3));
    assert_eq!(sim.asked(&Slot::Delete(3)), None);
    sim.keys("n").shows("deleting Third").keys("u");
    sim.shows("'Third' is kept").hides("deleting");
    let mut quits = Sim::with_posts();
    quits.keys("dyqy");
    assert_eq!(quits.asked(&Slot::Delete(3)), Some(Call::Delete(3)));
    assert_eq!(quits.model.exit, Some(0));
}

#[test]
fn signing_out_waits_for_a_delete() {
    let mut sim = Sim::with_posts();
    sim.keys("dysL").shows("A post is still being deleted");
    assert_eq!(sim.model.dialog, None);
    sim.fire(Timer::Grace(3));
    sim.reply(&Slot::Delete(3), Ok(Reply::Done));
    sim.keys("L").shows("Sign out here and on the server?");
}

#[test]
fn each_delete_has_its_own_grace() {
    let mut sim = Sim::with_posts();
    sim.keys("dyGdy");
    assert_eq!(sim.asked(&Slot::Delete(3)), None, "not early");
    sim.fire(Timer::Grace(3));
    assert_eq!(sim.asked(&Slot::Delete(3)), Some(Call::Delete(3)));
    sim.keys("u").shows("'First' is kept");
    assert!(!sim.model.timers.contains_key(&Timer::Grace(1)));
    sim.keys("u").shows("Nothing to undo");
}

#[test]
fn the_key_that_undoes_is_said_in_the_narrowest_window() {
    let mut sim = Sim::with_posts();
    sim.send(Msg::Resize(40, 12)).keys("dy").shows("u undo");
}
