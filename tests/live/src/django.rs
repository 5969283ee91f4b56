//! The service that Gatepost replaces, live: the application in tests/django under gunicorn.

use std::{
    env,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::Watched;

/// A running Django, stopped when dropped; its output is shown when the test fails.
pub struct Django {
    server: Watched,
    url: String,
}

impl Django {
    /// Migrates the database (`sqlite:PATH` or `postgres://…`) and serves it on a free port; blocks until it answers.
    ///
    /// `settings` are environment variables: those of tests/django/reference/settings.py, and gunicorn's own, such as
    /// `WEB_CONCURRENCY` (processes; one by default) and `GUNICORN_CMD_ARGS`.
    pub fn start(database_url: &str, settings: &[(&str, &str)]) -> Self {
        Self::migrate(database_url);
        Self::serve(database_url, settings)
    }

    /// A service of tests/services: `djoser` or `cookies`, with packages and a database of its own.
    pub fn service(name: &str) -> Self {
        let folder = folder();
        let mut command = Watched::command(&folder, "QUIT", "");
        let venv = Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../target/services-venv"
        ));
        command
            .arg(program_in(venv, "gunicorn"))
            .args(["service:application", "--bind=127.0.0.1:0"])
            .args(["--graceful-timeout=1", "--threads=8"]);
        prepare(
            &mut command,
            &format!("sqlite:{}", folder.join("db.sqlite3").display()),
        )
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../services"))
        .env_remove("DJANGO_SETTINGS_MODULE")
        .env("SERVICE", name);
        Self::watched(&folder, command, "/api/invoices/")
    }

    /// The same on a database that is migrated already.
    pub fn serve(database_url: &str, settings: &[(&str, &str)]) -> Self {
        let folder = folder();
        let mut command = Watched::command(&folder, "QUIT", "");
        command
            .arg(program("gunicorn"))
            .args(["reference.wsgi", "--bind=127.0.0.1:0"])
            .args(["--graceful-timeout=1", "--no-control-socket"]);
        prepare(&mut command, database_url)
            .env("GUNICORN_CMD_ARGS", "--access-logfile=-")
            .envs(settings.iter().copied());
        Self::watched(&folder, command, "/api/users/profile/")
    }

    /// A started gunicorn, once it refuses this path to whoever is not logged in.
    fn watched(folder: &Path, command: Command, path: &str) -> Self {
        let mut server = Watched::spawn(folder, command);
        let address = server.wait_until("Django", |log| {
            let (_, after) = log.split_once("Listening at: http://")?;
            let (address, _) = after.split_once(' ')?;
            answers(address, path).then(|| address.to_owned())
        });
        Self {
            server,
            url: format!("http://{address}"),
        }
    }

    /// Where it answers, without a final slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// gunicorn's first process, whose children answer.
    pub fn pid(&mut self) -> u32 {
        self.server.pid()
    }

    /// Kills the process that answers, without a warning, and waits until the next one does. For one process alone.
    pub fn kill_worker(&mut self) {
        let workers = |log: &str| -> Vec<String> {
            let lines = log.split("Booting worker with pid: ").skip(1);
            lines
                .filter_map(|rest| Some(rest.split_once('\n')?.0.trim().to_owned()))
                .collect()
        };
        let before = self.server.wait_until("a worker", |log| {
            Some(workers(log)).filter(|pids| !pids.is_empty())
        });
        let killed = Command::new("kill")
            .arg("-KILL")
            .arg(before.last().expect("not empty"))
            .status();
        assert!(
            killed.is_ok_and(|status| status.success()),
            "kill could not be run"
        );
        let address = self.url.trim_start_matches("http://").to_owned();
        self.server.wait_until("the next worker", |log| {
            (workers(log).len() > before.len() && answers(&address, "/api/users/profile/"))
                .then_some(())
        });
    }

    /// Makes Django's tables and their first rows.
    pub fn migrate(database_url: &str) {
        run(database_url, &["manage.py", "migrate", "-v0"]);
    }

    /// What `code` prints, run by Python with Django set up on the database.
    pub fn python(database_url: &str, code: &str) -> String {
        run(
            database_url,
            &["-c", &format!("import django; django.setup()\n{code}")],
        )
    }
}

fn folder() -> PathBuf {
    tempfile::Builder::new()
        .prefix("gatepost-django-")
        .tempdir()
        .expect("a temporary folder")
        .keep()
}

fn run(database_url: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program("python"));
    let output = prepare(command.args(arguments), database_url)
        .output()
        .expect("Python can be run");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "Django failed on {database_url} with {arguments:?}:\n{errors}"
    );
    String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned()
}

/// The Python of a version's packages, with its environment.
pub(crate) fn python_of(version: &str, database_url: &str) -> Command {
    let mut command = Command::new(match version {
        "5.2" => program("python"),
        older => {
            let target = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target");
            let venv = Path::new(target).join(format!("django-{older}-venv"));
            program_in(&venv, "python")
        }
    });
    prepare(&mut command, database_url);
    command
}

/// The application's `manage.py`.
pub fn manage() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../django/manage.py"))
}

/// The variable by which the application is told where its database is.
pub fn place(database_url: &str) -> (&'static str, &str) {
    match database_url.strip_prefix("sqlite:") {
        Some(path) => ("SQLITE_PATH", path),
        None => ("DATABASE_URL", database_url),
    }
}

/// Nothing of our own environment reaches Django but the path.
fn prepare<'c>(command: &'c mut Command, database_url: &str) -> &'c mut Command {
    let database = place(database_url);
    let path = env::var_os("PATH").unwrap_or_default();
    command
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../django"))
        .env_clear()
        .env("PATH", path)
        .envs([database, ("DJANGO_SETTINGS_MODULE", "reference.settings")])
        .envs([
            ("PYTHONUTF8", "1"),
            ("PYTHONUNBUFFERED", "1"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
        ])
}

/// A program of the virtual environment, such as `python`.
#[expect(
    clippy::disallowed_methods,
    reason = "scripts/test says where it put the packages; the server has no part in it"
)]
pub fn program(name: &str) -> PathBuf {
    let chosen = env::var("GATEPOST_DJANGO_VENV");
    let venv = chosen.unwrap_or_else(|_| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/django-venv").to_owned()
    });
    program_in(Path::new(&venv), name)
}

fn program_in(venv: &Path, name: &str) -> PathBuf {
    let program = venv.join("bin").join(name);
    assert!(
        program.is_file(),
        "{} is missing: run scripts/test, which installs Django there",
        program.display()
    );
    program
}

fn answers(address: &str, path: &str) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            stream,
            "GET {path} HTTP/1.0\r\nHost: service.example\r\n\r\n"
        )?;
        let mut status = [0; 12];
        stream
            .read_exact(&mut status)
            .map(|()| status.ends_with(b" 401"))
    };
    ask().is_ok_and(|right| right)
}
