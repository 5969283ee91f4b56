//! What a command fails with: the exit code, and the lines of it on standard error.

mod answered;
mod fields;
mod of_sdk;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) use answered::refusal;
use fields::beside;
use gatepost_sdk::{ExpiredReason, StatusCode};
use gatepost_terminal::safe::printable;
use serde_json::{Map, Value, json};

use crate::color::Paint;
use crate::given::Given;
use crate::{progress, values};

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
    /// SIGHUP: the terminal is gone.
    HungUp = 129,
    /// Ctrl-C.
    Interrupted = 130,
    /// SIGQUIT.
    Quit = 131,
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
    /// What continues a text that was not sent, and the file that holds it.
    kept: Option<(String, PathBuf)>,
    /// The title of the web page that answered in place of the API.
    page: Option<String>,
    /// The sentence names the server already.
    is_addressed: bool,
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
            kept: None,
            page: None,
            is_addressed: false,
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

    /// The same in a line for each field, for a person who is asked again.
    pub(crate) fn complaints(&self) -> Vec<String> {
        if self.0.fields.is_empty() {
            return vec![self.0.message.clone()];
        }
        let fields = self.0.fields.iter();
        fields
            .map(|(field, messages)| beside(field, messages))
            .collect()
    }

    /// The names of the fields that the server refused, as the wire names them.
    pub(crate) fn refused_fields(&self) -> impl Iterator<Item = &str> {
        self.0.fields.iter().map(|(field, _)| field.as_str())
    }

    /// The session was stopped by a signal.
    pub(crate) fn stopped(exit: Exit) -> Self {
        Self::new(exit, "interrupted", "interrupted")
    }

    /// What happened, in one sentence.
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// The exit code, what happened, and the next step, for a report of several.
    pub(crate) fn told(self) -> (Exit, String, Option<String>) {
        (self.0.exit, self.0.message, self.0.hint)
    }

    /// The next step, in one sentence.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// A text was not sent: what continues it, and the file that holds it.
    pub(crate) fn kept(mut self, command: String, file: PathBuf) -> Self {
        self.0.kept = Some((command, file));
        self
    }

    /// The same after this: a text that was kept is kept.
    pub(crate) fn after(mut self, failure: Self) -> Self {
        self.0.kept = failure.0.kept.or(self.0.kept);
        self
    }

    /// The same about these fields.
    pub(crate) fn fields(mut self, names: &[&str], what: &str) -> Self {
        let fields = names.iter();
        self.0.fields = fields
            .map(|name| ((*name).to_owned(), vec![what.to_owned()]))
            .collect();
        self
    }

    /// The session has ended.
    pub(crate) fn ended(reason: ExpiredReason) -> Self {
        Self::new(
            Exit::Login,
            "session_expired",
            format!("the session has ended: {reason}"),
        )
        .hint(reason.hint())
    }

    /// The same for whoever gave these flags: what is to be done next needs them as well.
    pub(crate) fn repeating(mut self, given: &Given) -> Self {
        let place = format!("{}{}", given.server, given.account);
        let login = format!("`gatepost login{place}{}`", given.store);
        let is_given = login != "`gatepost login`";
        let has_ended = self.0.kind == "session_expired";
        self.0.hint = self.0.hint.map(|hint| {
            if has_ended && is_given {
                return format!("{hint}: {login}");
            }
            let other_store = format!("`gatepost login{place} --store");
            hint.replace("`gatepost login --store", &other_store)
                .replace("`gatepost login`", &login)
                .replace(
                    "`gatepost posts list`",
                    &format!("`gatepost posts list{place}`"),
                )
        });
        if let Some((command, _)) = &mut self.0.kept {
            command.push_str(&place);
        }
        self
    }

    /// Whether nobody is logged in, or nobody says who is meant.
    pub(crate) fn is_nobody(&self) -> bool {
        matches!(self.0.kind, "not_signed_in" | "no_account")
    }

    /// Whether nobody is logged in.
    pub(crate) fn is_signed_out(&self) -> bool {
        self.0.kind == "not_signed_in"
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
        // one that was not looked at was not refused
        if self.0.exit == Exit::Login && self.0.kind != "auth_scheme" {
            self.hint("GATEPOST_TOKEN was refused: set a fresh access token, or unset it")
        } else {
            self
        }
    }

    /// Names the server, where the sentence is about it.
    pub(crate) fn at(mut self, server: &str) -> Self {
        if self.0.is_addressed {
            return self;
        }
        // some servers of https say nothing at all to http
        let may_be_https = self.0.kind == "network"
            && self
                .0
                .hint
                .as_ref()
                .is_some_and(|hint| hint.starts_with("check the connection"));
        if may_be_https && let Some(place) = server.strip_prefix("http://") {
            self.0.hint = Some(format!(
                "check the connection, then try again; if the server speaks https, try https://{place}"
            ));
        }
        let status = self.0.status.map_or(0, |status| status.as_u16());
        self.0.message = match self.0.kind {
            "network" => format!("the connection to {server} broke before the whole answer came"),
            "timeout" => format!("{server} did not answer in time"),
            "not_signed_in" if self.0.message == "not signed in" => {
                format!("not signed in to {server}")
            }
            "not_a_gatepost_api" => match &self.0.page {
                Some(page) => format!(
                    "{server} answers with a web page, \u{201c}{page}\u{201d}, and not with this API (status {status})"
                ),
                None => format!("{server} answers, but not with this API (status {status})"),
            },
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
        let is_silent = self.0.kind == "interrupted" && !json && self.0.kept.is_none();
        if self.0.is_pipe || is_silent {
            return;
        }
        progress::wipe();
        let text = if json {
            self.json()
        } else {
            let paint = Paint::of_errors();
            let lines = self.lines(verbose);
            let lines = lines.lines();
            lines
                .map(|line| paint.said(line).into_owned() + "\n")
                .collect()
        };
        // nobody may read it, and then there is nobody to tell
        let _ = io::stderr().write_all(text.as_bytes());
    }

    fn lines(&self, verbose: bool) -> String {
        let mut lines = vec![format!("error: {}", self.0.message)];
        if self.0.fields.len() > 1 {
            let fields = self.0.fields.iter();
            lines.extend(fields.map(|(field, messages)| format!("  {}", beside(field, messages))));
        }
        if verbose {
            let causes = self.0.causes.iter().enumerate();
            lines.extend(causes.map(|(at, cause)| format!("caused by: {}. {cause}", at + 1)));
        }
        lines.extend(self.hints().map(|hint| format!("hint: {hint}")));
        lines.iter().fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{}", printable(line));
            text
        })
    }

    /// What to do next.
    fn hints(&self) -> impl Iterator<Item = String> {
        let kept = self.0.kept.as_ref().map(|(command, file)| {
            format!(
                "`{command}` continues with it; your text is in {}",
                file.display()
            )
        });
        self.0.hint.clone().into_iter().chain(kept)
    }

    fn json(&self) -> String {
        let hints: Vec<String> = self.hints().collect();
        let hint = (!hints.is_empty()).then(|| hints.join("; "));
        let kept = self
            .0
            .kept
            .as_ref()
            .map(|(_, file)| file.display().to_string());
        let fields: Map<String, Value> = self
            .0
            .fields
            .iter()
            .map(|(field, messages)| (field.clone(), json!(messages)))
            .collect();
        let mut error = json!({
            "kind": self.0.kind,
            "message": self.0.message,
            "hint": hint,
            "status": self.0.status.map(|status| status.as_u16()),
            "fields": fields,
            "request_id": self.0.request_id,
        });
        if let Some(kept) = kept {
            error["kept"] = kept.into();
        }
        format!("{}\n", json!({ "error": error }))
    }
}

/// A failure to write what was asked for.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let mut failure = Self::new(
            Exit::Refused,
            "output",
            format!("the output can't be written: {}", values::why(&error)),
        );
        failure.0.is_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        failure
    }
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
