//! `gatepost switch`: choose the account that the other commands use.

use serde_json::json;

use super::overruled;
use crate::accounts::{Account, Accounts};
use crate::args::Switch;
use crate::context::Context;
use crate::errors::{Exit, Failure};
use crate::output::printable;
use crate::prompt;
use crate::values;

pub(super) async fn run(args: Switch, context: &Context) -> Result<(), Failure> {
    let settings = &context.settings;
    if settings.token.is_some() {
        return Err(
            Failure::usage("GATEPOST_TOKEN is set and overrides every session")
                .hint("unset it, then choose an account"),
        );
    }
    let user = args.user.or_else(|| settings.account.clone());
    let server = match &settings.server {
        Some(_) => Some(context.server()?),
        None => None,
    };
    let possible: Vec<&Account> = context
        .accounts
        .all
        .iter()
        .filter(|account| {
            server
                .as_ref()
                .is_none_or(|server| account.server == *server)
        })
        .filter(|account| user.as_ref().is_none_or(|user| account.user == *user))
        .collect();
    let chosen = match possible.as_slice() {
        [] => return Err(unknown(user.as_deref(), server.as_deref())),
        [one] => *one,
        several => ask(several, user.is_some()).await?,
    };
    let (server, user) = (&chosen.server, &chosen.user);
    Accounts::update(&settings.config, |all| all.choose(server, user))?;
    context
        .output
        .say(&format!("Commands now use {user} at {server}"));
    if settings.account.as_ref().is_some_and(|named| named != user) {
        crate::output::warn("warning: GATEPOST_ACCOUNT is set, and commands go on using that");
    }
    overruled::warn(server, user);
    let json = json!({ "server": server, "user": user, "store": chosen.store });
    context.output.result("", &json)
}

fn unknown(user: Option<&str>, server: Option<&str>) -> Failure {
    let whom = user.map_or_else(
        || "no account".to_owned(),
        |user| format!("no account {user}"),
    );
    let place = server.map_or_else(|| "here".to_owned(), |server| format!("to {server}"));
    Failure::new(
        Exit::Login,
        "not_signed_in",
        format!("{whom} is logged in {place}"),
    )
    .hint("`gatepost accounts` lists those that are; run `gatepost login` for another")
}

/// Which of several is meant.
async fn ask<'a>(several: &[&'a Account], has_user: bool) -> Result<&'a Account, Failure> {
    if !prompt::is_attended() {
        let names = several.iter().map(|account| {
            let (server, user) = (&account.server, &account.user);
            format!("{user} at {server}")
        });
        let names = names.collect::<Vec<_>>().join(", ");
        let (what, user) = match several {
            [one, ..] if has_user => ("--server", one.user.as_str()),
            _ => ("the account", "USER"),
        };
        let form = format!("gatepost switch {} --server URL", values::quoted(user));
        return Err(Failure::usage(format!(
            "Give {what}, as `{form}` ({})",
            prompt::why_not("to ask")
        ))
        .hint(format!("logged in are {names}")));
    }
    for (number, account) in several.iter().enumerate() {
        let (user, server) = (printable(&account.user), printable(&account.server));
        crate::output::warn(&format!("{}  {user} at {server}", number + 1));
    }
    let answer = prompt::line(None, "Number", "the account").await?;
    let number = answer.trim().parse::<usize>().ok();
    let chosen = number.and_then(|number| several.get(number.checked_sub(1)?));
    chosen
        .copied()
        .ok_or_else(|| Failure::usage("there is no such number: nothing was changed"))
}
