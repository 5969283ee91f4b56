//! The arguments of what explains and completes the program, and the topics of its help.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Find out why something does not work
///
/// Looks at everything that a session needs, and says of each part whether it works and what to do if not: the settings,
/// the store, the locks, the way to the server, the server, the clocks, the session.
///
/// It shows no token and no password. It ends with 0 where all is well, and otherwise with the exit code of the first
/// fault.
#[derive(Args)]
pub(crate) struct Doctor {
    /// Exchange the session's tokens too, which shows whether the server gives a new refresh token each time
    #[arg(long)]
    pub(crate) refresh: bool,
}

/// Print what makes a shell complete commands
///
/// A shell reads it at its start and completes commands, options, and values: posts with their titles, servers, accounts,
/// settings.
///
/// It asks for no password, waits no longer than a second, and leaves the session alone.
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

/// A shell that completes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Shell {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }
}

#[derive(Args)]
pub(crate) struct Man {
    /// The folder to write the pages into; without it, the first page is printed
    #[arg(value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Help {
    /// A command, or one of the topics environment, formatting, exit-codes
    #[arg(value_name = "COMMAND|TOPIC")]
    pub(crate) words: Vec<String>,
}

pub(super) const ENVIRONMENT: &str = "\
Environment:
  GATEPOST_SERVER      same as --server
  GATEPOST_ACCOUNT     same as --account
  GATEPOST_STORE       same as --store
  GATEPOST_ALLOW_HTTP  1 is the same as --allow-http
  GATEPOST_TOKEN       an access token to use instead of a session; never refreshed or stored
  GATEPOST_CA_CERT     same as --ca-cert
  GATEPOST_TIMEOUT     same as --timeout
  GATEPOST_REQUEST_HEADER  same as --request-header, one a line
  GATEPOST_COLOR       same as --color
  NO_COLOR, CLICOLOR, CLICOLOR_FORCE  whether there are colours, where neither of those says it
  GATEPOST_PAGER       what shows long output [pager in config.toml, $PAGER, or less -FRX]
  GATEPOST_EDITOR      the editor for posts and config.toml [$VISUAL, $EDITOR, or vi]
  GATEPOST_CONFIG_DIR  the folder of config.toml and accounts.toml [$XDG_CONFIG_HOME/gatepost]
  GATEPOST_STATE_DIR   the folder of stored sessions and drafts [$XDG_STATE_HOME/gatepost]
  GATEPOST_LOCK_DIR    the folder of lock files; must be the same for all who share a keyring
  SSL_CERT_FILE, SSL_CERT_DIR  certificates to trust in place of the system's
  HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY  the proxy to go through, and for what none

A variable that is empty is not set. A flag wins over its variable, and that over config.toml.";

pub(super) const FORMATTING: &str = "\
Formatting:
  On a terminal, a list is a table, and times are relative.
  In a pipe, a list is a line for each item: values separated by tabs, without a header, times in
  RFC 3339. A tab, a line end and a backslash inside a value are \\t, \\n, \\r and \\\\.
  A single thing is a line for each field, its name and its value.
  With --json it is JSON with the server's own names, wherever it goes: --json=id,title prints
  these alone, --json=? lists them. --jq '.[].title' prints what an expression of jq makes of it,
  and --template '{{ id }} {{ title }}' each item by a template. With --json an error is one line
  on stderr: {\"error\": {\"kind\", \"message\", \"hint\", \"status\", \"fields\", \"request_id\"}}.
  An expression that begins with .[] takes a list item by item, in constant memory. Any other one
  needs the whole list at once, which may be of 128 MiB.
  What is meant for a person, such as \"Created post 7\", goes to stderr.";

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    refused by the server
  2    wrong arguments or input
  3    not found
  4    login required
  5    the session's store can't be used
  6    the server can't be reached, is busy or failed: try again
  130  interrupted (129, 131, 143: by SIGHUP, SIGQUIT, SIGTERM)";

const TOPICS: [(&str, &str); 3] = [
    ("environment", ENVIRONMENT),
    ("formatting", FORMATTING),
    ("exit-codes", EXIT_CODES),
];

/// The text of a topic.
pub(crate) fn topic(name: &str) -> Option<&'static str> {
    let found = TOPICS.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| *text)
}

/// The names of the topics.
pub(crate) fn topics() -> impl Iterator<Item = &'static str> {
    TOPICS.iter().map(|(name, _)| *name)
}
