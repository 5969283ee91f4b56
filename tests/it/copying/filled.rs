//! A database of SQLite's with some hundred rows in each table, awkward ones among them, and what its clients hold.

use std::path::PathBuf;

use gatepost_tests::{Program, SECRET, sql};

use crate::remote::Remote;

/// Rows for all tables that a server does not fill by itself here. The last post and the last group are gone: their
/// numbers are not given again.
const ROWS: &str = r#"
UPDATE posts_post SET created_at = '2026-01-02 03:04:05' WHERE id = 1;
UPDATE posts_post SET created_at = '2026-01-02 03:04:05.000060' WHERE id = 2;
UPDATE posts_post SET title = 'a' || char(9) || 'b\N\.\\' || char(13, 10) || '''"', content = '\.' || char(10) || 'ä😀' || char(1, 127) WHERE id = 3;
UPDATE posts_post SET title = '', content = '' WHERE id = 4;
DELETE FROM posts_post WHERE id = (SELECT MAX(id) FROM posts_post);
UPDATE auth_user SET is_superuser = 1, is_staff = 1, first_name = '\', last_name = 'O''Neill' WHERE id = 1;
UPDATE auth_user SET last_login = NULL, is_active = 0 WHERE id = 3;
INSERT INTO auth_group (name) VALUES ('editors'), ('ÄÖ'), ('gone');
DELETE FROM auth_group WHERE name = 'gone';
INSERT INTO auth_group_permissions (group_id, permission_id) SELECT auth_group.id, auth_permission.id FROM auth_group, auth_permission;
INSERT INTO auth_user_groups (user_id, group_id) SELECT auth_user.id, auth_group.id FROM auth_user, auth_group;
INSERT INTO auth_user_user_permissions (user_id, permission_id) SELECT 1, id FROM auth_permission;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO django_admin_log (object_id, object_repr, action_flag, change_message, content_type_id, user_id, action_time)
    SELECT CASE WHEN i % 3 THEN CAST(i AS text) END, 'row ' || i, i % 3 + 1, '[{"added": {}}]', CASE WHEN i % 5 THEN i % 9 + 1 END, 1, '2025-07-01 12:00:00' FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO django_session (session_key, session_data, expire_date)
    SELECT lower(hex(randomblob(16))), 'e30:' || i, '2099-07-01 12:00:00.123456' FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
    INSERT INTO token_blacklist_outstandingtoken (jti, token, user_id, created_at, expires_at)
    SELECT 'jti-' || i, 'a.b.' || i, CASE WHEN i % 2 THEN 2 END, CASE WHEN i % 7 THEN '2026-01-01 00:00:00' END, '2099-01-01 00:00:00.5' || (10000 + i) FROM n;
INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
    SELECT id, '2026-01-01 00:00:00' FROM token_blacklist_outstandingtoken WHERE id % 3 = 0 AND jti LIKE 'jti-%';
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO gatepost_rotation (parent_jti, child_jti, family, user_id, key_hash, issued_at, parent_exp, child_exp, generation)
    SELECT 'jti-' || i, 'child-' || i, 'family-' || i % 10, 2, CASE WHEN i % 2 THEN 'hash' END, '2026-01-01 00:00:00', '2099-01-01 00:00:00', '2099-01-01 00:00:00', i FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO gatepost_event (at, kind, user_id, family, jti, request_id)
    SELECT '2026-01-02 03:04:05', 'reuse', CASE WHEN i % 2 THEN 2 END, 'family-' || i % 10, 'jti-' || i, '' FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO gatepost_idempotency (user_id, key_hash, body_hash, post_id, created_at)
    SELECT i % 4, 'key ' || i, 'body', i, '2099-01-01 00:00:00' FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO gatepost_throttle (bucket, full_at) SELECT 'bucket ' || i, 9000000000000000 + i FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO gatepost_login (user_id, address, at) SELECT i % 5, '10.0.0.' || i, '2099-01-01 00:00:00' FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO gatepost_session (family, label, begun, until)
    SELECT 'family-' || i, 'Firefox', '2026-01-01 00:00:00', '2099-01-01 00:00:00' FROM n;
INSERT INTO gatepost_meta (name, value) VALUES ('replica.gone', '1 -');
"#;

/// How many posts are written, the last of which is gone.
const POSTS: i64 = 600;
/// The number of the next post.
pub(crate) const NEXT_POST: i64 = POSTS + 1;

/// A server's database with its folder; the server has ended.
pub(crate) struct Filled {
    pub(crate) folder: tempfile::TempDir,
    kept: Kept,
}

/// What a client holds.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) refresh: String,
    pub(crate) logged_out: String,
}

impl Filled {
    /// In a zone other than UTC: without `server.use_tz`.
    pub(crate) async fn new(zone: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = format!(
            "[server]\ntime_zone = '{zone}'\nuse_tz = {}\n[passwords]\niterations = 1\n",
            zone == "UTC"
        );
        std::fs::write(folder.path().join("gatepost.toml"), settings).unwrap();
        let url = format!("sqlite:{}", path(&folder).display());
        let mut command = Program::command(folder.path(), &["--database", &url]);
        let server = Program::serve(command.env("GATEPOST_SECRET_KEY", SECRET));
        let remote = Remote::new(&server.base);
        for name in ["ann", "bob", "cid"] {
            remote.register(name).await;
        }
        let (first, second) = (remote.log_in("ann").await, remote.log_in("bob").await);
        let pair = remote.refresh(&first, Some("key")).await.unwrap();
        assert_eq!(remote.log_out(&second, None).await.unwrap().status, 200);
        assert_eq!(server.terminate(), Some(0));
        let posts = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {POSTS})
            INSERT INTO posts_post (title, content, created_at, updated_at, author_id)
            SELECT 'title ' || i, 'content ' || i, '2026-01-01 10:00:00.' || (100000 + i), '2026-01-01 10:00:00', i % 3 + 1 FROM n;"
        );
        sql::execute(&url, &format!("{posts}{ROWS}")).await;
        let kept = Kept {
            refresh: pair.token("refresh"),
            logged_out: second,
        };
        Self { folder, kept }
    }

    pub(crate) fn url(&self) -> String {
        format!("sqlite:{}", path(&self.folder).display())
    }

    pub(crate) fn kept(&self) -> Kept {
        self.kept.clone()
    }
}

fn path(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("source.sqlite3")
}
