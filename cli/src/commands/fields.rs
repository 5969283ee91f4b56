//! The fields of what each command prints with `--json`: for `--json=?`, and to refuse a wrong name before anything is
//! done.

use crate::args::{Command, Config, Drafts, Posts, ProfileCommand, SessionsCommand};

const POST: &[&str] = &[
    "id",
    "title",
    "content",
    "author",
    "created_at",
    "updated_at",
];
const USER: &[&str] = &["id", "username", "email", "first_name", "last_name"];

/// The fields of a command's JSON; `None` where they are the server's, or it prints none.
pub(crate) fn fields(command: &Command) -> Option<&'static [&'static str]> {
    Some(match command {
        Command::Register(_) => &USER[1..],
        Command::Login(_) | Command::Switch(_) => &["server", "user", "store"],
        Command::Logout(_) => &["server", "user", "revoked"],
        Command::Status(_) => super::status::FIELDS,
        Command::Token(args) if args.verify => &["valid", "expires_at"],
        Command::Token(_) => &["access", "header", "expires_at"],
        Command::Profile(args) => match args.command {
            None | Some(ProfileCommand::Edit(_)) => USER,
            Some(ProfileCommand::Delete(_)) => &["server", "user", "deleted"],
        },
        Command::Sessions(args) => match args.command {
            None => &[
                "id",
                "begun",
                "last_refreshed",
                "expires",
                "label",
                "current",
            ],
            Some(SessionsCommand::End(_)) => &["id", "ended"],
            Some(SessionsCommand::EndOthers) => &["ended"],
        },
        Command::Password(_) => &["changed"],
        Command::Accounts => &["server", "user", "store", "current"],
        Command::Drafts(Drafts::List) => &["id", "post", "title", "saved"],
        Command::Drafts(Drafts::Show(_)) => &["id", "post", "title", "saved", "content"],
        Command::Drafts(Drafts::Discard(_)) => &["id", "discarded"],
        Command::Posts(
            Posts::List(_) | Posts::Search(_) | Posts::View(_) | Posts::Create(_) | Posts::Edit(_),
        ) => POST,
        Command::Posts(Posts::Delete(_)) => &["id", "deleted"],
        Command::Config(Config::List(_)) => &["key", "value", "origin"],
        Command::Doctor(_) => &[
            "version",
            "system",
            "server",
            "account",
            "store",
            "kind",
            "features",
            "rotation",
            "clock_skew",
            "findings",
        ],
        Command::Api(_)
        | Command::Config(_)
        | Command::Completions(_)
        | Command::Man(_)
        | Command::Help(_) => return None,
        #[cfg(unix)]
        Command::Tui(_) => return None,
    })
}
