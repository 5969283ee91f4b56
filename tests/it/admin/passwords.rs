//! Passwords that are set and disabled for others, and who loses a right while he is signed in.

use super::sites::PASSWORD;
use super::walk::Walk;

const NEW: &str = "Another-Password-9";

/// Who loses a right while he is signed in.
pub(crate) async fn losing(walk: &mut Walk) {
    for (name, switch) in [
        ("user/target09", "-is_staff"),
        ("user/target21", "-is_active"),
        ("user/by_group", "-groups"),
    ] {
        let path = format!("{}/change/", walk.path(name));
        let (_, user) = name.split_once('/').unwrap();
        walk.step(&format!("{user} loses {switch}"));
        walk.browser(user);
        walk.sign_in(user).await;
        walk.get("/admin/posts/post/").await;
        walk.browser("root");
        walk.get(&path).await;
        walk.submit("_save", &[(switch, "")]).await;
        walk.follow().await;
        walk.browser(user);
        walk.get("/admin/posts/post/").await;
        walk.get("/admin/login/").await;
        walk.browser("root");
    }
}

pub(crate) async fn setting(walk: &mut Walk) {
    let user = walk.path("user/target12");
    let page = format!("{user}/password/");
    walk.step("a user signs in");
    walk.browser("target12");
    walk.sign_in("target12").await;
    walk.browser("root");
    let pair = |first, second| vec![("password1", first), ("password2", second)];
    for (step, changes) in [
        ("empty", vec![]),
        ("one", pair(NEW, "")),
        ("two that differ", pair(NEW, "Another-Password-8")),
        ("a short one", pair("aZ3$", "aZ3$")),
        (
            "like the name",
            pair("target12@example", "target12@example"),
        ),
        ("several faults", pair("1234567", "1234567")),
        ("NUL", pair("a\0nother-Password", "a\0nother-Password")),
        (
            "disabled by the wrong button",
            vec![("usable_password", "false")],
        ),
        (
            "right, and more than the form asks",
            [
                &pair(NEW, NEW)[..],
                &[
                    ("+is_superuser", "on"),
                    ("+username", "other"),
                    ("+id", "1"),
                ],
            ]
            .concat(),
        ),
    ] {
        walk.step(&format!("setting a password: {step}"));
        walk.get(&page).await;
        walk.submit("set-password", &changes).await;
        walk.follow_if_sent().await;
    }
    walk.step("his session is over");
    walk.browser("target12");
    walk.get("/admin/").await;
    walk.sign_in_with("target12", NEW).await;
    walk.browser("root");
    for (step, changes) in [
        ("the button alone", vec![]),
        ("with the switch", vec![("usable_password", "false")]),
    ] {
        walk.step(&format!("disabling a password: {step}"));
        walk.get(&page).await;
        walk.submit("unset-password", &changes).await;
        walk.follow_if_sent().await;
    }
    walk.step("who has no password");
    walk.browser("target12");
    walk.get("/admin/").await;
    walk.get("/admin/login/").await;
    walk.submit("password", &[("username", "target12"), ("password", NEW)])
        .await;
    walk.browser("root");
    walk.get(&page).await;
    walk.submit("set-password", &[]).await;
    walk.step("a password is set again");
    walk.get(&page).await;
    walk.submit(
        "set-password",
        &[("password1", PASSWORD), ("password2", PASSWORD)],
    )
    .await;
    walk.follow_if_sent().await;
    walk.get(&format!("{user}/history/")).await;
    walk.step("one's own password, by the page for others");
    let own = format!("{}/password/", walk.path("user/root"));
    walk.get(&own).await;
    walk.submit("set-password", &[("password1", NEW), ("password2", NEW)])
        .await;
    walk.follow().await;
    walk.get(&own).await;
    walk.submit(
        "set-password",
        &[("password1", PASSWORD), ("password2", PASSWORD)],
    )
    .await;
    walk.follow().await;
    walk.step("the password of nobody");
    for id in ["999999", "abc", "99999999999999999999"] {
        let page = format!("/admin/auth/user/{id}/password/");
        walk.get(&page).await;
        walk.post(&page, &[("password1", NEW), ("password2", NEW)])
            .await;
    }
    walk.post(&page, &[]).await;
    walk.post(&page, &[("password1", NEW), ("password2", NEW)])
        .await;
}
