//! The whole tree of arguments.

use clap::{Args, Parser, Subcommand, ValueEnum};
use gatepost_sdk::PostId;
use serde::{Deserialize, Serialize};

const AFTER: &str = "\
Environment:
  GATEPOST_SERVER      as --server
  GATEPOST_ACCOUNT     as --account
  GATEPOST_STORE       as --store
  GATEPOST_ALLOW_HTTP  1: as --allow-http
  GATEPOST_TOKEN       an access token to use in place of a session; it is never refreshed nor kept
  GATEPOST_CONFIG_DIR  the folder of accounts.toml, in place of $XDG_CONFIG_HOME/gatepost
  GATEPOST_STATE_DIR   the folder of the file store, in place of $XDG_STATE_HOME/gatepost
  GATEPOST_LOCK_DIR    the folder of the keyring's locks: all that use one keyring must agree on it

Exit codes:
  0    done
  1    the server said no
  2    wrong arguments or input
  3    not found
  4    a login is needed
  5    the store of the session can't be used
  6    the server can't be reached, is busy or failed: try again
  130  interrupted";

/// The command line of Gatepost, and of any Django REST framework + SimpleJWT server of this API.
///
/// On a terminal it prints for people, into a pipe for programs: lines of values separated by tabs, without a
/// header.
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
    /// The server's address [default: the one last logged in to, else http://127.0.0.1:8000]
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help_heading = "Global options"
    )]
    pub(crate) server: Option<String>,
    /// Whose session to use [default: the one last logged in]
    #[arg(
        long,
        global = true,
        value_name = "USER",
        help_heading = "Global options"
    )]
    pub(crate) account: Option<String>,
    /// Where the session is kept [default: as decided at login]
    #[arg(
        long,
        global = true,
        value_name = "STORE",
        help_heading = "Global options"
    )]
    pub(crate) store: Option<Store>,
    /// Print JSON; errors too, as one line
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    /// Send passwords and tokens over http:// to another machine
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) allow_http: bool,
    /// Say what happens, on standard error; up to three times
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
    /// The OS keyring if it works, else an error; decided once, at login
    Auto,
    /// The OS keyring
    Keyring,
    /// A file that its owner alone can read, unencrypted
    File,
    /// Nowhere: the session ends with the command
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
    /// Make an account
    Register(Register),
    /// Log in and keep the session
    Login(Login),
    /// End the session, here and at the server
    Logout(Logout),
    /// Say whose session it is and whether the server accepts it
    Status(Status),
    /// Print an access token for another program
    Token(Token),
    /// Show the account that is logged in
    Profile,
    /// List, view, write, change and delete posts
    #[command(subcommand)]
    Posts(Posts),
    /// The same in full screen
    Tui,
}

#[derive(Args)]
pub(crate) struct Register {
    /// The name to log in with; asked for on a terminal
    #[arg(long)]
    pub(crate) username: Option<String>,
    /// The e-mail address; asked for on a terminal
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
    /// Read the password from standard input, without a final newline
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Args)]
pub(crate) struct Login {
    /// The server's address, as --server
    #[arg(value_name = "SERVER", conflicts_with = "server")]
    pub(crate) address: Option<String>,
    /// The name to log in with, as --account; asked for on a terminal
    #[arg(long)]
    pub(crate) username: Option<String>,
    #[command(flatten)]
    pub(crate) password: Password,
    /// Try an ended session again, without a password
    #[arg(long, conflicts_with = "password_stdin")]
    pub(crate) resume: bool,
}

#[derive(Args)]
pub(crate) struct Logout {
    /// Forget the session here, and do not tell the server
    #[arg(long)]
    pub(crate) local: bool,
}

#[derive(Args)]
pub(crate) struct Status {
    /// Say what is known here, without asking the server
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Args)]
pub(crate) struct Token {
    /// How many seconds the token must still live
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) min_ttl: u64,
    /// Exchange the tokens first, whatever their age
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Ask the server whether it accepts the token, and do not print it
    #[arg(long)]
    pub(crate) verify: bool,
}

#[derive(Subcommand)]
pub(crate) enum Posts {
    /// List the posts, newest first
    List(List),
    /// Show a post
    View(One),
    /// Write a post
    Create(Create),
    /// Change a post of your own
    Edit(Edit),
    /// Delete a post of your own
    Delete(Delete),
}

#[derive(Args)]
pub(crate) struct List {
    /// Only the newest so many
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
    /// Read the text from a file, or from standard input (-)
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
    /// Do not ask
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
