//! How the terminal is, and how a person wants it: what must be known before the arguments are read.

use std::ffi::OsString;

use super::folders;
use crate::config::Config;

/// What a person has set about what is shown. Here nothing is wrong: what can't be read says nothing, and the command
/// itself says why.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    /// When there are colours: auto, always, never.
    pub(crate) color: Option<String>,
    /// What config.toml names to show long output.
    pub(crate) pager: Option<String>,
}

/// What the environment and config.toml say of it.
pub(crate) fn shown() -> Shown {
    let home = std::env::home_dir();
    let env = |name: &str| std::env::var_os(name);
    let folder = folders::config(home.as_deref(), &env);
    let config = folder.and_then(|folder| Config::load(&folder, home.as_deref()));
    shown_by(&config.unwrap_or_default(), env)
}

fn shown_by(config: &Config, env: impl Fn(&str) -> Option<OsString>) -> Shown {
    let said = |name: &str| env(name).filter(|value| !value.is_empty());
    let word = said("GATEPOST_COLOR").map(|word| word.to_string_lossy().trim().to_owned());
    // the variables of all programs are nearer than a file; they count where nothing is said here
    let is_wanted = |color: &str| match color {
        "always" => said("NO_COLOR").is_none() && said("CLICOLOR").is_none_or(|on| on != "0"),
        _ => said("CLICOLOR_FORCE").is_none_or(|on| on == "0"),
    };
    let set = config.get("color").filter(|color| is_wanted(color));
    Shown {
        color: word.or(set.map(str::to_owned)),
        pager: config.get("pager").map(str::to_owned),
    }
}

/// What the terminal is called, and what it says of its colours.
#[cfg(unix)]
pub(crate) fn terminal() -> (String, String) {
    let named = |name| {
        let value = std::env::var_os(name).unwrap_or_default();
        value.to_string_lossy().into_owned()
    };
    (named("TERM"), named("COLORTERM"))
}

/// Whether the terminal can't move its cursor.
#[cfg(unix)]
pub(crate) fn is_dumb_terminal() -> bool {
    std::env::var_os("TERM").is_some_and(|value| value == "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_wins_over_the_file() {
        let shown = |text: &str, env: &[(&str, &str)]| {
            let config = Config::parse(text, None).unwrap();
            shown_by(&config, |name| {
                let found = env.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| OsString::from(value))
            })
        };
        let color = |text: &str, env: &[(&str, &str)]| shown(text, env).color;
        let (always, never) = ("color = 'always'", "color = 'never'");
        assert_eq!(color(always, &[]).as_deref(), Some("always"));
        assert_eq!(color(always, &[("NO_COLOR", "1")]), None);
        assert_eq!(color(always, &[("CLICOLOR", "0")]), None);
        assert_eq!(color(never, &[("NO_COLOR", "1")]).as_deref(), Some("never"));
        assert_eq!(color(never, &[("CLICOLOR_FORCE", "1")]), None);
        let own = [("GATEPOST_COLOR", "auto"), ("NO_COLOR", "1")];
        assert_eq!(color(never, &own).as_deref(), Some("auto"));
        let pager = shown("pager = 'most'", &own).pager;
        assert_eq!(pager.as_deref(), Some("most"));
    }
}
