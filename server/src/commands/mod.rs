//! The commands of `gatepost-server`, one per file.

mod adopt;
mod adoption;
mod backup;
mod changepassword;
mod check;
mod clearsessions;
mod common;
mod completions;
mod copy;
mod createsuperuser;
mod flushexpiredtokens;
mod health;
mod keys;
mod log;
mod man;
mod manager;
mod migrate;
mod output;
mod password;
mod progress;
mod reload;
mod serve;
mod settings;
mod signals;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use output::Output;

/// The Django REST framework + SimpleJWT tutorial service in Rust: same API, same tables, no lost sessions.
///
/// Without a command it starts the server. A flag wins over the environment (GATEPOST_…), the environment over
/// gatepost.toml, and gatepost.toml over the default.
#[derive(Parser)]
#[command(name = "gatepost-server", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Serve,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server (the default)
    Serve(serve::Serve),
    /// Create or update the database tables, or adopt Django's
    Migrate(migrate::Migrate),
    /// Move a Django project here: ask it for its settings, judge its database, add Gatepost's tables
    Adopt(adopt::Adopt),
    /// Create a Django superuser (for the admin; no extra rights over posts in this API)
    Createsuperuser(createsuperuser::CreateSuperuser),
    /// Set a user's password; by default the user's sessions end
    Changepassword(changepassword::ChangePassword),
    /// Check the settings and report every problem, without starting the server
    Check(check::Check),
    /// Show every setting and where its value comes from
    Settings(settings::Show),
    /// Remove expired tokens from the database (a running server does this by itself)
    Flushexpiredtokens(flushexpiredtokens::FlushExpiredTokens),
    /// Remove expired sessions of the admin from the database (a running server does this by itself)
    Clearsessions(clearsessions::ClearSessions),
    /// Copy the database of SQLite into a file while the server goes on
    Backup(backup::Backup),
    /// Copy all rows of a database into an empty one: from SQLite to PostgreSQL, or back
    Copy(copy::Copy),
    /// Ask the running server whether it is ready: exit code 0 is yes, 1 no, for health checks
    Health(health::Health),
    /// List the keys of the tokens, change them without a logout, or replace one that leaked
    Keys(keys::Keys),
    /// Print the manual, or write it with a page for each command
    Man(man::Man),
    /// Print what a shell reads to complete the command line
    Completions(completions::Completions),
}

/// Runs the command of this process's arguments to its end.
///
/// A failure is one sentence on standard error and exit code 1; wrong arguments are clap's, and 2.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    if let (Some(_), Some(flag)) = (&cli.command, cli.serve.own_flag()) {
        let why = format!("{flag} is a flag of `serve`: write it after `gatepost-server serve`");
        Cli::command()
            .error(ErrorKind::ArgumentConflict, why)
            .exit();
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::anyhow!("the threads can't be started: {error}")),
    };
    let outcome = runtime.block_on(async {
        signals::outlive_limits()?;
        match cli.command.unwrap_or(Command::Serve(cli.serve)) {
            Command::Migrate(command) => return command.run().await,
            Command::Adopt(command) => return command.run().await,
            Command::Serve(command) => command.run().await,
            Command::Createsuperuser(command) => command.run().await,
            Command::Changepassword(command) => command.run().await,
            Command::Check(command) => command.run().await,
            Command::Settings(command) => command.run(),
            Command::Flushexpiredtokens(command) => command.run().await,
            Command::Clearsessions(command) => command.run().await,
            Command::Backup(command) => command.run().await,
            Command::Copy(command) => command.run().await,
            Command::Health(command) => command.run().await,
            Command::Keys(command) => command.run().await,
            Command::Man(command) => command.run(Cli::command()),
            Command::Completions(command) => {
                command.run(Cli::command());
                Ok(())
            }
        }
        .map(|()| ExitCode::SUCCESS)
    });
    let outcome = outcome.and_then(|code| common::all_said().map(|()| code));
    // a hash or a query that nobody waits for any more does not keep the process
    runtime.shutdown_background();
    outcome.unwrap_or_else(|error| fail(&error))
}

/// Says why, but waits for no reader: SIGTERM may be armed, and would no longer end the process.
fn fail(error: &anyhow::Error) -> ExitCode {
    if let Ok(output) = Output::to(std::io::stderr(), |_| ()) {
        output.put(format!("gatepost-server: {error:#}\n").as_bytes());
        output.settle();
    }
    ExitCode::FAILURE
}
