//! `gatepost`: the command line of Gatepost, for people and for scripts.

mod accounts;
mod ago;
mod args;
mod commands;
mod context;
mod editor;
mod errors;
mod given;
mod headers;
mod interrupt;
mod output;
mod owner;
mod prompt;
mod settings;
mod store;
mod table;
mod values;

use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use gatepost_sdk::Client;
use tokio::runtime::Builder;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::{Cli, Command};
use crate::context::Context;
use crate::errors::Failure;

/// How long an exchange of tokens is waited for when the command is over: it takes no longer itself, and its answer is
/// the session. A second signal ends it.
const SETTLE: Duration = Duration::from_secs(30);
/// From when on a person is told.
const SILENT: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    report_faults();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    #[cfg(unix)]
    if let Command::Tui(arguments) = &cli.command {
        return full_screen(&cli, arguments);
    }
    log(cli.global.verbose);
    let (json, verbose) = (cli.global.json, cli.global.verbose > 0);
    let outcome = finish(Builder::new_current_thread(), run(cli));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print(json, verbose);
            failure.code()
        }
    }
}

/// Runs the full screen, which draws on one thread while others wait for the server; it logs nothing.
#[cfg(unix)]
fn full_screen(cli: &Cli, arguments: &args::Tui) -> ExitCode {
    let mut threads = Builder::new_multi_thread();
    threads.worker_threads(2);
    let outcome = finish(threads, async {
        let context = Context::new(&cli.named())?;
        commands::tui::run(&context, arguments).await
    });
    outcome.unwrap_or_else(|failure| {
        failure.print(cli.global.json, false);
        failure.code()
    })
}

/// Runs to the end. A prompt or a keyring that nobody waits for any more does not keep the process.
fn finish<T>(
    mut threads: Builder,
    what: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let runtime = threads.enable_all().build().map_err(|error| {
        Failure::usage(format!(
            "the program can't be started: {}",
            values::why(&error)
        ))
    })?;
    let outcome = runtime.block_on(what);
    runtime.shutdown_background();
    outcome
}

/// Runs the command until it is done or a signal stops it, and lets an exchange of tokens come to its end.
async fn run(cli: Cli) -> Result<(), Failure> {
    let context = Context::new(&cli.named())?;
    let mut command = pin!(commands::run(cli.command, &context));
    let outcome = tokio::select! {
        biased;
        exit = interrupt::signalled() => {
            prompt::show();
            let stopped = commands::unsent(Failure::stopped(exit));
            match editor::end(&mut command).await {
                Some(Err(failure)) => Err(stopped.after(failure)),
                _ => Err(stopped),
            }
        }
        () = interrupt::suspended() => Ok(()),
        outcome = &mut command => outcome,
    };
    if let Some(session) = context.used().map(Client::session) {
        let told = async {
            tokio::time::sleep(SILENT).await;
            output::warn(
                "finishing an exchange of the session's tokens; interrupt once more to stop it",
            );
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            _ = session.wait_idle(SETTLE) => {}
            () = told => {}
            exit = interrupt::signalled() => return Err(Failure::stopped(exit)),
        }
    }
    let is_given = context.settings.token.is_some();
    outcome.map_err(|failure| {
        let failure = failure
            .at(context.address())
            .repeating(&context.settings.given);
        if is_given {
            failure.with_given_token()
        } else {
            failure
        }
    })?;
    context.aftermath().await
}

/// A fault of the program is said in a sentence, and the terminal is as it was.
fn report_faults() {
    std::panic::set_hook(Box::new(|fault| {
        prompt::show();
        let place = fault
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        output::warn(&format!("error: gatepost has a fault, at {place}"));
        output::warn("hint: please report that line; sessions and drafts are kept");
    }));
}

/// Wrong arguments, or a wish for help or the version. Of them `--json` is not parsed yet.
fn misused(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    if error.use_stderr() && json {
        let text = error.to_string();
        let sentence = text.lines().next().unwrap_or_default();
        let sentence = sentence.strip_prefix("error: ").unwrap_or(sentence);
        let failure = Failure::usage(sentence).hint("see `gatepost --help`");
        failure.print(true, false);
        return failure.code();
    }
    match error.print() {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
    }
}

/// What happens, on standard error. Libraries may trace whole requests, and with them tokens: of them only what they
/// find worth a warning.
fn log(verbose: u8) {
    let level = match verbose {
        0 => LevelFilter::OFF,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("gatepost_sdk", level);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false);
    tracing_subscriber::registry()
        .with(lines)
        .with(targets)
        .init();
}
