//! Adding settings to the file `gatepost.toml` without touching what a person wrote in it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use toml::Table;

use super::error::SettingsError;
use super::load::FILE;

/// A setting with its value and the reason why it is there.
pub(crate) struct Entry {
    pub(crate) section: &'static str,
    pub(crate) key: &'static str,
    pub(crate) value: &'static str,
    pub(crate) remark: &'static str,
}

/// Adds the entries that the file (`gatepost.toml` where none is named) does not have; gives its name.
///
/// # Errors
/// One sentence that names the file and says what to write into it by hand.
pub(crate) fn add(config: Option<&Path>, entries: &[Entry]) -> Result<String, SettingsError> {
    let path = config.unwrap_or(Path::new(FILE));
    let by_hand = |why: String| {
        let lines: Vec<String> = entries
            .iter()
            .map(|entry| format!("{}.{} = \"{}\"", entry.section, entry.key, entry.value))
            .collect();
        SettingsError::one(format!(
            "{} can't be changed: {why}; write {} into it and run this again",
            path.display(),
            lines.join(" and ")
        ))
    };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(by_hand(error.to_string())),
    };
    let changed = with(&text, entries).ok_or_else(|| by_hand("it has another form".to_owned()))?;
    if changed != text {
        fs::write(path, changed).map_err(|error| by_hand(error.to_string()))?;
    }
    Ok(path.display().to_string())
}

/// The text with the entries that it lacks: each under its section's own line, or in a new section at the end.
/// `None` where that does not give TOML with these values.
fn with(text: &str, entries: &[Entry]) -> Option<String> {
    let mut text = text.to_owned();
    for entry in entries {
        let table: Table = text.parse().ok()?;
        let section = table.get(entry.section);
        if section.is_some_and(|section| section.get(entry.key).is_some()) {
            continue;
        }
        let lines = format!("# {}\n{} = \"{}\"\n", entry.remark, entry.key, entry.value);
        let header = format!("[{}]", entry.section);
        if section.is_some() {
            let mut all: Vec<&str> = text.split_inclusive('\n').collect();
            let at = all.iter().position(|line| line.trim() == header)?;
            all.insert(at + 1, &lines);
            text = all.concat();
        } else {
            let gap = if text.is_empty() { "" } else { "\n" };
            let newline = if text.is_empty() || text.ends_with('\n') {
                ""
            } else {
                "\n"
            };
            text = format!("{text}{newline}{gap}{header}\n{lines}");
        }
        let table: Table = text.parse().ok()?;
        let written = table.get(entry.section)?.get(entry.key)?;
        if written.as_str() != Some(entry.value) {
            return None;
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REUSE: Entry = Entry {
        section: "refresh",
        key: "reuse",
        value: "reject",
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
            "# mine\n[refresh]\n# why\nreuse = \"reject\"\ngrace = 5 # s\n[server]\n"
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
        let why = add(Some(&path), &[REUSE]).unwrap_err().to_string();
        assert!(
            why.ends_with(
                "it has another form; write refresh.reuse = \"reject\" into it and run this again"
            ),
            "{why}"
        );
    }
}
