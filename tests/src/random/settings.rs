//! Each setting of the seed changed alone, as Django and as Gatepost take it.

use super::world::Jwt;
use crate::SECRET;

/// Settings in place of the seed's.
pub struct Changed {
    /// Which, in a word.
    pub name: &'static str,
    /// For Django: the environment variable `SIMPLE_JWT`.
    pub(super) django: &'static str,
    /// For Django: the environment variable `ALLOWED_HOSTS`.
    pub(super) hosts: &'static str,
    /// For Gatepost: TOML.
    pub(super) gatepost: &'static str,
}

const fn jwt(name: &'static str, django: &'static str, gatepost: &'static str) -> Changed {
    Changed {
        name,
        django,
        hosts: r#"["*"]"#,
        gatepost,
    }
}

/// Nothing changed, then every setting of the seed alone.
pub const SETTINGS: [Changed; 27] = [
    jwt("seed", "{}", ""),
    jwt(
        "access_lifetime",
        r#"{"ACCESS_TOKEN_LIFETIME": 300}"#,
        "simple_jwt.access_token_lifetime = '5m'",
    ),
    jwt(
        "access_lifetime_0",
        r#"{"ACCESS_TOKEN_LIFETIME": 0}"#,
        "simple_jwt.access_token_lifetime = 0",
    ),
    jwt(
        "refresh_lifetime",
        r#"{"REFRESH_TOKEN_LIFETIME": 86400}"#,
        "simple_jwt.refresh_token_lifetime = '1d'",
    ),
    jwt(
        "refresh_lifetime_0",
        r#"{"REFRESH_TOKEN_LIFETIME": 0}"#,
        "simple_jwt.refresh_token_lifetime = 0",
    ),
    jwt(
        "rotate",
        r#"{"ROTATE_REFRESH_TOKENS": false}"#,
        "simple_jwt.rotate_refresh_tokens = false",
    ),
    jwt(
        "blacklist",
        r#"{"BLACKLIST_AFTER_ROTATION": false}"#,
        "simple_jwt.blacklist_after_rotation = false",
    ),
    jwt(
        "rotate_and_blacklist",
        r#"{"ROTATE_REFRESH_TOKENS": false, "BLACKLIST_AFTER_ROTATION": false}"#,
        "simple_jwt = { rotate_refresh_tokens = false, blacklist_after_rotation = false }",
    ),
    jwt(
        "last_login",
        r#"{"UPDATE_LAST_LOGIN": true}"#,
        "simple_jwt.update_last_login = true",
    ),
    jwt(
        "hs384",
        r#"{"ALGORITHM": "HS384"}"#,
        "simple_jwt.algorithm = 'HS384'",
    ),
    jwt(
        "hs512",
        r#"{"ALGORITHM": "HS512"}"#,
        "simple_jwt.algorithm = 'HS512'",
    ),
    jwt(
        "signing_key",
        r#"{"SIGNING_KEY": "another-key-for-tests-only-0123456789-é"}"#,
        "simple_jwt.signing_key = 'another-key-for-tests-only-0123456789-é'",
    ),
    jwt(
        "audience",
        r#"{"AUDIENCE": "a"}"#,
        "simple_jwt.audience = 'a'",
    ),
    jwt(
        "audiences",
        r#"{"AUDIENCE": ["x", "a"]}"#,
        "simple_jwt.audience = ['x', 'a']",
    ),
    jwt("issuer", r#"{"ISSUER": "i"}"#, "simple_jwt.issuer = 'i'"),
    jwt("leeway", r#"{"LEEWAY": 60}"#, "simple_jwt.leeway = 60"),
    jwt(
        "types",
        r#"{"AUTH_HEADER_TYPES": ["JWT", "Bearer"]}"#,
        "simple_jwt.auth_header_types = ['JWT', 'Bearer']",
    ),
    jwt(
        "type",
        r#"{"AUTH_HEADER_TYPES": "Token"}"#,
        "simple_jwt.auth_header_types = 'Token'",
    ),
    jwt(
        "header",
        r#"{"AUTH_HEADER_NAME": "HTTP_X_ACCESS_TOKEN"}"#,
        "simple_jwt.auth_header_name = 'HTTP_X_ACCESS_TOKEN'",
    ),
    jwt(
        "by_username",
        r#"{"USER_ID_FIELD": "username"}"#,
        "simple_jwt.user_id_field = 'username'",
    ),
    jwt(
        "by_email",
        r#"{"USER_ID_FIELD": "email"}"#,
        "simple_jwt.user_id_field = 'email'",
    ),
    jwt(
        "user_claim",
        r#"{"USER_ID_CLAIM": "sub"}"#,
        "simple_jwt.user_id_claim = 'sub'",
    ),
    jwt(
        "type_claim",
        r#"{"TOKEN_TYPE_CLAIM": "kind"}"#,
        "simple_jwt.token_type_claim = 'kind'",
    ),
    jwt(
        "id_claim",
        r#"{"JTI_CLAIM": "tid"}"#,
        "simple_jwt.jti_claim = 'tid'",
    ),
    Changed {
        name: "hosts",
        django: "{}",
        hosts: r#"["service.example", ".EXAMPLE.com", "[::1]"]"#,
        gatepost: "server.allowed_hosts = ['service.example', '.EXAMPLE.com', '[::1]']",
    },
    Changed {
        name: "local_hosts",
        django: "{}",
        hosts: r#"["127.0.0.1", "service.example"]"#,
        gatepost: "server.allowed_hosts = ['127.0.0.1', 'service.example']",
    },
    jwt(
        "others",
        r#"{"VERIFYING_KEY": null, "JWK_URL": null}"#,
        "simple_jwt = { verifying_key = '', jwk_url = '' }",
    ),
];

impl Changed {
    /// The same, but Gatepost is not told: the comparison must find it out.
    #[must_use]
    pub const fn untold(&self) -> Self {
        Self {
            gatepost: "",
            ..*self
        }
    }

    /// What a token must look like under these settings.
    pub(super) fn jwt(&self) -> Jwt {
        jwt_of(&serde_json::from_str(self.django).expect("the settings are JSON"))
    }
}

/// What a token must look like under these settings of SIMPLE_JWT.
pub(super) fn jwt_of(django: &serde_json::Value) -> Jwt {
    let text = |name: &str, default: &str| match django.get(name) {
        // a claim without a name gets one from JSON
        Some(serde_json::Value::Null) => "null".to_owned(),
        value => (value.and_then(serde_json::Value::as_str))
            .unwrap_or(default)
            .to_owned(),
    };
    let claims = [("aud", "AUDIENCE"), ("iss", "ISSUER")];
    let claims = claims.iter().filter(|(_, name)| !django[name].is_null());
    let claimed: Vec<_> = claims
        .map(|(claim, name)| ((*claim).to_owned(), django[name].to_string()))
        .collect();
    let mut origin = String::new();
    for (claim, value) in &claimed {
        origin.extend([",\"", claim, "\":", value]);
    }
    let types = &django["AUTH_HEADER_TYPES"];
    let scheme = types.as_str().or(types[0].as_str()).unwrap_or("Bearer");
    let header = text("AUTH_HEADER_NAME", "HTTP_AUTHORIZATION");
    let mark = text("REVOKE_TOKEN_CLAIM", "hash_password");
    Jwt {
        secret: text("SIGNING_KEY", SECRET),
        algorithm: text("ALGORITHM", "HS256"),
        token_type: text("TOKEN_TYPE_CLAIM", "token_type"),
        id: text("JTI_CLAIM", "jti"),
        user: text("USER_ID_CLAIM", "user_id"),
        is_by_email: django["USER_ID_FIELD"] == "email",
        origin,
        claimed,
        header: header.trim_start_matches("HTTP_").replace('_', "-"),
        scheme: scheme.to_owned(),
        sliding: text("SLIDING_TOKEN_REFRESH_EXP_CLAIM", "refresh_exp"),
        mark: (django["CHECK_REVOKE_TOKEN"] == true).then_some(mark),
        ann: match django["USER_ID_FIELD"].as_str() {
            Some("username") => "ann",
            Some("email") => "ann@example.com",
            _ => "1",
        },
    }
}
