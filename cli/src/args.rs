//! The whole tree of arguments.

use clap::{Args, Parser, Subcommand, ValueEnum};
use gatepost_sdk::PostId;
use serde::{Deserialize, Serialize};

const AFTER: &str = "\
Environment:
  GATEPOST_SERVER      same as --server
  GATEPOST_ACCOUNT     same as --account
  GATEPOST_STORE       same as --store
  GATEPOST_ALLOW_HTTP  1 is the same as --allow-http
  GATEPOST_TOKEN       an access token to use instead of a session; never refreshed, never stored
  GATEPOST_CONFIG_DIR  the folder of accounts.toml (default: $XDG_CONFIG_HOME/gatepost)
  GATEPOST_STATE_DIR   the folder of stored sessions and drafts (default: $XDG_STATE_HOME/gatepost)
  GATEPOST_LOCK_DIR    the folder of lock files; must be the same for all who share a keyring

Exit codes:
  0    done
  1    refused by the server
  2    wrong arguments or input
  3    not found
  4    login required
  5    the session's store can't be used
  6    the server can't be reached, is busy or failed: try again
  130  interrupted";

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
    /// Show your account
    Profile,
    /// List, view, create, edit and delete posts
    #[command(subcommand)]
    Posts(Posts),
    /// Open the full-screen interface
    Tui,
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

/// How the password comes in: never as an argument, which others can see.
#[derive(Args)]
pub(crate) struct Password {
    /// Read the password from stdin; a final newline is dropped
    #[arg(long)]
    pub(crate) password_stdin: bool,
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
pub(crate) struct Status {
    /// Show what is known here, without asking the server
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Args)]
pub(crate) struct Token {
    /// How many seconds the token must still be valid
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) min_ttl: u64,
    /// Refresh the tokens first, even if they are still valid
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Ask the server whether the token is valid; do not print it
    #[arg(long)]
    pub(crate) verify: bool,
}

#[derive(Subcommand)]
pub(crate) enum Posts {
    /// List the posts, newest first
    List(List),
    /// Show a post
    View(One),
    /// Create a post
    Create(Create),
    /// Edit one of your posts
    Edit(Edit),
    /// Delete one of your posts
    Delete(Delete),
}

#[derive(Args)]
pub(crate) struct List {
    /// List only the newest N
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
}

#[derive(Args)]
pub(crate) struct One {
    /// The post's number
    pub(crate) id: PostId,
}

/// Title and text; where none is given, an editor opens.
#[derive(Args, Default)]
pub(crate) struct Text {
    /// The title
    #[arg(short, long)]
    pub(crate) title: Option<String>,
    /// The text
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) body: Option<String>,
    /// Read the text from a file, or from stdin (-)
    #[arg(short = 'F', long, value_name = "FILE", conflicts_with = "body")]
    pub(crate) body_file: Option<std::path::PathBuf>,
}

#[derive(Args)]
pub(crate) struct Create {
    #[command(flatten)]
    pub(crate) text: Text,
}

#[derive(Args)]
pub(crate) struct Edit {
    /// The post's number
    pub(crate) id: PostId,
    #[command(flatten)]
    pub(crate) text: Text,
}

#[derive(Args)]
pub(crate) struct Delete {
    /// The post's number
    pub(crate) id: PostId,
    /// Delete without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_tree_holds_together() {
        super::Cli::command().debug_assert();
    }
}
