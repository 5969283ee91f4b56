//! What the commands share: the two flags, and a word to a person.

use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::{Context, bail};
use clap::Args;

use crate::settings::{self, Effective, Given, Layer, Settings, SettingsError};

/// No answer is longer, and what is asked may have no end, such as /dev/zero.
const LONGEST: u64 = 64 * 1024;

/// What every command takes, before its name or after it.
#[derive(Args, Clone, Default)]
pub(super) struct Common {
    /// The settings file [default: gatepost.toml, if it exists]
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) config: Option<PathBuf>,
    /// The database: sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/NAME
    #[arg(long, value_name = "URL", global = true)]
    database: Option<String>,
}

impl Common {
    /// Whether a flag names the database.
    pub(super) fn has_database(&self) -> bool {
        self.database.is_some()
    }

    pub(super) fn settings(&self, flags: Vec<Layer>) -> Result<Settings, SettingsError> {
        self.effective(flags).map(|effective| effective.settings)
    }

    /// The settings with their origins.
    pub(super) fn effective(&self, flags: Vec<Layer>) -> Result<Effective, SettingsError> {
        let effective = Effective::load(self.flags(flags), self.config.as_deref())?;
        for hint in effective.not_taken() {
            warn(&hint);
        }
        Ok(effective)
    }

    /// The same above what a project says, and each of its settings that is given otherwise. Where the settings file is
    /// new, it is not read.
    pub(super) fn effective_above(
        &self,
        project: &[Layer],
        is_new: bool,
    ) -> Result<(Effective, Vec<String>), SettingsError> {
        let config = self.config.as_deref().filter(|_| !is_new);
        Effective::load_above(project, self.flags(Vec::new()), config)
    }

    /// What is given beside a project that is asked.
    pub(super) fn given(&self, is_new: bool) -> Result<Given, SettingsError> {
        let config = self.config.as_deref().filter(|_| !is_new);
        Given::load(self.flags(Vec::new()), config)
    }

    fn flags(&self, mut flags: Vec<Layer>) -> Vec<Layer> {
        flags.extend(
            self.database
                .as_deref()
                .map(|url| Layer::flag("--database", "database.url", url)),
        );
        flags
    }
}

/// The name of who runs this, as Python's `getpass.getuser` finds it.
pub(super) fn system_user() -> Option<String> {
    let names = ["LOGNAME", "USER", "LNAME", "USERNAME"];
    let mut given = names.into_iter().filter_map(settings::variable);
    let given = given.find(|name| !name.is_empty());
    given.or_else(|| whoami::username().ok())
}

/// Tells a person, on stderr, that something may be wrong.
pub(super) fn warn(text: &str) {
    if let Err(error) = writeln!(std::io::stderr(), "gatepost-server: {text}") {
        tracing::debug!(cause = %error, "nobody reads what the command warns of");
    }
}

/// Why something that was to be said could not be written, the first time.
static UNSAID: OnceLock<String> = OnceLock::new();

/// Tells a person something. Nobody has to read it: a closed pipe is no failure. What fails otherwise does not break the
/// command off, and is told at its end.
pub(super) fn say(text: &str) {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            UNSAID.get_or_init(|| error.to_string());
        }
        Err(error) => tracing::debug!(cause = %error, "nobody reads what the command says"),
        Ok(()) => {}
    }
}

/// The same where the exit code is the answer, and the words are beside it.
pub(super) fn remark(text: &str) {
    if let Err(error) = writeln!(std::io::stdout(), "{text}") {
        tracing::debug!(cause = %error, "nobody reads what the command remarks");
    }
}

/// Whether all that was to be said has been written.
///
/// # Errors
/// A sentence where it was not, such as on a full disk: a script must not go on with half of it.
pub(super) fn all_said() -> anyhow::Result<()> {
    match UNSAID.get() {
        None => Ok(()),
        Some(why) => bail!(
            "what this command prints could not be written: {why}; run it again where its output can be written"
        ),
    }
}

/// Asks a person on the terminal for a line.
pub(super) fn ask(question: &str) -> anyhow::Result<String> {
    let mut out = io::stderr();
    write!(out, "{question}")
        .and_then(|()| out.flush())
        .context("the question can't be shown")?;
    let mut line = String::new();
    let mut input = io::stdin().lock().take(LONGEST);
    match input.read_line(&mut line) {
        _ if input.limit() == 0 => bail!("the answer is longer than 64 KiB; give one line"),
        Err(error) => return Err(error).context("the answer can't be read"),
        Ok(0) => bail!("the input ended; nothing was done"),
        Ok(_) => {}
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
