//! `gatepost profile`: the account that is logged in, as the server shows it; a change of it, and its end.

use gatepost_sdk::ProfilePatch;
use serde_json::json;

use crate::accounts::Accounts;
use crate::args::{DeleteProfile, EditProfile, Profile, ProfileCommand};
use crate::context::Context;
use crate::errors::{Exit, Failure};
use crate::prompt;

pub(super) async fn run(args: Profile, context: &Context) -> Result<(), Failure> {
    match args.command {
        None => {
            let user = context.client()?.profile().await?;
            Ok(context.style.record(&user)?)
        }
        Some(ProfileCommand::Edit(args)) => edit(args, context).await,
        Some(ProfileCommand::Delete(args)) => delete(&args, context).await,
    }
}

async fn edit(args: EditProfile, context: &Context) -> Result<(), Failure> {
    let mut change = ProfilePatch::new();
    if let Some(name) = args.first_name {
        change = change.first_name(name);
    }
    if let Some(name) = args.last_name {
        change = change.last_name(name);
    }
    if let Some(address) = args.email {
        change = change.email(address);
    }
    if change == ProfilePatch::new() {
        return Err(Failure::usage("there is nothing to change")
            .hint("give --first-name, --last-name or --email"));
    }
    let user = context.client()?.me().update_profile(&change).await?;
    context.style.say("Changed the profile");
    Ok(context.style.record(&user)?)
}

async fn delete(args: &DeleteProfile, context: &Context) -> Result<(), Failure> {
    let client = context.client()?;
    prompt::can_ask(&args.password)?;
    // who is asked is told whose account it is
    let user = client.profile().await?;
    let name = if user.username.is_empty() {
        user.email
    } else {
        user.username
    };
    let server = client.server().to_owned();
    if !args.yes {
        let question = format!(
            "Delete the account {} at {server}, with its posts and sessions?",
            crate::output::printable(&name)
        );
        if !prompt::confirm(&question, "--yes").await? {
            return Err(Failure::new(
                Exit::Refused,
                "declined",
                "nothing was deleted",
            ));
        }
    }
    let password = prompt::password(&args.password, false).await?;
    let own = client.account();
    client.me().delete(&password).await?;
    if let Some(own) = own {
        Accounts::update(&context.settings.config, |all| all.forget(&server, &own))?;
    }
    context
        .style
        .say(&format!("Deleted the account {name} at {server}"));
    let json = json!({ "server": server, "user": name, "deleted": true });
    Ok(context.style.result("", &json)?)
}
