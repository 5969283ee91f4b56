//! `gatepost config`: the settings that hold until further notice. Neither the network nor a store is asked.

mod list;

use std::path::Path;

use crate::args::{Config as Wanted, Global, SetConfig};
use crate::config::{self, Config, Place};
use crate::errors::{Exit, Failure};
use crate::output::Output;
use crate::settings::Settings;
use crate::{accounts, editor};

pub(crate) async fn config(
    wanted: &Wanted,
    flags: &Global,
    output: &Output,
) -> Result<(), Failure> {
    let settings = Settings::without_config(flags)?;
    let home = std::env::home_dir();
    let (folder, home) = (settings.config.as_path(), home.as_deref());
    match wanted {
        Wanted::Path => {
            output.put(&format!("{}\n", config::path(folder).display()));
            Ok(())
        }
        Wanted::List(args) => list::list(flags, folder, home, args.show_origin, output),
        Wanted::Get(args) => list::get(flags, folder, home, &args.key, output),
        Wanted::Set(args) => set(args, folder, home, output),
        Wanted::Unset(args) => {
            let place = Place::of(&args.key);
            // what is no setting can be taken out of a file that has it
            let is_there = config::unset(folder, home, |document| match &place {
                Ok(place) => place.unset(document),
                Err(_) => config::remove_other(document, &args.key),
            })?;
            if !is_there {
                place?;
            }
            output.say(&if is_there {
                format!("{} is no longer set", args.key)
            } else {
                format!("{} was not set", args.key)
            });
            Ok(())
        }
        Wanted::Edit => {
            let config = Config::load(folder, home).unwrap_or_default();
            editor::choose(settings.editor.as_deref().or(config.get("editor")));
            edit(folder, home, output).await
        }
    }
}

fn set(
    args: &SetConfig,
    folder: &Path,
    home: Option<&Path>,
    output: &Output,
) -> Result<(), Failure> {
    let place = Place::of(&args.key)?;
    let value = args.value.trim();
    let refused = |must: &str| {
        // what stands before an @ may be a password
        let value = if value.contains('@') {
            "that".to_owned()
        } else {
            format!("{value:?}")
        };
        let failure = Failure::usage(format!("{} can't be {value}: {must}", args.key));
        match &place {
            Place::Key(key) => failure.hint(key.advice()),
            Place::Server(name) => failure.hint(format!(
                "for example `gatepost config set servers.{name}.url https://api.example.org`"
            )),
        }
    };
    let wrong = |why: String| Failure::usage(format!("{} can't be that: {why}", args.key));
    match &place {
        Place::Key(key) => {
            key.check(value).map_err(refused)?;
            if key.name == "server" && !config::is_name(value) {
                config::check_address(value).map_err(wrong)?;
            }
            if key.name == "server" && config::is_name(value) {
                let known = Config::load(folder, home)?;
                if !known.servers.contains_key(value) {
                    let what = format!("config.toml names no server {value}");
                    return Err(Failure::usage(what).hint(format!(
                        "name it first: `gatepost config set servers.{value}.url URL`"
                    )));
                }
            }
        }
        Place::Server(_) if value.starts_with("https://") || value.starts_with("http://") => {
            config::check_address(value).map_err(wrong)?;
        }
        Place::Server(_) => return Err(refused("an address begins with https:// or http://")),
    }
    config::set(folder, home, |document| place.set(document, value))?;
    output.say(&format!("{} is {value} now", args.key));
    Ok(())
}

async fn edit(folder: &Path, home: Option<&Path>, output: &Output) -> Result<(), Failure> {
    if editor::named().is_none() {
        crate::prompt::attended("GATEPOST_EDITOR")?;
    }
    let path = config::path(folder);
    let opened = config::text(&path)?;
    let mut given = opened.clone();
    if given.trim().is_empty() {
        given = config::template();
    }
    accounts::check_owner(folder)?;
    let copy = copy(folder, &given).map_err(|error| {
        let why = crate::values::why(&error);
        Failure::usage(format!("{} can't be changed: {why}", path.display()))
            .hint("set GATEPOST_CONFIG_DIR to another folder")
    })?;
    let kept = |copy: tempfile::TempPath, hint: &str, failure: Failure| match copy.keep() {
        Ok(copy) => failure.hint(format!("{hint}what you wrote is in {}", copy.display())),
        Err(_) => failure,
    };
    let text = match editor::edit(copy.to_path_buf(), given).await {
        Ok(Some(text)) => text,
        Ok(None) => {
            output.say("Nothing was changed");
            return Ok(());
        }
        Err(failed) if failed.has_written => {
            return Err(kept(copy, "", Failure::usage(failed.why)));
        }
        Err(failed) => return Err(Failure::new(Exit::Refused, "editor", failed.why)),
    };
    if let Err((what, hint)) = Config::parse(&text, home) {
        let what = format!("{} was not changed: {what}", path.display());
        return Err(kept(copy, &hint, Failure::usage(what)));
    }
    let saved = config::replace(folder, &opened, &text);
    if let Err(failure) = saved {
        return Err(kept(copy, "", failure));
    }
    output.say(&format!("Saved {}", path.display()));
    Ok(())
}

/// A file beside the real one that is edited in its place, so that a mistake breaks nothing.
fn copy(folder: &Path, text: &str) -> std::io::Result<tempfile::TempPath> {
    use std::io::Write;
    drop(accounts::lock(folder)?); // makes the folder
    let mut name = tempfile::Builder::new();
    let mut copy = name.prefix("config-").suffix(".toml").tempfile_in(folder)?;
    copy.write_all(text.as_bytes())?;
    Ok(copy.into_temp_path())
}
