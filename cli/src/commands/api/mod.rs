//! `gatepost api`: any request to the server, with the session.

mod fields;
mod shown;

use std::borrow::Cow;
use std::io::{self, Write};

use gatepost_sdk::header::{CONTENT_TYPE, HeaderMap};
use gatepost_sdk::{Address, Client, ErrorKind, Method, Response, SessionState, StatusCode};
use serde_json::Value;
use serde_json::value::RawValue;

use self::fields::Fields;
use crate::args::Api;
use crate::context::Context;
use crate::errors::{Exit, Failure, refusal};
use crate::output::{Output, Style, put};

pub(super) async fn run(args: &Api, context: &Context) -> Result<(), Failure> {
    fields::one_reader(&args.fields, args.input.as_deref())?;
    let client = client(context).await?;
    let path = path(&args.path, client.server())?;
    let headers = headers(&args.headers)?;
    let fields = Fields::of(&args.texts, &args.fields).await?;
    let sends = !fields.is_empty() || args.input.is_some();
    let method = args.method.clone();
    let method = method.unwrap_or(if sends && !args.paginate {
        Method::POST
    } else {
        Method::GET
    });
    if args.paginate {
        if method != Method::GET {
            return Err(Failure::usage("--paginate is for GET: leave out -X"));
        }
        return pages(&client, &path, &fields, &headers, &context.output).await;
    }
    let mut request = client.request(method.clone(), &path);
    for (name, value) in &headers {
        request = request.header(name, value);
    }
    if args.input.is_some() || matches!(method, Method::GET | Method::HEAD) {
        request = request.query(&fields.query());
    } else if !fields.is_empty() {
        request = request.json(&fields.object()?);
    }
    if let Some(file) = &args.input {
        request = request.body(fields::bytes(file).await?);
        if !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        {
            request = request.header("Content-Type", "application/json");
        }
    }
    match request.send().await {
        Ok(answer) => print(answer, args.include, context).await,
        Err(error) => Err(refused(error, true, &context.output)),
    }
}

/// The client of the session; of none where nobody is logged in and nobody was named, since much of an API is for all.
async fn client(context: &Context) -> Result<Client, Failure> {
    let client = match context.client() {
        Err(failure) if failure.is_signed_out() && context.settings.account.is_none() => {
            return context.anonymous();
        }
        client => client?,
    };
    if context.settings.token.is_some() {
        return Ok(client);
    }
    let known = context.account()?.map(|account| &account.user);
    let Some(user) = context.settings.account.as_ref().or(known) else {
        return Ok(client);
    };
    // whoever is meant must be there: as nobody, the request would be another one
    match client.session().load().await? {
        SessionState::SignedOut | SessionState::Unknown { .. } => {
            let server = client.server();
            Err(Failure::signed_out(&format!("{server} as {user}")))
        }
        _ => Ok(client),
    }
}

/// The path below the server's address; a whole address must be the server's own, since the token is for no other.
fn path(given: &str, server: &str) -> Result<String, Failure> {
    let given = given.trim();
    if given.is_empty() {
        return Err(Failure::usage("the path is empty").hint("for example /api/posts/"));
    }
    if given.contains('#') {
        return Err(Failure::usage("a server sees nothing of what follows a #")
            .hint("leave it out, or write %23 for a # that is meant"));
    }
    if !given.contains("://") || given.starts_with(['/', '?']) {
        return Ok(given.to_owned());
    }
    below(given, server).ok_or_else(|| {
        // what stands before an @ may be a password
        let given = if given.contains('@') {
            "the address"
        } else {
            given
        };
        Failure::usage(format!(
            "{given} is not below {server}, and the session is for no other server"
        ))
        .hint("give the path alone, and name another server with --server")
    })
}

/// What of a whole address is below the server's, which it may name in capitals or with its port.
fn below(given: &str, server: &str) -> Option<String> {
    let at = given.find("://")? + "://".len();
    let end = given[at..]
        .find(['/', '?'])
        .map_or(given.len(), |end| at + end);
    let (host, rest) = given.split_at(end);
    let host: Address = host.parse().ok()?;
    let below = format!("{}{rest}", host.as_str());
    let below = below.strip_prefix(server)?;
    let is_below = below.is_empty() || below.starts_with(['/', '?']);
    is_below.then(|| below.to_owned())
}

/// Headers that say how the message itself is carried: another value would break it.
const CARRIERS: [&str; 5] = [
    "connection",
    "content-length",
    "host",
    "transfer-encoding",
    "upgrade",
];

fn headers(lines: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let headers = lines.iter().map(|line| {
        let (name, value) = line.split_once(':').ok_or_else(|| {
            Failure::usage("a header has no colon").hint("write it as -H 'NAME: VALUE'")
        })?;
        let name = name.trim();
        if CARRIERS.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(Failure::usage(format!(
                "the header {name} says how the request is carried, and gatepost sends it itself"
            ))
            .hint("leave it out"));
        }
        Ok((name.to_owned(), value.trim().to_owned()))
    });
    headers.collect()
}

/// Prints all pages of a list as one array.
async fn pages(
    client: &Client,
    path: &str,
    fields: &Fields,
    headers: &[(String, String)],
    output: &Output,
) -> Result<(), Failure> {
    let list = client.list::<Box<RawValue>>(path).query(&fields.query());
    let list = headers
        .iter()
        .fold(list, |list, (name, value)| list.header(name, value));
    let mut items = list.stream();
    let mut before = "[\n";
    let mut shaped = output.is_shaped().then(Vec::new);
    while let Some(item) = items.next().await {
        let item = item.map_err(|error| {
            let is_first = before == "[\n";
            let is_other = matches!(error.kind(), ErrorKind::Decode { .. });
            // after a part of the array, another body would make neither readable
            let failure = refused(error, is_first, output);
            if is_other && is_first {
                failure.hint("if it is no list, leave out --paginate")
            } else {
                failure
            }
        })?;
        if let Some(items) = &mut shaped {
            items.push(json(item.get().as_bytes())?);
            before = ",\n";
            continue;
        }
        let text = if output.is_on_terminal() {
            shown::safe(item.get(), true).into()
        } else {
            Cow::from(item.get())
        };
        put(&format!("{before}{text}"))?;
        before = ",\n";
    }
    if let Some(items) = shaped {
        return output.data(items.into());
    }
    Ok(put(if before == "[\n" { "[]\n" } else { "\n]\n" })?)
}

/// Prints an answer; one that says no is a failure, too.
async fn print(mut answer: Response, include: bool, context: &Context) -> Result<(), Failure> {
    let status = answer.status();
    let is_terminal = context.output.is_on_terminal();
    let is_shaped = context.output.is_shaped();
    if include {
        put(&shown::head(&answer))?;
    }
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        // where to, and what that may mean
        return Ok(answer.checked().await.map(drop)?);
    }
    let headers = answer.headers().clone();
    let is_no = status.is_client_error() || status.is_server_error();
    let mut whole = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        if !is_terminal && (!is_shaped || is_no) {
            write(&piece)?;
        }
        if is_terminal || is_shaped || is_no && whole.len() < shown::ENOUGH {
            whole.extend_from_slice(&piece);
        }
    }
    if is_no {
        if is_terminal {
            show(&whole, &context.output)?;
        }
        return Err(Failure::answered(status, &headers, &whole));
    }
    if is_shaped {
        return context.output.data(json(&whole)?);
    }
    if is_terminal {
        put(&text(&whole, &headers, &context.output)?)?;
    }
    Ok(())
}

/// The server's no where the sdk has read it: printed, and said as that of an answer that came here.
fn refused(error: gatepost_sdk::Error, prints: bool, output: &Output) -> Failure {
    let Some(no) = refusal(&error) else {
        return match error.kind() {
            // a web page, which the sdk does not keep
            ErrorKind::UnexpectedAnswer { status, .. }
                if status.is_client_error() || status.is_server_error() =>
            {
                Failure::answered(*status, &HeaderMap::new(), b"")
            }
            _ => Failure::from(error),
        };
    };
    if prints && let Err(error) = show(no.raw(), output) {
        return error.into();
    }
    if matches!(error.kind(), ErrorKind::AuthScheme) {
        // that the token was not even looked at says more than the server did
        return Failure::from(error).exit(Exit::Login);
    }
    Failure::answered_no(no)
}

/// Prints the body of an answer that says no; of what a terminal can't show, nothing: its status says what happened.
fn show(body: &[u8], output: &Output) -> io::Result<()> {
    if !output.is_on_terminal() {
        return write(body);
    }
    match shown::body(body, output.style != Style::Json) {
        Some(text) => put(&text),
        None => Ok(()),
    }
}

/// What an option picks from.
fn json(body: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(body).map_err(|_| {
        Failure::usage("the answer is no JSON, of which a part could be printed")
            .hint("leave out --json, --jq and --template")
    })
}

/// What a terminal shows of a body.
fn text(body: &[u8], headers: &HeaderMap, output: &Output) -> Result<String, Failure> {
    if let Some(text) = shown::body(body, output.style != Style::Json) {
        return Ok(text);
    }
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    Err(Failure::usage(format!(
        "the answer is no text but {} bytes of {}, and a terminal can't show it",
        body.len(),
        kind.unwrap_or("an unknown kind")
    ))
    .hint("write it into a file: add > FILE"))
}

fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_server_s_own() {
        let server = "https://a.example/below";
        let path = |given| path(given, server).map_err(|failure| failure.message().to_owned());
        assert_eq!(path("/api/x/?a=b").as_deref(), Ok("/api/x/?a=b"));
        assert_eq!(path(" api/x/ ").as_deref(), Ok("api/x/"));
        assert_eq!(path("https://a.example/below/x").as_deref(), Ok("/x"));
        assert_eq!(path(server).as_deref(), Ok(""));
        assert_eq!(path("HTTPS://A.Example:443/below/X").as_deref(), Ok("/X"));
        assert_eq!(
            path("/x/?next=http://b").as_deref(),
            Ok("/x/?next=http://b")
        );
        for other in [
            "",
            "https://a.example/belowx",
            "https://a.example.evil/x",
            "http://a.example/below/x",
            "https://a.example/Below/x",
            "https://ada:secret@a.example/below/x",
            "https://a.example/below/x#y",
            "/x#y",
        ] {
            let why = path(other).unwrap_err();
            assert!(!why.contains("secret"), "{why}");
        }
    }
}
