//! `gatepost sessions`: where the account is logged in, and the end of one session or of all others.

use chrono::{DateTime, SecondsFormat, Utc};
use gatepost_sdk::{AccountSession, Client};
use serde_json::json;

use crate::ago::ago;
use crate::args::{EndSession, Sessions, SessionsCommand};
use crate::context::Context;
use crate::errors::{Exit, Failure};
use crate::output::{Row, print_list, printable};

/// How much of an id a person is shown; any beginning of one that no other has is taken.
const SHORT: usize = 8;

pub(super) async fn run(args: &Sessions, context: &Context) -> Result<(), Failure> {
    let client = context.client()?;
    match &args.command {
        None => list(&client, context).await,
        Some(SessionsCommand::End(args)) => end(args, &client, context).await,
        Some(SessionsCommand::EndOthers) => {
            client.me().end_other_sessions().await?;
            context.output.say("Ended all other sessions");
            context.output.result("", &json!({ "ended": "others" }))
        }
    }
}

async fn list(client: &Client, context: &Context) -> Result<(), Failure> {
    let sessions = client.me().sessions().await?;
    print_list(&context.output, &sessions, "No session is alive")
}

impl Row for AccountSession {
    const TITLES: &'static [&'static str] = &["", "ID", "WHAT", "BEGUN", "REFRESHED", "EXPIRES"];
    const WIDE: usize = 2;

    fn cells(&self, now: i64) -> Vec<String> {
        let mark = if self.current { "*" } else { "" };
        let when = |at: DateTime<Utc>| ago(now, at.timestamp());
        vec![
            mark.to_owned(),
            short(self).to_owned(),
            label(self).to_owned(),
            when(self.begun),
            self.last_refreshed.map_or_else(String::new, when),
            when(self.expires),
        ]
    }

    fn values(&self) -> Vec<String> {
        let at = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        vec![
            self.id.clone(),
            self.label.clone(),
            at(self.begun),
            self.last_refreshed.map_or_else(String::new, at),
            at(self.expires),
            self.current.to_string(),
        ]
    }
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
        .output
        .say(&format!("Ended the session of {}", label(session)));
    let json = json!({ "id": session.id, "ended": true });
    context.output.result("", &json)
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
