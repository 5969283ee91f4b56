//! The settings for people: docs/settings.md, made from gatepost.default.toml, and what a process runs with.

use secrecy::ExposeSecret;
use toml_edit::{Decor, DocumentMut, RawString};

use super::choose::Effective;
use super::known::{DEFAULTS, is_secret, visible};
use crate::db::Url;

/// A section of gatepost.default.toml.
struct Section {
    name: String,
    /// The comment below its name, before an empty line.
    about: String,
    settings: Vec<Setting>,
}

struct Setting {
    key: String,
    default: String,
    about: String,
}

/// The comment at the top of the file, and its sections.
fn read() -> (String, Vec<Section>) {
    let document: DocumentMut = DEFAULTS
        .parse()
        .expect("a test reads the built-in defaults");
    let mut top = String::new();
    let mut sections = Vec::new();
    for (name, item) in document.iter() {
        let Some(table) = item.as_table() else {
            continue;
        };
        if sections.is_empty() {
            top = comment(table.decor()).join("\n");
        }
        let mut section = Section {
            name: name.to_owned(),
            about: String::new(),
            settings: Vec::new(),
        };
        for (key, value) in table {
            let lines = table.key(key).map(|key| comment(key.leaf_decor()));
            let mut lines = lines.unwrap_or_default();
            // what stands before an empty line is about the whole section
            if let Some(end) = lines.iter().position(String::is_empty) {
                section.about = lines[..end].join(" ");
                lines.drain(..=end);
            }
            section.settings.push(Setting {
                key: key.to_owned(),
                default: value.to_string().trim().to_owned(),
                about: lines.join(" "),
            });
        }
        sections.push(section);
    }
    (top, sections)
}

/// The lines of a comment before something, without their marks.
fn comment(decor: &Decor) -> Vec<String> {
    let text = decor.prefix().and_then(RawString::as_str);
    let lines = text.unwrap_or_default().trim().lines();
    lines
        .map(|line| line.trim_start_matches('#').trim().to_owned())
        .collect()
}

/// docs/settings.md.
pub(crate) fn markdown() -> String {
    let (top, sections) = read();
    let mut lines = vec![
        "# Settings".to_owned(),
        String::new(),
        "<!-- Made by `gatepost-server settings --markdown` from server/gatepost.default.toml: change that file. -->".to_owned(),
        String::new(),
        top,
    ];
    for section in sections {
        lines.extend([
            String::new(),
            format!("## `[{}]`", section.name),
            String::new(),
        ]);
        if !section.about.is_empty() {
            lines.extend([section.about, String::new()]);
        }
        lines.extend([
            "| setting | default | |".to_owned(),
            "|---|---|---|".to_owned(),
        ]);
        for Setting {
            key,
            default,
            about,
        } in section.settings
        {
            let about = about.replace('|', "\\|");
            lines.push(format!("| `{key}` | `{default}` | {about} |"));
        }
    }
    lines.join("\n")
}

/// Each setting of a process and where its value comes from, as TOML; secrets are masked.
pub(crate) fn listing(effective: &Effective) -> String {
    let mut lines = Vec::new();
    for section in read().1 {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(format!("[{}]", section.name));
        for setting in &section.settings {
            let (value, origin) = effective.value(&section.name, &setting.key);
            let value = match value.as_str() {
                Some(text) if !text.is_empty() && is_secret_of(&section, setting) => {
                    masked(effective, setting)
                }
                _ => visible(&format!("{}.{}", section.name, setting.key), value),
            };
            lines.push(format!("{} = {value}  # {origin}", setting.key));
        }
    }
    lines.join("\n")
}

fn is_secret_of(section: &Section, setting: &Setting) -> bool {
    is_secret(&format!("{}.{}", section.name, setting.key))
}

/// A database's URL without its password; of a key not even its length.
fn masked(effective: &Effective, setting: &Setting) -> String {
    let url = effective.settings.database.url.expose_secret();
    match (setting.key.as_str(), url.parse::<Url>()) {
        ("url", Ok(url)) => format!("\"{url}\""),
        _ => "\"***\"".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_says_what_it_does() {
        let (top, sections) = read();
        assert!(top.contains("Precedence"), "{top}");
        let mut count = 0;
        for section in sections {
            for setting in section.settings {
                assert!(
                    !setting.about.is_empty(),
                    "{}.{}",
                    section.name,
                    setting.key
                );
                count += 1;
            }
        }
        let known = super::super::known::default_table();
        let known = known.values().filter_map(toml::Value::as_table);
        assert_eq!(count, known.map(toml::Table::len).sum::<usize>());
    }
}
