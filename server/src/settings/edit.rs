//! Adding settings to the file `gatepost.toml` without touching what a person wrote in it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use toml_edit::DocumentMut;

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
            let Entry {
                section,
                key,
                value,
                ..
            } = entry;
            text = format!("{text}[{section}]\n{remark}{key} = \"{value}\"\n");
            continue;
        };
        if section.get(entry.key).is_some() {
            continue;
        }
        let section = section.as_table_mut().filter(|table| !table.is_dotted())?;
        section.insert(entry.key, entry.value.into());
        let mut key = section.key_mut(entry.key)?;
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
