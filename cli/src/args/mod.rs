//! The whole tree of arguments.

mod account;
mod posts;

use std::path::PathBuf;

pub(crate) use account::{
    ChangePassword, DeleteProfile, EditProfile, EndSession, Password, Profile, ProfileCommand,
    Sessions, SessionsCommand,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
pub(crate) use posts::{
    Create, Delete, Discard, Drafts, Edit, List, One, OneDraft, Posts, Side, Text,
};
use serde::{Deserialize, Serialize};

const AFTER: &str = "\
Environment:
  GATEPOST_SERVER      same as --server
  GATEPOST_ACCOUNT     same as --account
  GATEPOST_STORE       same as --store
  GATEPOST_ALLOW_HTTP  1 is the same as --allow-http
  GATEPOST_TOKEN       an access token to use instead of a session; never refreshed, never stored
  GATEPOST_CA_CERT     same as --ca-cert
  GATEPOST_TIMEOUT     same as --timeout
  GATEPOST_REQUEST_HEADER  same as --request-header, one a line
  GATEPOST_CONFIG_DIR  the folder of accounts.toml (default: $XDG_CONFIG_HOME/gatepost)
  GATEPOST_STATE_DIR   the folder of stored sessions and drafts (default: $XDG_STATE_HOME/gatepost)
  GATEPOST_LOCK_DIR    the folder of lock files; must be the same for all who share a keyring
  SSL_CERT_FILE, SSL_CERT_DIR  certificates to trust in place of the system's
  HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY  the proxy to go through, and for what to go through none

Exit codes:
  0    done
  1    refused by the server
  2    wrong arguments or input
  3    not found
  4    login required
  5    the session's store can't be used
  6    the server can't be reached, is busy or failed: try again
  130  interrupted (129, 131, 143: by SIGHUP, SIGQUIT, SIGTERM)";

/// Command-line client of Gatepost, and of any Django REST framework + SimpleJWT server with the same API.
///
/// On a terminal it prints for people. Into a pipe it prints tab-separated values without a header.
#[derive(Parser)]
#[command(name = "gatepost", version, after_help = AFTER, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Args, Clone, Default)]
pub(crate) struct Global {
    /// The server's address [default: the last one you logged in to, or http://127.0.0.1:8000]
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
    /// Print JSON, errors too
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
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
    /// How many seconds the token must still be valid
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = seconds)]
    pub(crate) min_ttl: u64,
    /// Refresh the tokens first, even if they are still valid
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Ask the server whether the token is valid; do not print it
    #[arg(long)]
    pub(crate) verify: bool,
}

/// A number of seconds.
fn seconds(text: &str) -> Result<u64, &'static str> {
    let seconds = text.trim().parse();
    seconds.map_err(|_| "it must be a whole number of seconds")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_tree_holds_together() {
        super::Cli::command().debug_assert();
    }
}
