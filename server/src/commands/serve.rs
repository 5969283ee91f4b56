//! `gatepost-server serve`, the default: migrate, listen, serve, stop on SIGTERM or Ctrl-C.

use std::io::IsTerminal;
use std::net::SocketAddr;

use anyhow::{Context, anyhow};
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::LevelFilter;

use super::{Common, say};
use crate::app::{App, Migrate, database_url};
use crate::settings::{Layer, LogLevel, Settings};
use crate::{router, serve};

#[derive(Args)]
pub(super) struct Serve {
    /// Address and port [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<String>,
    /// Refuse to start where the database's tables are not up to date
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
        let migrate = if self.no_migrate {
            Migrate::No
        } else {
            Migrate::Yes
        };
        let app = App::open(settings, migrate).await?;
        // from here on a signal ends it in good order
        let stop = stop();
        greet(address, &url.to_string());
        let db = app.db().clone();
        serve::serve(listener, router(app), stop)
            .await
            .context("serving failed")?;
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
    // a second subscriber is a test's own
    let _ = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .try_init();
}

async fn listen(bind: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(bind)
        .await
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => anyhow!(
                "{bind} is taken by another program; stop it or choose another address with --bind"
            ),
            std::io::ErrorKind::PermissionDenied => {
                anyhow!("{bind} may not be used by this user; choose a port above 1023 with --bind")
            }
            _ => anyhow!(
                "{bind} can't be listened on: {error}; write ADDRESS:PORT, such as 127.0.0.1:8000"
            ),
        })
}

fn greet(address: SocketAddr, database: &str) {
    say(&format!("Gatepost serves on http://{address} ({database})"));
    say(&format!(
        "Next: register a user, `curl -X POST http://{address}/api/users/register/ …` as in README.md; stop with Ctrl-C"
    ));
}

/// Done at the first SIGTERM or Ctrl-C; the second ends the process at once.
fn stop() -> impl Future<Output = ()> + Send + 'static {
    let signals = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    );
    async {
        let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
            return std::future::pending().await;
        };
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        tracing::info!("stopping: requests under way are finished; once more ends at once");
        tokio::spawn(async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            std::process::exit(130);
        });
    }
}
