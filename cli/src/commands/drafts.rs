//! `gatepost drafts`: the texts of the account in use that were not sent. Neither the network nor a store is asked.

use chrono::{DateTime, SecondsFormat};
use gatepost_sdk::Clock;
use gatepost_terminal::drafts::{Draft, Drafts};
use serde::Serialize;
use serde_json::json;

use super::posts::folder::{continues, open, writer};
use super::posts::view::headed;
use crate::ago::ago;
use crate::args::{Discard, OneDraft};
use crate::context::Context;
use crate::errors::{Exit, Failure};
use crate::output::{self, Style, printable};
use crate::prompt;

#[derive(Serialize)]
struct Row {
    id: String,
    /// The post that it changes; none of a new one.
    post: Option<i64>,
    title: String,
    saved: String,
    #[serde(skip)]
    at: i64,
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    row: Row,
    content: &'a str,
}

impl output::Row for Row {
    const TITLES: &'static [&'static str] = &["ID", "POST", "TITLE", "KEPT"];
    const WIDE: usize = 2;

    fn cells(&self, now: i64) -> Vec<String> {
        let post = self
            .post
            .map_or_else(|| "new".to_owned(), |id| id.to_string());
        let kept = ago(now, self.at);
        vec![self.id.clone(), post, self.title.clone(), kept]
    }

    fn values(&self) -> Vec<String> {
        let post = self.post.map_or_else(String::new, |post| post.to_string());
        vec![
            self.id.clone(),
            post,
            self.title.clone(),
            self.saved.clone(),
        ]
    }
}

pub(super) fn list(context: &Context) -> Result<(), Failure> {
    let (_, drafts) = all(context)?;
    let rows: Vec<_> = drafts.iter().map(row).collect();
    output::print_list(&context.output, &rows, "No text waits to be sent")
}

pub(super) fn show(args: &OneDraft, context: &Context) -> Result<(), Failure> {
    let (_, draft) = one(args, context)?;
    let output = &context.output;
    let Style::Terminal(_) = output.style else {
        return output.record(&Whole {
            row: row(&draft),
            content: &draft.content,
        });
    };
    let kept = ago(Clock::system().now(), draft.saved);
    let about = format!("kept {kept}; `{}` continues it", continues(&draft));
    headed(output, &draft.title, &about, &draft.content);
    Ok(())
}

pub(super) async fn discard(args: &Discard, context: &Context) -> Result<(), Failure> {
    let (drafts, draft) = one(&args.draft, context)?;
    if !args.yes {
        let question = format!("Discard the draft {:?}?", printable(&draft.title));
        if !prompt::confirm(&question, "--yes").await? {
            let what = "nothing was discarded";
            return Err(Failure::new(Exit::Refused, "declined", what));
        }
    }
    drafts.remove(&draft.id);
    context.output.say("Discarded");
    let json = json!({ "id": draft.id.0, "discarded": true });
    context.output.result("", &json)
}

fn row(draft: &Draft) -> Row {
    let saved = DateTime::from_timestamp(draft.saved, 0).unwrap_or_default();
    Row {
        id: draft.id.0.clone(),
        post: draft.post,
        title: draft.title.clone(),
        saved: saved.to_rfc3339_opts(SecondsFormat::Secs, true),
        at: draft.saved,
    }
}

/// The texts that the account in use wrote for this server, but not those that are being written.
fn all(context: &Context) -> Result<(Drafts, Vec<Draft>), Failure> {
    let client = context.client()?;
    let drafts = open(context)?;
    let user = writer(context, &client);
    let mut found = drafts.of(client.server(), &user);
    found.retain(|_| !user.is_empty());
    Ok((drafts, found))
}

fn one(args: &OneDraft, context: &Context) -> Result<(Drafts, Draft), Failure> {
    let (drafts, found) = all(context)?;
    let id = args.id.trim();
    match found.into_iter().find(|draft| draft.id.0 == id) {
        Some(draft) => Ok((drafts, draft)),
        None => Err(Failure::new(
            Exit::NotFound,
            "no_draft",
            format!("there is no draft {}", printable(id)),
        )
        .hint("`gatepost drafts list` shows those that there are")),
    }
}
