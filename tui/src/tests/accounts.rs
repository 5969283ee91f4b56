//! Another account, another server: one test a rule.

use super::*;
use crate::effect::Password;
use crate::msg::Known;

const OTHER: &str = "http://localhost:8000";

fn known() -> Vec<Known> {
    let known = |server: &str, user: &str| Known {
        server: server.into(),
        user: user.into(),
    };
    vec![known("https://api.example.org", "ada"), known(OTHER, "bob")]
}

fn signed_out() -> Sim {
    let mut sim = Sim::new();
    sim.send(Msg::Known(known()));
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sim
}

fn connected(sim: &mut Sim) {
    let places = vec!["the OS keyring".into(), "memory, until you quit".into()];
    sim.send(Msg::Connected(Ok((OTHER.into(), places))));
}

#[test]
fn an_account_is_switched_to_and_nothing_of_the_first_is_left() {
    let mut sim = Sim::with_posts();
    sim.send(Msg::Known(known()));
    sim.keys("a").shows("bob @ localhost:8000");
    sim.keys("<enter>").shows("This account is in use already");
    sim.effects.clear();
    sim.keys("aj<enter>").hides("Third").hides("ada @");
    let wanted = Effect::Connect {
        server: OTHER.into(),
        user: Some("bob".into()),
    };
    assert!(sim.effects.contains(&wanted));
    connected(&mut sim);
    assert_eq!(sim.asked(&Slot::Load), Some(Call::Load));
    sim.reply(&Slot::Load, Ok(Reply::State(active("bob"))));
    sim.shows("bob @ localhost:8000");
    assert_eq!(sim.asked(&Slot::List), Some(Call::List));
}

#[test]
fn another_account_begins_with_the_form() {
    let mut sim = Sim::with_posts();
    sim.send(Msg::Known(known()));
    sim.keys("ajj<enter>");
    let places = vec!["the OS keyring".into()];
    let same = "https://api.example.org".to_owned();
    sim.send(Msg::Connected(Ok((same, places))));
    sim.shows("Sign in").shows("https://api.example.org");
    assert_eq!(sim.asked(&Slot::Load), None, "nobody else's session");
}

#[test]
fn an_account_is_not_left_while_a_change_is_on_its_way() {
    let mut sim = Sim::with_posts();
    sim.keys("dya").shows("A change is still being sent");
    assert_eq!(sim.model.dialog, None);
}

#[test]
fn the_server_is_a_field_and_signing_in_goes_to_the_one_that_it_names() {
    let mut sim = signed_out();
    sim.shows("Server").keys("<up><c-u>localhost:8000/<enter>");
    sim.keys("bob<enter>secret<enter>");
    let wanted = Effect::Connect {
        server: "localhost:8000".into(),
        user: None,
    };
    assert!(sim.effects.contains(&wanted));
    assert_eq!(sim.asked(&Slot::SignIn), None, "not to the first one");
    // it is no address
    let mut wrong = sim.clone();
    let why = "an address begins with http:// or https://";
    wrong.send(Msg::Connected(Err(why.into())));
    wrong.shows(why).keys("<home>http://");
    assert!(wrong.model.waits_for().is_none());
    // it is one, known by a name of its own
    connected(&mut sim);
    let Some(Call::SignIn { username, password }) = sim.asked(&Slot::SignIn) else {
        panic!("{}", sim.text())
    };
    assert_eq!(
        (username.as_str(), password),
        ("bob", Password("secret".into()))
    );
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("bob"))));
    sim.shows("bob @ localhost:8000");
}

#[test]
fn the_place_of_the_session_is_a_field_where_there_are_several() {
    let mut sim = signed_out();
    sim.shows("‹ the OS keyring ›");
    sim.keys("ada<enter>secret<tab><right>");
    sim.shows("‹ a file that only you can read ›")
        .effects
        .clear();
    sim.keys("<enter>");
    assert!(sim.effects.contains(&Effect::UsePlace(1)));
    assert!(sim.asked(&Slot::SignIn).is_some());
}

#[test]
fn signing_in_again_is_for_the_same_server() {
    let mut sim = super::writing::written();
    sim.send(Msg::Session(SessionState::SignedOut));
    sim.keys("<c-s>").shows("Password").hides("Server");
}

#[test]
fn the_place_of_the_session_is_carried_by_its_name() {
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sim.keys("ada<tab>secret<tab><right><backtab><backtab><backtab><c-u>https://other.example.org");
    sim.keys("<enter><enter><enter>");
    assert!(sim.model.is_connecting, "{}", sim.text());
    let places = vec![
        "a file that only you can read".to_owned(),
        "the OS keyring".to_owned(),
    ];
    let server = "https://other.example.org".to_owned();
    sim.send(Msg::Connected(Ok((server, places))));
    assert_eq!(sim.model.kept_in(), "a file that only you can read");
    assert!(matches!(
        sim.asked(&Slot::SignIn),
        Some(Call::SignIn { .. })
    ));
}

#[test]
fn a_place_that_the_other_server_has_not_is_not_replaced_by_another() {
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sim.keys("ada<tab>secret<tab><left><backtab><backtab><backtab><c-u>https://other.example.org");
    sim.keys("<enter><enter><enter>");
    let places = vec!["the OS keyring".to_owned()];
    let server = "https://other.example.org".to_owned();
    sim.send(Msg::Connected(Ok((server, places))));
    assert_eq!(sim.asked(&Slot::SignIn), None);
    sim.shows("choose again");
}

#[test]
fn an_account_is_made_at_the_server_that_was_typed() {
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sim.shows("F7 register").shows("F1 help").shows("^c quit");
    sim.keys("<backtab><c-u>https://other.example.org<f7>");
    sim.shows("at https://other.example.org");
    sim.keys("new<tab><tab><tab><tab>secret-1<tab>secret-1")
        .shows("Repeat password •");
    sim.effects.clear();
    sim.keys("<enter>");
    assert_eq!(sim.asked(&Slot::Register), None, "not at the old one");
    let connects = |effect: &Effect| matches!(effect, Effect::Connect { server, .. } if server == "https://other.example.org");
    assert!(sim.effects.iter().any(connects));
    let places = vec!["the OS keyring".to_owned()];
    let server = "https://other.example.org".to_owned();
    sim.send(Msg::Connected(Ok((server, places))));
    assert!(sim.asked(&Slot::Register).is_some());
}

#[test]
fn an_account_that_could_not_be_gone_over_to_leaves_nothing_behind() {
    let mut sim = Sim::with_posts();
    sim.keys("aG<down><enter>");
    assert!(sim.model.is_new_account);
    sim.send(Msg::Connected(Err("no".into())));
    assert!(!sim.model.is_new_account);
}
