//! A failure as it is printed: lines for a person, a line of JSON for a program, and the exit code.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use gatepost_terminal::safe::printable;
use serde_json::{Map, Value, json};

use super::Failure;
use super::fields::beside;
use crate::color::Paint;
use crate::progress;

impl Failure {
    /// The process's exit code.
    pub(crate) fn code(&self) -> ExitCode {
        if self.0.is_pipe {
            return ExitCode::SUCCESS;
        }
        ExitCode::from(self.0.exit as u8)
    }

    /// Writes it to standard error: as lines, or as one line of JSON. `verbose` names every cause.
    pub(crate) fn print(&self, json: bool, verbose: bool) {
        let is_silent = self.0.kind == "interrupted" && !json && self.0.kept.is_none();
        if self.0.is_pipe || is_silent {
            return;
        }
        progress::wipe();
        let text = if json {
            self.json()
        } else {
            let paint = Paint::of_errors();
            let lines = self.lines(verbose);
            let lines = lines.lines();
            lines
                .map(|line| paint.said(line).into_owned() + "\n")
                .collect()
        };
        // nobody may read it, and then there is nobody to tell
        let _ = io::stderr().write_all(text.as_bytes());
    }

    fn lines(&self, verbose: bool) -> String {
        let mut lines = vec![format!("error: {}", self.0.message)];
        if self.0.fields.len() > 1 {
            let fields = self.0.fields.iter();
            lines.extend(fields.map(|(field, messages)| format!("  {}", beside(field, messages))));
        }
        if verbose {
            let causes = self.0.causes.iter().enumerate();
            lines.extend(causes.map(|(at, cause)| format!("caused by: {}. {cause}", at + 1)));
        }
        lines.extend(self.hints().map(|hint| format!("hint: {hint}")));
        lines.iter().fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{}", printable(line));
            text
        })
    }

    /// What to do next.
    fn hints(&self) -> impl Iterator<Item = String> {
        let kept = self.0.kept.as_ref().map(|(command, file)| {
            format!(
                "`{command}` continues with it; your text is in {}",
                file.display()
            )
        });
        self.0.hint.clone().into_iter().chain(kept)
    }

    fn json(&self) -> String {
        let hints: Vec<String> = self.hints().collect();
        let hint = (!hints.is_empty()).then(|| hints.join("; "));
        let kept = self
            .0
            .kept
            .as_ref()
            .map(|(_, file)| file.display().to_string());
        let fields: Map<String, Value> = self
            .0
            .fields
            .iter()
            .map(|(field, messages)| (field.clone(), json!(messages)))
            .collect();
        let mut error = json!({
            "kind": self.0.kind,
            "message": self.0.message,
            "hint": hint,
            "status": self.0.status.map(|status| status.as_u16()),
            "fields": fields,
            "request_id": self.0.request_id,
        });
        if let Some(kept) = kept {
            error["kept"] = kept.into();
        }
        format!("{}\n", json!({ "error": error }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Exit;
    use super::*;

    #[test]
    fn one_field_is_one_sentence_and_several_are_lines() {
        let mut failure = Failure::new(Exit::Refused, "api", "the server refused these fields:");
        failure.0.fields = vec![
            ("username".into(), vec!["Taken.".into()]),
            ("password".into(), vec!["Short.".into(), "Common.".into()]),
        ];
        assert_eq!(
            failure.hint("correct it").lines(false),
            "error: the server refused these fields:\n  --username: Taken.\n  password: Short. Common.\nhint: correct it\n"
        );
        assert_eq!(beside("non_field_errors", &["No.".into()]), "No.");
    }

    #[test]
    fn a_server_can_not_write_on_the_terminal() {
        let failure = Failure::usage("a\u{1b}[2Jb");
        assert_eq!(failure.lines(false), "error: a\\u{1b}[2Jb\n");
    }

    #[test]
    fn a_line_of_json_has_every_part() {
        let failure = Failure::signed_out("http://a");
        let value: Value = serde_json::from_str(failure.json().trim_end()).unwrap();
        let error = &value["error"];
        assert_eq!(error["kind"], "not_signed_in");
        assert_eq!(error["message"], "not signed in to http://a");
        assert_eq!(error["hint"], "run `gatepost login`");
        assert!(error["status"].is_null() && error["fields"].is_object());
    }

    #[test]
    fn a_broken_pipe_is_no_failure() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(failure.code(), ExitCode::SUCCESS);
    }
}
