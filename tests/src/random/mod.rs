//! A comparison that nobody wrote by hand: random requests, sent to a live Django and to Gatepost side by side,
//! each on a fresh database, both with one secret; the answers must be the same but for what changes from run to run.
//!
//! `request` chooses what is asked, `body`, `token` and `text` of what it is made, `dress` how it is written down;
//! `world` is what has happened so far. A `step` is filled by `template` with each server's own tokens, sent by
//! `exchange`, and the answers are made comparable by `seen` (`mask` for what changes, `page` for a browser's pages)
//! and compared here; `rows` compares what is left behind. `deviation` holds the only differences that may be: those
//! that docs/deviations.md names, with `fails` for where Django fails. The same seed asks the same.
//! `configurations` asks one sequence, which is written by hand, under each of many configurations.

mod behind;
mod body;
pub mod configurations;
mod deviation;
mod dice;
mod dress;
mod exchange;
mod fails;
mod mask;
mod page;
mod pools;
mod request;
mod rows;
mod seen;
mod settings;
mod shown;
mod step;
mod template;
mod text;
mod token;
mod world;

use std::fmt::{self, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use deviation::Deviation;
use dice::Dice;
use exchange::Line;
use mask::Symbols;
use seen::Seen;
pub use settings::{Changed, SETTINGS};
use step::Step;
use tempfile::TempDir;
use template::Slots;
use tokio::sync::OnceCell;
use world::{World, keep};

use crate::django::Django;
use crate::wire::client::Answer;
use crate::{Backend, SECRET, TestApp, postgres, sql};

/// Which sequence is asked, and how much of it.
#[derive(Clone, Copy, Debug)]
pub struct Sequence {
    /// Where chance begins.
    pub seed: u64,
    /// How many requests.
    pub steps: usize,
    /// Whether to go on after the first difference; the later ones may follow from it.
    pub to_the_end: bool,
}

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Found {
    /// A text for a person for each difference.
    pub differences: Vec<String>,
    /// How often each named deviation was needed.
    pub deviations: Vec<(String, usize)>,
    /// How many requests were answered with each status by Django.
    pub statuses: Vec<(u16, usize)>,
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}, {} steps", self.seed, self.steps)
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for difference in &self.differences {
            writeln!(f, "=====\n{difference}")?;
        }
        write!(
            f,
            "{} differences; Django's statuses {:?}; deviations {:?}",
            self.differences.len(),
            self.statuses,
            self.deviations
        )
    }
}

/// Words of docs/deviations.md on which the comparison relies.
pub fn named_deviations() -> Vec<&'static str> {
    [Deviation::WORDS, &[deviation::EXTRA_HEADERS_ARE]].concat()
}

/// One of the two servers.
struct Side {
    line: Line,
    slots: Slots,
    symbols: Symbols,
    database: String,
}

impl Side {
    fn new(base: &str, database: &str) -> Self {
        Self {
            line: Line::to(base),
            slots: Slots::new(),
            symbols: Symbols::default(),
            database: database.to_owned(),
        }
    }
}

/// Asks both servers the same sequence, with these settings in place of the seed's.
pub async fn compare(on: Backend, changed: &Changed, sequence: Sequence) -> Found {
    let folder = folder();
    let database = migrated(
        on,
        folder.path(),
        &format!("random_{}_{}", sequence.seed, changed.name),
    )
    .await;
    let django = Django::serve(
        &database,
        &[
            ("SECRET_KEY", SECRET),
            ("FAST_HASH", "1"),
            ("SIMPLE_JWT", changed.django),
            ("ALLOWED_HOSTS", changed.hosts),
        ],
    );
    let gatepost = TestApp::with_clock(
        on,
        &format!("{AS_DJANGO}\n{}", changed.gatepost),
        gatepost_server::Clock::system(),
    )
    .await;
    let sides = [
        Side::new(django.url(), &database),
        Side::new(&gatepost.listen().await, &gatepost.database),
    ];
    run(on, sides, World::new(changed.jwt()), sequence).await
}

/// A temporary folder, in memory where the system has such a place.
fn folder() -> TempDir {
    let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new());
    folder.expect("a temporary folder")
}

/// A database of this name with Django's tables, which are made once and copied.
async fn migrated(on: Backend, folder: &Path, name: &str) -> String {
    const TEMPLATE: &str = "random_template";
    static SQLITE: OnceCell<TempDir> = OnceCell::const_new();
    static POSTGRES: OnceCell<()> = OnceCell::const_new();
    if on == Backend::Postgres {
        let made = POSTGRES.get_or_init(|| async {
            postgres::create(TEMPLATE, None).await;
            Django::migrate(&postgres::url(TEMPLATE));
        });
        made.await;
        postgres::create(name, Some(TEMPLATE)).await;
        return postgres::url(name);
    }
    let template = SQLITE.get_or_init(|| async {
        let folder = self::folder();
        Django::migrate(&format!("sqlite:{}", folder.path().join("db").display()));
        folder
    });
    let path = folder.join(name);
    std::fs::copy(template.await.path().join("db"), &path).expect("the template can be copied");
    format!("sqlite:{}", path.display())
}

/// Django's own behaviour where Gatepost's default is another, and its quick hashes.
const AS_DJANGO: &str = "refresh.grace = 0\nrefresh.reuse = 'reject'\ntokens.clock_slack = 0\ntokens.stored = 'signed'\npasswords.iterations = 1000\nthrottle.enabled = false\nserver.extensions = false";

async fn run(on: Backend, mut sides: [Side; 2], mut world: World, sequence: Sequence) -> Found {
    let mut dice = Dice::new(sequence.seed);
    let mut found = Found::default();
    let mut prefix = String::new();
    let mut before = Vec::new();
    for number in 0..sequence.steps {
        let step = request::next(&mut dice, &world);
        if let Some(statement) = &step.sql {
            for side in &sides {
                sql::execute(&side.database, statement).await;
            }
        }
        let [django, gatepost] = &mut sides;
        let mut last_token = None;
        if step.known.contains(&Deviation::UnstorableId) {
            last_token = Some(rows::last_token(&django.database).await);
        }
        let begun = now();
        let asked = step.for_django().bytes(&django.slots, begun);
        let theirs = django.line.ask(&step, &asked, false).await;
        let begun = [begun, now()];
        let asked = step.bytes(&gatepost.slots, begun[1]);
        let ours = gatepost.line.ask(&step, &asked, step.is_kept).await;
        let asked_before = std::mem::replace(&mut before, asked.clone());
        let (theirs, ours) = match (theirs, ours) {
            (Ok(theirs), Ok(ours)) => (theirs, ours),
            (theirs, ours) => {
                let status = |answer: std::io::Result<Answer>| answer.map(|answer| answer.status);
                let (theirs, ours) = (status(theirs), status(ours));
                let before = String::from_utf8_lossy(&asked_before);
                let what =
                    format!("Django: {theirs:?}\nGatepost: {ours:?}\nasked before:\n{before}");
                found
                    .differences
                    .push(told(number, &step, &asked, &what, &prefix, sequence));
                if sequence.to_the_end {
                    continue;
                }
                return found;
            }
        };
        count(&mut found.statuses, theirs.status);
        keep(&mut django.slots, number, &theirs);
        keep(&mut gatepost.slots, number, &ours);
        let before_it = [django.symbols.len(), gatepost.symbols.len()];
        let seen = [
            Seen::new(&mut django.symbols, &theirs, begun[0]),
            Seen::new(&mut gatepost.symbols, &ours, begun[1])
                .without_extras()
                .with_djangos_type(),
        ];
        let _ = writeln!(
            prefix,
            "{number:5} {} {} -> {}",
            step.method,
            step.target.chars().take(90).collect::<String>(),
            theirs.status
        );
        if !seen[0].agrees(&seen[1]) {
            let mut applying = step.known.iter().copied().chain(UNIVERSAL);
            let allowed = applying.find(|deviation| deviation.allows(&step, [&seen[0], &seen[1]]));
            if let Some(deviation) = allowed {
                // an id or a moment that only one of them showed gets no number
                django.symbols.forget(before_it[0]);
                gatepost.symbols.forget(before_it[1]);
                count(&mut found.deviations, format!("{deviation:?}"));
                // Django alone has stored a token: it is removed, so that no later step meets it
                if let Some(last) = &last_token
                    && theirs.status == 200
                {
                    rows::forget_tokens(&django.database, last).await;
                    continue;
                }
            } else {
                let what = format!("Django:\n{}\n\nGatepost:\n{}", seen[0], seen[1]);
                found
                    .differences
                    .push(told(number, &step, &asked, &what, &prefix, sequence));
                if !sequence.to_the_end {
                    return found;
                }
            }
        }
        world.learn(number, &step, &theirs);
    }
    found
        .differences
        .extend(afterwards(on, sides, sequence).await);
    found
}

/// What differs after the last answer: the rows, and how often a moment had no fraction.
async fn afterwards(on: Backend, sides: [Side; 2], sequence: Sequence) -> Vec<String> {
    let now = now();
    let [mut django, mut gatepost] = sides;
    let theirs = rows::left(on, &django.database, &mut django.symbols, now).await;
    let ours = rows::left(on, &gatepost.database, &mut gatepost.symbols, now).await;
    let (theirs, ours) = match (theirs, ours) {
        (Ok(theirs), Ok(ours)) => (theirs, ours),
        errors => return vec![format!("the databases cannot be read: {errors:?}")],
    };
    let tables = theirs.iter().zip(&ours);
    let mut differences: Vec<_> = tables
        .filter_map(|((name, theirs), (_, ours))| rows::difference(name, theirs, ours))
        .map(|difference| format!("after {sequence} {difference}"))
        .collect();
    let [theirs, ours] = [&django, &gatepost].map(|side| side.symbols.without_fraction);
    if theirs.abs_diff(ours) > 1 {
        differences.push(format!(
            "after {sequence} moments without a fraction were: Django's {theirs}, Gatepost's {ours}"
        ));
    }
    differences
}

/// Differences that any request may show.
const UNIVERSAL: [Deviation; 4] = [
    Deviation::DjangoFails,
    Deviation::Page,
    Deviation::Refused,
    Deviation::LongList,
];

fn count<T: PartialEq>(counts: &mut Vec<(T, usize)>, what: T) {
    match counts.iter_mut().find(|(known, _)| *known == what) {
        Some((_, count)) => *count += 1,
        None => counts.push((what, 1)),
    }
}

/// A difference for a person: how to see it again, what was asked, what was answered.
fn told(
    number: usize,
    step: &Step,
    asked: &[u8],
    what: &str,
    prefix: &str,
    sequence: Sequence,
) -> String {
    let asked = String::from_utf8_lossy(asked);
    let asked: String = asked.chars().take(3000).collect();
    let what: String = what.chars().take(6000).collect();
    let first = if sequence.to_the_end { "" } else { prefix };
    let sql = step
        .sql
        .as_deref()
        .map(|sql| sql.chars().take(300).collect::<String>());
    let (seed, steps) = (sequence.seed, number + 1);
    format!(
        "step {number} differs; again: GATEPOST_RANDOM_SEED={seed} GATEPOST_RANDOM_STEPS={steps}\n{first}\nafter {sql:?}, as Gatepost was asked:\n{asked}\n\n{what}\n"
    )
}

/// Seconds since 1970: both servers run by the real clock.
fn now() -> i64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "Django beside has no other clock"
    )]
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}
