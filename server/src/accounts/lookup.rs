//! Looking users up for authentication: by id, all requests that wait for PostgreSQL share one query.
//!
//! Each look-up's query begins after its request came, so nothing is cached and nothing is stale. A request
//! that is alone asks by itself; the others hand their key to one task, which takes all that wait. On SQLite each asks
//! by itself: a statement of the engine's costs less than what is shared.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{mpsc, oneshot};

use super::rows::{self, User};
use crate::db::{self, Conn, Db, Dialect, Id, Work};

/// How many look-ups one query takes at most.
const BATCH: usize = 512;

type Found = db::Result<Option<Arc<User>>>;

/// The look-up of users by key; cheap to clone.
#[derive(Clone)]
pub(crate) struct Users {
    db: Db,
    under_way: Arc<AtomicUsize>,
    queue: mpsc::Sender<(Id, oneshot::Sender<Found>)>,
}

/// Counts a look-up as under way until it is dropped, with its request or with its answer.
struct UnderWay<'a>(&'a AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Users {
    /// Starts the task, which ends with the last handle.
    pub(crate) fn new(db: Db) -> Self {
        let (queue, waiting) = mpsc::channel(BATCH);
        tokio::spawn(serve(db.clone(), waiting));
        Self {
            db,
            under_way: Arc::default(),
            queue,
        }
    }

    /// The user with this key, as the database has it now.
    pub(crate) async fn find(&self, id: Id) -> db::Result<Option<Arc<User>>> {
        let (_under_way, others) = self.begin();
        if others == 0 {
            let found = self.db.read(move |conn| Box::pin(rows::by_id(conn, id)));
            return Ok(found.await?.map(Arc::new));
        }
        self.find_with_others(id).await
    }

    /// The user, and what `body` reads if the account may be used, active or not where that does not matter: in one turn
    /// of the database, but where others ask PostgreSQL for users at the same time.
    pub(crate) async fn find_and_read<T, F>(
        &self,
        id: Id,
        must_be_active: bool,
        body: F,
    ) -> db::Result<(Option<Arc<User>>, Option<T>)>
    where
        T: Send + 'static,
        F: for<'t, 'c> FnOnce(&'t mut Conn<'c>) -> Work<'t, T> + Clone + Send + 'static,
    {
        let may_ask = move |user: &Option<Arc<User>>| {
            (user.as_ref()).is_some_and(|user| user.is_active || !must_be_active)
        };
        let (_under_way, others) = self.begin();
        if others == 0 {
            let both = self.db.read(move |conn| {
                Box::pin(async move {
                    let user = rows::by_id(conn, id).await?.map(Arc::new);
                    let found = if may_ask(&user) {
                        Some(body(conn).await?)
                    } else {
                        None
                    };
                    Ok((user, found))
                })
            });
            return both.await;
        }
        let user = self.find_with_others(id).await?;
        let found = if may_ask(&user) {
            Some(self.db.read(body).await?)
        } else {
            None
        };
        Ok((user, found))
    }

    /// Begins a look-up; how many others are under way that it can share a query with.
    fn begin(&self) -> (UnderWay<'_>, usize) {
        let others = self.under_way.fetch_add(1, Ordering::Relaxed);
        let shared = self.db.dialect() == Dialect::Postgres;
        (UnderWay(&self.under_way), if shared { others } else { 0 })
    }

    async fn find_with_others(&self, id: Id) -> Found {
        let (answer, found) = oneshot::channel();
        let sent = self.queue.send((id, answer)).await;
        sent.map_err(|_| ended())?;
        found.await.unwrap_or_else(|_| Err(ended()))
    }

    /// The user with exactly this name.
    pub(crate) async fn find_by_username(&self, name: &str) -> db::Result<Option<Arc<User>>> {
        let name = name.to_owned();
        let found = self
            .db
            .read(|conn| Box::pin(async move { rows::by_username(conn, &name).await }));
        Ok(found.await?.map(Arc::new))
    }

    /// The user who logs in with exactly this.
    pub(crate) async fn find_by_login(&self, name: &str) -> db::Result<Option<Arc<User>>> {
        let name = name.to_owned();
        let found = self
            .db
            .read(|conn| Box::pin(async move { rows::by_login(conn, &name).await }));
        Ok(found.await?.map(Arc::new))
    }

    /// The users with exactly this mail address: two of them stand for several.
    pub(crate) async fn find_by_email(&self, email: &str) -> db::Result<Vec<Arc<User>>> {
        let email = email.to_owned();
        let found = self
            .db
            .read(|conn| Box::pin(async move { rows::by_email(conn, &email).await }));
        Ok(found.await?.into_iter().map(Arc::new).collect())
    }
}

async fn serve(db: Db, mut waiting: mpsc::Receiver<(Id, oneshot::Sender<Found>)>) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        match read(&db, &batch).await {
            Ok(users) => {
                for (id, answer) in batch.drain(..) {
                    // a request that went away needs no answer
                    let _ = answer.send(Ok(users.get(&id).cloned()));
                }
            }
            Err(error) => {
                // who came while the database was tried would only wait for the same failure
                while let Ok(late) = waiting.try_recv() {
                    batch.push(late);
                }
                for (_, answer) in batch.drain(..) {
                    let _ = answer.send(Err(error.clone()));
                }
            }
        }
    }
}

async fn read(
    db: &Db,
    batch: &[(Id, oneshot::Sender<Found>)],
) -> db::Result<HashMap<Id, Arc<User>>> {
    let mut ids: Vec<i64> = batch.iter().map(|(id, _)| id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let users = db.read(|conn| Box::pin(rows::by_ids(conn, ids))).await?;
    Ok(users
        .into_iter()
        .map(|user| (user.id, Arc::new(user)))
        .collect())
}

/// The task ends with the process.
fn ended() -> db::Error {
    db::Error::Away("the server is shutting down".to_owned())
}
