//! Users. Their passwords have forms of their own.

use super::declaration::{AUTH, Along, Column, Field, Fieldset, Kind, Model, Place, Shows, Target};
use super::post::POST;

/// `django.contrib.auth.admin.UserAdmin`.
pub(in crate::admin) static USER: Model = Model {
    name: "user",
    app: AUTH,
    singular: "user",
    plural: "users",
    table: "auth_user",
    joins: "",
    joins_to_order: "",
    text: "(item.username)",
    fields: &[
        Field::key(),
        Field::new("username", "Username", Kind::Username)
            .unique("A user with that username already exists.")
            .help("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only."),
        Field::new("password", "Password", Kind::Password)
            .read_only()
            .help("Raw passwords are not stored, so there is no way to see the user’s password."),
        Field::new("first_name", "First name", Kind::Line(150)).optional(),
        Field::new("last_name", "Last name", Kind::Line(150)).optional(),
        Field::new("email", "Email address", Kind::Email).optional(),
        Field::new("is_active", "Active", Kind::Flag).help(
            "Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
        ),
        Field::new("is_staff", "Staff status", Kind::Flag)
            .help("Designates whether the user can log into this admin site."),
        Field::new("is_superuser", "Superuser status", Kind::Flag)
            .help("Designates that this user has all permissions without explicitly assigning them."),
        Field::new("groups", "Groups", Kind::Many(&Target::Group)).optional().help(
            "The groups this user belongs to. A user will get all permissions granted to each of their groups.",
        ),
        Field::new("user_permissions", "User permissions", Kind::Many(&Target::Permission))
            .optional()
            .help("Specific permissions for this user."),
        Field::new("last_login", "Last login", Kind::MaybeMoment).optional(),
        Field::new("date_joined", "Date joined", Kind::Moment),
    ],
    columns: &[
        Column::text("Username", "item.username"),
        Column::text("Email address", "item.email"),
        Column::text("First name", "item.first_name"),
        Column::text("Last name", "item.last_name"),
        Column::text("Staff status", "item.is_staff").shows(Shows::YesOrNo),
    ],
    order: &[("item.username", false)],
    filters: &["is_staff", "is_superuser", "is_active", "groups"],
    search: &["item.username", "item.first_name", "item.last_name", "item.email"],
    add: &[Fieldset {
        heading: "",
        fields: &["username", "usable_password", "password1", "password2"],
    }],
    change: &[
        Fieldset {
            heading: "",
            fields: &["username", "password"],
        },
        Fieldset {
            heading: "Personal info",
            fields: &["first_name", "last_name", "email"],
        },
        Fieldset {
            heading: "Permissions",
            fields: &["is_active", "is_staff", "is_superuser", "groups", "user_permissions"],
        },
        Fieldset {
            heading: "Important dates",
            fields: &["last_login", "date_joined"],
        },
    ],
    allows: |_| true,
    is_read_only: false,
    stamped_when_added: &["date_joined"],
    stamped_when_saved: &[],
    takes_along: &[
        Along {
            model: None,
            singular: "log entry",
            plural: "log entries",
            place: Place::Table("django_admin_log", "user_id"),
            text: "along.object_repr",
        },
        Along {
            model: None,
            singular: "user-group relationship",
            plural: "user-group relationships",
            place: Place::Memberships { of_user: true },
            text: "'User-group relationship'",
        },
        Along {
            model: None,
            singular: "user-permission relationship",
            plural: "user-permission relationships",
            place: Place::Permissions,
            text: "'User-permission relationship'",
        },
        Along {
            model: Some(&POST),
            singular: "post",
            plural: "posts",
            place: Place::Table("posts_post", "author_id"),
            text: "along.title",
        },
    ],
};
