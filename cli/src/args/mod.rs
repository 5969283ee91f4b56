//! The whole tree of arguments.

mod account;
mod api;
mod config;
mod examples;
mod manual;
mod output;
mod posts;
#[cfg(test)]
mod reference;
mod tree;

use std::path::PathBuf;
use std::time::Duration;

pub(crate) use account::{
    ChangePassword, DeleteProfile, EditProfile, EndSession, Password, Profile, ProfileCommand,
    Sessions, SessionsCommand,
};
pub(crate) use api::Api;
use clap::{Args, Parser, Subcommand, ValueEnum};
pub(crate) use config::{Config, SetConfig};
pub(crate) use manual::{Completions, Doctor, Help, Man, topic, topics};
pub(crate) use output::OutputOptions;
pub(crate) use posts::{
    Create, Delete, Discard, Drafts, Edit, List, One, OneDraft, Posts, Side, Text,
};
use serde::{Deserialize, Serialize};
pub(crate) use tree::{parse, tree};

use crate::values;

/// Command-line client of Gatepost, and of any Django REST framework + SimpleJWT server with the same API.
///
/// On a terminal it prints for people. Into a pipe it prints tab-separated values without a header.
#[derive(Parser)]
#[command(
    name = "gatepost",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Args, Clone, Default)]
pub(crate) struct Global {
    /// The server's address, or its name in config.toml [default: the last one you logged in to, or http://127.0.0.1:8000]
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help_heading = "Global options"
    )]
    pub(crate) server: Option<String>,
    /// The account to use [default: the last one you logged in with]
    #[arg(
        long,
        global = true,
        value_name = "USER",
        help_heading = "Global options"
    )]
    pub(crate) account: Option<String>,
    /// Where to keep the session [default: as chosen at login]
    #[arg(
        long,
        global = true,
        value_name = "STORE",
        help_heading = "Global options"
    )]
    pub(crate) store: Option<Store>,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    /// Allow unencrypted http:// to another machine, passwords and tokens included
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) allow_http: bool,
    /// Trust the certificates in this PEM file too
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    pub(crate) ca_cert: Option<PathBuf>,
    /// How long the server may be silent: 30, 1.5s, 2m [default: 30s]
    #[arg(
        long,
        global = true,
        value_name = "TIME",
        help_heading = "Global options"
    )]
    pub(crate) timeout: Option<String>,
    /// Send this header with every request, for a gateway before the server; @FILE reads them, one a line. A login
    /// keeps them in accounts.toml
    #[arg(
        long,
        global = true,
        value_name = "NAME:VALUE",
        help_heading = "Global options"
    )]
    pub(crate) request_header: Vec<String>,
    /// Log to stderr; repeat for more (-vvv)
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub(crate) verbose: u8,
}

impl Cli {
    /// The global options, with the server that `login` may take by its place.
    pub(crate) fn named(&self) -> Global {
        let mut global = self.global.clone();
        if let Command::Login(Login {
            address: Some(address),
            ..
        }) = &self.command
        {
            global.server = Some(address.clone());
        }
        global
    }
}

/// Where a session is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Store {
    /// The OS keyring, or an error where there is none
    Auto,
    /// The OS keyring
    Keyring,
    /// An unencrypted file that only you can read
    File,
    /// Nowhere; the session ends with the command
    Memory,
}

impl Store {
    /// The name that the option takes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Keyring => "keyring",
            Self::File => "file",
            Self::Memory => "memory",
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Create an account
    Register(Register),
    /// Log in and keep the session
    Login(Login),
    /// End the session here and on the server
    Logout(Logout),
    /// Show who is logged in and whether the server accepts the session
    Status(Status),
    /// Print an access token for another program
    Token(Token),
    /// Show, edit or delete your account
    Profile(Profile),
    /// List where you are logged in, and end sessions
    Sessions(Sessions),
    /// Change your password, and end all other sessions
    Password(ChangePassword),
    /// List, view, create, edit and delete posts
    #[command(subcommand)]
    Posts(Posts),
    /// List, show and discard texts that were not sent
    #[command(subcommand)]
    Drafts(Drafts),
    /// List the accounts that are logged in here
    Accounts,
    /// Choose the account that the other commands use
    Switch(Switch),
    Api(Api),
    #[command(subcommand)]
    Config(Config),
    Doctor(Doctor),
    Completions(Completions),
    /// Write the manual, a page for each command
    Man(Man),
    /// Show the help of a command or of a topic
    Help(Help),
    /// Open the full-screen interface
    #[cfg(unix)]
    Tui(Tui),
}

#[cfg(unix)]
#[derive(Args)]
pub(crate) struct Tui {
    /// One column of words, without lines and signs, for a screen reader
    #[arg(long)]
    pub(crate) plain: bool,
    /// Use the mouse: click and wheel (F9 in the interface)
    #[arg(long)]
    pub(crate) mouse: bool,
}

#[derive(Args)]
pub(crate) struct Register {
    /// The username; asked for if not given
    #[arg(long)]
    pub(crate) username: Option<String>,
    /// The e-mail address; asked for if not given
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// The first name
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) first_name: String,
    /// The last name
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) last_name: String,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Args)]
pub(crate) struct Login {
    /// The server's address; same as --server
    #[arg(value_name = "SERVER", conflicts_with = "server")]
    pub(crate) address: Option<String>,
    /// The username, same as --account; asked for if not given
    #[arg(long)]
    pub(crate) username: Option<String>,
    #[command(flatten)]
    pub(crate) password: Password,
    /// Retry a session that has ended, without a password
    #[arg(long, conflicts_with = "password_stdin")]
    pub(crate) resume: bool,
}

#[derive(Args)]
pub(crate) struct Logout {
    /// Forget the session here without telling the server
    #[arg(long)]
    pub(crate) local: bool,
    /// End the sessions of all accounts that are logged in here, or at the server that --server names
    #[arg(long, conflicts_with = "account")]
    pub(crate) all: bool,
}

#[derive(Args)]
pub(crate) struct Switch {
    /// The account, same as --account; chosen from a list if not given
    pub(crate) user: Option<String>,
}

#[derive(Args)]
pub(crate) struct Status {
    /// Show what is known here, without asking the server
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Args)]
pub(crate) struct Token {
    /// How long the token must still be valid: 60, 90s, 5m
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = time)]
    pub(crate) min_ttl: Duration,
    /// Refresh the tokens first, even if they are still valid
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Ask the server whether the token is valid; do not print it
    #[arg(long)]
    pub(crate) verify: bool,
    /// Print the whole header, as in curl -H "$(gatepost token --header)"
    #[arg(long, conflicts_with = "verify")]
    pub(crate) header: bool,
}

/// A length of time, which may be none.
fn time(text: &str) -> Result<Duration, &'static str> {
    if text.trim() == "0" {
        return Ok(Duration::ZERO);
    }
    let time = values::time(text);
    time.ok_or("write seconds, or a number with ms, s, m or h; at most a day")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_time_may_be_none_and_has_units() {
        for (text, seconds) in [("0", 0), ("60", 60), ("90s", 90), ("5m", 300), ("1h", 3600)] {
            let time = super::time(text).map(|time| time.as_secs());
            assert_eq!(time, Ok(seconds), "{text}");
        }
        assert!(super::time("soon").is_err());
    }
}
