//! What is measured of Gatepost alone: its start and its memory, logins against their hash, and reads beside logins.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use gatepost_live::free_port;
use tempfile::TempDir;

use crate::connection::Connection;
use crate::load::{self, Amount};
use crate::requests::{Kind, get};
use crate::rounds;
use crate::servers::{Program, Server};
use crate::template::Template;
use crate::{data, usage};

/// How often the server is started.
const STARTS: usize = 15;
/// How many hashes tell what one costs.
const HASHES: u32 = 5;

/// What a start costs.
pub(crate) struct Start {
    /// From the start of the process to the first answered `/-/ready`, at the median.
    pub(crate) time: Duration,
    /// The memory of a server that nobody has asked for anything else, in KiB.
    pub(crate) memory: u64,
}

/// Starts Gatepost again and again, on a database that is migrated.
pub(crate) async fn start(program: Program<'_>, template: &Template) -> anyhow::Result<Start> {
    let folder = TempDir::new().context("a temporary folder can't be made")?;
    let database = template.copy_to(folder.path())?;
    let (mut times, mut memory) = (Vec::new(), 0);
    for round in 0..STARTS {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut command = program.command(&database);
        command
            .args(["--bind", &address.to_string()])
            .stdout(Stdio::null());
        let begun = Instant::now();
        let mut child = command.spawn().context("the server can't be run")?;
        let ready = ready(address, begun).await;
        times.push(begun.elapsed());
        if round + 1 == STARTS {
            tokio::time::sleep(Duration::from_secs(1)).await;
            memory = usage::memory(child.id());
        }
        child
            .kill()
            .and_then(|()| child.wait())
            .context("the server can't be ended")?;
        ready?;
    }
    times.sort();
    Ok(Start {
        time: times[STARTS / 2],
        memory,
    })
}

async fn ready(address: SocketAddr, begun: Instant) -> anyhow::Result<()> {
    let (request, mut body) = (get("/-/ready", None), Vec::new());
    let mut connection = Connection::new(address);
    while connection.send(&request, &mut body).await.ok() != Some(200) {
        if begun.elapsed() > Duration::from_secs(30) {
            bail!("a server is not ready within 30 s");
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok(())
}

/// Logins and what their hash alone costs.
pub(crate) struct Logins {
    /// Logins in a second of CPU time of the server.
    pub(crate) done: f64,
    /// Hashes in a second of CPU time.
    pub(crate) hashes: f64,
    /// The time within which 99 of 100 profiles came while nobody logged in.
    pub(crate) quiet: Duration,
    /// The same while 16 connections logged in.
    pub(crate) storm: Duration,
}

/// Measures them in turns, and gives the medians.
pub(crate) async fn logins(
    server: &Server,
    rounds: usize,
    time: Duration,
) -> anyhow::Result<Logins> {
    let (mut logins, mut hashes) = (Vec::new(), Vec::new());
    let (mut quiet, mut storm) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        hashes.push(hashes_per_second());
        let figures = rounds::measure(server, (Kind::Login, 16), time).await?;
        logins.push(figures.context("the server has no login")?.per_cpu);
        let reads = || server.scripts(Kind::Profile, 16);
        let outcome = load::run(server.address, reads(), Amount::For(time)).await;
        quiet.push(outcome.all_right()?.percentile(99));
        let (outcome, beside) = tokio::join!(
            load::run(server.address, reads(), Amount::For(time)),
            load::run(
                server.address,
                server.scripts(Kind::Login, 16),
                Amount::For(time)
            ),
        );
        storm.push(outcome.all_right()?.percentile(99));
        // the reads take all cores: a login that would wait for more than two seconds is told to come again
        if beside.wrong > beside.busy {
            beside.all_right()?;
        }
    }
    logins.sort_by(f64::total_cmp);
    hashes.sort_by(f64::total_cmp);
    quiet.sort();
    storm.sort();
    Ok(Logins {
        done: logins[rounds / 2],
        hashes: hashes[rounds / 2],
        quiet: quiet[rounds / 2],
        storm: storm[rounds / 2],
    })
}

fn hashes_per_second() -> f64 {
    let before = usage::cpu(std::process::id());
    for _ in 0..HASHES {
        std::hint::black_box(data::hash(data::ITERATIONS));
    }
    let used = usage::cpu(std::process::id()).saturating_sub(before);
    f64::from(HASHES) / used.as_secs_f64().max(0.01)
}
