//! Settings of SIMPLE_JWT that exist here with the reference's value alone: any other is refused at the start.

use toml::Value;

/// Each with what Gatepost does instead of another value.
const FIXED: [(&str, &str); 5] = [
    (
        "simple_jwt.verifying_key",
        "tokens are signed and verified with one key, simple_jwt.signing_key",
    ),
    (
        "simple_jwt.jwk_url",
        "tokens are signed and verified with one key, simple_jwt.signing_key",
    ),
    (
        "simple_jwt.user_authentication_rule",
        "active users may log in and refresh, no others",
    ),
    (
        "simple_jwt.auth_token_classes",
        "an access token is what signs a request in",
    ),
    (
        "simple_jwt.token_user_class",
        "the user of a request is always read from the database",
    ),
];

/// Whether the code reads no such setting.
pub(super) fn is_fixed(key: &str) -> bool {
    FIXED.iter().any(|(fixed, _)| *fixed == key)
}

/// Why such a setting cannot have this value.
pub(super) fn refusal(key: &str, value: &Value, default: &Value) -> Option<String> {
    let (_, instead) = FIXED.iter().find(|(fixed, _)| *fixed == key)?;
    (value != default).then(|| format!("it can only be {default} so far: {instead}"))
}
