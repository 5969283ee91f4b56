//! The clients, and what is being asked of them: each call in a task of its own, its result a message.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gatepost_sdk::Client;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::options::Accounts;
use super::requests::{Answer, ask, list};
use super::translate::failure;
use crate::effect::{Call, Epoch, Gen, Query, Slot};
use crate::msg::{Known, Msg};

/// The server, and what is being asked of it.
pub(crate) struct Network {
    /// A client for each place that can keep the session.
    places: Vec<Client>,
    /// The one in use.
    place: usize,
    accounts: Option<Arc<dyn Accounts>>,
    to: UnboundedSender<Msg>,
    reads: BTreeMap<Slot, AbortHandle>,
    /// Tells changes of the session.
    states: AbortHandle,
    /// Asks the list for more.
    more: Option<UnboundedSender<()>>,
    is_checking: Arc<AtomicBool>,
    /// How many posts are being deleted.
    deletes: watch::Sender<usize>,
}

impl Network {
    /// Through these clients, of which the first is used. From now on, changes of its session are told.
    pub(crate) fn new(
        places: Vec<Client>,
        accounts: Option<Arc<dyn Accounts>>,
        to: UnboundedSender<Msg>,
    ) -> Self {
        Self {
            states: tell_states(&places[0], to.clone()),
            places,
            place: 0,
            accounts,
            to,
            reads: BTreeMap::new(),
            more: None,
            is_checking: Arc::default(),
            deletes: watch::Sender::new(0),
        }
    }

    /// From now on another server is used, or another account of this one; that is told, or why not.
    pub(crate) fn connect(&mut self, server: &str, user: Option<&str>) {
        let opened = match &self.accounts {
            Some(accounts) => accounts.open(server, user),
            None => Err("This program was started for one server".to_owned()),
        };
        let opened = opened.and_then(|places| {
            if places.is_empty() {
                return Err("No place can keep a session of this account".to_owned());
            }
            for (_, read) in std::mem::take(&mut self.reads) {
                read.abort();
            }
            self.more = None;
            let names = places.iter().map(|place| place.name.clone()).collect();
            self.places = places.into_iter().map(|place| place.client).collect();
            self.use_place(0);
            Ok((self.client().server().to_owned(), names))
        });
        let _ = self.to.send(Msg::Connected(opened));
    }

    /// From now on sessions are kept in this place.
    pub(crate) fn use_place(&mut self, place: usize) {
        if place < self.places.len() {
            self.states.abort();
            self.place = place;
            self.states = tell_states(self.client(), self.to.clone());
        }
    }

    fn client(&self) -> &Client {
        &self.places[self.place]
    }

    /// Asks. An older read of the same slot is given up; a write never is, since nobody would know what came of it.
    pub(crate) fn call(&mut self, slot: Slot, r#gen: Gen, epoch: Epoch, call: Call) {
        let client = self.client().clone();
        let to = self.to.clone();
        let answer = Answer {
            slot: slot.clone(),
            r#gen,
            epoch,
            to,
        };
        let is_read = matches!(
            call,
            Call::List
                | Call::Find(_)
                | Call::Post(_)
                | Call::Profile
                | Call::Sessions
                | Call::Details
                | Call::Verify
        );
        let task = if let Call::List | Call::Find(_) = call {
            let (more, asked) = unbounded_channel();
            self.more = Some(more);
            let query = match call {
                Call::Find(query) => query,
                _ => Query::default(),
            };
            tokio::spawn(list(client, query, answer, asked))
        } else {
            let (accounts, place, to) = (self.accounts.clone(), self.place, self.to.clone());
            let deletes = matches!(call, Call::Delete(_)).then(|| self.deletes.clone());
            if let Some(deletes) = &deletes {
                deletes.send_modify(|count| *count += 1);
            }
            tokio::spawn(async move {
                let is_login = matches!(call, Call::SignIn { .. });
                let is_logout = call == Call::SignOut;
                let reply = ask(&client, call).await;
                if let (Some(accounts), Some(user), Ok(_), true) =
                    (accounts, client.account(), &reply, is_login || is_logout)
                {
                    let server = client.server().to_owned();
                    remember(accounts, is_login, (server, place, user), to).await;
                }
                answer.tell(reply.map_err(|error| failure(&error, is_login)));
                if let Some(deletes) = deletes {
                    deletes.send_modify(|count| *count -= 1);
                }
            })
        };
        if is_read && let Some(old) = self.reads.insert(slot, task.abort_handle()) {
            old.abort();
        }
    }

    /// Goes on with the list.
    pub(crate) fn more(&self) {
        if let Some(more) = &self.more {
            let _ = more.send(());
        }
    }

    /// Looks whether another process has changed the session; its state is told if so.
    pub(crate) fn check(&self) {
        // the first key of many is enough
        if !self.is_checking.swap(true, Ordering::SeqCst) {
            let (session, is_checking) = (self.client().session(), self.is_checking.clone());
            tokio::spawn(async move {
                // what can't be read now will be said by the next request
                let _ = session.load().await;
                is_checking.store(false, Ordering::SeqCst);
            });
        }
    }

    /// Whether a post is being deleted.
    pub(crate) fn is_deleting(&self) -> bool {
        *self.deletes.borrow() > 0
    }

    /// Waits until no exchange of tokens and no delete is under way: of those nothing is left on this machine.
    pub(crate) async fn settle(&self, limit: Duration) {
        let mut deletes = self.deletes.subscribe();
        let all = deletes.wait_for(|count| *count == 0);
        let _ = tokio::time::timeout(limit, all).await;
        self.client().session().wait_idle(limit).await;
    }
}

/// Tells each change of a client's session.
fn tell_states(client: &Client, to: UnboundedSender<Msg>) -> AbortHandle {
    let mut states = client.subscribe();
    let telling = tokio::spawn(async move {
        while states.changed().await.is_ok() {
            let state = states.borrow_and_update().clone();
            if to.send(Msg::Session(state)).is_err() {
                return;
            }
        }
    });
    telling.abort_handle()
}

/// Has a sign-in in this place remembered, or a sign-out.
async fn remember(
    accounts: Arc<dyn Accounts>,
    is_login: bool,
    (server, place, user): (String, usize, String),
    to: UnboundedSender<Msg>,
) {
    let remembered = tokio::task::spawn_blocking(move || {
        let noted = if is_login {
            accounts.signed_in(&server, place, &user)
        } else {
            accounts.signed_out(&server, place, &user)
        };
        (noted, known(&*accounts))
    });
    if let Ok((noted, known)) = remembered.await {
        let _ = to.send(Msg::Known(known));
        if let Err(why) = noted {
            let _ = to.send(Msg::Problem(why));
        }
    }
}

/// The accounts that are known, in the core's words.
pub(super) fn known(accounts: &dyn Accounts) -> Vec<Known> {
    let known = accounts.known().into_iter();
    known.map(|(server, user)| Known { server, user }).collect()
}
