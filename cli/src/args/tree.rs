//! The tree of arguments with its examples, as help, manual, completion and documentation show it.

use std::ffi::OsString;

use clap::{Command, CommandFactory, FromArgMatches};

use super::Cli;
use super::examples::EXAMPLES;
use super::manual::{ENVIRONMENT, EXIT_CODES};

/// What the short help ends with.
const TOPICS: &str = "\
Help topics:
  gatepost help environment  the variables that are read
  gatepost help formatting   what is printed, for people and for programs
  gatepost help exit-codes   what a script can tell from the exit code";

/// The arguments of this command line.
pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> clap::error::Result<Cli> {
    let mut tree = tree();
    let mut found = tree.try_get_matches_from_mut(words)?;
    Cli::from_arg_matches_mut(&mut found).map_err(|error| error.format(&mut tree))
}

/// The whole tree.
pub(crate) fn tree() -> Command {
    let root = Cli::command();
    let root = with_examples(root, "");
    let examples = examples_of("");
    root.after_help(format!("{examples}\n\n{TOPICS}"))
        .after_long_help(format!(
            "{examples}\n\n{TOPICS}\n\n{ENVIRONMENT}\n\n{EXIT_CODES}"
        ))
}

fn with_examples(command: Command, path: &str) -> Command {
    let command = command.after_help(examples_of(path));
    let names: Vec<String> = command
        .get_subcommands()
        .map(|below| below.get_name().to_owned())
        .collect();
    names.into_iter().fold(command, |command, name| {
        let path = format!("{path} {name}");
        command.mut_subcommand(name, |below| with_examples(below, path.trim_start()))
    })
}

fn examples_of(path: &str) -> String {
    let found = EXAMPLES.iter().find(|(known, _)| *known == path);
    let lines = found.map_or(&[][..], |(_, lines)| *lines);
    let lines = lines.iter().map(|line| format!("\n  {line}"));
    format!("Examples:{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Each command of the tree, by the words that lead to it.
    fn paths(command: &Command, path: &str, found: &mut BTreeSet<String>) {
        found.insert(path.to_owned());
        for below in command.get_subcommands() {
            let path = format!("{path} {}", below.get_name());
            paths(below, path.trim_start(), found);
        }
    }

    #[test]
    fn the_tree_holds_together() {
        tree().debug_assert();
    }

    /// Help is a hundred columns wide at most: what is longer would be broken anywhere.
    #[test]
    fn no_line_of_a_topic_is_broken() {
        for line in crate::args::topics().filter_map(crate::args::topic) {
            assert!(line.lines().all(|line| line.len() <= 98), "{line}");
        }
    }

    #[test]
    fn every_command_has_two_examples_and_each_of_them_parses() {
        let mut commands = BTreeSet::new();
        paths(&tree(), "", &mut commands);
        for path in &commands {
            let shown = EXAMPLES.iter().find(|(known, _)| known == path);
            let (_, lines) = shown.unwrap_or_else(|| panic!("gatepost {path} has no examples"));
            assert!(lines.len() >= 2, "gatepost {path} has one example");
            let words = format!("gatepost {path}");
            let is_used = lines.iter().any(|line| line.contains(&words));
            assert!(is_used, "gatepost {path}: {lines:?}");
        }
        for (path, lines) in EXAMPLES {
            assert!(commands.contains(*path), "there is no gatepost {path}");
            for line in *lines {
                parses(line);
            }
        }
    }

    /// Each command of the program in a line of shell.
    fn parses(line: &str) {
        let mut count = 0;
        for part in line.split(" | ").flat_map(|part| part.split("$(")) {
            let part = part.split([')', '>', '<', '#']).next().unwrap_or_default();
            let Some((_, ours)) = format!(" {part}")
                .split_once(" gatepost ")
                .map(|(before, ours)| (before.to_owned(), ours.to_owned()))
            else {
                continue;
            };
            let words = shell_words::split(&ours).unwrap();
            let words = std::iter::once("gatepost".to_owned()).chain(words);
            let parsed = parse(words.map(OsString::from));
            let is_help = |error: &clap::Error| !error.use_stderr();
            assert!(
                parsed.as_ref().err().is_none_or(is_help),
                "{line}: {}",
                parsed.err().unwrap()
            );
            count += 1;
        }
        assert!(count > 0, "{line} has no command");
    }
}
