//! `gatepost api`: any request to the server, with the session.

mod fields;
mod shown;

use std::io::{self, Write};

use gatepost_sdk::header::{CONTENT_TYPE, HeaderMap};
use gatepost_sdk::{Client, ErrorKind, Method, Response, StatusCode};
use serde_json::Value;
use serde_json::value::RawValue;

use self::fields::Fields;
use crate::args::Api;
use crate::context::Context;
use crate::errors::Failure;
use crate::output::{Output, Style, printable, put};

pub(super) async fn run(args: &Api, context: &Context) -> Result<(), Failure> {
    let client = client(context)?;
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
    print(request.send().await?, args.include, context).await
}

/// The client of the session; of none where nobody is logged in and nobody was named, since much of an API is for all.
fn client(context: &Context) -> Result<Client, Failure> {
    match context.client() {
        Err(failure) if failure.is_signed_out() && context.settings.account.is_none() => {
            context.anonymous()
        }
        client => client,
    }
}

/// The path below the server's address; a whole address must be the server's own, since the token is for no other.
fn path(given: &str, server: &str) -> Result<String, Failure> {
    let given = given.trim();
    if given.is_empty() {
        return Err(Failure::usage("the path is empty").hint("for example /api/posts/"));
    }
    if !given.contains("://") {
        return Ok(given.to_owned());
    }
    let below = given.strip_prefix(server);
    let below = below.filter(|below| below.is_empty() || below.starts_with(['/', '?']));
    below.map(str::to_owned).ok_or_else(|| {
        Failure::usage(format!(
            "{given} is not below {server}, and the session is for no other server"
        ))
        .hint("give the path alone, and name another server with --server")
    })
}

fn headers(lines: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let headers = lines.iter().map(|line| {
        let (name, value) = line.split_once(':').ok_or_else(|| {
            Failure::usage("a header has no colon").hint("write it as -H 'NAME: VALUE'")
        })?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
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
            let is_other = matches!(error.kind(), ErrorKind::Decode { .. });
            let failure = Failure::from(error);
            if is_other && before == "[\n" {
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
        let text = match output.style {
            Style::Terminal(_) => printable(item.get()),
            _ => item.get().into(),
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
    let is_terminal = matches!(context.output.style, Style::Terminal(_));
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
    if is_terminal {
        put(&text(&whole, &headers)?)?;
    }
    if is_shaped && !is_no {
        return context.output.data(json(&whole)?);
    }
    if is_no {
        return Err(Failure::answered(status, &headers, &whole));
    }
    Ok(())
}

/// What an option picks from.
fn json(body: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(body).map_err(|_| {
        Failure::usage("the answer is no JSON, of which a part could be printed")
            .hint("leave out --json, --jq and --template")
    })
}

/// What a terminal shows of a body.
fn text(body: &[u8], headers: &HeaderMap) -> Result<String, Failure> {
    if let Some(text) = shown::body(body) {
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
        for other in [
            "",
            "https://a.example/belowx",
            "https://a.example.evil/x",
            "http://a.example/below/x",
        ] {
            path(other).unwrap_err();
        }
    }
}
