//! The pair of tokens that a login answers with.

use reqwest::header::{HeaderMap, SET_COOKIE};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::token::Claims;

/// The pair that a login answers with.
#[derive(Debug, Deserialize)]
pub(crate) struct Pair {
    #[serde(alias = "access_token")]
    pub(crate) access: SecretString,
    /// Absent where the server does not rotate, or gives it in a cookie.
    #[serde(alias = "refresh_token")]
    pub(crate) refresh: Option<SecretString>,
}

impl Pair {
    /// With the refresh token of this cookie, or of the one that holds a refresh token, where the body has none.
    pub(crate) fn with_cookie(mut self, headers: &HeaderMap, name: Option<&str>) -> Self {
        let refresh = self.refresh.take();
        let refresh = refresh.filter(|refresh| !refresh.expose_secret().is_empty());
        self.refresh = refresh.or_else(|| {
            let cookies = headers.get_all(SET_COOKIE).iter();
            let mut cookies = cookies.filter_map(|cookie| {
                let pair = cookie.to_str().ok()?.split(';').next()?;
                let (name, value) = pair.split_once('=')?;
                let value = SecretString::from(value.trim().trim_matches('"'));
                (!value.expose_secret().is_empty()).then_some((name.trim(), value))
            });
            let found = match name {
                Some(name) => cookies.find(|(this, _)| *this == name),
                None => cookies.find(|(_, value)| Claims::of(value).is_refresh()),
            };
            found.map(|(_, value)| value)
        });
        self
    }
}
