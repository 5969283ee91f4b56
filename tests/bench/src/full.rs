//! The whole bench: who is compared, and everything that is measured.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use gatepost_live::{postgres::Postgres, sql};

use crate::alone::{self, Logins, Start};
use crate::growth::{self, Growth};
use crate::requests::Kind;
use crate::rounds::{self, Case, Table};
use crate::servers::{Program, Server, folder};
use crate::template::{self, Template};
use crate::{data, usage};

/// Over how many connections everything is asked.
pub const CONNECTIONS: [usize; 4] = [64, 1, 16, 256];
/// Over how many connections there are logins, which wait for their hashes alone.
pub const LOGINS: usize = 16;

/// The programs that are compared.
pub struct Binaries<'b> {
    /// `gatepost-server`.
    pub gatepost: &'b Path,
    /// `gatepost-bench-plain`.
    pub plain: &'b Path,
    /// Another `gatepost-server`.
    pub other: Option<&'b Path>,
    /// `pocketbase`.
    pub pocketbase: Option<&'b Path>,
}

impl Binaries<'_> {
    fn gatepost(&self) -> Program<'_> {
        Program::Gatepost(self.gatepost, data::ITERATIONS)
    }

    /// Gatepost, the other one and plain.
    pub fn on_sqlite(&self, template: &Template) -> anyhow::Result<Vec<Server>> {
        let start = |name, program| Server::on_sqlite(name, program, template);
        let mut servers = vec![start("Gatepost, SQLite", self.gatepost())?];
        if let Some(other) = self.other {
            let other = Program::Gatepost(other, data::ITERATIONS);
            servers.push(start("the other, SQLite", other)?);
        }
        servers.push(start("plain, SQLite", Program::Plain(self.plain))?);
        Ok(servers)
    }
}

/// Everything that was measured.
pub struct Full {
    /// The servers' names, in the order of the table.
    pub(crate) names: Vec<String>,
    pub(crate) table: Table,
    /// The memory of each server after all that, in KiB.
    pub(crate) memory: Vec<u64>,
    pub(crate) start: Start,
    /// How large Gatepost's binary is, in bytes.
    pub(crate) binary: u64,
    pub(crate) logins: Logins,
    pub(crate) growth: Growth,
    /// What was compared, as its programs name themselves.
    pub(crate) versions: Vec<String>,
    pub(crate) rounds: usize,
    pub(crate) seconds: f64,
}

/// Measures everything. Over 64 connections there are so many rounds of so many seconds, elsewhere fewer.
pub async fn run(binaries: &Binaries<'_>, rounds: usize, seconds: f64) -> anyhow::Result<Full> {
    let template = Template::new(binaries.gatepost, data::ITERATIONS).await?;
    let start = alone::start(binaries.gatepost(), &template).await?;
    let postgres = Postgres::durable();
    let mut servers = binaries.on_sqlite(&template)?;
    let on_postgres = [
        ("Gatepost", binaries.gatepost()),
        ("plain", Program::Plain(binaries.plain)),
    ];
    template::fill_postgres(
        binaries.gatepost,
        &postgres,
        on_postgres.map(|(name, _)| name),
    )
    .await?;
    for (name, program) in on_postgres {
        let url = postgres.url(&name.to_lowercase());
        servers.push(Server::start(
            &format!("{name}, PostgreSQL"),
            program,
            &folder()?,
            url,
        ));
    }
    servers.push(Server::reference("reference, SQLite", &template)?);
    if let Some(program) = binaries.pocketbase {
        servers.push(Server::pocketbase("PocketBase, SQLite", program).await?);
    }

    let kinds = || Kind::ALL.into_iter().filter(|kind| *kind != Kind::Login);
    let mut table = Table::new();
    let few = rounds.div_ceil(2);
    for connections in CONNECTIONS {
        eprintln!("bench: {connections} connections");
        let cases: Vec<Case> = kinds().map(|kind| (kind, connections)).collect();
        let (rounds, seconds) = match connections {
            64 => (rounds, seconds),
            _ => (few, seconds / 2.0),
        };
        table.extend(rounds::run(&servers, &cases, rounds, seconds).await?);
    }
    eprintln!("bench: logins");
    let login = [(Kind::Login, LOGINS)];
    table.extend(rounds::run(&servers, &login, few, seconds * 2.0).await?);
    let time = Duration::from_secs_f64(seconds * 2.0);
    let logins = alone::logins(&servers[0], few, time).await?;
    let memory = servers
        .iter()
        .map(|server| usage::memory(server.pid))
        .collect();
    let names = servers.iter().map(|server| server.name.clone()).collect();
    drop(servers);
    eprintln!("bench: growth");
    let growth = growth::measure(binaries.gatepost(), &template, few, seconds / 2.0).await?;
    Ok(Full {
        names,
        table,
        memory,
        start,
        binary: std::fs::metadata(binaries.gatepost)
            .context("the binary is gone")?
            .len(),
        logins,
        growth,
        versions: versions(binaries, &postgres).await,
        rounds,
        seconds,
    })
}

async fn versions(binaries: &Binaries<'_>, postgres: &Postgres) -> Vec<String> {
    let said =
        |program: &Path| crate::machine::said(&program.display().to_string(), &["--version"]);
    let server = sql::query(&postgres.url("postgres"), "SHOW server_version").await;
    let reference = include_str!("../../django/requirements.txt")
        .lines()
        .take(4);
    let reference: Vec<String> = reference.map(|line| line.replace("==", " ")).collect();
    let mut all = vec![
        said(binaries.gatepost),
        format!("PostgreSQL {}", server.concat()),
        reference.join(", "),
    ];
    all.extend(binaries.pocketbase.map(said));
    all
}
