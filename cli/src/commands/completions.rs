//! `gatepost completions`: what a shell reads to complete commands; and the answers to it then.
//!
//! An answer asks nobody for anything, takes a second at most, and leaves session and tokens as they are.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::Command;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};
use gatepost_sdk::Post;

use crate::accounts::Accounts;
use crate::args::{Completions, Global, topics, tree};
use crate::config::{Config, KEYS};
use crate::context::Context;
use crate::errors::Failure;
use crate::output::{Output, printable, put};
use crate::settings::{COMPLETE, Settings};

/// How long a shell waits for posts.
const PATIENCE: Duration = Duration::from_millis(800);
/// How many posts are offered.
const POSTS: usize = 100;
/// How many characters of a title are shown.
const TITLE: usize = 60;

pub(crate) fn completions(args: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    if let Some(shell) = Shells::builtins().completer(args.shell.name()) {
        shell.write_registration(COMPLETE, "gatepost", "gatepost", "gatepost", &mut script)?;
    }
    Ok(put(&String::from_utf8_lossy(&script))?)
}

/// Answers a shell: what may stand under the cursor. Where that is not known it says nothing, since nobody would read why.
pub(crate) fn complete() -> ExitCode {
    // a fault would be written into the line that somebody types
    std::panic::set_hook(Box::new(|_| {}));
    let asked = CompleteEnv::with_factory(completed).var(COMPLETE);
    let here = std::env::current_dir().ok();
    match asked.try_complete(std::env::args_os(), here.as_deref()) {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// The tree, with what may stand in the places of which it does not know.
fn completed() -> Command {
    let of = |values: fn() -> Vec<CompletionCandidate>| {
        move |argument: clap::Arg| argument.add(ArgValueCandidates::new(values))
    };
    let post = |command: Command| command.mut_arg("id", of(posts));
    let any = |command: Command| command.mut_arg("key", of(keys_of_file));
    tree()
        .mut_arg("server", of(servers))
        .mut_arg("account", of(accounts))
        .mut_subcommand("login", |login| {
            let login = login.mut_arg("address", of(servers));
            login.mut_arg("username", of(accounts))
        })
        .mut_subcommand("switch", |switch| switch.mut_arg("user", of(accounts)))
        .mut_subcommand("posts", |posts| {
            let posts = posts.mut_subcommand("view", post);
            let posts = posts.mut_subcommand("edit", post);
            posts.mut_subcommand("delete", post)
        })
        .mut_subcommand("config", |config| {
            let config = config.mut_subcommand("get", any);
            // what is changed goes behind the others: the value behind its key again
            let set = |set: Command| any(set).mut_arg("value", of(values));
            let config = config.mut_subcommand("set", set);
            config.mut_subcommand("unset", any)
        })
        .mut_subcommand("help", |help| help.mut_arg("words", of(words)))
}

/// What the words before the cursor say of the server and the account.
fn flags() -> Global {
    let words: Vec<String> = std::env::args_os()
        .filter_map(|word| OsString::into_string(word).ok())
        .collect();
    let value = |flag: &str| {
        let at = words.iter().position(|word| word == flag);
        let apart = at.and_then(|at| words.get(at + 1).cloned());
        let joined = || {
            let mut values = words.iter().filter_map(|word| word.strip_prefix(flag));
            values.find_map(|rest| rest.strip_prefix('=').map(str::to_owned))
        };
        apart.or_else(joined).filter(|value| !value.is_empty())
    };
    Global {
        server: value("--server"),
        account: value("--account"),
        ..Global::default()
    }
}

fn offered(values: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    values.into_iter().map(CompletionCandidate::new).collect()
}

/// What config.toml says, where it can be read.
fn config(settings: &Settings) -> Config {
    let home = std::env::home_dir();
    Config::load(&settings.config, home.as_deref()).unwrap_or_default()
}

/// Names of config.toml, and addresses that somebody has logged in to.
fn servers() -> Vec<CompletionCandidate> {
    let Ok(settings) = Settings::without_config(&Global::default()) else {
        return Vec::new();
    };
    let config = config(&settings);
    let named = config.servers.iter().map(|(name, url)| {
        let name = CompletionCandidate::new(name);
        name.help(Some(url.clone().into()))
    });
    let known = Accounts::load(&settings.config).unwrap_or_default();
    let mut known: Vec<String> = known.all.into_iter().map(|one| one.server).collect();
    known.sort();
    known.dedup();
    named.chain(offered(known)).collect()
}

fn accounts() -> Vec<CompletionCandidate> {
    let Ok(settings) = Settings::without_config(&Global::default()) else {
        return Vec::new();
    };
    let known = Accounts::load(&settings.config).unwrap_or_default();
    let known = known
        .all
        .into_iter()
        .map(|account| CompletionCandidate::new(account.user).help(Some(account.server.into())));
    known.collect()
}

fn keys() -> Vec<CompletionCandidate> {
    let keys = KEYS.iter();
    keys.map(|key| CompletionCandidate::new(key.name).help(Some(key.what.into())))
        .collect()
}

/// The settings, and those of each server that has a name.
fn keys_of_file() -> Vec<CompletionCandidate> {
    let mut all = keys();
    if let Ok(settings) = Settings::without_config(&Global::default()) {
        let servers = config(&settings).servers;
        all.extend(servers.into_iter().map(|(name, url)| {
            CompletionCandidate::new(format!("servers.{name}.url")).help(Some(url.into()))
        }));
    }
    all
}

/// What the setting before the cursor may be.
fn values() -> Vec<CompletionCandidate> {
    let words: Vec<String> = std::env::args_os()
        .filter_map(|word| OsString::into_string(word).ok())
        .collect();
    let after = words.iter().skip_while(|word| *word != "set").skip(1);
    let key = after.filter_map(|word| KEYS.iter().find(|key| key.name == *word));
    match key.map(|key| (key.name, key.words())).next() {
        Some(("server", _)) => servers(),
        Some(("account", _)) => accounts(),
        Some((_, words)) => offered(words.iter().map(|word| (*word).to_owned())),
        None => Vec::new(),
    }
}

/// What there is help for.
fn words() -> Vec<CompletionCandidate> {
    let commands = tree();
    let commands = commands
        .get_subcommands()
        .map(|one| one.get_name().to_owned());
    offered(commands.chain(topics().map(str::to_owned)))
}

/// The newest posts with their titles.
fn posts() -> Vec<CompletionCandidate> {
    let threads = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(threads) = threads else {
        return Vec::new();
    };
    let newest = threads.block_on(async { tokio::time::timeout(PATIENCE, newest()).await });
    threads.shutdown_background();
    let newest = newest.ok().flatten().unwrap_or_default();
    let newest = newest.into_iter().map(|post| {
        let title: String = printable(&post.title).chars().take(TITLE).collect();
        CompletionCandidate::new(post.id.to_string()).help(Some(title.into()))
    });
    newest.collect()
}

/// They are asked for with the token as it is kept: nothing is exchanged, and no keyring is unlocked.
async fn newest() -> Option<Vec<Post>> {
    let flags = flags();
    let output = Output::new(&flags.output, &[]).ok()?;
    let context = Context::new(&flags, output).ok()?;
    let token = match &context.settings.token {
        Some(token) => token.clone(),
        None => context.kept_token().await?,
    };
    let builder = context.builder(context.address()).ok()?;
    let client = builder.access_token(token).timeout(PATIENCE).build().ok()?;
    let page = u32::try_from(POSTS).ok()?;
    let mut posts = client.posts().list().page_size(page).stream();
    let mut newest = Vec::new();
    while newest.len() < POSTS
        && let Some(Ok(post)) = posts.next().await
    {
        newest.push(post);
    }
    Some(newest)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_place_that_is_completed_is_there() {
        super::completed().debug_assert();
    }
}
