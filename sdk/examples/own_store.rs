//! A store that several machines share, with its lock: here a table in memory stands for their database.
//! `cargo run -p gatepost-sdk --features testing --example own_store`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gatepost_sdk::store::{
    BoxFuture, EntryKey, LockPlace, SharedGuard, SharedLock, StoreError, StoredSession, TokenStore,
};
use gatepost_sdk::testing::MockServer;
use gatepost_sdk::{Client, ExposeSecret, Result};
use tokio::sync::OwnedMutexGuard;

/// The database: rows of JSON, and a lock for each row.
#[derive(Clone, Default)]
struct Database {
    rows: Arc<Mutex<BTreeMap<EntryKey, String>>>,
    locks: Arc<Mutex<BTreeMap<EntryKey, Arc<tokio::sync::Mutex<()>>>>>,
}

impl Database {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<EntryKey, String>) -> T) -> T {
        act(&mut self.rows.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Keeps sessions in the database.
struct DatabaseStore(Database);

impl TokenStore for DatabaseStore {
    fn id(&self) -> String {
        "database:sessions".to_owned()
    }

    fn load<'a>(
        &'a self,
        key: &'a EntryKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        Box::pin(async move {
            let row = self.0.with(|rows| rows.get(key).cloned());
            row.map(|text| StoredSession::from_json(&text)).transpose()
        })
    }

    fn save<'a>(
        &'a self,
        key: &'a EntryKey,
        session: &'a StoredSession,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let text = session.to_json().expose_secret().to_owned();
            self.0.with(|rows| rows.insert(key.clone(), text));
            Ok(())
        })
    }

    fn remove<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.0.with(|rows| rows.remove(key));
            Ok(())
        })
    }

    fn list<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<Vec<EntryKey>, StoreError>> {
        Box::pin(async move {
            Ok(self.0.with(|rows| {
                let keys = rows.keys().filter(|key| key.server() == server);
                keys.cloned().collect()
            }))
        })
    }

    fn lock(&self, key: &EntryKey) -> Result<LockPlace, StoreError> {
        let mut locks = self.0.locks.lock().unwrap_or_else(PoisonError::into_inner);
        let row = locks.entry(key.clone()).or_default().clone();
        Ok(LockPlace::Shared(Arc::new(RowLock(row))))
    }
}

/// The lock of a row: `SELECT … FOR UPDATE`, an advisory lock, or a key in Redis that lapses after a minute.
struct RowLock(Arc<tokio::sync::Mutex<()>>);

struct RowGuard(OwnedMutexGuard<()>);

impl SharedLock for RowLock {
    fn acquire(
        &self,
        limit: Duration,
    ) -> BoxFuture<'_, Result<Option<Box<dyn SharedGuard>>, StoreError>> {
        Box::pin(async move {
            let locked = tokio::time::timeout(limit, self.0.clone().lock_owned()).await;
            Ok(locked
                .ok()
                .map(|guard| Box::new(RowGuard(guard)) as Box<dyn SharedGuard>))
        })
    }
}

impl SharedGuard for RowGuard {
    fn release(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async move { drop(self.0) }) // here the transaction would end
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "it is a command")]
async fn main() -> Result<()> {
    let (server, database) = (MockServer::start().await, Database::default());
    let host = || -> Result<Client> {
        let store = DatabaseStore(database.clone());
        server.client().store(store).account("ada").build()
    };
    let (first, second) = (host()?, host()?);
    first.login("ada", &server.password()).await?;
    for _ in 0..3 {
        server.clock().advance(3600);
        let (one, other) = tokio::join!(first.profile(), second.profile());
        println!("{} and {}", one?.username, other?.username);
    }
    println!("{} refreshes", server.count("POST /api/token/refresh/"));
    Ok(())
}
