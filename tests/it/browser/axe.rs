//! Every page of the admin looked at by axe-core, wide and narrow, light and dark; with `--full` alone, which installs it.
//! A picture of each is left in `target/admin-pages/`.

use std::fs;
use std::path::Path;

use gatepost_server::Clock;
use gatepost_tests::page::Page;
use gatepost_tests::{Backend, TestApp, is_full};

use super::admin::{create_superuser, sign_in_as_root};

pub(super) const TARGET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target");

/// A hash as a service has it.
const HASH: &str =
    "pbkdf2_sha256$1000000$p9xVqXxq2T4yJbNfZ0cW3e$mVb8W0m1ZqT6cE0o8m4yJ4tE1kq0bYp2rN7uHc5sX1A=";

/// Pages by the names of their pictures.
const PAGES: &[(&str, &str)] = &[
    ("index", "/admin/"),
    ("app", "/admin/auth/"),
    ("users", "/admin/auth/user/"),
    (
        "users-filtered",
        "/admin/auth/user/?q=a&is_active__exact=1&_facets=True&o=1.-2",
    ),
    ("users-none", "/admin/auth/user/?q=nobody-at-all"),
    ("user-add", "/admin/auth/user/add/"),
    ("user", "/admin/auth/user/{user}/change/"),
    ("user-password", "/admin/auth/user/{user}/password/"),
    ("user-sessions", "/admin/auth/user/{user}/sessions/"),
    ("user-delete", "/admin/auth/user/{user}/delete/"),
    ("user-history", "/admin/auth/user/{user}/history/"),
    ("groups", "/admin/auth/group/"),
    ("group-add", "/admin/auth/group/add/"),
    ("group", "/admin/auth/group/{group}/change/"),
    ("posts", "/admin/posts/post/"),
    ("post-add", "/admin/posts/post/add/"),
    ("post", "/admin/posts/post/{post}/change/"),
    ("tokens", "/admin/token_blacklist/outstandingtoken/"),
    (
        "token",
        "/admin/token_blacklist/outstandingtoken/{token}/change/",
    ),
    ("blacklisted", "/admin/token_blacklist/blacklistedtoken/"),
    (
        "blacklisted-add",
        "/admin/token_blacklist/blacklistedtoken/add/",
    ),
    ("own-password", "/admin/password_change/"),
    ("own-password-done", "/admin/password_change/done/"),
    ("not-found", "/admin/nothing/"),
    ("forbidden", "/admin/token_blacklist/outstandingtoken/add/"),
    ("bad-request", "/admin/auth/user/?password__contains=a"),
];

/// What some of them are to show.
const SHOWN: &[(&str, &str)] = &[
    ("index", "section.panel table"),
    ("user-sessions", "button[name=end_all]"),
    ("user-sessions", "h2 + table"),
];

/// What of a page is not as it should be for everybody, a line each.
fn violations(page: &mut Page, axe: &str) -> Vec<String> {
    page.run(axe);
    let found = page.run(
        "axe.run(document, { resultTypes: ['violations'] }).then(result => result.violations.flatMap(rule =>
            rule.nodes.map(node => `${rule.id}: ${node.target} ${node.html.slice(0, 200)} ${node.failureSummary}`)))",
    );
    let found = found.as_array().cloned().unwrap_or_default();
    found
        .iter()
        .map(|line| line.as_str().unwrap().to_owned())
        .collect()
}

/// Pages that are looked at in every shape, and what of them is not as it should be.
pub(super) struct Looks {
    axe: String,
    folder: &'static str,
    found: Vec<String>,
}

impl Looks {
    /// A picture of each page is left in this folder of `target/`.
    pub(super) fn into(folder: &'static str) -> Self {
        let axe = fs::read_to_string(format!("{TARGET}/axe/node_modules/axe-core/axe.min.js"));
        fs::create_dir_all(format!("{TARGET}/{folder}")).unwrap();
        Self {
            axe: axe.expect("scripts/test --full installs axe-core"),
            folder,
            found: Vec::new(),
        }
    }

    pub(super) fn look(&mut self, page: &mut Page, name: &str) {
        for (theme, is_dark) in [("light", false), ("dark", true)] {
            for width in [1280, 360] {
                page.shape(width, is_dark);
                let picture = format!("{TARGET}/{}/{name}-{width}-{theme}.png", self.folder);
                page.picture(Path::new(&picture));
                let wide = page.run("document.documentElement.scrollWidth");
                if wide.as_u64() > Some(width.into()) {
                    self.found
                        .push(format!("{name} at {width}: the page is {wide} wide"));
                }
                let at = format!("{name} at {width}, {theme}: ");
                let violations = violations(page, &self.axe);
                self.found
                    .extend(violations.iter().map(|line| format!("{at}{line}")));
            }
        }
    }

    #[track_caller]
    pub(super) fn end(self) {
        assert!(self.found.is_empty(), "{}", self.found.join("\n"));
    }
}

async fn key(app: &TestApp, query: &str) -> String {
    app.query(query).await.pop().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_keeps_anybody_out() {
    if !is_full() {
        return;
    }
    let mut looks = Looks::into("admin-pages");
    let app = TestApp::with_clock(Backend::Sqlite, "", Clock::system()).await;
    create_superuser(&app).await;
    for name in ["ada", "alan", "grace", "barbara", "edsger"] {
        let user = app.user(name).await.log_in().await;
        user.post("On computable numbers").await;
        if name == "ada" {
            user.rotate(&user.refresh, None).await;
        } else {
            user.log_out_with(&user.refresh, None).await.expect(200);
        }
    }
    // one of ada's tokens was used twice
    app.sql("INSERT INTO gatepost_event (at, kind, user_id, family, jti, request_id)
        SELECT created_at, 'reuse', user_id, jti, jti, '' FROM token_blacklist_outstandingtoken WHERE user_id IS NOT NULL ORDER BY id LIMIT 1").await;
    for (name, first, last) in [
        ("ada", "Ada", "Lovelace"),
        ("alan", "Alan", "Turing"),
        ("grace", "Grace", "Hopper"),
        ("barbara", "Barbara", "Liskov"),
        ("edsger", "Edsger", "Dijkstra"),
    ] {
        app.sql(&format!(
            "UPDATE auth_user SET password = '{HASH}', first_name = '{first}', last_name = '{last}', email = '{name}@example.com' WHERE username = '{name}'"
        ))
        .await;
    }
    app.sql(
        "INSERT INTO auth_group (name) VALUES ('editors'), ('writers');
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300)
         INSERT INTO auth_user (username, password, email, first_name, last_name, is_active, is_staff, is_superuser, date_joined)
         SELECT 'user' || (1000 + n), '!', 'user' || n || '@example.com', 'First', 'Last', TRUE, n % 7 = 0, FALSE, '2026-01-01 09:00:00' FROM numbers",
    )
    .await;
    let site = app.listen().await;
    let mut page = Page::open();
    page.go(&format!("{site}/admin/login/"));
    looks.look(&mut page, "login");
    page.run("document.body.append(document.createElement('img'))");
    let seen = violations(&mut page, &looks.axe).join("\n");
    assert!(seen.contains("image-alt"), "axe-core sees nothing: {seen}");
    page.follow("#login-form [type=submit]");
    looks.look(&mut page, "login-wrong");
    sign_in_as_root(&mut page, &site);
    let user = key(
        &app,
        "SELECT CAST(id AS text) FROM auth_user WHERE username = 'ada'",
    )
    .await;
    let group = key(&app, "SELECT CAST(id AS text) FROM auth_group").await;
    let post = key(&app, "SELECT CAST(id AS text) FROM posts_post").await;
    let token = key(
        &app,
        "SELECT CAST(id AS text) FROM token_blacklist_outstandingtoken",
    )
    .await;
    // so that there is a history
    page.go(&format!("{site}/admin/auth/user/{user}/change/"));
    page.follow("[name=_save]");
    looks.look(&mut page, "users-said");
    for (name, path) in PAGES {
        let path = path.replace("{user}", &user).replace("{group}", &group);
        let path = path.replace("{post}", &post).replace("{token}", &token);
        page.go(&format!("{site}{path}"));
        for (on, shown) in SHOWN {
            let is_there = page.run(&format!("document.querySelector('{shown}') !== null"));
            assert!(
                on != name || is_there == true,
                "{name} does not show {shown}"
            );
        }
        looks.look(&mut page, name);
    }
    // forms with errors, an action, the end
    page.go(&format!("{site}/admin/auth/user/{user}/change/"));
    page.fill("username", "not a name");
    page.fill("email", "nonsense");
    page.follow("[name=_save]");
    looks.look(&mut page, "user-wrong");
    page.go(&format!("{site}/admin/posts/post/"));
    page.click("#action-toggle");
    page.run("document.getElementById('action').value = 'delete_selected'");
    page.follow("[name=index]");
    looks.look(&mut page, "posts-delete");
    page.follow("header form [type=submit]");
    looks.look(&mut page, "logged-out");
    looks.end();
}
