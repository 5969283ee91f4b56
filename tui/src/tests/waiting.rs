//! Waiting for the server: what is tried again, what is too late, the spinner: one test a rule.

use super::*;

#[test]
fn a_read_that_fails_is_tried_again_ever_later() {
    let mut sim = Sim::with_posts();
    let mut waits = Vec::new();
    sim.keys("r");
    for _ in 0..7 {
        sim.effects.clear();
        sim.reply(
            &Slot::List,
            Err(failure(Kind::Offline, "the server could not be reached")),
        );
        sim.shows("○ offline since 13:00")
            .shows("next try 13:")
            .shows("Third");
        let wait = sim.effects.iter().find_map(|effect| match effect {
            Effect::After(Timer::Retry, _, wait) => Some(wait.as_secs_f32()),
            _ => None,
        });
        waits.push(wait.unwrap());
        sim.fire(Timer::Retry);
    }
    for (wait, about) in waits.iter().zip([1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]) {
        assert!((0.75..=1.25).contains(&(wait / about)), "{waits:?}");
    }
    sim.reply(
        &Slot::List,
        Ok(Reply::Rows {
            rows: vec![row(9, "New", "bob")],
            is_end: true,
        }),
    );
    sim.hides("offline").shows("New");
}

#[test]
fn r_tries_again_at_once_and_a_success_brings_the_rest() {
    let mut sim = Sim::with_posts();
    sim.keys("r").reply(
        &Slot::List,
        Err(failure(Kind::Server(None), "Internal Server Error")),
    );
    sim.keys("p")
        .reply(&Slot::Profile, Err(failure(Kind::Offline, "no route")));
    assert_eq!(sim.asked(&Slot::List), None);
    sim.keys("r");
    let user = serde_json::from_str(r#"{"id": 1, "username": "ada"}"#).unwrap();
    sim.reply(&Slot::Profile, Ok(Reply::Profile(user)));
    assert_eq!(sim.asked(&Slot::List), Some(Call::List));
    sim.hides("offline");
}

#[test]
fn the_servers_own_wait_is_honoured() {
    let wait = std::time::Duration::from_mins(2);
    for (kind, what) in [
        (
            Kind::TooMany(Some(wait)),
            "too many requests since 13:00 · next try 13:02:00",
        ),
        (
            Kind::Server(Some(wait)),
            "server error since 13:00 · next try 13:02:00 (r now)",
        ),
    ] {
        let is_told = matches!(kind, Kind::TooMany(_));
        let mut sim = Sim::with_posts();
        sim.keys("r");
        sim.effects.clear();
        sim.reply(&Slot::List, Err(failure(kind, "not now")));
        sim.shows(what).shows("not now");
        let after = |effect: &Effect| matches!(effect, Effect::After(Timer::Retry, _, time) if *time == wait);
        assert!(sim.effects.iter().any(after));
        // who has sent too much is not helped by sending more
        sim.keys("r");
        assert_eq!(sim.asked(&Slot::List).is_none(), is_told);
        if is_told {
            sim.shows("The server asked to wait").hides("r refresh");
            sim.fire(Timer::Retry);
            assert!(sim.asked(&Slot::List).is_some());
        }
    }
}

#[test]
fn a_late_answer_changes_nothing() {
    let mut sim = Sim::with_posts();
    sim.keys("r");
    let (r#gen, _) = sim.model.live[&Slot::List];
    let epoch = sim.model.epoch;
    sim.keys("r");
    let before = sim.model.clone();
    let reply = Ok(Reply::Rows {
        rows: Vec::new(),
        is_end: true,
    });
    sim.send(Msg::Reply {
        slot: Slot::List,
        r#gen,
        epoch,
        reply: reply.clone(),
    });
    assert!(sim.model == before);
    let (r#gen, _) = sim.model.live[&Slot::List];
    sim.send(Msg::Reply {
        slot: Slot::List,
        r#gen,
        epoch: epoch + 1,
        reply,
    });
    assert!(sim.model == before);
}

#[test]
fn a_spinner_comes_after_a_moment_and_goes_with_the_answer() {
    let title = |sim: &Sim| crate::view::title(&sim.model);
    let mut sim = Sim::with_posts();
    sim.effects.clear();
    assert!(!sim.model.timers.contains_key(&Timer::Spin), "idle is idle");
    sim.keys("r");
    let wait = sim.effects.iter().find_map(|effect| match effect {
        Effect::After(Timer::Spin, _, wait) => Some(wait.as_millis()),
        _ => None,
    });
    assert_eq!(wait, Some(250));
    assert_eq!(title(&sim), "gatepost - ada @ api.example.org");
    sim.fire(Timer::Spin).shows("| refreshing");
    sim.fire(Timer::Spin).shows("/ refreshing");
    assert_eq!(title(&sim), "gatepost - ada @ api.example.org ...");
    let rows = vec![row(1, "First", "ada")];
    sim.reply(&Slot::List, Ok(Reply::Rows { rows, is_end: true }));
    sim.hides("refreshing").shows("● online");
    assert!(!sim.model.timers.contains_key(&Timer::Spin));
}

#[test]
fn a_list_that_waits_to_be_scrolled_is_not_busy() {
    let mut sim = Sim::new().signed_in();
    let rows = (0..1000).map(|id| row(1000 - id, "Post", "ada")).collect();
    let is_end = false;
    sim.reply(&Slot::List, Ok(Reply::Rows { rows, is_end }));
    assert!(sim.asked(&Slot::List).is_some());
    assert!(!sim.model.timers.contains_key(&Timer::Spin));
}

#[test]
fn what_is_asked_anew_is_not_asked_again_when_the_server_is_back() {
    let away = || Err(failure(Kind::Offline, "no route"));
    let mut sim = Sim::with_posts();
    sim.keys("r").reply(&Slot::List, away());
    sim.keys("m");
    let asked = sim.asked(&Slot::List);
    assert!(matches!(asked, Some(Call::Find(_))));
    let rows = vec![row(1, "First", "ada")];
    sim.reply(&Slot::List, Ok(Reply::Rows { rows, is_end: true }));
    assert_eq!(sim.asked(&Slot::List), None, "the stale call is gone");
    assert_eq!(sim.model.list.rows.len(), 1);
    assert!(sim.model.offline.is_none());
}
