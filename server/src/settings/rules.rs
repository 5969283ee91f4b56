//! Rules about the settings' values: each refuses something of the right type that cannot work.
//!
//! With most of it Django would start, and then answer every request with 500.

use django::hashers::MAX_ITERATIONS;
use django::pyjwt;
use jose::{PublicKey, SigningKey};
use secrecy::ExposeSecret;

use super::values::is_token;
use super::{Audience, PreviousKey, Settings};
use crate::db::Url;

/// The claims whose meaning is not a setting's.
const OWN_CLAIMS: [&str; 5] = ["exp", "iat", "nbf", "aud", "iss"];

/// Each setting that cannot be used, and why.
pub(super) fn broken(settings: &Settings) -> Vec<(&'static str, String)> {
    let mut broken = Vec::new();
    let mut rule = |holds: bool, key: &'static str, why: &dyn Fn() -> String| {
        if !holds {
            broken.push((key, why()));
        }
    };

    let server = &settings.server;
    let has_port = |bind: &str| {
        let port = bind.rsplit_once(':').map(|(_, port)| port.parse());
        matches!(port, Some(Ok::<u16, _>(_)))
    };
    rule(has_port(&server.bind), "server.bind", &|| {
        "it is no address with a port; write ADDRESS:PORT, such as 127.0.0.1:8000".to_owned()
    });
    let metrics = &settings.metrics.bind;
    rule(
        metrics.is_empty() || has_port(metrics),
        "metrics.bind",
        &|| "it is no address with a port; write ADDRESS:PORT, such as 127.0.0.1:9100".to_owned(),
    );
    rule(
        !server.allowed_hosts.is_empty(),
        "server.allowed_hosts",
        &|| "it is empty, and no request would be answered; write [\"*\"] for any host".to_owned(),
    );
    let is_empty = |text: &String| text.is_empty();
    rule(
        !server.allowed_hosts.iter().any(is_empty),
        "server.allowed_hosts",
        &|| "an empty text is no host".to_owned(),
    );

    let url = settings.database.url.expose_secret();
    let refusal = (!url.is_empty())
        .then(|| url.parse::<Url>().err())
        .flatten();
    rule(refusal.is_none(), "database.url", &|| {
        refusal
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default()
    });
    rule(!settings.users.table.is_empty(), "users.table", &|| {
        "it is empty; write the table of the project's user model, or leave it out for auth_user"
            .to_owned()
    });
    let passwords = &settings.passwords;
    // more would only be memory: a pool, a queue, or a hash that nobody could check again
    for (key, value, most) in [
        (
            "database.connections",
            u64::from(settings.database.connections),
            1000,
        ),
        (
            "passwords.iterations",
            u64::from(passwords.iterations),
            u64::from(MAX_ITERATIONS),
        ),
        ("passwords.queue", passwords.queue as u64, 100_000),
    ] {
        rule((1..=most).contains(&value), key, &|| {
            format!("it is {value}; set 1 to {most}")
        });
    }

    let cookies = settings.cookies.broken(&settings.cors, &server.bind);
    for (key, refusal) in settings.limits.broken().into_iter().chain(cookies) {
        rule(false, key, &|| refusal.clone());
    }

    let jwt = &settings.simple_jwt;
    for (key, refusal) in keys(settings) {
        rule(false, key, &|| refusal.clone());
    }
    rule(
        jwt.audience != Audience::Many(Vec::new()),
        "simple_jwt.audience",
        &|| "it is an empty list, and every token would be refused; write \"\" for none".to_owned(),
    );
    rule(
        !jwt.auth_header_types.is_empty(),
        "simple_jwt.auth_header_types",
        &|| "it is empty, and nobody could sign in; write [\"Bearer\"]".to_owned(),
    );
    rule(
        jwt.auth_header_types.iter().all(|scheme| is_token(scheme)),
        "simple_jwt.auth_header_types",
        &|| "each is one word, since a space separates it from the token".to_owned(),
    );
    let names = [
        ("simple_jwt.token_type_claim", &jwt.token_type_claim),
        ("simple_jwt.jti_claim", &jwt.jti_claim),
        ("simple_jwt.user_id_claim", &jwt.user_id_claim),
        ("simple_jwt.revoke_token_claim", &jwt.revoke_token_claim),
        (
            "simple_jwt.sliding_token_refresh_exp_claim",
            &jwt.sliding_token_refresh_exp_claim,
        ),
    ];
    // JSON calls a claim without a name so, and two of them are one
    let shown = |name: &str| if name.is_empty() { "null" } else { name }.to_owned();
    for (at, (key, name)) in names.iter().enumerate() {
        let others = (names[..at].iter()).any(|(_, other)| {
            shown(other) == shown(name) && !(other.is_empty() && name.is_empty())
        });
        let may_be_empty = ["simple_jwt.token_type_claim", "simple_jwt.jti_claim"].contains(key);
        rule(may_be_empty || !name.is_empty(), key, &|| {
            "it is empty; a token without this claim would be worth nothing".to_owned()
        });
        // an access token is never given the `jti` of its refresh token
        let is_lost = *key == "simple_jwt.user_id_claim" && *name == "jti";
        rule(
            !others && !is_lost && !OWN_CLAIMS.contains(&name.as_str()),
            key,
            &|| format!("the claim {name} means something else already"),
        );
    }
    for (claim, column) in settings.tokens.claims.as_slice() {
        let own = OWN_CLAIMS.contains(&claim.as_str()) || claim == "jti";
        let is_taken = own || names.iter().any(|(_, name)| shown(name) == *claim);
        rule(!claim.is_empty(), "tokens.claims", &|| {
            "a claim has a name".to_owned()
        });
        rule(!is_taken, "tokens.claims", &|| {
            format!("the claim {claim} means something else already")
        });
        rule(claim != "sub" || column.is_text(), "tokens.claims", &|| {
            "the claim sub is a text in every token; write a column of texts".to_owned()
        });
    }
    broken
}

/// What stands in a key's place and is none.
fn keys(settings: &Settings) -> Vec<(&'static str, String)> {
    let jwt = &settings.simple_jwt;
    let (signing, verifying) = (jwt.signing_key.expose_secret(), &jwt.verifying_key);
    let secret = |text: &str| pyjwt::refusal(text).map(str::to_owned);
    let is_whole = settings
        .tokens
        .previous_keys
        .iter()
        .all(PreviousKey::is_whole);
    let mut refusals = vec![
        ("server.secret_key", secret(settings.server.secret_key.expose_secret())),
        ("tokens.previous_keys", (!is_whole).then(|| {
            "each names one file: secret_key_file, or signing_key_file or verifying_key_file for a key pair's".to_owned()
        })),
    ];
    if !jwt.jwk_url.is_empty() {
        refusals.push(("simple_jwt.jwk_url", jwk_url(&jwt.jwk_url)));
        let signs = !signing.is_empty() || !jwt.signing_key_file.as_os_str().is_empty();
        let is_lost = jwt.algorithm.has_key_pair() && signs && !settings.tokens.kid;
        refusals.push(("simple_jwt.jwk_url", is_lost.then(|| {
            "its keys verify by the name of a token's key, and the tokens that simple_jwt.signing_key signs would name none, so each would be refused; set tokens.kid = true and publish this key there, or leave out one of the two".to_owned()
        })));
    }
    if jwt.algorithm.has_key_pair() {
        if !signing.is_empty() {
            let key = SigningKey::from_pem(jwt.algorithm, signing);
            refusals.push(("simple_jwt.signing_key", key.err()));
        }
        if !verifying.is_empty() {
            let key = PublicKey::from_pem(jwt.algorithm, verifying);
            refusals.push(("simple_jwt.verifying_key", key.err()));
        }
    } else {
        refusals.push(("simple_jwt.signing_key", secret(signing)));
    }
    let refusals = refusals.into_iter();
    refusals
        .filter_map(|(key, refusal)| Some((key, refusal?)))
        .collect()
}

/// Why keys can't be fetched from there.
fn jwk_url(url: &str) -> Option<String> {
    let Ok(url) = reqwest::Url::parse(url) else {
        return Some("it is no URL; write https://HOST/PATH".to_owned());
    };
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_matches(['[', ']']);
    let is_loopback = host == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        "https" => None,
        "http" if is_loopback => None,
        "http" => Some(
            "anybody on the way could put other keys there; write https, which only this machine itself may do without"
                .to_owned(),
        ),
        _ => Some("it is neither https nor http".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(toml: &str) -> String {
        Settings::from_toml(toml).unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_hold() {
        assert_eq!(broken(&Settings::default()), []);
    }

    #[test]
    fn each_rule_names_its_setting() {
        for (toml, key) in [
            ("server.bind = 'nonsense'", "server.bind"),
            ("server.bind = 'localhost:99999'", "server.bind"),
            ("metrics.bind = '9100'", "metrics.bind"),
            ("server.allowed_hosts = []", "server.allowed_hosts"),
            ("server.allowed_hosts = ['a', '']", "server.allowed_hosts"),
            ("database.url = 'mysql://x'", "database.url"),
            ("database.connections = 0", "database.connections"),
            ("passwords.iterations = 0", "passwords.iterations"),
            ("passwords.queue = 0", "passwords.queue"),
            ("limits.body = 0", "limits.body"),
            ("limits.body = '65MiB'", "limits.body"),
            ("limits.body = 'much'", "limits.body"),
            ("limits.url = '65KiB'", "limits.url"),
            ("limits.head = '4KiB'", "limits.head"),
            ("limits.memory = '15MiB'", "limits.memory"),
            (
                "limits = { memory = '16MiB', body = '17MiB' }",
                "limits.memory",
            ),
            ("limits.connections = 0", "limits.connections"),
            ("limits.streams = 0", "limits.streams"),
            ("limits.stall_time = '0s'", "limits.stall_time"),
            (
                "server.trusted_proxies = ['nginx']",
                "server.trusted_proxies",
            ),
            (
                "server.trusted_proxies = '10.0.0.0/33'",
                "server.trusted_proxies",
            ),
            ("server.secret_key = 'ssh-rsa AAAA'", "server.secret_key"),
            (
                "simple_jwt.signing_key = '{\"kty\":\"oct\"}'",
                "simple_jwt.signing_key",
            ),
            ("simple_jwt.audience = []", "simple_jwt.audience"),
            (
                "simple_jwt.auth_header_types = []",
                "simple_jwt.auth_header_types",
            ),
            (
                "simple_jwt.auth_header_types = ['JWT', 'a b']",
                "simple_jwt.auth_header_types",
            ),
            (
                "simple_jwt.user_id_claim = 'jti'",
                "simple_jwt.user_id_claim",
            ),
            ("simple_jwt.jti_claim = 'exp'", "simple_jwt.jti_claim"),
            (
                "simple_jwt = { jti_claim = 'id', user_id_claim = 'jti' }",
                "simple_jwt.user_id_claim",
            ),
            (
                "simple_jwt.revoke_token_claim = ''",
                "simple_jwt.revoke_token_claim",
            ),
            (
                "simple_jwt = { jti_claim = '', user_id_claim = 'null' }",
                "simple_jwt.user_id_claim",
            ),
        ] {
            let why = why(toml);
            assert!(
                why.starts_with(&format!("{key} from the given TOML is not usable: ")),
                "{why}"
            );
        }
    }

    #[test]
    fn keys_are_fetched_by_https_or_from_this_machine() {
        for url in [
            "https://example.com/keys",
            "http://127.0.0.1:8000/keys",
            "http://localhost/keys",
            "http://[::1]/keys",
        ] {
            let toml = format!("simple_jwt.jwk_url = '{url}'");
            assert!(Settings::from_toml(&toml).is_ok(), "{url}");
        }
        for (url, says) in [
            (
                "http://example.com/keys",
                "could put other keys there; write https",
            ),
            (
                "http://localhost.example.com/keys",
                "could put other keys there",
            ),
            (
                "http://127.0.0.1.example.com/",
                "could put other keys there",
            ),
            ("ftp://example.com/keys", "it is neither https nor http"),
            ("file:///etc/keys", "it is neither https nor http"),
            ("example.com/keys", "it is no URL; write https://HOST/PATH"),
        ] {
            let why = why(&format!("simple_jwt.jwk_url = '{url}'"));
            assert!(
                why.starts_with("simple_jwt.jwk_url from ") && why.contains(says),
                "{why}"
            );
        }
    }

    #[test]
    fn a_setting_that_is_not_built_yet_says_so() {
        let same = "simple_jwt.token_user_class = 'rest_framework_simplejwt.models.TokenUser'";
        assert!(Settings::from_toml(same).is_ok());
        for (toml, follows) in [
            (
                "json_encoder = 'x.Y'",
                "it can only be \"\" so far: tokens hold what JSON itself can say",
            ),
            (
                "token_obtain_serializer = 'x.Y'",
                "the endpoint answers as SimpleJWT's own serializer does",
            ),
        ] {
            let why = why(&format!("simple_jwt.{toml}"));
            assert!(why.contains(follows), "{why}");
        }
        let removed = why("simple_jwt.token_backend_class = 'x'");
        assert!(
            !removed.contains("did you mean") && removed.contains("SimpleJWT has removed it"),
            "{removed}"
        );
    }
}
