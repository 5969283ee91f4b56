//! `gatepost status`: whose session it is, and whether the server accepts it. "Not verified" is not "not valid".

use chrono::{DateTime, SecondsFormat, Utc};
use gatepost_sdk::SessionState;
use serde::Serialize;

use crate::args::Status;
use crate::context::Context;
use crate::errors::Failure;

#[derive(Serialize)]
struct Report {
    server: Option<String>,
    user: Option<String>,
    store: Option<&'static str>,
    /// `active`, `ended`, `signed_out`, `token`, or `unknown` where the store can't be read.
    state: &'static str,
    /// Whether the server accepts it; `None` where that was not found out.
    verified: Option<bool>,
    /// Why it has ended, or is unknown.
    reason: Option<String>,
    access_expires_at: Option<String>,
    refresh_expires_at: Option<String>,
    clock_skew: Option<i64>,
    features: Option<Vec<String>>,
}

pub(super) async fn run(args: &Status, context: &Context) -> Result<(), Failure> {
    let mut report = Report {
        server: context.chosen_server()?,
        user: None,
        store: None,
        state: "unknown",
        verified: None,
        reason: None,
        access_expires_at: None,
        refresh_expires_at: None,
        clock_skew: None,
        features: None,
    };
    let outcome = fill(&mut report, args, context).await;
    if let ("unknown", Err(failure)) = (report.state, &outcome) {
        if failure.is_nobody() {
            report.state = "signed_out";
        } else {
            report.reason = Some(failure.message().to_owned());
        }
    }
    context.style.record(&report)?;
    outcome
}

async fn fill(report: &mut Report, args: &Status, context: &Context) -> Result<(), Failure> {
    if context.settings.token.is_none()
        && let Some(account) = context.account()?
    {
        report.user = Some(account.user.clone());
        let named = context
            .settings
            .store
            .filter(|store| *store != crate::args::Store::Auto);
        report.store = Some(named.unwrap_or(account.store).name());
    }
    let client = context.client()?;
    let session = client.session();
    let mut state = session.load().await?;
    let mut outcome = Ok(());
    if state.is_signed_in() && !args.offline {
        outcome = client.profile().await.map(drop);
        state = session.load().await?;
        report.verified = match &outcome {
            Ok(()) => Some(true),
            Err(error) if error.needs_login() => Some(false),
            Err(_) => None,
        };
    }
    if let Some(details) = session.details().await? {
        report.user = Some(details.user);
        report.access_expires_at = text(details.access_expires_at);
        report.refresh_expires_at = text(details.refresh_expires_at);
        report.clock_skew = Some(details.clock_skew);
        report.features = Some(details.features);
    }
    match state {
        SessionState::Expired { reason, .. } => {
            report.state = "ended";
            report.reason = Some(reason.into());
            outcome?;
            Err(Failure::ended(reason))
        }
        SessionState::SignedOut | SessionState::Unknown { .. } => Err(context.signed_out()?),
        SessionState::Token { expires_at, .. } => {
            report.state = "token";
            report.access_expires_at = text(expires_at);
            Ok(outcome?)
        }
        _ => {
            report.state = "active";
            Ok(outcome?)
        }
    }
}

fn text(at: Option<DateTime<Utc>>) -> Option<String> {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}
