//! The bench: see scripts/bench.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Parser;
use gatepost_bench::data;
use gatepost_bench::requests::Kind;
use gatepost_bench::rounds::{self, Case, Table};
use gatepost_bench::servers::{Program, Server};
use gatepost_bench::template::Template;

/// Compares Gatepost with others.
#[derive(Parser)]
struct Arguments {
    /// Gatepost and plain on SQLite alone, over 64 connections.
    #[arg(long)]
    quick: bool,
    /// Another gatepost-server binary to compare with.
    #[arg(long, value_name = "BINARY")]
    against: Option<PathBuf>,
    /// How often everything is measured.
    #[arg(long)]
    rounds: Option<usize>,
    /// How long each measurement takes.
    #[arg(long)]
    seconds: Option<f64>,
    /// Over how many connections, at most 256.
    #[arg(long, value_delimiter = ',')]
    connections: Vec<usize>,
    /// What to measure; everything without one.
    kinds: Vec<Kind>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(async {
            tokio::select! {
                done = bench(&arguments) => done,
                // what runs is dropped, and so ended
                _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
            }
        }),
        Err(error) => Err(error.into()),
    };
    if let Err(error) = done {
        eprintln!("bench: {error:#}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// A binary that was built together with this one.
fn binary(name: &str) -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe().context("this program does not know its path")?;
    let path = this.with_file_name(name);
    if !path.is_file() {
        bail!("{name} is missing: run scripts/bench, which builds it");
    }
    Ok(path)
}

async fn bench(arguments: &Arguments) -> anyhow::Result<()> {
    let (gatepost, plain) = (binary("gatepost-server")?, binary("gatepost-bench-plain")?);
    let template = Template::new(&gatepost, data::ITERATIONS).await?;
    let start = |name, program| Server::on_sqlite(name, program, &template);
    let mut servers = vec![start(
        "Gatepost",
        Program::Gatepost(&gatepost, data::ITERATIONS),
    )?];
    if let Some(other) = &arguments.against {
        servers.push(start(
            "the other",
            Program::Gatepost(other, data::ITERATIONS),
        )?);
    }
    servers.push(start("plain", Program::Plain(&plain))?);
    let kinds = if arguments.kinds.is_empty() {
        Kind::ALL
            .into_iter()
            .filter(|kind| *kind != Kind::Login)
            .collect()
    } else {
        arguments.kinds.clone()
    };
    let connections = if arguments.connections.is_empty() {
        vec![64]
    } else {
        arguments.connections.clone()
    };
    let cases: Vec<Case> = kinds
        .iter()
        .flat_map(|kind| connections.iter().map(|connections| (*kind, *connections)))
        .collect();
    let rounds = arguments.rounds.unwrap_or(3);
    let table = rounds::run(&servers, &cases, rounds, arguments.seconds.unwrap_or(1.0)).await?;
    print(&servers, &cases, &table);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the figures are the output")]
fn print(servers: &[Server], cases: &[Case], table: &Table) {
    println!("| | | per second | per CPU-second | × | p50 ms | p99 ms |");
    println!("|---|---|---:|---:|---:|---:|---:|");
    for &case in cases {
        let first = table.get(&(case, 0)).map_or(0.0, |figures| figures.per_cpu);
        for (at, server) in servers.iter().enumerate() {
            let Some(figures) = table.get(&(case, at)) else {
                continue;
            };
            println!(
                "| {}, {} | {} | {:.0} | {:.0} | {:.2} | {:.2} | {:.2} |",
                case.0.title(),
                case.1,
                server.name,
                figures.rate,
                figures.per_cpu,
                first / figures.per_cpu,
                figures.p50.as_secs_f64() * 1e3,
                figures.p99.as_secs_f64() * 1e3,
            );
        }
    }
}
