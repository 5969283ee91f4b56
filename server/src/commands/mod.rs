//! The commands of `gatepost-server`, one a file.

mod check;
mod createsuperuser;
mod flushexpiredtokens;
mod migrate;
mod serve;
mod settings;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::settings::{Effective, Layer, Settings, SettingsError};

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

/// What every command takes.
#[derive(Args)]
struct Common {
    /// The settings file [default: gatepost.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/NAME
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

impl Common {
    fn settings(&self, flags: Vec<Layer>) -> Result<Settings, SettingsError> {
        self.effective(flags).map(|effective| effective.settings)
    }

    /// The settings with their origins.
    fn effective(&self, mut flags: Vec<Layer>) -> Result<Effective, SettingsError> {
        flags.extend(
            self.database
                .as_deref()
                .map(|url| Layer::flag("--database", "database.url", url)),
        );
        Effective::load(flags, self.config.as_deref())
    }
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

/// Tells a person something. Nobody has to read it: a closed pipe is no failure.
fn say(text: &str) {
    if let Err(error) = writeln!(std::io::stdout(), "{text}") {
        tracing::debug!(cause = %error, "nobody reads what the command says");
    }
}

#[expect(clippy::print_stderr, reason = "a command speaks to a person")]
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("gatepost-server: {error:#}");
    ExitCode::FAILURE
}
