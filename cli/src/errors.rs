//! What a command fails with: the exit code, and the lines of it on standard error.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use gatepost_sdk::{ApiError, ErrorKind, StatusCode, StoreError};
use serde_json::{Map, Value, json};

use crate::output::printable;

/// How a command ends; the numbers are a promise to scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The server said no.
    Refused = 1,
    /// Wrong arguments or input.
    Usage = 2,
    /// What was named does not exist.
    NotFound = 3,
    /// Nobody is logged in, or the session has ended.
    Login = 4,
    /// The store of the session can't be used.
    Store = 5,
    /// The same may succeed later.
    Again = 6,
    /// Ctrl-C.
    Interrupted = 130,
    /// SIGTERM.
    Terminated = 143,
}

/// Why a command failed, in the parts that are printed.
#[derive(Debug)]
pub(crate) struct Failure(Box<Parts>);

#[derive(Debug)]
struct Parts {
    exit: Exit,
    /// The name of what happened, for programs.
    kind: &'static str,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
    status: Option<StatusCode>,
    /// The server's messages by field, as the wire names it.
    fields: Vec<(String, Vec<String>)>,
    request_id: Option<String>,
    /// Nobody reads what is written: no failure.
    is_pipe: bool,
}

impl Failure {
    pub(crate) fn new(exit: Exit, kind: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            exit,
            kind,
            message: message.into(),
            causes: Vec::new(),
            hint: None,
            status: None,
            fields: Vec::new(),
            request_id: None,
            is_pipe: false,
        }))
    }

    /// Wrong arguments or input.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// Nobody is logged in.
    pub(crate) fn signed_out(server: &str) -> Self {
        Self::new(
            Exit::Login,
            "not_signed_in",
            format!("not signed in to {server}"),
        )
        .hint("run `gatepost login`")
    }

    /// The session was stopped by a signal.
    pub(crate) fn stopped(exit: Exit) -> Self {
        Self::new(exit, "interrupted", "interrupted")
    }

    /// What happened, in one sentence.
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// The next step, in one sentence.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// What was at the bottom of it; it is named with `-v`.
    pub(crate) fn cause(mut self, cause: String) -> Self {
        self.0.causes.push(cause);
        self
    }

    /// The same with another exit code.
    pub(crate) fn exit(mut self, exit: Exit) -> Self {
        self.0.exit = exit;
        self
    }

    /// What to do about a refused token that was given in place of a session.
    pub(crate) fn with_given_token(self) -> Self {
        if self.0.exit == Exit::Login {
            self.hint("GATEPOST_TOKEN was refused: set a fresh access token, or unset it")
        } else {
            self
        }
    }

    /// Names the server, where the sentence is about it.
    pub(crate) fn at(mut self, server: &str) -> Self {
        let status = self.0.status.map_or(0, |status| status.as_u16());
        self.0.message = match self.0.kind {
            "network" => format!("the connection to {server} broke before the whole answer came"),
            "timeout" => format!("{server} did not answer in time"),
            "not_a_gatepost_api" => {
                format!("{server} answers, but not with this API (status {status})")
            }
            _ => return self,
        };
        self
    }

    /// The process's exit code.
    pub(crate) fn code(&self) -> ExitCode {
        if self.0.is_pipe {
            return ExitCode::SUCCESS;
        }
        ExitCode::from(self.0.exit as u8)
    }

    /// Writes it to standard error: as lines, or as one line of JSON. `verbose` names every cause.
    pub(crate) fn print(&self, json: bool, verbose: bool) {
        if self.0.is_pipe || self.0.kind == "interrupted" && !json {
            return;
        }
        let text = if json {
            self.json()
        } else {
            self.lines(verbose)
        };
        // nobody may read it, and then there is nobody to tell
        let _ = io::stderr().write_all(text.as_bytes());
    }

    /// What happened and, where that says more, what was at the bottom of it.
    fn sentence(&self) -> String {
        match self.0.causes.last() {
            Some(cause) if matches!(self.0.kind, "network" | "timeout" | "decode" | "busy") => {
                format!("{}: {cause}", self.0.message)
            }
            _ => self.0.message.clone(),
        }
    }

    fn lines(&self, verbose: bool) -> String {
        let mut lines = vec![format!("error: {}", self.sentence())];
        if self.0.fields.len() > 1 {
            let fields = self.0.fields.iter();
            lines.extend(fields.map(|(field, messages)| format!("  {}", beside(field, messages))));
        }
        if verbose {
            let causes = self.0.causes.iter().enumerate();
            lines.extend(causes.map(|(at, cause)| format!("caused by: {}. {cause}", at + 1)));
        }
        lines.extend(self.0.hint.iter().map(|hint| format!("hint: {hint}")));
        lines.iter().fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{}", printable(line));
            text
        })
    }

    fn json(&self) -> String {
        let fields: Map<String, Value> = self
            .0
            .fields
            .iter()
            .map(|(field, messages)| (field.clone(), json!(messages)))
            .collect();
        let error = json!({
            "kind": self.0.kind,
            "message": self.sentence(),
            "hint": self.0.hint,
            "status": self.0.status.map(|status| status.as_u16()),
            "fields": fields,
            "request_id": self.0.request_id,
        });
        format!("{}\n", json!({ "error": error }))
    }

    fn of_api(mut self, error: &ApiError) -> Self {
        match error.status() {
            StatusCode::NOT_FOUND => self.0.exit = Exit::NotFound,
            StatusCode::UNAUTHORIZED => self.0.exit = Exit::Login,
            StatusCode::FORBIDDEN => {
                let hint = "only its author may do that; log in as the author";
                self.0.hint = Some(hint.to_owned());
            }
            _ => {}
        }
        self.0.status = Some(error.status());
        self.0.request_id = error.request_id().map(str::to_owned);
        self.0.fields = error
            .fields()
            .iter()
            .map(|field| (field.path.clone(), field.messages.clone()))
            .collect();
        match (error.detail(), self.0.fields.as_slice()) {
            (Some(detail), _) => detail.clone_into(&mut self.0.message),
            (None, [(field, messages)]) => self.0.message = beside(field, messages),
            (None, []) => {}
            (None, _) => "the server refused these fields:".clone_into(&mut self.0.message),
        }
        if let Some(wait) = error.retry_after() {
            self.0.hint = Some(format!("try again in {} s", wait.as_secs()));
        }
        self
    }
}

/// A field's messages after the flag that sets it.
fn beside(field: &str, messages: &[String]) -> String {
    let name = match field {
        "" | "non_field_errors" => return messages.join(" "),
        "username" => "--username",
        "email" => "--email",
        "first_name" => "--first-name",
        "last_name" => "--last-name",
        "title" => "--title",
        "content" => "--body",
        "password2" => "password",
        other => other,
    };
    format!("{name}: {}", messages.join(" "))
}

impl From<gatepost_sdk::Error> for Failure {
    fn from(error: gatepost_sdk::Error) -> Self {
        let (exit, kind) = match error.kind() {
            ErrorKind::Api(_) => (Exit::Refused, "api"),
            ErrorKind::NotSignedIn => (Exit::Login, "not_signed_in"),
            ErrorKind::SessionExpired(_) => (Exit::Login, "session_expired"),
            ErrorKind::Unreachable(_) => (Exit::Again, "unreachable"),
            ErrorKind::Network => (Exit::Again, "network"),
            ErrorKind::Timeout => (Exit::Again, "timeout"),
            ErrorKind::Busy { .. } => (Exit::Again, "busy"),
            ErrorKind::Store(_) => (Exit::Store, "store"),
            ErrorKind::Decode { .. } => (Exit::Refused, "decode"),
            ErrorKind::Redirected { .. } => (Exit::Refused, "redirected"),
            ErrorKind::UnexpectedAnswer { .. } => (Exit::Refused, "not_a_gatepost_api"),
            ErrorKind::AuthScheme => (Exit::Refused, "auth_scheme"),
            ErrorKind::BodyNotReplayable => (Exit::Again, "body_not_replayable"),
            ErrorKind::Config(_) => (Exit::Usage, "config"),
            _ => (Exit::Refused, "other"),
        };
        let exit = match exit {
            Exit::Refused if error.is_transient() => Exit::Again,
            exit => exit,
        };
        let mut failure = Self::new(exit, kind, error.to_string());
        failure.0.hint = error.hint().map(str::to_owned);
        failure.0.status = error.status();
        failure.0.causes = causes(&error);
        match error.kind() {
            ErrorKind::Api(api) => failure.of_api(api),
            ErrorKind::NotSignedIn => failure.hint("run `gatepost login`"),
            ErrorKind::Store(error) => match store_hint(error) {
                Some(hint) => failure.hint(hint),
                None => failure,
            },
            _ => failure,
        }
    }
}

/// What to do about a store, where this program has its own words for it.
fn store_hint(error: &StoreError) -> Option<&'static str> {
    Some(match error {
        StoreError::Unavailable(_) | StoreError::TooLong { .. } => {
            "keep the session in a file (gatepost login --store file)"
        }
        StoreError::Locked(_) | StoreError::Timeout(_) => {
            "unlock the OS keyring and try again, or keep the session in a file (gatepost login --store file)"
        }
        StoreError::Foreign { .. } => {
            "with sudo, run `sudo -H gatepost …`, or keep the session in another store (--store); otherwise give it to your own account or remove it"
        }
        _ => return None,
    })
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        gatepost_sdk::Error::from(error).into()
    }
}

/// A failure to write what was asked for.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let mut failure = Self::new(
            Exit::Refused,
            "output",
            format!("the output can't be written: {error}"),
        );
        failure.0.is_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        failure
    }
}

fn causes(error: &dyn std::error::Error) -> Vec<String> {
    std::iter::successors(error.source(), |cause| cause.source())
        .map(ToString::to_string)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_field_is_one_sentence_and_several_are_lines() {
        let mut failure = Failure::new(Exit::Refused, "api", "the server refused these fields:");
        failure.0.fields = vec![
            ("username".into(), vec!["Taken.".into()]),
            ("password".into(), vec!["Short.".into(), "Common.".into()]),
        ];
        assert_eq!(
            failure.hint("correct it").lines(false),
            "error: the server refused these fields:\n  --username: Taken.\n  password: Short. Common.\nhint: correct it\n"
        );
        assert_eq!(beside("non_field_errors", &["No.".into()]), "No.");
    }

    #[test]
    fn a_server_can_not_write_on_the_terminal() {
        let failure = Failure::usage("a\u{1b}[2Jb");
        assert_eq!(failure.lines(false), "error: a\\u{1b}[2Jb\n");
    }

    #[test]
    fn a_line_of_json_has_every_part() {
        let failure = Failure::signed_out("http://a");
        let value: Value = serde_json::from_str(failure.json().trim_end()).unwrap();
        let error = &value["error"];
        assert_eq!(error["kind"], "not_signed_in");
        assert_eq!(error["message"], "not signed in to http://a");
        assert_eq!(error["hint"], "run `gatepost login`");
        assert!(error["status"].is_null() && error["fields"].is_object());
    }

    #[test]
    fn a_broken_pipe_is_no_failure() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(failure.code(), ExitCode::SUCCESS);
    }
}
