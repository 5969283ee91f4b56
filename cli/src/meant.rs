//! What somebody meant by a command that there is not.

use clap::error::{ContextKind, ContextValue};

use crate::args::{topics, tree};
use crate::errors::Failure;
use crate::nearest::nearest;

/// Words of other programs, and the command that does it here.
const ELSEWHERE: &[(&[&str], &str)] = &[
    (&["list", "ls", "post", "blog", "articles"], "posts list"),
    (&["show", "view", "cat", "read", "open"], "posts view"),
    (
        &["create", "new", "add", "write", "publish"],
        "posts create",
    ),
    (&["edit", "change", "update", "modify"], "posts edit"),
    (&["delete", "rm", "remove", "del"], "posts delete"),
    (&["search", "find", "grep"], "posts search"),
    (&["draft", "unsent", "continue", "resume"], "drafts list"),
    (&["discard"], "drafts discard"),
    (&["whoami", "who", "info", "state", "auth"], "status"),
    (&["me", "user", "account"], "profile"),
    (&["signin", "sign-in", "log-in", "connect"], "login"),
    (&["signout", "sign-out", "log-out", "exit"], "logout"),
    (&["signup", "sign-up", "enroll"], "register"),
    (&["passwd", "change-password"], "password"),
    (&["use", "su"], "switch"),
    (&["users", "logins"], "accounts"),
    (&["refresh", "renew"], "token --refresh"),
    (&["verify"], "token --verify"),
    (&["revoke", "end"], "sessions end"),
    (
        &["curl", "http", "request", "get", "put", "patch", "raw"],
        "api",
    ),
    (
        &["settings", "set", "configure", "cfg", "options"],
        "config list",
    ),
    (&["check", "diagnose", "debug", "health", "ping"], "doctor"),
    (&["completion", "autocomplete"], "completions"),
    (&["manual", "docs", "manpage"], "man"),
    (&["ui", "gui", "fullscreen"], "tui"),
    (&["version", "ver"], "--version"),
];

/// The failure, with the command that is probably meant.
pub(crate) fn by(error: &clap::Error) -> Option<Failure> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    // where it stands: "gatepost posts"
    let above = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => above(&usage.to_string()),
        _ => String::new(),
    };
    let sentence = format!("there is no command `gatepost {above}{word}`");
    let see = format!("`gatepost {above}--help` lists all");
    Some(Failure::usage(sentence).hint(match command(&above, word) {
        Some(meant) => format!("did you mean `gatepost {meant}`? {see}"),
        None => see,
    }))
}

/// The words between the program and what it takes, of a line of usage: `Usage: gatepost posts [OPTIONS] <COMMAND>`.
fn above(usage: &str) -> String {
    let words = usage
        .split_whitespace()
        .skip_while(|word| *word != "gatepost");
    let words = words
        .skip(1)
        .take_while(|word| !word.starts_with(['[', '<', '-']));
    words.fold(String::new(), |all, word| all + word + " ")
}

/// The command that is meant by a word after these.
fn command(above: &str, word: &str) -> Option<String> {
    let tree = tree();
    let mut here = &tree;
    for name in above.split_whitespace() {
        here = here.find_subcommand(name)?;
    }
    let below: Vec<&str> = here
        .get_subcommands()
        .map(clap::Command::get_name)
        .collect();
    let word = word.to_lowercase();
    let elsewhere = ELSEWHERE
        .iter()
        .filter(|(words, _)| words.contains(&word.as_str()));
    let mut elsewhere = elsewhere.map(|(_, meant)| *meant);
    if above.is_empty() {
        let topic = topics().find(|topic| *topic == word);
        let slip = nearest(&word, below.iter().copied().filter(|_| word.len() > 2));
        return topic
            .map(|topic| format!("help {topic}"))
            .or_else(|| elsewhere.next().map(str::to_owned))
            .or_else(|| slip.map(str::to_owned));
    }
    // the same word for what is below this command: `posts rm`
    elsewhere
        .find_map(|meant| {
            let leaf = meant.strip_prefix(above)?;
            below
                .contains(&leaf.split(' ').next()?)
                .then(|| meant.to_owned())
        })
        .or_else(|| nearest(&word, below.iter().copied()).map(|name| format!("{above}{name}")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_word_leads_to_a_command_and_is_none_itself() {
        let tree = tree();
        let mut words = BTreeSet::new();
        for (others, meant) in ELSEWHERE {
            for other in *others {
                assert!(tree.find_subcommand(other).is_none(), "{other}");
                assert!(words.insert(other), "{other} twice");
            }
            let mut here = &tree;
            for name in meant.split(' ').filter(|word| !word.starts_with('-')) {
                let below = here.find_subcommand(name);
                here = below.unwrap_or_else(|| panic!("no gatepost {meant}"));
            }
        }
    }

    #[test]
    fn the_nearest_is_meant() {
        for (above, word, meant) in [
            ("", "list", Some("posts list")),
            ("", "whoami", Some("status")),
            ("", "lgoin", Some("login")),
            ("", "environment", Some("help environment")),
            ("", "xyzzy", None),
            ("posts ", "rm", Some("posts delete")),
            ("posts ", "lst", Some("posts list")),
            ("posts ", "find", Some("posts search")),
            ("config ", "whoami", None),
            ("drafts ", "discrad", Some("drafts discard")),
        ] {
            assert_eq!(command(above, word).as_deref(), meant, "{above}{word}");
        }
        assert_eq!(above("Usage: gatepost posts [OPTIONS] <COMMAND>"), "posts ");
        assert_eq!(above("Usage: gatepost <COMMAND>"), "");
    }
}
