//! What the doctor finds, and how it is printed.

use serde::Serialize;

use crate::context::Context;
use crate::errors::{Exit, Failure};
use crate::output::{Style, escaped, printable};

/// What is found out, in the order in which a request needs it.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) version: &'static str,
    pub(super) system: String,
    pub(super) server: Option<String>,
    pub(super) account: Option<String>,
    pub(super) store: Option<&'static str>,
    /// `gatepost`, `django` for what has the same API, or `None` where that is not known.
    pub(super) kind: Option<&'static str>,
    /// What the server names in `Gatepost-Features`.
    pub(super) features: Option<Vec<String>>,
    /// Whether a refresh gives a new refresh token; it takes one to know.
    pub(super) rotation: Option<bool>,
    /// The server's clock less this machine's, in seconds.
    pub(super) clock_skew: Option<i64>,
    pub(super) findings: Vec<Finding>,
}

#[derive(Serialize)]
pub(super) struct Finding {
    check: &'static str,
    state: State,
    message: String,
    hint: Option<String>,
    #[serde(skip)]
    pub(super) exit: Option<Exit>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    Warning,
    Error,
}

impl Report {
    pub(super) fn fine(&mut self, check: &'static str, message: impl Into<String>) {
        self.add(check, State::Ok, message.into(), None, None);
    }

    pub(super) fn warn(&mut self, check: &'static str, message: impl Into<String>, hint: &str) {
        self.add(
            check,
            State::Warning,
            message.into(),
            Some(hint.to_owned()),
            None,
        );
    }

    pub(super) fn fail(&mut self, check: &'static str, failure: Failure, context: &Context) {
        let failure = failure
            .at(context.address())
            .repeating(&context.settings.given);
        let (exit, message, hint) = failure.told();
        self.add(check, State::Error, message, hint, Some(exit));
    }

    fn add(
        &mut self,
        check: &'static str,
        state: State,
        message: String,
        hint: Option<String>,
        exit: Option<Exit>,
    ) {
        self.findings.push(Finding {
            check,
            state,
            message,
            hint,
            exit,
        });
    }
}

/// What is printed of a report that is not wanted as JSON.
pub(super) fn text(report: &Report, style: Style) -> String {
    let state = |finding: &Finding| match finding.state {
        State::Ok => "ok",
        State::Warning => "warning",
        State::Error => "error",
    };
    let lines = report.findings.iter();
    match style {
        Style::Tsv | Style::Json => {
            let lines = lines.map(|finding| {
                let hint = finding.hint.as_deref().unwrap_or_default();
                let cells = [finding.check, state(finding), &finding.message, hint];
                cells.map(escaped).join("\t") + "\n"
            });
            lines.collect()
        }
        Style::Terminal(_) => {
            let head = format!("gatepost {} on {}\n", report.version, report.system);
            lines.fold(head, |text, finding| {
                let hint = finding.hint.as_ref();
                let hint = hint.map_or(String::new(), |hint| {
                    format!("{:20}{}\n", "", printable(hint))
                });
                let (state, message) = (state(finding), printable(&finding.message));
                text + &format!("{state:9}{:11}{message}\n{hint}", finding.check)
            })
        }
    }
}
