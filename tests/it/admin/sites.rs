//! Django's admin and another site, each on its own copy of one database.

use std::sync::atomic::{AtomicU32, Ordering};

use gatepost_tests::django::Django;
use gatepost_tests::{Backend, Program, SECRET, postgres};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "ComplexPassword123!";

/// Django with cheap hashes, of as many rounds as Gatepost is told to make.
pub(crate) const DJANGO: [(&str, &str); 2] = [("SECRET_KEY", SECRET), ("FAST_HASH", "1")];

/// Who stands beside Django.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Other {
    Gatepost,
    /// Another Django, which shows that the walk itself is the same each time.
    Django,
}

/// Both sites and their databases.
pub(crate) struct Sites {
    pub(crate) bases: [String; 2],
    pub(crate) databases: [String; 2],
    /// What was prepared: the ids of rows, and tokens.
    pub(crate) prepared: Value,
    _django: Vec<Django>,
    _gatepost: Option<Program>,
    _folder: TempDir,
}

impl Sites {
    pub(crate) async fn start(on: Backend, other: Other) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (databases, prepared) = databases(on, &folder).await;
        let mut django = vec![Django::serve(&databases[0], &DJANGO)];
        let (gatepost, base) = match other {
            Other::Django => {
                django.push(Django::serve(&databases[1], &DJANGO));
                (None, django[1].url().to_owned())
            }
            Other::Gatepost => {
                let program = gatepost(&folder, &databases[1]);
                let base = program.base.clone();
                (Some(program), base)
            }
        };
        Self {
            bases: [django[0].url().to_owned(), base],
            databases,
            prepared,
            _django: django,
            _gatepost: gatepost,
            _folder: folder,
        }
    }
}

/// Gatepost on a database of Django's, with what makes a difference to a walk of many sign-ins turned off.
pub(crate) fn gatepost(folder: &TempDir, database: &str) -> Program {
    let command = |arguments: &[&str]| {
        let arguments = [arguments, &["--database", database]].concat();
        let mut command = Program::command(folder.path(), &arguments);
        command
            .env("GATEPOST_SECRET_KEY", SECRET)
            .env("GATEPOST_PASSWORDS__ITERATIONS", "1000")
            // the prepared tokens have dates of no zone
            .env("GATEPOST_SERVER__TIME_ZONE", "UTC")
            .env("GATEPOST_SERVER__USE_TZ", "true")
            .env("GATEPOST_THROTTLE__ENABLED", "false")
            .env("GATEPOST_REFRESH__GRACE", "0")
            .env("GATEPOST_REFRESH__REUSE", "reject")
            .env("GATEPOST_TOKENS__STORED", "signed");
        command
    };
    let adopted = Program::ended(&mut command(&["migrate", "--adopt"]));
    assert!(adopted.status.success(), "{adopted:?}");
    Program::serve(&mut command(&[]))
}

/// Two databases with the same rows, and what was put into them.
pub(crate) async fn databases(on: Backend, folder: &TempDir) -> ([String; 2], Value) {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::SeqCst);
    let path = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    let name = |which: &str| format!("admin_walk_{number}_{which}");
    let [first, second] = match on {
        Backend::Sqlite => [path("django.sqlite3"), path("other.sqlite3")],
        Backend::Postgres => {
            postgres::create(&name("django"), None).await;
            [
                postgres::url(&name("django")),
                postgres::url(&name("other")),
            ]
        }
    };
    Django::migrate(&first);
    let printed = Django::python(&first, include_str!("prepare.py"));
    match on {
        Backend::Sqlite => {
            let plain = |url: &str| url.trim_start_matches("sqlite:").to_owned();
            std::fs::copy(plain(&first), plain(&second)).unwrap();
        }
        Backend::Postgres => postgres::create(&name("other"), Some(&name("django"))).await,
    }
    ([first, second], serde_json::from_str(&printed).unwrap())
}
