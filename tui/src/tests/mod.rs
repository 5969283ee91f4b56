//! The core without a terminal, a server or a clock: what keys and answers lead to, and what is drawn.

mod accounts;
mod ahead;
mod face;
mod keys;
mod leaving;
mod merging;
mod picture;
mod pixels;
mod plain;
mod posts;
mod properties;
mod rows;
mod screens;
mod sessions;
mod signing_in;
mod speed;
mod strangers;
mod trouble;
mod waiting;
mod writing;

use chrono::{DateTime, FixedOffset, Utc};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gatepost_sdk::{Post, SessionState};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier};

use crate::effect::{Call, Effect, Slot, Timer};
use crate::model::{About, Model, Now};
use crate::msg::{Failure, Kind, Msg, Reply, Row};
use crate::screen::Screen;
use crate::theme::{Depth, Ground, Look, Theme};
use crate::update::update;
use crate::view::view;
use gatepost_terminal::drafts::Draft;

/// A model, and what it wants done.
#[derive(Clone)]
struct Sim {
    model: Model,
    effects: Vec<Effect>,
    now: Now,
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

impl Sim {
    fn new() -> Self {
        Self::sized(80, 24, Theme::Dark)
    }

    fn sized(width: u16, height: u16, theme: Theme) -> Self {
        let about = About {
            server: "https://api.example.org".into(),
            places: vec![
                "the OS keyring".into(),
                "a file that only you can read".into(),
                "memory, until you quit".into(),
            ],
            known: Vec::new(),
            can_connect: true,
            theme,
            is_linear: false,
            zone: FixedOffset::east_opt(3600).unwrap(),
            run: "run".into(),
            has_editor: true,
        };
        let mut sim = Self {
            model: Model::new(about, Look::of(theme, Depth::Rgb), (width, height)),
            effects: Vec::new(),
            now: moment("2026-11-24T12:00:00Z"),
        };
        sim.send(Msg::Started);
        sim
    }

    /// Signed in as ada, with three posts, the second of somebody else.
    fn with_posts() -> Self {
        Self::new().signed_in().posts(vec![
            row(3, "Third", "ada"),
            row(2, "Second", "bob"),
            row(1, "First", "ada"),
        ])
    }

    fn signed_in(mut self) -> Self {
        self.reply(&Slot::Load, Ok(Reply::State(active("ada"))));
        self.send(Msg::Drafts(Vec::new()));
        self
    }

    fn posts(mut self, rows: Vec<Row>) -> Self {
        self.reply(&Slot::List, Ok(Reply::Rows { rows, is_end: true }));
        self
    }

    fn send(&mut self, msg: Msg) -> &mut Self {
        let effects = update(&mut self.model, msg, self.now);
        self.effects.extend(effects);
        self
    }

    /// Keys in words: `<tab>`, `<c-s>`, `<f8>`, and characters as they are.
    fn keys(&mut self, keys: &str) -> &mut Self {
        let mut rest = keys;
        while let Some(c) = rest.chars().next() {
            let (name, len) = match rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
                Some((name, _)) if !name.is_empty() => (name.to_owned(), name.len() + 2),
                _ => (c.to_string(), c.len_utf8()),
            };
            self.send(Msg::Key(event(&name)));
            rest = &rest[len..];
        }
        self
    }

    /// The call that is waited for in a slot.
    fn asked(&self, slot: &Slot) -> Option<Call> {
        self.model.live.get(slot).map(|(_, call)| call.clone())
    }

    fn reply(&mut self, slot: &Slot, reply: Result<Reply, Failure>) -> &mut Self {
        let (r#gen, _) = *self
            .model
            .live
            .get(slot)
            .as_ref()
            .unwrap_or_else(|| panic!("nothing is asked for in {slot:?}"));
        let (slot, epoch, r#gen) = (slot.clone(), self.model.epoch, *r#gen);
        self.send(Msg::Reply {
            slot,
            r#gen,
            epoch,
            reply,
        })
    }

    /// The slot of the save that is on its way.
    fn save_slot(&self) -> Slot {
        Slot::Save(
            self.model
                .saving
                .keys()
                .next()
                .expect("nothing is being saved")
                .clone(),
        )
    }

    fn fire(&mut self, timer: Timer) -> &mut Self {
        let r#gen = self.model.timers[&timer];
        self.send(Msg::Timer(timer, r#gen))
    }

    fn drafts_kept(&mut self) -> Vec<Draft> {
        let effects = std::mem::take(&mut self.effects);
        let kept = effects.into_iter().filter_map(|effect| match effect {
            Effect::SaveDraft { draft, .. } => Some(*draft),
            _ => None,
        });
        kept.collect()
    }

    fn buffer(&self) -> (Buffer, Option<Position>) {
        let (width, height) = self.model.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let cursor = view(&self.model, &mut buffer);
        (buffer, cursor)
    }

    fn text(&self) -> String {
        text(&self.buffer().0)
    }

    #[track_caller]
    fn shows(&mut self, text: &str) -> &mut Self {
        assert!(
            self.text().contains(text),
            "{text:?} is not on\n{}",
            self.text()
        );
        self
    }

    #[track_caller]
    fn hides(&mut self, text: &str) -> &mut Self {
        assert!(
            !self.text().contains(text),
            "{text:?} is on\n{}",
            self.text()
        );
        self
    }
}

fn event(name: &str) -> KeyEvent {
    let (mut modifiers, mut rest) = (KeyModifiers::NONE, name);
    while let Some((modifier, key)) = rest
        .split_once('-')
        .filter(|(modifier, key)| modifier.len() == 1 && !key.is_empty())
    {
        modifiers |= match modifier {
            "c" => KeyModifiers::CONTROL,
            "a" => KeyModifiers::ALT,
            _ => KeyModifiers::SHIFT,
        };
        rest = key;
    }
    let code = match rest {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        "back" => KeyCode::Backspace,
        "del" => KeyCode::Delete,
        "ins" => KeyCode::Insert,
        rest => match rest
            .strip_prefix('f')
            .and_then(|number| number.parse().ok())
        {
            Some(number) => KeyCode::F(number),
            None => KeyCode::Char(rest.chars().next().unwrap()),
        },
    };
    KeyEvent::new(code, modifiers)
}

fn active(user: &str) -> SessionState {
    SessionState::active(user, Some(moment("2026-11-24T13:32:00Z")))
}

fn row(id: i64, title: &str, author: &str) -> Row {
    Row {
        id,
        title: title.into(),
        author: author.into(),
        created: moment("2026-11-20T08:00:00Z").timestamp() + id * 3600,
    }
}

fn post(id: i64, title: &str, content: &str) -> Post {
    let post = serde_json::json!({
        "id": id,
        "title": title,
        "content": content,
        "author": "ada",
        "created_at": "2026-11-20T08:00:00Z",
        "updated_at": "2026-11-21T09:30:00Z",
    });
    serde_json::from_value(post).unwrap()
}

fn failure(kind: Kind, text: &str) -> Failure {
    Failure {
        kind,
        text: text.into(),
        hint: None,
        fields: Vec::new(),
    }
}

fn invalid(field: &str, message: &str) -> Failure {
    Failure {
        fields: vec![(field.into(), vec![message.into()])],
        ..failure(Kind::Invalid, "Bad Request")
    }
}

/// A picture as text.
fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width.max(1));
    let mut text = String::new();
    for row in buffer.content.chunks(width) {
        let mut skip = 0;
        let mut line = String::new();
        for cell in row {
            if skip == 0 {
                line.push_str(cell.symbol());
                skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).max(1);
            }
            skip -= 1;
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A picture as text and runs of styles, so that a lost highlight is seen.
fn dump(sim: &Sim) -> String {
    use std::fmt::Write;
    let (buffer, cursor) = sim.buffer();
    let mut dump = text(&buffer);
    if let Some(Position { x, y }) = cursor {
        let _ = writeln!(dump, "cursor {y}:{x}");
    }
    let width = usize::from(buffer.area.width.max(1));
    for (y, row) in buffer.content.chunks(width).enumerate() {
        let mut x = 0;
        while x < row.len() {
            let style = (row[x].fg, row[x].modifier);
            let end = (x..row.len())
                .find(|at| (row[*at].fg, row[*at].modifier) != style)
                .unwrap_or(row.len());
            if style != (Color::Reset, Modifier::empty()) {
                let _ = writeln!(
                    dump,
                    "{y}:{x}-{} {} {}",
                    end - 1,
                    style.0,
                    format!("{:?}", style.1).to_lowercase()
                );
            }
            x = end;
        }
    }
    dump
}

/// The screen by name, for messages of tests.
fn name(screen: &Screen) -> &'static str {
    crate::keymap::Context::of_screen(screen).title()
}
