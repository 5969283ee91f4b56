//! What `migrate --adopt` and `adopt` share: judging a database of Django's, and adding Gatepost's tables to it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use rustix::fs::Access;

use super::common::{say, warn};
use crate::accounts;
use crate::clock::Clock;
use crate::db::migrate::{Adopt, State, run};
use crate::db::search_index::{self, Way, way};
use crate::db::tables::{self, Problem};
use crate::db::{self, Db, Dialect, Url, bereft};
use crate::entropy::Entropy;
use crate::settings::edit::{self, Entry};
use crate::settings::{Effective, Settings};
use crate::startup::adoption::{self, Report, Verdict};
use crate::startup::{
    OpenError, agreement, database_url, keys, not_looked_at, open_database, remarks,
};

/// What adopting writes into the settings file, unless somebody gives it there or elsewhere.
const DJANGOS: [Entry; 3] = [
    Entry {
        section: "refresh",
        key: Cow::Borrowed("reuse"),
        value: Cow::Borrowed("\"reject\""),
        remark: "As in Django: clients without an Idempotency-Key may send a refresh token twice. \"revoke\" would end their session.",
    },
    Entry {
        section: "tokens",
        key: Cow::Borrowed("stored"),
        value: Cow::Borrowed("\"signed\""),
        remark: "As in Django, whose code may read the column. \"unsigned\" stores nothing that a stolen copy of the database could be used for.",
    },
    Entry {
        section: "passwords",
        key: Cow::Borrowed("end_sessions"),
        value: Cow::Borrowed("false"),
        remark: "As in Django: a user's sessions live on when an administrator sets the password.",
    },
];

/// What the server reads and, at login, writes anew.
const READABLE: [&str; 5] = [
    "pbkdf2_sha256",
    "pbkdf2_sha1",
    "argon2",
    "bcrypt_sha256",
    "scrypt",
];

/// The exit code of a check that found something to remark.
const REMARKS: u8 = 10;
/// The exit code where it can't be done, with a check or without.
pub(super) const NOT_POSSIBLE: u8 = 11;

/// Says why something can't be adopted; gives the exit code.
pub(super) fn refused(why: &str) -> ExitCode {
    warn(why);
    NOT_POSSIBLE.into()
}

/// A database of Django's, and what is known of it before anything is changed.
pub(super) struct Judged {
    pub(super) state: State,
    pub(super) report: Report,
    /// What adopting writes into the settings file.
    entries: Vec<Entry>,
}

impl Judged {
    /// Looks at the database of these settings; `report` says what was known before, `entries` what else the settings
    /// file is to have.
    pub(super) async fn of(
        effective: &Effective,
        config: Option<&Path>,
        mut report: Report,
        mut entries: Vec<Entry>,
    ) -> anyhow::Result<Self> {
        let is_asked = !entries.is_empty();
        // a project whose database has no URL has none to look at
        let (state, found) = if is_asked && !effective.is_given("database.url") {
            (State::Empty, Report::default())
        } else {
            examine(effective).await?
        };
        report.extend(found);
        let now = Clock::system().now();
        for remark in remarks::of_settings(&effective.settings, now) {
            report.remark(format!("{remark}."));
        }
        let mut own = Vec::from(DJANGOS);
        own.extend(report.take_settings());
        own.retain(|entry| !effective.is_given(&entry.name()));
        entries.extend(own);
        if (state == State::Django || is_asked)
            && let Err(why) = edit::may_add(config, &entries)
        {
            report.problem(why.to_string());
        }
        Ok(Self {
            state,
            report,
            entries,
        })
    }

    /// How a check of it ends.
    pub(super) fn exit_code(&self) -> ExitCode {
        match self.report.verdict() {
            Verdict::Ready => ExitCode::SUCCESS,
            Verdict::Remarks => REMARKS.into(),
            Verdict::NotPossible => NOT_POSSIBLE.into(),
        }
    }

    /// Refuses what can't be adopted: says why, and gives the exit code.
    pub(super) fn refusal(&self) -> Option<ExitCode> {
        let is_refused = self.report.verdict() == Verdict::NotPossible;
        is_refused.then(|| refused(&lines(self.report.lines(Verdict::NotPossible))))
    }

    /// Writes the settings file and adds the tables; says both.
    pub(super) async fn carry_out(
        &self,
        settings: &Settings,
        config: Option<&Path>,
    ) -> anyhow::Result<(Db, State)> {
        // the file first: opening SQLite's already changes the kind of its journal
        let added = edit::add(config, &self.entries)?;
        let path = added.path.display().to_string();
        let (db, before) = match open_and_adopt(settings).await {
            Ok(done) => done,
            Err(refusal) => {
                // what is refused leaves no file
                let undone = added.undo();
                undone.with_context(|| format!("{path} could not be made what it was"))?;
                return Err(refusal.into());
            }
        };
        if !self.entries.is_empty() {
            say(&format!(
                "{path} sets {}, for a database that Django also uses.",
                names(&self.entries)
            ));
        }
        for weight in [Verdict::Ready, Verdict::Remarks] {
            self.report.lines(weight).for_each(say);
        }
        Ok((db, before))
    }
}

/// What follows on tables that are up to date: says what was done, and settles the key and the settings.
pub(super) async fn finish(
    settings: &Settings,
    db: &Db,
    before: State,
    accept_settings: bool,
) -> anyhow::Result<ExitCode> {
    let problems = tables::look(db).await.map_err(not_looked_at)?;
    let (problems, remarks): (Vec<_>, Vec<_>) = problems.into_iter().partition(Problem::is_fatal);
    match before {
        State::Empty => say("Created the tables."),
        State::Gatepost { pending: 0 } if problems.is_empty() => {
            say("Nothing to do: the tables are up to date.");
        }
        State::Gatepost { pending: 0 } => {}
        State::Gatepost { pending } => say(&format!("Applied migrations: {pending}.")),
        State::Django => say("Added Gatepost's tables. Django's tables were not changed."),
    }
    // adopting has said them already
    if before != State::Django {
        for remark in remarks {
            say(&format!("remark: {remark}"));
        }
    }
    if !problems.is_empty() {
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        bail!(problems.join("\n"));
    }
    if before != State::Django {
        keys::refuse_short(settings, db).await?;
    }
    if before == State::Empty || keys::given(settings)?.is_some() {
        let now = Clock::system().now();
        keys::settle(settings, db, &Entropy::system(), now).await?;
    }
    if accept_settings {
        agreement::accept(settings, db).await?;
        say("Every server of this database must now use these settings. Restart the running ones.");
    } else {
        agreement::check(settings, db).await?;
    }
    if settings.server.extensions && db.dialect() == Dialect::Postgres {
        add_index(db).await;
    }
    db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Makes the index by which posts are searched, which the tables are good without.
async fn add_index(db: &Db) {
    let seen = db.read(|conn| Box::pin(way(conn))).await;
    let way = if matches!(seen, Ok(Way::Yet)) {
        say(
            "Making the index by which posts are searched. This may take minutes; servers go on meanwhile.",
        );
        search_index::build(db).await
    } else {
        seen
    };
    match way {
        Ok(Way::Index) => {}
        Ok(way) => say(&format!("remark: {way}")),
        Err(error) => say(&format!(
            "remark: the index by which posts are searched could not be made: {error}"
        )),
    }
}

async fn open_and_adopt(settings: &Settings) -> Result<(Db, State), OpenError> {
    let db = open_database(settings).await?;
    let before = run(&db, Adopt::Yes, Clock::system().now()).await?;
    Ok((db, before))
}

/// Looks at the database, and leaves it as it is.
async fn examine(effective: &Effective) -> anyhow::Result<(State, Report)> {
    let url = database_url(&effective.settings)?;
    if let Url::Sqlite(path) = &url
        && !path.exists()
    {
        let mut report = Report::default();
        let why = bereft(path).unwrap_or_else(|| {
            format!(
                "there is no database at {}; run Django's `manage.py migrate` to make one, or name another with --database",
                path.display()
            )
        });
        report.problem(why);
        return Ok((State::Empty, report));
    }
    // SQLite leaves files of its journal where it may not remove them: such a file is not even looked at
    if let Url::Sqlite(path) = &url
        && let Some(why) = not_writable(path)
    {
        let mut report = Report::default();
        report.problem(why);
        return Ok((State::Empty, report));
    }
    let key = match keys::given(&effective.settings) {
        Ok(key) => key,
        Err(why) => {
            let mut report = Report::default();
            report.problem(why.to_string());
            return Ok((State::Empty, report));
        }
    };
    let db = Db::open_to_look(&url, effective.settings.users.model()).await?;
    let (state, mut report) = adoption::examine(&db, effective, key).await?;
    if state != State::Empty {
        count_hashes(&db, &mut report).await?;
    }
    db.close().await;
    Ok((state, report))
}

/// Why this user can't write to a database of SQLite's: its file, and beside it that of its journal.
fn not_writable(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|path| !path.as_os_str().is_empty());
    let places = [
        ("the database file", path),
        (
            "the folder of the database",
            folder.unwrap_or(Path::new(".")),
        ),
    ];
    places.into_iter().find_map(|(what, place)| {
        let error = rustix::fs::access(place, Access::WRITE_OK).err()?;
        Some(format!(
            "this user can't write to {what}, {}: {}; give it the right, or run this as the user that has it",
            place.display(),
            std::io::Error::from(error)
        ))
    })
}

fn lines<'l>(lines: impl Iterator<Item = &'l str>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

/// The settings by name, for a sentence.
fn names(entries: &[Entry]) -> String {
    let names: Vec<_> = entries.iter().map(Entry::name).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Whose passwords can be checked.
async fn count_hashes(db: &Db, report: &mut Report) -> anyhow::Result<()> {
    let counted = db.read(|conn| Box::pin(accounts::rows::hash_formats(conn)));
    let counted = match counted.await {
        Ok(counted) => counted,
        // the table does not fit, which was said
        Err(db::Error::Unfit(_)) => return Ok(()),
        Err(error) => return Err(error).context("the users could not be counted"),
    };
    let mut formats: BTreeMap<String, i64> = BTreeMap::new();
    for (format, _, users) in counted {
        *formats.entry(format).or_default() += users;
    }
    for (format, users) in formats {
        match format.as_str() {
            "!" => report.fact(format!(
                "Users with no password: {users} (they can't log in, as in Django)"
            )),
            format if READABLE.contains(&format) => {
                report.fact(format!("Users with {format}: {users} (supported)"));
            }
            format => {
                let format = if format.is_empty() {
                    "an unknown hash"
                } else {
                    format
                };
                report.remark(format!("Users with {format}: {users} (not supported; they can't log in until their password is set again)"));
            }
        }
    }
    Ok(())
}
