//! `gatepost profile`: the account that is logged in, as the server shows it; a change of it, and its end.

use gatepost_sdk::ProfilePatch;
use serde_json::json;

use crate::accounts::Accounts;
use crate::args::{DeleteProfile, EditProfile, Profile, ProfileCommand};
use crate::context::Context;
use crate::errors::{Exit, Failure};
use crate::prompt::{self, Tries};

pub(super) async fn run(args: Profile, context: &Context) -> Result<(), Failure> {
    match args.command {
        None => {
            let user = context.client()?.profile().await?;
            context.output.record(&user)
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
    context.output.say("Changed the profile");
    context.output.record(&user)
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
    let own = client.account();
    let mut tries = Tries::new();
    loop {
        let password = prompt::password(&args.password).await?;
        let Err(error) = client.me().delete(&password).await else {
            break;
        };
        let failure = Failure::from(error);
        let is_wrong = failure.refused_fields().eq(["password"]);
        if !is_wrong || prompt::is_piped(&args.password) || !tries.goes_on(&failure) {
            return Err(failure);
        }
    }
    if let Some(own) = own {
        Accounts::update(&context.settings.config, |all| all.forget(&server, &own))?;
    }
    context
        .output
        .say(&format!("Deleted the account {name} at {server}"));
    let json = json!({ "server": server, "user": name, "deleted": true });
    context.output.result("", &json)
}
