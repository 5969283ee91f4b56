//! `gatepost status`: whose session it is, and whether the server accepts it. "Not verified" is not "not valid".

use chrono::{DateTime, Local, SecondsFormat, Utc};
use gatepost_sdk::{Clock, SessionDetails, SessionState};
use serde::Serialize;

use super::login::place;
use crate::ago::ago_in_days;
use crate::args::{Status, Store};
use crate::context::Context;
use crate::errors::Failure;
use crate::output::Style;

/// The fields of the report.
pub(super) const FIELDS: &[&str] = &[
    "server",
    "user",
    "store",
    "chosen_by",
    "state",
    "verified",
    "reason",
    "since",
    "access_expires_at",
    "refresh_expires_at",
    "clock_skew",
    "features",
];

#[derive(Serialize)]
struct Report {
    server: Option<String>,
    user: Option<String>,
    store: Option<Store>,
    /// What named the account: a flag, a variable, or `last login`.
    chosen_by: Option<String>,
    /// `active`, `ended`, `signed_out`, `token`, or `unknown` where the store can't be read.
    state: &'static str,
    /// Whether the server accepts it; `None` where that was not found out.
    verified: Option<bool>,
    /// Why it has ended, or is unknown.
    reason: Option<String>,
    #[serde(with = "moment")]
    since: Option<DateTime<Utc>>,
    #[serde(with = "moment")]
    access_expires_at: Option<DateTime<Utc>>,
    #[serde(with = "moment")]
    refresh_expires_at: Option<DateTime<Utc>>,
    clock_skew: Option<i64>,
    features: Option<Vec<String>>,
}

pub(super) async fn run(args: &Status, context: &Context) -> Result<(), Failure> {
    let mut report = Report {
        server: context.chosen_server()?,
        user: None,
        store: None,
        chosen_by: None,
        state: "unknown",
        verified: None,
        reason: None,
        since: None,
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
    match context.output.style {
        Style::Terminal(_) => {
            let lines = report.in_words(args, Clock::system().now());
            context.output.lines(&lines);
        }
        Style::Tsv | Style::Json => context.output.record(&report)?,
    }
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
        report.store = Some(named.unwrap_or(account.store));
    }
    let client = context.client()?;
    let settings = &context.settings;
    let named = settings.account_by.as_ref().or(settings.server_by.as_ref());
    report.chosen_by = Some(match (&settings.token, named) {
        (Some(_), _) => "GATEPOST_TOKEN".to_owned(),
        (None, Some(named)) => named.to_string(),
        (None, None) => "last login".to_owned(),
    });
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
        report.take(details);
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
            report.access_expires_at = expires_at;
            Ok(outcome?)
        }
        _ => {
            report.state = "active";
            Ok(outcome?)
        }
    }
}

impl Report {
    fn take(&mut self, details: SessionDetails) {
        self.user = Some(details.user);
        self.since = details.begun_at;
        self.access_expires_at = details.access_expires_at;
        self.refresh_expires_at = details.refresh_expires_at;
        self.clock_skew = Some(details.clock_skew);
        self.features = Some(details.features);
    }

    /// The same for a person, a line each. What went wrong is said after it.
    fn in_words(&self, args: &Status, now: i64) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        if self.state == "signed_out" {
            return lines;
        }
        let user = self.user.clone().unwrap_or_default();
        match self.state {
            "active" => lines.push(("Signed in as", user)),
            "token" => lines.push((
                "Signed in with",
                "the access token in GATEPOST_TOKEN".into(),
            )),
            _ => lines.push(("Account", user)),
        }
        lines.push(("At", self.server.clone().unwrap_or_default()));
        let mut when = |label, at: Option<DateTime<Utc>>| {
            let text = at.map(|at| format!("{} ({})", date(at), ago_in_days(now, at.timestamp())));
            lines.extend(text.map(|text| (label, text)));
        };
        when("Since", self.since);
        match self.state {
            "active" => when("Session until", self.refresh_expires_at),
            "token" => when("Token until", self.access_expires_at),
            _ => {}
        }
        let store = self.store.filter(|_| self.state != "token");
        lines.extend(store.map(|store| ("Kept in", place(store).to_owned())));
        let why = match self.chosen_by.as_deref() {
            None | Some("GATEPOST_TOKEN") => None,
            Some("last login") => Some("your last login or `gatepost switch`".to_owned()),
            Some(name @ ("--server" | "GATEPOST_SERVER")) => {
                Some(format!("{name}, and your last login there"))
            }
            Some(name) => Some(name.to_owned()),
        };
        lines.extend(why.map(|why| ("Chosen by", why)));
        let verified = match (self.state, self.verified) {
            ("active" | "token", Some(true)) => Some("the server accepts it"),
            ("active" | "token", Some(false)) => Some("the server refuses it"),
            ("active" | "token", None) if args.offline => Some("the server was not asked"),
            ("active" | "token", None) => Some("the server could not be asked"),
            _ => None,
        };
        lines.extend(verified.map(|text| ("Verified", text.to_owned())));
        lines
    }
}

/// A moment by this machine's calendar.
fn date(at: DateTime<Utc>) -> String {
    at.with_timezone(&Local)
        .format("%-d %B %Y, %H:%M")
        .to_string()
}

/// A moment as the API writes it, to the second.
mod moment {
    use serde::Serializer;

    use super::{DateTime, SecondsFormat, Utc};

    #[expect(clippy::ref_option, reason = "serde hands it over like that")]
    pub(super) fn serialize<S: Serializer>(
        at: &Option<DateTime<Utc>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Secs, true)),
            None => serializer.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Report {
            server: Some("https://x".into()),
            user: Some("ada".into()),
            store: Some(Store::File),
            chosen_by: Some("last login".into()),
            state: "active",
            verified: Some(true),
            reason: None,
            since: DateTime::from_timestamp(0, 0),
            access_expires_at: DateTime::from_timestamp(90_000, 0),
            refresh_expires_at: DateTime::from_timestamp(86_400 * 50 + 7200, 0),
            clock_skew: Some(0),
            features: Some(Vec::new()),
        }
    }

    fn words(report: &Report, is_offline: bool) -> Vec<(&'static str, String)> {
        let args = Status {
            offline: is_offline,
        };
        let mut lines = report.in_words(&args, 7200);
        for (_, text) in &mut lines {
            if let Some((_, ago)) = text.split_once(" (") {
                *text = format!("DATE ({ago}");
            }
        }
        lines
    }

    #[test]
    fn a_person_reads_words() {
        let expected = [
            ("Signed in as", "ada"),
            ("At", "https://x"),
            ("Since", "DATE (2 hours ago)"),
            ("Session until", "DATE (in 50 days)"),
            ("Kept in", "a file that only you can read"),
            ("Chosen by", "your last login or `gatepost switch`"),
            ("Verified", "the server accepts it"),
        ];
        let expected = expected.map(|(label, text)| (label, text.to_owned()));
        assert_eq!(words(&report(), false), expected);
        let date = date(DateTime::from_timestamp(1_750_000_000, 0).unwrap());
        assert!(date.contains(" June 2025, "), "{date}");
    }

    #[test]
    fn what_is_not_so_is_not_said() {
        let ended = Report {
            state: "ended",
            verified: None,
            chosen_by: Some("--account".into()),
            ..report()
        };
        let labels: Vec<_> = words(&ended, false)
            .into_iter()
            .map(|line| line.0)
            .collect();
        assert_eq!(labels, ["Account", "At", "Since", "Kept in", "Chosen by"]);
        let nobody = Report {
            state: "signed_out",
            ..report()
        };
        assert_eq!(words(&nobody, false), []);
        let token = Report {
            state: "token",
            chosen_by: Some("GATEPOST_TOKEN".into()),
            since: None,
            verified: None,
            ..report()
        };
        let lines = words(&token, true);
        assert_eq!(lines[2], ("Token until", "DATE (in 23 hours)".to_owned()));
        assert_eq!(
            lines[3],
            ("Verified", "the server was not asked".to_owned())
        );
        assert_eq!(lines.len(), 4);
        let unreached = Report {
            verified: None,
            ..report()
        };
        let last = words(&unreached, false).pop();
        let last = last.map(|line| line.1);
        assert_eq!(last.as_deref(), Some("the server could not be asked"));
    }

    #[test]
    fn the_fields_are_those_of_the_report() {
        let report = serde_json::to_value(report()).unwrap();
        let names: Vec<_> = report.as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, FIELDS);
        assert_eq!(report["since"], "1970-01-01T00:00:00Z");
    }
}
