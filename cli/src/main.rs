//! `gatepost`: the command line of Gatepost, for people and for scripts.

mod accounts;
mod ago;
mod args;
mod color;
mod commands;
mod config;
mod context;
mod editor;
mod errors;
mod given;
mod headers;
mod interrupt;
mod meant;
mod nearest;
mod output;
mod owner;
mod progress;
mod prompt;
mod settings;
mod store;
mod values;

use std::io::Write;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use gatepost_sdk::Client;
use tokio::runtime::Builder;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::{Cli, Command};
use crate::context::Context;
use crate::errors::Failure;
use crate::output::Output;

/// How long an exchange of tokens is waited for when the command is over: it takes no longer itself, and its answer is
/// the session. A second signal ends it.
const SETTLE: Duration = Duration::from_secs(30);
/// From when on a person is told.
const SILENT: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    report_faults();
    if settings::is_completing() {
        return commands::complete();
    }
    let shown = settings::shown();
    color::choose(std::env::args_os(), shown.color.as_deref());
    output::choose_pager(shown.pager);
    let cli = match args::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    if let Command::Help(help) = &cli.command {
        return explain(help);
    }
    let (json, verbose) = (cli.global.output.json.clone(), cli.global.verbose > 0);
    if cli.global.output.no_input {
        prompt::never_ask();
    }
    // `--json=?`, and what a shell without a file of that name makes of it
    let outcome = if json
        .as_deref()
        .is_some_and(|fields| ["?", ""].contains(&fields))
    {
        list_fields(&cli)
    } else {
        started(cli)
    };
    outcome.unwrap_or_else(|failure| {
        failure.print(json.is_some(), verbose);
        failure.code()
    })
}

/// Runs the command.
fn started(cli: Cli) -> Result<ExitCode, Failure> {
    let known = commands::fields(&cli.command).unwrap_or_default();
    let output = Output::new(&cli.global.output, known)?;
    #[cfg(unix)]
    if let Command::Tui(arguments) = &cli.command {
        return full_screen(&cli, arguments, output);
    }
    log(cli.global.verbose);
    finish(Builder::new_current_thread(), run(cli, output))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the fields of the command's JSON; nobody is asked.
fn list_fields(cli: &Cli) -> Result<ExitCode, Failure> {
    let known = commands::fields(&cli.command).ok_or_else(|| {
        Failure::usage("it is not known which fields this command prints")
            .hint("--json alone prints all that there are, if any")
    })?;
    let lines = known.join("\n") + "\n";
    std::io::stdout().write_all(lines.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the full screen, which draws on one thread while others wait for the server; it logs nothing.
#[cfg(unix)]
fn full_screen(cli: &Cli, arguments: &args::Tui, output: Output) -> Result<ExitCode, Failure> {
    let mut threads = Builder::new_multi_thread();
    threads.worker_threads(2);
    finish(threads, async {
        let context = Context::new(&cli.named(), output)?;
        commands::tui::run(&context, arguments).await
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

/// Runs a command until it is done or a signal stops it.
async fn until_signalled(
    command: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let mut command = pin!(command);
    tokio::select! {
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
    }
}

/// Runs the command, and lets an exchange of tokens come to its end.
async fn run(cli: Cli, output: Output) -> Result<(), Failure> {
    let flags = cli.named();
    // these work where the settings do not, and touch neither network nor keyring
    let command = match cli.command {
        Command::Config(args) => {
            return until_signalled(async {
                let outcome = commands::config(&args, &flags, &output).await;
                let written = output.finish().await;
                outcome.and(written)
            })
            .await;
        }
        Command::Completions(args) => return commands::completions(&args),
        Command::Man(args) => return commands::man(&args, &output),
        command => command,
    };
    let context = match command {
        Command::Doctor(_) => Context::in_spite(&flags, output)?,
        _ => Context::new(&flags, output)?,
    };
    let work = async {
        let outcome = commands::run(command, &context).await;
        let written = context.output.finish().await;
        outcome.and(written)
    };
    // a log and a line that comes and goes would be in each other's way
    let shows_progress = context.output.shows_progress() && cli.global.verbose == 0;
    let outcome = until_signalled(Box::pin(async {
        tokio::select! {
            biased;
            outcome = work => outcome,
            () = progress::show(context.address()), if shows_progress => Ok(()),
        }
    }));
    let outcome = outcome.await;
    progress::end();
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
        progress::end();
        prompt::show();
        let place = fault
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        output::warn(&format!("error: gatepost has a fault, at {place}"));
        output::warn("hint: please report that line; sessions and drafts are kept");
    }));
}

/// Shows the help of a topic or of a command.
fn explain(help: &args::Help) -> ExitCode {
    if let [word] = help.words.as_slice()
        && let Some(text) = args::topic(word)
    {
        return match output::put(&format!("{text}\n")) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
            _ => ExitCode::SUCCESS,
        };
    }
    let words = help.words.iter().map(String::as_str);
    let words = ["gatepost"].into_iter().chain(words).chain(["--help"]);
    match args::parse(words.map(Into::into)) {
        // there is no command that takes this without a word
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => misused(&error),
    }
}

/// Wrong arguments, or a wish for help or the version. Of them `--json` is not parsed yet.
fn misused(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|argument| {
        let argument = argument.to_string_lossy();
        argument == "--json" || argument.starts_with("--json=")
    });
    if error.kind() == ErrorKind::InvalidSubcommand
        && let Some(failure) = meant::by(error)
    {
        failure.print(json, false);
        return failure.code();
    }
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
