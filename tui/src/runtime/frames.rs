//! The screen as pictures: each frame at once, and of it only what differs from the one before.

use std::io::{self, BufWriter, Stdout, Write};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, SetTitle,
};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};

/// Draws whole frames in synchronized updates, and of them only what differs from the last.
///
/// ratatui's `Terminal` is not used: it asks the terminal where its cursor is, which would race the reader, and its
/// size before each frame.
pub(super) struct Frames {
    backend: CrosstermBackend<BufWriter<Stdout>>,
    shown: Option<Buffer>,
    next: Buffer,
    /// The window's title as it was last set.
    title: String,
}

impl Frames {
    /// On standard output. Nothing is written.
    pub(super) fn new() -> Self {
        // a screenful in one write; standard output alone would cut it at 1 KiB and at each line
        let out = BufWriter::with_capacity(64 * 1024, io::stdout());
        Self {
            backend: CrosstermBackend::new(out),
            shown: None,
            next: Buffer::default(),
            title: String::new(),
        }
    }

    /// Draws one frame of this size; `view` fills the empty buffer and says where the cursor is. The title must be
    /// safe.
    pub(super) fn draw(
        &mut self,
        title: String,
        (width, height): (u16, u16),
        view: impl FnOnce(&mut Buffer) -> Option<Position>,
    ) -> io::Result<()> {
        let area = Rect::new(0, 0, width, height);
        self.next.resize(area);
        self.next.reset();
        let cursor = view(&mut self.next);
        if title != self.title {
            queue!(self.backend, SetTitle(&title))?;
            self.title = title;
        }
        queue!(self.backend, BeginSynchronizedUpdate, Hide)?;
        let mut shown = match self.shown.take() {
            Some(shown) if shown.area == area => shown,
            _ => {
                queue!(self.backend, Clear(ClearType::All))?;
                Buffer::empty(area)
            }
        };
        for y in 0..height {
            if is_doubtful(&shown, &self.next, y) {
                queue!(self.backend, MoveTo(0, y), Clear(ClearType::CurrentLine))?;
                for x in 0..width {
                    shown[(x, y)].reset();
                }
            }
        }
        // behind a doubtful one the cursor is put where it belongs: each call begins by that
        let changed = shown.diff(&self.next);
        for piece in changed.split_inclusive(|(_, _, cell)| is_cluster(cell)) {
            self.backend.draw(piece.iter().copied())?;
        }
        if let Some(Position { x, y }) = cursor {
            queue!(self.backend, MoveTo(x, y), Show)?;
        }
        queue!(self.backend, EndSynchronizedUpdate)?;
        Write::flush(&mut self.backend)?;
        self.shown = Some(std::mem::replace(&mut self.next, shown));
        Ok(())
    }

    /// Forgets what the terminal shows, so that the next frame is drawn whole.
    pub(super) fn forget(&mut self) {
        self.shown = None;
        self.title.clear();
    }
}

/// Whether a row that changes held or gets a grapheme of several characters: terminals do not agree how many cells such
/// a one takes, so what it leaves behind, or does not cover, is only known to be gone when the row is cleared.
fn is_doubtful(shown: &Buffer, next: &Buffer, y: u16) -> bool {
    let row = |buffer: &Buffer| {
        let width = usize::from(buffer.area.width);
        let start = usize::from(y) * width;
        start..start + width
    };
    let (old, new) = (&shown.content[row(shown)], &next.content[row(next)]);
    old != new && old.iter().chain(new).any(is_cluster)
}

/// Whether there are several characters in one cell.
fn is_cluster(cell: &Cell) -> bool {
    cell.symbol().chars().nth(1).is_some()
}
