//! The engine's threads: one writer and some readers, each of which opens a connection when it is first needed, and
//! another one where that failed.

use std::fs::OpenOptions;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use tokio::{runtime, time};

use super::handle::{Handle, lend};
use super::identity::Identity;
use super::job::{Jobs, Taken, job};
use super::writer::Writer;
use crate::db::conn::{Conn, Inner, Tx, Work};
use crate::db::error::{Error, Result};
use crate::db::faults::Faults;
use crate::db::user_table::UserTable;

/// How long a statement waits for another process.
const WAIT: Duration = Duration::from_secs(10);

/// How long it is before another look at a file that another process makes.
const PAUSE: Duration = Duration::from_millis(10);

/// After how many pages the writer moves its log into the database: 16 MB. A page that many commits changed is moved once.
const PAGES_IN_LOG: &str = "4000";

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// To be read and written.
    Serve,
    /// To be read, and left to the byte as it is.
    Look,
}

/// A database of SQLite with its threads, which end with it.
pub(crate) struct Engine {
    files: Arc<Identity>,
    readers: Threads,
    writer: Threads,
}

struct Threads {
    jobs: Arc<Jobs>,
    handles: Mutex<Vec<JoinHandle<()>>>,
}

/// What a thread lives by.
#[derive(Clone)]
struct Life {
    name: &'static str,
    options: SqliteConnectOptions,
    /// Takes jobs, beginning with this one, until the queue is closed (`true`) or the connection has failed.
    work: fn(Handle<'_>, &Life, &Jobs, Taken<'_>) -> bool,
    files: Arc<Identity>,
    faults: Faults,
    users: UserTable,
    runtime: runtime::Handle,
}

/// Opens the first connection. Where two processes make the journal of a new file at once, SQLite does not wait for the
/// other, but refuses one of them.
async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection> {
    let deadline = Instant::now() + WAIT;
    loop {
        match options.connect().await.map_err(Error::from) {
            Err(Error::Busy(_)) if Instant::now() < deadline => time::sleep(PAUSE).await,
            ended => return ended,
        }
    }
}

/// Makes the file where it is missing, for its owner alone. SQLite gives its journal the same rights.
fn make_private(path: &Path) {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // where it can't be made, SQLite says why
    drop(options.open(path));
}

impl Engine {
    /// Opens the file, which is made where it is missing and is to be used.
    pub(crate) async fn open(
        path: &Path,
        readers: usize,
        purpose: Use,
        faults: &Faults,
        users: UserTable,
    ) -> Result<Self> {
        let options = SqliteConnectOptions::new().filename(path);
        let options = match purpose {
            // the kind of its journal is a part of the file
            Use::Serve => options.journal_mode(SqliteJournalMode::Wal),
            Use::Look => options.pragma("query_only", "ON"),
        };
        let options = options
            .foreign_keys(true)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(WAIT)
            // what a savepoint would need to roll back: otherwise a temporary file for nearly each commit
            .pragma("temp_store", "MEMORY")
            .pragma("wal_autocheckpoint", PAGES_IN_LOG)
            .disable_statement_logging();
        // a file that is gone later is not made anew: an empty one would look like a database without tables
        let first = options.clone().create_if_missing(purpose == Use::Serve);
        if purpose == Use::Serve {
            make_private(path);
        }
        let first = connect(&first).await?;
        let files = Arc::new(Identity::of(path).map_err(sqlx::Error::Io)?);
        let writing = Life {
            name: "sqlite-writer",
            options: options.clone(),
            work: write,
            files: files.clone(),
            faults: faults.clone(),
            users,
            runtime: runtime::Handle::current(),
        };
        let reading = Life {
            name: "sqlite-reader",
            options: options.pragma("query_only", "ON"),
            work: read,
            ..writing.clone()
        };
        Ok(Self {
            files,
            writer: Threads::start(&writing, 1, Some(first))?,
            readers: Threads::start(&reading, readers, None)?,
        })
    }

    /// Runs a body that reads. The statements of one that writes fail.
    pub(crate) async fn read<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t, 'c> FnOnce(&'t mut Conn<'c>) -> Work<'t, T> + Send + 'static,
    {
        self.files.check()?;
        let mut body = Some(body);
        // a closure is general in its argument's lifetimes only where it is written as the argument
        let found = self
            .readers
            .ask(move |tx| body.take().expect("a reader runs a job once")(tx));
        found.await
    }

    /// Runs a body in a transaction, which ends before this does; whoever stops waiting stops nothing.
    pub(crate) async fn write<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> Work<'t, T> + Send + 'static,
    {
        self.writer.ask(body).await
    }

    /// Whether the files are still those that were opened.
    pub(crate) fn look(&self) -> Result<()> {
        self.files.look()
    }

    /// Whether somebody writes or waits for it.
    pub(crate) fn is_writing(&self) -> bool {
        self.writer.jobs.at_work() > 0
    }

    /// How many connections are at work.
    pub(crate) fn at_work(&self) -> usize {
        self.readers.jobs.at_work() + self.writer.jobs.at_work()
    }

    /// How many transactions wait for the writer.
    pub(crate) fn waiting_writers(&self) -> usize {
        self.writer.jobs.waiting()
    }

    /// Does what waits, then closes every connection: the last one tidies the file up, and must be the writer's.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.readers.jobs.close();
        self.writer.jobs.close();
    }
}

impl Threads {
    /// Starts some threads; the first of them begins with this connection.
    fn start(life: &Life, count: usize, mut first: Option<SqliteConnection>) -> sqlx::Result<Self> {
        let jobs = Arc::new(Jobs::new(count));
        let mut handles = Vec::with_capacity(count);
        for _ in 0..count {
            let (life, jobs, first) = (life.clone(), jobs.clone(), first.take());
            let thread = thread::Builder::new().name(life.name.to_owned());
            handles.push(thread.spawn(move || life.live(&jobs, first))?);
        }
        let handles = Mutex::new(handles);
        Ok(Self { jobs, handles })
    }

    async fn ask<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t, 'c> FnMut(&'t mut Tx<'c>) -> Work<'t, T> + Send + 'static,
    {
        let (job, found) = job(body);
        self.jobs.push(job);
        match found.await {
            Ok(Ok(found)) => found,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(Error::Away("the server is shutting down".to_owned())),
        }
    }

    async fn close(&self) {
        self.jobs.close();
        let handles = std::mem::take(&mut *self.handles.lock().expect("nobody panics with it"));
        let joined = tokio::task::spawn_blocking(|| {
            for thread in handles {
                // one that panicked has said so on stderr
                let _ = thread.join();
            }
        });
        let _ = joined.await;
    }
}

impl Life {
    /// Another connection to the same file.
    fn connect(&self) -> Result<SqliteConnection> {
        self.files.look()?;
        let connection = self.runtime.block_on(self.options.connect())?;
        // it may have been replaced meanwhile
        self.files.look()?;
        Ok(connection)
    }

    fn live(&self, jobs: &Jobs, mut first: Option<SqliteConnection>) {
        while let Some(taken) = jobs.take() {
            let connected = match first.take() {
                Some(owner) => Ok(owner),
                None => self.connect(),
            };
            let owner = match connected {
                Ok(owner) => owner,
                Err(error) => {
                    let (job, turn) = taken;
                    drop(turn);
                    job.answer(Some(error));
                    continue;
                }
            };
            let work = |handle: Handle<'_>| (self.work)(handle, self, jobs, taken);
            let lent = || lend(&self.runtime, owner, work);
            // a defect here must not end the thread: who waits would wait for ever
            match catch_unwind(AssertUnwindSafe(lent)) {
                Ok(Ok(true)) => return,
                Ok(Ok(false)) => {}
                Ok(Err(error)) => tracing::error!(cause = %error, "SQLite's handle was not lent"),
                Err(_) => tracing::error!("a thread of SQLite's panicked and goes on"),
            }
        }
        // one that nobody needed; the last that is closed tidies the file up
        if let Some(unused) = first {
            let closed = self.runtime.block_on(sqlx::Connection::close(unused));
            if let Err(error) = closed {
                tracing::warn!(cause = %error, "a connection to SQLite could not be closed");
            }
        }
    }
}

fn write(handle: Handle<'_>, life: &Life, jobs: &Jobs, first: Taken<'_>) -> bool {
    let mut writer = Writer {
        handle,
        jobs,
        files: &life.files,
        faults: &life.faults,
        users: life.users,
    };
    let is_over = writer.run(first);
    life.files.forget_log();
    is_over
}

fn read(mut handle: Handle<'_>, life: &Life, jobs: &Jobs, first: Taken<'_>) -> bool {
    let mut next = Some(first);
    while let Some((mut job, turn)) = next {
        let mut tx = Tx::new(Inner::Sqlite(handle.again()), &life.faults, life.users);
        let is_sound = job.run(&mut tx).is_ok();
        drop(turn);
        job.answer(None);
        if !is_sound {
            return false;
        }
        next = jobs.take();
    }
    true
}
