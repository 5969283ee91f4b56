//! The log of a server, on stderr.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::output::Output;
use crate::settings::{LogFormat, LogLevel, Settings};

/// Begins to log; gives the queue before stderr.
pub(super) fn begin(settings: &Settings) -> anyhow::Result<Output> {
    let level = match settings.server.log {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    // libraries may trace whole requests, and with them tokens: of them only what they find worth a warning
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("gatepost_server", level);
    let output = Output::to(std::io::stderr(), |lines| {
        tracing::error!(
            lines,
            "lines of the log were dropped, because nobody read it"
        );
    });
    let output = output.context("the thread that writes the log can't be started")?;
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(output.clone())
        .with_target(false);
    let lines = match settings.server.log_format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry()
        .with(lines)
        .with(targets)
        .init();
    // a panic waits for nobody either
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    Ok(output)
}
