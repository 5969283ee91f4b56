//! What a command fails with: the exit code, and the lines of it on standard error.

mod answered;
mod fields;
mod of_sdk;
mod printed;

use std::io;
use std::path::PathBuf;

pub(crate) use answered::refusal;
use fields::beside;
use gatepost_sdk::{ExpiredReason, StatusCode};

use crate::given::Given;
use crate::values;

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

    /// The same, of something that was done all the same.
    pub(crate) fn though(mut self, done: &str) -> Self {
        self.0.message = format!("{done}, but {}", self.0.message);
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
