//! The sessions of the account, on the session's screen.

use gatepost_sdk::AccountSession;

use super::*;

/// One that is used here, one of a browser, and one that nobody has named.
pub(super) fn three() -> Vec<AccountSession> {
    let session = |id: &str, label: &str, current: bool, refreshed: Option<&str>| {
        let session = serde_json::json!({
            "id": id, "label": label, "current": current, "begun": "2026-11-20T09:30:00Z",
            "last_refreshed": refreshed, "expires": "2027-01-13T12:00:00Z",
        });
        serde_json::from_value(session).unwrap()
    };
    vec![
        session("a1", "gatepost 0.1 on Linux", true, None),
        session(
            "b2",
            "Firefox on Linux",
            false,
            Some("2026-11-23T18:05:00Z"),
        ),
        session("c3", "", false, None),
    ]
}

pub(super) fn unsupported() -> Failure {
    Failure {
        hint: Some("ask whoever runs this server".into()),
        ..failure(Kind::Other, "this server has no list of sessions")
    }
}

fn listed() -> Sim {
    let mut sim = Sim::with_posts();
    sim.keys("s");
    assert_eq!(sim.asked(&Slot::Sessions), Some(Call::Sessions));
    sim.reply(&Slot::Sessions, Ok(Reply::Sessions(three())));
    sim
}

#[test]
fn a_session_is_ended_after_a_question() {
    let mut sim = listed();
    sim.shows("Firefox on Linux").shows("this one");
    sim.shows("an unknown program");
    sim.keys("jx").shows("End the session of Firefox on Linux?");
    sim.keys("n");
    let slot = Slot::EndSession("b2".into());
    assert_eq!(sim.asked(&slot), None);
    sim.keys("xy");
    assert_eq!(sim.asked(&slot), Some(Call::EndSession("b2".into())));
    // a second one meanwhile
    sim.keys("x").shows("Already ending it");
    sim.effects.clear();
    sim.reply(&slot, Ok(Reply::Done));
    sim.shows("The session has ended");
    assert_eq!(sim.asked(&Slot::Sessions), Some(Call::Sessions));
    let mut rows = three();
    rows.remove(1);
    sim.reply(&Slot::Sessions, Ok(Reply::Sessions(rows)));
    sim.hides("Firefox on Linux").shows("an unknown program");
}

#[test]
fn the_session_in_use_is_ended_by_signing_out_alone() {
    let mut sim = listed();
    sim.keys("x")
        .shows("This is the session in use; L signs out");
    assert_eq!(sim.model.dialog, None);
}

#[test]
fn a_session_that_had_ended_is_no_failure() {
    let mut sim = listed();
    sim.keys("jjxy");
    let slot = Slot::EndSession("c3".into());
    sim.reply(&slot, Err(failure(Kind::NotFound, "Not found.")));
    sim.shows("The session had ended already");
}

#[test]
fn the_mark_stays_on_its_session() {
    let mut sim = listed();
    sim.keys("jj");
    let mut rows = three();
    rows.swap(0, 2);
    sim.keys("r");
    sim.reply(&Slot::Refresh, Ok(Reply::State(active("ada"))));
    sim.reply(&Slot::Sessions, Ok(Reply::Sessions(rows)));
    assert_eq!(sim.model.sessions.chosen().unwrap().id, "c3");
    sim.keys("jjjjjj");
    assert_eq!(sim.model.sessions.selected, 2);
    sim.keys("kkkkkk");
    assert_eq!(sim.model.sessions.selected, 0);
}

#[test]
fn a_server_without_the_list_is_said_to_have_none() {
    let mut sim = Sim::with_posts();
    sim.keys("s");
    sim.reply(&Slot::Sessions, Err(unsupported()));
    sim.shows("This server has no list of sessions: ask whoever runs this server");
    sim.keys("x").shows("No session is listed");
    // what can be done without it is done
    sim.keys("v");
    assert_eq!(sim.asked(&Slot::Verify), Some(Call::Verify));
}

#[test]
fn a_server_that_is_away_is_asked_again() {
    let mut sim = Sim::with_posts();
    sim.keys("s");
    sim.reply(&Slot::Sessions, Err(failure(Kind::Offline, "away")));
    sim.shows("Loading");
    sim.effects.clear();
    sim.fire(Timer::Retry);
    assert_eq!(sim.asked(&Slot::Sessions), Some(Call::Sessions));
}

#[test]
fn another_user_sees_none_of_it() {
    let mut sim = listed();
    sim.send(Msg::Session(active("eve")));
    sim.keys("s").hides("Firefox on Linux");
}
