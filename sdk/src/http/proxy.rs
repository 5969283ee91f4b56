//! Which proxy is used: the one that was given, that of the environment, or none.

use std::net::IpAddr;

use ipnet::IpNet;
use reqwest::Url;

use super::address::is_loopback;
use super::environment::Environment;
use crate::error::{Error, Result};
use crate::unreachable::ProxyInUse;

/// What was asked for.
#[derive(Clone, Default)]
pub(crate) enum Choice {
    /// What the environment says.
    #[default]
    Environment,
    /// None.
    None,
    /// The one at this address.
    Given(String),
}

/// A proxy with its name and password, and without them.
pub(super) struct Chosen {
    pub(super) url: Url,
    pub(super) shown: ProxyInUse,
}

/// The proxy for a server.
pub(super) fn choose(
    choice: &Choice,
    base: &Url,
    environment: Environment,
) -> Result<Option<Chosen>> {
    let (text, variable) = match choice {
        Choice::None => return Ok(None),
        Choice::Given(text) => (text.clone(), None),
        // a proxy of the environment has no business with what stays on this machine
        Choice::Environment if is_loopback(base) => return Ok(None),
        Choice::Environment => match of_environment(base.scheme(), environment) {
            Some((text, variable)) => (text, Some(variable)),
            None => return Ok(None),
        },
    };
    if variable.is_some() {
        let none_for = ["no_proxy", "NO_PROXY"].into_iter().find_map(environment);
        if none_for.is_some_and(|entries| is_listed(base, &entries)) {
            return Ok(None);
        }
    }
    let text = text.trim();
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    // what does not parse may hold a password: it is not shown
    let of = variable.map_or("that was given".to_owned(), |variable| {
        format!("in {variable}")
    });
    let refuse = |what: &str| {
        let hint = format!(
            "write it as http://HOST:PORT{}",
            variable.map_or(String::new(), |variable| format!(", or unset {variable}"))
        );
        Error::config(format!("the proxy {of} {what}")).with_hint(hint)
    };
    let url = Url::parse(&with_scheme).map_err(|_| refuse("is not an address"))?;
    if !matches!(
        url.scheme(),
        "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h"
    ) {
        return Err(refuse("has a scheme that no proxy speaks here"));
    }
    let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
        return Err(refuse("names no host"));
    };
    let port = url.port_or_known_default();
    let port = port.map_or(String::new(), |port| format!(":{port}"));
    let shown = ProxyInUse {
        url: format!("{}://{host}{port}", url.scheme()),
        variable,
    };
    Ok(Some(Chosen { url, shown }))
}

/// The variable that names the proxy. One that is empty turns it off, as people write `https_proxy= command`.
fn of_environment(scheme: &str, environment: Environment) -> Option<(String, &'static str)> {
    let names: &[&'static str] = if scheme == "https" {
        &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    } else if environment("REQUEST_METHOD").is_some() {
        // under CGI this variable is the header Proxy of whoever asks
        &["http_proxy", "all_proxy", "ALL_PROXY"]
    } else {
        &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]
    };
    let set = names
        .iter()
        .find_map(|name| Some((environment(name)?, *name)));
    set.filter(|(text, _)| !text.trim().is_empty())
}

/// Whether a server is listed in `NO_PROXY`, as people write it for curl, Go and Python: names, which stand for all
/// below them, with or without `.` or `*.` before; addresses and networks; a port after each; `*` for everything.
fn is_listed(base: &Url, entries: &str) -> bool {
    let host = base.host_str().unwrap_or_default().trim_end_matches('.');
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = base.port_or_known_default();
    let entries = entries.split(|c: char| c == ',' || c == ';' || c.is_whitespace());
    entries
        .filter(|entry| !entry.is_empty())
        .any(|entry| is_meant(host, port, &entry.to_lowercase()))
}

fn is_meant(host: &str, port: Option<u16>, entry: &str) -> bool {
    let entry = entry.split_once("://").map_or(entry, |(_, rest)| rest);
    if let (Ok(ip), Ok(network)) = (host.parse::<IpAddr>(), entry.parse::<IpNet>()) {
        return network.contains(&ip);
    }
    let entry = entry.split('/').next().unwrap_or_default();
    let (name, only_port) = split_port(entry);
    if only_port.is_some() && only_port != port {
        return false;
    }
    if let Ok(ip) = host.parse::<IpAddr>() {
        return match name.parse::<IpAddr>() {
            Ok(entry) => ip == entry,
            Err(_) => {
                name == "*" || name.ends_with(".*") && host.starts_with(&name[..name.len() - 1])
            }
        };
    }
    let name = name.trim_start_matches('*').trim_matches('.');
    if name.is_empty() {
        return entry.starts_with('*');
    }
    // names of other scripts are compared as they are asked for
    let ascii = Url::parse(&format!("http://{name}/"));
    let ascii = ascii.as_ref().ok().and_then(|url| url.host_str());
    let name = ascii.unwrap_or(name);
    host == name
        || host
            .strip_suffix(name)
            .is_some_and(|rest| rest.ends_with('.'))
}

/// The name and the port of `name:port`, `[::1]:port`, `::1`.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    if let Some((name, rest)) = entry
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        return (
            name,
            rest.strip_prefix(':').and_then(|port| port.parse().ok()),
        );
    }
    match entry.split_once(':') {
        Some((name, port)) if !port.contains(':') => (name, port.parse().ok()),
        _ => (entry, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(address: &str, entries: &str) -> bool {
        is_listed(&Url::parse(address).unwrap(), entries)
    }

    #[test]
    fn no_proxy_is_read_as_people_write_it() {
        let server = "https://api.example.org:8443";
        for entries in [
            "api.example.org",
            "example.org",
            ".example.org",
            "*.example.org",
            "*",
            "localhost,127.0.0.1,example.org",
            "localhost, 127.0.0.1, .EXAMPLE.org ",
            "localhost 127.0.0.1 example.org",
            "example.org:8443",
            "example.org.",
            "https://api.example.org",
            "api.example.org:8443/",
        ] {
            assert!(listed(server, entries), "{entries}");
        }
        for entries in [
            "",
            ",",
            "ample.org",
            "other.example.org",
            "api.example.org.evil",
            "example.org:443",
            "10.0.0.0/8",
            "org.example",
            ".",
        ] {
            assert!(!listed(server, entries), "{entries}");
        }
        assert!(listed("https://bücher.example", "bücher.example"));
    }

    #[test]
    fn addresses_and_networks_are_read_as_well() {
        for (address, entries) in [
            ("http://10.1.2.3:8000", "10.1.2.3"),
            ("http://10.1.2.3:8000", "10.0.0.0/8"),
            ("http://10.1.2.3:8000", "10.1.2.3:8000"),
            ("http://10.1.2.3:8000", "10.*"),
            ("http://[fd00::1]:8000", "fd00::1"),
            ("http://[fd00::1]:8000", "[fd00::1]"),
            ("http://[fd00::1]:8000", "[fd00::1]:8000"),
            ("http://[fd00::1]:8000", "fd00::/8"),
            ("http://10.1.2.3", "*"),
        ] {
            assert!(listed(address, entries), "{address} {entries}");
        }
        for (address, entries) in [
            ("http://10.1.2.3:8000", "10.1.2.4"),
            ("http://10.1.2.3:8000", "10.1.2.3:80"),
            ("http://10.1.2.3", "192.168.0.0/16"),
            ("http://110.1.2.3", "10.*"),
            ("http://10.1.2.3", "2.3"),
        ] {
            assert!(!listed(address, entries), "{address} {entries}");
        }
    }

    fn chosen(address: &str, variables: &[(&str, &str)]) -> Result<Option<Chosen>> {
        let environment = |name: &str| {
            let set = variables.iter().find(|(set, _)| *set == name);
            set.map(|(_, value)| (*value).to_owned())
        };
        choose(
            &Choice::Environment,
            &Url::parse(address).unwrap(),
            &environment,
        )
    }

    #[test]
    fn the_environment_names_the_proxy_of_a_scheme() {
        let of = |address: &str, variables: &[(&str, &str)]| {
            let found = chosen(address, variables).unwrap()?;
            Some(format!(
                "{} {}",
                found.shown.url,
                found.shown.variable.unwrap()
            ))
        };
        let (https, http) = ("https://a.example", "http://a.example");
        let both = [("HTTPS_PROXY", "p:1"), ("http_proxy", "http://q:2/")];
        assert_eq!(of(https, &both).as_deref(), Some("http://p:1 HTTPS_PROXY"));
        assert_eq!(of(http, &both).as_deref(), Some("http://q:2 http_proxy"));
        let all = [("ALL_PROXY", "socks5://ada:secret@p:3")];
        assert_eq!(of(https, &all).as_deref(), Some("socks5://p:3 ALL_PROXY"));
        assert_eq!(of("http://127.0.0.1:9", &all), None);
        assert_eq!(
            of(https, &[("https_proxy", ""), ("HTTPS_PROXY", "p:1")]),
            None
        );
        assert_eq!(
            of(http, &[("HTTP_PROXY", "p:1"), ("REQUEST_METHOD", "GET")]),
            None
        );
        assert_eq!(
            of(https, &[("HTTPS_PROXY", "p:1"), ("NO_PROXY", "a.example")]),
            None
        );
        for bad in ["ftp://p", "http://", "http://:@", "http://ada:secret@[x"] {
            let error = chosen(https, &[("HTTPS_PROXY", bad)]).err().unwrap();
            assert!(error.to_string().contains("HTTPS_PROXY"), "{error}");
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    }
}
