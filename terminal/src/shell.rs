//! A command line that a person has set, as `$EDITOR` or `$PAGER`, run as git runs it.

use std::process::Command;

/// The command with its arguments. A shell reads it where there is anything in it for a shell to read.
#[cfg(unix)]
pub fn command(line: &str) -> Command {
    const FOR_A_SHELL: &str = "|&;<>()$`\\\"' \t\n*?[#~=%";
    if !line.contains(|char| FOR_A_SHELL.contains(char)) && line != ":" {
        return Command::new(line);
    }
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{line} \"$@\"")).arg("sh");
    shell
}

/// The command with its arguments, which spaces separate.
#[cfg(not(unix))]
pub fn command(line: &str) -> Command {
    let mut words = line.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}
