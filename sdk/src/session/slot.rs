//! One session in this process, however many clients use it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::clock::Millis;
use crate::session::state::SessionState;
use crate::store::{EntryKey, TokenStore};

/// How long the parts of a refresh may take.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {}

pub(crate) struct Slot {
    key: EntryKey,
}

impl Slot {
    pub(crate) fn of(_store: &Arc<dyn TokenStore>, key: EntryKey) -> Arc<Self> {
        Arc::new(Self { key })
    }

    pub(crate) fn key(&self) -> &EntryKey {
        &self.key
    }

    pub(crate) fn tell(&self, _listener: &Arc<watch::Sender<SessionState>>) {}
}

/// A moment in milliseconds as a date.
pub(crate) fn moment(millis: Option<Millis>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis?)
}
