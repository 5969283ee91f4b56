//! What one command prints. It hands over what it prints, and [`Output::finish`] writes it when the command is done; a
//! long list is written as it comes.

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use gatepost_terminal::safe::printable;
use serde::Serialize;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::said::warn;
use super::sink::Sink;
use super::text::{escaped, plain, shown_json};
use super::wanted::{Form, Wanted};
use crate::args::OutputOptions;
use crate::color::Paint;
use crate::errors::Failure;

/// How much text is kept before it is written.
const CHUNK: usize = 32 * 1024;

/// How much of a list is gathered before an expression is applied to it that takes the items one by one.
const BATCH: usize = 256 * 1024;

/// The most JSON that is held for an expression or an option that needs all of it.
pub(crate) const MOST: usize = 128 * 1024 * 1024;

/// How standard output is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// For people, in this many columns.
    Terminal(usize),
    /// Values separated by tabs.
    Tsv,
    /// JSON, in whatever form.
    Json,
}

/// What a command prints, and what it says.
pub(crate) struct Output {
    pub(crate) style: Style,
    pub(super) wanted: Wanted,
    is_quiet: bool,
    pub(super) is_terminal: bool,
    paint: Paint,
    /// What is not written yet.
    text: RefCell<String>,
    sink: Arc<Mutex<Sink>>,
    /// What the expression of `--jq` is still to be applied to.
    due: RefCell<Due>,
    /// Whether it was applied to a part of the items.
    has_begun: Cell<bool>,
    /// What is said when all is written.
    last: Cell<Option<String>>,
    /// What was done last, where nobody was told.
    unsaid: RefCell<Option<String>>,
}

/// What an expression is still to be applied to.
#[derive(Default)]
enum Due {
    #[default]
    Nothing,
    /// The items of a list so far, without the closing bracket.
    Items(String),
    Whole(String),
}

impl Output {
    /// The output that fits what standard output is; `known` are the fields of the command's JSON, where they are known.
    pub(crate) fn new(options: &OutputOptions, known: &[&str]) -> Result<Self, Failure> {
        let wanted = Wanted::of(options, known)?;
        let is_terminal = io::stdout().is_terminal();
        let size = terminal_size::terminal_size();
        let columns = size.map_or(80, |(columns, _)| usize::from(columns.0));
        let style = if wanted.is_some() {
            Style::Json
        } else if is_terminal {
            Style::Terminal(columns)
        } else {
            Style::Tsv
        };
        // on a terminal that says nothing of its height, everything fits
        let sink = match size {
            Some((_, rows)) if is_terminal && !options.no_pager && !options.no_input => {
                Sink::paged(columns, rows.0.into())
            }
            _ => Sink::plain(),
        };
        Ok(Self {
            style,
            wanted: wanted.unwrap_or_default(),
            is_quiet: options.quiet,
            is_terminal,
            paint: Paint::of_output(),
            text: RefCell::default(),
            sink: Arc::new(Mutex::new(sink)),
            due: RefCell::default(),
            has_begun: Cell::default(),
            last: Cell::default(),
            unsaid: RefCell::default(),
        })
    }

    /// Prints the fields of an object: a line each.
    pub(crate) fn record<T: Serialize>(&self, of: &T) -> Result<(), Failure> {
        let value = json(of)?;
        let Value::Object(fields) = &value else {
            return self.data(value);
        };
        match self.style {
            Style::Json => return self.data(value),
            Style::Tsv => {
                for (name, value) in fields {
                    self.put(&format!("{name}\t{}\n", escaped(&plain(value))));
                }
            }
            Style::Terminal(_) => {
                let texts = fields.values().map(plain);
                let lines: Vec<_> = fields.keys().map(String::as_str).zip(texts).collect();
                self.lines(&lines);
            }
        }
        Ok(())
    }

    /// Prints labels and what they stand for, a line each, on a terminal.
    pub(crate) fn lines(&self, lines: &[(&str, String)]) {
        let longest = lines.iter().map(|(label, _)| label.width()).max();
        for (label, text) in lines {
            let text = printable(text);
            if text.is_empty() {
                self.put(&format!("{}\n", self.paint.faint(label)));
                continue;
            }
            let gap = longest.unwrap_or(0) - label.width() + 2;
            let label = self.paint.faint(label);
            self.put(&format!("{label}{:gap$}{text}\n", ""));
        }
    }

    /// Prints what a command made: JSON, in a pipe this one value, on a terminal nothing, since a sentence says it.
    pub(crate) fn result<T: Serialize>(&self, value: &str, of: &T) -> Result<(), Failure> {
        match self.style {
            Style::Json => return self.data(json(of)?),
            Style::Tsv if !value.is_empty() => self.put(&format!("{}\n", escaped(value))),
            Style::Tsv | Style::Terminal(_) => {}
        }
        Ok(())
    }

    /// Prints JSON in the form that is asked for.
    pub(crate) fn data(&self, value: Value) -> Result<(), Failure> {
        let value = self.wanted.pick(value);
        match &self.wanted.form {
            Form::Json => {
                let text = shown_json(value.to_string(), self.is_terminal);
                self.put(&(text + "\n"));
            }
            Form::Jq(_) => *self.due.borrow_mut() = Due::Whole(value.to_string()),
            Form::Template(template) => match &value {
                Value::Array(items) => {
                    for item in items {
                        self.put(&template.line(item, self.is_terminal)?);
                    }
                }
                value => self.put(&template.line(value, self.is_terminal)?),
            },
        }
        Ok(())
    }

    /// Whether of the JSON a part is wanted, or another form.
    pub(crate) fn is_shaped(&self) -> bool {
        !self.wanted.is_all() || !matches!(self.wanted.form, Form::Json)
    }

    /// Prints a text as it is.
    pub(crate) fn put(&self, text: &str) {
        self.text.borrow_mut().push_str(text);
    }

    /// Writes bytes as they are, at once, where standard output is no terminal.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> Result<(), Failure> {
        let bytes = bytes.to_vec();
        self.with_sink(move |_| {
            let mut out = io::stdout().lock();
            out.write_all(&bytes)?;
            Ok(out.flush()?)
        })
        .await
    }

    /// The colours of standard output.
    pub(crate) fn paint(&self) -> Paint {
        self.paint
    }

    /// Whether a terminal shows what is printed, in whatever form.
    pub(crate) fn is_on_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Whether what is printed is for programs.
    pub(crate) fn is_for_programs(&self) -> bool {
        !matches!(self.style, Style::Terminal(_))
    }

    /// Whether so much was printed that it should be written.
    pub(crate) fn is_full(&self) -> bool {
        self.text.borrow().len() >= CHUNK || self.has_batch()
    }

    /// Keeps the JSON of an item for the expression of `--jq`.
    pub(super) fn gather(&self, item: &str) -> Result<(), Failure> {
        let mut due = self.due.borrow_mut();
        let items = match &mut *due {
            Due::Items(items) => {
                items.push(',');
                items
            }
            due => {
                *due = Due::Items("[".to_owned());
                let Due::Items(items) = due else {
                    return Ok(());
                };
                items
            }
        };
        items.push_str(item);
        if items.len() <= MOST {
            return Ok(());
        }
        Err(Failure::usage(
            "the list is longer than 128 MiB, and this expression of --jq needs all of it at once",
        )
        .hint("begin it with `.[]`, which takes the items one by one, or print --json into a file"))
    }

    /// All items have come.
    pub(super) fn gathered(&self) {
        let mut due = self.due.borrow_mut();
        *due = match std::mem::take(&mut *due) {
            Due::Items(items) => Due::Whole(items + "]"),
            // a part of them was done already
            Due::Nothing if self.has_begun.get() => Due::Nothing,
            Due::Nothing => Due::Whole("[]".to_owned()),
            Due::Whole(json) => Due::Whole(json),
        };
    }

    /// Whether there are enough items for an expression that takes them one by one.
    fn has_batch(&self) -> bool {
        let is_long = matches!(&*self.due.borrow(), Due::Items(items) if items.len() >= BATCH);
        is_long && matches!(&self.wanted.form, Form::Jq(jq) if jq.is_by_item)
    }

    /// Says a sentence to a person, on standard error; with JSON nobody is there.
    pub(crate) fn say(&self, sentence: &str) {
        if self.style != Style::Json && !self.is_quiet {
            warn(sentence);
        } else {
            self.unsaid.replace(Some(sentence.to_owned()));
        }
    }

    /// The same when everything is written.
    pub(crate) fn say_last(&self, sentence: String) {
        self.last.set(Some(sentence));
    }

    /// Whether a person wants to see how far a command is.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.is_quiet
    }

    /// Writes what was printed so far, beside the runtime, so that a signal is seen while nobody reads it.
    pub(crate) async fn flush(&self) -> Result<(), Failure> {
        let text = self.text.take();
        if !text.is_empty() {
            self.with_sink(move |sink| sink.write(&text)).await?;
        }
        if self.has_batch() {
            self.has_begun.set(true);
            self.gathered();
            self.apply().await?;
        }
        Ok(())
    }

    /// Writes what the expression of `--jq` makes of what is due.
    async fn apply(&self) -> Result<(), Failure> {
        match (self.due.take(), &self.wanted.form) {
            (Due::Whole(json), Form::Jq(jq)) => {
                jq.apply(json, self.is_terminal, self.sink.clone()).await
            }
            // the list broke off
            (Due::Items(json), Form::Jq(jq)) if jq.is_by_item => {
                let (json, sink) = (json + "]", self.sink.clone());
                jq.apply(json, self.is_terminal, sink).await
            }
            _ => Ok(()),
        }
    }

    /// Writes everything, and waits until a person has read it.
    pub(crate) async fn finish(&self) -> Result<(), Failure> {
        let written = self.flush().await;
        let applied = self.apply().await;
        // what was made before something failed is shown all the same
        let ended = self.with_sink(Sink::end).await;
        if let Err(failure) = written.and(applied).and(ended) {
            // who believes that nothing was done does it again
            return Err(match self.unsaid.take() {
                Some(done) => failure.though(&done),
                None => failure,
            });
        }
        if let Some(sentence) = self.last.take() {
            self.say(&sentence);
        }
        Ok(())
    }

    async fn with_sink(
        &self,
        act: impl FnOnce(&mut Sink) -> Result<(), Failure> + Send + 'static,
    ) -> Result<(), Failure> {
        let sink = self.sink.clone();
        let acted = tokio::task::spawn_blocking(move || {
            act(&mut sink.lock().unwrap_or_else(PoisonError::into_inner))
        });
        acted
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error).into()))
    }
}

/// A value as JSON.
pub(super) fn json<T: Serialize>(of: &T) -> Result<Value, Failure> {
    Ok(serde_json::to_value(of).map_err(io::Error::from)?)
}
