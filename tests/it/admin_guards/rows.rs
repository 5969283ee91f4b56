//! Rows to do something with: one of each model, and all that the database holds, to compare.

use gatepost_tests::TestApp;

/// A row of each model, by its key.
pub(super) struct Rows {
    pub(super) user: String,
    pub(super) group: String,
    pub(super) post: String,
    pub(super) outstanding: String,
    pub(super) blacklisted: String,
    /// A token that is not blacklisted yet.
    pub(super) live: String,
}

/// A user bob with a post and two tokens of which one is blacklisted, and the group writers.
pub(super) async fn rows(app: &TestApp) -> Rows {
    let bob = app.user("bob").await.log_in().await;
    bob.post("Hello").await;
    let first = bob.refresh.clone();
    bob.log_out_with(&first, None).await.expect(200);
    app.known("bob").log_in().await;
    app.sql("INSERT INTO auth_group (name) VALUES ('writers')")
        .await;
    find(app).await
}

/// The same rows where they are there already.
pub(super) async fn find(app: &TestApp) -> Rows {
    let one = async |query: &str| app.query(query).await.pop().unwrap_or_default();
    Rows {
        user: one("SELECT CAST(id AS text) FROM auth_user WHERE username = 'bob'").await,
        group: one("SELECT CAST(id AS text) FROM auth_group WHERE name = 'writers'").await,
        post: one("SELECT CAST(id AS text) FROM posts_post WHERE title = 'Hello'").await,
        outstanding: one("SELECT CAST(MIN(id) AS text) FROM token_blacklist_outstandingtoken")
            .await,
        blacklisted: one("SELECT CAST(MIN(id) AS text) FROM token_blacklist_blacklistedtoken")
            .await,
        live: one("SELECT CAST(MAX(id) AS text) FROM token_blacklist_outstandingtoken").await,
    }
}

impl Rows {
    /// A text with the keys in the place of their names.
    pub(super) fn named(&self, text: &str) -> String {
        [
            ("{user}", &self.user),
            ("{group}", &self.group),
            ("{post}", &self.post),
            ("{outstanding}", &self.outstanding),
            ("{blacklisted}", &self.blacklisted),
            ("{live}", &self.live),
        ]
        .iter()
        .fold(text.to_owned(), |text, (name, key)| text.replace(name, key))
    }
}

/// Everything that the admin may write, a line for each row.
pub(super) async fn state(app: &TestApp) -> Vec<String> {
    let mut state = Vec::new();
    for query in [
        "SELECT 'user ' || id || username || password || email || first_name || last_name || is_active || is_staff || is_superuser || COALESCE(CAST(last_login AS text), '-') || date_joined FROM auth_user ORDER BY id",
        "SELECT 'of ' || user_id || ' ' || group_id FROM auth_user_groups ORDER BY 1",
        "SELECT 'right ' || user_id || ' ' || permission_id FROM auth_user_user_permissions ORDER BY 1",
        "SELECT 'group ' || id || name FROM auth_group ORDER BY id",
        "SELECT 'group right ' || group_id || ' ' || permission_id FROM auth_group_permissions ORDER BY 1",
        "SELECT 'post ' || id || title || content || author_id || created_at || updated_at FROM posts_post ORDER BY id",
        "SELECT 'token ' || id || jti || token || COALESCE(CAST(user_id AS text), '-') || expires_at FROM token_blacklist_outstandingtoken ORDER BY id",
        "SELECT 'blacklisted ' || id || ' ' || token_id || blacklisted_at FROM token_blacklist_blacklistedtoken ORDER BY id",
        "SELECT 'log ' || id || COALESCE(object_id, '-') || object_repr || action_flag || change_message || user_id FROM django_admin_log ORDER BY id",
        "SELECT 'session ' || session_key || session_data || expire_date FROM django_session ORDER BY 1",
    ] {
        state.extend(app.query(query).await);
    }
    state
}

/// The lines that are in one state alone: what was done between them.
pub(super) fn done(before: &[String], after: &[String]) -> Vec<String> {
    let only = |here: &[String], there: &[String], sign: &str| -> Vec<String> {
        let lines = here.iter().filter(|line| !there.contains(line));
        lines.map(|line| format!("{sign} {line}")).collect()
    };
    let mut done = only(before, after, "-");
    done.extend(only(after, before, "+"));
    done
}

/// Other rows of the same kind, which nothing is tied to, made behind the server's back.
pub(super) async fn fresh(app: &TestApp, number: usize) -> Rows {
    let name = format!("fresh{number}");
    app.sql(&format!(
        "INSERT INTO auth_user (username, password, email, first_name, last_name, is_active, is_staff, is_superuser, date_joined)
             VALUES ('{name}', '!', '', '', '', TRUE, FALSE, FALSE, '2026-01-01 09:00:00');
         INSERT INTO auth_group (name) VALUES ('{name}');
         INSERT INTO posts_post (title, content, author_id, created_at, updated_at)
             SELECT '{name}', 'words', id, '2026-01-01 09:00:00', '2026-01-01 09:00:00' FROM auth_user WHERE username = 'bob';
         INSERT INTO token_blacklist_outstandingtoken (jti, token, created_at, expires_at, user_id)
             SELECT '{name}' || half, 'x', '2026-01-01 09:00:00', '2029-01-01 09:00:00', id
             FROM auth_user, (SELECT 'a' AS half UNION SELECT 'b') AS halves WHERE username = '{name}';
         INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
             SELECT id, '2026-01-01 09:00:00' FROM token_blacklist_outstandingtoken WHERE jti = '{name}a'"
    ))
    .await;
    let key = async |table: &str, is: &str| {
        let query = format!("SELECT CAST(id AS text) FROM {table} WHERE {is}");
        app.query(&query).await.remove(0)
    };
    let jti = |end: &str| format!("jti = '{name}{end}'");
    let outstanding = key("token_blacklist_outstandingtoken", &jti("a")).await;
    let of_it = format!("token_id = {outstanding}");
    Rows {
        user: key("auth_user", &format!("username = '{name}'")).await,
        group: key("auth_group", &format!("name = '{name}'")).await,
        post: key("posts_post", &format!("title = '{name}'")).await,
        blacklisted: key("token_blacklist_blacklistedtoken", &of_it).await,
        live: key("token_blacklist_outstandingtoken", &jti("b")).await,
        outstanding,
    }
}
