//! The terminal's modes: switched on together, and undone exactly, whatever ends the program.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, EnableBracketedPaste, KeyboardEnhancementFlags,
    PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::execute;
use crossterm::style::Print;
use crossterm::terminal::{EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

const RAW: u8 = 1;
const SCREEN: u8 = 2;
const PASTE: u8 = 4;
const KEYBOARD: u8 = 8;
const TITLE: u8 = 16;
const CLUSTERS: u8 = 32;
const MOUSE: u8 = 64;

/// Asks a terminal to remember its window's title, and to take it back; those that can't ignore it.
const KEEP_TITLE: &str = "\x1b[22;2t";
const TAKE_TITLE_BACK: &str = "\x1b[23;2t";

/// Several characters that are one are drawn as one.
const DRAW_CLUSTERS: &str = "\x1b[?2027h";
const DRAW_CHARACTERS: &str = "\x1b[?2027l";

/// Presses of the mouse's buttons and its wheel.
const TAKE_MOUSE: &str = "\x1b[?1000h\x1b[?1006h";
const LEAVE_MOUSE: &str = "\x1b[?1006l\x1b[?1000l";

/// Whether the terminal can do so.
static CAN_CLUSTER: AtomicBool = AtomicBool::new(false);

/// What is switched on at this moment, for [`restore`], which any thread may call.
static MODES: AtomicU8 = AtomicU8::new(0);
/// The terminal's settings as they were found.
static FOUND: Mutex<Option<Termios>> = Mutex::new(None);

/// The exit code of a terminal that is gone: as by SIGHUP.
pub(crate) const GONE: u8 = 129;

/// Whether standard input and output are a terminal.
pub(crate) fn is_there() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Whether we may change it, or it is gone: behind a shell it is the shell's.
pub(crate) fn is_ours() -> bool {
    let front = rustix::termios::tcgetpgrp(io::stdin());
    front.is_err() || front.ok() == Some(rustix::process::getpgrp())
}

/// Whether nobody is at its other end any more.
pub(crate) fn is_gone() -> bool {
    let stdin = io::stdin();
    let mut ends = [PollFd::new(&stdin, PollFlags::IN)];
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    poll(&mut ends, Some(&Timespec::default())).is_ok() && ends[0].revents().intersects(gone)
}

/// The terminal's size; 80x24 where it does not say.
pub(crate) fn size() -> (u16, u16) {
    match rustix::termios::tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => (80, 24),
    }
}

/// Whether lines are written one below the other, and nothing is drawn.
static IS_LINEAR: AtomicBool = AtomicBool::new(false);

/// From now on lines are written one below the other, where the shell writes them too.
pub(crate) fn be_linear() {
    IS_LINEAR.store(true, Ordering::SeqCst);
}

/// Switches everything on that the program draws and reads with.
pub(crate) fn enter() -> io::Result<()> {
    let stdin = io::stdin();
    let found = tcgetattr(&stdin)?;
    let mut raw = found.clone();
    raw.make_raw();
    *FOUND.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
    MODES.fetch_or(RAW, Ordering::SeqCst);
    // Now, not after a flush: what was typed meanwhile is input
    tcsetattr(&stdin, OptionalActions::Now, &raw)?;
    let mut out = io::stdout();
    MODES.fetch_or(SCREEN, Ordering::SeqCst);
    let is_linear = IS_LINEAR.load(Ordering::SeqCst);
    if !is_linear {
        execute!(out, EnterAlternateScreen)?;
    }
    MODES.fetch_or(PASTE, Ordering::SeqCst);
    execute!(out, EnableBracketedPaste)?;
    if is_linear {
        return Ok(());
    }
    MODES.fetch_or(TITLE, Ordering::SeqCst);
    execute!(out, Print(KEEP_TITLE))?;
    if CAN_CLUSTER.load(Ordering::SeqCst) {
        draw_clusters();
    }
    if HAS_MOUSE.load(Ordering::SeqCst) {
        take_mouse(true);
    }
    MODES.fetch_or(KEYBOARD, Ordering::SeqCst);
    // a terminal that does not know them ignores the sequence; asking would cost up to two seconds
    execute!(
        out,
        PushKeyboardEnhancementFlags(KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES)
    )
}

/// From now on the terminal agrees with us how wide several characters are that are one. It has said that it can.
pub(crate) fn draw_clusters() {
    CAN_CLUSTER.store(true, Ordering::SeqCst);
    // not where the terminal is in other hands
    if is_on() && MODES.fetch_or(CLUSTERS, Ordering::SeqCst) & CLUSTERS == 0 {
        let _ = execute!(io::stdout(), Print(DRAW_CLUSTERS));
    }
}

/// Whether the mouse is wanted.
static HAS_MOUSE: AtomicBool = AtomicBool::new(false);

/// Takes the clicks and the wheel of the mouse, or leaves them to the terminal again.
pub(crate) fn take_mouse(is_taken: bool) {
    HAS_MOUSE.store(is_taken, Ordering::SeqCst);
    if !is_on() {
        return;
    }
    // each press and its place, in the form that has no largest column; not where the mouse only moves
    if is_taken {
        MODES.fetch_or(MOUSE, Ordering::SeqCst);
        let _ = execute!(io::stdout(), Print(TAKE_MOUSE));
    } else if MODES.fetch_and(!MOUSE, Ordering::SeqCst) & MOUSE != 0 {
        let _ = execute!(io::stdout(), Print(LEAVE_MOUSE));
    }
}

/// Puts a text into the terminal's clipboard, where the terminal does that (OSC 52).
pub(crate) fn copy(text: &str) {
    let text = STANDARD.encode(text);
    let _ = execute!(io::stdout(), Print(format!("\x1b]52;c;{text}\x1b\\")));
}

/// Undoes what is switched on. Every step is tried, the second call does nothing, any thread may call it.
pub(crate) fn restore() {
    let modes = MODES.swap(0, Ordering::SeqCst);
    if modes == 0 {
        return;
    }
    let mut out = io::stdout();
    let is_linear = IS_LINEAR.load(Ordering::SeqCst);
    if !is_linear {
        // a frame may have been cut off
        let _ = execute!(out, EndSynchronizedUpdate);
    }
    if modes & MOUSE != 0 {
        let _ = execute!(out, Print(LEAVE_MOUSE));
    }
    if modes & PASTE != 0 {
        let _ = execute!(out, DisableBracketedPaste);
    }
    if modes & KEYBOARD != 0 {
        let _ = execute!(out, PopKeyboardEnhancementFlags);
    }
    if modes & CLUSTERS != 0 {
        let _ = execute!(out, Print(DRAW_CHARACTERS));
    }
    if modes & TITLE != 0 {
        let _ = execute!(out, Print(TAKE_TITLE_BACK));
    }
    if is_linear {
        // what comes next begins a line
        let _ = execute!(out, Print("\r\n"));
    } else {
        let _ = execute!(out, Show);
        if modes & SCREEN != 0 {
            let _ = execute!(out, LeaveAlternateScreen);
        }
    }
    // last: a terminal out of raw mode would echo the answers to what came before
    if modes & RAW != 0
        && let Some(found) = FOUND
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
    {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, found);
    }
}

/// Gives the terminal its settings back, and nothing that could wait for it.
pub(crate) fn let_go() {
    if let Ok(found) = FOUND.try_lock()
        && let Some(found) = found.as_ref()
    {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, found);
    }
}

/// Whether the screen is ours to draw on.
pub(crate) fn is_on() -> bool {
    MODES.load(Ordering::SeqCst) & SCREEN != 0
}

/// Writes a line to standard error.
pub(super) fn say(text: &str) {
    // nobody may be there to read it
    let _ = writeln!(io::stderr(), "{text}");
}
