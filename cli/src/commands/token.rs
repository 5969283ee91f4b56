//! `gatepost token`: an access token for another program, fresh enough; the one thing that prints a secret.

use chrono::{DateTime, SecondsFormat};
use serde_json::json;

use crate::args::Token;
use crate::context::Context;
use crate::errors::{Exit, Failure};
use crate::output::Style;

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
        session.access_token(args.min_ttl).await?
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
            .output
            .say(&format!("{} accepts the access token", client.server()));
        let json = json!({ "valid": true, "expires_at": expires_at });
        return context.output.result("", &json);
    }
    let header = format!("Authorization: Bearer {}", token.expose());
    if context.output.style == Style::Json {
        let (access, header) = (token.expose(), &header);
        let json = json!({ "access": access, "header": header, "expires_at": expires_at });
        return context.output.result("", &json);
    }
    let shown = if args.header { &header } else { token.expose() };
    context.output.put(&format!("{shown}\n"));
    Ok(())
}
