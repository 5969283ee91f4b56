//! Every page and every form of the admin, and what each role is answered: the table that `roles.rs` asks for.

use super::tab::PASSWORD;

pub(super) const NEW: &str = "AnotherPassword456!";
/// To the page of the sign-in.
const LOGIN: u16 = 302;

/// A request, and what it is answered.
pub(super) struct Row {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) fields: &'static [(&'static str, &'static str)],
    /// A stranger, and whoever is signed in and no staff.
    pub(super) outside: u16,
    /// The staff without a right.
    pub(super) staff: u16,
    pub(super) superuser: u16,
    /// The rights of which each alone changes what the staff is answered, and to what.
    pub(super) opened: &'static [(&'static str, u16)],
}

const fn get(
    path: &'static str,
    [outside, staff, superuser]: [u16; 3],
    opened: &'static [(&'static str, u16)],
) -> Row {
    Row {
        method: "GET",
        path,
        fields: &[],
        outside,
        staff,
        superuser,
        opened,
    }
}

const fn post(
    path: &'static str,
    fields: &'static [(&'static str, &'static str)],
    statuses: [u16; 3],
    opened: &'static [(&'static str, u16)],
) -> Row {
    Row {
        method: "POST",
        fields,
        ..get(path, statuses, opened)
    }
}

/// Every page and every form.
#[rustfmt::skip] // a table, a line a row
pub(super) const ROWS: &[Row] = &[
    get("/admin/", [LOGIN, 200, 200], &[]),
    get("/admin/login/", [200, 302, 302], &[]),
    get("/admin/logout/", [302, 405, 405], &[]),
    get("/admin/password_change/", [LOGIN, 200, 200], &[]),
    get("/admin/password_change/done/", [LOGIN, 200, 200], &[]),
    get("/admin/autocomplete/", [LOGIN, 403, 403], &[]),
    get("/admin/nothing/", [LOGIN, 404, 404], &[]),
    get("/admin/auth/user", [LOGIN, 301, 301], &[]),
    get("/admin/auth/user/{user}/", [LOGIN, 302, 302], &[]),
    get("/admin/auth/", [LOGIN, 404, 200], &[
        ("view_user", 200), ("add_user", 200), ("change_user", 200), ("delete_user", 200),
        ("view_group", 200), ("add_group", 200), ("change_group", 200), ("delete_group", 200),
    ]),
    get("/admin/posts/", [LOGIN, 404, 200], &[
        ("view_post", 200), ("add_post", 200), ("change_post", 200), ("delete_post", 200),
    ]),
    // tokens are neither added nor deleted, whoever has the right
    get("/admin/token_blacklist/", [LOGIN, 404, 200], &[
        ("view_outstandingtoken", 200), ("change_outstandingtoken", 200),
        ("view_blacklistedtoken", 200), ("add_blacklistedtoken", 200),
        ("change_blacklistedtoken", 200), ("delete_blacklistedtoken", 200),
    ]),
    get("/admin/auth/user/", [LOGIN, 403, 200], &[("view_user", 200), ("change_user", 200)]),
    // whoever could add users without changing them could make no superuser, but takes two rights all the same
    get("/admin/auth/user/add/", [LOGIN, 403, 200], &[]),
    get("/admin/auth/user/{user}/change/", [LOGIN, 403, 200], &[("view_user", 200), ("change_user", 200)]),
    get("/admin/auth/user/{user}/delete/", [LOGIN, 403, 200], &[("delete_user", 200)]),
    get("/admin/auth/user/{user}/history/", [LOGIN, 403, 200], &[("view_user", 200), ("change_user", 200)]),
    get("/admin/auth/user/{user}/password/", [LOGIN, 403, 200], &[("change_user", 200)]),
    get("/admin/auth/user/{user}/sessions/", [LOGIN, 403, 200], &[("view_user", 200), ("change_user", 200)]),
    get("/admin/auth/group/{group}/sessions/", [LOGIN, 404, 404], &[]),
    get("/admin/auth/group/", [LOGIN, 403, 200], &[("view_group", 200), ("change_group", 200)]),
    get("/admin/auth/group/add/", [LOGIN, 403, 200], &[("add_group", 200)]),
    get("/admin/auth/group/{group}/change/", [LOGIN, 403, 200], &[("view_group", 200), ("change_group", 200)]),
    get("/admin/auth/group/{group}/delete/", [LOGIN, 403, 200], &[("delete_group", 200)]),
    get("/admin/auth/group/{group}/history/", [LOGIN, 403, 200], &[("view_group", 200), ("change_group", 200)]),
    get("/admin/posts/post/", [LOGIN, 403, 200], &[("view_post", 200), ("change_post", 200)]),
    get("/admin/posts/post/add/", [LOGIN, 403, 200], &[("add_post", 200)]),
    get("/admin/posts/post/{post}/change/", [LOGIN, 403, 200], &[("view_post", 200), ("change_post", 200)]),
    get("/admin/posts/post/{post}/delete/", [LOGIN, 403, 200], &[("delete_post", 200)]),
    get("/admin/posts/post/{post}/history/", [LOGIN, 403, 200], &[("view_post", 200), ("change_post", 200)]),
    get("/admin/posts/post/{post}/password/", [LOGIN, 404, 404], &[]),
    get("/admin/token_blacklist/outstandingtoken/", [LOGIN, 403, 200], &[
        ("view_outstandingtoken", 200), ("change_outstandingtoken", 200),
    ]),
    get("/admin/token_blacklist/outstandingtoken/add/", [LOGIN, 403, 403], &[]),
    get("/admin/token_blacklist/outstandingtoken/{outstanding}/change/", [LOGIN, 403, 200], &[
        ("view_outstandingtoken", 200), ("change_outstandingtoken", 200),
    ]),
    get("/admin/token_blacklist/outstandingtoken/{outstanding}/delete/", [LOGIN, 403, 403], &[]),
    get("/admin/token_blacklist/outstandingtoken/{outstanding}/history/", [LOGIN, 403, 200], &[
        ("view_outstandingtoken", 200), ("change_outstandingtoken", 200),
    ]),
    get("/admin/token_blacklist/blacklistedtoken/", [LOGIN, 403, 200], &[
        ("view_blacklistedtoken", 200), ("change_blacklistedtoken", 200),
    ]),
    get("/admin/token_blacklist/blacklistedtoken/add/", [LOGIN, 403, 200], &[("add_blacklistedtoken", 200)]),
    get("/admin/token_blacklist/blacklistedtoken/{blacklisted}/change/", [LOGIN, 403, 200], &[
        ("view_blacklistedtoken", 200), ("change_blacklistedtoken", 200),
    ]),
    get("/admin/token_blacklist/blacklistedtoken/{blacklisted}/delete/", [LOGIN, 403, 200], &[
        ("delete_blacklistedtoken", 200),
    ]),
    get("/admin/token_blacklist/blacklistedtoken/{blacklisted}/history/", [LOGIN, 403, 200], &[
        ("view_blacklistedtoken", 200), ("change_blacklistedtoken", 200),
    ]),
    post("/admin/auth/user/add/", USER, [LOGIN, 403, 302], &[]),
    post("/admin/auth/user/{user}/change/", CHANGE, [LOGIN, 403, 302], &[("change_user", 302)]),
    post("/admin/auth/user/{user}/password/", SET, [LOGIN, 403, 302], &[("change_user", 302)]),
    post("/admin/auth/user/{user}/sessions/", &[("end_all", "1")], [LOGIN, 403, 302], &[("change_user", 302)]),
    post("/admin/auth/user/{user}/history/", &[], [LOGIN, 403, 200], &[("view_user", 200), ("change_user", 200)]),
    post("/admin/auth/user/{user}/delete/", DELETE, [LOGIN, 403, 302], &[("delete_user", 302)]),
    // the list is shown to whoever may see it, and does what he may
    post("/admin/auth/user/", DELETE_USERS, [LOGIN, 403, 302], &[("view_user", 200), ("change_user", 200)]),
    post("/admin/auth/group/add/", &[("name", "new")], [LOGIN, 403, 302], &[("add_group", 302)]),
    post("/admin/auth/group/{group}/change/", GROUP, [LOGIN, 403, 302], &[("change_group", 302)]),
    post("/admin/auth/group/{group}/delete/", DELETE, [LOGIN, 403, 302], &[("delete_group", 302)]),
    post("/admin/posts/post/add/", POST, [LOGIN, 403, 302], &[("add_post", 302)]),
    post("/admin/posts/post/{post}/change/", POST, [LOGIN, 403, 302], &[("change_post", 302)]),
    post("/admin/posts/post/{post}/delete/", DELETE, [LOGIN, 403, 302], &[("delete_post", 302)]),
    post("/admin/posts/post/", DELETE_POSTS, [LOGIN, 403, 302], &[("view_post", 200), ("change_post", 200)]),
    post("/admin/token_blacklist/outstandingtoken/", DELETE_TOKENS, [LOGIN, 403, 200], &[
        ("view_outstandingtoken", 200), ("change_outstandingtoken", 200),
    ]),
    post("/admin/token_blacklist/outstandingtoken/add/", DELETE, [LOGIN, 403, 403], &[]),
    post("/admin/token_blacklist/outstandingtoken/{outstanding}/change/", DELETE, [LOGIN, 403, 403], &[]),
    post("/admin/token_blacklist/outstandingtoken/{outstanding}/delete/", DELETE, [LOGIN, 403, 403], &[]),
    post("/admin/token_blacklist/blacklistedtoken/add/", TOKEN, [LOGIN, 403, 302], &[("add_blacklistedtoken", 302)]),
    post("/admin/token_blacklist/blacklistedtoken/{blacklisted}/change/", TOKEN, [LOGIN, 403, 302], &[
        ("change_blacklistedtoken", 302),
    ]),
    post("/admin/token_blacklist/blacklistedtoken/{blacklisted}/delete/", DELETE, [LOGIN, 403, 302], &[
        ("delete_blacklistedtoken", 302),
    ]),
    post("/admin/nothing/", DELETE, [LOGIN, 404, 404], &[]),
    post("/admin/password_change/", OWN, [LOGIN, 302, 302], &[]),
    post("/admin/logout/", &[], [302, 200, 200], &[]),
];

pub(super) const DELETE: &[(&str, &str)] = &[("post", "yes")];
const USER: &[(&str, &str)] = &[("username", "eve"), ("password1", NEW), ("password2", NEW)];
const CHANGE: &[(&str, &str)] = &[
    ("username", "changed"),
    ("date_joined_0", "2026-01-01"),
    ("date_joined_1", "09:00:00"),
];
const SET: &[(&str, &str)] = &[
    ("password1", NEW),
    ("password2", NEW),
    ("set-password", "1"),
];
const OWN: &[(&str, &str)] = &[
    ("old_password", PASSWORD),
    ("new_password1", NEW),
    ("new_password2", NEW),
];
const GROUP: &[(&str, &str)] = &[("name", "changed")];
const POST: &[(&str, &str)] = &[
    ("title", "Changed"),
    ("content", "words"),
    ("author", "{user}"),
];
const TOKEN: &[(&str, &str)] = &[("token", "{live}")];
pub(super) const DELETE_USERS: &[(&str, &str)] = &[
    ("action", "delete_selected"),
    ("_selected_action", "{user}"),
    ("post", "yes"),
];
pub(super) const DELETE_POSTS: &[(&str, &str)] = &[
    ("action", "delete_selected"),
    ("_selected_action", "{post}"),
    ("post", "yes"),
];
const DELETE_TOKENS: &[(&str, &str)] = &[
    ("action", "delete_selected"),
    ("_selected_action", "{outstanding}"),
    ("post", "yes"),
];

/// Every right that one can have.
#[rustfmt::skip] // a line a model
pub(super) const RIGHTS: [&str; 20] = [
    "view_user", "add_user", "change_user", "delete_user",
    "view_group", "add_group", "change_group", "delete_group",
    "view_post", "add_post", "change_post", "delete_post",
    "view_outstandingtoken", "add_outstandingtoken", "change_outstandingtoken", "delete_outstandingtoken",
    "view_blacklistedtoken", "add_blacklistedtoken", "change_blacklistedtoken", "delete_blacklistedtoken",
];
