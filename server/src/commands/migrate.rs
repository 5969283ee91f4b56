//! `gatepost-server migrate [--adopt [--check]] [--accept-settings]`: make or update the tables, or add ours to Django's.

use std::process::ExitCode;

use clap::Args;

use super::adoption::{self, Judged};
use super::common::{Common, say};
use crate::clock::Clock;
use crate::db::migrate::{Adopt, State, run};
use crate::settings::Effective;
use crate::startup::adoption::Report;
use crate::startup::{OpenError, open_database, refuse_djangos};

#[derive(Args)]
pub(super) struct Migrate {
    /// Add Gatepost's tables to a database that Django created; needs Django's SECRET_KEY
    #[arg(long)]
    adopt: bool,
    /// Only say whether it can be adopted; exit code 0: yes, 10: yes, with remarks, 11: no, with --check or without
    #[arg(long, requires = "adopt")]
    check: bool,
    /// Set refresh.reuse, tokens.stored, server.use_tz and, without use_tz, server.time_zone for every server of this
    /// database to the values used here
    #[arg(long)]
    accept_settings: bool,
    #[command(flatten)]
    common: Common,
}

impl Migrate {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let effective = self.common.effective(Vec::new())?;
        if self.adopt {
            return self.adopt(&effective).await;
        }
        refuse_djangos(&effective.settings).await?;
        let db = open_database(&effective.settings).await?;
        let before = run(&db, Adopt::No, Clock::system().now()).await;
        let before = before.map_err(OpenError::from)?;
        adoption::finish(&effective.settings, &db, before, self.accept_settings).await
    }

    async fn adopt(self, effective: &Effective) -> anyhow::Result<ExitCode> {
        let config = self.common.config.as_deref();
        let judged = Judged::of(effective, config, Report::default(), Vec::new()).await?;
        if self.check {
            say(&judged.report.to_string());
            return Ok(judged.exit_code());
        }
        if let Some(code) = judged.refusal() {
            return Ok(code);
        }
        if judged.state != State::Django {
            let db = open_database(&effective.settings).await?;
            let before = run(&db, Adopt::No, Clock::system().now()).await;
            let before = before.map_err(OpenError::from)?;
            return adoption::finish(&effective.settings, &db, before, self.accept_settings).await;
        }
        let (db, before) = judged.carry_out(&effective.settings, config).await?;
        let settings = self.common.settings(Vec::new())?;
        adoption::finish(&settings, &db, before, self.accept_settings).await
    }
}
