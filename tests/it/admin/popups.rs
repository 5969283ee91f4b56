//! Windows that another page opens, to add or change a row that one of its fields may refer to.

use super::walk::Walk;

const NEW: &str = "Another-Password-9";

pub(crate) async fn all(walk: &mut Walk) {
    adding(walk).await;
    changing(walk).await;
    deleting(walk).await;
    lists(walk).await;
    fields(walk).await;
}

async fn adding(walk: &mut Walk) {
    let popup = "_to_field=id&_popup=1";
    walk.step("a user is added in a popup");
    walk.get(&format!("/admin/auth/user/add/?{popup}")).await;
    walk.submit("_save", &[]).await;
    let user = [
        ("username", "popped"),
        ("password1", NEW),
        ("password2", NEW),
    ];
    walk.submit("_save", &user).await;
    walk.step("a group is added in a popup");
    walk.get(&format!("/admin/auth/group/add/?{popup}")).await;
    walk.submit("_save", &[("name", "Writers")]).await;
    walk.submit("_save", &[("name", "Popped <b>\"&'é😀")]).await;
    let author = walk.id("user/target04");
    let post = [
        ("title", "In a popup"),
        ("content", "x"),
        ("author", author.as_str()),
    ];
    for (step, query, field) in [
        ("as it is sent", popup, "1"),
        ("without a field to refer to", "_popup=1", "1"),
        ("of another value", "_popup=0&_to_field=", ""),
    ] {
        walk.step(&format!("a post is added in a popup, {step}"));
        walk.get(&format!("/admin/posts/post/add/?{query}")).await;
        let fields = [&post[..], &[("_popup", field)]].concat();
        walk.submit("_save", &fields).await;
    }
    walk.step("a post whose form says nothing of its popup");
    walk.post("/admin/posts/post/add/?_popup=1", &post).await;
    walk.step("a post whose form alone says that it is one");
    walk.get("/admin/posts/post/add/").await;
    walk.submit("_continue", &[&post[..], &[("+_popup", "1")]].concat())
        .await;
    walk.step("what is said is said later");
    walk.get("/admin/").await;
}

async fn changing(walk: &mut Walk) {
    for (name, changes) in [
        ("post/Post 012", [("title", "Changed <b> \"é\"")]),
        ("user/target06", [("first_name", "Popped")]),
        ("group/Group 06", [("name", "Group six")]),
    ] {
        walk.step(&format!("{name} is changed in a popup"));
        let one = walk.path(name);
        walk.get(&format!("{one}/change/?_popup=1&_to_field=id"))
            .await;
        walk.submit("_save", &changes).await;
        walk.get(&format!("{one}/history/?_popup=1")).await;
    }
    walk.step("tokens are looked at in a popup");
    let one = walk.path("live/target01");
    walk.get(&format!("{one}/change/?_popup=1")).await;
}

async fn deleting(walk: &mut Walk) {
    for name in ["post/Post 013", "group/Group 07"] {
        walk.step(&format!("{name} is deleted in a popup"));
        let one = walk.path(name);
        walk.get(&format!("{one}/delete/?_popup=1&_to_field=id"))
            .await;
        walk.submit("post", &[]).await;
    }
    walk.get("/admin/").await;
}

async fn lists(walk: &mut Walk) {
    walk.step("lists in a popup");
    for list in [
        "auth/user",
        "auth/group",
        "posts/post",
        "token_blacklist/outstandingtoken",
        "token_blacklist/blacklistedtoken",
    ] {
        for query in ["", "&q=target&_to_field=id", "&o=1&p=2"] {
            walk.get(&format!("/admin/{list}/?_popup=1{query}")).await;
        }
    }
    walk.step("an action in a popup");
    let post = walk.id("post/Post 014");
    for confirmed in [&[][..], &[("post", "yes")]] {
        let action = [
            ("action", "delete_selected"),
            ("_selected_action", post.as_str()),
            ("index", "0"),
        ];
        let fields = [&action[..], confirmed].concat();
        walk.post("/admin/posts/post/?_popup=1", &fields).await;
    }
}

async fn fields(walk: &mut Walk) {
    // Django's own pages of a row fail at this
    walk.step("referred to by nothing");
    walk.get("/admin/auth/user/?_to_field=").await;
    walk.get("/admin/auth/user/add/?_to_field=").await;
    let one = walk.path("user/target07");
    for field in ["username", "pk", "password", "nothing", "id"] {
        walk.step(&format!("referred to by {field:?}"));
        for page in [
            "/admin/auth/user/",
            "/admin/auth/user/add/",
            &format!("{one}/change/"),
            &format!("{one}/delete/"),
        ] {
            walk.get(&format!("{page}?_to_field={field}")).await;
        }
        walk.post(
            "/admin/posts/post/add/",
            &[("title", "x"), ("_to_field", field)],
        )
        .await;
    }
}
