//! Pages that are neither lists nor forms.

use super::super::super::*;
use super::Data;
use super::lists::paging;
use super::shared::{linked, outside, page, time};

pub(super) fn login(t: Data<'_>, is_wrong: bool) -> LoginPage {
    let mut page = LoginPage::new(
        outside(t, "Log in"),
        t("/service/admin/login/?next=x"),
        t("/service/admin/"),
        t("ada"),
    );
    if is_wrong {
        page.signed_in_as = Some(t("alan"));
        page.fields[1].errors.push(t("This field is required."));
    } else {
        page.page.messages.clear();
    }
    page
}

pub(super) fn index(t: Data<'_>) -> IndexPage {
    let mut page = page(t, "Site administration");
    page.here = None;
    page.breadcrumbs.clear();
    let action = |done, object, model: Option<&str>| RecentAction {
        done,
        object,
        model: model.map(t),
    };
    let format = |name: &str, users, note: Option<&str>| PasswordFormat {
        name: t(name),
        users: Count::Exact(users),
        note: note.map(t),
    };
    IndexPage {
        page,
        only_app: None,
        recent: Some(vec![
            action(Done::Changed, linked(t, "", "alan"), Some("User")),
            action(Done::Added, linked(t, "", "Editors"), Some("Group")),
            action(Done::Deleted, t("Old news").into(), Some("Post")),
            action(Done::Deleted, t("Something").into(), None),
        ]),
        passwords: Some(Passwords {
            formats: vec![
                format("pbkdf2_sha256, 1,000,000 iterations", 98_412, None),
                format(
                    "pbkdf2_sha256, 870,000 iterations",
                    1_204,
                    Some("Renewed at the next login."),
                ),
                format("No usable password", 12, None),
                format("Not readable", 3, None),
            ],
            unreadable: Count::Exact(3),
            counted: time(t, 24),
        }),
    }
}

pub(super) fn empty_index(t: Data<'_>) -> IndexPage {
    let mut page = index(t);
    page.page.apps.clear();
    page.recent = Some(Vec::new());
    page.passwords = None;
    page
}

pub(super) fn node(t: Data<'_>, before: &str, label: &str, below: Vec<Node>) -> Node {
    Node {
        text: linked(t, before, label),
        below,
    }
}

pub(super) fn delete(t: Data<'_>, verdict: Verdict) -> DeletePage {
    DeletePage {
        page: page(t, "Delete"),
        deleted: Deleted::One {
            model: t("user"),
            object: t("alan"),
        },
        verdict,
        summary: vec![(t("Users"), Count::Exact(1)), (t("Posts"), Count::Exact(2))],
        objects: vec![node(
            t,
            "User: ",
            "alan",
            vec![
                node(t, "Post: ", "Hello", Vec::new()),
                node(t, "Post: ", "World", Vec::new()),
            ],
        )],
        stays: vec![t("3 outstanding tokens stay, and no longer name a user.").into()],
        hidden: Vec::new(),
        back: t("../change/"),
    }
}

pub(super) fn delete_selected(t: Data<'_>) -> DeletePage {
    DeletePage {
        deleted: Deleted::Selected { models: t("users") },
        hidden: vec![
            (t("action"), t("delete_selected")),
            (t("_selected_action"), t("1")),
            (t("_selected_action"), t("2")),
        ],
        ..delete(t, Verdict::Ask)
    }
}

pub(super) fn history(t: Data<'_>, has_entries: bool) -> HistoryPage {
    let entry = |action: &str| Entry {
        time: time(t, 24),
        user: t("ada (Ada Lovelace)"),
        action: t(action),
    };
    let entries = if has_entries {
        vec![
            entry("Added."),
            entry("Changed Email address and Staff status."),
            entry("No fields changed."),
        ]
    } else {
        Vec::new()
    };
    HistoryPage {
        page: page(t, "Change history: alan"),
        entries,
        paging: paging(t, Count::Exact(3)),
    }
}

pub(super) fn sessions(t: Data<'_>) -> SessionsPage {
    let session = |id: &str, refreshed| Session {
        id: t(id),
        begun: time(t, 20),
        refreshed,
        expires: time(t, 27),
    };
    SessionsPage {
        page: page(t, "Sessions: alan"),
        username: t("alan"),
        sessions: vec![session("a1", Some(time(t, 24))), session("b2", None)],
        may_end: true,
        reuse: vec![
            ReuseEvent {
                time: time(t, 23),
                begun: Some(time(t, 19)),
                text: t("A refresh token was used a second time. The session was ended."),
            },
            ReuseEvent {
                time: time(t, 22),
                begun: None,
                text: t("A refresh token was used a second time."),
            },
        ],
    }
}

pub(super) fn no_sessions(t: Data<'_>) -> SessionsPage {
    SessionsPage {
        sessions: Vec::new(),
        reuse: Vec::new(),
        ..sessions(t)
    }
}
