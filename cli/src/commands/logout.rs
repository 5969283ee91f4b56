//! `gatepost logout`: end the session here, and at the server where it can be reached.

use gatepost_sdk::ErrorKind;
use serde_json::json;

use crate::accounts::Accounts;
use crate::args::Logout;
use crate::context::Context;
use crate::errors::Failure;
use crate::output::warn;

pub(super) async fn run(args: &Logout, context: &Context) -> Result<(), Failure> {
    if context.settings.token.is_some() {
        return Err(
            Failure::usage("GATEPOST_TOKEN is set: there is no session to end")
                .hint("unset it, then log out"),
        );
    }
    let client = match context.client() {
        Ok(client) => client,
        Err(failure) if failure.is_nobody() => return nobody(context, &failure),
        Err(failure) => return Err(failure),
    };
    let session = client.session();
    // a session that can't be read may be ended all the same
    let was_signed_in = session
        .details()
        .await
        .map_or(true, |details| details.is_some());
    let (server, user) = (client.server().to_owned(), client.account());
    let Some(user) = user else {
        return nobody(context, &context.signed_out()?);
    };
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
    Accounts::update(&context.settings.config, |all| all.forget(&server, &user))?;
    context.style.say(&if was_signed_in {
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
    let json = json!({ "server": server, "user": user, "revoked": revoked });
    Ok(context.style.result("", &json)?)
}

/// There is nothing to end, which is no failure.
fn nobody(context: &Context, why: &Failure) -> Result<(), Failure> {
    let others = if context.accounts.all.is_empty() {
        ""
    } else {
        "; `gatepost accounts` lists the other logins"
    };
    context
        .style
        .say(&format!("Nothing to log out of: {}{others}", why.message()));
    let json = json!({ "server": context.address(), "user": null, "revoked": false });
    Ok(context.style.result("", &json)?)
}
