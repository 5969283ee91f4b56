//! A page of each kind; each text that is data goes through `t`.

use super::super::*;

/// What makes a text of a sample.
type Data<'a> = &'a dyn Fn(&str) -> String;

/// A name for each page, and its HTML.
pub(super) fn samples(t: Data<'_>) -> Vec<(&'static str, String)> {
    let mut pages = vec![
        ("login", login(t, false).html()),
        ("login-wrong", login(t, true).html()),
        ("index", index(t).html()),
        ("index-empty", empty_index(t).html()),
        ("list", users(t).html()),
        ("list-posts", posts(t).html()),
        ("list-empty", empty_list(t, None).html()),
        ("list-none", empty_list(t, Some(t("?"))).html()),
        ("form", user(t, false).html()),
        ("form-wrong", user(t, true).html()),
        ("form-add", add_user(t).html()),
        ("form-view", token(t).html()),
        ("delete", delete(t, Verdict::Ask).html()),
        (
            "delete-forbidden",
            delete(t, Verdict::Forbidden(vec![t("post"), t("group")])).html(),
        ),
        (
            "delete-protected",
            delete(t, Verdict::Protected(vec![linked(t, "Post: ", "Hello")])).html(),
        ),
        ("delete-selected", delete_selected(t).html()),
        ("history", history(t, true).html()),
        ("history-empty", history(t, false).html()),
        ("set-password", set_password(t).html()),
        ("own-password", own_password(t).html()),
        ("sessions", sessions(t).html()),
        ("sessions-empty", no_sessions(t).html()),
    ];
    let simple = |title: &str| page(t, title);
    pages.extend([
        (
            "password-changed",
            PasswordChangedPage {
                page: simple("Password change successful"),
            }
            .html(),
        ),
        (
            "logged-out",
            LoggedOutPage {
                page: outside(t, "Logged out"),
            }
            .html(),
        ),
        (
            "error-400",
            ErrorPage::bad_request(simple(""), &t("Filtering by password isn’t allowed.")).html(),
        ),
        (
            "error-403",
            ErrorPage::forbidden(simple(""), &t("You may not delete users.")).html(),
        ),
        ("error-csrf", ErrorPage::csrf(outside(t, "")).html()),
        ("error-404", ErrorPage::not_found(simple("")).html()),
        ("error-429", ErrorPage::too_many(outside(t, ""), 42).html()),
        ("error-503", ErrorPage::unavailable(outside(t, "")).html()),
    ]);
    pages
}

fn link(t: Data<'_>, label: &str, url: &str) -> Link {
    Link::new(t(label), t(url))
}

fn linked(t: Data<'_>, before: &str, label: &str) -> Text {
    Text::with_link(
        t(before),
        link(t, label, "/service/admin/posts/post/1/change/"),
        t(""),
    )
}

fn time(t: Data<'_>, day: u32) -> Time {
    Time {
        shown: t(&format!("Nov. {day}, 2026, 9:22 a.m.")),
        iso: t(&format!("2026-11-{day:02}T09:22:11Z")),
    }
}

fn outside(t: Data<'_>, title: &str) -> Page {
    Page {
        title: t(title),
        root: "/service/admin/".to_owned(),
        csrf_token: t("csrf"),
        ..Page::default()
    }
}

fn page(t: Data<'_>, title: &str) -> Page {
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

fn login(t: Data<'_>, is_wrong: bool) -> LoginPage {
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

fn index(t: Data<'_>) -> IndexPage {
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

fn empty_index(t: Data<'_>) -> IndexPage {
    let mut page = index(t);
    page.page.apps.clear();
    page.recent = Some(Vec::new());
    page.passwords = None;
    page
}

fn sort(t: Data<'_>, now: Option<(usize, bool)>) -> Option<Sort> {
    Some(Sort {
        first: t("?o=1"),
        now: now.map(|(priority, is_ascending)| Sorted {
            is_ascending,
            priority,
            toggle: t("?o=-1"),
            remove: t("?o="),
        }),
    })
}

fn paging(t: Data<'_>, total: Count) -> Paging {
    let other = |number| PageLink::Other {
        number,
        url: t("?p=2"),
    };
    Paging {
        total,
        one: t("user"),
        many: t("users"),
        previous: Some(t("?p=1")),
        next: Some(t("?p=3")),
        pages: vec![
            other(1),
            PageLink::Current(2),
            other(3),
            PageLink::Gap,
            other(100),
        ],
        show_all: Some(t("?all=")),
    }
}

fn users(t: Data<'_>) -> ListPage {
    let mut page = page(t, "Select user to change");
    page.messages = vec![
        Message {
            level: Level::Success,
            text: Text::with_link(
                t("The user “"),
                link(t, "alan", "/service/admin/auth/user/2/change/"),
                t("” was changed successfully."),
            ),
        },
        Message {
            level: Level::Warning,
            text: t("User with ID “999” doesn’t exist. Perhaps it was deleted?").into(),
        },
        Message {
            level: Level::Error,
            text: t("No action selected.").into(),
        },
    ];
    page.here = Some(t("Users"));
    page.breadcrumbs.truncate(1);
    let column = |label: &str, now| Column {
        label: t(label),
        sort: sort(t, now),
    };
    let row = |id: u32| Row {
        id: t(&id.to_string()),
        name: t(&format!("user{id}")),
        cells: vec![
            Value::Link(link(
                t,
                &format!("user{id}"),
                "/service/admin/auth/user/2/change/",
            )),
            Value::Text(t(&format!("user{id}@example.com"))),
            Value::Text(t("Alan")),
            if id % 3 == 0 {
                Value::Empty
            } else {
                Value::Text(t("Turing"))
            },
            Value::Bool(id % 2 == 0),
        ],
    };
    let choice = |label: &str, is_selected, count| FilterChoice {
        label: t(label),
        url: t("?is_staff__exact=1"),
        is_selected,
        count: Some(Count::Exact(count)),
    };
    let filter = |title: &str| Filter {
        title: t(title),
        choices: vec![
            choice("All", false, 10_000),
            choice("Yes", true, 12),
            choice("No", false, 9_988),
        ],
    };
    ListPage {
        page,
        add: Some(link(t, "Add user", "/service/admin/auth/user/add/")),
        search: Some(Search {
            query: t("alan"),
            hidden: vec![(t("is_staff__exact"), t("1"))],
            help: Some(t("Searches names and addresses.")),
            results: Some(Results {
                found: Count::Exact(12),
                total: Some(Count::Exact(10_000)),
                show_all: t("?"),
            }),
        }),
        columns: vec![
            column("Username", Some((1, true))),
            column("Email address", Some((2, false))),
            column("First name", None),
            column("Last name", None),
            column("Staff status", None),
        ],
        rows: (1..=25).map(row).collect(),
        filters: Some(Filters {
            counts: Some(link(t, "Hide counts", "?_facets=")),
            clear: Some(t("?q=alan")),
            filters: vec![
                filter("staff status"),
                filter("superuser status"),
                filter("active"),
                filter("groups"),
            ],
        }),
        actions: Some(Actions {
            choices: vec![(t("delete_selected"), t("Delete selected users"))],
            can_select_across: true,
        }),
        paging: paging(t, Count::Exact(10_000)),
        unnarrowed: Some(t("?")),
    }
}

fn posts(t: Data<'_>) -> ListPage {
    let column = |label: &str| Column {
        label: t(label),
        sort: sort(t, None),
    };
    let row = |id: u32| Row {
        id: t(&id.to_string()),
        name: t("Token"),
        cells: vec![
            Value::Code(t(&format!("{id:08x}a3f64c0c9f1d1f6d0e2b7c8d"))),
            Value::Link(link(t, "alan", "/service/admin/auth/user/2/change/")),
            Value::Time(time(t, 24)),
            Value::Time(time(t, 25)),
        ],
    };
    ListPage {
        add: None,
        search: Some(Search {
            query: String::new(),
            hidden: Vec::new(),
            help: None,
            results: None,
        }),
        columns: vec![
            column("Jti"),
            column("User"),
            column("Created at"),
            Column {
                label: t("Expires at"),
                sort: None,
            },
        ],
        rows: (1..=12).map(row).collect(),
        filters: None,
        actions: None,
        paging: paging(t, Count::About(1_000_000)),
        unnarrowed: None,
        page: page(t, "Select Outstanding Token to view"),
    }
}

fn empty_list(t: Data<'_>, unnarrowed: Option<String>) -> ListPage {
    let mut list = users(t);
    list.page.messages.clear();
    list.rows.clear();
    list.unnarrowed = unnarrowed;
    list.paging = Paging {
        pages: Vec::new(),
        show_all: None,
        ..paging(t, Count::Exact(0))
    };
    list
}

fn choices(t: Data<'_>, labels: &[&str]) -> Vec<Choice> {
    let choices = labels.iter().enumerate();
    let choices = choices.map(|(at, label)| Choice {
        value: t(&at.to_string()),
        label: t(label),
        is_selected: at == 1,
    });
    choices.collect()
}

fn text(t: Data<'_>, value: &str) -> Widget {
    Widget::Text {
        value: t(value),
        max_length: Some(150),
        autocomplete: "off",
    }
}

fn user(t: Data<'_>, is_wrong: bool) -> FormPage {
    let mut page = page(t, "Change user");
    page.subtitle = Some(t("alan"));
    let check = |name, label: &str, help: &str, is_checked| {
        Field::new(name, t(label), Widget::CheckBox { is_checked }).with_help(t(help))
    };
    let multiple = |name, label: &str, what: &str, labels: &[&str]| {
        Field::new(
            name,
            t(label),
            Widget::Multiple {
                what: t(what),
                choices: choices(t, labels),
            },
        )
        .with_help(t(
            "Hold down “Control”, or “Command” on a Mac, to select more than one.",
        ))
    };
    let date = |name, label: &str| {
        Field::new(
            name,
            t(label),
            Widget::DateTime {
                date: t("2026-11-24"),
                time: t("09:22:11"),
                offset: 0,
            },
        )
        .with_help(t("Times are in UTC."))
    };
    let password = Widget::PasswordSummary {
        parts: vec![
            (t("algorithm"), Some(t("pbkdf2_sha256"))),
            (t("iterations"), Some(t("1000000"))),
            (t("salt"), Some(t("Yz3k9a****************"))),
            (
                t("hash"),
                Some(t("9dKq0b**************************************")),
            ),
            (t("No password set."), None),
        ],
        set: Some(link(t, "Reset password", "../password/")),
    };
    let set = |name: Option<&str>, fields| Fieldset {
        name: name.map(t),
        description: name.map(|_| t("What belongs here.")),
        fields,
    };
    let mut form = FormPage {
        page,
        id: "user_form",
        intro: None,
        errors: Vec::new(),
        fieldsets: vec![
            set(None, vec![
                Field::required("username", t("Username"), text(t, "alan")).with_help(t("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.")),
                Field::new("password", t("Password"), password).with_help(t("Raw passwords are not stored, so there is no way to see the user’s password.")),
            ]),
            set(Some("Personal info"), vec![
                Field::new("first_name", t("First name"), text(t, "Alan")),
                Field::new("last_name", t("Last name"), text(t, "Turing")),
                Field::new("email", t("Email address"), Widget::Email { value: t("alan@example.com"), max_length: Some(254) }),
            ]),
            set(Some("Permissions"), vec![
                check("is_active", "Active", "Designates whether this user should be treated as active. Unselect this instead of deleting accounts.", true),
                check("is_staff", "Staff status", "Designates whether the user can log into this admin site.", false),
                multiple("groups", "Groups", "groups", &["Editors", "Moderators", "Readers"]),
                multiple("user_permissions", "User permissions", "user permissions", &["Posts | post | Can add post", "Posts | post | Can change post", "Posts | post | Can delete post"]),
            ]),
            set(Some("Important dates"), vec![date("last_login", "Last login"), date("date_joined", "Date joined")]),
        ],
        tools: vec![link(t, "Sessions", "../sessions/"), link(t, "History", "../history/")],
        buttons: Buttons {
            save: true,
            add_another: true,
            go_on: Some("Save and continue editing"),
            delete: Some(t("../delete/")),
            close: None,
        },
    };
    if is_wrong {
        form.errors.push(t("The two don’t go together."));
        for set in &mut form.fieldsets {
            for field in &mut set.fields {
                field.errors.push(t("This field is required."));
            }
        }
    }
    form
}

fn add_user(t: Data<'_>) -> FormPage {
    let rules = vec![
        t("Your password can’t be too similar to your other personal information."),
        t("Your password must contain at least 8 characters."),
    ];
    let mut fields = vec![
        Field::required("username", t("Username"), text(t, "")),
        usable_password(true, false),
    ];
    fields.extend(new_password(
        ["password1", "password2"],
        ["Password", "Password confirmation"],
        rules,
        true,
    ));
    fields.push(Field::required(
        "author",
        t("Author"),
        Widget::Select(choices(t, &["ada", "alan"])),
    ));
    fields.push(Field::required(
        "content",
        t("Content"),
        Widget::TextArea {
            value: t("\nA first line\nand a second."),
        },
    ));
    fields.push(Field::required(
        "user",
        t("User"),
        Widget::Key {
            value: t("2"),
            object: Some(link(t, "alan", "/x")),
            list: Some(link(t, "Find a user", "/y")),
        },
    ));
    FormPage {
        intro: Some(t(
            "After you’ve created a user, you’ll be able to edit more user options.",
        )),
        fieldsets: vec![Fieldset {
            name: None,
            description: None,
            fields,
        }],
        tools: Vec::new(),
        page: page(t, "Add user"),
        ..user(t, false)
    }
}

fn token(t: Data<'_>) -> FormPage {
    let shown = |name, label: &str, value| Field::new(name, t(label), Widget::Shown(value));
    let fields = vec![
        shown("id", "ID", Value::Text(t("17"))),
        shown(
            "user",
            "User",
            Value::Link(link(t, "alan", "/service/admin/auth/user/2/change/")),
        ),
        shown(
            "jti",
            "Jti",
            Value::Code(t("5f0c6ba3f64c0c9f1d1f6d0e2b7c8d11")),
        ),
        shown(
            "token",
            "Token",
            Value::Lines(t(
                "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.…\nIts signature is never shown.",
            )),
        ),
        shown("created_at", "Created at", Value::Time(time(t, 24))),
        shown("is_used", "Used", Value::Bool(false)),
        shown("note", "Note", Value::Empty),
    ];
    FormPage {
        fieldsets: vec![Fieldset {
            name: None,
            description: None,
            fields,
        }],
        page: page(t, "View Outstanding Token"),
        buttons: Buttons {
            close: Some(t("../../")),
            ..Buttons::default()
        },
        ..user(t, false)
    }
}

fn node(t: Data<'_>, before: &str, label: &str, below: Vec<Node>) -> Node {
    Node {
        text: linked(t, before, label),
        below,
    }
}

fn delete(t: Data<'_>, verdict: Verdict) -> DeletePage {
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

fn delete_selected(t: Data<'_>) -> DeletePage {
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

fn history(t: Data<'_>, has_entries: bool) -> HistoryPage {
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

fn set_password(t: Data<'_>) -> SetPasswordPage {
    let mut fields = vec![usable_password(true, true)];
    fields.extend(new_password(
        ["password1", "password2"],
        ["Password", "Password (again)"],
        vec![t("One rule.")],
        false,
    ));
    fields[2]
        .errors
        .push(t("The two password fields didn’t match."));
    SetPasswordPage {
        page: page(t, "Change password: alan"),
        username: t("alan"),
        has_password: true,
        errors: vec![t("Something else is wrong.")],
        fields,
    }
}

fn own_password(t: Data<'_>) -> OwnPasswordPage {
    let old = Field::required(
        "old_password",
        "Old password",
        Widget::Password {
            autocomplete: "current-password",
        },
    );
    let rules = vec![
        t("Your password can’t be entirely numeric."),
        t("Your password must contain at least 8 characters."),
    ];
    let new = new_password(
        ["new_password1", "new_password2"],
        ["New password", "New password confirmation"],
        rules,
        true,
    );
    OwnPasswordPage {
        page: page(t, "Password change"),
        errors: Vec::new(),
        fields: [old].into_iter().chain(new).collect(),
    }
}

fn sessions(t: Data<'_>) -> SessionsPage {
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

fn no_sessions(t: Data<'_>) -> SessionsPage {
    SessionsPage {
        sessions: Vec::new(),
        reuse: Vec::new(),
        ..sessions(t)
    }
}
