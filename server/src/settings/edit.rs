//! Adding settings to the file `gatepost.toml` without touching what a person wrote in it.

use std::borrow::Cow;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use rustix::fs::Access;
use toml_edit::{DocumentMut, Value, value};

use super::error::SettingsError;
use super::known::is_secret;
use super::load::FILE;

/// A setting with its value and the reason why it is there.
pub(crate) struct Entry {
    pub(crate) section: &'static str,
    pub(crate) key: Cow<'static, str>,
    /// As TOML writes it.
    pub(crate) value: Cow<'static, str>,
    pub(crate) remark: &'static str,
}

impl Entry {
    /// Its dotted name.
    pub(crate) fn name(&self) -> String {
        format!("{}.{}", self.section, self.key)
    }
}

/// A file to which settings were added.
pub(crate) struct Added {
    pub(crate) path: PathBuf,
    /// What it held; none where it was not there.
    before: Option<String>,
}

impl Added {
    /// Makes the file what it was.
    pub(crate) fn undo(self) -> std::io::Result<()> {
        match self.before {
            Some(text) => fs::write(&self.path, text),
            None => match fs::remove_file(&self.path) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        }
    }
}

/// What adding entries to a file means.
struct Plan {
    path: PathBuf,
    before: Option<String>,
    after: String,
}

impl Plan {
    /// What the file (`gatepost.toml` where none is named) lacks is added to it.
    fn of(config: Option<&Path>, entries: &[Entry]) -> Result<Self, SettingsError> {
        let path = config.unwrap_or(Path::new(FILE));
        let before = match fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(by_hand(path, entries, &error)),
        };
        let text = before.as_deref().unwrap_or_default();
        let after = with(text, entries);
        let after = after.ok_or_else(|| by_hand(path, entries, &"it has another form"))?;
        Ok(Self {
            path: path.to_owned(),
            before,
            after,
        })
    }

    fn changes_nothing(&self) -> bool {
        self.before.as_deref().unwrap_or_default() == self.after
    }
}

fn by_hand(path: &Path, entries: &[Entry], why: &dyn fmt::Display) -> SettingsError {
    let lines: Vec<String> = entries
        .iter()
        .map(|entry| format!("{} = {}", entry.name(), entry.value))
        .collect();
    SettingsError::one(format!(
        "{} can't be changed: {why}; write {} into it and run this again",
        path.display(),
        lines.join(" and ")
    ))
}

/// Whether [`add`] would succeed; changes nothing.
///
/// # Errors
/// Its sentence.
pub(crate) fn may_add(config: Option<&Path>, entries: &[Entry]) -> Result<(), SettingsError> {
    let plan = Plan::of(config, entries)?;
    if plan.changes_nothing() {
        return Ok(());
    }
    let folder = plan.path.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    let place = match plan.before {
        Some(_) => plan.path.as_path(),
        None => folder.unwrap_or(Path::new(".")),
    };
    let may = rustix::fs::access(place, Access::WRITE_OK);
    may.map_err(|error| by_hand(&plan.path, entries, &io::Error::from(error)))
}

/// Adds the entries that the file (`gatepost.toml` where none is named) does not have.
///
/// # Errors
/// One sentence that names the file and says what to write into it by hand.
pub(crate) fn add(config: Option<&Path>, entries: &[Entry]) -> Result<Added, SettingsError> {
    let plan = Plan::of(config, entries)?;
    if !plan.changes_nothing() {
        let is_secret = entries.iter().any(|entry| is_secret(&entry.name()));
        let written = write(&plan, is_secret);
        written.map_err(|error| by_hand(&plan.path, entries, &error))?;
    }
    Ok(Added {
        path: plan.path,
        before: plan.before,
    })
}

/// Writes the file; one that holds a secret is for its owner alone.
fn write(plan: &Plan, is_secret: bool) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if is_secret {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        options.mode(0o600);
        if plan.before.is_some() {
            fs::set_permissions(&plan.path, fs::Permissions::from_mode(0o600))?;
        }
    }
    let mut file = options.open(&plan.path)?;
    io::Write::write_all(&mut file, plan.after.as_bytes())?;
    file.sync_all()
}

/// The text with the entries that it lacks, each at the end of its section, or in a new section at the end.
/// `None` where it is no TOML, or the section is written without a line of its own.
fn with(text: &str, entries: &[Entry]) -> Option<String> {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut text = text.replace("\r\n", "\n");
    for entry in entries {
        let mut document: DocumentMut = text.parse().ok()?;
        let remark = format!("# {}\n", entry.remark);
        let Some(section) = document.get_mut(entry.section) else {
            // as text: what stands at the end of a file is of no section
            if !text.is_empty() {
                text = format!("{}\n\n", text.trim_end());
            }
            let Entry { section, key, .. } = entry;
            text = format!("{text}[{section}]\n{remark}{key} = {}\n", entry.value);
            continue;
        };
        if section.get(&*entry.key).is_some() {
            continue;
        }
        let section = section.as_table_mut().filter(|table| !table.is_dotted())?;
        section.insert(&entry.key, value(entry.value.parse::<Value>().ok()?));
        let mut key = section.key_mut(&entry.key)?;
        key.leaf_decor_mut().set_prefix(remark);
        text = document.to_string();
    }
    Some(text.replace('\n', newline))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REUSE: Entry = Entry {
        section: "refresh",
        key: Cow::Borrowed("reuse"),
        value: Cow::Borrowed("\"reject\""),
        remark: "why",
    };

    #[test]
    fn an_entry_is_added_where_it_belongs() {
        let added = |text: &str| with(text, &[REUSE]).unwrap();
        assert_eq!(added(""), "[refresh]\n# why\nreuse = \"reject\"\n");
        assert_eq!(
            added("[server]\nbind = 'x'"),
            "[server]\nbind = 'x'\n\n[refresh]\n# why\nreuse = \"reject\"\n"
        );
        assert_eq!(
            added("# mine\n[refresh]\ngrace = 5 # s\n[server]\n"),
            "# mine\n[refresh]\ngrace = 5 # s\n# why\nreuse = \"reject\"\n[server]\n"
        );
    }

    #[test]
    fn comments_and_line_ends_stay_where_they_are() {
        let added = |text: &str| with(text, &[REUSE]).unwrap();
        let section = "[refresh]\n# why\nreuse = \"reject\"\n";
        assert_eq!(added("# mine\n"), format!("# mine\n\n{section}"));
        assert_eq!(
            added("[server]\nbind = 'x'\n# log = 'debug'\n"),
            format!("[server]\nbind = 'x'\n# log = 'debug'\n\n{section}")
        );
        assert_eq!(
            added("# mine\r\n[refresh]\r\ngrace = 5\r\n"),
            "# mine\r\n[refresh]\r\ngrace = 5\r\n# why\r\nreuse = \"reject\"\r\n"
        );
    }

    #[test]
    fn what_a_person_wrote_stays() {
        for text in [
            "[refresh]\nreuse = 'revoke'\n",
            "refresh.reuse = 'revoke'\n",
            "refresh = { reuse = 'revoke' }\n",
        ] {
            assert_eq!(with(text, &[REUSE]).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_was_added_can_be_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("g.toml");
        add(Some(&path), &[REUSE]).unwrap().undo().unwrap();
        assert!(!path.exists());
        fs::write(&path, "# mine\n").unwrap();
        add(Some(&path), &[REUSE]).unwrap().undo().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "# mine\n");
    }

    #[test]
    fn another_form_is_left_to_its_author() {
        for text in [
            "refresh.grace = 5\n",
            "refresh = { grace = 5 }\n",
            "not TOML",
        ] {
            assert_eq!(with(text, &[REUSE]), None, "{text}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("g.toml");
        fs::write(&path, "refresh.grace = 5\n").unwrap();
        let why = add(Some(&path), &[REUSE]).err().unwrap().to_string();
        assert!(
            why.ends_with(
                "it has another form; write refresh.reuse = \"reject\" into it and run this again"
            ),
            "{why}"
        );
    }
}
