//! Anything in any order at any size: no panic, one picture for one model, everything where it must be.

use proptest::prelude::*;

use super::*;
use crate::effect::{Epoch, Gen};
use crate::keymap::Context;
use crate::msg::{Click, Known};
use gatepost_terminal::post::Version;

/// Something that happens; made into a message when it is known what is waited for.
#[derive(Clone, Debug)]
enum Event {
    Key(String),
    Text(String),
    Paste(String),
    Resize(u16, u16),
    Answer(usize, u8),
    Stale(Gen, Epoch),
    Session(u8),
    Fire(usize),
    Editor(u8),
    Drafts(u8),
    Mouse(u8, u16, u16),
    Told(u8),
}

fn key() -> impl Strategy<Value = String> {
    let names = [
        "<enter>",
        "<esc>",
        "<tab>",
        "<backtab>",
        "<up>",
        "<down>",
        "<left>",
        "<right>",
        "<home>",
        "<end>",
        "<pgup>",
        "<pgdn>",
        "<back>",
        "<del>",
        "<ins>",
        "<f1>",
        "<f4>",
        "<f5>",
        "<f7>",
        "<f8>",
        "<c-s>",
        "<c-g>",
        "<c-r>",
        "<c-w>",
        "<c-k>",
        "<c-u>",
        "<c-l>",
        "<c-d>",
        "<a-u>",
        "<c-y>",
        "<c-7>",
        "<c-p>",
        "<f2>",
        "<f9>",
        ":",
        "m",
        "o",
        "a",
        "u",
        "Y",
        "n",
        "e",
        "d",
        "r",
        "p",
        "s",
        "v",
        "L",
        "y",
        "x",
        "j",
        "k",
        "g",
        "G",
        "h",
        "l",
        " ",
        "?",
        "/",
        "é",
        "日",
    ];
    proptest::sample::select(names.to_vec()).prop_map(str::to_owned)
}

fn happening() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => key().prop_map(Event::Key),
        2 => "[a-z \u{301}日👩\u{200d}]{1,8}".prop_map(Event::Text),
        1 => any::<String>().prop_map(Event::Paste),
        2 => (0_u16..300, 0_u16..100).prop_map(|(width, height)| Event::Resize(width, height)),
        8 => (any::<usize>(), any::<u8>()).prop_map(|(slot, kind)| Event::Answer(slot, kind)),
        1 => (0_u64..40, 0_u64..3).prop_map(|(number, epoch)| Event::Stale(number, epoch)),
        1 => any::<u8>().prop_map(Event::Session),
        2 => any::<usize>().prop_map(Event::Fire),
        1 => any::<u8>().prop_map(Event::Editor),
        1 => any::<u8>().prop_map(Event::Drafts),
        1 => (any::<u8>(), 0_u16..300, 0_u16..100).prop_map(|(click, x, y)| Event::Mouse(click, x, y)),
        1 => any::<u8>().prop_map(Event::Told),
    ]
}

fn reply_of(call: &Call, kind: u8, sim: &Sim) -> Result<Reply, Failure> {
    let failures = [
        failure(Kind::Offline, "offline"),
        failure(Kind::NoAnswer, "no answer"),
        failure(
            Kind::Server(Some(std::time::Duration::from_secs(u64::from(kind) << 20))),
            "busy",
        ),
        failure(Kind::TooMany(None), "throttled"),
        invalid("title", "no"),
        failure(Kind::Credentials, "no"),
        failure(Kind::Forbidden, "no"),
        failure(Kind::NotFound, "no"),
        failure(Kind::Ended(None), "ended"),
        failure(Kind::Store, "locked"),
        failure(Kind::Other, ""),
    ];
    if kind.is_multiple_of(3) {
        return Err(failures[usize::from(kind) % failures.len()].clone());
    }
    Ok(match call {
        Call::Load | Call::SignIn { .. } | Call::Refresh => {
            Reply::State(active(if kind < 200 { "ada" } else { "eve" }))
        }
        Call::SignOut => Reply::SignedOut { problem: None },
        Call::Verify => Reply::Valid(kind < 100),
        Call::Details => Reply::Details(None),
        Call::List | Call::Find(_) => {
            let rows = (0..i64::from(kind)).map(|id| {
                row(
                    i64::from(kind) - id,
                    "t\u{202e}\u{1b}",
                    if id % 2 == 0 { "ada" } else { "bob" },
                )
            });
            Reply::Rows {
                rows: rows.collect(),
                is_end: kind.is_multiple_of(2),
            }
        }
        Call::Update { id, .. } if kind.is_multiple_of(2) => {
            Reply::Conflict(post(*id, "T\u{202e}", "another\ntext"))
        }
        Call::Post(id) | Call::Update { id, .. } => {
            Reply::Post(post(*id, "T", "text\r\n\tof it \u{202e}"))
        }
        Call::Create { title, content } => Reply::Post(post(
            1000 + i64::try_from(sim.model.last_gen).unwrap(),
            title,
            content,
        )),
        Call::Sessions => {
            let mut rows = super::sessions::three();
            rows.truncate(usize::from(kind % 4));
            Reply::Sessions(rows)
        }
        Call::Register { .. } | Call::Delete(_) | Call::EndSession(_) | Call::Profile => {
            Reply::Done
        }
    })
}

fn happen(sim: &mut Sim, event: &Event) {
    match event {
        Event::Key(key) => {
            sim.keys(key);
        }
        Event::Text(text) => {
            for c in text.chars() {
                sim.send(Msg::Key(KeyEvent::new(
                    KeyCode::Char(c),
                    KeyModifiers::NONE,
                )));
            }
        }
        Event::Paste(text) => {
            sim.send(Msg::Paste(text.clone()));
        }
        Event::Resize(width, height) => {
            sim.send(Msg::Resize(*width, *height));
        }
        Event::Answer(at, kind) => {
            let live: Vec<_> = sim
                .model
                .live
                .iter()
                .map(|(slot, (_, call))| (slot.clone(), call.clone()))
                .collect();
            if !live.is_empty() {
                let (slot, call) = &live[at % live.len()];
                let reply = reply_of(call, *kind, sim);
                sim.reply(slot, reply);
            }
        }
        Event::Stale(r#gen, epoch) => {
            let live = sim.model.live.get(&Slot::List);
            let is_live = live.is_some_and(|(live, _)| live == r#gen) && *epoch == sim.model.epoch;
            let before = sim.model.clone();
            sim.send(Msg::Reply {
                slot: Slot::List,
                r#gen: *r#gen,
                epoch: *epoch,
                reply: Ok(Reply::Done),
            });
            assert!(is_live || sim.model == before);
        }
        Event::Session(kind) => {
            use gatepost_sdk::ExpiredReason;
            let state = match kind % 5 {
                0 => SessionState::SignedOut,
                1 => SessionState::expired("ada", ExpiredReason::UsedElsewhere),
                2 => SessionState::refreshing("ada"),
                3 => SessionState::token(None),
                _ => active("ada"),
            };
            sim.send(Msg::Session(state));
        }
        Event::Fire(at) => {
            let timers: Vec<_> = sim.model.timers.keys().copied().collect();
            if !timers.is_empty() {
                sim.fire(timers[at % timers.len()]);
            }
        }
        Event::Editor(kind) => {
            sim.send(Msg::EditorClosed(match kind % 3 {
                0 => Ok(None),
                1 => Ok(Some("from\nthe editor\n".into())),
                _ => Err("no".into()),
            }));
        }
        Event::Mouse(kind, x, y) => {
            let click = [Click::Press, Click::Up, Click::Down][usize::from(kind % 3)];
            sim.send(Msg::Mouse(click, *x, *y));
        }
        Event::Told(kind) => {
            let server = "https://other.example.org".to_owned();
            sim.send(match kind % 5 {
                0 => Msg::CanSearch(true),
                1 => Msg::Ground(Ground::Light),
                2 => Msg::Known(vec![Known {
                    server,
                    user: "eve".into(),
                }]),
                3 => Msg::Connected(Ok((server, vec!["a file".into()]))),
                _ => Msg::Connected(Err("no".into())),
            });
        }
        Event::Drafts(kind) => {
            let draft = Draft {
                id: gatepost_terminal::drafts::DraftId(format!("old-{kind}")),
                server: "https://api.example.org".into(),
                user: "ada".into(),
                post: (kind % 2 == 0).then_some(i64::from(*kind)),
                title: "t".into(),
                content: "c".into(),
                saved: i64::MAX,
                base: (kind % 3 == 0).then(|| Version::new("t", "before")),
                sent: None,
                has_head: false,
            };
            sim.send(Msg::Drafts(vec![draft; usize::from(kind % 4)]));
        }
    }
}

fn check(sim: &Sim) {
    let (first, cursor) = sim.buffer();
    let (second, again) = sim.buffer();
    assert!(first == second && cursor == again);
    let (width, height) = sim.model.size;
    if let Some(Position { x, y }) = cursor {
        assert!(
            x < width && y < height,
            "the cursor is at {x},{y} of {width}x{height}"
        );
    }
    for cell in &first.content {
        assert!(
            !cell
                .symbol()
                .chars()
                .any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c))
        );
    }
    assert!(sim.model.list.selected < sim.model.list.rows.len().max(1));
    assert_eq!(sim.model.list.current().is_some(), sim.model.list.len() > 0);
    assert!(!sim.model.screens.is_empty());
}

/// Every key that the footer offers does something, and is not refused.
fn check_hints(sim: &Sim) {
    for (key, hint) in crate::help::hints(&sim.model) {
        let (after, did) = super::keys::press(sim, key);
        let toast = after.model.toast.as_ref();
        let is_refused = toast.is_some_and(|toast| toast.role == crate::theme::Role::Warning);
        assert!(
            did && !is_refused,
            "{key} '{hint}':\n{}\n{}",
            sim.text(),
            after.text()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(debug_assertions) { 60 } else { 2000 }, ..ProptestConfig::default() })]
    #[test]
    fn anything_may_happen(events in proptest::collection::vec(happening(), 1..80), is_in in any::<bool>()) {
        let mut sim = Sim::new();
        if is_in { sim = Sim::with_posts(); }
        for event in &events {
            happen(&mut sim, event);
            check(&sim);
        }
        if sim.model.exit.is_none() {
            check_hints(&sim);
        }
    }

    #[test]
    fn any_size_is_drawn(width in 0_u16..300, height in 0_u16..100, which in 0_usize..Context::ALL.len()) {
        let mut sim = super::keys::everywhere().remove(which);
        sim.send(Msg::Resize(width, height));
        check(&sim);
    }
}
