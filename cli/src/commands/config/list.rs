//! `gatepost config list` and `get`: what holds now, and who says so.

use std::path::Path;

use serde::Serialize;

use crate::args::{Global, Store};
use crate::config::{self, Config, KEYS, Key, Place};
use crate::errors::{Exit, Failure};
use crate::output::{Output, Style, Table, escaped};
use crate::settings::{self, Settings};

#[derive(Serialize)]
struct Row {
    key: String,
    value: Option<String>,
    origin: String,
}

pub(super) fn list(
    flags: &Global,
    folder: &Path,
    home: Option<&Path>,
    shows_origin: bool,
    output: &Output,
) -> Result<(), Failure> {
    let config = Config::load(folder, home)?;
    let mut rows = Vec::new();
    for key in &KEYS {
        rows.push(row(key, flags, &config, folder)?);
    }
    let file = config::path(folder).display().to_string();
    rows.extend(config.servers.iter().map(|(name, url)| Row {
        key: format!("servers.{name}.url"),
        value: Some(url.clone()),
        origin: file.clone(),
    }));
    rows.extend(config.folders.iter().map(|rule| {
        let part = |name: &str, value: &Option<String>| {
            let value = value.as_ref()?;
            Some(format!("{name} = {value}"))
        };
        let parts = [part("server", &rule.server), part("account", &rule.account)];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        Row {
            key: format!("folders {}", rule.path),
            value: Some(parts.join(", ")),
            origin: file.clone(),
        }
    }));
    let cells = |row: &Row| {
        let mut cells = vec![row.key.clone(), row.value.clone().unwrap_or_default()];
        cells.extend(shows_origin.then(|| row.origin.clone()));
        cells
    };
    let text: String = match output.style {
        Style::Json => {
            let rows = serde_json::to_value(&rows).map_err(std::io::Error::from)?;
            return output.data(rows);
        }
        Style::Tsv => {
            let lines = rows.iter().map(|row| {
                let cells: Vec<_> = cells(row).iter().map(|cell| escaped(cell)).collect();
                cells.join("\t") + "\n"
            });
            lines.collect()
        }
        Style::Terminal(width) => {
            let titles = ["SETTING", "VALUE", "SAID BY"];
            let shown = if shows_origin { 3 } else { 2 };
            let mut table = Table::new(&titles[..shown], 1, width, output.paint());
            let lines: String = rows.iter().map(|row| table.row(&cells(row))).collect();
            lines + &table.flush()
        }
    };
    output.put(&text);
    Ok(())
}

pub(super) fn get(
    flags: &Global,
    folder: &Path,
    home: Option<&Path>,
    name: &str,
    output: &Output,
) -> Result<(), Failure> {
    let place = Place::of(name)?;
    let config = Config::load(folder, home)?;
    let value = match &place {
        Place::Key(key) => row(key, flags, &config, folder)?.value,
        Place::Server(name) => config.servers.get(name).cloned(),
    };
    let value = value.ok_or_else(|| {
        Failure::new(Exit::NotFound, "unset", format!("{name} is not set"))
            .hint(format!("set it with `gatepost config set {name} VALUE`"))
    })?;
    match output.style {
        Style::Json => return output.data(value.into()),
        Style::Tsv | Style::Terminal(_) => output.put(&format!("{value}\n")),
    }
    Ok(())
}

/// What holds for a setting, by the flags, the environment, the rules for this folder, config.toml, and the default.
fn row(key: &Key, flags: &Global, config: &Config, folder: &Path) -> Result<Row, Failure> {
    let said = |value: String, origin: String| Row {
        key: key.name.to_owned(),
        value: Some(value),
        origin,
    };
    if let Some(value) = flag(key, flags) {
        let name = key.name.replace('_', "-");
        return Ok(said(value, format!("--{name}")));
    }
    if let Some(value) = settings::variable(key.variable) {
        return Ok(said(value, key.variable.to_owned()));
    }
    if let "server" | "account" = key.name {
        // which of several rules counts depends on both
        let settings = Settings::load(flags)?;
        let (value, by) = match key.name {
            "server" => (settings.server, settings.server_by),
            _ => (settings.account, settings.account_by),
        };
        if let (Some(value), Some(settings::NamedBy::Folder(path))) = (value, by) {
            return Ok(said(value, format!("the folder {path}")));
        }
    }
    let file = config::path(folder).display().to_string();
    Ok(match (config.get(key.name), key.default) {
        (Some(value), _) => said(value.to_owned(), file),
        (None, Some(value)) => said(value.to_owned(), "default".to_owned()),
        (None, None) => Row {
            key: key.name.to_owned(),
            value: None,
            origin: "default".to_owned(),
        },
    })
}

fn flag(key: &Key, flags: &Global) -> Option<String> {
    match key.name {
        "server" => flags.server.clone(),
        "account" => flags.account.clone(),
        "store" => flags.store.map(Store::name).map(str::to_owned),
        "timeout" => flags.timeout.clone(),
        "ca_cert" => flags
            .ca_cert
            .as_ref()
            .map(|path| path.display().to_string()),
        "allow_http" => flags.allow_http.then(|| "true".to_owned()),
        "color" => flags.output.color.map(|color| color.to_string()),
        _ => None,
    }
}
