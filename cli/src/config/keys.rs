//! The settings that config.toml may hold.

use clap::ValueEnum;

use crate::args::Store;
use crate::{color, values};

/// A setting.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// The variable that says the same.
    pub(crate) variable: &'static str,
    /// What holds where nobody says anything; `None` where that depends on something else.
    pub(crate) default: Option<&'static str>,
    /// What it is, for a person who writes the file.
    pub(crate) what: &'static str,
    /// How it may be written, in the file of a person who has none.
    pub(crate) example: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Server,
    Store,
    Time,
    Switch,
    Color,
}

/// All of them, in the order of their listing.
pub(crate) const KEYS: [Key; 9] = [
    Key {
        name: "server",
        variable: "GATEPOST_SERVER",
        default: None,
        what: "the server's address, or its name under [servers]",
        example: "\"https://api.example.org\"",
        kind: Kind::Server,
    },
    Key {
        name: "account",
        variable: "GATEPOST_ACCOUNT",
        default: None,
        what: "the account at that server",
        example: "\"ada\"",
        kind: Kind::Text,
    },
    Key {
        name: "store",
        variable: "GATEPOST_STORE",
        default: None,
        what: "where sessions are kept: auto, keyring, file, memory",
        example: "\"file\"",
        kind: Kind::Store,
    },
    Key {
        name: "timeout",
        variable: "GATEPOST_TIMEOUT",
        default: Some("30s"),
        what: "how long the server may be silent",
        example: "\"30s\"",
        kind: Kind::Time,
    },
    Key {
        name: "ca_cert",
        variable: "GATEPOST_CA_CERT",
        default: None,
        what: "a PEM file of certificates to trust too",
        example: "\"~/ca.pem\"",
        kind: Kind::Text,
    },
    Key {
        name: "allow_http",
        variable: "GATEPOST_ALLOW_HTTP",
        default: Some("false"),
        what: "whether unencrypted http:// to another machine is allowed",
        example: "false",
        kind: Kind::Switch,
    },
    Key {
        name: "editor",
        variable: "GATEPOST_EDITOR",
        default: None,
        what: "the editor for posts and this file, before $VISUAL and $EDITOR",
        example: "\"code --wait\"",
        kind: Kind::Text,
    },
    Key {
        name: "color",
        variable: "GATEPOST_COLOR",
        default: Some("auto"),
        what: "when to use colours: auto, always, never",
        example: "\"never\"",
        kind: Kind::Color,
    },
    Key {
        name: "pager",
        variable: "GATEPOST_PAGER",
        default: None,
        what: "the program that shows long output, before $PAGER; cat for none",
        example: "\"less -FRX\"",
        kind: Kind::Text,
    },
];

/// The setting of this name.
pub(crate) fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Whether it may be the name of a server.
pub(crate) fn is_name(text: &str) -> bool {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "_-".contains(char);
    !text.is_empty() && text != "localhost" && text.chars().all(is_plain)
}

impl Key {
    /// Whether it may be this; the error is what it must be.
    pub(crate) fn check(&self, text: &str) -> Result<(), &'static str> {
        let is_fine = match self.kind {
            Kind::Text => !text.trim().is_empty(),
            Kind::Server => {
                let is_name = is_name(text);
                is_name || text.starts_with("https://") || text.starts_with("http://")
            }
            Kind::Store => Store::from_str(text, true).is_ok(),
            Kind::Time => values::time(text).is_some(),
            Kind::Switch => values::switch(text).is_some(),
            Kind::Color => color::named(text).is_some(),
        };
        is_fine.then_some(()).ok_or(match self.kind {
            Kind::Text => "it must not be empty",
            Kind::Server => "it must be an address that begins with https:// or http://, or the name of a server",
            Kind::Store => "it must be auto, keyring, file or memory",
            Kind::Time => "it must be a length of time: seconds, or a number with ms, s, m or h; at most a day",
            Kind::Switch => "it must be true or false",
            Kind::Color => "it must be auto, always or never",
        })
    }

    /// A value that it may have, as it is typed, and what else there is to say of them.
    pub(crate) fn advice(&self) -> String {
        let value = self.example.trim_matches('"');
        let value = values::quoted(value);
        let more = match self.kind {
            Kind::Time => "; the longest is 24h, since a server that is gone never answers",
            _ => "",
        };
        format!(
            "for example `gatepost config set {} {value}`{more}",
            self.name
        )
    }

    /// The words that it may be, where there are few.
    pub(crate) fn words(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Store => &["auto", "keyring", "file", "memory"],
            Kind::Switch => &["true", "false"],
            Kind::Color => &["auto", "always", "never"],
            Kind::Text | Kind::Server | Kind::Time => &[],
        }
    }

    /// How it stands in the file.
    pub(super) fn written(&self, text: &str) -> toml_edit::Value {
        match (self.kind, values::switch(text)) {
            (Kind::Switch, Some(is_on)) => is_on.into(),
            _ => text.into(),
        }
    }
}
