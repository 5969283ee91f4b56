//! What a failure of the sdk is for a person: the exit code, and what to do in the words of this program.

use gatepost_sdk::{ApiError, ErrorKind, StatusCode, StoreError, Unsent};

use super::fields::beside;
use super::{Exit, Failure};

impl From<gatepost_sdk::Error> for Failure {
    fn from(error: gatepost_sdk::Error) -> Self {
        let (exit, kind) = match error.kind() {
            ErrorKind::Api(_) => (Exit::Refused, "api"),
            ErrorKind::NotSignedIn => (Exit::Login, "not_signed_in"),
            ErrorKind::SessionExpired(_) => (Exit::Login, "session_expired"),
            ErrorKind::Unreachable(_) | ErrorKind::Network => (Exit::Again, "network"),
            ErrorKind::Timeout => (Exit::Again, "timeout"),
            ErrorKind::Busy { .. } => (Exit::Again, "busy"),
            ErrorKind::Store(_) => (Exit::Store, "store"),
            ErrorKind::Decode { .. } => (Exit::Refused, "decode"),
            ErrorKind::Redirected { .. } => (Exit::Refused, "redirected"),
            ErrorKind::UnexpectedAnswer { .. } => (Exit::Refused, "not_a_gatepost_api"),
            ErrorKind::AuthScheme => (Exit::Refused, "auth_scheme"),
            ErrorKind::BodyNotReplayable => (Exit::Again, "body_not_replayable"),
            ErrorKind::Unsupported { .. } => (Exit::Refused, "unsupported"),
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
        failure.0.is_addressed = matches!(error.kind(), ErrorKind::Unreachable(_));
        match error.kind() {
            ErrorKind::Api(api) => failure.of_api(api),
            ErrorKind::NotSignedIn => failure.hint("run `gatepost login`"),
            ErrorKind::Store(error) => failure.of_store(error),
            ErrorKind::Timeout => failure.hint("try again, or allow more time with --timeout"),
            // unless it is known what to do
            ErrorKind::Redirected { target, .. }
                if !target.is_empty() && failure.0.hint.as_deref() == error.kind().hint() =>
            {
                failure.hint(
                    "if the server has moved there, name that with --server; if it is a page to sign in at, sign in there first",
                )
            }
            ErrorKind::Unreachable(unreachable) => match tls_hint(unreachable.cause()) {
                Some(hint) => failure.hint(hint),
                None => failure,
            },
            ErrorKind::UnexpectedAnswer { page, .. } => {
                failure.0.page.clone_from(page);
                failure
            }
            _ => failure,
        }
    }
}

/// What to do about a certificate that is not trusted, by the options of this program.
fn tls_hint(cause: Unsent) -> Option<&'static str> {
    match cause {
        Unsent::SelfSigned => Some(
            "if you know this server, get its certificate from its operator and give it with --ca-cert FILE",
        ),
        Unsent::UnknownAuthority => Some(
            "if you know this server, get the certificate of its authority from its operator and give it with --ca-cert FILE",
        ),
        _ => None,
    }
}

/// What to do about a store, where this program has its own words for it.
fn store_hint(error: &StoreError) -> Option<&'static str> {
    Some(match error {
        StoreError::Unavailable(_) | StoreError::TooLong { .. } => {
            "keep the session in a file that only you can read: `gatepost login --store file`"
        }
        StoreError::Locked(_) | StoreError::Timeout(_) => {
            "unlock the OS keyring and try again, or keep the session in a file that only you can read: `gatepost login --store file`"
        }
        StoreError::Foreign { .. } => {
            "with sudo, use `sudo -H`, or keep the session elsewhere: `--store`, GATEPOST_STATE_DIR; otherwise give it to your own account, or remove it"
        }
        StoreError::NoLock { .. } => {
            "make that folder writable, or keep the session elsewhere: `gatepost login --store`, GATEPOST_STATE_DIR, GATEPOST_LOCK_DIR"
        }
        _ => return None,
    })
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        gatepost_sdk::Error::from(error).into()
    }
}

impl Failure {
    fn of_store(mut self, error: &StoreError) -> Self {
        if let StoreError::NoLock {
            path: Some(path), ..
        } = error
        {
            let folder = path.parent().unwrap_or(path).display().to_string();
            if !self.0.message.contains(&folder) {
                self.0.message = format!("{} ({folder})", self.0.message);
            }
        }
        match store_hint(error) {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    fn of_api(mut self, error: &ApiError) -> Self {
        match error.status() {
            StatusCode::NOT_FOUND => self.0.exit = Exit::NotFound,
            StatusCode::UNAUTHORIZED => self.0.exit = Exit::Login,
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

fn causes(error: &dyn std::error::Error) -> Vec<String> {
    std::iter::successors(error.source(), |cause| cause.source())
        .map(ToString::to_string)
        .collect()
}
