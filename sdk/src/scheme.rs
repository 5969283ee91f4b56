//! The scheme of the `Authorization` header: which one the server takes, as it was given or found out.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is known of it, shared by all requests to a server.
#[derive(Debug)]
pub(crate) struct Scheme(Mutex<Known>);

#[derive(Debug)]
struct Known {
    name: String,
    /// The program said so.
    is_given: bool,
    /// An answer that is not 401 came to a request with it.
    is_taken: bool,
}

impl Scheme {
    /// The one that was given; without one, most servers' until the server offers another.
    pub(crate) fn new(given: Option<String>) -> Self {
        Self(Mutex::new(Known {
            is_given: given.is_some(),
            is_taken: false,
            name: given.unwrap_or_else(|| "Bearer".to_owned()),
        }))
    }

    /// What to send.
    pub(crate) fn name(&self) -> String {
        self.known().name.clone()
    }

    /// Notes that the server took a request that was sent with this one.
    pub(crate) fn taken(&self, sent: &str) {
        let mut known = self.known();
        known.is_taken |= known.name == sent;
    }

    /// Notes that the server took a request with this one after it had refused another.
    pub(crate) fn adopt(&self, sent: &str) {
        let mut known = self.known();
        if !known.is_given {
            sent.clone_into(&mut known.name);
            known.is_taken = true;
        }
    }

    /// Notes that the server offers this one, where a request can't be sent again to find out.
    pub(crate) fn suspect(&self, offered: &str) {
        let mut known = self.known();
        if !known.is_given && !known.is_taken {
            offered.clone_into(&mut known.name);
        }
    }

    /// Whether the server has taken a request with this one.
    pub(crate) fn is_taken(&self, sent: &str) -> bool {
        let known = self.known();
        known.is_taken && known.name == sent
    }

    /// What to try in place of the one that was sent: what was found out meanwhile, or what the server offers.
    pub(crate) fn other_than(&self, sent: &str, offered: Option<&str>) -> Option<String> {
        let known = self.known();
        if known.name != sent {
            return Some(known.name.clone());
        }
        let offered = offered.filter(|offered| !known.is_given && *offered != sent)?;
        Some(offered.to_owned())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
