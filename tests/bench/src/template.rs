//! The databases that servers begin with: migrated by Gatepost, filled by the bench, and copied for each server.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use gatepost_live::postgres::Postgres;
use gatepost_live::sql;
use tempfile::TempDir;

use crate::data;

/// A migrated and filled database file.
pub struct Template {
    folder: TempDir,
}

impl Template {
    /// Migrates by Gatepost, and fills.
    pub async fn new(gatepost: &Path, iterations: NonZeroU32) -> anyhow::Result<Self> {
        let folder = TempDir::new().context("a temporary folder can't be made")?;
        let template = Self { folder };
        fill(
            gatepost,
            &format!("sqlite:{}", template.file().display()),
            iterations,
        )
        .await?;
        Ok(template)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("template.sqlite3")
    }

    /// Copies the file into a folder, and gives the copy's URL.
    pub fn copy_to(&self, folder: &Path) -> anyhow::Result<String> {
        let copy = folder.join("bench.sqlite3");
        std::fs::copy(self.file(), &copy).context("the database can't be copied")?;
        Ok(format!("sqlite:{}", copy.display()))
    }
}

/// Makes Gatepost's tables in an empty database, and fills it.
pub async fn fill(gatepost: &Path, database: &str, iterations: NonZeroU32) -> anyhow::Result<()> {
    let mut command = Command::new(gatepost);
    command
        .args(["migrate", "--database", database])
        .env("GATEPOST_SECRET_KEY", data::SECRET);
    command
        .env("GATEPOST_SERVER__LOG", "warn")
        .stdout(Stdio::null());
    let ended = command.status().context("gatepost-server can't be run")?;
    if !ended.success() {
        bail!("gatepost-server could not migrate {database}");
    }
    sql::execute(database, &data::statements(iterations)).await;
    Ok(())
}

/// Makes databases on PostgreSQL, all filled alike.
pub async fn fill_postgres<const N: usize>(
    gatepost: &Path,
    postgres: &Postgres,
    names: [&str; N],
) -> anyhow::Result<()> {
    let create = async |name: &str, template: &str| {
        let name = name.to_lowercase();
        let statement = format!("CREATE DATABASE {name} TEMPLATE {template}");
        sql::execute(&postgres.url("postgres"), &statement).await;
    };
    create("filled", "template0").await;
    fill(gatepost, &postgres.url("filled"), data::ITERATIONS).await?;
    for name in names {
        create(name, "filled").await;
    }
    Ok(())
}
