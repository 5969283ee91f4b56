//! Every page and every action, for somebody with some rights or none.

use super::walk::Walk;

/// Names and values.
type Fields = &'static [(&'static str, &'static str)];

/// A list, its rows by their names here, and fields that make and change one.
const MODELS: [(&str, &str, Fields); 5] = [
    (
        "auth/user",
        "user/target",
        &[
            ("username", "made{n}"),
            ("password1", "Another-Password-9"),
            ("password2", "Another-Password-9"),
            ("date_joined_0", "2020-01-0{day}"),
            ("date_joined_1", "03:04:05"),
            ("is_superuser", "on"),
        ],
    ),
    ("auth/group", "group/Group ", &[("name", "Made {n}")]),
    (
        "posts/post",
        "post/Post 0",
        &[("title", "Made {n}"), ("content", "x"), ("author", "1")],
    ),
    (
        "token_blacklist/outstandingtoken",
        "live/target",
        &[("jti", "x"), ("token", "x")],
    ),
    (
        "token_blacklist/blacklistedtoken",
        "blacklisted/target",
        &[("token", "{live}")],
    ),
];

/// With objects of this role's own, by its number.
pub(crate) async fn all(walk: &mut Walk, number: usize) {
    let number = format!("{:02}", 30 + number);
    walk.step("indices");
    for path in [
        "/admin/",
        "/admin/auth/",
        "/admin/posts/",
        "/admin/token_blacklist/",
        "/admin/nothing/",
        "/admin/jsi18n/",
        "/admin/password_change/",
    ] {
        walk.get(path).await;
    }
    for (list, rows, fields) in MODELS {
        let name = format!("{rows}{number}");
        let one = walk.path(&name);
        let id = walk.id(&name);
        let list = format!("/admin/{list}/");
        let live = walk.id(&format!("live/target{number}"));
        let save = |button: &'static str, day: &str| -> Vec<(&str, String)> {
            let filled = fields.iter().map(|(name, value)| {
                let value = value.replace("{n}", &number).replace("{live}", &live);
                (*name, value.replace("{day}", day))
            });
            filled.chain([(button, String::new())]).collect()
        };
        walk.step(&format!("{list}: looking"));
        for path in [
            &list,
            &format!("{list}?q=target{number}"),
            &format!("{list}?e=1"),
            &format!("{one}/change/"),
            &format!("{one}/"),
            &format!("{one}/history/"),
            &format!("{list}999999/change/"),
        ] {
            walk.get(path).await;
            walk.follow_if_sent().await;
        }
        walk.get(&format!("{one}/change/")).await;
        if walk.offers("_continue") {
            walk.submit("_continue", &[]).await;
            walk.follow_if_sent().await;
        }
        walk.step(&format!("{list}: adding"));
        walk.get(&format!("{list}add/")).await;
        for button in ["_save", "_continue", "_addanother"] {
            walk.post_all(&format!("{list}add/"), &save(button, "1"))
                .await;
            walk.follow_if_sent().await;
        }
        walk.step(&format!("{list}: changing"));
        for (button, day) in [
            ("_save", "2"),
            ("_continue", "3"),
            ("_addanother", "4"),
            ("_popup", "6"),
        ] {
            walk.post_all(&format!("{one}/change/"), &save(button, day))
                .await;
            walk.follow_if_sent().await;
        }
        walk.post_all(&format!("{list}999999/change/"), &save("_save", "5"))
            .await;
        walk.follow_if_sent().await;
        walk.step(&format!("{list}: removing"));
        let action = [
            ("action", "delete_selected"),
            ("_selected_action", id.as_str()),
            ("index", "0"),
        ];
        walk.post(&list, &action).await;
        walk.post(&list, &action[..2]).await;
        walk.follow_if_sent().await;
        walk.get(&format!("{one}/delete/")).await;
        walk.post(&format!("{list}999999/delete/"), &[("post", "yes")])
            .await;
        walk.follow_if_sent().await;
        walk.post(&format!("{one}/delete/"), &[("post", "yes")])
            .await;
        walk.follow_if_sent().await;
        let other = walk.id(&format!("{rows}0{}", &number[1..]));
        walk.post(
            &list,
            &[
                ("action", "delete_selected"),
                ("_selected_action", other.as_str()),
                ("post", "yes"),
            ],
        )
        .await;
        walk.follow_if_sent().await;
    }
    walk.step("passwords of others");
    let page = format!("{}/password/", walk.path("user/target11"));
    walk.get(&page).await;
    walk.post(
        &page,
        &[
            ("password1", "Another-Password-9"),
            ("password2", "Another-Password-9"),
            ("usable_password", "true"),
        ],
    )
    .await;
    walk.follow_if_sent().await;
    walk.step("signing out");
    walk.get("/admin/").await;
    walk.get("/admin/logout/").await;
    walk.post("/admin/logout/", &[]).await;
    walk.get("/admin/").await;
}
