//! What the browser keeps from now on: the session's key, the secret of forms, and messages.

use axum::http::{HeaderMap, HeaderValue, header};
use chrono::{DateTime, Utc};

use super::{csrf, messages, session};
use crate::db::Moment;

const GONE: &str = "expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0";

/// What the answer does to the session's cookie.
pub(super) enum SessionCookie {
    Stays,
    Set(String),
    Goes,
}

/// The cookies of an answer, as Django sets them.
pub(super) struct Cookies<'h> {
    headers: &'h mut HeaderMap,
    /// What stands in each of them where the browser came by https.
    secure: &'static str,
    now: Moment,
}

impl<'h> Cookies<'h> {
    pub(super) fn new(headers: &'h mut HeaderMap, is_secure: bool, now: Moment) -> Self {
        let secure = if is_secure { "; Secure" } else { "" };
        Self {
            headers,
            secure,
            now,
        }
    }

    pub(super) fn session(&mut self, cookie: &SessionCookie) {
        let name = session::COOKIE;
        match cookie {
            SessionCookie::Stays => {}
            SessionCookie::Set(key) => {
                let lasting = self.lasting(session::AGE);
                self.set(&format!("{name}={key}; {lasting}; HttpOnly"));
            }
            SessionCookie::Goes => self.set(&format!("{name}=\"\"; {GONE}")),
        }
    }

    pub(super) fn csrf(&mut self, secret: &str) {
        let lasting = self.lasting(csrf::AGE);
        self.set(&format!("{}={secret}; {lasting}", csrf::COOKIE));
    }

    pub(super) fn messages(&mut self, written: &str) {
        self.set(&format!("{}={written}; HttpOnly", messages::COOKIE));
    }

    pub(super) fn no_messages(&mut self) {
        self.set(&format!("{}=\"\"; {GONE}", messages::COOKIE));
    }

    fn lasting(&self, age: i64) -> String {
        let at = self.now.plus(age).unwrap_or(self.now);
        format!("expires={}; Max-Age={age}", http_date(at))
    }

    fn set(&mut self, text: &str) {
        let text = format!("{text}; Path=/; SameSite=Lax{}", self.secure);
        if let Ok(mut cookie) = HeaderValue::try_from(text) {
            cookie.set_sensitive(true);
            self.headers.append(header::SET_COOKIE, cookie);
        }
    }
}

/// A date as headers have it.
pub(super) fn http_date(at: Moment) -> String {
    let at: DateTime<Utc> = at.into();
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
