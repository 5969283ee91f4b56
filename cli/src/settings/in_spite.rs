//! The settings where some of them are wrong, for what finds out why something does not work.

use std::ffi::OsString;
use std::path::Path;

use super::Settings;
use crate::args::Global;
use crate::config::Config;
use crate::errors::Failure;

/// The variables whose values may be wrong.
const CHECKED: [&str; 9] = [
    "GATEPOST_TOKEN",
    "GATEPOST_STORE",
    "GATEPOST_ALLOW_HTTP",
    "GATEPOST_TIMEOUT",
    "GATEPOST_REQUEST_HEADER",
    "GATEPOST_SERVER",
    "GATEPOST_ACCOUNT",
    "GATEPOST_EDITOR",
    "GATEPOST_COLOR",
];

impl Settings {
    /// The settings and what is wrong with them: a variable or a file that can't be read says nothing.
    pub(crate) fn in_spite(flags: &Global) -> Result<(Self, Vec<Failure>), Failure> {
        let home = std::env::home_dir();
        let (settings, mut mistakes) =
            Self::read_in_spite(flags, home.as_deref(), |name| std::env::var_os(name))?;
        let config = Config::load(&settings.config, home.as_deref());
        let config = config.unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            Config::default()
        });
        let here = std::env::current_dir().ok();
        let all = settings
            .clone()
            .over(&config, here.as_deref(), home.as_deref(), |name| {
                std::env::var_os(name)
            });
        let all = all.unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            settings
        });
        Ok((all, mistakes))
    }

    fn read_in_spite(
        flags: &Global,
        home: Option<&Path>,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> Result<(Self, Vec<Failure>), Failure> {
        let (mut wrong, mut mistakes) = (Vec::new(), Vec::new());
        loop {
            let said = |name: &str| env(name).filter(|_| !wrong.contains(&name));
            let mistake = match Self::read(flags, home, said) {
                Ok(settings) => return Ok((settings, mistakes)),
                Err(mistake) => mistake,
            };
            // the one that the sentence begins with, or names
            let named = CHECKED
                .iter()
                .find(|name| mistake.message().contains(*name));
            let Some(name) = named.filter(|name| !wrong.contains(*name)) else {
                return Err(mistake);
            };
            wrong.push(*name);
            mistakes.push(mistake);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_noted_and_the_rest_holds() {
        let env = [
            ("GATEPOST_SERVER", "http://e"),
            ("GATEPOST_STORE", "disk"),
            ("GATEPOST_TIMEOUT", "soon"),
        ];
        let value = |name: &str| {
            let found = env.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let home = Some(Path::new("/home/ada"));
        let (settings, mistakes) =
            Settings::read_in_spite(&Global::default(), home, value).unwrap();
        assert_eq!(settings.server.as_deref(), Some("http://e"));
        assert_eq!(settings.store, None);
        let mistakes: Vec<_> = mistakes.iter().map(Failure::message).collect();
        assert!(mistakes[0].contains("GATEPOST_STORE") && mistakes[1].contains("GATEPOST_TIMEOUT"));
        let flags = Global {
            timeout: Some("soon".into()),
            ..Global::default()
        };
        assert!(Settings::read_in_spite(&flags, home, value).is_err());
    }
}
