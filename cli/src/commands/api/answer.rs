//! The answer to a request, printed as it comes; one that says no is a failure, too.

use std::io::{self, Write};

use gatepost_sdk::header::{CONTENT_TYPE, HeaderMap};
use gatepost_sdk::{ErrorKind, Response, StatusCode};
use serde_json::Value;

use super::{path, shown};
use crate::errors::{Exit, Failure, refusal};
use crate::output::{MOST, Output, Style, shown_json, shown_text};
use crate::values;

/// The longest body that is held so that its JSON can be shown in lines.
const IN_LINES: usize = 4 * 1024 * 1024;

/// Prints an answer.
pub(super) async fn print(
    mut answer: Response,
    include: bool,
    server: &str,
    output: &Output,
) -> Result<(), Failure> {
    let status = answer.status();
    if include {
        output.put(&shown::head(&answer));
    }
    let is_elsewhere = status.is_redirection() && status != StatusCode::NOT_MODIFIED;
    if is_elsewhere && status != StatusCode::MULTIPLE_CHOICES {
        return Err(elsewhere(answer, server).await);
    }
    let is_no = status.is_client_error() || status.is_server_error();
    if output.is_shaped() && !is_no && !is_elsewhere {
        return picked(answer, output).await;
    }
    let begin = if output.is_on_terminal() {
        on_terminal(&mut answer, output, is_no || is_elsewhere).await?
    } else {
        as_it_is(&mut answer, output).await?
    };
    if is_elsewhere {
        return Err(elsewhere(answer, server).await);
    }
    if is_no {
        return Err(Failure::answered(status, answer.headers(), &begin));
    }
    Ok(())
}

/// That the server sends elsewhere. Nothing follows it: the token is for this server alone, and a request that changes
/// something is not sent where nobody has named.
async fn elsewhere(answer: Response, server: &str) -> Failure {
    let Err(error) = answer.checked().await else {
        // there is no such redirect
        return Failure::usage("the answer can't be read");
    };
    let here = match error.kind() {
        ErrorKind::Redirected { target, .. } => path::of_target(target, server),
        _ => None,
    };
    let has_own_hint = error
        .hint()
        .is_some_and(|hint| hint.contains("final slash"));
    let failure = Failure::from(error);
    match here {
        Some(path) if !has_own_hint => {
            let path = values::quoted(&path);
            failure.hint(format!(
                "it is at this server: `gatepost api {path}` asks there"
            ))
        }
        _ => failure,
    }
}

/// Prints what an option picks from the answer, which has to be there whole.
async fn picked(mut answer: Response, output: &Output) -> Result<(), Failure> {
    let mut whole = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        whole.extend_from_slice(&piece);
        if whole.len() > MOST {
            return Err(Failure::usage(
                "the answer is longer than 128 MiB, too long to pick something from",
            )
            .hint("leave out --json, --jq and --template, and write it into a file: add > FILE"));
        }
    }
    output.data(json(&whole)?)
}

/// Writes a body as it is; gives its beginning.
async fn as_it_is(answer: &mut Response, output: &Output) -> Result<Vec<u8>, Failure> {
    output.flush().await?;
    let mut begin = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        output.raw(&piece).await?;
        if begin.len() < shown::ENOUGH {
            begin.extend_from_slice(&piece);
        }
    }
    Ok(begin)
}

/// Shows a body on a terminal: JSON in lines, and as it comes what is too long to be held. Of an answer that says no, what
/// is no text is left out: its status says what happened. Gives the body, or its beginning.
async fn on_terminal(
    answer: &mut Response,
    output: &Output,
    is_no: bool,
) -> Result<Vec<u8>, Failure> {
    let mut held = Vec::new();
    while held.len() <= IN_LINES
        && let Some(piece) = answer.chunk().await?
    {
        held.extend_from_slice(&piece);
    }
    if held.len() > IN_LINES {
        held = at_length(answer, held, output).await?;
        return Ok(held);
    }
    match shown::body(&held, output.style != Style::Json) {
        Some(text) => output.put(&text),
        None if is_no => {}
        None => return Err(no_text(answer.headers(), &format!("{} bytes", held.len()))),
    }
    Ok(held)
}

/// Shows a long body as it comes.
async fn at_length(
    answer: &mut Response,
    held: Vec<u8>,
    output: &Output,
) -> Result<Vec<u8>, Failure> {
    let begin = held[..shown::ENOUGH.min(held.len())].to_vec();
    let is_json = matches!(held.trim_ascii_start().first(), Some(b'{' | b'['));
    let mut rest = held;
    loop {
        let (text, left) =
            shown::split(&rest).ok_or_else(|| no_text(answer.headers(), "more than 4 MiB"))?;
        output.put(&if is_json {
            shown_json(text.to_owned(), true)
        } else {
            shown_text(text).into_owned()
        });
        output.flush().await?;
        rest = left.to_vec();
        match answer.chunk().await? {
            Some(piece) => rest.extend_from_slice(&piece),
            None => break,
        }
    }
    output.put("\n");
    Ok(begin)
}

/// The server's no where the sdk has read it: printed, and said as that of an answer that came here.
pub(super) fn refused(error: gatepost_sdk::Error, prints: bool, output: &Output) -> Failure {
    let Some(no) = refusal(&error) else {
        return Failure::from(error);
    };
    if prints {
        let body = no.raw();
        if output.is_on_terminal() {
            output.put(&shown::body(body, output.style != Style::Json).unwrap_or_default());
        } else if let Err(error) = write(body) {
            return error.into();
        }
    }
    if matches!(error.kind(), ErrorKind::AuthScheme) {
        // that the token was not even looked at says more than the server did
        return Failure::from(error).exit(Exit::Login);
    }
    Failure::answered_no(no)
}

fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// What an option picks from.
fn json(body: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(body).map_err(|_| {
        Failure::usage("the answer is no JSON, of which a part could be printed")
            .hint("leave out --json, --jq and --template")
    })
}

/// That a terminal can't show a body.
fn no_text(headers: &HeaderMap, length: &str) -> Failure {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    Failure::usage(format!(
        "the answer is no text but {length} of {}, and a terminal can't show it",
        kind.unwrap_or("an unknown kind")
    ))
    .hint("write it into a file: add > FILE")
}
