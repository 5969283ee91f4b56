//! What the server says of single fields, beside the flag that sets the field.

/// A field's messages after the flag that sets it.
pub(super) fn beside(field: &str, messages: &[String]) -> String {
    let name = match field {
        "" | "non_field_errors" => return messages.join(" "),
        "username" => "--username",
        "email" => "--email",
        "first_name" => "--first-name",
        "last_name" => "--last-name",
        "title" => "--title",
        "content" => "--body",
        "password2" => "password",
        "old_password" => "old password",
        "new_password" => "new password",
        other => other,
    };
    format!("{name}: {}", messages.join(" "))
}
