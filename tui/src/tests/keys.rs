//! The table of keys against what `update` does with them.

use super::*;
use crate::allowed::allowed;
use crate::bindings::{self, BINDINGS};
use crate::help::hints;
use crate::keymap::{self, Context, Key};
use crate::msg::Known;

/// A model in each context.
pub(super) fn everywhere() -> Vec<Sim> {
    let form = || {
        let mut sim = Sim::new();
        sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
        sim
    };
    let with = |keys: &str| {
        let mut sim = Sim::with_posts();
        sim.keys(keys);
        sim
    };
    let mut register = form();
    register.keys("<f7>");
    let mut read = with("<enter>");
    read.reply(
        &Slot::Post(3),
        Ok(Reply::Post(post(3, "Third", "one\ntwo"))),
    );
    let mut drafts = Sim::with_posts();
    let draft = Draft {
        id: gatepost_terminal::drafts::DraftId("old-1".into()),
        server: "https://api.example.org".into(),
        user: "ada".into(),
        post: None,
        title: "One".into(),
        content: "text".into(),
        saved: 0,
        base: None,
        sent: None,
        has_head: false,
    };
    let second = Draft {
        id: gatepost_terminal::drafts::DraftId("old-2".into()),
        ..draft.clone()
    };
    drafts.send(Msg::Drafts(vec![draft, second]));
    drafts.fire(Timer::Question);
    let mut ended = Sim::with_posts();
    ended.send(Msg::Session(SessionState::SignedOut));
    let mut place = Sim::new();
    place.reply(&Slot::Load, Err(failure(Kind::Store, "no keyring")));
    let mut accounts = Sim::with_posts();
    accounts.model.about.known = vec![Known {
        server: "https://api.example.org".into(),
        user: "ada".into(),
    }];
    accounts.keys("a");
    let mut side = Sim::sized(200, 60, Theme::Dark)
        .signed_in()
        .posts(vec![row(1, "First", "ada")]);
    side.model
        .about
        .known
        .clone_from(&accounts.model.about.known);
    side.keys("<tab>");
    let all = vec![
        form(),
        register,
        with(""),
        with("/ir"),
        read,
        with("nTitle<enter>text"),
        with("p"),
        with("s"),
        with("?"),
        with("d"),
        drafts,
        ended,
        super::merging::conflict(),
        place,
        with(":"),
        accounts,
        side,
    ];
    for (sim, context) in all.iter().zip(Context::ALL) {
        assert_eq!(Context::of(&sim.model), context);
    }
    all
}

pub(super) fn press(sim: &Sim, key: Key) -> (Sim, bool) {
    let mut after = sim.clone();
    after.effects.clear();
    after.model.toast = None;
    let before = after.model.clone();
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::CONTROL, key.ctrl);
    modifiers.set(KeyModifiers::ALT, key.alt);
    after.send(Msg::Key(KeyEvent::new(key.code, modifiers)));
    after
        .effects
        .retain(|effect| *effect != Effect::CheckSession);
    let did = after.model != before || !after.effects.is_empty();
    (after, did)
}

/// Every key that could be pressed.
fn all_keys() -> Vec<Key> {
    let mut keys: Vec<Key> = BINDINGS
        .iter()
        .flat_map(|binding| binding.keys)
        .copied()
        .collect();
    for c in (' '..='~').chain(['ä', 'ж', '日']) {
        keys.extend([
            keymap::ch(c),
            keymap::ctrl(c.to_ascii_lowercase()),
            keymap::alt(KeyCode::Char(c)),
        ]);
    }
    keys.extend((1..=12).map(|number| keymap::key(KeyCode::F(number))));
    keys
}

#[test]
fn the_footer_offers_what_is_accepted_and_nothing_else() {
    for sim in everywhere() {
        let context = Context::of(&sim.model);
        let hints = hints(&sim.model);
        assert!(!hints.is_empty());
        for (key, hint) in hints {
            let (after, did) = press(&sim, key);
            let warned = after
                .model
                .toast
                .as_ref()
                .is_some_and(|toast| toast.role == crate::theme::Role::Warning);
            assert!(
                did && !warned,
                "{context:?}: {key} '{hint}' does nothing\n{}",
                after.text()
            );
        }
        for key in all_keys() {
            let is_text =
                context.is_text() && (key.character().is_some() || key.code == KeyCode::Enter);
            if bindings::lookup(context, key).is_none() && !is_text {
                assert!(
                    !press(&sim, key).1,
                    "{context:?}: {key} does something and is not in the table"
                );
            }
        }
    }
}

#[test]
fn a_key_that_is_not_allowed_says_why() {
    for sim in everywhere() {
        let context = Context::of(&sim.model);
        for binding in bindings::of(context) {
            if let Err(why) = allowed(&sim.model, binding.action) {
                let key = bindings::keys(context, binding).next().unwrap();
                let (after, _) = press(&sim, key);
                assert_eq!(after.model.toast.unwrap().text, why);
            }
        }
    }
}

#[test]
fn no_key_means_two_things_in_one_place_and_none_needs_altgr() {
    for context in Context::ALL {
        let mut seen: Vec<Key> = Vec::new();
        for binding in bindings::of(context) {
            for key in bindings::keys(context, binding) {
                assert!(!seen.contains(&key), "{context:?}: {key} stands twice");
                let altgr = key.character().is_some_and(|c| "[]{}\\~@|`".contains(c));
                assert!(!altgr, "{key}");
                seen.push(key);
            }
            assert!(
                bindings::keys(context, binding).next().is_some(),
                "{context:?}: {:?} has no key",
                binding.action
            );
        }
    }
}

#[test]
fn altgr_types_and_a_released_key_does_nothing() {
    use crossterm::event::KeyEventKind;
    let mut sim = Sim::with_posts();
    sim.keys("n").send(Msg::Key(KeyEvent::new(
        KeyCode::Char('@'),
        KeyModifiers::CONTROL | KeyModifiers::ALT,
    )));
    let mut released = KeyEvent::new(KeyCode::Char('x'), KeyModifiers::NONE);
    released.kind = KeyEventKind::Release;
    sim.send(Msg::Key(released));
    assert_eq!(sim.model.edit().unwrap().title.text(), "@");
}

#[test]
fn the_manual_has_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/tui.md");
    let manual = std::fs::read_to_string(path).unwrap();
    let table = crate::help::manual();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let (head, _) = manual.split_once("<!-- keys -->").unwrap();
        std::fs::write(path, format!("{head}<!-- keys -->\n{table}")).unwrap();
    } else {
        assert!(
            manual.ends_with(&format!("<!-- keys -->\n{table}")),
            "run this test with UPDATE_DOCS=1"
        );
    }
}
