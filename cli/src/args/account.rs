//! The arguments about one's own account: `gatepost profile`, `sessions` and `password`; and how a password comes in.

use clap::{Args, Subcommand};

/// How the password comes in: never as an argument, which others can see.
#[derive(Args)]
pub(crate) struct Password {
    /// Read the password from stdin; a final newline is dropped
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Args)]
pub(crate) struct Profile {
    #[command(subcommand)]
    pub(crate) command: Option<ProfileCommand>,
}

#[derive(Subcommand)]
pub(crate) enum ProfileCommand {
    /// Change your name or e-mail address
    Edit(EditProfile),
    /// Delete your account, with its posts and sessions
    Delete(DeleteProfile),
}

#[derive(Args)]
pub(crate) struct EditProfile {
    /// The first name; '' for none
    #[arg(long)]
    pub(crate) first_name: Option<String>,
    /// The last name; '' for none
    #[arg(long)]
    pub(crate) last_name: Option<String>,
    /// The e-mail address; '' for none
    #[arg(long)]
    pub(crate) email: Option<String>,
}

#[derive(Args)]
pub(crate) struct DeleteProfile {
    /// Do not ask whether to delete it
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Args)]
pub(crate) struct Sessions {
    #[command(subcommand)]
    pub(crate) command: Option<SessionsCommand>,
}

#[derive(Subcommand)]
pub(crate) enum SessionsCommand {
    /// End one of your sessions
    End(EndSession),
    /// End all your sessions but this one
    EndOthers,
}

#[derive(Args)]
pub(crate) struct EndSession {
    /// The session's id, or its beginning
    pub(crate) id: String,
}

#[derive(Args)]
pub(crate) struct ChangePassword {
    /// Read the old password from the first line of stdin, and the new one from the second
    #[arg(long)]
    pub(crate) passwords_stdin: bool,
}
