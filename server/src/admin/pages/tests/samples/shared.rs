//! What several samples have.

use super::super::super::*;
use super::Data;

pub(super) fn link(t: Data<'_>, label: &str, url: &str) -> Link {
    Link::new(t(label), t(url))
}

pub(super) fn linked(t: Data<'_>, before: &str, label: &str) -> Text {
    Text::with_link(
        t(before),
        link(t, label, "/service/admin/posts/post/1/change/"),
        t(""),
    )
}

pub(super) fn time(t: Data<'_>, day: u32) -> Time {
    Time {
        shown: t(&format!("Nov. {day}, 2026, 9:22 a.m.")),
        iso: t(&format!("2026-11-{day:02}T09:22:11Z")),
    }
}

pub(super) fn outside(t: Data<'_>, title: &str) -> Page {
    Page {
        title: t(title),
        root: "/service/admin/".to_owned(),
        csrf_token: t("csrf"),
        ..Page::default()
    }
}

pub(super) fn page(t: Data<'_>, title: &str) -> Page {
    let model = |name: &str, path: &str, is_current| Model {
        name: t(name),
        list: Some(t(&format!("/service/admin/{path}/"))),
        add: Some(t(&format!("/service/admin/{path}/add/"))),
        may_change: true,
        is_current,
    };
    let app = |name: &str, models| App {
        name: t(name),
        url: t("/service/admin/auth/"),
        models,
    };
    let mut outstanding = model(
        "Outstanding Tokens",
        "token_blacklist/outstandingtoken",
        false,
    );
    outstanding.add = None;
    outstanding.may_change = false;
    let mut only_add = model("Notes", "posts/note", false);
    only_add.list = None;
    Page {
        user: Some(SignedIn {
            name: t("ada"),
            may_change_password: true,
        }),
        breadcrumbs: vec![
            link(
                t,
                "Authentication and Authorization",
                "/service/admin/auth/",
            ),
            link(t, "Users", "/service/admin/auth/user/"),
        ],
        here: Some(t("This page")),
        apps: vec![
            app(
                "Authentication and Authorization",
                vec![
                    model("Groups", "auth/group", false),
                    model("Users", "auth/user", true),
                ],
            ),
            app("Posts", vec![model("Posts", "posts/post", false), only_add]),
            app(
                "Token Blacklist",
                vec![
                    model(
                        "Blacklisted Tokens",
                        "token_blacklist/blacklistedtoken",
                        false,
                    ),
                    outstanding,
                ],
            ),
        ],
        ..outside(t, title)
    }
}
