//! `gatepost doctor`: whether everything that a session needs works, and what to do where it does not. It shows no secret.

mod here;
mod report;
mod server;

use self::report::{Report, text};
use crate::args::Doctor;
use crate::context::Context;
use crate::errors::Failure;
use crate::output::Style;

pub(super) async fn run(args: &Doctor, context: &Context) -> Result<(), Failure> {
    let mut report = Report {
        version: env!("CARGO_PKG_VERSION"),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        server: context.chosen_server().ok().flatten(),
        account: None,
        store: None,
        kind: None,
        features: None,
        rotation: None,
        clock_skew: None,
        findings: Vec::new(),
    };
    for mistake in context.mistakes.take() {
        report.fail("settings", mistake, context);
    }
    here::settings(&mut report, context);
    here::store(&mut report, context).await;
    let is_reached = server::reach(&mut report, context).await;
    server::session(&mut report, args, is_reached, context).await;

    match context.output.style {
        Style::Json => {
            let report = serde_json::to_value(&report).map_err(std::io::Error::from)?;
            context.output.data(report)?;
        }
        style => context.output.put(&text(&report, style)),
    }
    let faults = report.findings.iter().filter_map(|finding| finding.exit);
    let count = faults.clone().count();
    let Some(exit) = faults.into_iter().next() else {
        return Ok(());
    };
    let what = match count {
        1 => "one thing does not work: what to do stands beside it".to_owned(),
        count => format!("{count} things do not work: what to do stands beside each"),
    };
    Err(Failure::new(exit, "doctor", what))
}
