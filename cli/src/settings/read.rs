//! What the flags and the environment say, each value checked; config.toml comes after them.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use clap::ValueEnum;
use gatepost_sdk::SecretString;

use super::{NamedBy, Settings, folders};
use crate::args::{Global, Store};
use crate::errors::Failure;
use crate::given::Given;
use crate::headers::Headers;
use crate::{color, values};

impl Settings {
    /// These, with what is wrong in them as the error.
    pub(super) fn read(
        flags: &Global,
        home: Option<&Path>,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Failure> {
        let raw = |name: &str| match env(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(_)) => Err(Failure::usage(format!("{name} is not UTF-8"))),
        };
        // an empty variable is none, as the XDG rules say
        let text = |name: &str| Ok::<_, Failure>(raw(name)?.as_deref().and_then(values::filled));
        let path = |name: &str| folders::path(name, home, &env);
        let store = match (flags.store, text("GATEPOST_STORE")?) {
            (Some(store), _) => Some(store),
            (None, None) => None,
            (None, Some(name)) => Some(Store::from_str(&name, true).map_err(|_| {
                Failure::usage(format!("GATEPOST_STORE is {name:?}"))
                    .hint("use auto, keyring, file or memory")
            })?),
        };
        let allow_http = match text("GATEPOST_ALLOW_HTTP")? {
            None => flags.allow_http,
            Some(text) => {
                let is_allowed = values::switch(&text)
                    .ok_or_else(|| Failure::usage("GATEPOST_ALLOW_HTTP must be 1 or 0"))?;
                flags.allow_http || is_allowed
            }
        };
        if let Some(word) = text("GATEPOST_COLOR")?
            && color::named(&word).is_none()
        {
            return Err(Failure::usage(format!("GATEPOST_COLOR is {word:?}"))
                .hint("use auto, always or never"));
        }
        // a script whose variable is not set must not reach another server by that
        let given = |name: &str, flag: &Option<String>| match flag.as_deref().map(values::filled) {
            Some(None) => Err(Failure::usage(format!("{name} is empty"))
                .hint(format!("give it a value, or leave out {name}"))),
            Some(value) => Ok(value),
            None => Ok(None),
        };
        let account = given("--account", &flags.account)?;
        let (account, account_by) = first(
            "--account",
            account,
            "GATEPOST_ACCOUNT",
            text("GATEPOST_ACCOUNT")?,
        );
        let server = given("--server", &flags.server)?;
        let (server, server_by) = first(
            "--server",
            server,
            "GATEPOST_SERVER",
            text("GATEPOST_SERVER")?,
        );
        let token = token(raw("GATEPOST_TOKEN")?)?;
        if let (Some(_), Some(named)) = (&token, &account_by) {
            return Err(Failure::usage(format!(
                "GATEPOST_TOKEN and {named} contradict each other: the token belongs to one account"
            ))
            .hint(format!("unset GATEPOST_TOKEN, or leave out {named}")));
        }
        Ok(Self {
            server,
            server_by,
            account,
            account_by,
            store,
            allow_http,
            token,
            is_ca_cert_of_config: false,
            ca_cert: flags.ca_cert.clone().or(path("GATEPOST_CA_CERT")),
            timeout: timeout(
                flags.timeout.as_deref(),
                text("GATEPOST_TIMEOUT")?.as_deref(),
            )?,
            headers: headers(&flags.request_header, raw("GATEPOST_REQUEST_HEADER")?)?,
            editor: text("GATEPOST_EDITOR")?,
            locks: path("GATEPOST_LOCK_DIR"),
            config: folders::config(home, &env)?,
            state: folders::state(home, &env)?,
            given: Given::of(flags),
        })
    }
}

/// The value of a flag or else of a variable, and which of them has given it.
fn first(
    flag: &'static str,
    given: Option<String>,
    variable: &'static str,
    set: Option<String>,
) -> (Option<String>, Option<NamedBy>) {
    match (given, set) {
        (Some(value), _) => (Some(value), Some(NamedBy::Given(flag))),
        (None, Some(value)) => (Some(value), Some(NamedBy::Given(variable))),
        (None, None) => (None, None),
    }
}

fn token(text: Option<String>) -> Result<Option<SecretString>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let token = values::token(&text);
    if token.contains(|char: char| !char.is_ascii_graphic()) {
        return Err(Failure::usage(
            "GATEPOST_TOKEN is no access token: there are spaces or other signs in it",
        )
        .hint("set it to what `gatepost token` prints"));
    }
    Ok((!token.is_empty()).then(|| SecretString::from(token)))
}

fn timeout(flag: Option<&str>, variable: Option<&str>) -> Result<Option<Duration>, Failure> {
    let (name, text) = match (flag, variable) {
        (Some(text), _) => ("--timeout", text),
        (None, Some(text)) => ("GATEPOST_TIMEOUT", text),
        (None, None) => return Ok(None),
    };
    values::time(text).map(Some).ok_or_else(|| {
        Failure::usage(format!("{name} is {text:?}, which is no length of time"))
            .hint("write seconds, or a number with ms, s, m or h; at most a day")
    })
}

fn headers(flags: &[String], variable: Option<String>) -> Result<Headers, Failure> {
    let mut headers = Headers::default();
    let mut add = |name: &str, lines: &str| {
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            headers.add(line).map_err(|why| {
                Failure::usage(format!("{name} {why}")).hint("for example X-Gateway-Key:VALUE")
            })?;
        }
        Ok::<_, Failure>(())
    };
    let variable = variable.unwrap_or_default();
    let variable = ("GATEPOST_REQUEST_HEADER", values::value(&variable));
    let flags = flags.iter().map(|flag| ("--request-header", flag.as_str()));
    for (name, given) in std::iter::once(variable).chain(flags) {
        let Some(file) = given.strip_prefix('@') else {
            add(name, given)?;
            continue;
        };
        let read = values::file(Path::new(file)).map_err(|error| values::why(&error).into_owned());
        let text = read.and_then(|bytes| values::text(bytes).ok_or("it is not UTF-8".to_owned()));
        let text = text.map_err(|why| {
            Failure::usage(format!("{name} @{file} can't be read: {why}"))
                .hint("name a file with a header in each line, NAME:VALUE")
        })?;
        add(&format!("{name} @{file}"), &text)?;
    }
    Ok(headers)
}

/// What a variable says, for a person who looks where a value comes from.
pub(crate) fn variable(name: &str) -> Option<String> {
    values::filled(&std::env::var_os(name)?.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(flags: &Global, env: &[(&str, &str)]) -> Result<Settings, Failure> {
        Settings::read(flags, Some(Path::new("/home/ada")), |name| {
            let found = env.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn a_flag_wins_over_the_environment() {
        let env = [
            ("GATEPOST_SERVER", "http://e"),
            ("GATEPOST_STORE", "file"),
            ("GATEPOST_ACCOUNT", ""),
        ];
        let flags = Global {
            server: Some("http://f".into()),
            ..Global::default()
        };
        let settings = read(&flags, &env).unwrap();
        assert_eq!(settings.server.as_deref(), Some("http://f"));
        assert_eq!(settings.store, Some(Store::File));
        assert_eq!(settings.account, None);
        assert!(read(&Global::default(), &[("GATEPOST_STORE", "disk")]).is_err());
        assert!(read(&Global::default(), &[("GATEPOST_ALLOW_HTTP", "maybe")]).is_err());
    }

    #[test]
    fn variables_are_taken_as_files_and_pipes_give_them() {
        let env = [
            ("GATEPOST_SERVER", "\"https://a.example\"\r\n"),
            ("GATEPOST_ACCOUNT", "\u{feff}ada\n"),
            ("GATEPOST_STORE", " File\r"),
            ("GATEPOST_ALLOW_HTTP", "true\r\n"),
            ("GATEPOST_CA_CERT", "'~/ca.pem'\r"),
            ("GATEPOST_TIMEOUT", "5s\n"),
            ("GATEPOST_REQUEST_HEADER", "A: 1\r\n\r\nb:2"),
        ];
        let settings = read(&Global::default(), &env).unwrap();
        assert_eq!(settings.server.as_deref(), Some("https://a.example"));
        assert_eq!(settings.account.as_deref(), Some("ada"));
        assert_eq!(settings.store, Some(Store::File));
        assert!(settings.allow_http);
        assert_eq!(settings.ca_cert, Some("/home/ada/ca.pem".into()));
        assert_eq!(settings.timeout, Some(Duration::from_secs(5)));
        let headers: Vec<_> = settings.headers.iter().collect();
        assert_eq!(headers, [("a", "1"), ("b", "2")]);
        let blank = [
            ("GATEPOST_SERVER", "\r\n"),
            ("GATEPOST_TOKEN", " \n"),
            ("GATEPOST_CA_CERT", "''"),
        ];
        let settings = read(&Global::default(), &blank).unwrap();
        assert!(
            settings.server.is_none() && settings.token.is_none() && settings.ca_cert.is_none()
        );
    }

    #[test]
    fn a_token_is_taken_as_it_is_copied_and_is_alone() {
        use gatepost_sdk::ExposeSecret;
        let token = |text| read(&Global::default(), &[("GATEPOST_TOKEN", text)]);
        for text in ["x.y.z\n", "Bearer x.y.z", "\"x.y.z\"\r\n"] {
            let token = token(text).unwrap().token.unwrap();
            assert_eq!(token.expose_secret(), "x.y.z");
        }
        let failure = token("x.y z").err().unwrap();
        assert!(!failure.message().contains("x.y"));
        let flags = Global {
            account: Some("ada".into()),
            ..Global::default()
        };
        let failure = read(&flags, &[("GATEPOST_TOKEN", "x")]).err().unwrap();
        assert!(failure.message().contains("--account"));
        let env = [("GATEPOST_TOKEN", "x"), ("GATEPOST_ACCOUNT", "ada")];
        let failure = read(&Global::default(), &env).err().unwrap();
        assert!(failure.message().contains("GATEPOST_ACCOUNT"));
    }

    #[test]
    fn the_flags_are_repeated_as_a_shell_reads_them() {
        let flags = Global {
            server: Some("https://a.example".into()),
            account: Some("it's".into()),
            store: Some(Store::File),
            allow_http: true,
            ..Global::default()
        };
        let given = read(&flags, &[]).unwrap().given;
        assert_eq!(given.server, " --server https://a.example --allow-http");
        assert_eq!(given.account, r" --account 'it'\''s'");
        assert_eq!(given.store, " --store file");
    }

    #[cfg(unix)]
    #[test]
    fn folders_are_those_of_the_xdg_rules() {
        let settings = read(&Global::default(), &[("XDG_STATE_HOME", "relative")]).unwrap();
        assert_eq!(settings.config.to_str(), Some("/home/ada/.config/gatepost"));
        assert_eq!(
            settings.state.to_str(),
            Some("/home/ada/.local/state/gatepost")
        );
        let env = [("XDG_CONFIG_HOME", "/c"), ("GATEPOST_STATE_DIR", "/s")];
        let settings = read(&Global::default(), &env).unwrap();
        assert_eq!(settings.config.to_str(), Some("/c/gatepost"));
        assert_eq!(settings.state.to_str(), Some("/s"));
    }
}
