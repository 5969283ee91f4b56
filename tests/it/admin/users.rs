//! Users: adding one in two steps, and changing him.

use super::walk::Walk;

const NEW: &str = "Another-Password-9";

pub(crate) async fn adding(walk: &mut Walk) {
    let add = "/admin/auth/user/add/";
    let (long, most) = ("u".repeat(151), "u".repeat(150));
    let user = |name, first, second| {
        vec![
            ("username", name),
            ("password1", first),
            ("password2", second),
        ]
    };
    let with = |mut fields: Vec<(&'static str, &'static str)>,
                more: &[(&'static str, &'static str)]| {
        fields.extend_from_slice(more);
        fields
    };
    let off = [("usable_password", "false")];
    let steps: Vec<(&str, Vec<(&str, &str)>)> = vec![
        ("empty", vec![]),
        ("no name", user("", NEW, NEW)),
        ("no passwords", user("new", "", "")),
        ("one password", user("new", NEW, "")),
        ("two that differ", user("new", NEW, "Another-Password-8")),
        ("a short one", user("new", "aZ3$", "aZ3$")),
        ("a common one", user("new", "password1", "password1")),
        ("a number", user("new", "4815162342", "4815162342")),
        (
            "one like the name",
            user("newcomer", "newcomer12", "newcomer12"),
        ),
        ("several faults", user("root", "1234567", "1234567")),
        ("NUL", user("n\0w", NEW, NEW)),
        (
            "NUL in the password",
            user("new", "Another\0Password-9", "Another\0Password-9"),
        ),
        ("a name that there is", user("root", NEW, NEW)),
        ("the same in another case", user("ROOT", NEW, NEW)),
        ("a name with signs", user("a b", NEW, NEW)),
        (
            "a long name",
            vec![("username", &long), ("password1", NEW), ("password2", NEW)],
        ),
        (
            "the longest name",
            vec![("username", &most), ("password1", NEW), ("password2", NEW)],
        ),
        ("right", user("new", NEW, NEW)),
        ("right, within spaces", user(" spaced ", NEW, NEW)),
        ("of wide letters", user("ｗｉｄｅ", NEW, NEW)),
        ("of other letters", user("Zoë", NEW, NEW)),
        (
            "a password within spaces",
            user("spaces", " Another-Password-9 ", " Another-Password-9 "),
        ),
        ("without a password", with(user("unusable", "", ""), &off)),
        (
            "without one, though given",
            with(user("unusable2", NEW, NEW), &off),
        ),
        (
            "without one, and two that differ",
            with(user("unusable3", NEW, "other"), &off),
        ),
        (
            "without one, and a bad name",
            with(user("root", "", ""), &off),
        ),
        (
            "neither with nor without",
            with(user("neither", NEW, NEW), &[("usable_password", "maybe")]),
        ),
        (
            "not said whether",
            with(user("unsaid", NEW, NEW), &[("-usable_password", "")]),
        ),
        (
            "more than the form asks",
            with(
                user("more", NEW, NEW),
                &[
                    ("+is_staff", "on"),
                    ("+is_superuser", "on"),
                    ("+is_active", ""),
                    ("+email", "x@example.com"),
                    ("+groups", "1"),
                    ("+id", "5"),
                    ("+password", "x"),
                    ("+user_permissions", "1"),
                    ("+first_name", "X"),
                ],
            ),
        ),
    ];
    for (step, changes) in steps {
        walk.step(&format!("adding a user: {step}"));
        walk.get(add).await;
        walk.submit("_save", &changes).await;
        walk.follow_if_sent().await;
    }
    for button in ["_continue", "_addanother"] {
        walk.step(&format!("adding a user, {button}"));
        walk.get(add).await;
        walk.submit(button, &user(button, NEW, NEW)).await;
        walk.follow().await;
    }
    walk.step("adding a user, and the second step");
    walk.get(add).await;
    walk.submit("_save", &user("twosteps", NEW, NEW)).await;
    walk.follow().await;
    walk.submit(
        "_save",
        &[
            ("first_name", "Two"),
            ("last_name", "Steps"),
            ("email", "two@Example.COM"),
            ("is_staff", "on"),
        ],
    )
    .await;
    walk.follow().await;
    walk.step("a user without fields");
    walk.post(add, &[]).await;
    walk.post(
        add,
        &[("username", "raw"), ("password1", NEW), ("password2", NEW)],
    )
    .await;
    walk.browser("a new user");
    walk.step("the new user signs in");
    walk.sign_in_with("twosteps", NEW).await;
    walk.browser("root");
}

pub(crate) async fn changing(walk: &mut Walk) {
    let one = format!("{}/change/", walk.path("user/target05"));
    let groups = ["group/Writers", "group/Group 09", "group/Group 05"].map(|name| walk.id(name));
    let [writers, ninth, fifth] = groups.each_ref().map(String::as_str);
    let rights = ["right/add_user", "right/view_post"].map(|name| walk.id(name));
    let [first, second] = rights.each_ref().map(String::as_str);
    let (long, address) = ("x".repeat(151), format!("{}@example.com", "a".repeat(250)));
    let steps: Vec<(&str, Vec<(&str, &str)>)> = vec![
        ("nothing", vec![]),
        ("nothing again", vec![]),
        (
            "names",
            vec![("first_name", "Fïrst <b>"), ("last_name", " Last ")],
        ),
        (
            "email and staff",
            vec![("email", "new@Example.COM"), ("is_staff", "on")],
        ),
        ("the user's name", vec![("username", "renamed")]),
        (
            "the name of wide letters",
            vec![("username", "ｒｅｎａｍｅｄ")],
        ),
        ("back", vec![("username", "target05")]),
        ("a name that there is", vec![("username", "root")]),
        ("the same in another case", vec![("username", "ROOT")]),
        ("a bad name", vec![("username", "a b")]),
        ("no name", vec![("username", "")]),
        ("a bad email", vec![("email", "nowhere")]),
        ("no email", vec![("email", "")]),
        (
            "long names",
            vec![
                ("username", &long),
                ("first_name", &long),
                ("last_name", &long),
                ("email", &address),
            ],
        ),
        (
            "NUL everywhere",
            vec![
                ("username", "a\0"),
                ("first_name", "a\0"),
                ("last_name", "\0"),
                ("email", "a\0@example.com"),
            ],
        ),
        (
            "all switches off",
            vec![("-is_active", ""), ("-is_staff", ""), ("-is_superuser", "")],
        ),
        (
            "all switches on",
            vec![
                ("is_active", "on"),
                ("is_staff", "on"),
                ("is_superuser", "on"),
            ],
        ),
        (
            "switches of other values",
            vec![
                ("is_active", "false"),
                ("is_staff", "False"),
                ("is_superuser", "0"),
            ],
        ),
        ("groups", vec![("groups", ninth), ("groups", writers)]),
        ("other groups", vec![("groups", fifth), ("groups", writers)]),
        ("no groups", vec![("-groups", "")]),
        ("an unknown group", vec![("groups", "9999")]),
        ("a group that is no number", vec![("groups", "x")]),
        (
            "rights",
            vec![("user_permissions", second), ("user_permissions", first)],
        ),
        ("no rights", vec![("-user_permissions", "")]),
        ("an unknown right", vec![("user_permissions", "9999")]),
        (
            "a last login",
            vec![("last_login_0", "2024-02-29"), ("last_login_1", "23:59:59")],
        ),
        (
            "a last login with parts of a second",
            vec![
                ("last_login_0", "2024-02-29"),
                ("last_login_1", "23:59:59.25"),
            ],
        ),
        (
            "no last login",
            vec![("last_login_0", ""), ("last_login_1", "")],
        ),
        (
            "half a last login",
            vec![("last_login_0", "2024-02-29"), ("last_login_1", "")],
        ),
        (
            "the other half",
            vec![("last_login_0", ""), ("last_login_1", "12:00")],
        ),
        (
            "no date of joining",
            vec![("date_joined_0", ""), ("date_joined_1", "")],
        ),
        (
            "dates that are none",
            vec![
                ("date_joined_0", "2023-02-29"),
                ("date_joined_1", "25:00"),
                ("last_login_0", "x"),
                ("last_login_1", "y"),
            ],
        ),
        (
            "another date of joining",
            vec![
                ("date_joined_0", "2020-01-02"),
                ("date_joined_1", "03:04:05"),
            ],
        ),
        (
            "a date in another form",
            vec![("date_joined_0", "01/03/2020"), ("date_joined_1", "03:04")],
        ),
        (
            "a short date",
            vec![("date_joined_0", "1/4/20"), ("date_joined_1", "3:4:5")],
        ),
        (
            "a date in words",
            vec![
                ("date_joined_0", "Jan 5 2020"),
                ("date_joined_1", "03:04:05.678901"),
            ],
        ),
        (
            "a date in more words",
            vec![
                ("date_joined_0", "6 January, 2020"),
                ("date_joined_1", "3pm"),
            ],
        ),
        (
            "the first year",
            vec![
                ("date_joined_0", "0001-01-01"),
                ("date_joined_1", "00:00:00"),
            ],
        ),
        (
            "the last year",
            vec![
                ("date_joined_0", "9999-12-31"),
                ("date_joined_1", "23:59:59"),
            ],
        ),
        (
            "the year 2020 again",
            vec![
                ("date_joined_0", "2020-01-02"),
                ("date_joined_1", "03:04:05"),
            ],
        ),
        (
            "more than the form asks",
            vec![
                ("+password", "plain"),
                ("+id", "1"),
                ("+password1", NEW),
                ("+password2", NEW),
                ("+last_login", "2020-01-01"),
                ("+date_joined", "2020-01-01"),
            ],
        ),
        (
            "everything",
            vec![
                ("username", "every.thing@+-_"),
                ("first_name", "E"),
                ("last_name", "T"),
                ("email", "e@example.com"),
                ("-is_active", ""),
                ("is_staff", "on"),
                ("is_superuser", "on"),
                ("groups", ninth),
                ("user_permissions", first),
                ("last_login_0", "2024-01-01"),
                ("last_login_1", "00:00"),
                ("date_joined_0", "2019-01-01"),
                ("date_joined_1", "00:00"),
            ],
        ),
    ];
    for (step, changes) in steps {
        walk.step(&format!("changing a user: {step}"));
        walk.get(&one).await;
        walk.submit("_continue", &changes).await;
        walk.follow_if_sent().await;
    }
    for button in ["_save", "_addanother"] {
        walk.step(&format!("changing a user, {button}"));
        walk.get(&one).await;
        walk.submit(button, &[("first_name", button)]).await;
        walk.follow().await;
    }
    walk.step("changing a user without fields");
    walk.post(&one, &[]).await;
    walk.post(
        &one,
        &[
            ("username", "raw"),
            ("date_joined_0", "2020-01-02"),
            ("date_joined_1", "03:04:05"),
        ],
    )
    .await;
    walk.get(&format!("{}/history/", walk.path("user/target05")))
        .await;
    walk.step("odd columns, saved as they are");
    walk.get(&format!("{}/change/", walk.path("user/o'Brien<b>&amp;")))
        .await;
    walk.submit("_save", &[]).await;
    walk.submit("_save", &[("username", "obrien")]).await;
    walk.follow_if_sent().await;
}
