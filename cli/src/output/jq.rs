//! `--jq`: what an expression of jq makes of a command's JSON.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use jaq_core::data::JustLut;
use jaq_core::load::lex::Expect;
use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Filter, Vars};
use jaq_json::{Val, read};

use super::sink::Sink;
use super::text::{shown_json, shown_text};
use crate::errors::Failure;

/// The values that an expression works on.
type Data = JustLut<Val>;

/// The stack of the thread that applies one: it may call itself again and again.
const STACK: usize = 256 * 1024 * 1024;

/// How much is made before it is written.
const CHUNK: usize = 32 * 1024;

/// How much of an expression, or of what is wrong with a value, is shown.
const SHOWN: usize = 40;

/// Refuses what is no expression, before anything is done.
pub(super) fn check(code: &str) -> Result<(), Failure> {
    compile(code).map(drop)
}

/// Writes what an expression makes of JSON. It may take for ever, and can be interrupted.
pub(super) async fn apply(
    code: &str,
    json: String,
    is_terminal: bool,
    sink: Arc<Mutex<Sink>>,
) -> Result<(), Failure> {
    let code = code.to_owned();
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
            // `halt`
            Err(Err(_)) => break,
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

fn compile(code: &str) -> Result<Filter<Data>, Failure> {
    let definitions = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs());
    let functions = jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs());
    let arena = Arena::default();
    let modules = Loader::new(definitions)
        .load(&arena, File { code, path: () })
        .map_err(|errors| {
            let error = errors.into_iter().map(|(_, error)| error).next();
            unreadable(code, error)
        })?;
    let compiled = Compiler::default().with_funs(functions).compile(modules);
    compiled.map_err(|errors| {
        let mut errors = errors.into_iter().flat_map(|(_, errors)| errors);
        let Some((name, what)) = errors.next() else {
            return wrong("can't be used");
        };
        let (what, place) = (what.as_str(), place(code, name));
        wrong(&format!(
            "is wrong {place}: there is no {what} of this name"
        ))
    })
}

/// What is wrong with an expression, and where.
fn unreadable(code: &str, error: Option<load::Error<&str>>) -> Failure {
    let (why, found) = match error {
        Some(load::Error::Lex(errors)) => match errors.into_iter().next() {
            Some((Expect::Delim(sign), found)) => (format!("{sign} is not closed"), found),
            Some((Expect::Token, found)) => ("this means nothing here".to_owned(), found),
            Some((expected, found)) => (format!("expected {}", expected.as_str()), found),
            None => return wrong("can't be read"),
        },
        Some(load::Error::Parse(errors)) => match errors.into_iter().next() {
            Some((load::parse::Expect::Nothing, found)) => ("expected its end".to_owned(), found),
            Some((expected, found)) => (format!("expected {}", expected.as_str()), found),
            None => return wrong("can't be read"),
        },
        Some(load::Error::Io(_)) => return wrong("takes no modules"),
        None => return wrong("can't be read"),
    };
    let place = place(code, found);
    wrong(&format!("is wrong {place}: {why}"))
}

fn wrong(what: &str) -> Failure {
    Failure::usage(format!("the expression of --jq {what}"))
        .hint("the language is that of jq: https://jqlang.org/manual/")
}

/// Where a part of an expression stands.
fn place(code: &str, part: &str) -> String {
    // a part is a piece of the expression itself
    let start = (part.as_ptr() as usize).checked_sub(code.as_ptr() as usize);
    let before = start.and_then(|start| code.get(..start));
    let Some(before) = before.filter(|before| before.len() < code.len()) else {
        return format!("at its end, after {}", last(code));
    };
    let number = before.chars().count() + 1;
    let rest = cut(&code[before.len()..], SHOWN);
    format!("at character {number}, {rest}")
}

/// The last characters of a text, on one line.
fn last(text: &str) -> String {
    let count = text.chars().count();
    let rest: String = text.chars().skip(count.saturating_sub(SHOWN)).collect();
    if count > SHOWN {
        format!("…{rest}")
    } else if rest.is_empty() {
        "nothing".to_owned()
    } else {
        rest
    }
}

fn cut(text: &str, length: usize) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(length).collect();
    match chars.next() {
        Some(_) => start + "…",
        None => start,
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
            ("1, halt, 2", "1\n"),
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
    fn a_wrong_expression_is_one_sentence_with_its_place() {
        for (code, message) in [
            (
                ".[] | [.id",
                "is wrong at its end, after .[] | [.id: [ is not closed",
            ),
            (".[].", "is wrong at its end, after .[].: expected key"),
            ("", "is wrong at its end, after nothing: expected term"),
            (
                "map(.id) )",
                "is wrong at character 10, ): this means nothing here",
            ),
            (".a b", "is wrong at character 4, b: expected its end"),
            (
                "if . then 1",
                "is wrong at its end, after if . then 1: expected else or end",
            ),
            (
                "map(.id)|lenght|.",
                "is wrong at character 10, lenght|.: there is no filter of this name",
            ),
            (
                "$x",
                "is wrong at character 1, $x: there is no variable of this name",
            ),
            ("import \"x\" as x; .", "takes no modules"),
        ] {
            let failure = check(code).unwrap_err();
            assert_eq!(
                failure.message(),
                format!("the expression of --jq {message}"),
                "{code}"
            );
        }
    }

    #[test]
    fn what_goes_wrong_with_a_value_is_said_after_what_was_made() {
        let message = applied(".[] | .title + 1", POSTS).unwrap_err();
        assert!(
            message.starts_with("--jq came to an end: cannot"),
            "{message}"
        );
        assert_eq!(
            applied("error(\"no\")", POSTS).unwrap_err(),
            "--jq came to an end: no"
        );
    }

    #[test]
    fn places_are_cut() {
        let long = "é".repeat(100);
        assert_eq!(last(&long), format!("…{}", "é".repeat(SHOWN)));
        assert_eq!(cut(&long, 2), "éé…");
        assert_eq!(cut("éé", 2), "éé");
        let code = "aé | b";
        assert_eq!(place(code, &code[6..]), "at character 6, b");
    }
}
