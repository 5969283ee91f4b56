//! `gatepost token`: an access token for another program, fresh enough; the one thing that prints a secret.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat};
use serde_json::json;

use crate::args::Token;
use crate::context::Context;
use crate::errors::{Exit, Failure};
use crate::output::{Style, put};

pub(super) async fn run(args: &Token, context: &Context) -> Result<(), Failure> {
    let client = context.client()?;
    let session = client.session();
    if args.refresh && context.settings.token.is_some() {
        return Err(Failure::usage(
            "GATEPOST_TOKEN is set: there is no session to refresh",
        ));
    }
    let token = if args.refresh {
        session.refresh().await?
    } else {
        session
            .access_token(Duration::from_secs(args.min_ttl))
            .await?
    };
    let expires_at = token
        .expires_at()
        .and_then(|exp| DateTime::from_timestamp(exp, 0))
        .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
    if args.verify {
        if !client.verify(&token).await? {
            return Err(Failure::new(
                Exit::Login,
                "token_not_valid",
                format!("{} does not accept the access token", client.server()),
            )
            .hint("run `gatepost login`"));
        }
        context
            .style
            .say(&format!("{} accepts the access token", client.server()));
        return Ok(context
            .style
            .result("", &json!({ "valid": true, "expires_at": expires_at }))?);
    }
    match context.style {
        Style::Json => Ok(context.style.result(
            "",
            &json!({ "access": token.expose(), "expires_at": expires_at }),
        )?),
        Style::Terminal(_) | Style::Tsv => Ok(put(&format!("{}\n", token.expose()))?),
    }
}
