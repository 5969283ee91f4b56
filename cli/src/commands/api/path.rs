//! Which path of the server is meant: the token is for no other server.

use gatepost_sdk::Address;

use crate::errors::Failure;

/// The path below the server's address; a whole address must be the server's own, since the token is for no other.
pub(super) fn path(given: &str, server: &str) -> Result<String, Failure> {
    let given = given.trim();
    if given.is_empty() {
        return Err(Failure::usage("the path is empty").hint("for example /api/posts/"));
    }
    if given.contains('#') {
        return Err(Failure::usage("a server sees nothing of what follows a #")
            .hint("leave it out, or write %23 for a # that is meant"));
    }
    if !given.contains("://") || given.starts_with(['/', '?']) {
        return Ok(given.to_owned());
    }
    below(given, server).ok_or_else(|| {
        // what stands before an @ may be a password
        let given = if given.contains('@') {
            "the address"
        } else {
            given
        };
        Failure::usage(format!(
            "{given} is not below {server}, and the session is for no other server"
        ))
        .hint("give the path alone, and name another server with --server")
    })
}

/// What of a whole address is below the server's, which it may name in capitals or with its port.
fn below(given: &str, server: &str) -> Option<String> {
    let at = given.find("://")? + "://".len();
    let end = given[at..]
        .find(['/', '?'])
        .map_or(given.len(), |end| at + end);
    let (host, rest) = given.split_at(end);
    let host: Address = host.parse().ok()?;
    let below = format!("{}{rest}", host.as_str());
    let below = below.strip_prefix(server)?;
    let is_below = below.is_empty() || below.starts_with(['/', '?']);
    is_below.then(|| below.to_owned())
}

/// The path at this server that a redirect names; `None` where it leads elsewhere.
pub(super) fn of_target(target: &str, server: &str) -> Option<String> {
    if !target.starts_with('/') || target.starts_with("//") {
        return below(target, server);
    }
    let host = server.find("://")? + "://".len();
    let end = server[host..]
        .find('/')
        .map_or(server.len(), |end| host + end);
    below(&format!("{}{target}", &server[..end]), server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_server_s_own() {
        let server = "https://a.example/below";
        let path = |given| path(given, server).map_err(|failure| failure.message().to_owned());
        assert_eq!(path("/api/x/?a=b").as_deref(), Ok("/api/x/?a=b"));
        assert_eq!(path(" api/x/ ").as_deref(), Ok("api/x/"));
        assert_eq!(path("https://a.example/below/x").as_deref(), Ok("/x"));
        assert_eq!(path(server).as_deref(), Ok(""));
        assert_eq!(path("HTTPS://A.Example:443/below/X").as_deref(), Ok("/X"));
        assert_eq!(
            path("/x/?next=http://b").as_deref(),
            Ok("/x/?next=http://b")
        );
        for other in [
            "",
            "https://a.example/belowx",
            "https://a.example.evil/x",
            "http://a.example/below/x",
            "https://a.example/Below/x",
            "https://ada:secret@a.example/below/x",
            "https://a.example/below/x#y",
            "/x#y",
        ] {
            let why = path(other).unwrap_err();
            assert!(!why.contains("secret"), "{why}");
        }
    }

    #[test]
    fn a_target_is_this_server_s_or_leads_elsewhere() {
        let server = "https://a.example/below";
        for (target, path) in [
            ("/below/x/", Some("/x/")),
            ("https://a.example/below/x/", Some("/x/")),
            ("/x/", None),
            ("//b.example/below/x/", None),
            ("https://b.example/below/x/", None),
            ("x/", None),
            ("", None),
        ] {
            assert_eq!(of_target(target, server).as_deref(), path, "{target}");
        }
        assert_eq!(of_target("/x", "http://a").as_deref(), Some("/x"));
    }
}
