//! The figures as Markdown: docs/performance.md.

use std::time::Duration;

use crate::data;
use crate::full::{CONNECTIONS, Full, LOGINS};
use crate::growth;
use crate::machine::{machine, today};
use crate::requests::Kind;
use crate::rounds::{Case, Figures, Table};
use crate::servers::Server;

/// The whole page.
pub fn page(full: &Full) -> String {
    let mut page = head(full);
    for connections in CONNECTIONS {
        let title = match connections {
            1 => "One connection".to_owned(),
            many => format!("{many} connections"),
        };
        page.extend([format!(
            "\n## {title}\n\nAnswers per second · per CPU-second of the server:\n\n"
        )]);
        page += &wide(full, connections, |figures| {
            format!("{} · {}", short(figures.rate), short(figures.per_cpu))
        });
        page += "\nThe time of an answer in ms, half of them within · 99 of 100 within:\n\n";
        page += &wide(full, connections, |figures| {
            format!(
                "{} · {}",
                milliseconds(figures.p50),
                milliseconds(figures.p99)
            )
        });
    }
    page + &ratios(full) + &logins(full) + &sizes(full) + &grown(full)
}

fn head(full: &Full) -> String {
    let Full {
        versions,
        rounds,
        seconds,
        ..
    } = full;
    format!(
        "# Performance

`scripts/bench >docs/performance.md` measured all of this in one run and wrote this page, on {}.

- **Machine**: {}. The load generator shares it with the server.
- **Compared**: {}.
- **plain** is `tests/bench/plain`: axum, jsonwebtoken and sqlx with the same statements on the same tables, as a good engineer writes them in a day. **Reference** is the Django service under gunicorn with two workers. PocketBase's refresh writes nothing, its login hashes with bcrypt, and it has no request that verifies a token.
- **Data**: {} users, {} posts; each connection is another user. SQLite is in WAL mode with `synchronous = FULL`, except PocketBase's, which is as it comes. PostgreSQL is as it comes; its own CPU time is not the server's.
- **Rounds**: every server is asked the same, one after the other, {rounds} times for {seconds} s over 64 connections and {} times for {} s over others, and every other round in the opposite order. The figures are medians. An answer that is not 2xx would have ended the run.
",
        today(),
        machine(),
        versions.join("; "),
        data::USERS,
        data::POSTS,
        rounds.div_ceil(2),
        seconds / 2.0,
    )
}

/// A table with a row for each kind of request and a column for each server.
fn wide(full: &Full, connections: usize, cell: impl Fn(&Figures) -> String) -> String {
    let mut table = format!("| | {} |\n|---|", full.names.join(" | "));
    table += &"---:|".repeat(full.names.len());
    table += "\n";
    for kind in Kind::ALL {
        let cells: Vec<String> = (0..full.names.len())
            .map(|at| {
                full.table
                    .get(&((kind, connections), at))
                    .map_or("-".to_owned(), &cell)
            })
            .collect();
        if cells.iter().any(|cell| cell != "-") {
            table.extend([format!("| {} | {} |\n", kind.title(), cells.join(" | "))]);
        }
    }
    table
}

/// Gatepost's work for a CPU-second as a multiple of each other one's.
fn ratios(full: &Full) -> String {
    let at = |name: &str| full.names.iter().position(|other| other.starts_with(name));
    let per_cpu = |case: Case, at: Option<usize>| Some(full.table.get(&(case, at?))?.per_cpu);
    let pairs = [
        ("plain, SQLite", "Gatepost, SQLite"),
        ("plain, PostgreSQL", "Gatepost, PostgreSQL"),
        ("reference", "Gatepost, SQLite"),
        ("PocketBase", "Gatepost, SQLite"),
    ];
    let mut text = "\n## How often as much for a CPU-second\n\nGatepost on SQLite (on PostgreSQL beside plain on PostgreSQL), as a multiple of the others. In the row without a look-up it is Gatepost's verify, which does look the token up, as a multiple of a plain handler that does not:\n\n| | plain, SQLite | plain, PostgreSQL | reference | PocketBase |\n|---|---:|---:|---:|---:|\n".to_owned();
    for connections in [64, 1] {
        for kind in Kind::ALL {
            // what plain alone can do is what Gatepost's own verify is compared with
            let ours = if kind == Kind::VerifyAlone {
                Kind::Verify
            } else {
                kind
            };
            let cells = pairs.map(|(other, gatepost)| {
                let ours = per_cpu((ours, connections), at(gatepost));
                let theirs = per_cpu((kind, connections), at(other));
                ours.zip(theirs)
                    .map(|(ours, theirs)| format!("{:.2}", ours / theirs))
            });
            if cells.iter().any(Option::is_some) {
                let cells = cells.map(|cell| cell.unwrap_or("-".to_owned())).join(" | ");
                text.extend([format!("| {}, {connections} | {cells} |\n", kind.title())]);
            }
        }
    }
    text
}

fn logins(full: &Full) -> String {
    let logins = &full.logins;
    let mut text = format!(
        "\n## Logins\n\nOver {LOGINS} connections, with hashes of {} iterations; logins per second · per CPU-second:\n\n",
        data::ITERATIONS
    );
    text += &wide(full, LOGINS, |figures| {
        format!("{} · {}", short(figures.rate), short(figures.per_cpu))
    })
    .lines()
    .filter(|line| {
        ["| |", "|--", "| login"]
            .iter()
            .any(|begin| line.starts_with(begin))
    })
    .fold(String::new(), |text, line| text + line + "\n");
    text.extend([format!("\nThe hash alone can be computed {:.2} times in a CPU-second; Gatepost does {:.2} logins: {:.1} %. While {LOGINS} connections log in, 99 of 100 profiles of {LOGINS} others come within {} ms; otherwise within {} ms.\n",
        logins.hashes,
        logins.done,
        100.0 * logins.done / logins.hashes,
        milliseconds(logins.storm),
        milliseconds(logins.quiet),
    )]);
    text
}

fn sizes(full: &Full) -> String {
    let megabytes = |kibibytes: u64| format!("{:.1} MB", to_f64(kibibytes) * 1024.0 / 1e6);
    let mut text = format!(
        "\n## Start and memory\n\nFrom the start of Gatepost's process to the first answered `/-/ready`, on SQLite: {} ms. Memory that it then holds: {}. The binary: {:.1} MB.\n\nMemory after all of the above:\n\n| {} |\n|{}\n|",
        milliseconds(full.start.time),
        megabytes(full.start.memory),
        to_f64(full.binary) / 1e6,
        full.names.join(" | "),
        "---:|".repeat(full.names.len()),
    );
    for memory in &full.memory {
        text.extend([format!(" {} |", megabytes(*memory))]);
    }
    text + "\n"
}

fn grown(full: &Full) -> String {
    let growth = &full.growth;
    let mut text = format!(
        "\n## As posts and tokens grow\n\nGatepost on SQLite over {} connections, answers per second · per CPU-second:\n\n|",
        growth::CONNECTIONS
    );
    for (posts, tokens) in growth::SIZES {
        let (posts, tokens) = (posts + data::POSTS, tokens + data::USERS);
        text.extend([format!(" | {posts} posts, {tokens} tokens")]);
    }
    text.extend([format!(
        " |\n|---|{}\n",
        "---:|".repeat(growth::SIZES.len())
    )]);
    for kind in growth::KINDS {
        text.extend([format!("| {} |", kind.title())]);
        for at in 0..growth::SIZES.len() {
            if let Some(figures) = growth.table.get(&((kind, growth::CONNECTIONS), at)) {
                text.extend([format!(
                    " {} · {} |",
                    short(figures.rate),
                    short(figures.per_cpu)
                )]);
            }
        }
        text += "\n";
    }
    text.extend([format!("\nThe list of all posts on the largest, {:.0} MB, comes in {:.1} s; the server has held {:.0} MB at most.\n",
        to_f64(growth.bytes) / 1e6,
        growth.list.as_secs_f64(),
        to_f64(growth.peak) * 1024.0 / 1e6,
    )]);
    text
}

/// A table with a row for each case and each server, and what the first one does as a multiple of it.
pub fn long(servers: &[Server], cases: &[Case], table: &Table) -> String {
    let mut text = "| | | per second | per CPU-second | × | p50 ms | p99 ms |\n|---|---|---:|---:|---:|---:|---:|".to_owned();
    for &case in cases {
        let first = table
            .get(&(case, 0))
            .map_or(f64::NAN, |figures| figures.per_cpu);
        for (at, server) in servers.iter().enumerate() {
            if let Some(figures) = table.get(&(case, at)) {
                text.extend([format!(
                    "\n| {}, {} | {} | {:.0} | {:.0} | {:.2} | {} | {} |",
                    case.0.title(),
                    case.1,
                    server.name,
                    figures.rate,
                    figures.per_cpu,
                    first / figures.per_cpu,
                    milliseconds(figures.p50),
                    milliseconds(figures.p99),
                )]);
            }
        }
    }
    text
}

/// A number with three digits that count.
fn short(number: f64) -> String {
    match number {
        10_000.0.. => format!("{:.1} k", number / 1e3),
        1_000.0.. => format!("{:.2} k", number / 1e3),
        100.0.. => format!("{number:.0}"),
        _ => format!("{number:.1}"),
    }
}

fn milliseconds(time: Duration) -> String {
    let number = time.as_secs_f64() * 1e3;
    match number {
        100.0.. => format!("{number:.0}"),
        10.0.. => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52 of anything")]
fn to_f64(number: u64) -> f64 {
    number as f64
}
