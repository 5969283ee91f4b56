//! How the program starts and ends, around its loop.

mod app;
mod ask;
mod away;
mod deadline;
mod drafts;
mod frames;
mod input;
mod keys;
mod network;
mod options;
mod panics;
mod requests;
mod screen;
mod settle;
mod signals;
mod term;
mod translate;

use std::collections::BTreeMap;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{Local, Offset, TimeZone};
use gatepost_sdk::Clock;
use gatepost_terminal::drafts::Drafts;
use tokio::sync::mpsc::unbounded_channel;

use crate::model::{About, Model};
use crate::msg::Msg;
use crate::sanitize;
use crate::theme::{Depth, Look, Theme};
use app::{App, PANIC, at};
use away::Terminal;
use drafts::{Files, Unkept};
use input::Reader;
use network::{Network, known};
pub use options::{Accounts, Options, Place};
use panics::restore_on_panic;
use screen::Screen;
use signals::Signals;
use term::{GONE, say};

/// The exit code without a terminal.
const USAGE: u8 = 2;

/// Runs the program until it is left; gives its exit code: 0, 2 without a terminal, 101 after a bug, 128 and the
/// number of the signal that ended it.
///
/// To be awaited in a tokio runtime of several threads: a terminal that is stopped (Ctrl-S) holds up this task, and
/// must not hold up the sdk's.
pub async fn run(options: Options) -> ExitCode {
    // lines need no cursor that moves
    if options.is_dumb && !options.is_linear || !term::is_there() {
        say(
            "gatepost tui needs a terminal that can move its cursor; the other commands work without one",
        );
        return ExitCode::from(USAGE);
    }
    match start(options) {
        Ok(mut app) => {
            let code = app.run().await;
            let code = end(app, code).await;
            deadline::met();
            ExitCode::from(code)
        }
        Err(error) => {
            term::restore();
            deadline::met();
            say(&format!("gatepost tui can't start: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn start(options: Options) -> io::Result<App> {
    let panics = restore_on_panic();
    let clock = Clock::system();
    let (to, messages) = unbounded_channel();
    let (keys, input) = unbounded_channel();
    let drafts = Drafts::open(&options.drafts, clock.now());
    let drafts = drafts.map(Arc::new).map_err(|error| error.to_string());
    if let Err(why) = &drafts {
        let folder = options.drafts.display();
        let text = format!("What you write can't be kept in {folder}: {why}");
        let _ = to.send(Msg::Problem(text));
    }
    let run = match &drafts {
        Ok(drafts) => drafts.run().to_owned(),
        Err(_) => std::process::id().to_string(),
    };
    let files = Files::start(drafts.clone(), to.clone())?;
    let signals = Signals::new()?;
    deadline::watch()?;
    let server = options.place.client.server().to_owned();
    let mut places = vec![options.place];
    places.extend(options.others);
    let about = About {
        server,
        places: places.iter().map(|place| place.name.clone()).collect(),
        known: options.accounts.as_deref().map(known).unwrap_or_default(),
        can_connect: options.accounts.is_some(),
        theme: options.theme,
        is_linear: options.is_linear,
        zone: Local
            .offset_from_utc_datetime(&at(&clock).naive_utc())
            .fix(),
        run,
        has_editor: options.editor.is_some(),
    };
    let depth = ask::depth(&options.term, &options.colorterm);
    let look = Look::of(options.theme, depth);
    let mut model = Model::new(about, look, term::size());
    model.has_mouse = options.has_mouse;
    // NO_COLOR is the theme's business: crossterm would answer it by undoing attributes as well
    crossterm::style::force_color_output(true);
    if options.is_linear {
        term::be_linear();
    }
    term::enter()?;
    term::take_mouse(options.has_mouse);
    // lines have no colours
    let has_colors = options.theme == Theme::Auto && depth != Depth::None;
    let questions = if has_colors && !options.is_linear {
        ask::Asked::now()
    } else {
        ask::Asked::default()
    };
    Ok(App {
        model,
        clock,
        network: Network::new(
            places.into_iter().map(|place| place.client).collect(),
            options.accounts,
            to.clone(),
        ),
        files,
        terminal: Terminal {
            reader: Reader::start(keys)?,
            screen: Screen::new(options.is_linear),
            editor: options.editor,
            drafts,
            folder: options.drafts,
            lent: None,
            has_stopped: false,
            to,
        },
        signals,
        input,
        messages,
        panics,
        questions,
        timers: BTreeMap::new(),
        frames: 0,
        before_frame: options.before_frame,
    })
}

/// Keeps what is being written, gives the terminal back, and lets what must not be cut off end.
async fn end(mut app: App, code: u8) -> u8 {
    if code != PANIC && code != GONE {
        app.hear_out().await;
        app.terminal.reader.pause();
    }
    let now = at(&app.clock);
    // what the editor writes is newer than what is known here; and what is kept already was written when it was kept
    let is_kept = code != PANIC && app.model.is_kept();
    if let Some(draft) = app
        .model
        .draft(now)
        .filter(|_| !app.model.is_away && !is_kept)
    {
        app.files.save(Box::new(draft), None);
    }
    term::restore();
    let unkept = app.files.close();
    match code {
        PANIC if !unkept.is_empty() => say("gatepost tui crashed: this is a bug."),
        PANIC => say(&format!(
            "gatepost tui crashed: this is a bug. Your text is kept in {} and offered at the next start.",
            app.terminal.folder.display()
        )),
        _ => {}
    }
    for Unkept { draft, why, .. } in unkept {
        say(&format!(
            "Your text could not be saved in {}: {why}. Copy it from here:\n\n{}\n",
            app.terminal.folder.display(),
            sanitize::line(&draft.title)
        ));
        draft
            .content
            .split('\n')
            .for_each(|line| say(&sanitize::line(line)));
    }
    if code != PANIC {
        settle::settle(&app.network, &mut app.signals, code).await;
    }
    code
}
