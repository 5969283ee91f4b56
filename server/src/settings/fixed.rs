//! Settings of SIMPLE_JWT that exist here with the reference's value alone: any other is refused at the start.

use toml::Value;

/// Each with what Gatepost does instead of another value.
const FIXED: [(&str, &str); 8] = [
    (
        "simple_jwt.token_user_class",
        "what tokens.stateless signs a request in as is the token's claims, without code of a project's",
    ),
    (
        "simple_jwt.json_encoder",
        "tokens hold what JSON itself can say",
    ),
    ("simple_jwt.token_obtain_serializer", SIMPLEJWTS),
    ("simple_jwt.token_refresh_serializer", SIMPLEJWTS),
    ("simple_jwt.token_verify_serializer", SIMPLEJWTS),
    ("simple_jwt.token_blacklist_serializer", SIMPLEJWTS),
    ("simple_jwt.sliding_token_obtain_serializer", SIMPLEJWTS),
    ("simple_jwt.sliding_token_refresh_serializer", SIMPLEJWTS),
];

const SIMPLEJWTS: &str = "the endpoint answers as SimpleJWT's own serializer does; for columns of the user in tokens, set [tokens.claims]";

/// Names that SimpleJWT knew once or knows elsewhere, and what to set in their place.
const ELSEWHERE: [(&str, &str); 6] = [
    (
        "simple_jwt.auth_header_type",
        "SimpleJWT has removed it; set simple_jwt.auth_header_types",
    ),
    (
        "simple_jwt.auth_token_class",
        "SimpleJWT has removed it; set simple_jwt.auth_token_classes",
    ),
    (
        "simple_jwt.secret_key",
        "SimpleJWT has removed it; set simple_jwt.signing_key",
    ),
    (
        "simple_jwt.token_backend_class",
        "SimpleJWT has removed it; leave it out",
    ),
    (
        "simple_jwt.on_login_success",
        "Gatepost calls no code of a project's after a login; leave it out",
    ),
    (
        "simple_jwt.on_login_failed",
        "Gatepost calls no code of a project's after a login; leave it out",
    ),
];

/// What to do about a name that is no setting here, but is known.
pub(super) fn elsewhere(key: &str) -> Option<&'static str> {
    let found = ELSEWHERE.iter().find(|(known, _)| *known == key)?;
    Some(found.1)
}

/// Whether the code reads no such setting.
pub(super) fn is_fixed(key: &str) -> bool {
    FIXED.iter().any(|(fixed, _)| *fixed == key)
}

/// Why such a setting cannot have this value.
pub(super) fn refusal(key: &str, value: &Value, default: &Value) -> Option<String> {
    let (_, instead) = FIXED.iter().find(|(fixed, _)| *fixed == key)?;
    (value != default).then(|| format!("it can only be {default} so far: {instead}"))
}
