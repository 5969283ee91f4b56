//! Tokens that expired long ago, as a server that was never cleaned up holds them.

use crate::sql;

/// Adds `count` expired tokens, each with its blacklist row and its rotation.
pub async fn add_expired(database_url: &str, count: u32) {
    let utc = if database_url.starts_with("sqlite:") {
        ""
    } else {
        "SET TIME ZONE 'UTC';"
    };
    let numbers = format!(
        "WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {count})"
    );
    let statements = format!(
        "{utc} BEGIN;
        {numbers} INSERT INTO token_blacklist_outstandingtoken (jti, token, user_id, created_at, expires_at)
            SELECT 'expired-' || CAST(i AS text), 'header.payload', NULL, '2001-01-01 00:00:00', '2001-02-20 00:00:00' FROM numbers;
        INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
            SELECT id, '2001-01-02 00:00:00' FROM token_blacklist_outstandingtoken WHERE jti LIKE 'expired-%';
        {numbers} INSERT INTO gatepost_rotation (parent_jti, child_jti, family, user_id, key_hash, issued_at, parent_exp, child_exp)
            SELECT 'expired-' || CAST(i AS text), 'child-' || CAST(i AS text), 'expired-' || CAST(i AS text), NULL, NULL,
                '2001-01-02 00:00:00', '2001-02-20 00:00:00', '2001-02-21 00:00:00' FROM numbers;
        COMMIT;"
    );
    sql::execute(database_url, &statements).await;
}
