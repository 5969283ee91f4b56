//! Signing in, signing out, and a session that ends: one test a rule.

use gatepost_sdk::ExpiredReason;

use super::writing::{draft, written};
use super::*;
use crate::effect::Password;

#[test]
fn signing_in_asks_for_the_list_and_the_drafts() {
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sim.shows("Sign in").keys("ada<enter>s3cret<enter>");
    let Some(Call::SignIn { username, password }) = sim.asked(&Slot::SignIn) else {
        panic!()
    };
    assert_eq!(username, "ada");
    assert_eq!(password, Password("s3cret".into()));
    assert!(!format!("{:?}", sim.effects).contains("s3cret"));
    sim.keys("x").hides("s3cret");
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada"))));
    assert_eq!(sim.asked(&Slot::List), Some(Call::List));
    assert!(
        sim.effects
            .contains(&Effect::LoadDrafts { user: "ada".into() })
    );
    sim.shows("ada @ api.example.org")
        .shows("● online")
        .hides("14:32");
}

#[test]
fn a_wrong_password_is_said_and_typed_again() {
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sim.keys("ada<enter>wrong<enter>");
    sim.reply(
        &Slot::SignIn,
        Err(failure(Kind::Credentials, "No active account found")),
    );
    sim.shows("No active account found")
        .hides("•")
        .keys("right<enter>");
    let Some(Call::SignIn { password, .. }) = sim.asked(&Slot::SignIn) else {
        panic!()
    };
    assert_eq!(password, Password("right".into()));
}

#[test]
fn registering_shows_the_servers_messages_under_their_fields_and_then_signs_in() {
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sim.keys("<f7>ada<enter>a@example.org<enter>Ada<enter>L<enter>s3cret-pass<enter>other<enter>");
    sim.shows("The passwords do not match.");
    assert_eq!(sim.asked(&Slot::Register), None);
    sim.keys("<c-u>s3cret-pass<enter>");
    assert!(
        matches!(sim.asked(&Slot::Register), Some(Call::Register { first_name, .. }) if first_name == "Ada")
    );
    sim.reply(
        &Slot::Register,
        Err(invalid(
            "username",
            "A user with that username already exists.",
        )),
    );
    let lines = sim.text();
    let at = lines
        .lines()
        .position(|line| line.contains("Username"))
        .unwrap();
    assert!(
        lines
            .lines()
            .nth(at + 1)
            .unwrap()
            .contains("already exists")
    );
    sim.keys("2<down><down><down><down><down><enter>");
    sim.reply(&Slot::Register, Ok(Reply::Done));
    assert!(
        matches!(sim.asked(&Slot::SignIn), Some(Call::SignIn { username, .. }) if username == "ada2")
    );
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada2"))));
    sim.shows("ada2 @");
}

#[test]
fn tokens_that_another_process_has_exchanged_change_nothing_on_the_screen() {
    let mut sim = written();
    let (before, shown) = (sim.model.screens.clone(), sim.text());
    sim.send(Msg::Session(SessionState::active(
        "ada",
        Some(moment("2026-11-24T17:05:00Z")),
    )));
    assert!(sim.model.screens == before && sim.text() == shown);
}

#[test]
fn a_session_that_ended_elsewhere_is_taken_up_in_place() {
    let mut sim = written();
    sim.effects.clear();
    sim.send(Msg::Session(SessionState::expired(
        "ada",
        ExpiredReason::LoggedOutElsewhere,
    )));
    // it comes in the middle of a word: no question hides the text, and nothing that is typed is lost
    assert_eq!(sim.model.dialog, None);
    sim.shows("^s signs in; your text is kept. Session ended: it was logged out elsewhere")
        .shows("the text");
    assert_eq!(sim.drafts_kept()[0].content, "the text");
    sim.keys(" goes<enter>on").send(Msg::Paste("!".into()));
    sim.shows("on!");
    sim.keys("<c-s>")
        .shows("The session has ended: it was logged out elsewhere")
        .keys("s3cret<enter>");
    assert!(
        matches!(sim.asked(&Slot::SignIn), Some(Call::SignIn { username, .. }) if username == "ada")
    );
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada"))));
    sim.shows("the text goes")
        .shows("on!")
        .shows("Signed in again as ada")
        .keys("?");
    sim.shows("on!?");
}

#[test]
fn no_question_about_an_ended_session_comes_over_what_is_being_written() {
    let ended = || Msg::Session(SessionState::SignedOut);
    let mut sim = written();
    sim.send(ended()).keys("<esc>");
    sim.shows("Your work is kept").keys("<enter>pw<enter>");
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada"))));
    sim.shows("Signed in again as ada")
        .keys("n")
        .shows("the text");
    // nor over a filter, nor over another question, which is answered first
    let mut sim = Sim::with_posts();
    sim.keys("/s").send(ended()).keys("e");
    assert_eq!(sim.model.list.filter.as_ref().unwrap().query.text(), "se");
    sim.keys("<enter>").shows("Your work is kept");
    let mut sim = Sim::with_posts();
    sim.keys("d").send(ended());
    sim.shows("Delete '")
        .keys("<esc>")
        .shows("Your work is kept");
    // signed in meanwhile by another program: nothing to be told
    let mut sim = written();
    sim.send(ended()).send(Msg::Session(active("ada")));
    sim.keys("<esc>").hides("has ended");
}

#[test]
fn a_save_that_met_an_ended_session_is_done_after_signing_in_again() {
    let mut sim = written();
    sim.keys("<c-s>");
    let slot = sim.save_slot();
    sim.reply(
        &slot,
        Err(failure(
            Kind::Ended(Some(ExpiredReason::PasswordChanged)),
            "the session has ended",
        )),
    );
    sim.shows("the password was changed")
        .keys("<enter>new<enter>");
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada"))));
    assert!(matches!(sim.asked(&slot), Some(Call::Create { .. })));
}

#[test]
fn another_user_gets_nothing_of_the_first() {
    let mut sim = written();
    let list = sim.model.live.clone();
    sim.effects.clear();
    sim.send(Msg::Session(active("eve")));
    sim.hides("Third").hides("the text");
    assert_eq!(sim.drafts_kept()[0].user, "ada");
    assert!(sim.model.drafts.is_empty() && list.len() < 2);
    let eves = Draft {
        user: "eve".into(),
        ..draft("eves", None)
    };
    sim.send(Msg::Drafts(vec![draft("adas", None), eves]));
    sim.shows("eves").hides("adas");
}

#[test]
fn signing_out_asks_and_says_whether_the_server_knows() {
    let mut sim = Sim::with_posts();
    sim.keys("sL")
        .shows("Sign out here and on the server?")
        .keys("y");
    sim.send(Msg::Session(SessionState::SignedOut));
    sim.hides("elsewhere");
    sim.reply(
        &Slot::SignOut,
        Ok(Reply::SignedOut {
            problem: Some("no route".into()),
        }),
    );
    sim.shows("Sign in")
        .shows("could not be told: no route")
        .hides("Third");
}

fn locked() -> Failure {
    Failure {
        hint: Some("unlock the OS keyring and try again".into()),
        ..failure(Kind::Store, "the OS keyring is locked")
    }
}

#[test]
fn where_no_keyring_is_a_person_is_asked_at_the_start_and_nothing_is_chosen_in_silence() {
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Err(locked()));
    assert_eq!(sim.text().matches("is locked").count(), 1);
    let mut later = sim.clone();
    later.keys("<esc>").shows("The OS keyring is locked");
    sim.shows("The OS keyring is locked.")
        .shows("▌ the OS keyring (try again)")
        .shows("a file that only you can read")
        .shows("memory, until you quit");
    // unlocked meanwhile
    sim.effects.clear();
    let mut again = sim.clone();
    again.keys("<enter>");
    assert_eq!(again.asked(&Slot::Load), Some(Call::Load));
    assert!(
        !again
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::UsePlace(_)))
    );
    again.shows("(trying…)").keys("j<enter>");
    again.shows("Still trying");
    // in vain: the mark is where it was put
    let mut in_vain = again.clone();
    in_vain.reply(&Slot::Load, Err(locked()));
    in_vain.shows("(try again)").shows("▌ a file that only you");
    again.reply(&Slot::Load, Ok(Reply::State(active("ada"))));
    again.hides("is locked").shows("ada @");
    // in a file
    sim.keys("j<enter>");
    assert!(sim.effects.contains(&Effect::UsePlace(1)));
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sim.hides("is locked").keys("ada<enter>pw<enter>");
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada"))));
    sim.shows("The session is kept in a file that only you can read");
    sim.keys("s").shows("Kept in").shows("a file that only you");
}

#[test]
fn a_keyring_that_is_locked_while_signing_in_loses_nothing_that_was_typed() {
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sim.keys("ada<enter>s3cret<enter>");
    sim.reply(&Slot::SignIn, Err(locked()));
    sim.shows("Where to keep the session?");
    assert!(!format!("{:?}", sim.model).contains("s3cret"));
    // not now: the form says why, and asks again when it is sent again
    let mut later = sim.clone();
    later.keys("<esc>").shows("The OS keyring is locked");
    later.keys("<enter>");
    assert!(later.asked(&Slot::SignIn).is_some());
    later.reply(&Slot::SignIn, Err(locked()));
    later.shows("Where to keep the session?");
    // memory: goes on by itself
    sim.effects.clear();
    sim.keys("<down><down><enter>")
        .shows("Waiting for the server");
    assert!(sim.effects.contains(&Effect::UsePlace(2)));
    let Some(Call::SignIn { password, .. }) = sim.asked(&Slot::SignIn) else {
        panic!()
    };
    assert_eq!(password, Password("s3cret".into()));
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada"))));
    sim.keys("s").shows("memory, until you quit");
}

#[test]
fn signing_in_again_with_a_locked_keyring_keeps_what_was_being_written() {
    let mut sim = written();
    sim.send(Msg::Session(SessionState::SignedOut));
    sim.keys("<c-s>pw<enter>");
    sim.reply(&Slot::SignIn, Err(locked()));
    sim.keys("j<enter>");
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada"))));
    sim.shows("the text").shows("Signed in again as ada");
}

#[test]
fn what_cannot_be_remembered_for_the_other_commands_is_said() {
    let mut sim = Sim::with_posts();
    sim.send(Msg::Problem(
        "The other commands will not know of it".into(),
    ));
    sim.shows("The other commands will not know of it")
        .shows("Third");
}

#[test]
fn the_same_state_again_does_not_repeat_what_has_failed() {
    let mut sim = Sim::with_posts();
    sim.keys("r");
    sim.reply(&Slot::List, Err(failure(Kind::Ended(None), "no")));
    sim.send(Msg::Session(active("ada")));
    sim.shows("has ended");
    assert_eq!(sim.asked(&Slot::List), None);
}

#[test]
fn an_ended_session_at_the_start_says_why_and_knows_the_name() {
    let mut sim = Sim::new();
    let state = SessionState::expired("ada", ExpiredReason::RefreshExpired);
    sim.reply(&Slot::Load, Ok(Reply::State(state)));
    sim.shows("The session of ada has ended: it was not used for too long")
        .keys("pw<enter>");
    assert!(
        matches!(sim.asked(&Slot::SignIn), Some(Call::SignIn { username, .. }) if username == "ada")
    );
}

#[test]
fn every_key_looks_whether_the_session_is_still_there() {
    let mut sim = Sim::with_posts();
    sim.effects.clear();
    sim.keys("j");
    assert_eq!(sim.effects, [Effect::CheckSession]);
}
