//! Forms, and what is shown in place of one.

use super::super::super::*;
use super::Data;
use super::shared::{link, page, time};

pub(super) fn choices(t: Data<'_>, labels: &[&str]) -> Vec<Choice> {
    let choices = labels.iter().enumerate();
    let choices = choices.map(|(at, label)| Choice {
        value: t(&at.to_string()),
        label: t(label),
        is_selected: at == 1,
    });
    choices.collect()
}

pub(super) fn text(t: Data<'_>, value: &str) -> Widget {
    Widget::Text {
        value: t(value),
        max_length: Some(150),
        autocomplete: "off",
    }
}

pub(super) fn user(t: Data<'_>, is_wrong: bool) -> FormPage {
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
        hidden: vec![(t("_to_field"), t("id"))],
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

pub(super) fn add_user(t: Data<'_>) -> FormPage {
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

pub(super) fn token(t: Data<'_>) -> FormPage {
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

pub(super) fn set_password(t: Data<'_>) -> SetPasswordPage {
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

pub(super) fn own_password(t: Data<'_>) -> OwnPasswordPage {
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
