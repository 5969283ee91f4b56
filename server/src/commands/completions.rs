//! `gatepost-server completions`: what a shell reads to complete commands and flags.

use clap::{Args, Command};
use clap_complete::Shell;

use super::common::say;

#[derive(Args)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// The script for this tree of commands.
    pub(super) fn run(self, mut tree: Command) {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut tree, "gatepost-server", &mut script);
        say(String::from_utf8_lossy(&script).trim_end());
    }
}
