//! What config.toml says, below the flags and the environment.

use std::ffi::OsString;
use std::path::Path;

use clap::ValueEnum;

use super::{NamedBy, Settings};
use crate::args::Store;
use crate::config::{self, Config};
use crate::errors::Failure;
use crate::values;

impl Settings {
    /// These over what config.toml says.
    pub(super) fn over(
        mut self,
        config: &Config,
        here: Option<&Path>,
        home: Option<&Path>,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Failure> {
        self.name_server_and_account(config, here)?;
        let store = config.get("store");
        let store = store.and_then(|name| Store::from_str(name, true).ok());
        self.store = self.store.or(store);
        self.timeout = self
            .timeout
            .or(config.get("timeout").and_then(values::time));
        self.editor = self.editor.or(config.get("editor").map(str::to_owned));
        let ca_cert = config.get("ca_cert");
        // beside the file, wherever the command is run
        let ca_cert = ca_cert.map(|path| self.config.join(config::in_home(path, home)));
        self.is_ca_cert_of_config = self.ca_cert.is_none() && ca_cert.is_some();
        self.ca_cert = self.ca_cert.or(ca_cert);
        let is_said = env("GATEPOST_ALLOW_HTTP").is_some_and(|value| !value.is_empty());
        let is_allowed = config.get("allow_http").and_then(values::switch);
        self.allow_http |= !is_said && is_allowed == Some(true);
        Ok(self)
    }

    /// The server and the account, where flags and environment do not name them. An account that is named less closely
    /// than the server is of another server, unless that is the same one.
    fn name_server_and_account(
        &mut self,
        config: &Config,
        here: Option<&Path>,
    ) -> Result<(), Failure> {
        if let Some(server) = &self.server {
            self.server = Some(config.address(server)?);
        }
        let whole = (None, config.get("server"), config.get("account"));
        let rules = config.rules(here).into_iter().map(|rule| {
            let by = Some(rule.path.as_str());
            (by, rule.server.as_deref(), rule.account.as_deref())
        });
        let layers: Vec<Layer> = rules.chain([whole]).collect();
        let by = |path: Option<&str>| match path {
            Some(path) => NamedBy::Folder(path.to_owned()),
            None => NamedBy::Config,
        };
        if let (None, Some((at, server))) = (&self.server, server_of(&layers)) {
            self.server = Some(config.address(server)?);
            self.server_by = Some(by(layers[at].0));
        }
        if self.account.is_some() || self.token.is_some() {
            return Ok(());
        }
        for (at, (path, _, account)) in layers.iter().enumerate() {
            let its_server = server_of(&layers[at..]).map(|(_, server)| config.address(server));
            let its_server = its_server.transpose()?;
            if let Some(account) = account
                && its_server.as_deref().map(bare) == self.server.as_deref().map(bare)
            {
                self.account = Some((*account).to_owned());
                self.account_by = Some(by(*path));
                break;
            }
        }
        Ok(())
    }
}

/// A rule or the whole file: the folder, the server, the account.
type Layer<'c> = (Option<&'c str>, Option<&'c str>, Option<&'c str>);

/// The first server that is named, and where.
fn server_of<'c>(layers: &[Layer<'c>]) -> Option<(usize, &'c str)> {
    let named = layers.iter().enumerate();
    let mut named = named.filter_map(|(at, (_, server, _))| Some((at, (*server)?)));
    named.next()
}

/// An address without its final slash.
fn bare(address: &str) -> &str {
    address.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::args::Global;

    fn over(flags: &Global, env: &[(&str, &str)], config: &str, here: &str) -> Settings {
        let home = Some(Path::new("/home/ada"));
        let config = Config::parse(config, home).unwrap();
        let value = |name: &str| {
            let found = env.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let settings = Settings::read(flags, home, value).unwrap();
        let settings = settings.over(&config, Some(Path::new(here)), home, value);
        settings.unwrap()
    }

    #[test]
    fn config_toml_is_below_the_environment() {
        let config =
            "store = 'file'\ntimeout = 9\nallow_http = true\nca_cert = 'a.pem'\neditor = 'ed'";
        let settings = over(&Global::default(), &[], config, "/");
        assert_eq!(settings.store, Some(Store::File));
        assert_eq!(settings.timeout, Some(Duration::from_secs(9)));
        assert_eq!(settings.editor.as_deref(), Some("ed"));
        assert!(settings.allow_http);
        let beside = Path::new("/home/ada/.config/gatepost/a.pem");
        assert_eq!(settings.ca_cert.as_deref(), Some(beside));
        let env = [
            ("GATEPOST_STORE", "keyring"),
            ("GATEPOST_TIMEOUT", "1"),
            ("GATEPOST_ALLOW_HTTP", "0"),
            ("GATEPOST_CA_CERT", "/b.pem"),
            ("GATEPOST_EDITOR", "vi"),
        ];
        let settings = over(&Global::default(), &env, config, "/");
        assert_eq!(settings.store, Some(Store::Keyring));
        assert_eq!(settings.timeout, Some(Duration::from_secs(1)));
        assert_eq!(settings.editor.as_deref(), Some("vi"));
        assert!(!settings.allow_http);
        assert_eq!(settings.ca_cert.as_deref(), Some(Path::new("/b.pem")));
    }

    #[test]
    fn the_deepest_folder_names_server_and_account_unless_more_is_said() {
        let config = "server = 'home'\naccount = 'ada'\n[servers.home]\nurl = 'https://h'\n[servers.work]\nurl = 'https://w'\n[[folders]]\npath = '/w'\nserver = 'work'\naccount = 'bo'\n[[folders]]\npath = '/w/x'\naccount = 'cy'\n[[folders]]\npath = '/w/y'\nserver = 'home'";
        let named = |flags: &Global, env: &[(&str, &str)], here: &str| {
            let settings = over(flags, env, config, here);
            let by = settings.account_by.map(|by| by.to_string());
            (settings.server.unwrap(), settings.account, by)
        };
        let is = |server: &str, account: Option<&str>, by: Option<&str>| {
            (
                server.to_owned(),
                account.map(str::to_owned),
                by.map(str::to_owned),
            )
        };
        let none = Global::default();
        let rule = |path: &str| format!("the rule for {path} in config.toml");
        let file = Some("config.toml");
        assert_eq!(named(&none, &[], "/"), is("https://h", Some("ada"), file));
        let of_w = is("https://w", Some("bo"), Some(&rule("/w")));
        assert_eq!(named(&none, &[], "/w/z"), of_w);
        let of_x = is("https://w", Some("cy"), Some(&rule("/w/x")));
        assert_eq!(named(&none, &[], "/w/x"), of_x);
        // the account of the folder above is of another server
        assert_eq!(
            named(&none, &[], "/w/y"),
            is("https://h", Some("ada"), file)
        );
        let elsewhere = [("GATEPOST_SERVER", "https://e")];
        assert_eq!(named(&none, &elsewhere, "/w"), is("https://e", None, None));
        let work = Global {
            server: Some("work".into()),
            ..Global::default()
        };
        assert_eq!(named(&work, &elsewhere, "/w").1.as_deref(), Some("bo"));
        assert_eq!(named(&work, &[], "/"), is("https://w", None, None));
        let account = [("GATEPOST_ACCOUNT", "eve")];
        let said = is("https://w", Some("eve"), Some("GATEPOST_ACCOUNT"));
        assert_eq!(named(&none, &account, "/w"), said);
        // a token is of one account, whichever
        let token = [("GATEPOST_TOKEN", "x.y.z")];
        assert_eq!(named(&none, &token, "/w").1, None);
    }
}
