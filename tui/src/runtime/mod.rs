//! The loop: what happens goes into the model, what is to be done is done, and what has changed is drawn.
//!
//! It sleeps while nothing happens: there is no tick, and a timer only while something is waited for.

mod away;
mod drafts;
mod editor;
mod input;
mod network;
mod options;
mod panics;
mod signals;
mod term;
mod translate;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, Local, Offset, TimeZone, Utc};
use crossterm::event::Event;
use gatepost_sdk::Clock;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep_until};

use crate::draft::DraftId;
use crate::effect::{Effect, Gen, Timer};
use crate::model::{About, Model};
use crate::msg::Msg;
use crate::sanitize;
use crate::update::update;
use crate::view::{title, view};
use drafts::{Files, Unkept};
use input::{Input, Reader};
use network::Network;
pub use options::{Accounts, Options, Place};
use panics::restore_on_panic;
use signals::Signals;
use term::Screen;

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(8);
/// How long an exchange of tokens may hold up the end.
const SETTLE: Duration = Duration::from_secs(5);
/// The same when a signal asked for the end.
const SETTLE_BRIEFLY: Duration = Duration::from_millis(100);
/// The exit code of a bug.
const PANIC: u8 = 101;
/// The exit code of a terminal that is gone: as by SIGHUP.
const GONE: u8 = 129;
/// The exit code without a terminal.
const USAGE: u8 = 2;

/// Runs the program until it is left; gives its exit code: 0, 2 without a terminal, 101 after a bug, 128 and the
/// number of the signal that ended it.
///
/// To be awaited in a tokio runtime of several threads: a terminal that is stopped (Ctrl-S) holds up this task, and
/// must not hold up the sdk's.
pub async fn run(options: Options) -> ExitCode {
    if options.is_dumb || !term::is_there() {
        say(
            "gatepost tui needs a terminal that can move its cursor; the other commands of gatepost do not",
        );
        return ExitCode::from(USAGE);
    }
    match App::start(options) {
        Ok(app) => ExitCode::from(app.run().await),
        Err(error) => {
            term::restore();
            say(&format!("gatepost tui can't start: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn say(text: &str) {
    // nobody may be there to read it
    let _ = writeln!(io::stderr(), "{text}");
}

/// Everything that runs.
struct App {
    model: Model,
    clock: Clock,
    network: Network,
    files: Files,
    reader: Reader,
    screen: Screen,
    signals: Signals,
    input: UnboundedReceiver<Input>,
    messages: UnboundedReceiver<Msg>,
    to: UnboundedSender<Msg>,
    panics: UnboundedReceiver<()>,
    timers: BTreeMap<Timer, (Gen, Instant)>,
    editor: Option<String>,
    drafts: PathBuf,
    /// The draft whose text the editor has.
    lent: Option<DraftId>,
    /// The stop that we made ourselves, whose end is known.
    has_stopped: bool,
    frames: u64,
    before_frame: Option<fn(u64)>,
}

impl App {
    fn start(options: Options) -> io::Result<Self> {
        let panics = restore_on_panic();
        let clock = Clock::system();
        let (to, messages) = unbounded_channel();
        let (keys, input) = unbounded_channel();
        let files = Files::open(&options.drafts, clock.now(), to.clone())?;
        let signals = Signals::new()?;
        let server = options.place.client.server().to_owned();
        let mut places = vec![options.place];
        places.extend(options.others);
        let about = About {
            server,
            places: places.iter().map(|place| place.name.clone()).collect(),
            theme: options.theme,
            zone: Local
                .offset_from_utc_datetime(&at(&clock).naive_utc())
                .fix(),
            run: files.run().to_owned(),
            has_editor: options.editor.is_some(),
        };
        let model = Model::new(about, term::size());
        // NO_COLOR is the theme's business: crossterm would answer it by undoing attributes as well
        crossterm::style::force_color_output(true);
        term::enter()?;
        Ok(Self {
            model,
            clock,
            network: Network::new(
                places.into_iter().map(|place| place.client).collect(),
                options.accounts,
                to.clone(),
            ),
            files,
            reader: Reader::start(keys)?,
            screen: Screen::new(),
            signals,
            input,
            messages,
            to,
            panics,
            timers: BTreeMap::new(),
            editor: options.editor,
            drafts: options.drafts,
            lent: None,
            has_stopped: false,
            frames: 0,
            before_frame: options.before_frame,
        })
    }

    async fn run(mut self) -> u8 {
        let code = self.turn().await;
        self.end(code).await
    }

    async fn turn(&mut self) -> u8 {
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
        let (model, screen) = (&self.model, &mut self.screen);
        let (before, frames) = (self.before_frame, self.frames);
        let drawn = catch_unwind(AssertUnwindSafe(|| {
            if let Some(before) = before {
                before(frames);
            }
            screen.draw(title(model), model.size, |buffer| view(model, buffer))
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
            Input::Event(Event::Key(key)) => self.step(Msg::Key(key)),
            Input::Event(Event::Paste(text)) => self.step(Msg::Paste(text)),
            Input::Event(Event::Resize(..)) => self.resized(),
            Input::Event(_) => true,
            Input::Gone => self.step(Msg::End(GONE)),
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
            Effect::OpenEditor(text) => self.open_editor(text),
            Effect::Suspend => {
                self.suspend();
                let _ = self.to.send(Msg::Resize(term::size().0, term::size().1));
            }
            Effect::Redraw => {
                // also after the editor: the terminal comes back
                if !term::is_on() {
                    self.enter();
                    let _ = self.to.send(Msg::Resize(term::size().0, term::size().1));
                }
                self.screen.forget();
            }
        }
    }

    /// Keeps what is being written, gives the terminal back, and lets what must not be cut off end.
    async fn end(mut self, code: u8) -> u8 {
        if code != PANIC && code != GONE {
            self.reader.pause();
        }
        let now = at(&self.clock);
        // what the editor writes is newer than what is known here
        if let Some(draft) = self.model.draft(now).filter(|_| !self.model.is_away) {
            self.files.save(Box::new(draft), None);
        }
        term::restore();
        let unkept = self.files.close();
        match code {
            0 => self.network.settle(SETTLE).await,
            PANIC if !unkept.is_empty() => say("gatepost tui has a bug."),
            PANIC => say(&format!(
                "gatepost tui has a bug. What was being written is kept in {} and offered at the next start.",
                self.drafts.display()
            )),
            _ => self.network.settle(SETTLE_BRIEFLY).await,
        }
        for Unkept { draft, why, .. } in unkept {
            say(&format!(
                "What was being written could not be kept in {}: {why}. This is the last of it, copy it from here:\n\n{}\n",
                self.drafts.display(),
                sanitize::line(&draft.title)
            ));
            draft
                .content
                .split('\n')
                .for_each(|line| say(&sanitize::line(line)));
        }
        code
    }
}

fn at(clock: &Clock) -> DateTime<Utc> {
    DateTime::from_timestamp(clock.now(), 0).unwrap_or_default()
}
