//! docs/cli.md has a reference of all commands, which is written here, from the tree.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use clap::{Arg, Command};

use super::manual::{ENVIRONMENT, FORMATTING};
use super::tree;

/// What stands above the reference.
const BEGIN: &str = "<!-- What follows is written by a test, from the program's own help. -->\n";

#[test]
fn docs_has_the_reference() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let kept = fs::read_to_string(root.join("docs/cli.md")).unwrap();
    let (guide, _) = kept.split_once(BEGIN).expect("where the reference begins");
    let page = format!("{guide}{BEGIN}{}", reference());
    if page != kept {
        let target = root.join("target");
        fs::create_dir_all(&target).unwrap();
        fs::write(target.join("cli.md"), page).unwrap();
        panic!("the reference has changed: look at it, then  cp target/cli.md docs/cli.md");
    }
}

fn reference() -> String {
    let mut tree = tree();
    tree.build();
    let mut text = "\n## Reference\n\n### Options of every command\n\n".to_owned();
    text += &options(tree.get_arguments().filter(|option| option.is_global_set()));
    for topic in [ENVIRONMENT, FORMATTING] {
        let (title, lines) = topic.split_once(":\n").unwrap();
        let _ = write!(text, "### {title}\n\n```text\n{lines}\n```\n\n");
    }
    for command in tree.get_subcommands() {
        add(command, &mut text);
    }
    text.trim_end().to_owned() + "\n"
}

fn add(command: &Command, text: &mut String) {
    let name = command.get_bin_name().unwrap();
    let about = command.get_long_about().or(command.get_about()).unwrap();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let _ = write!(
        text,
        "### {name}\n\n{}\n\n```text\n{usage}\n```\n\n",
        about.to_string().trim_end()
    );
    let own = command
        .get_arguments()
        .filter(|option| !option.is_global_set() && option.get_id() != "help");
    let own: Vec<&Arg> = own.collect();
    if !own.is_empty() {
        *text += &options(own);
    }
    let examples = command.get_after_help().unwrap().to_string();
    let examples = examples.trim_start_matches("Examples:\n");
    let examples: Vec<&str> = examples.lines().map(str::trim_start).collect();
    let _ = write!(text, "```sh\n{}\n```\n\n", examples.join("\n"));
    for below in command.get_subcommands() {
        add(below, text);
    }
}

fn options<'a>(options: impl IntoIterator<Item = &'a Arg>) -> String {
    let mut table = "| | |\n|---|---|\n".to_owned();
    for option in options {
        let help = option
            .get_long_help()
            .or(option.get_help())
            .unwrap()
            .to_string();
        let mut help = help.replace('\n', " ");
        let values = option.get_possible_values();
        let values: Vec<&str> = values
            .iter()
            .map(clap::builder::PossibleValue::get_name)
            .collect();
        if !values.is_empty() && option.get_action().takes_values() {
            let _ = write!(help, ": {}", values.join(", "));
        }
        let defaults: Vec<_> = option
            .get_default_values()
            .iter()
            .map(|value| value.to_string_lossy())
            .collect();
        if !defaults.is_empty()
            && !option.is_hide_default_value_set()
            && option.get_action().takes_values()
        {
            let _ = write!(help, " [default: {}]", defaults.join(", "));
        }
        let _ = writeln!(table, "| `{}` | {} |", cell(&name(option)), cell(&help));
    }
    table + "\n"
}

/// The option as it is typed.
fn name(option: &Arg) -> String {
    let names = option.get_value_names().unwrap_or_default();
    let value = match names.first() {
        Some(name) if option.get_action().takes_values() => format!(" {name}"),
        _ => String::new(),
    };
    match (option.get_short(), option.get_long()) {
        (Some(short), Some(long)) => format!("-{short}, --{long}{value}"),
        (Some(short), None) => format!("-{short}{value}"),
        (None, Some(long)) => format!("--{long}{value}"),
        (None, None) => value.trim_start().to_owned(),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
