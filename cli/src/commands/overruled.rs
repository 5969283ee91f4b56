//! What is chosen by a login or a switch, and overruled by config.toml.

use crate::args::Global;
use crate::settings::{NamedBy, Settings};

/// Says that commands go on using another server or account than the one that was just chosen, since config.toml names
/// it.
pub(super) fn warn(server: &str, user: &str) {
    let Ok(settings) = Settings::load(&Global::default()) else {
        return;
    };
    let is_other = |named: &Option<String>, chosen: &str| {
        let named = named.as_deref().map(|named| named.trim_end_matches('/'));
        named.is_some_and(|named| named != chosen)
    };
    let of_file = |by: &Option<NamedBy>| match by {
        Some(by @ (NamedBy::Folder(_) | NamedBy::Config)) => Some(by.to_string()),
        _ => None,
    };
    let overruled = match (of_file(&settings.server_by), of_file(&settings.account_by)) {
        (Some(by), _) if is_other(&settings.server, server) => {
            Some((by, "server", settings.server))
        }
        (_, Some(by)) if is_other(&settings.account, user) => {
            Some((by, "account", settings.account))
        }
        _ => None,
    };
    if let Some((by, what, Some(named))) = overruled {
        crate::output::warn(&format!(
            "warning: {by} names the {what} {named}, and commands go on using that"
        ));
    }
}
