//! The commands of `gatepost-server`, one per file.

mod check;
mod common;
mod createsuperuser;
mod flushexpiredtokens;
mod migrate;
mod serve;
mod settings;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A Django REST framework + SimpleJWT service in Rust: same wire, same tables, no lost session.
///
/// Without a command it serves. Settings come from a flag, then the environment (GATEPOST_…), then
/// gatepost.toml, then the default.
#[derive(Parser)]
#[command(
    name = "gatepost-server",
    version,
    args_conflicts_with_subcommands = true
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Serve,
}

#[derive(Subcommand)]
enum Command {
    /// Serve (the default)
    Serve(serve::Serve),
    /// Make or update the database's tables, or adopt Django's
    Migrate(migrate::Migrate),
    /// Add a user who may do everything
    Createsuperuser(createsuperuser::CreateSuperuser),
    /// Say what is wrong with the settings, all of it, without starting
    Check(check::Check),
    /// Show every setting and where its value comes from
    Settings(settings::Show),
    /// Remove expired tokens from the database; a server does so by itself
    Flushexpiredtokens(flushexpiredtokens::FlushExpiredTokens),
}

/// Runs the command of this process's arguments to its end.
///
/// A failure is one sentence on standard error and exit code 1; wrong arguments are clap's, and 2.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::anyhow!("the threads can't be started: {error}")),
    };
    let outcome = runtime.block_on(async {
        match cli.command.unwrap_or(Command::Serve(cli.serve)) {
            Command::Serve(command) => command.run().await,
            Command::Migrate(command) => command.run().await,
            Command::Createsuperuser(command) => command.run().await,
            Command::Check(command) => command.run(),
            Command::Settings(command) => command.run(),
            Command::Flushexpiredtokens(command) => command.run().await,
        }
    });
    // a hash or a query that nobody waits for any more does not keep the process
    runtime.shutdown_background();
    outcome.map_or_else(|error| fail(&error), |()| ExitCode::SUCCESS)
}

#[expect(clippy::print_stderr, reason = "a command speaks to a person")]
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("gatepost-server: {error:#}");
    ExitCode::FAILURE
}
