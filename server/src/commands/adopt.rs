//! `gatepost-server adopt [--check] [PATH/manage.py] [--python PYTHON]`: moves a Django project, by its own word.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use std::{fs, io};

use anyhow::Context;
use clap::Args;
use secrecy::{ExposeSecret, SecretString};

use super::adoption::{self, Judged};
use super::common::{Common, say};
use super::signals::Signals;
use crate::settings::edit::Entry;
use crate::settings::without_newline;
use crate::startup::adoption::Report;
use crate::startup::project;

/// The file beside the settings file that holds the project's SECRET_KEY.
const KEY: &str = "secret_key";
/// How many seconds a project may take to start.
const TIMEOUT: u64 = 60;
/// The sections of the settings that a project fills.
const SECTIONS: [&str; 8] = [
    "server",
    "limits",
    "cors",
    "database",
    "users",
    "passwords",
    "simple_jwt",
    "tokens",
];

#[derive(Args)]
pub(super) struct Adopt {
    /// The project's manage.py; without it, the database and the secret key of the settings are all that is known
    #[arg(value_name = "MANAGE.PY")]
    manage: Option<PathBuf>,
    /// Only say what would stay, what would be different and what is in the way; exit code 0: nothing, 10: there are
    /// differences, 11: it can't be done, which is the exit code without --check, too
    #[arg(long)]
    check: bool,
    /// The project's Python [default: of a virtual environment beside manage.py, $VIRTUAL_ENV, or python3]
    #[arg(long, requires = "manage")]
    python: Option<PathBuf>,
    /// How many seconds the project may take to start
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT)]
    timeout: u64,
    #[command(flatten)]
    common: Common,
}

impl Adopt {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let mut report = Report::default();
        let mut layers = Vec::new();
        // a file that is to be made may be named
        let config = self.common.config.as_deref();
        let is_new = config.is_some_and(|path| !path.exists());
        if let Some(manage) = self.manage.clone() {
            let python = self.python.clone();
            let patience = Duration::from_secs(self.timeout);
            let program = project::Program::default();
            let (signals, running) = (Signals::listen()?, program.clone());
            // from now on no signal ends this command by itself
            tokio::spawn(async move {
                signals.any().await;
                running.end();
                std::process::exit(130);
            });
            let asked = tokio::task::spawn_blocking(move || {
                project::ask(&manage, python.as_deref(), patience, &program)
            });
            match asked.await? {
                Ok((told, _)) => {
                    let given = self.common.given(is_new)?;
                    layers = project::judge(&told, &given, &mut report);
                }
                // a check says what is in the way, and that it can't be done
                Err(why) if self.check => {
                    report.problem(why);
                    say(&report.sections(&self.command()));
                    return Ok(ExitCode::from(adoption::NOT_POSSIBLE));
                }
                Err(why) => return Ok(adoption::refused(&why)),
            }
        }
        let (effective, others) = self.common.effective_above(&layers, is_new)?;
        for other in others {
            report.remark(other);
        }
        let (entries, key) =
            self.entries(effective.of_project(), effective.of_flag("database.url"));
        if let Some((path, key)) = &key
            && let Some(why) = refusal(path, key)
        {
            report.problem(why);
        }
        let judged = Judged::of(&effective, config, report, entries).await?;
        if self.check {
            say(&judged.report.sections(&self.command()));
            return Ok(judged.exit_code());
        }
        if let Some(code) = judged.refusal() {
            return Ok(code);
        }
        let made = match &key {
            Some((path, key)) => write(path, key)
                .with_context(|| format!("the secret key can't be kept in {}", path.display()))?,
            None => false,
        };
        let carried_out = judged.carry_out(&effective.settings, config).await;
        let (db, before) = match (carried_out, key) {
            (Ok(done), _) => done,
            (Err(why), Some((path, _))) if made => {
                let removed = fs::remove_file(&path);
                removed.with_context(|| format!("{} could not be removed", path.display()))?;
                return Err(why);
            }
            (Err(why), _) => return Err(why),
        };
        let settings = self.common.settings(Vec::new())?;
        adoption::finish(&settings, &db, before, false).await
    }

    /// The command that does what a check has judged.
    fn command(&self) -> String {
        let mut words = vec!["gatepost-server adopt".to_owned()];
        words.extend(self.manage.as_deref().map(word));
        let mut flag = |name: &str, value: Option<String>| {
            words.extend(value.map(|value| format!("--{name} {value}")));
        };
        flag("python", self.python.as_deref().map(word));
        let timeout = (self.timeout != TIMEOUT).then(|| self.timeout.to_string());
        flag("timeout", timeout);
        flag("config", self.common.config.as_deref().map(word));
        // it may hold a password
        flag(
            "database",
            self.common.has_database().then(|| "URL".to_owned()),
        );
        words.join(" ")
    }

    /// What the settings file is to have of the project's settings, and the key with the file that it goes to.
    fn entries(
        &self,
        settings: Vec<(String, String)>,
        database: Option<String>,
    ) -> (Vec<Entry>, Option<(PathBuf, SecretString)>) {
        let folder = self.common.config.as_deref().and_then(Path::parent);
        let path = folder.map_or(PathBuf::from(KEY), |folder| folder.join(KEY));
        let mut key = None;
        let mut entries = Vec::new();
        let database = database.map(|url| ("database.url".to_owned(), url));
        for (name, value) in settings.into_iter().chain(database) {
            let Some((section, setting)) = name.split_once('.') else {
                continue;
            };
            let Some(section) = SECTIONS.into_iter().find(|known| *known == section) else {
                continue;
            };
            let (setting, value) = if name == "server.secret_key" {
                let text = value.parse::<toml::Value>().ok();
                let text = text.and_then(|text| text.as_str().map(SecretString::from));
                key = text.map(|text| (path.clone(), text));
                let path = toml::Value::from(path.display().to_string());
                ("secret_key_file".to_owned(), path.to_string())
            } else {
                (setting.to_owned(), value)
            };
            entries.push(Entry {
                section,
                key: Cow::Owned(setting),
                value: Cow::Owned(value),
                remark: "As in the project.",
            });
        }
        (entries, key)
    }
}

/// A path as a shell reads it.
fn word(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |char: char| char.is_alphanumeric() || "/._-+=:,@%".contains(char);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Why the key can't be written there.
fn refusal(path: &Path, key: &SecretString) -> Option<String> {
    match fs::read_to_string(path) {
        Ok(text) if without_newline(&text) == key.expose_secret() => None,
        Ok(_) => Some(format!(
            "the file {} is here already with another key than the project's; move it away, then run this again",
            path.display()
        )),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => Some(format!(
            "the file {} is here already and can't be read: {error}; move it away, then run this again",
            path.display()
        )),
    }
}

/// Writes the key for the owner alone; whether it was not there before.
fn write(path: &Path, key: &SecretString) -> io::Result<bool> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = match options.open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        file => file?,
    };
    // one end of a line is always taken off
    io::Write::write_all(&mut file, format!("{}\n", key.expose_secret()).as_bytes())?;
    file.sync_all()?;
    Ok(true)
}
