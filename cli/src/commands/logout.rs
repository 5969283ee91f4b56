//! `gatepost logout`: end the session here, and at the server where it can be reached.

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
    let client = context.client()?;
    let how = if args.local {
        gatepost_sdk::Logout::Local
    } else {
        gatepost_sdk::Logout::Server
    };
    let ended = client.logout(how).await?;
    let (server, user) = (
        client.server().to_owned(),
        client.account().unwrap_or_default(),
    );
    Accounts::update(&context.settings.config, |all| all.forget(&server, &user))?;
    context
        .style
        .say(&format!("Logged out of {server} as {user}"));
    if let Some(problem) = &ended.problem {
        warn(&format!(
            "warning: the server was not told ({problem}); the session is valid there until its refresh token expires"
        ));
    }
    let json = json!({ "server": server, "user": user, "revoked": ended.revoked });
    Ok(context.style.result("", &json)?)
}
