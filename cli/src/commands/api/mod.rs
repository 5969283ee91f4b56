//! `gatepost api`: any request to the server, with the session.

mod answer;
mod fields;
mod pages;
mod path;
mod shown;

use gatepost_sdk::{Client, Method, SessionState};

use self::fields::Fields;
use self::path::path;
use crate::args::Api;
use crate::context::Context;
use crate::errors::Failure;

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
        return pages::print(&client, &path, &fields, &headers, &context.output).await;
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
        Ok(answer) => answer::print(answer, args.include, client.server(), &context.output).await,
        Err(error) => Err(answer::refused(error, true, &context.output)),
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
        if name.eq_ignore_ascii_case("authorization") {
            let failure = Failure::usage("the Authorization header is the session's own");
            return Err(failure.hint("leave it out, or set GATEPOST_TOKEN to another access token"));
        }
        Ok((name.to_owned(), value.trim().to_owned()))
    });
    headers.collect()
}
