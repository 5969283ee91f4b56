//! What is at the other end: the way there, the server, the clocks, the session.

use std::time::{Duration, Instant};

use chrono::DateTime;
use gatepost_sdk::header::{DATE, HeaderMap};
use gatepost_sdk::{Address, Client, Clock, SessionDetails, SessionState, StatusCode};

use super::report::Report;
use crate::args::Doctor;
use crate::context::Context;
use crate::errors::{Failure, refusal};

/// What every server with this API has, and gives to nobody without a token.
const PROFILE: &str = "/api/users/profile/";
/// What Gatepost answers at, and Django does not.
const LIVE: &str = "/-/live";
/// How long the server is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many seconds clocks may differ by without a word.
const SKEW: i64 = 30;

/// Whether the server is there and has this API.
pub(super) async fn reach(report: &mut Report, context: &Context) -> bool {
    let by = match &context.settings.server_by {
        Some(by) => format!("named by {by}"),
        None if context.accounts.server.is_some() => {
            "the last one that was logged in to".to_owned()
        }
        None => "the default, since none is named".to_owned(),
    };
    let client = match context.anonymous() {
        Ok(client) => client,
        Err(failure) => {
            report.fail("server", failure, context);
            return false;
        }
    };
    report.fine("server", format!("{} ({by})", client.server()));
    way(report, &client, context);
    let begun = Instant::now();
    let asked = client
        .get(PROFILE)
        .anonymous()
        .timeout(PATIENCE)
        .send()
        .await;
    let took = begun.elapsed();
    let answer = match asked {
        Ok(answer) => answer,
        Err(error) => {
            report.fail("reach", Failure::from(error), context);
            return false;
        }
    };
    clocks(report, answer.headers(), took);
    let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
    let Err(error) = answer.checked().await else {
        report.warn(
            "reach",
            format!("the server answers {PROFILE} without a token"),
            "it may not be this API; `gatepost api` works with any",
        );
        return true;
    };
    match refusal(&error) {
        Some(no) if !refused.contains(&no.status()) => {
            report.fail("reach", Failure::from(error), context);
            return false;
        }
        // every refusal of REST framework has a sentence, and a code where it has one is a word
        Some(no) if no.detail().is_some() && no.field("code").is_empty() => {}
        Some(no) => {
            let status = no.status().as_u16();
            report.warn(
                "reach",
                format!(
                    "the server answers {PROFILE} with {status}, and not in the words of this API"
                ),
                "it may not be this API; `gatepost api` works with any",
            );
            return true;
        }
        None => {
            report.fail("reach", Failure::from(error), context);
            return false;
        }
    }
    let live = client.get(LIVE).anonymous().timeout(PATIENCE).send().await;
    let is_gatepost = match live {
        Ok(live) => live
            .bytes()
            .await
            .is_ok_and(|said| said[..] == b"live\n"[..]),
        Err(_) => false,
    };
    report.kind = Some(if is_gatepost { "gatepost" } else { "django" });
    let what = if is_gatepost {
        "it is Gatepost"
    } else {
        "it has the API of Django REST framework + SimpleJWT, and is not Gatepost"
    };
    report.fine(
        "reach",
        format!("the server answers in {} ms; {what}", took.as_millis()),
    );
    true
}

/// The proxy and the certificates.
fn way(report: &mut Report, client: &Client, context: &Context) {
    report.fine(
        "proxy",
        match client.proxy() {
            Some(proxy) => match proxy.variable() {
                Some(variable) => format!("requests go through {} ({variable})", proxy.url()),
                None => format!("requests go through {}", proxy.url()),
            },
            None => "requests go to the server directly".to_owned(),
        },
    );
    if client.server().starts_with("http://") {
        let address = client.server().parse();
        let is_here = address.is_ok_and(|address: Address| address.is_loopback());
        let what = "the connection is not encrypted";
        if is_here {
            report.fine("tls", format!("{what}, and stays on this machine"));
        } else {
            let hint =
                "passwords and tokens can be read on the way: use https:// where the server has it";
            report.warn("tls", what, hint);
        }
        return;
    }
    let variables = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter();
    let instead = variables.filter_map(|name| {
        Some(format!(
            "those of {name}, {}",
            crate::settings::variable(name)?
        ))
    });
    let mut trusted: Vec<String> = instead.collect();
    if trusted.is_empty() {
        trusted.push("the system's".to_owned());
    }
    trusted.extend(
        context
            .ca_cert(client.server())
            .map(|path| format!("those in {}", path.display())),
    );
    report.fine(
        "tls",
        format!("certificates that are trusted: {}", trusted.join("; ")),
    );
}

/// What the answer's date says of the clocks.
fn clocks(report: &mut Report, headers: &HeaderMap, took: Duration) {
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let Some(date) = date else {
        return report.warn(
            "clock",
            "the server does not say what time it is",
            "nothing to do: sessions go by this machine's clock",
        );
    };
    let asked = Clock::system().now() - i64::try_from(took.as_secs() / 2).unwrap_or(0);
    let skew = date.timestamp() - asked;
    report.clock_skew = Some(skew);
    if skew.abs() < SKEW {
        return report.fine("clock", "this machine's clock is right, by the server's");
    }
    let which = if skew > 0 { "behind" } else { "ahead of" };
    report.warn(
        "clock",
        format!("this machine's clock is {} s {which} the server's", skew.abs()),
        "sessions allow for that, other programs may not: switch on the system's time synchronisation",
    );
}

/// Whether there is a session, and the server takes it.
pub(super) async fn session(
    report: &mut Report,
    args: &Doctor,
    is_reached: bool,
    context: &Context,
) {
    let client = match context.client() {
        Ok(client) => client,
        Err(failure) if failure.is_nobody() && !context.is_somebody_meant() => {
            return report.warn("session", "nobody is logged in", "run `gatepost login`");
        }
        Err(failure) => return report.fail("session", failure, context),
    };
    let session = client.session();
    let state = match session.load().await {
        Ok(state) => state,
        Err(error) => return report.fail("session", Failure::from(error), context),
    };
    match state {
        SessionState::Expired { reason, .. } => {
            return report.fail("session", Failure::ended(reason), context);
        }
        SessionState::SignedOut | SessionState::Unknown { .. } => {
            let failure = context.signed_out().unwrap_or_else(|failure| failure);
            return report.fail("session", failure, context);
        }
        _ => {}
    }
    let before = session.details().await.ok().flatten();
    if is_reached {
        if let Err(error) = client.profile().await {
            return report.fail("session", Failure::from(error), context);
        }
        if args.refresh
            && context.settings.token.is_none()
            && let Err(error) = session.refresh().await
        {
            return report.fail("refresh", Failure::from(error), context);
        }
    }
    let details = session.details().await.ok().flatten();
    let until = |details: &Option<SessionDetails>| details.as_ref()?.refresh_expires_at;
    if let Some(features) = details.as_ref().map(|details| details.features.clone()) {
        let repeats = features
            .iter()
            .any(|feature| feature == "refresh-idempotency");
        if repeats {
            report.kind = Some("gatepost");
        }
        report.features = Some(features);
        report.fine("refresh", if repeats {
            "an answer that was lost is given again: a cut connection ends no session"
        } else {
            "the server gives an answer once: where it is lost in the middle of a refresh, you log in again"
        });
    }
    if args.refresh && is_reached && details.is_some() {
        let id = |details: &Option<SessionDetails>| Some(details.as_ref()?.refresh_id.clone());
        let rotates = id(&before) != id(&details);
        report.rotation = Some(rotates);
        report.fine(
            "rotation",
            if rotates {
                "each refresh gives a new refresh token"
            } else {
                "the refresh token stays the same until it expires"
            },
        );
    }
    let end = until(&details).map(|end| format!(" until {}", end.format("%Y-%m-%d %H:%M UTC")));
    let what = if is_reached {
        "the server accepts the session"
    } else {
        "there is a session"
    };
    report.fine(
        "session",
        match &report.account {
            Some(user) => format!("{what} of {user}{}", end.unwrap_or_default()),
            None => format!("{what}{}", end.unwrap_or_default()),
        },
    );
}
