//! The rules of refresh as a model in memory: an oracle that shares no code with the server.
//!
//! A chain is a list of links; the successor of link `n` is link `n + 1`. Keys are known by whose secret they
//! come from.

use std::collections::BTreeSet;

/// Whose secret a key was made from. A key is made for one token: the same secret at two tokens is two keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secret {
    Owners,
    Thiefs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    Unused,
    Rotated {
        key: Option<Secret>,
        at: i64,
    },
    /// Blacklisted without a successor.
    Ended,
}

/// What `/refresh/` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refreshed {
    /// 200 with this link; whether `Idempotency-Replayed: true` is said.
    Successor { link: usize, replayed: bool },
    /// 401; whether `Idempotency-Replayed: late` is said.
    Refused { late: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    Reuse,
    LateReplay,
}

/// One chain.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) links: Vec<Link>,
    pub(crate) events: BTreeSet<(usize, Event)>,
    pub(crate) now: i64,
    grace: i64,
    revoke: bool,
}

impl Model {
    pub(crate) fn new(grace: i64, revoke: bool) -> Self {
        Self {
            links: vec![Link::Unused],
            events: BTreeSet::new(),
            now: 0,
            grace,
            revoke,
        }
    }

    pub(crate) fn refresh(&mut self, link: usize, shown: Option<Secret>) -> Refreshed {
        let (key, at) = match self.links[link] {
            Link::Unused => {
                self.links[link] = Link::Rotated {
                    key: shown,
                    at: self.now,
                };
                self.links.push(Link::Unused);
                return Refreshed::Successor {
                    link: link + 1,
                    replayed: false,
                };
            }
            Link::Ended => return Refreshed::Refused { late: false },
            Link::Rotated { key, at } => (key, at),
        };
        let child_is_unused = self.links[link + 1] == Link::Unused;
        let again = Refreshed::Successor {
            link: link + 1,
            replayed: true,
        };
        if key.is_some() && key == shown {
            if child_is_unused {
                return again;
            }
            self.events.insert((link, Event::LateReplay));
            return Refreshed::Refused { late: true };
        }
        if key.is_none() && shown.is_none() && self.now - at < self.grace && child_is_unused {
            return again;
        }
        self.events.insert((link, Event::Reuse));
        if self.revoke {
            self.end();
        }
        Refreshed::Refused { late: false }
    }

    /// Whether `/blacklist/` answers 200.
    pub(crate) fn log_out(&mut self, link: usize, shown: Option<Secret>) -> bool {
        match self.links[link] {
            Link::Unused => {
                self.links[link] = Link::Ended;
                true
            }
            Link::Ended => false,
            Link::Rotated { key, .. } => {
                let has_key = key.is_some() && key == shown;
                if has_key || self.revoke {
                    self.end();
                }
                has_key
            }
        }
    }

    fn end(&mut self) {
        if let Some(last @ Link::Unused) = self.links.last_mut() {
            *last = Link::Ended;
        }
    }
}
