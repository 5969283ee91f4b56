//! `gatepost-server serve`, the default: migrate, listen, serve, clean up, stop on SIGTERM or Ctrl-C.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use axum::serve::Listener as _;
use clap::Args;
use tokio::task::JoinHandle;

use super::common::Common;
use super::output::Output;
use super::reload::{self, Again};
use super::signals::Signals;
use super::{log, manager};
use crate::app::App;
use crate::db::search_index::{self, Way};
use crate::db::{Db, Dialect};
use crate::http::peers::Network;
use crate::replicas::Line;
use crate::settings::{Layer, Settings};
use crate::startup::{Migrations, certificate, database_url};
use crate::tokens::cleanup::schedule;
use crate::{routes, serve};

/// How long the database may take to its end, once requests have no more time.
const CLOSING: Duration = Duration::from_secs(1);

#[derive(Args)]
pub(super) struct Serve {
    /// The address and port to listen on, or unix:PATH for a Unix socket [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<String>,
    /// A file with the certificate and those of its issuers, in PEM: speak https
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<String>,
    /// A file with the private key of the certificate, in PEM
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
    /// Do not update the database tables; refuse to start if they are out of date
    #[arg(long)]
    no_migrate: bool,
    #[command(flatten)]
    common: Common,
}

impl Serve {
    /// A flag that no other command has, where one is given.
    pub(super) fn own_flag(&self) -> Option<&'static str> {
        let given = self.settings();
        let given = given.first().map(|(flag, ..)| *flag);
        given.or(self.no_migrate.then_some("--no-migrate"))
    }

    /// The flags that are settings, with their keys and values.
    fn settings(&self) -> Vec<(&'static str, &'static str, &str)> {
        let flags = [
            ("--bind", "server.bind", &self.bind),
            ("--tls-cert", "server.tls_cert", &self.tls_cert),
            ("--tls-key", "server.tls_key", &self.tls_key),
        ];
        let given = flags.into_iter();
        given
            .filter_map(|(flag, key, value)| Some((flag, key, value.as_deref()?)))
            .collect()
    }

    pub(super) async fn run(self) -> anyhow::Result<()> {
        let flags = self.settings().into_iter();
        let flags: Vec<Layer> = flags
            .map(|(flag, key, value)| Layer::flag(flag, key, value))
            .collect();
        let again = Again::new(self.common.clone(), flags.clone());
        let settings = self.common.settings(flags)?;
        // before anything is written: whoever should read it may not, and then only a signal helps
        let mut signals = Signals::listen()?;
        let log = log::begin(&settings)?;
        let stopped = tokio::select! {
            opened = self.open(settings) => Some(opened),
            () = signals.next() => None,
        };
        let served = match stopped {
            Some(Ok(open)) => open.serve(signals, again, &log).await,
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
    async fn open(self, settings: Settings) -> anyhow::Result<Open> {
        // first the address and the certificate: a port that is taken should not find a migrated database
        let tls = match certificate::load(&settings)? {
            None => None,
            Some(certificate) => Some(serve::Tls::new(certificate).context("TLS can't be spoken")?),
        };
        let listener = serve::Listening::on(&settings.server).await;
        let listener = listener.map_err(|why| anyhow!(why))?.with(tls.clone());
        let migrations = if self.no_migrate {
            Migrations::Require
        } else {
            Migrations::Apply
        };
        let app = App::open(settings, migrations).await?;
        let adds_index = !self.no_migrate && app.settings().server.extensions;
        Ok(Open {
            app,
            listener,
            tls,
            adds_index,
        })
    }
}

/// A server before its first request.
struct Open {
    app: App,
    listener: serve::Listening,
    tls: Option<serve::Tls>,
    /// Whether it sees to the index by which posts are searched.
    adds_index: bool,
}

impl Open {
    async fn serve(self, mut signals: Signals, again: Again, log: &Output) -> anyhow::Result<()> {
        let Self {
            app,
            listener,
            tls,
            adds_index,
        } = self;
        let said = greet(&listener, &app)?;
        let db = app.db().clone();
        let cleanup = tokio::spawn(schedule::run(app.clone()));
        let indexed = app.db().clone();
        let index = tokio::spawn(async move {
            if adds_index {
                add_index(&indexed).await;
            }
        });
        let line = Arc::new(Line::new(app.clone()));
        let beat = line.clone();
        let beat = tokio::spawn(async move { beat.keep().await });
        let (hangup, of_reload, shown) = (signals.take_hangup()?, line.clone(), tls.clone());
        let reload = tokio::spawn(async move { again.at_each(hangup, &of_reload, shown).await });
        let (has_tls, of_files) = (tls.is_some(), app.clone());
        let files = tokio::spawn(async move {
            if let Some(tls) = tls {
                reload::follow_files(&of_files, &tls).await;
            }
        });
        let scraped = scraped(&app).await?;
        let (bounds, pressure) = (bounds(&app), app.intake().pressure());
        let proxies = app.settings().server.trusted_proxies.clone();
        let (counting, stopping) = (app.clone(), app.clone());
        let service = routes::service(app);
        manager::is_ready();
        let end = serve::serve_with(
            listener,
            |peer| service.to(peer, has_tls),
            // behind a proxy, and on this machine, one address is many clients
            |peer: &Option<SocketAddr>| {
                let address = peer.as_ref().map(SocketAddr::ip);
                let source = counting.peers().source(address, &proxies);
                source.map(Network::address)
            },
            (bounds, pressure),
            stopped(signals, stopping, log.clone()),
        )
        .await;
        // a transaction that it began ends by itself
        for task in [cleanup, index, beat, reload, files]
            .into_iter()
            .chain(scraped)
        {
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

/// Makes the index by which posts are searched, where a large table has none; says why not.
async fn add_index(db: &Db) {
    match search_index::build(db).await {
        Ok(way @ Way::Scan(_)) if db.dialect() == Dialect::Postgres => tracing::warn!("{way}"),
        Ok(_) => {}
        Err(error) => tracing::warn!(
            cause = %error,
            "posts are searched one by one: the index gatepost_posts_trgm could not be made; `gatepost-server migrate` tries again"
        ),
    }
}

/// Serves the metrics, where they are asked for, as long as the task runs.
async fn scraped(app: &App) -> anyhow::Result<Option<JoinHandle<()>>> {
    let bind = &app.settings().metrics.bind;
    if bind.is_empty() {
        return Ok(None);
    }
    let listener = serve::Listening::at(bind, "metrics.bind").await;
    let listener = listener.map_err(|why| anyhow!(why))?;
    let address = listener.local_addr();
    let address = address.context("the address that was bound for metrics can't be read")?;
    let address = address.context("metrics are served by TCP alone")?;
    tracing::info!("metrics are at http://{address}/metrics");
    let router = routes::scraped(app.clone());
    Ok(Some(tokio::spawn(async move {
        // it ends with the process
        let served = serve::serve(listener, router, std::future::pending()).await;
        drop(served);
    })))
}

/// Done when no more connections are to be taken: some time after the first signal, in which only readiness falls.
async fn stopped(signals: Signals, app: App, log: Output) {
    signals.stop(log).await;
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

/// Says where it serves, to whoever reads it.
fn greet(listener: &serve::Listening, app: &App) -> anyhow::Result<Output> {
    let (server, bound) = (&app.settings().server, listener.local_addr());
    let bound = bound.context("the address that was bound can't be read")?;
    let scheme = if server.has_tls() { "https" } else { "http" };
    let at = match (bound, listener.unix_socket()) {
        (Some(address), _) => format!("{scheme}://{address}"),
        (None, path) => format!("unix:{}", path.unwrap_or(Path::new("")).display()),
    };
    let base = match bound {
        Some(_) => &at,
        None => "http://localhost",
    };
    let database = database_url(app.settings())?;
    let is_new = if app.has_made_tables() {
        format!("Gatepost has made a new database at {database}\n")
    } else {
        String::new()
    };
    let next = if app.tokens().can_sign() {
        format!("register a user with POST {base}/api/users/register/ (see README.md)")
    } else {
        "this server verifies tokens and makes none, since it has no key that signs".to_owned()
    };
    let site = if app.admin().is_some() {
        format!("The admin site is at {base}/admin/\n")
    } else {
        String::new()
    };
    let output = Output::to(std::io::stdout(), |_| ());
    let output = output.context("the thread that writes to stdout can't be started")?;
    let text = format!(
        "Gatepost is listening on {at} ({database})
{is_new}{site}Next: {next}. Stop with Ctrl-C.
"
    );
    output.put(text.as_bytes());
    Ok(output)
}
