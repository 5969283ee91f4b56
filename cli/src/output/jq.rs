//! `--jq`: what an expression of jq makes of a command's JSON.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use jaq_core::{Ctx, Vars};
use jaq_json::{Val, read};

use super::expression::{Data, SHOWN, compile, cut, is_by_item};
use super::sink::Sink;
use super::text::{shown_json, shown_text};
use crate::errors::Failure;

/// The stack of the thread that applies one: it may call itself again and again.
const STACK: usize = 256 * 1024 * 1024;

/// How much is made before it is written.
const CHUNK: usize = 32 * 1024;

/// An expression that was looked at.
pub(super) struct Jq {
    code: String,
    /// Whether it takes the items of an array one by one: then a part of them can be had by itself, and it makes of all
    /// what it makes of the parts.
    pub(super) is_by_item: bool,
}

impl Jq {
    /// Refuses what is no expression, before anything is done.
    pub(super) fn new(code: &str) -> Result<Self, Failure> {
        compile(code)?;
        Ok(Self {
            code: code.to_owned(),
            is_by_item: is_by_item(code),
        })
    }

    /// Writes what it makes of JSON. It may take for ever, and can be interrupted.
    pub(super) async fn apply(
        &self,
        json: String,
        is_terminal: bool,
        sink: Arc<Mutex<Sink>>,
    ) -> Result<(), Failure> {
        let code = self.code.clone();
        let (done, outcome) = tokio::sync::oneshot::channel();
        let work = move || {
            let mut text = String::new();
            let write = |text: &str| {
                let mut sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
                sink.write(text)
            };
            let made = made(&code, &json, |value| {
                text.push_str(&shown(&value, is_terminal));
                if text.len() >= CHUNK {
                    return write(&std::mem::take(&mut text));
                }
                Ok(())
            });
            // what was made before it failed is printed, as jq does
            let written = write(&text);
            // nobody waits for it any more where a signal came
            let _ = done.send(made.and(written));
        };
        let thread = thread::Builder::new().stack_size(STACK).spawn(work);
        thread.map_err(Failure::from)?;
        outcome
            .await
            .unwrap_or_else(|_| Err(Failure::usage("--jq could not be applied")))
    }
}

/// Each value that an expression makes of JSON.
fn made(
    code: &str,
    json: &str,
    mut each: impl FnMut(Val) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let filter = compile(code)?;
    let input = read::parse_single(json.as_bytes()).map_err(io::Error::other)?;
    let context = Ctx::<Data>::new(&filter.lut, Vars::new([]));
    for value in filter.id.run((context, input)) {
        match value.map_err(jaq_core::Exn::get_err) {
            Ok(value) => each(value)?,
            Err(Ok(error)) => {
                // one that the expression made itself may be any value
                let why = cut(&text(&error.into_val()), 3 * SHOWN);
                return Err(Failure::usage(format!("--jq came to an end: {why}")));
            }
            Err(Err(other)) => match other.get_halt() {
                // as if nobody read on
                Ok(0) | Err(_) => return Err(io::Error::from(io::ErrorKind::BrokenPipe).into()),
                Ok(code) => {
                    return Err(Failure::usage(format!("--jq came to an end: halt({code})")));
                }
            },
        }
    }
    Ok(())
}

/// A text without its quotes, and anything else as JSON.
fn shown(value: &Val, is_terminal: bool) -> String {
    let line = match value {
        Val::TStr(_) | Val::BStr(_) if is_terminal => shown_text(&text(value)).into_owned(),
        Val::TStr(_) | Val::BStr(_) => text(value),
        value => shown_json(value.to_string(), is_terminal),
    };
    line + "\n"
}

fn text(value: &Val) -> String {
    match value {
        Val::TStr(bytes) | Val::BStr(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(code: &str, json: &str) -> Result<String, String> {
        let mut text = String::new();
        let made = made(code, json, |value| {
            text.push_str(&shown(&value, true));
            Ok(())
        });
        made.map(|()| text)
            .map_err(|failure| failure.message().to_owned())
    }

    const POSTS: &str = r#"[{"id":2,"title":"Zwei\u001b\n\u202e"},{"id":1,"title":"One"}]"#;

    #[test]
    fn texts_come_without_quotes_and_command_no_terminal() {
        for (code, text) in [
            (".[].title", "Zwei\\u{1b}\n\\u{202e}\nOne\n"),
            ("map(.id) | add", "3\n"),
            (".[1]", "{\"id\":1,\"title\":\"One\"}\n"),
            (".[0] | {t: .title}", "{\"t\":\"Zwei\\u001b\\n\\u202e\"}\n"),
            (
                "sort_by(.id) | .[] | \"\\(.id) \\(.title[0:2])\"",
                "1 On\n2 Zw\n",
            ),
            ("empty", ""),
            (
                "\"2026-01-02T03:04:05Z\" | fromdate | todate",
                "2026-01-02T03:04:05Z\n",
            ),
            ("[.[].title | test(\"^O\")]", "[false,true]\n"),
        ] {
            assert_eq!(applied(code, POSTS).as_deref(), Ok(text), "{code}");
        }
    }

    #[test]
    fn what_goes_wrong_with_a_value_is_said_after_what_was_made() {
        let message = applied(".[] | .title + 1", POSTS).unwrap_err();
        assert!(
            message.starts_with("--jq came to an end: cannot"),
            "{message}"
        );
        for (code, why) in [
            ("error(\"no\")", "no"),
            (".[1].title | halt_error", "One"),
            (".[1].title | halt_error(7)", "One"),
            ("halt(7)", "halt(7)"),
        ] {
            let message = format!("--jq came to an end: {why}");
            assert_eq!(applied(code, POSTS).unwrap_err(), message, "{code}");
        }
    }

    #[test]
    fn halt_ends_it_and_is_no_failure() {
        let mut seen = Vec::new();
        let ended = made("1, halt, 2", "null", |value| {
            seen.push(value.to_string());
            Ok(())
        });
        assert_eq!(seen, ["1"]);
        let code = format!("{:?}", ended.unwrap_err().code());
        assert_eq!(code, format!("{:?}", std::process::ExitCode::SUCCESS));
    }
}
