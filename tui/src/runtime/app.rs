//! The loop: what happens goes into the model, what is to be done is done, and what has changed is drawn.
//!
//! It sleeps while nothing happens: there is no tick, and a timer only while something is waited for.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use chrono::{DateTime, Utc};
use crossterm::event::{Event, MouseButton, MouseEventKind};
use gatepost_sdk::Clock;
use rustix::process::{Signal, getpid, kill_process};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};

use super::ask::{self, Answer};
use super::away::Terminal;
use super::drafts::Files;
use super::input::Input;
use super::keys::Typed;
use super::network::Network;
use super::signals::{Asked, Signals};
use super::term::{self, GONE};
use crate::effect::{Effect, Gen, Timer};
use crate::model::Model;
use crate::msg::{Click, Msg};
use crate::theme::Ground;
use crate::update::update;

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(8);
/// The exit code of a bug.
pub(super) const PANIC: u8 = 101;

/// Everything that runs.
pub(super) struct App {
    pub(super) model: Model,
    pub(super) clock: Clock,
    pub(super) network: Network,
    pub(super) files: Files,
    pub(super) terminal: Terminal,
    pub(super) signals: Signals,
    pub(super) input: UnboundedReceiver<Input>,
    pub(super) messages: UnboundedReceiver<Msg>,
    pub(super) panics: UnboundedReceiver<()>,
    pub(super) questions: ask::Asked,
    pub(super) timers: BTreeMap<Timer, (Gen, Instant)>,
    pub(super) frames: u64,
    pub(super) before_frame: Option<fn(u64)>,
}

impl App {
    /// Runs until the program is to end; gives its exit code.
    pub(super) async fn run(&mut self) -> u8 {
        let mut last_frame = Instant::now();
        // first the picture: the store and the server may take their time
        if !self.draw() || !self.step(Msg::Started) {
            return PANIC;
        }
        let mut is_due = true;
        loop {
            let frame = last_frame + FRAME;
            let timer = self
                .timers
                .iter()
                .map(|(timer, (_, at))| (*at, *timer))
                .min();
            let happened = tokio::select! {
                biased;
                Some(()) = self.panics.recv() => return PANIC,
                asked = self.signals.next() => self.asked(asked),
                Some(input) = self.input.recv() => self.read(input),
                Some(msg) = self.messages.recv() => self.step(msg),
                () = sleep_until(timer.map_or(frame, |(at, _)| at)), if timer.is_some() => {
                    match timer.and_then(|(_, timer)| self.timers.remove(&timer).map(|(r#gen, _)| (timer, r#gen))) {
                        Some((timer, r#gen)) => self.step(Msg::Timer(timer, r#gen)),
                        None => true,
                    }
                }
                () = sleep_until(frame), if is_due && self.is_ours() => {
                    is_due = false;
                    last_frame = Instant::now();
                    if self.draw() {
                        continue;
                    }
                    false
                }
            };
            // all that is there before anything is drawn, dropping nothing
            let mut is_well = happened;
            while is_well && self.model.exit.is_none() {
                is_well = if let Ok(input) = self.input.try_recv() {
                    self.read(input)
                } else if let Ok(msg) = self.messages.try_recv() {
                    self.step(msg)
                } else {
                    break;
                };
            }
            if !is_well {
                return PANIC;
            }
            if let Some(code) = self.model.exit {
                return code;
            }
            is_due = true;
        }
    }

    /// Gives answers of the terminal that are under way a moment: nobody else is to read them.
    pub(super) async fn hear_out(&mut self) {
        if let Some(rest) = self.questions.rest() {
            let all = async {
                while let Some(input) = self.input.recv().await {
                    if matches!(
                        input,
                        Input::Typed(Typed::Answer(Answer::End)) | Input::Gone
                    ) {
                        return;
                    }
                }
            };
            let _ = tokio::time::timeout(rest, all).await;
        }
    }

    /// Whether the terminal is ours to draw on.
    fn is_ours(&self) -> bool {
        term::is_on() && !self.model.is_away
    }

    /// Draws what has changed. False after a panic.
    fn draw(&mut self) -> bool {
        if !self.is_ours() {
            return true;
        }
        self.frames += 1;
        let (model, screen) = (&self.model, &mut self.terminal.screen);
        let (before, frames) = (self.before_frame, self.frames);
        let drawn = catch_unwind(AssertUnwindSafe(|| {
            if let Some(before) = before {
                before(frames);
            }
            screen.draw(model)
        }));
        match drawn {
            Ok(Ok(())) => true,
            Ok(Err(_)) => {
                // nobody is there to draw for
                self.model.exit = Some(GONE);
                true
            }
            Err(_) => false,
        }
    }

    fn read(&mut self, input: Input) -> bool {
        match input {
            Input::Typed(Typed::Event(Event::Key(key))) => self.step(Msg::Key(key)),
            Input::Typed(Typed::Event(Event::Paste(text))) => self.step(Msg::Paste(text)),
            Input::Typed(Typed::Event(Event::Mouse(mouse))) => match clicked(mouse.kind) {
                Some(click) => self.step(Msg::Mouse(click, mouse.column, mouse.row)),
                None => true,
            },
            Input::Typed(Typed::Event(_)) => true,
            Input::Typed(Typed::AfterEsc(key)) => self.step(Msg::AfterEsc(key)),
            Input::Typed(Typed::Answer(answer)) => match answer {
                Answer::Background(r, g, b) => self.step(Msg::Ground(Ground::of((r, g, b)))),
                Answer::Clusters => {
                    term::draw_clusters();
                    true
                }
                Answer::End => {
                    self.questions.answered();
                    true
                }
            },
            Input::Gone => self.step(Msg::End(GONE)),
        }
    }

    fn asked(&mut self, asked: Asked) -> bool {
        match asked {
            Asked::End(code) => self.step(Msg::End(code)),
            // in the editor, Ctrl-C is the editor's
            Asked::Interrupt if self.model.is_away => true,
            Asked::Interrupt => self.step(Msg::End(130)),
            Asked::Stop if self.model.is_away => {
                let _ = kill_process(getpid(), Signal::STOP);
                true
            }
            Asked::Stop => {
                self.terminal.suspend();
                true
            }
            Asked::GoOn if std::mem::take(&mut self.terminal.has_stopped) || self.model.is_away => {
                true
            }
            Asked::GoOn => {
                // stopped behind our back: the shell has had the terminal
                self.terminal.leave();
                self.terminal.enter();
                true
            }
            Asked::Size => self.resized(),
        }
    }

    /// The editor's file goes when its text is in the draft. Where another user has signed in meanwhile it is not.
    fn take_back(&mut self) {
        let lent = self.terminal.lent.take();
        let edit = self.model.edit();
        if let Some(id) = lent.filter(|id| edit.is_some_and(|edit| edit.draft == *id)) {
            self.files.taken(id);
        }
    }

    fn resized(&mut self) -> bool {
        let (width, height) = term::size();
        self.step(Msg::Resize(width, height))
    }

    /// Gives a message to the model and does what follows. False after a panic.
    fn step(&mut self, msg: Msg) -> bool {
        let now = at(&self.clock);
        let is_back = matches!(msg, Msg::EditorClosed(_));
        let model = &mut self.model;
        let Ok(effects) = catch_unwind(AssertUnwindSafe(|| update(model, msg, now))) else {
            return false;
        };
        for effect in effects {
            self.carry_out(effect);
        }
        if is_back {
            self.take_back();
        }
        true
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Call {
                slot,
                r#gen,
                epoch,
                call,
            } => self.network.call(slot, r#gen, epoch, call),
            Effect::MoreRows => self.network.more(),
            Effect::UsePlace(place) => self.network.use_place(place),
            Effect::CheckSession => self.network.check(),
            Effect::After(timer, r#gen, time) => {
                self.timers.insert(timer, (r#gen, Instant::now() + time));
            }
            Effect::SaveDraft { draft, replaces } => self.files.save(draft, replaces),
            Effect::DropDraft(id) => self.files.drop(id),
            Effect::LoadDrafts { user } => {
                self.files.load(self.model.about.server.clone(), user);
            }
            Effect::OpenEditor(draft) => self.terminal.lend(*draft),
            Effect::Connect { server, user } => self.network.connect(&server, user.as_deref()),
            Effect::Copy(text) => term::copy(&text),
            Effect::Mouse(is_on) => term::take_mouse(is_on),
            Effect::Suspend => self.terminal.suspend(),
            Effect::Redraw => {
                // also after the editor: the terminal comes back
                if !term::is_on() {
                    self.terminal.enter();
                }
                self.terminal.screen.forget();
            }
        }
    }
}

/// What a mouse has done, in the core's words; `None` for what means nothing here.
fn clicked(kind: MouseEventKind) -> Option<Click> {
    match kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Click::Press),
        MouseEventKind::ScrollUp => Some(Click::Up),
        MouseEventKind::ScrollDown => Some(Click::Down),
        _ => None,
    }
}

/// The time, as the core takes it.
pub(super) fn at(clock: &Clock) -> DateTime<Utc> {
    DateTime::from_timestamp(clock.now(), 0).unwrap_or_default()
}
