//! What the model looks like, written to the terminal: as pictures, or as lines one below the other.

use std::io::{self, Write};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::frames::Frames;
use crate::model::Model;
use crate::view::{Linear, is_text, page, title, view};

/// What the model looks like, written to the terminal.
pub(super) enum Screen {
    Frames(Box<Frames>),
    Lines(Linear),
}

impl Screen {
    /// On standard output. Nothing is written.
    pub(super) fn new(is_linear: bool) -> Self {
        if is_linear {
            Self::Lines(Linear::default())
        } else {
            Self::Frames(Box::new(Frames::new()))
        }
    }

    /// Writes what has changed.
    pub(super) fn draw(&mut self, model: &Model) -> io::Result<()> {
        match self {
            Self::Frames(frames) => {
                frames.draw(title(model), model.size, |buffer| view(model, buffer))
            }
            Self::Lines(lines) => {
                let mut buffer = Buffer::empty(Rect::new(0, 0, model.size.0, model.size.1));
                let cursor = view(model, &mut buffer);
                let said = lines.say(page(model), &buffer, cursor, is_text(model));
                let mut out = io::stdout().lock();
                out.write_all(said.as_bytes())?;
                out.flush()
            }
        }
    }

    /// Forgets what the terminal shows, so that all of it is written next.
    pub(super) fn forget(&mut self) {
        match self {
            Self::Frames(frames) => frames.forget(),
            Self::Lines(lines) => lines.forget(),
        }
    }
}
