//! The arguments of `gatepost config`.

use clap::{Args, Subcommand};

/// List, show and change settings
///
/// They hold until you change them, in config.toml. gatepost writes there only when you tell it to.
///
/// A flag wins over the environment, that over a rule for the folder, that over the rest of the file.
///
/// A server that has a name is named by it, as `--server work`:
///
///     [servers.work]
///     url = "https://api.example.org"
///
/// A rule for a folder holds in it and below; the deepest one wins:
///
///     [[folders]]
///     path = "~/work/x"
///     server = "work"
///     account = "ada"
#[derive(Subcommand)]
#[command(verbatim_doc_comment)]
pub(crate) enum Config {
    /// List the settings and their values
    List(ListConfig),
    /// Print the value of a setting
    Get(OneKey),
    /// Set a setting in config.toml; comments in it stay
    Set(SetConfig),
    /// Take a setting out of config.toml
    Unset(OneKey),
    /// Print where config.toml is
    Path,
    /// Open config.toml in your editor; a file with a mistake is not saved
    Edit,
}

#[derive(Args)]
pub(crate) struct ListConfig {
    /// Say of each where its value comes from
    #[arg(long)]
    pub(crate) show_origin: bool,
}

#[derive(Args)]
pub(crate) struct OneKey {
    /// The setting, as `gatepost config list` shows it
    pub(crate) key: String,
}

#[derive(Args)]
pub(crate) struct SetConfig {
    /// The setting: one that `gatepost config list` shows, or servers.NAME.url
    pub(crate) key: String,
    /// Its value
    #[arg(allow_hyphen_values = true)]
    pub(crate) value: String,
}
