//! `gatepost-server serve`, the default: migrate, listen, serve, clean up, stop on SIGTERM or Ctrl-C.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

use super::common::Common;
use super::log;
use super::output::Output;
use crate::app::App;
use crate::http::peers::Network;
use crate::replicas::Line;
use crate::settings::{Layer, Settings};
use crate::startup::{Migrations, database_url, keys};
use crate::tokens::cleanup::schedule;
use crate::{routes, serve};

/// How long the database may take to its end, once requests have no more time.
const CLOSING: Duration = Duration::from_secs(1);

#[derive(Args)]
pub(super) struct Serve {
    /// The address and port to listen on [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<String>,
    /// Do not update the database tables; refuse to start if they are out of date
    #[arg(long)]
    no_migrate: bool,
    #[command(flatten)]
    common: Common,
}

impl Serve {
    /// A flag that no other command has, where one is given.
    pub(super) fn own_flag(&self) -> Option<&'static str> {
        let bind = self.bind.as_ref().map(|_| "--bind");
        bind.or(self.no_migrate.then_some("--no-migrate"))
    }

    pub(super) async fn run(self) -> anyhow::Result<()> {
        let flags = self
            .bind
            .as_deref()
            .map(|bind| Layer::flag("--bind", "server.bind", bind));
        let flags: Vec<Layer> = flags.into_iter().collect();
        let again = Again {
            common: self.common.clone(),
            flags: flags.clone(),
        };
        let settings = self.common.settings(flags)?;
        // before anything is written: whoever should read it may not, and then only a signal helps
        let mut signals = Signals::listen()?;
        let log = log::begin(&settings)?;
        let stopped = tokio::select! {
            opened = self.open(settings) => Some(opened),
            () = signals.next() => None,
        };
        let served = match stopped {
            Some(Ok((app, listener))) => Self::serve(app, listener, signals, again).await,
            Some(Err(error)) => Err(error),
            None => Ok(()),
        };
        if served.is_ok() {
            tracing::info!("stopped");
        }
        log.settle();
        served
    }

    /// Everything before the first request.
    async fn open(self, settings: Settings) -> anyhow::Result<(App, TcpListener)> {
        // first the address: a port that is taken should not find a migrated database
        let listener = listen(&settings.server.bind, "--bind").await?;
        let migrations = if self.no_migrate {
            Migrations::Require
        } else {
            Migrations::Apply
        };
        let app = App::open(settings, migrations).await?;
        Ok((app, listener))
    }

    async fn serve(
        app: App,
        listener: TcpListener,
        mut signals: Signals,
        again: Again,
    ) -> anyhow::Result<()> {
        let address = listener
            .local_addr()
            .context("the address that was bound can't be read")?;
        let said = greet(address, &app)?;
        let db = app.db().clone();
        let cleanup = tokio::spawn(schedule::run(app.clone()));
        let line = Arc::new(Line::new(app.clone()));
        let beat = line.clone();
        let beat = tokio::spawn(async move { beat.keep().await });
        let (hangup, of_reload) = (signals.take_hangup()?, line.clone());
        let reload = tokio::spawn(async move { again.at_each(hangup, &of_reload).await });
        let scraped = scraped(&app).await?;
        let bounds = bounds(&app);
        let proxies = app.settings().server.trusted_proxies.clone();
        let (counting, stopping) = (app.clone(), app.clone());
        let service = routes::service(app);
        let end = serve::serve_with(
            serve::Tcp::new(listener),
            |peer| service.to(peer),
            // behind a proxy, and on this machine, one address is many clients
            |peer: &SocketAddr| {
                let source = counting.peers().source(Some(peer.ip()), &proxies);
                source.map(Network::address)
            },
            bounds,
            stopped(signals, stopping),
        )
        .await;
        // a transaction that it began ends by itself
        for task in [cleanup, beat, reload].into_iter().chain(scraped) {
            task.abort();
        }
        if tokio::time::timeout(CLOSING, line.remove()).await.is_err() {
            tracing::debug!("this server's line stays until the others take it for silent");
        }
        // what is under way may wait for another's lock
        if (tokio::time::timeout_at(end + CLOSING, db.close()).await).is_err() {
            tracing::warn!(
                "the database was still at work: what nobody was told about may be written or not"
            );
        }
        said.settle();
        Ok(())
    }
}

/// Serves the metrics, where they are asked for, as long as the task runs.
async fn scraped(app: &App) -> anyhow::Result<Option<JoinHandle<()>>> {
    let bind = &app.settings().metrics.bind;
    if bind.is_empty() {
        return Ok(None);
    }
    let listener = listen(bind, "metrics.bind").await?;
    let address = listener.local_addr();
    let address = address.context("the address that was bound for metrics can't be read")?;
    tracing::info!("metrics are at http://{address}/metrics");
    let router = routes::scraped(app.clone());
    Ok(Some(tokio::spawn(async move {
        let listener = serve::Tcp::new(listener);
        // it ends with the process
        let served = serve::serve(listener, router, std::future::pending()).await;
        drop(served);
    })))
}

/// Done when no more connections are to be taken: some time after the first signal, in which only readiness falls.
async fn stopped(signals: Signals, app: App) {
    signals.stop().await;
    app.begin_to_stop();
    let delay = app.settings().server.stop_delay.get().unsigned_abs();
    tokio::time::sleep(Duration::from_secs(delay)).await;
}

/// The bounds of serving, with as many connections as there may be files.
fn bounds(app: &App) -> serve::Bounds {
    let bounds = serve::Bounds::of(app.settings());
    let wanted = bounds.connections();
    let bounds = bounds.within(serve::raise_files());
    let most = bounds.connections();
    if most < wanted {
        tracing::warn!(
            "at most {most} connections, not {wanted} (limits.connections), since this process may open no more files: raise its limit (ulimit -n, LimitNOFILE)"
        );
    }
    bounds
}

async fn listen(bind: &str, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(bind)
        .await
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => anyhow!(
                "{bind} is in use by another program; stop it or choose another address with {setting}"
            ),
            std::io::ErrorKind::PermissionDenied => {
                anyhow!("this user may not listen on {bind}; choose a port above 1023 with {setting}")
            }
            _ => {
                anyhow!("can't listen on {bind}: {error}; use ADDRESS:PORT, such as 127.0.0.1:8000")
            }
        })
}

/// Says where it serves, to whoever reads it.
fn greet(address: SocketAddr, app: &App) -> anyhow::Result<Output> {
    let database = database_url(app.settings())?;
    let is_new = if app.has_made_tables() {
        format!("Gatepost has made a new database at {database}\n")
    } else {
        String::new()
    };
    let next = if app.tokens().can_sign() {
        format!("register a user with POST http://{address}/api/users/register/ (see README.md)")
    } else {
        "this server verifies tokens and makes none, since it has no key that signs".to_owned()
    };
    let output = Output::to(std::io::stdout(), |_| ());
    let output = output.context("the thread that writes to stdout can't be started")?;
    let text = format!(
        "Gatepost is listening on http://{address} ({database})
{is_new}Next: {next}. Stop with Ctrl-C.
"
    );
    output.put(text.as_bytes());
    Ok(output)
}

/// The settings of this process, read again.
struct Again {
    common: Common,
    flags: Vec<Layer>,
}

impl Again {
    /// Takes other keys at each SIGHUP, and tells the other servers.
    async fn at_each(self, mut hangup: Signal, line: &Line) {
        while hangup.recv().await.is_some() {
            match self.take_keys(line.app()).await {
                Ok(()) => tracing::info!("the keys were read again"),
                Err(error) => {
                    tracing::error!(
                        "the keys were not read again, and stay as they are: {error:#}"
                    );
                    continue;
                }
            }
            if let Err(error) = line.renew().await {
                tracing::warn!(cause = %error, "the other servers were not told; next try within 30 s");
            }
        }
    }

    async fn take_keys(&self, app: &App) -> anyhow::Result<()> {
        let settings = self.common.settings(self.flags.clone())?;
        let same = settings.simple_jwt.algorithm == app.settings().simple_jwt.algorithm;
        ensure!(
            same,
            "simple_jwt.algorithm is another one now, which needs a restart"
        );
        let now = app.clock().now();
        let keys = keys::settle(&settings, app.db(), app.entropy(), now).await?;
        app.take_keys(keys);
        Ok(())
    }
}

/// SIGTERM and Ctrl-C, heard from the moment this is made.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Option<Signal>,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        let hear =
            |kind| signal(kind).context("the signals that stop the server can't be listened to");
        Ok(Self {
            terminate: hear(SignalKind::terminate())?,
            interrupt: hear(SignalKind::interrupt())?,
            hangup: Some(hear(SignalKind::hangup())?),
        })
    }

    /// SIGHUP, which ends nothing.
    fn take_hangup(&mut self) -> anyhow::Result<Signal> {
        self.hangup.take().context("SIGHUP is listened to already")
    }

    async fn next(&mut self) {
        tokio::select! { _ = self.terminate.recv() => {}, _ = self.interrupt.recv() => {} }
    }

    /// Done at the first; the second ends the process at once.
    async fn stop(mut self) {
        self.next().await;
        tracing::info!("stopping: finishing requests in progress; a second signal stops at once");
        tokio::spawn(async move {
            self.next().await;
            std::process::exit(130);
        });
    }
}
