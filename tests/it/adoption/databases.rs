//! A database as a Django of some version, zone and engine leaves it, and the tokens that its users hold.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use gatepost_tests::talk::Talk;
use gatepost_tests::{Backend, postgres, schema::Schema, sql};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "ComplexPassword123!";

/// Who makes a database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) django: &'static str,
    pub(crate) on: Backend,
    pub(crate) zone: &'static str,
    pub(crate) use_tz: bool,
    /// More of the environment of tests/django/reference/settings.py.
    pub(crate) more: &'static [(&'static str, &'static str)],
}

/// A database, and where it is.
pub(crate) struct Database {
    pub(crate) origin: Origin,
    pub(crate) url: String,
    /// Where programs run that use it.
    pub(crate) folder: TempDir,
    pub(crate) held: Held,
}

/// The tokens that the users hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    pub(crate) access: String,
    /// Alice's and Dave's, not used yet.
    pub(crate) alice: String,
    pub(crate) dave: String,
    /// Whether SimpleJWT's verify looks at the blacklist, as it does since 5.0.
    pub(crate) verify_knows: bool,
    /// Used up: by a refresh, by a logout.
    pub(crate) rotated: String,
    pub(crate) logged_out: String,
}

impl Origin {
    /// As today's reference makes it.
    pub(crate) fn newest(on: Backend) -> Self {
        Self {
            django: "5.2",
            on,
            zone: "UTC",
            use_tz: true,
            more: &[],
        }
    }

    /// The settings of a Gatepost that takes over.
    pub(crate) fn variables(&self) -> [(&'static str, &'static str); 2] {
        let use_tz = if self.use_tz { "true" } else { "false" };
        [
            ("GATEPOST_SERVER__TIME_ZONE", self.zone),
            ("GATEPOST_SERVER__USE_TZ", use_tz),
        ]
    }

    /// An empty database of its engine.
    async fn place(&self) -> (String, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let url = match self.on {
            Backend::Sqlite => {
                std::fs::create_dir(folder.path().join("db")).unwrap();
                format!(
                    "sqlite:{}",
                    folder.path().join("db/django.sqlite3").display()
                )
            }
            Backend::Postgres => {
                let name = next_name();
                postgres::create(&name, None).await;
                postgres::url(&name)
            }
        };
        (url, folder)
    }

    /// Django's tables, and nobody in them.
    pub(crate) async fn empty(self) -> Database {
        let (url, folder) = self.place().await;
        let database = Database {
            origin: self,
            url,
            folder,
            held: Held::default(),
        };
        database.django().run(
            "from django.core.management import call_command; call_command('migrate', verbosity=0)",
        );
        database
    }

    /// Django's tables with four users, who signed in, refreshed, logged out and wrote.
    pub(crate) async fn make(self) -> Database {
        let mut database = self.empty().await;
        let mut django = database.django();
        let mut tokens = Vec::new();
        for name in ["alice", "bob", "carol", "dave"] {
            let new = registration(name);
            assert_eq!(django.ask("POST", "/api/users/register/", "", &new).0, 201);
            let email = format!("{name}@example.com");
            // one of the two, as the user model has it
            let credentials = json!({"username": name, "email": email, "password": PASSWORD});
            let (status, pair) = django.ask("POST", "/api/token/", "", &credentials);
            assert_eq!(status, 200, "{pair}");
            let token = |kind: &str| pair[kind].as_str().unwrap().to_owned();
            let (access, refresh) = (token("access"), token("refresh"));
            let post = json!({"title": format!("by {name}"), "content": "text"});
            assert_eq!(django.ask("POST", "/api/posts/", &access, &post).0, 201);
            tokens.push((access, refresh));
        }
        let rotated = json!({"refresh": tokens[0].1});
        let (status, next) = django.ask("POST", "/api/token/refresh/", "", &rotated);
        assert_eq!(status, 200, "{next}");
        let logged_out = json!({"refresh": tokens[2].1});
        assert_eq!(
            django
                .ask("POST", "/api/token/blacklist/", "", &logged_out)
                .0,
            200
        );
        database.held = Held {
            access: tokens[0].0.clone(),
            alice: next["refresh"].as_str().unwrap().to_owned(),
            dave: tokens[3].1.clone(),
            verify_knows: self.django != "3.2",
            rotated: tokens[0].1.clone(),
            logged_out: tokens[2].1.clone(),
        };
        drop(django);
        database
    }
}

pub(crate) fn registration(name: &str) -> Value {
    json!({"username": name, "email": format!("{name}@example.com"), "password": PASSWORD, "password2": PASSWORD,
        "first_name": "T", "last_name": "U"})
}

fn next_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("adopted_{}", NEXT.fetch_add(1, Ordering::SeqCst))
}

/// The Django of a database.
pub(crate) struct Django(Talk);

impl Django {
    pub(crate) fn ask(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        body: &Value,
    ) -> (u16, Value) {
        let request = json!({"method": method, "path": path, "token": token, "body": body});
        serde_json::from_str(&self.0.ask(&request.to_string())).unwrap()
    }

    /// Runs Python, and closes its connection; gives what it printed.
    pub(crate) fn run(&mut self, python: &str) -> String {
        let python = format!("{python}\nfrom django.db import connection as c; c.close()");
        let answer = self.0.ask(&json!({"python": python}).to_string());
        let (_, printed): (u16, String) = serde_json::from_str(&answer).unwrap();
        printed
    }

    /// Forgets what [`Django::alter`] did: the next change begins at the project's own migrations.
    pub(crate) fn forget(&mut self) {
        self.run("import builtins; builtins.__dict__.pop('state', None)");
    }

    /// Changes tables as a migration of the project does: `apply(app, operation)`.
    pub(crate) fn alter(&mut self, python: &str) {
        self.run(&format!(
            "import builtins
from django.db import connection, models
from django.db.migrations import AddConstraint, AddField, AlterField, AlterModelTable, RemoveConstraint, RemoveField, RunSQL
from django.db.migrations.executor import MigrationExecutor
if not hasattr(builtins, 'state'):
    builtins.state = MigrationExecutor(connection).loader.project_state()
def apply(app, operation):
    after = builtins.state.clone()
    operation.state_forwards(app, after)
    with connection.schema_editor() as editor:
        operation.database_forwards(app, editor, builtins.state, after)
    builtins.state = after
{python}"
        ));
    }
}

impl Database {
    /// A Django of this database's own version.
    pub(crate) fn django(&self) -> Django {
        let Origin {
            django,
            zone,
            use_tz,
            more,
            ..
        } = self.origin;
        let use_tz = if use_tz { "1" } else { "0" };
        let own = [("FAST_HASH", "1"), ("TIME_ZONE", zone), ("USE_TZ", use_tz)];
        Django(Talk::start(django, &self.url, &[&own, more].concat()))
    }

    /// The same once more, elsewhere. Nobody may be connected to this one.
    pub(crate) async fn copy(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = if let Some(path) = self.url.strip_prefix("sqlite:") {
            let to = folder.path().join("copy.sqlite3");
            std::fs::copy(path, &to).unwrap();
            format!("sqlite:{}", to.display())
        } else {
            let name = next_name();
            let (_, template) = self.url.rsplit_once('/').unwrap();
            postgres::create(&name, Some(template)).await;
            postgres::url(&name)
        };
        Self {
            origin: self.origin,
            url,
            folder,
            held: self.held.clone(),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Everything in the database: of SQLite its folder's files, to the byte.
    pub(crate) async fn dump(&self) -> Vec<String> {
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            let mut files: Vec<_> = std::fs::read_dir(Path::new(path).parent().unwrap())
                .unwrap()
                .map(|file| file.unwrap().path())
                .filter(|path| path.is_file())
                .map(|path| {
                    let bytes = std::fs::read(&path).unwrap();
                    let hash = digest(&SHA256, &bytes);
                    format!("{} {} {hash:?}", path.display(), bytes.len())
                })
                .collect();
            files.sort();
            return files;
        }
        let mut all = vec![format!("{:?}", Schema::read(&self.url).await)];
        let tables = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename";
        for table in sql::query(&self.url, tables).await {
            all.push(table.clone());
            let rows = format!(r#"SELECT CAST(t AS text) FROM "{table}" AS t ORDER BY 1"#);
            all.extend(sql::query(&self.url, &rows).await);
        }
        all
    }
}
