//! The flags that were given and that the next command needs too, as a shell reads them.

use crate::args::{Global, Store};
use crate::values;

/// The flags that were given and that the next command needs too.
#[derive(Clone, Default)]
pub(crate) struct Given {
    /// How the server is reached.
    pub(crate) server: String,
    pub(crate) account: String,
    pub(crate) store: String,
}

impl Given {
    pub(crate) fn of(flags: &Global) -> Self {
        let path = flags
            .ca_cert
            .as_ref()
            .map(|path| path.display().to_string());
        let flag = |flag: &str, value: Option<&str>| {
            let value = value.map(|value| format!(" {flag} {}", values::quoted(value)));
            value.unwrap_or_default()
        };
        let allow_http = if flags.allow_http {
            " --allow-http"
        } else {
            ""
        };
        Self {
            server: flag("--server", flags.server.as_deref())
                + &flag("--ca-cert", path.as_deref())
                + allow_http,
            account: flag("--account", flags.account.as_deref()),
            // what is kept nowhere is of no use to the next
            store: flag(
                "--store",
                flags
                    .store
                    .filter(|store| *store != Store::Memory)
                    .map(Store::name),
            ),
        }
    }
}
