//! Forms of foreign pages: no change without the token of a page of the site, from a page of the site.

use gatepost_tests::{Answer, Backend, TestApp};

use super::forms::{Filled, forms};
use super::rows::{done, rows, state};
use super::tab::{Form, PASSWORD, TOKEN, Tab, form, set_cookie};
use super::{staff, superuser};

/// A form with its token, sent by https.
const PROXIED: &[(&str, &str)] = &[("x-forwarded-proto", "https")];
const TRUSTING: &str = "server.trusted_proxies = ['127.0.0.1']";

/// What a foreign page, or one without the cookie, can send; each is to be refused.
struct Wrong {
    name: &'static str,
    token: Token,
    headers: &'static [(&'static str, &'static str)],
    /// What the cookie is in place of the right one.
    cookie: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq)]
enum Token {
    None,
    Right,
    Text(&'static str),
    /// Of another visitor, whose cookie is another.
    Others,
    Header(&'static str),
}

const OTHER: &str = "abcdefghijklmnopqrstuvwxyzABCDEF";
const OTHER_MASKED: &str = "abcdefghijklmnopqrstuvwxyzABCDEFabcdefghijklmnopqrstuvwxyzABCDEF";

const WRONG: &[Wrong] = &[
    wrong("no token", Token::None, &[]),
    wrong("an empty token", Token::Text(""), &[]),
    wrong("another token", Token::Text(OTHER), &[]),
    wrong("another masked token", Token::Text(OTHER_MASKED), &[]),
    wrong("a short token", Token::Text("abc"), &[]),
    wrong("an odd token", Token::Text("é\u{0}<>"), &[]),
    wrong("the token of another visitor", Token::Others, &[]),
    wrong("another token in the header", Token::Header(OTHER), &[]),
    wrong(
        "of a foreign page",
        Token::Right,
        &[("origin", "https://evil.example")],
    ),
    wrong(
        "of a page without an origin",
        Token::Right,
        &[("origin", "null")],
    ),
    wrong(
        "of another port",
        Token::Right,
        &[("origin", "http://site.example:8000")],
    ),
    wrong(
        "of a host below",
        Token::Right,
        &[("origin", "http://evil.site.example")],
    ),
    wrong(
        "of a longer host",
        Token::Right,
        &[("origin", "http://site.example.evil")],
    ),
    wrong(
        "of another scheme",
        Token::Right,
        &[("origin", "file://site.example")],
    ),
    wrong(
        "from another site",
        Token::Right,
        &[("sec-fetch-site", "cross-site")],
    ),
    wrong(
        "from a site beside",
        Token::Right,
        &[("sec-fetch-site", "same-site")],
    ),
    Wrong {
        cookie: Some(""),
        ..wrong("no cookie", Token::Right, &[])
    },
    Wrong {
        cookie: Some("é"),
        ..wrong("an odd cookie", Token::Right, &[])
    },
    Wrong {
        cookie: Some("short"),
        ..wrong(
            "a short cookie that is the token",
            Token::Text("short"),
            &[],
        )
    },
];

const fn wrong(
    name: &'static str,
    token: Token,
    headers: &'static [(&'static str, &'static str)],
) -> Wrong {
    Wrong {
        name,
        token,
        headers,
        cookie: None,
    }
}

impl Wrong {
    async fn send(&self, tab: &mut Tab<'_>, filled: &Filled, others: &str) -> Answer {
        let right = tab.cookie("csrftoken");
        let mut fields = Form::new();
        let mut headers = self.headers.to_vec();
        match self.token {
            Token::None => {}
            Token::Right => fields.extend(form(&[(TOKEN, &right)])),
            Token::Text(text) => fields.extend(form(&[(TOKEN, text)])),
            Token::Others => fields.extend(form(&[(TOKEN, others)])),
            Token::Header(text) => headers.push(("x-csrftoken", text)),
        }
        fields.extend(filled.fields.clone());
        match self.cookie {
            Some("") => drop(tab.cookies.remove("csrftoken")),
            Some(cookie) => drop(
                tab.cookies
                    .insert("csrftoken".to_owned(), cookie.to_owned()),
            ),
            None => {}
        }
        let answer = tab.submit(&filled.path, &fields, &headers).await;
        // the page of the refusal may have set another one
        tab.cookies.insert("csrftoken".to_owned(), right);
        answer
    }
}

#[track_caller]
fn is_refused(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 403, "{what}: {}", answer.text());
    assert!(
        answer.text().contains("CSRF verification failed."),
        "{what}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_form_of_a_foreign_page_changes_anything() {
    let app = TestApp::on(Backend::Sqlite).await;
    superuser(&app, "root").await;
    let rows = rows(&app).await;
    let mut other = Tab::of(&app);
    other.get("/admin/login/").await;
    let others = other.cookie("csrftoken");
    let mut tab = Tab::signed_in(&app, "root").await;
    let before = state(&app).await;
    for filled in forms(&rows) {
        for wrong in WRONG {
            let answer = wrong.send(&mut tab, &filled, &others).await;
            let what = format!("{} with {}", filled.path, wrong.name);
            is_refused(&answer, &what);
        }
        let after = state(&app).await;
        assert_eq!(done(&before, &after), [""; 0], "{}", filled.path);
    }
    assert!(tab.is_in().await);
}

/// Each of the forms that are refused above does something.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_the_site_s_own_page_is_taken() {
    let count = {
        let app = TestApp::on(Backend::Sqlite).await;
        forms(&rows(&app).await).len()
    };
    for at in 0..count {
        let app = TestApp::on(Backend::Sqlite).await;
        superuser(&app, "root").await;
        let rows = rows(&app).await;
        let filled = forms(&rows).remove(at);
        let mut tab = Tab::signed_in(&app, "root").await;
        let before = state(&app).await;
        let answer = tab.post_form(&filled.path, filled.fields).await;
        assert_eq!(
            answer.status,
            filled.status,
            "{}: {}",
            filled.path,
            answer.text()
        );
        let after = state(&app).await;
        assert_ne!(before, after, "{} changes nothing", filled.path);
    }
}

#[tokio::test]
async fn a_token_may_be_masked_or_in_the_header_and_its_page_may_be_named() {
    let app = TestApp::on(Backend::Sqlite).await;
    superuser(&app, "root").await;
    let mut tab = Tab::signed_in(&app, "root").await;
    let page = tab.get("/admin/auth/group/add/").await.expect(200).text();
    let masked = field(&page, TOKEN);
    assert_eq!(masked.len(), 64);
    let plain = tab.cookie("csrftoken");
    let host = "http://site.example";
    for (at, (token, headers)) in [
        (masked.as_str(), &[][..]),
        (&plain, &[]),
        ("", &[("x-csrftoken", masked.as_str())]),
        (&masked, &[("origin", host)]),
        (
            &masked,
            &[("sec-fetch-site", "same-origin"), ("origin", host)],
        ),
        (
            &masked,
            &[("referer", "http://site.example/admin/auth/group/add/")],
        ),
        (&masked, &[("sec-fetch-site", "none")]),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("group {at}");
        let fields = form(&[(TOKEN, token), ("name", &name)]);
        let answer = tab.submit("/admin/auth/group/add/", &fields, headers).await;
        assert_eq!(answer.status, 302, "{headers:?}: {}", answer.text());
    }
    assert_eq!(
        app.query("SELECT CAST(COUNT(*) AS text) FROM auth_group")
            .await,
        ["7"]
    );
    // another page of the same visitor has another mask
    let again = tab.get("/admin/auth/group/add/").await.text();
    assert_ne!(field(&again, TOKEN), masked);
}

/// The value of a page's hidden field.
fn field(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&start).unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn a_sign_in_needs_the_token_of_the_visitor() {
    let app = TestApp::on(Backend::Sqlite).await;
    staff(&app, "ann", &[]).await;
    let mut other = Tab::of(&app);
    other.get("/admin/login/").await;
    let others = other.cookie("csrftoken");
    let mut tab = Tab::of(&app);
    tab.get("/admin/login/").await;
    let filled = Filled {
        path: "/admin/login/".to_owned(),
        fields: form(&[("username", "ann"), ("password", PASSWORD)]),
        status: 302,
    };
    for wrong in WRONG {
        let answer = wrong.send(&mut tab, &filled, &others).await;
        is_refused(&answer, wrong.name);
    }
    assert_eq!(
        app.query("SELECT session_key FROM django_session").await,
        [""; 0]
    );
    let before = tab.cookie("csrftoken");
    tab.post_form(&filled.path, filled.fields).await.expect(302);
    // whoever knew the token before knows it no more
    assert_ne!(tab.cookie("csrftoken"), before);
    let fields = form(&[(TOKEN, &before), ("name", "x")]);
    let answer = tab.submit("/admin/auth/group/add/", &fields, &[]).await;
    is_refused(&answer, "the token before the sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_https_a_form_names_its_page() {
    let app = TestApp::with(Backend::Sqlite, TRUSTING).await;
    superuser(&app, "root").await;
    let base = app.listen().await;
    let mut tab = Tab::at(&base, PROXIED);
    let own = ("referer", "https://site.example/admin/login/");
    tab.get("/admin/login/").await.expect(200);
    let fields = |tab: &Tab<'_>| {
        let token = tab.cookie("csrftoken");
        form(&[
            (TOKEN, &token),
            ("username", "root"),
            ("password", PASSWORD),
            ("next", "/admin/"),
        ])
    };
    let sent = fields(&tab);
    for headers in [
        &[][..],
        &[("referer", "https://evil.example/")],
        &[("referer", "http://site.example/admin/login/")],
        &[("referer", "https://site.example:8443/")],
        &[("referer", "https://site.example@evil.example/")],
        &[("referer", "about:blank")],
        &[("referer", "")],
        &[("origin", "http://site.example"), own],
        &[("origin", "https://site.example:8443"), own],
        &[("origin", "null"), own],
        &[("sec-fetch-site", "cross-site")],
    ] {
        let answer = tab.submit("/admin/login/", &sent, headers).await;
        is_refused(&answer, &format!("{headers:?}"));
    }
    for headers in [own, ("origin", "https://site.example")] {
        let mut tab = Tab::at(&base, PROXIED);
        let page = tab.get("/admin/login/").await.expect(200);
        assert!(set_cookie(&page, "csrftoken").ends_with("; Secure"));
        let sent = fields(&tab);
        tab.submit("/admin/login/", &sent, &[headers])
            .await
            .expect(302);
    }
}

/// What only asks does nothing, whatever it is asked with.
#[tokio::test(flavor = "multi_thread")]
async fn a_get_changes_nothing() {
    let app = TestApp::on(Backend::Sqlite).await;
    superuser(&app, "root").await;
    let rows = rows(&app).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    let before = state(&app).await;
    for filled in forms(&rows) {
        let mut fields = filled.fields;
        fields.extend(form(&[(TOKEN, &tab.cookie("csrftoken")), ("_save", "1")]));
        let query = super::tab::encoded(&fields);
        for method in ["GET", "HEAD", "OPTIONS"] {
            tab.send(method, &format!("{}?{query}", filled.path), &[], "")
                .await;
            let form = [("content-type", "application/x-www-form-urlencoded")];
            tab.send(method, &filled.path, &form, query.clone()).await;
        }
        assert_eq!(
            done(&before, &state(&app).await),
            [""; 0],
            "{}",
            filled.path
        );
    }
}
