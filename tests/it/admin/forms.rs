//! Posts and groups: adding and changing them, with every kind of error; and objects that there are not.

use super::walk::Walk;

pub(crate) async fn posts(walk: &mut Walk) {
    let add = "/admin/posts/post/add/";
    let author = walk.id("user/target03");
    let long = "t".repeat(201);
    let most = "ü".repeat(200);
    let right = [
        ("title", "New"),
        ("content", "Text"),
        ("author", author.as_str()),
    ];
    for (step, changes) in [
        ("empty", vec![]),
        (
            "only spaces",
            vec![("title", "  "), ("content", " \n "), ("author", &author)],
        ),
        (
            "a long title",
            vec![("title", &long), ("content", "x"), ("author", &author)],
        ),
        (
            "NUL in the title",
            vec![("title", "a\0b"), ("content", "x"), ("author", &author)],
        ),
        (
            "NUL in the content",
            vec![("title", "x"), ("content", "a\0b"), ("author", &author)],
        ),
        (
            "no author",
            vec![("title", "x"), ("content", "x"), ("author", "")],
        ),
        (
            "an unknown author",
            vec![("title", "x"), ("content", "x"), ("author", "999999")],
        ),
        (
            "an author who is no number",
            vec![("title", "x"), ("content", "x"), ("author", "abc")],
        ),
        (
            "an author beyond numbers",
            vec![
                ("title", "x"),
                ("content", "x"),
                ("author", "99999999999999999999"),
            ],
        ),
        ("right", right.to_vec()),
        (
            "the longest title",
            vec![("title", &most), ("content", "x"), ("author", &author)],
        ),
        (
            "spaces around",
            vec![
                ("title", "\t Spaced  out \u{a0}"),
                ("content", "\n\n  one\n\ntwo\r\nthree  \n"),
                ("author", &author),
            ],
        ),
        (
            "markup",
            vec![
                ("title", "<b>\"M\" & 'm'</b>"),
                ("content", "</textarea><script>x</script>"),
                ("author", &author),
            ],
        ),
        (
            "lines in the title",
            vec![("title", "a\nb"), ("content", "x"), ("author", &author)],
        ),
        (
            "more than the form asks",
            [
                &right[..],
                &[
                    ("+id", "5"),
                    ("+created_at", "2020-01-01"),
                    ("+created_at_0", "2020-01-01"),
                    ("+updated_at", "2020-01-01"),
                ],
            ]
            .concat(),
        ),
        (
            "two titles",
            vec![
                ("title", "first"),
                ("title", "second"),
                ("content", "x"),
                ("author", &author),
            ],
        ),
    ] {
        walk.step(&format!("adding a post: {step}"));
        walk.get(add).await;
        walk.submit("_save", &changes).await;
        if !changes.is_empty() {
            walk.follow_if_sent().await;
        }
    }
    for button in ["_continue", "_addanother"] {
        walk.step(&format!("adding a post, {button}"));
        walk.get(add).await;
        walk.submit(button, &right).await;
        walk.follow().await;
    }
    let one = walk.path("post/Post 010");
    for (step, changes) in [
        ("nothing", vec![]),
        ("its title", vec![("title", "Changed & <b>")]),
        (
            "all",
            vec![
                ("title", "All"),
                ("content", "All\nof it"),
                ("author", author.as_str()),
            ],
        ),
        ("nothing but spaces around", vec![("title", " All ")]),
        (
            "errors",
            vec![("title", ""), ("content", "a\0b"), ("author", "abc")],
        ),
        (
            "more than the form asks",
            vec![
                ("+id", "5"),
                ("+created_at", "2020-01-01"),
                ("+author_id", "1"),
            ],
        ),
    ] {
        for button in ["_save", "_continue", "_addanother"] {
            walk.step(&format!("changing a post, {button}: {step}"));
            walk.get(&format!("{one}/change/")).await;
            walk.submit(button, &changes).await;
            walk.follow_if_sent().await;
        }
    }
    walk.step("a post without fields");
    walk.post(add, &[]).await;
    walk.post(&format!("{one}/change/"), &[]).await;
    walk.post(
        &format!("{one}/change/"),
        &[("title", "T"), ("content", "C"), ("author", &author)],
    )
    .await;
    walk.post(
        add,
        &[
            ("title", "T"),
            ("content", "C"),
            ("author", &author),
            ("_save", ""),
            ("_continue", ""),
            ("_addanother", ""),
        ],
    )
    .await;
    walk.step("fields in the address");
    walk.get(&format!(
        "{add}?title=From%20outside&content=%3Cb%3E&author={author}&nothing=1"
    ))
    .await;
    walk.submit("_save", &[]).await;
    for button in ["_continue", "_addanother"] {
        walk.get(&format!(
            "{add}?title=a%20b&content=c&author={author}&empty=&title=two+words~*"
        ))
        .await;
        walk.submit(button, &[]).await;
        walk.follow().await;
    }
    walk.step("a filter that is kept");
    let kept = "_changelist_filters=q%3DPost%26p%3D2";
    walk.get(&format!("{one}/change/?{kept}")).await;
    walk.submit("_save", &[("title", "Kept")]).await;
    walk.follow().await;
    for button in ["_continue", "_addanother"] {
        walk.get(&format!("{add}?{kept}")).await;
        walk.submit(button, &right).await;
        walk.follow().await;
    }
}

pub(crate) async fn groups(walk: &mut Walk) {
    let add = "/admin/auth/group/add/";
    let rights = ["add_user", "delete_post", "view_session", "change_logentry"]
        .map(|name| walk.id(&format!("right/{name}")));
    let [first, second, third, fourth] = rights.each_ref().map(String::as_str);
    let (long, most) = ("g".repeat(151), "g".repeat(150));
    for (step, changes) in [
        ("empty", vec![]),
        ("a name that there is", vec![("name", "Writers")]),
        ("the same in another case", vec![("name", "WRITERS")]),
        ("the same within spaces", vec![("name", " Writers ")]),
        ("a long name", vec![("name", &long)]),
        ("the longest name", vec![("name", &most)]),
        ("NUL", vec![("name", "a\0b")]),
        (
            "an unknown right",
            vec![("name", "Bad"), ("permissions", "9999")],
        ),
        (
            "a right that is no number",
            vec![
                ("name", "Bad"),
                ("permissions", first),
                ("permissions", "x<b>"),
            ],
        ),
        (
            "with rights",
            vec![
                ("name", "With <rights>"),
                ("permissions", third),
                ("permissions", first),
                ("permissions", second),
            ],
        ),
        (
            "a right twice",
            vec![
                ("name", "Twice"),
                ("permissions", first),
                ("permissions", first),
            ],
        ),
    ] {
        walk.step(&format!("adding a group: {step}"));
        walk.get(add).await;
        walk.submit("_save", &changes).await;
        walk.follow_if_sent().await;
    }
    for button in ["_continue", "_addanother"] {
        walk.step(&format!("adding a group, {button}"));
        walk.get(add).await;
        walk.submit(button, &[("name", button), ("permissions", fourth)])
            .await;
        walk.follow().await;
    }
    let one = walk.path("group/Group 05");
    for (step, changes) in [
        ("nothing", vec![]),
        ("its name", vec![("name", "Renamed")]),
        (
            "its rights",
            vec![("permissions", second), ("permissions", fourth)],
        ),
        ("one right less", vec![("permissions", second)]),
        ("no rights", vec![("-permissions", "")]),
        (
            "name and rights",
            vec![
                ("name", "Both"),
                ("permissions", first),
                ("permissions", third),
            ],
        ),
        ("errors", vec![("name", "Writers"), ("permissions", "9999")]),
    ] {
        walk.step(&format!("changing a group: {step}"));
        walk.get(&format!("{one}/change/")).await;
        walk.submit("_continue", &changes).await;
        walk.follow_if_sent().await;
    }
    walk.get(&format!("{one}/history/")).await;
}

/// Objects that there are not, and addresses that lead on.
pub(crate) async fn unknown(walk: &mut Walk) {
    walk.step("unknown objects");
    let few = ["999999", "abc", "99999999999999999999"];
    let many = [
        "-1", "1.5", "%3Cb%3E", "1_2F2", "%20", "0", "+19", "%2018", "_5F",
    ];
    for (list, ids) in [
        ("auth/user", &[&few[..], &many].concat()[..]),
        ("auth/group", &few[..1]),
        ("posts/post", &few),
        ("token_blacklist/outstandingtoken", &few[..2]),
        ("token_blacklist/blacklistedtoken", &few[..1]),
    ] {
        for id in ids {
            for page in ["change/", "", "delete/", "history/"] {
                walk.get(&format!("/admin/{list}/{id}/{page}")).await;
            }
            walk.post(&format!("/admin/{list}/{id}/change/"), &[("_save", "")])
                .await;
            walk.post(&format!("/admin/{list}/{id}/delete/"), &[("post", "yes")])
                .await;
            walk.get("/admin/").await;
        }
    }
    for name in [
        "user/target03",
        "group/Group 03",
        "post/Post 003",
        "live/target03",
        "blacklisted/target03",
    ] {
        let path = walk.path(name);
        walk.get(&format!("{path}/")).await;
        walk.get(&format!("{path}/?a=b")).await;
        walk.post(&format!("{path}/"), &[]).await;
    }
}
