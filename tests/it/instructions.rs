//! How many instructions the server needs for a request of each kind, counted by callgrind: `scripts/test --full`.
//!
//! The counts stand in `instructions.toml`, which says how to write them anew.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gatepost_bench::data;
use gatepost_bench::load::{self, Amount};
use gatepost_bench::requests::{self, Chain, Kind};
use gatepost_bench::template::Template;
use gatepost_tests::{is_full, terminate};

/// By how many hundredths a count may differ from the one that is written down.
const MAY_DIFFER: f64 = 3.0;
/// How many requests are counted: the difference between a server that answered so many more and one that did not.
const REQUESTS: usize = 200;

const HEAD: &str = "\
# The instructions of 200 requests of each kind, on SQLite over one connection, counted by callgrind in the release build.
# A change of more than 3 in 100, up or down, fails scripts/test --full. To write them anew, after a change that means
# it or with another compiler:  GATEPOST_COUNT_ANEW=1 GATEPOST_TEST_FULL=1 cargo test -p gatepost-tests --test it instructions
";

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("it/instructions.toml")
}

/// The server as it is installed.
fn release_build() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut build = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    build.args(["build", "--release", "--quiet", "--package=gatepost-server"]);
    // only the last line says where the binary is, wherever the target folder may be
    build.args(["--message-format=json-render-diagnostics"]);
    let output = build
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "the release build failed");
    let messages = String::from_utf8(output.stdout).unwrap();
    let binary = messages.lines().rev().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(message["executable"].as_str()?.into())
    });
    binary.expect("cargo says where the binary is")
}

/// The instructions of a server from its start to its end, with so many requests between.
async fn count(binary: &Path, template: &Template, kind: Kind, requests: usize) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let database = template.copy_to(folder.path()).unwrap();
    let out = folder.path().join("callgrind.out");
    let mut valgrind = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(binary)
        .args(["--bind", "127.0.0.1:0", "--database", &database])
        .current_dir(folder.path())
        // as few threads as it can have, so that they meet in one way only
        .env("TOKIO_WORKER_THREADS", "1")
        .env("GATEPOST_DATABASE__CONNECTIONS", "1")
        .env("GATEPOST_PASSWORDS__ITERATIONS", "1")
        .env("GATEPOST_SECRET_KEY", data::SECRET)
        .env("GATEPOST_SERVER__LOG", "warn")
        .stdout(Stdio::piped())
        .spawn()
        .expect("valgrind is installed by scripts/test --full");
    let mut line = String::new();
    let output = valgrind.stdout.take().unwrap();
    BufReader::new(output).read_line(&mut line).unwrap();
    let word = line
        .split_whitespace()
        .find_map(|word| word.strip_prefix("http://"));
    let address: SocketAddr = word.expect(&line).parse().unwrap();
    let chain = Chain::new(data::refresh_token(1).into());
    let script = requests::script(kind, 1, &chain);
    let outcome = load::run(address, vec![script], Amount::Each(requests)).await;
    let outcome = outcome
        .all_right()
        .unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    assert_eq!(outcome.right, requests);
    terminate(valgrind.id());
    assert!(valgrind.wait().unwrap().success());
    let counted = fs::read_to_string(out).unwrap();
    let sum = counted
        .lines()
        .find_map(|line| line.strip_prefix("summary: "));
    sum.unwrap().trim().parse().unwrap()
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "whoever writes the counts anew says it so"
)]
async fn no_request_needs_many_more_instructions_than_were_written_down() {
    if !is_full() {
        return;
    }
    let binary = release_build();
    let template = Template::new(&binary, NonZeroU32::MIN).await.unwrap();
    let written: toml::Table = fs::read_to_string(path())
        .unwrap_or_default()
        .parse()
        .unwrap();
    let (mut anew, mut faults) = (HEAD.to_owned(), Vec::new());
    for kind in Kind::ALL
        .into_iter()
        .filter(|kind| *kind != Kind::VerifyAlone)
    {
        let few = count(&binary, &template, kind, REQUESTS).await;
        let more = count(&binary, &template, kind, 2 * REQUESTS).await;
        let counted = more - few;
        let name = format!("{kind:?}").to_lowercase();
        writeln!(anew, "{name} = {counted}").unwrap();
        let before = written
            .get(&name)
            .and_then(toml::Value::as_integer)
            .unwrap_or(0);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 instructions")]
        let change = (counted as f64 / before as f64 - 1.0) * 100.0;
        if change.is_nan() || change.abs() > MAY_DIFFER {
            faults.push(format!("{name}: {counted}, was {before}: {change:+.1} %"));
        }
    }
    if std::env::var("GATEPOST_COUNT_ANEW").is_ok() {
        fs::write(path(), anew).unwrap();
        return;
    }
    assert!(faults.is_empty(), "{}\n{anew}", faults.join("\n"));
}
