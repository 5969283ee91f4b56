//! Answers that come at an odd moment: over another screen, after signing out, after a failure of another kind.

use super::*;

/// The list was asked for again, and the server can't be reached.
fn offline(kind: Kind) -> Sim {
    let mut sim = Sim::with_posts();
    sim.keys("r");
    sim.reply(
        &Slot::List,
        Err(failure(kind, "the server can't be reached")),
    );
    assert!(sim.model.offline.is_some());
    sim
}

#[test]
fn an_account_is_made_while_help_is_read() {
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sim.keys("<f7>ada<tab>ada@example.org<tab><tab><tab>s3cret-word<tab>s3cret-word<enter>");
    assert!(
        matches!(sim.asked(&Slot::Register), Some(Call::Register { .. })),
        "{}",
        sim.text()
    );
    sim.keys("<f1>");
    sim.reply(&Slot::Register, Ok(Reply::Done));
    assert!(matches!(
        sim.asked(&Slot::SignIn),
        Some(Call::SignIn { .. })
    ));
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada"))));
    assert!(matches!(sim.model.screen(), Screen::Posts));
}

#[test]
fn another_answer_than_none_ends_being_offline() {
    for kind in [Kind::NotFound, Kind::Forbidden, Kind::Other] {
        let mut sim = offline(Kind::TooMany(Some(std::time::Duration::from_secs(9))));
        sim.fire(Timer::Retry);
        sim.reply(&Slot::List, Err(failure(kind, "no")));
        assert!(sim.model.offline.is_none());
        sim.keys("r");
        assert_eq!(sim.asked(&Slot::List), Some(Call::List), "{}", sim.text());
    }
}

#[test]
fn r_asks_for_the_list_whatever_was_offline() {
    let mut sim = Sim::with_posts();
    sim.keys("p");
    sim.reply(&Slot::Profile, Err(failure(Kind::Offline, "offline")));
    sim.keys("<esc>r");
    assert_eq!(sim.asked(&Slot::Profile), Some(Call::Profile));
    assert_eq!(sim.asked(&Slot::List), Some(Call::List));
}

#[test]
fn a_list_that_can_not_be_refreshed_says_so_and_stays() {
    for kind in [Kind::Forbidden, Kind::Store, Kind::Other] {
        let mut sim = Sim::with_posts();
        sim.keys("r");
        sim.reply(&Slot::List, Err(failure(kind, "a proxy says no")));
        sim.shows("A proxy says no").shows("Third");
    }
}

#[test]
fn a_list_that_broke_off_is_not_said_to_be_whole() {
    let mut sim = Sim::new().signed_in();
    let rows = vec![row(3, "Third", "ada")];
    sim.reply(
        &Slot::List,
        Ok(Reply::Rows {
            rows,
            is_end: false,
        }),
    );
    sim.reply(&Slot::List, Err(failure(Kind::Other, "cut off")));
    assert!(!sim.model.list.is_end);
    sim.effects.clear();
    sim.keys("G");
    assert!(
        !sim.effects.contains(&Effect::MoreRows),
        "nobody would answer"
    );
}

#[test]
fn an_ended_session_does_not_look_like_an_empty_list() {
    let mut sim = Sim::new().signed_in();
    sim.reply(
        &Slot::List,
        Err(failure(Kind::Ended(None), "the session has ended")),
    );
    sim.keys("<esc>").shows("The session has ended");
    assert!(!sim.text().contains("There are no posts yet"));
}

#[test]
fn a_post_that_is_being_saved_is_not_read() {
    let mut sim = Sim::with_posts();
    sim.keys("nNew<enter>text<c-s>j<enter>");
    sim.reply(&Slot::Post(3), Ok(Reply::Post(post(3, "Third", "text"))));
    sim.keys("h").shows("That post is being saved");
    let asked: Vec<&Slot> = sim.model.live.keys().collect();
    assert!(
        !asked
            .iter()
            .any(|slot| matches!(slot, Slot::Post(id) if *id < 0))
    );
    assert!(matches!(sim.model.screen(), Screen::Read(read) if read.id == 3));
}

#[test]
fn what_was_saved_after_signing_out_is_not_offered_again() {
    let mut sim = Sim::with_posts();
    sim.keys("nNew<enter>text<c-s>");
    let slot = sim.save_slot();
    let (r#gen, epoch) = (sim.model.live[&slot].0, sim.model.epoch);
    sim.keys("sL")
        .shows("One change is still being sent.")
        .keys("y");
    sim.reply(&Slot::SignOut, Ok(Reply::SignedOut { problem: None }));
    sim.effects.clear();
    let reply = Ok(Reply::Post(post(9, "New", "text")));
    let Slot::Save(draft) = slot.clone() else {
        unreachable!()
    };
    sim.send(Msg::Reply {
        slot,
        r#gen,
        epoch,
        reply,
    });
    assert_eq!(sim.effects, [Effect::DropDraft(draft)]);
}

#[test]
fn keys_of_the_window_manager_are_not_ours() {
    let mut sim = Sim::with_posts();
    for modifier in [KeyModifiers::SUPER, KeyModifiers::META, KeyModifiers::HYPER] {
        sim.send(Msg::Key(KeyEvent::new(KeyCode::Char('d'), modifier)));
        assert_eq!(sim.model.dialog, None);
    }
}
