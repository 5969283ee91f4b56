//! What a running server takes anew: at SIGHUP its keys and its certificate, and the certificate when its files change.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use tokio::fs;
use tokio::signal::unix::Signal;
use tokio::time::sleep;

use super::common::Common;
use super::manager;
use crate::app::App;
use crate::replicas::Line;
use crate::serve::Tls;
use crate::settings::{Layer, Settings};
use crate::startup::{certificate, keys};

/// How often the files of the certificate are looked at.
const EVERY: Duration = Duration::from_secs(2);

/// The settings of this process, read again.
pub(super) struct Again {
    common: Common,
    flags: Vec<Layer>,
}

impl Again {
    pub(super) fn new(common: Common, flags: Vec<Layer>) -> Self {
        Self { common, flags }
    }

    /// Takes other keys and another certificate at each SIGHUP, and tells the other servers.
    pub(super) async fn at_each(self, mut hangup: Signal, line: &Line, tls: Option<Tls>) {
        while hangup.recv().await.is_some() {
            manager::is_reloading();
            if let Some(tls) = &tls {
                take_certificate(line.app(), tls);
            }
            self.read_keys(line).await;
            manager::is_ready();
        }
    }

    async fn read_keys(&self, line: &Line) {
        match self.take_keys(line.app()).await {
            Ok(()) => tracing::info!("the keys were read again"),
            Err(error) => {
                tracing::error!("the keys were not read again, and stay as they are: {error:#}");
                return;
            }
        }
        if let Err(error) = line.renew().await {
            tracing::warn!(cause = %error, "the other servers were not told; next try within 30 s");
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

/// Takes the certificate anew whenever its files have changed and stay as they are.
pub(super) async fn follow_files(app: &App, tls: &Tls) {
    let settings = app.settings();
    let mut taken = files(settings).await;
    let mut before = taken;
    loop {
        sleep(EVERY).await;
        let now = files(settings).await;
        // one that is being written, or whose key is yet to come, is not taken before the next look
        if now != taken && now == before {
            take_certificate(app, tls);
            taken = now;
        }
        before = now;
    }
}

/// What tells whether a file is another one: where it is, its length and when it was written.
type Known = Option<(u64, u64, u64, Option<SystemTime>)>;

async fn files(settings: &Settings) -> [Known; 2] {
    let server = &settings.server;
    [file(&server.tls_cert).await, file(&server.tls_key).await]
}

async fn file(path: &Path) -> Known {
    let found = fs::metadata(path).await.ok()?;
    let modified = found.modified().ok();
    Some((found.dev(), found.ino(), found.len(), modified))
}

/// Shows the certificate that is in the files now; one that can't be used leaves the one before.
fn take_certificate(app: &App, tls: &Tls) {
    let taken = certificate::load(app.settings())
        .map_err(anyhow::Error::from)
        .and_then(|found| found.context("server.tls_cert is empty"));
    match taken {
        Ok(certificate) => {
            tls.take(certificate);
            tracing::info!("the TLS certificate was read again");
            if let Some(remark) = certificate::remark(app.settings(), app.clock().now()) {
                tracing::warn!("{remark}");
            }
        }
        Err(error) => {
            tracing::error!(
                "the TLS certificate was not read again, and the one before stays: {error:#}"
            );
        }
    }
}
