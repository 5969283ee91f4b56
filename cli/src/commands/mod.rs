//! The commands, one a file.

mod accounts;
mod api;
mod completions;
mod config;
mod doctor;
mod drafts;
mod fields;
mod login;
mod logout;
mod man;
mod overruled;
mod password;
mod posts;
mod profile;
mod register;
mod sessions;
mod status;
mod switch;
mod token;
#[cfg(unix)]
pub(crate) mod tui;

pub(crate) use completions::{complete, completions};
pub(crate) use config::config;
pub(crate) use fields::fields;
pub(crate) use man::man;
pub(crate) use posts::unsent;

use crate::args::{Command, Drafts, Posts};
use crate::context::Context;
use crate::errors::Failure;

/// Runs a command to its end.
pub(crate) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Register(args) => register::run(args, context).await,
        Command::Login(args) => login::run(args, context).await,
        Command::Logout(args) => logout::run(&args, context).await,
        Command::Status(args) => status::run(&args, context).await,
        Command::Token(args) => token::run(&args, context).await,
        Command::Profile(args) => profile::run(args, context).await,
        Command::Sessions(args) => sessions::run(&args, context).await,
        Command::Password(args) => password::run(&args, context).await,
        Command::Accounts => accounts::run(context),
        Command::Switch(args) => switch::run(args, context).await,
        Command::Api(args) => api::run(&args, context).await,
        Command::Doctor(args) => doctor::run(&args, context).await,
        // main.rs has done it: they need nothing of this
        Command::Config(_) | Command::Completions(_) | Command::Man(_) | Command::Help(_) => Ok(()),
        // it has the whole terminal, and its own threads: see main.rs
        #[cfg(unix)]
        Command::Tui(_) => Ok(()),
        Command::Drafts(Drafts::List) => drafts::list(context),
        Command::Drafts(Drafts::Show(args)) => drafts::show(&args, context),
        Command::Drafts(Drafts::Discard(args)) => drafts::discard(&args, context).await,
        Command::Posts(Posts::List(args)) => posts::list::run(&args, context).await,
        Command::Posts(Posts::Search(args)) => posts::list::run(&args.into(), context).await,
        Command::Posts(Posts::View(args)) => posts::view::run(&args, context).await,
        Command::Posts(Posts::Create(args)) => posts::create::run(args, context).await,
        Command::Posts(Posts::Edit(args)) => posts::edit::run(args, context).await,
        Command::Posts(Posts::Delete(args)) => posts::delete::run(&args, context).await,
    }
}
