//! What keeps a foreign page from sending a form in a visitor's name: Django's CsrfViewMiddleware, with its cookie.

use axum::http::HeaderMap;

use crate::entropy::Entropy;
use crate::http::client::Scheme;
use crate::http::cookies;
use crate::http::page::Page;
use django::csrf::{SECRET_LENGTH, masked, matches, secret};

/// `CSRF_COOKIE_NAME`.
pub(super) const COOKIE: &str = "csrftoken";
/// `CSRF_COOKIE_AGE`: a year of 52 weeks, in seconds.
pub(super) const AGE: i64 = 52 * 7 * 24 * 60 * 60;
/// The field of a form.
const FIELD: &str = "csrfmiddlewaretoken";
/// The header of a script.
const HEADER: &str = "x-csrftoken";

/// The secret that a visitor's cookie holds, or a new one.
pub(super) struct Csrf {
    sent: Option<String>,
    secret: String,
    /// Whether the answer sets the cookie.
    pub(super) is_used: bool,
}

impl Csrf {
    pub(super) fn of(headers: &HeaderMap, entropy: &Entropy) -> Self {
        let sent = cookies::find(headers, COOKIE).and_then(|cookie| secret(&cookie));
        let secret = sent.clone();
        Self {
            secret: secret.unwrap_or_else(|| entropy.alphanumeric(SECRET_LENGTH)),
            sent,
            is_used: false,
        }
    }

    /// The token of a form, after which the cookie has to be there.
    pub(super) fn token(&mut self, entropy: &Entropy) -> String {
        self.is_used = true;
        let mask = entropy.alphanumeric(SECRET_LENGTH);
        masked(&self.secret, &mask).unwrap_or_default()
    }

    /// Another secret from now on, since somebody signed in.
    pub(super) fn rotate(&mut self, entropy: &Entropy) {
        self.secret = entropy.alphanumeric(SECRET_LENGTH);
        self.is_used = true;
    }

    /// What the cookie is set to.
    pub(super) fn cookie(&self) -> &str {
        &self.secret
    }

    /// Whether a form that changes something comes from a page of ours.
    ///
    /// # Errors
    /// Why not, in Django's words.
    pub(super) fn check(
        &self,
        headers: &HeaderMap,
        form: &[(String, String)],
        page: Page,
        scheme: Option<Scheme>,
    ) -> Result<(), &'static str> {
        match page {
            Page::Foreign => return Err("Origin checking failed."),
            // a browser names its page where it is asked by https
            Page::Untold if scheme == Some(Scheme::Https) => {
                return Err("Referer checking failed - no Referer.");
            }
            Page::Untold | Page::Trusted => {}
        }
        let Some(secret) = &self.sent else {
            return Err("CSRF cookie not set.");
        };
        let field = form.iter().rev().find(|(name, _)| name == FIELD);
        let field = field.map(|(_, value)| value.as_str());
        let header = || headers.get(HEADER).and_then(|value| value.to_str().ok());
        let token = field.filter(|value| !value.is_empty()).or_else(header);
        match token {
            None => Err("CSRF token missing."),
            Some(token) if matches(token, secret) => Ok(()),
            Some(_) => Err("CSRF token incorrect."),
        }
    }
}
