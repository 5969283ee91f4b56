//! What a request is sent with, and what follows where the server refuses that: waiting, a refresh, another scheme.

use std::sync::Arc;

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

use crate::api_error::ApiError;
use crate::error::{Error, ErrorKind, Result};
use crate::inner::Inner;
use crate::reason::ExpiredReason;
use crate::session::slot::Slot;
use crate::session::verdict::{Need, REPLICA_LAG};
use crate::session::{flight, login};
use crate::token::AccessToken;

/// How often a request is sent again whose token expired on the way, at a server that takes longer than it lets its
/// tokens live.
const LATE: u32 = 3;

/// The token of one request, and what was tried with it already.
pub(super) struct Ticket {
    client: Arc<Inner>,
    pub(super) token: AccessToken,
    /// Whose it is, which does not change on the way; `None` for a token that the program gave.
    slot: Option<Arc<Slot>>,
    /// The scheme that it is sent with.
    pub(super) scheme: String,
    /// How often it was exchanged since it was refused.
    refreshed: u32,
    waited: bool,
    /// The scheme is another one than at first.
    is_trial: bool,
}

/// What follows a 401.
pub(super) enum Next {
    /// The request is sent again, with the token that is there now.
    Again,
    /// The same with another scheme: if that does not help, this answer counts.
    Try,
    /// This answer counts.
    Answer,
    /// The answer before the other scheme was tried counts.
    First,
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
            scheme: client.transport.scheme.name(),
            refreshed: 0,
            waited: false,
            is_trial: false,
        }))
    }

    /// The request was answered with something else than 401.
    pub(super) fn taken(&self) {
        let scheme = &self.client.transport.scheme;
        if self.is_trial {
            scheme.adopt(&self.scheme);
        } else {
            scheme.taken(&self.scheme);
        }
    }

    /// The token was refused with 401: what follows.
    pub(super) async fn refused(&mut self, no: &ApiError, headers: &HeaderMap) -> Result<Next> {
        match (no.code(), &self.slot) {
            (None, _) if no.detail().is_some() => self.try_other_scheme(no, headers),
            (Some("token_not_valid"), Some(slot)) => {
                let slot = slot.clone();
                let is_other = self.replace(&slot).await?;
                Ok(if is_other { Next::Again } else { Next::Answer })
            }
            (Some("password_changed"), Some(slot)) => {
                let reason = ExpiredReason::PasswordChanged;
                login::end(slot, &self.client.transport, &self.token, reason).await?;
                Err(Error::expired(reason))
            }
            _ => Ok(Next::Answer),
        }
    }

    /// The body can't be sent again: what the server offers is for the next request.
    pub(super) fn gives_up(&self) {
        if self.is_trial {
            self.client.transport.scheme.suspect(&self.scheme);
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
        // one that expired on the way was not judged, however often that happens within reason
        let is_expired = slot.memory().is_expired(&self.token, transport.now());
        if self.refreshed >= if is_expired { LATE } else { 1 } {
            return Ok(false);
        }
        self.refreshed += 1;
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

    /// A 401 without a code says that no token was seen, and the server looks for another scheme; or it is a view's own
    /// no, which another scheme changes nothing about.
    fn try_other_scheme(&mut self, no: &ApiError, headers: &HeaderMap) -> Result<Next> {
        // those of proxies, which want a password
        const FOREIGN: [&str; 4] = ["basic", "digest", "negotiate", "ntlm"];
        let known = &self.client.transport.scheme;
        let ignored = || Error::caused(ErrorKind::AuthScheme, Error::api(no.clone()));
        if self.is_trial {
            return if known.is_taken(&known.name()) {
                Ok(Next::First)
            } else {
                Err(ignored())
            };
        }
        let offered = headers
            .get(WWW_AUTHENTICATE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split([' ', ',']).next())
            .filter(|scheme| {
                !scheme.is_empty() && !FOREIGN.contains(&scheme.to_ascii_lowercase().as_str())
            });
        match known.other_than(&self.scheme, offered) {
            Some(other) => {
                self.scheme = other;
                self.is_trial = true;
                Ok(Next::Try)
            }
            None if known.is_taken(&self.scheme) => Ok(Next::Answer),
            None => Err(ignored()),
        }
    }
}
