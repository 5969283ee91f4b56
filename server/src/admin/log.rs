//! What was done at the admin, in the words in which Django keeps it, and as people read it.

/// What was changed, as Django keeps it: `[{"changed": {"fields": ["Title"]}}]`.
pub(super) fn changed(labels: &[&str]) -> String {
    if labels.is_empty() {
        return "[]".to_owned();
    }
    let labels: Vec<_> = labels.iter().map(|label| format!("\"{label}\"")).collect();
    format!("[{{\"changed\": {{\"fields\": [{}]}}}}]", labels.join(", "))
}

/// That a row was added, as Django keeps it.
pub(super) const ADDED: &str = "[{\"added\": {}}]";

/// A message as people read it: `get_change_message`.
pub(super) fn sentence(message: &str) -> String {
    if !message.starts_with('[') {
        return message.to_owned();
    }
    let Ok(parts) = serde_json::from_str::<Vec<serde_json::Value>>(message) else {
        return message.to_owned();
    };
    let mut sentences = Vec::new();
    for part in &parts {
        let Some((kind, about)) = part.as_object().and_then(|part| part.iter().next()) else {
            continue;
        };
        let name = about["name"].as_str();
        let object = about["object"].as_str();
        let of = match (name, object) {
            (Some(name), Some(object)) => format!(" {name} “{object}”"),
            _ => String::new(),
        };
        let fields = about["fields"].as_array().into_iter().flatten();
        let fields: Vec<_> = fields.filter_map(serde_json::Value::as_str).collect();
        sentences.push(match (kind.as_str(), of.is_empty()) {
            ("added", _) => format!("Added{of}."),
            ("deleted", _) => format!("Deleted{of}."),
            (_, true) => format!("Changed {}.", listed(&fields)),
            (_, false) => format!("Changed {} for{of}.", listed(&fields)),
        });
    }
    if sentences.is_empty() {
        return "No fields changed.".to_owned();
    }
    sentences.join(" ")
}

/// `get_text_list` with "and".
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [name] => (*name).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_kept_and_read_as_in_django() {
        let kept = changed(&["Email address", "Staff status", "Active"]);
        assert_eq!(
            kept,
            "[{\"changed\": {\"fields\": [\"Email address\", \"Staff status\", \"Active\"]}}]"
        );
        for (message, read) in [
            (
                kept.as_str(),
                "Changed Email address, Staff status and Active.",
            ),
            (ADDED, "Added."),
            ("[]", "No fields changed."),
            ("", ""),
            ("Changed by hand.", "Changed by hand."),
            ("[broken", "[broken"),
            (
                "[{\"changed\": {\"name\": \"line\", \"object\": \"1\", \"fields\": [\"A\"]}}]",
                "Changed A for line “1”.",
            ),
        ] {
            assert_eq!(sentence(message), read);
        }
    }
}
