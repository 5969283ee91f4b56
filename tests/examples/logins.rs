//! `cargo run --release -p gatepost-tests --example logins -- [LOGINS]`: how long failed logins of four kinds take,
//! asked in turn, 300 in all; nobody must tell them apart. Prints each median and the ratio of the longest to the
//! shortest.

use std::io::Write as _;
use std::time::{Duration, Instant};

use gatepost_tests::{Backend, TestApp, anonymous};
use serde_json::json;

const KINDS: [(&str, &str); 4] = [
    ("nobody", "unknown"),
    ("off", "inactive"),
    ("unusable", "without a usable password"),
    ("ann", "wrong password"),
];

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let logins = std::env::args().nth(1);
    let logins: usize = logins.and_then(|text| text.parse().ok()).unwrap_or(300);
    // the cost that Django 5.2 has
    let app = TestApp::with(Backend::Sqlite, "passwords.iterations = 1000000").await;
    for name in ["ann", "off", "unusable"] {
        app.user(name).await;
    }
    app.sql("UPDATE auth_user SET is_active = FALSE WHERE username = 'off'; UPDATE auth_user SET password = '!x' WHERE username = 'unusable'").await;
    let mut times: [Vec<Duration>; 4] = Default::default();
    for number in 0..logins {
        let (name, _) = KINDS[number % 4];
        let body = json!({"username": name, "password": format!("wrong{number}")});
        let begun = Instant::now();
        anonymous(&app, "POST", "/api/token/", &body)
            .await
            .expect(401);
        times[number % 4].push(begun.elapsed());
    }
    let mut out = std::io::stdout();
    let mut medians = Vec::new();
    for ((_, kind), times) in KINDS.iter().zip(&mut times) {
        times.sort();
        let median = times[times.len() / 2].as_secs_f64() * 1000.0;
        medians.push(median);
        writeln!(out, "{median:8.2} ms  {kind} ({} logins)", times.len())?;
    }
    let (least, most) = medians
        .iter()
        .fold((f64::MAX, 0.0_f64), |(least, most), median| {
            (least.min(*median), most.max(*median))
        });
    writeln!(out, "ratio of the medians: {:.3}", most / least)
}
