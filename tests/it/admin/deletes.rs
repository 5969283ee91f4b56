//! Removing: one, several by an action, and the history that is left.

use super::walk::Walk;

pub(crate) async fn one_by_one(walk: &mut Walk) {
    for name in [
        "user/target20",
        "group/Group 20",
        "group/Writers",
        "post/Post 020",
        "blacklisted/target21",
        "user/can_view_user",
        "post/<i>“quoted” & 'single'</i>",
    ] {
        let path = walk.path(name);
        walk.step(&format!("deleting {name}"));
        walk.get(&format!("{path}/delete/")).await;
        walk.post(&format!("{path}/delete/"), &[]).await;
        walk.follow_if_sent().await;
        walk.get(&format!("{path}/delete/")).await;
        walk.step(&format!("it is gone: {name}"));
        walk.follow_if_sent().await;
        walk.get(&format!("{path}/history/")).await;
    }
    walk.step("deleting from the page");
    walk.get(&format!("{}/delete/", walk.path("post/Post 021")))
        .await;
    walk.submit("post", &[]).await;
    walk.follow().await;
    walk.step("deleting with a filter that is kept");
    walk.get(&format!(
        "{}/delete/?_changelist_filters=q%3DPost",
        walk.path("post/Post 022")
    ))
    .await;
    walk.submit("post", &[]).await;
    walk.follow().await;
}

pub(crate) async fn actions(walk: &mut Walk) {
    let posts = "/admin/posts/post/";
    let ids = ["post/Post 030", "post/Post 031", "post/Post 032"].map(|name| walk.id(name));
    let [first, second, third] = ids.each_ref().map(String::as_str);
    for (step, fields) in [
        ("none chosen, no rows", vec![]),
        ("none chosen", vec![("_selected_action", first)]),
        ("no rows", vec![("action", "delete_selected")]),
        (
            "an unknown one",
            vec![("action", "nothing"), ("_selected_action", first)],
        ),
        (
            "a row that there is not",
            vec![
                ("action", "delete_selected"),
                ("_selected_action", "999999"),
            ],
        ),
        (
            "a row that is no number",
            vec![("action", "delete_selected"), ("_selected_action", "x")],
        ),
        (
            "confirmation of two",
            vec![
                ("action", "delete_selected"),
                ("_selected_action", first),
                ("_selected_action", second),
            ],
        ),
    ] {
        walk.step(&format!("an action: {step}"));
        walk.get(posts).await;
        walk.submit("action", &fields).await;
        walk.follow_if_sent().await;
        walk.get(posts).await;
        walk.submit("index", &fields).await;
        walk.follow_if_sent().await;
    }
    walk.step("an action from the page, to its end");
    walk.get(posts).await;
    walk.submit(
        "index",
        &[
            ("action", "delete_selected"),
            ("_selected_action", first),
            ("_selected_action", second),
        ],
    )
    .await;
    walk.submit("post", &[]).await;
    walk.follow().await;
    walk.step("an action without its fields");
    let chosen = [("action", "delete_selected"), ("_selected_action", third)];
    walk.post(posts, &[]).await;
    walk.post(posts, &chosen).await;
    walk.post(posts, &[&chosen[..], &[("index", "0")]].concat())
        .await;
    walk.post(posts, &[&chosen[..], &[("index", "x")]].concat())
        .await;
    walk.post(posts, &[&chosen[..], &[("index", "5")]].concat())
        .await;
    walk.post(posts, &[&chosen[..], &[("post", "yes")]].concat())
        .await;
    walk.follow_if_sent().await;
    walk.step("an action on all");
    for list in [
        "/admin/posts/post/?q=Post+04",
        "/admin/auth/group/?q=Group+3",
    ] {
        walk.get(list).await;
        walk.submit(
            "index",
            &[("action", "delete_selected"), ("+select_across", "1")],
        )
        .await;
        walk.get(list).await;
        let page = walk.first_row();
        walk.submit(
            "index",
            &[
                ("action", "delete_selected"),
                ("+select_across", "1"),
                ("_selected_action", &page),
            ],
        )
        .await;
        walk.submit("post", &[]).await;
        walk.follow_if_sent().await;
    }
    walk.step("an action within a filter");
    let inactive = walk.id("user/target23");
    walk.get("/admin/auth/user/?is_active__exact=0&q=target&o=2")
        .await;
    walk.submit(
        "index",
        &[
            ("action", "delete_selected"),
            ("_selected_action", &inactive),
        ],
    )
    .await;
    walk.submit("post", &[]).await;
    walk.follow_if_sent().await;
    for (list, names) in [
        (
            "/admin/auth/user/",
            ["user/target24", "user/target25", "user/target26"],
        ),
        (
            "/admin/auth/group/",
            [
                "group/Group 24",
                "group/Group 25",
                "group/<script>alert(\"g\")</script>",
            ],
        ),
        (
            "/admin/token_blacklist/blacklistedtoken/",
            [
                "blacklisted/target27",
                "blacklisted/target28",
                "blacklisted/target29",
            ],
        ),
    ] {
        walk.step("several rows of each kind");
        let ids = names.map(|name| walk.id(name));
        let [first, second, third] = ids.each_ref().map(|id| ("_selected_action", id.as_str()));
        walk.get(list).await;
        walk.submit(
            "index",
            &[("action", "delete_selected"), third, first, second],
        )
        .await;
        walk.submit("post", &[]).await;
        walk.follow_if_sent().await;
    }
}

pub(crate) async fn histories(walk: &mut Walk) {
    walk.step("histories");
    for name in [
        "user/target00",
        "user/target30",
        "group/Group 05",
        "post/Post 010",
        "live/target01",
        "blacklisted/target10",
        "user/root",
    ] {
        walk.get(&format!("{}/history/", walk.path(name))).await;
    }
    let path = walk.path("user/target00");
    for page in ["?p=1", "?p=2", "?p=x"] {
        walk.get(&format!("{path}/history/{page}")).await;
    }
    walk.post(&format!("{path}/history/"), &[]).await;
    walk.get("/admin/").await;
}

/// What may come last alone.
pub(crate) async fn oneself(walk: &mut Walk) {
    walk.step("deleting oneself");
    let path = format!("{}/delete/", walk.path("user/root"));
    walk.get(&path).await;
    walk.submit("post", &[]).await;
    walk.follow().await;
    walk.get("/admin/").await;
}
