//! `cargo run -p gatepost-tests --example random`: random requests to a live Django and to Gatepost, side by side.
//!
//! `GATEPOST_RANDOM_SEED`, `GATEPOST_RANDOM_STEPS` (1000), `GATEPOST_RANDOM_ON` (sqlite or postgres; both),
//! `GATEPOST_RANDOM_SETTING` (a name of `SETTINGS`; seed), `GATEPOST_RANDOM_ALL` (go on after a difference),
//! `GATEPOST_RANDOM_UNTOLD` (Gatepost is not told of the setting, so that a difference must be found).

use std::io::Write as _;
use std::process::ExitCode;

use gatepost_tests::Backend;
use gatepost_tests::random::{SETTINGS, Sequence, compare};

#[expect(
    clippy::disallowed_methods,
    reason = "a program for people: the server has no part in it"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(format!("GATEPOST_RANDOM_{name}")).ok()
}

#[tokio::main]
async fn main() -> std::io::Result<ExitCode> {
    let number = |name, default| variable(name).map_or(Some(default), |text| text.parse().ok());
    let (Some(seed), Some(steps)) = (number("SEED", 1), number("STEPS", 1000)) else {
        writeln!(std::io::stderr(), "seed and steps are numbers")?;
        return Ok(ExitCode::from(2));
    };
    let sequence = Sequence {
        seed,
        steps: usize::try_from(steps).unwrap_or(usize::MAX),
        to_the_end: variable("ALL").is_some(),
    };
    let wanted = variable("SETTING").unwrap_or_else(|| "seed".to_owned());
    let on = variable("ON").unwrap_or_default();
    let mut differences = 0;
    for changed in SETTINGS
        .iter()
        .filter(|changed| wanted == "all" || changed.name == wanted)
    {
        for (name, backend) in [("sqlite", Backend::Sqlite), ("postgres", Backend::Postgres)] {
            if !name.contains(&on) {
                continue;
            }
            let begun = std::time::Instant::now();
            let found = match variable("UNTOLD") {
                Some(_) => compare(backend, &changed.untold(), sequence).await,
                None => compare(backend, changed, sequence).await,
            };
            let seconds = begun.elapsed().as_secs_f64();
            writeln!(
                std::io::stdout(),
                "{name}, {}, {sequence}, {seconds:.1} s: {found}",
                changed.name
            )?;
            differences += found.differences.len();
        }
    }
    Ok(if differences == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
