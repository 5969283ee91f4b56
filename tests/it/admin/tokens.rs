//! Tokens: those that are outstanding are looked at alone, others go on the blacklist and off it.

use super::browser::Request;
use super::walk::Walk;

pub(crate) async fn all(walk: &mut Walk) {
    let outstanding = walk.path("live/target01");
    let list = "/admin/token_blacklist/outstandingtoken/";
    walk.step("an outstanding token");
    for path in [
        format!("{outstanding}/change/"),
        format!("{outstanding}/"),
        format!("{outstanding}/history/"),
        format!("{outstanding}/delete/"),
        format!("{list}add/"),
    ] {
        walk.get(&path).await;
        walk.post(
            &path,
            &[
                ("post", "yes"),
                ("jti", "other"),
                ("token", "other"),
                ("expires_at_0", "2030-01-01"),
                ("expires_at_1", "00:00"),
                ("_save", ""),
            ],
        )
        .await;
    }
    walk.step("an action on outstanding tokens");
    let id = walk.id("live/target01");
    for post in [vec![], vec![("post", "yes")]] {
        let fields = [
            &[
                ("action", "delete_selected"),
                ("_selected_action", id.as_str()),
                ("index", "0"),
                ("select_across", "0"),
            ][..],
            &post,
        ]
        .concat();
        walk.post(list, &fields).await;
    }
    let add = "/admin/token_blacklist/blacklistedtoken/add/";
    let [live, black, other] =
        ["live/target02", "black/target02", "live/target06"].map(|name| walk.id(name));
    refresh(walk, "live/target03").await;
    for (step, changes) in [
        ("none", vec![]),
        ("one that is on it", vec![("token", black.as_str())]),
        ("an unknown one", vec![("token", "999999")]),
        ("what is no number", vec![("token", "x")]),
        ("a live one", vec![("token", live.as_str())]),
        ("the same again", vec![("token", live.as_str())]),
        (
            "more than the form asks",
            vec![
                ("token", other.as_str()),
                ("+blacklisted_at", "2020-01-01"),
                ("+blacklisted_at_0", "2020-01-01"),
                ("+id", "5"),
            ],
        ),
    ] {
        walk.step(&format!("blacklisting a token: {step}"));
        walk.get(add).await;
        walk.submit("_save", &changes).await;
        walk.follow_if_sent().await;
    }
    for (button, token) in [
        ("_continue", "live/target07"),
        ("_addanother", "live/target08"),
    ] {
        walk.step(&format!("blacklisting a token, {button}"));
        let token = walk.id(token);
        walk.get(add).await;
        walk.submit(button, &[("token", &token)]).await;
        walk.follow().await;
    }
    refresh(walk, "live/target02").await;
    let one = walk.path("blacklisted/target10");
    let next = walk.id("live/target10");
    for (step, changes) in [
        ("nothing", vec![]),
        ("to one that is on it", vec![("token", black.as_str())]),
        ("to another", vec![("token", next.as_str())]),
        ("to none", vec![("token", "")]),
    ] {
        walk.step(&format!("changing a blacklisted token: {step}"));
        walk.get(&format!("{one}/change/")).await;
        walk.submit("_continue", &changes).await;
        walk.follow_if_sent().await;
    }
    walk.step("a token comes off the blacklist");
    refresh(walk, "black/target11").await;
    let one = walk.path("blacklisted/target11");
    walk.get(&format!("{one}/delete/")).await;
    walk.submit("post", &[]).await;
    walk.follow().await;
    refresh(walk, "black/target11").await;
}

/// The service itself is asked for a new token.
async fn refresh(walk: &mut Walk, token: &str) {
    let token = walk.token(token);
    walk.send(&Request::post(
        "/api/token/refresh/",
        &[("refresh", &token)],
    ))
    .await;
}
