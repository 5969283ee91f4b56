//! `gatepost-server serve`, the default: migrate, listen, serve, clean up, stop on SIGTERM or Ctrl-C.

use std::io::IsTerminal;
use std::net::SocketAddr;

use anyhow::{Context, anyhow};
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::common::{Common, say};
use crate::app::App;
use crate::settings::{Layer, LogLevel, Settings};
use crate::startup::{Migrations, database_url};
use crate::tokens::cleanup::schedule;
use crate::{routes, serve};

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
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let flags = self
            .bind
            .as_deref()
            .map(|bind| Layer::flag("--bind", "server.bind", bind));
        let settings = self.common.settings(flags.into_iter().collect())?;
        log(&settings);
        // first the address: a port that is taken should not find a migrated database
        let listener = listen(&settings.server.bind).await?;
        let address = listener
            .local_addr()
            .context("the address that was bound can't be read")?;
        let url = database_url(&settings)?;
        let migrations = if self.no_migrate {
            Migrations::Require
        } else {
            Migrations::Apply
        };
        let app = App::open(settings, migrations).await?;
        // before anybody is told where it serves, and may tell it to stop
        let signals = Signals::listen()?;
        greet(address, &url.to_string());
        let db = app.db().clone();
        let cleanup = tokio::spawn(schedule::run(app.clone()));
        let bounds = serve::Bounds::of(app.settings());
        let service = routes::service(app);
        serve::serve_with(listener, |_| service.clone(), bounds, signals.stop()).await;
        // a transaction that it began ends by itself
        cleanup.abort();
        db.close().await;
        tracing::info!("stopped");
        Ok(())
    }
}

fn log(settings: &Settings) {
    let level = match settings.server.log {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    // libraries may trace whole requests, and with them tokens: of them only what they find worth a warning
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("gatepost_server", level);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    tracing_subscriber::registry()
        .with(lines)
        .with(targets)
        .init();
}

async fn listen(bind: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(bind)
        .await
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => anyhow!(
                "{bind} is in use by another program; stop it or choose another address with --bind"
            ),
            std::io::ErrorKind::PermissionDenied => {
                anyhow!("this user may not listen on {bind}; choose a port above 1023 with --bind")
            }
            _ => {
                anyhow!("can't listen on {bind}: {error}; use ADDRESS:PORT, such as 127.0.0.1:8000")
            }
        })
}

fn greet(address: SocketAddr, database: &str) {
    say(&format!(
        "Gatepost is listening on http://{address} ({database})"
    ));
    say(&format!(
        "Next: register a user with POST http://{address}/api/users/register/ (see README.md). Stop with Ctrl-C."
    ));
}

/// SIGTERM and Ctrl-C, heard from the moment this is made.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        let hear =
            |kind| signal(kind).context("the signals that stop the server can't be listened to");
        Ok(Self {
            terminate: hear(SignalKind::terminate())?,
            interrupt: hear(SignalKind::interrupt())?,
        })
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
