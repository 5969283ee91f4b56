//! `gatepost sessions`: where the account is logged in, and the end of one session or of all others.

use chrono::{DateTime, SecondsFormat, Utc};
use gatepost_sdk::{AccountSession, Client, Clock};
use serde_json::json;

use crate::ago::ago;
use crate::args::{EndSession, Sessions, SessionsCommand};
use crate::context::Context;
use crate::errors::{Exit, Failure};
use crate::output::{Style, escaped, printable, put};
use crate::table::Table;

/// How much of an id a person is shown; any beginning of one that no other has is taken.
const SHORT: usize = 8;

pub(super) async fn run(args: &Sessions, context: &Context) -> Result<(), Failure> {
    let client = context.client()?;
    match &args.command {
        None => list(&client, context).await,
        Some(SessionsCommand::End(args)) => end(args, &client, context).await,
        Some(SessionsCommand::EndOthers) => {
            client.me().end_other_sessions().await?;
            context.style.say("Ended all other sessions");
            Ok(context.style.result("", &json!({ "ended": "others" }))?)
        }
    }
}

async fn list(client: &Client, context: &Context) -> Result<(), Failure> {
    let sessions = client.me().sessions().await?;
    let text = match context.style {
        Style::Json => serde_json::to_string(&sessions).map_err(std::io::Error::from)? + "\n",
        Style::Tsv => sessions.iter().map(line).collect(),
        Style::Terminal(_) if sessions.is_empty() => {
            context.style.say("No session is alive");
            String::new()
        }
        Style::Terminal(width) => {
            let now = Clock::system().now();
            let titles = ["", "ID", "WHAT", "BEGUN", "REFRESHED", "EXPIRES"];
            let mut table = Table::new(&titles, 2, width);
            let lines = sessions.iter().map(|session| {
                let mark = if session.current { "*" } else { "" };
                let when = |at: DateTime<Utc>| ago(now, at.timestamp());
                table.row(&[
                    mark.to_owned(),
                    short(session).to_owned(),
                    label(session).to_owned(),
                    when(session.begun),
                    session.last_refreshed.map_or_else(String::new, when),
                    when(session.expires),
                ])
            });
            let text: String = lines.collect();
            text + &table.flush()
        }
    };
    Ok(put(&text)?)
}

fn line(session: &AccountSession) -> String {
    let at = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    format!(
        "{}\t{}\t{}\t{}\t{}\t{}\n",
        escaped(&session.id),
        escaped(&session.label),
        at(session.begun),
        session.last_refreshed.map_or_else(String::new, at),
        at(session.expires),
        session.current
    )
}

async fn end(args: &EndSession, client: &Client, context: &Context) -> Result<(), Failure> {
    let wanted = args.id.trim();
    let sessions = client.me().sessions().await?;
    let mut found = sessions
        .iter()
        .filter(|session| !wanted.is_empty() && session.id.starts_with(wanted));
    let session = match (found.next(), found.next()) {
        (None, _) => {
            let what = format!("there is no session {}", printable(wanted));
            return Err(Failure::new(Exit::NotFound, "no_session", what)
                .hint("`gatepost sessions` shows those that there are"));
        }
        (Some(_), Some(_)) => {
            let what = format!("several sessions begin with {}", printable(wanted));
            return Err(Failure::usage(what).hint("give more of the id"));
        }
        (Some(session), None) => session,
    };
    if session.current {
        return Err(
            Failure::usage("that is the session of this command line itself")
                .hint("`gatepost logout` ends it, here and on the server"),
        );
    }
    client.me().end_session(&session.id).await?;
    context
        .style
        .say(&format!("Ended the session of {}", label(session)));
    let json = json!({ "id": session.id, "ended": true });
    Ok(context.style.result("", &json)?)
}

fn label(session: &AccountSession) -> &str {
    if session.label.is_empty() {
        "an unknown program"
    } else {
        &session.label
    }
}

fn short(session: &AccountSession) -> &str {
    session.id.get(..SHORT).unwrap_or(&session.id)
}
