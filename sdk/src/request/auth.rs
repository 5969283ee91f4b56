//! What a request is sent with, and what follows where the server refuses that: waiting, a refresh, another scheme.

use std::sync::Arc;

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

use crate::api_error::ApiError;
use crate::error::{Error, ErrorKind, Result};
use crate::inner::Inner;
use crate::session::slot::Slot;
use crate::session::verdict::{Need, REPLICA_LAG};
use crate::session::{flight, login};
use crate::state::ExpiredReason;
use crate::token::AccessToken;

/// The token of one request, and what was tried with it already.
pub(super) struct Ticket {
    client: Arc<Inner>,
    pub(super) token: AccessToken,
    /// Whose it is, which does not change on the way; `None` for a token that the program gave.
    slot: Option<Arc<Slot>>,
    refreshed: bool,
    waited: bool,
    other_scheme: bool,
}

impl Ticket {
    /// What a request is sent with, `once` where that can't be repeated; `None` where nobody is logged in.
    pub(super) async fn of(client: &Arc<Inner>, once: bool) -> Result<Option<Self>> {
        let need = Need {
            careful: once,
            ..Need::default()
        };
        let access = client.access(&need).await?;
        Ok(access.map(|(token, slot)| Self {
            client: client.clone(),
            token,
            slot,
            refreshed: false,
            waited: false,
            other_scheme: false,
        }))
    }

    /// The token was refused with 401: whether the request is to be sent again, with the token that is there now.
    pub(super) async fn refused(&mut self, no: &ApiError, headers: &HeaderMap) -> Result<bool> {
        match (no.code(), &self.slot) {
            (None, _) if no.detail().is_some() => self.try_other_scheme(no, headers),
            (Some("token_not_valid"), Some(slot)) => {
                let slot = slot.clone();
                self.replace(&slot).await
            }
            (Some("password_changed"), Some(slot)) => {
                let reason = ExpiredReason::PasswordChanged;
                login::end(slot, &self.client.transport, &self.token, reason).await?;
                Err(Error::expired(reason))
            }
            _ => Ok(false),
        }
    }

    async fn replace(&mut self, slot: &Arc<Slot>) -> Result<bool> {
        let transport = &self.client.transport;
        if slot.memory().is_young(&self.token, transport.now()) {
            // another one would be refused as well; a replica that lags behind may accept this one in a second
            if std::mem::replace(&mut self.waited, true) {
                return Ok(false);
            }
            tokio::time::sleep(REPLICA_LAG).await;
            return Ok(true);
        }
        if std::mem::replace(&mut self.refreshed, true) {
            return Ok(false);
        }
        let need = Need {
            other_than: Some(self.token.clone()),
            ..Need::default()
        };
        match flight::access(slot, transport, &need).await? {
            Some(token) if token != self.token => {
                self.token = token;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// A 401 without a code says that no token was seen: the server looks for another scheme.
    fn try_other_scheme(&mut self, no: &ApiError, headers: &HeaderMap) -> Result<bool> {
        // those of proxies, which want a password
        const FOREIGN: [&str; 4] = ["basic", "digest", "negotiate", "ntlm"];
        let offered = headers
            .get(WWW_AUTHENTICATE)
            .and_then(|value| value.to_str().ok());
        let offered = offered.and_then(|value| value.split_whitespace().next());
        let mut scheme = self.client.scheme();
        match offered {
            Some(offered)
                if !self.other_scheme
                    && offered != *scheme
                    && !FOREIGN.contains(&offered.to_ascii_lowercase().as_str()) =>
            {
                self.other_scheme = true;
                offered.clone_into(&mut scheme);
                Ok(true)
            }
            _ => Err(Error::caused(ErrorKind::AuthScheme, Error::api(no.clone()))),
        }
    }
}
