//! `gatepost logout`: end the session here, and at the server where it can be reached; or all sessions that are here.

use gatepost_sdk::{Client, ErrorKind};
use serde::Serialize;
use serde_json::json;

use crate::accounts::{Account, Accounts};
use crate::args::Logout;
use crate::context::Context;
use crate::errors::Failure;
use crate::output::{Listing, Row, warn};

/// What came of a logout.
#[derive(Serialize)]
struct Ended {
    server: String,
    user: String,
    /// Whether the server accepts the session no longer.
    revoked: bool,
}

impl Row for Ended {
    const TITLES: &'static [&'static str] = &["SERVER", "USER", "REVOKED"];
    const WIDE: usize = 0;

    fn cells(&self, _: i64) -> Vec<String> {
        self.values()
    }

    fn values(&self) -> Vec<String> {
        vec![
            self.server.clone(),
            self.user.clone(),
            self.revoked.to_string(),
        ]
    }
}

pub(super) async fn run(args: &Logout, context: &Context) -> Result<(), Failure> {
    if context.settings.token.is_some() {
        return Err(
            Failure::usage("GATEPOST_TOKEN is set: there is no session to end")
                .hint("unset it, then log out"),
        );
    }
    if args.all {
        return all(args, context).await;
    }
    let client = match context.client() {
        Ok(client) => client,
        Err(failure) if failure.is_nobody() => return nobody(context, &failure),
        Err(failure) => return Err(failure),
    };
    // a session that can't be read may be ended all the same
    let was_signed_in = is_signed_in(&client).await;
    let Some(user) = client.account() else {
        return nobody(context, &context.signed_out()?);
    };
    let ended = end(&client, user, was_signed_in, args, context).await?;
    context.output.result("", &ended)
}

/// Ends the sessions of all accounts. What is in the way of one is in the way of no other.
async fn all(args: &Logout, context: &Context) -> Result<(), Failure> {
    let server = match &context.settings.server {
        Some(_) => Some(context.server()?),
        None => None,
    };
    let is_meant = |account: &&Account| {
        server
            .as_ref()
            .is_none_or(|server| account.server == *server)
    };
    let is_for_programs = context.output.is_for_programs();
    let mut listing = Listing::new(&context.output);
    let mut first = Ok(());
    let meant: Vec<_> = context.accounts.all.iter().filter(is_meant).collect();
    if meant.is_empty() {
        context.output.say("Nobody is logged in here");
    }
    for account in meant {
        let ended = async {
            let client = context.client_of(account)?;
            let was_signed_in = is_signed_in(&client).await;
            end(&client, account.user.clone(), was_signed_in, args, context).await
        };
        match ended.await {
            Ok(ended) if is_for_programs => listing.row(&ended)?,
            Ok(_) => {}
            Err(failure) => {
                let (user, server) = (&account.user, &account.server);
                let why = failure.message();
                warn(&format!(
                    "warning: {user} at {server} is still logged in: {why}"
                ));
                first = first.and(Err(failure));
            }
        }
    }
    // a person has read it in sentences
    if is_for_programs {
        listing.end("");
    }
    first
}

async fn is_signed_in(client: &Client) -> bool {
    let details = client.session().details().await;
    details.map_or(true, |details| details.is_some())
}

/// Ends the session of a client, and says so.
async fn end(
    client: &Client,
    user: String,
    was_signed_in: bool,
    args: &Logout,
    context: &Context,
) -> Result<Ended, Failure> {
    let server = client.server().to_owned();
    let how = if args.local {
        gatepost_sdk::Logout::Local
    } else {
        gatepost_sdk::Logout::Server
    };
    let ended = match client.logout(how).await {
        Ok(ended) => Some(ended),
        Err(error) if matches!(error.kind(), ErrorKind::NotSignedIn) => None,
        Err(error) => return Err(error.into()),
    };
    if let Some(left) = ended.as_ref().and_then(|ended| ended.left.clone()) {
        let failure = Failure::from(left).though("the session has ended at the server");
        return Err(failure.hint("make its place writable and log out again, which removes it"));
    }
    Accounts::update(&context.settings.config, |all| all.forget(&server, &user))?;
    context.output.say(&if was_signed_in {
        format!("Logged out of {server} as {user}")
    } else {
        format!("{user} was not logged in to {server} any more")
    });
    let (revoked, problem) = ended.map_or((false, None), |ended| (ended.revoked, ended.problem));
    if let Some(problem) = problem {
        warn(&format!(
            "warning: the server was not told ({problem}); the session is valid there until its refresh token expires"
        ));
    }
    Ok(Ended {
        server,
        user,
        revoked,
    })
}

/// There is nothing to end, which is no failure.
fn nobody(context: &Context, why: &Failure) -> Result<(), Failure> {
    let others = if context.accounts.all.is_empty() {
        ""
    } else {
        "; `gatepost accounts` lists the other logins"
    };
    context
        .output
        .say(&format!("Nothing to log out of: {}{others}", why.message()));
    let json = json!({ "server": context.address(), "user": null, "revoked": false });
    context.output.result("", &json)
}
