//! The bench: see scripts/bench.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Parser;
use gatepost_bench::data;
use gatepost_bench::full::{self, Binaries};
use gatepost_bench::requests::Kind;
use gatepost_bench::template::Template;
use gatepost_bench::{page, rounds};

/// Compares Gatepost with others, and prints the page docs/performance.md: about ten minutes on a quiet machine.
#[derive(Parser)]
struct Arguments {
    /// A minute, for a developer: Gatepost and plain on SQLite.
    #[arg(long)]
    quick: bool,
    /// Another gatepost-server to compare with.
    #[arg(long, value_name = "BINARY", value_parser = program)]
    against: Option<PathBuf>,
    /// How often everything is measured [default: 5, or 3 with --quick].
    #[arg(long, value_parser = |text: &str| whole(text, 1000))]
    rounds: Option<usize>,
    /// How long a measurement takes [default: 1].
    #[arg(long, value_parser = positive)]
    seconds: Option<f64>,
    /// With --quick: over how many connections, at most 256.
    #[arg(long, value_delimiter = ',', default_value = "64", value_parser = |text: &str| whole(text, 256))]
    connections: Vec<usize>,
    /// PocketBase's binary, which is compared too.
    #[arg(long, value_name = "BINARY", value_parser = program)]
    pocketbase: Option<PathBuf>,
    /// With --quick: what to measure; everything but logins without one.
    kinds: Vec<Kind>,
}

/// The path of a program that is there.
fn program(path: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(path);
    if path.is_file() {
        Ok(path)
    } else {
        Err("there is no such file: give the path of a program".to_owned())
    }
}

/// A number from one on.
fn whole(number: &str, most: usize) -> Result<usize, String> {
    match number.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => Err(format!("it is not a number from 1 to {most}")),
    }
}

/// A time to measure for.
fn positive(seconds: &str) -> Result<f64, String> {
    match seconds.parse() {
        Ok(seconds) if (0.01..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("it is not a number from 0.01 to 3600".to_owned()),
    }
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

#[expect(clippy::print_stdout, reason = "the figures are the output")]
async fn bench(arguments: &Arguments) -> anyhow::Result<()> {
    let (gatepost, plain) = (binary("gatepost-server")?, binary("gatepost-bench-plain")?);
    let binaries = Binaries {
        gatepost: &gatepost,
        plain: &plain,
        other: arguments.against.as_deref(),
        pocketbase: arguments.pocketbase.as_deref(),
    };
    let seconds = arguments.seconds.unwrap_or(1.0);
    if !arguments.quick {
        let full = full::run(&binaries, arguments.rounds.unwrap_or(5), seconds).await?;
        println!("{}", page::page(&full));
        return Ok(());
    }
    let template = Template::new(&gatepost, data::ITERATIONS).await?;
    let servers = binaries.on_sqlite(&template)?;
    let kinds = match &*arguments.kinds {
        [] => &Kind::ALL[..7],
        kinds => kinds,
    };
    let over = |connections| kinds.iter().map(move |kind| (*kind, connections));
    let cases: Vec<_> = arguments
        .connections
        .iter()
        .copied()
        .flat_map(over)
        .collect();
    let table = rounds::run(&servers, &cases, arguments.rounds.unwrap_or(3), seconds).await?;
    println!("{}", page::long(&servers, &cases, &table));
    Ok(())
}
