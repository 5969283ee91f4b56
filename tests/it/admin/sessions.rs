//! Signing in and out, sessions, and what keeps others from acting for somebody.

use reqwest::Method;

use super::browser::Request;
use super::sites::PASSWORD;
use super::walk::{BASE, CSRF, Walk};

pub(crate) async fn nobody_is_signed_in(walk: &mut Walk) {
    walk.role("anonymous");
    walk.step("every page leads to signing in");
    for path in [
        "/admin/",
        "/admin/auth/",
        "/admin/posts/",
        "/admin/auth/user/",
        "/admin/auth/user/?q=a%20b&o=1",
        "/admin/posts/post/add/",
        "/admin/posts/post/1/change/",
        "/admin/posts/post/1/",
        "/admin/nothing/",
        "/admin/nothing",
        "/admin/auth/user",
        "/admin/auth/user/1/password/",
        "/admin/password_change/",
        "/admin/password_change/done/",
        "/admin/logout/",
        "/admin/jsi18n/",
        "/admin/autocomplete/",
        "/admin/r/1/1/",
        "/admin",
        "/admin/login",
        "/admin/login/?next=/x",
    ] {
        walk.get(path).await;
    }
    walk.step("nothing is changed");
    for path in [
        "/admin/",
        "/admin/posts/post/add/",
        "/admin/posts/post/",
        "/admin/posts/post/1/delete/",
        "/admin/nothing/",
        "/admin/nothing",
        "/admin/logout/",
        "/admin/auth/user/1/password/",
        "/admin/password_change/",
        "/admin/posts/post/add",
    ] {
        walk.post(path, &[("post", "yes")]).await;
    }
    walk.step("a post without the secret");
    walk.send(&Request::post("/admin/posts/post/add/", &[]))
        .await;
    walk.send(&Request::post(
        "/admin/login/",
        &[("username", "root"), ("password", PASSWORD)],
    ))
    .await;
    walk.step("an unknown session");
    walk.set_cookie("sessionid", "abcdefghijklmnopqrstuvwxyz012345");
    walk.get("/admin/").await;
    walk.get("/admin/").await;
    walk.set_cookie("sessionid", "no session's key");
    walk.get("/admin/login/").await;
}

pub(crate) async fn signing_in(walk: &mut Walk) {
    walk.role("signing in");
    let long = "r".repeat(255);
    for (step, name, password) in [
        ("a wrong password", "root", "wrong"),
        ("nothing", "", ""),
        ("no password", "root", ""),
        ("no name", "", PASSWORD),
        ("an unknown name", "nobody<b>", PASSWORD),
        ("an inactive user", "inactive", PASSWORD),
        ("a user who is not staff", "outsider", PASSWORD),
        ("a password with a space", "root", " ComplexPassword123! "),
        ("another case", "Root", PASSWORD),
        ("a name with NUL", "ro\0ot", PASSWORD),
        ("a password with NUL", "root", "Complex\0"),
        ("a long name", &long, PASSWORD),
    ] {
        walk.step(step);
        walk.get("/admin/login/").await;
        walk.submit("password", &[("username", name), ("password", password)])
            .await;
    }
    for (step, name) in [
        ("a name within spaces", " root "),
        ("a name of wide letters", "ｒｏｏｔ"),
    ] {
        walk.browser(step);
        walk.step(step);
        walk.sign_in(name).await;
    }
    for (number, next) in [
        "/admin/posts/post/%3Fq%3Da",
        "/admin/auth/user/1/change/",
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "",
        "relative/",
        "/api/posts/",
        "///evil.example",
        "http:///evil.example",
        "%0a//evil.example",
        "https%3A%2F%2F127.0.0.1/admin/",
    ]
    .iter()
    .enumerate()
    {
        walk.browser(&format!("next {number}"));
        walk.step(&format!("signing in with next {next}"));
        walk.get(&format!("/admin/login/?next={next}")).await;
        walk.submit("password", &[("username", "root"), ("password", PASSWORD)])
            .await;
    }
    walk.browser("no next");
    walk.step("signing in without next");
    walk.get("/admin/login/").await;
    walk.submit(
        "password",
        &[("username", "root"), ("password", PASSWORD), ("-next", "")],
    )
    .await;
    walk.browser("next of the form");
    walk.step("next of the form and of the address");
    walk.get("/admin/login/?next=/admin/auth/").await;
    walk.submit(
        "password",
        &[
            ("username", "root"),
            ("password", PASSWORD),
            ("next", "/admin/posts/"),
        ],
    )
    .await;
    walk.step("the page of signing in, for who is");
    for path in [
        "/admin/login/",
        "/admin/login/?next=/admin/auth/",
        "/admin/login/?next=//evil.example",
    ] {
        walk.get(path).await;
    }
    walk.post(
        "/admin/login/",
        &[
            ("username", "root"),
            ("password", "wrong"),
            ("next", "/admin/"),
        ],
    )
    .await;
    walk.post(
        "/admin/login/",
        &[
            ("username", "none"),
            ("password", PASSWORD),
            ("next", "/admin/"),
        ],
    )
    .await;
    walk.get("/admin/").await;
    walk.browser("a session of somebody's choice");
    walk.step("a session of somebody's choice");
    walk.set_cookie("sessionid", "abcdefghijklmnopqrstuvwxyz012345");
    walk.set_cookie("csrftoken", "abcdefghijklmnopqrstuvwxyzABCDEF");
    walk.sign_in("root").await;
}

pub(crate) async fn signing_out(walk: &mut Walk) {
    walk.role("signing out");
    walk.step("signing out");
    walk.sign_in("root").await;
    walk.get("/admin/logout/").await;
    walk.send(&Request::post("/admin/logout/", &[])).await;
    walk.get("/admin/").await;
    walk.post("/admin/logout/", &[]).await;
    walk.get("/admin/").await;
    walk.post("/admin/logout/", &[]).await;
    walk.step("signing in again");
    walk.sign_in("root").await;
}

/// Every way to bring the secret along, rightly and wrongly.
pub(crate) async fn secrets(walk: &mut Walk) {
    walk.role("root");
    let path = "/admin/password_change/";
    let plain = || Request::post(path, &[]);
    let field = |value: &str| Request::post(path, &[("csrfmiddlewaretoken", value)]);
    let (short, long) = ("a".repeat(32), "a".repeat(64));
    for (step, request) in [
        ("without", plain()),
        ("empty", field("")),
        ("in the field", field(CSRF)),
        ("wrong", field(&short)),
        ("wrong and long", field(&long)),
        ("too short", field("abc")),
        ("with other signs", field(&"-".repeat(32))),
        ("in the header", plain().header("x-csrftoken", CSRF)),
        ("wrong in the header", plain().header("x-csrftoken", &short)),
        (
            "in the field, wrong in the header",
            field(CSRF).header("x-csrftoken", &short),
        ),
        (
            "wrong in the field, right in the header",
            field(&short).header("x-csrftoken", CSRF),
        ),
        ("from this site", field(CSRF).header("origin", BASE)),
        (
            "from another",
            field(CSRF).header("origin", "https://evil.example"),
        ),
        (
            "from another that begins alike",
            field(CSRF).header("origin", &format!("{BASE}.evil.example")),
        ),
        ("from nowhere", field(CSRF).header("origin", "null")),
        (
            "referred by another",
            field(CSRF).header("referer", "https://evil.example/"),
        ),
    ] {
        walk.step(&format!("the secret {step}"));
        walk.send(&request).await;
    }
    walk.step("the secret by other methods");
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        for headers in [Vec::new(), vec![("x-csrftoken", CSRF.to_owned())]] {
            let request = Request {
                method: method.clone(),
                headers,
                ..Request::get("/admin/posts/post/")
            };
            walk.send(&request).await;
        }
    }
    walk.step("without the cookie");
    walk.forget_cookie("csrftoken");
    walk.send(&field(&short)).await;
    walk.get(path).await;
    walk.submit("old_password", &[]).await;
}

pub(crate) async fn own_password(walk: &mut Walk) {
    walk.role("root");
    walk.step("a second browser");
    walk.browser("second");
    walk.sign_in("root").await;
    walk.browser("root");
    let new = "Another-Password-9";
    for (step, old, first, second) in [
        ("nothing", "", "", ""),
        ("a wrong old one", "wrong", new, new),
        ("two that differ", PASSWORD, new, "Another-Password-8"),
        ("a short one", PASSWORD, "aZ3$", "aZ3$"),
        ("a common one", PASSWORD, "password1", "password1"),
        ("a number", PASSWORD, "4815162342", "4815162342"),
        (
            "one like the name",
            PASSWORD,
            "root@example.com",
            "root@example.com",
        ),
        ("several faults", "wrong", "1234567", "1234567"),
        (
            "NUL",
            PASSWORD,
            "Another\0Password-9",
            "Another\0Password-9",
        ),
        ("a half", PASSWORD, new, ""),
    ] {
        walk.step(&format!("own password: {step}"));
        walk.get("/admin/password_change/").await;
        let changes = [
            ("old_password", old),
            ("new_password1", first),
            ("new_password2", second),
        ];
        walk.submit("old_password", &changes).await;
    }
    walk.step("own password: more than the form asks");
    let changes = [
        ("old_password", PASSWORD),
        ("new_password1", new),
        ("new_password2", new),
        ("+is_superuser", "0"),
        ("+is_active", "0"),
        ("+username", "other"),
        ("+user", "2"),
        ("+id", "2"),
    ];
    walk.submit("old_password", &changes).await;
    walk.follow().await;
    walk.get("/admin/").await;
    walk.browser("second");
    walk.step("the second browser's session is over");
    walk.get("/admin/").await;
    walk.get("/admin/login/").await;
    walk.submit("password", &[("username", "root"), ("password", PASSWORD)])
        .await;
    walk.browser("root");
    walk.step("own password: the first again");
    walk.get("/admin/password_change/").await;
    let changes = [
        ("old_password", new),
        ("new_password1", PASSWORD),
        ("new_password2", PASSWORD),
    ];
    walk.submit("old_password", &changes).await;
    walk.follow().await;
}
