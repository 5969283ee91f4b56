//! `gatepost drafts`: the texts of the account in use that were not sent. Neither the network nor a store is asked.

use chrono::{DateTime, SecondsFormat};
use gatepost_sdk::Clock;
use gatepost_terminal::drafts::{Draft, Drafts};
use serde::Serialize;
use serde_json::json;

use super::posts::folder::{continues, open, writer};
use super::posts::view::shown;
use crate::ago::ago;
use crate::args::{Discard, OneDraft};
use crate::context::Context;
use crate::errors::{Exit, Failure};
use crate::output::{Style, escaped, printable, put};
use crate::prompt;
use crate::table::Table;

#[derive(Serialize)]
struct Row {
    id: String,
    /// The post that it changes; none of a new one.
    post: Option<i64>,
    title: String,
    saved: String,
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    row: Row,
    content: &'a str,
}

pub(super) fn list(context: &Context) -> Result<(), Failure> {
    let (_, drafts) = all(context)?;
    let text = match context.style {
        Style::Json => {
            let rows: Vec<_> = drafts.iter().map(row).collect();
            serde_json::to_string(&rows).map_err(std::io::Error::from)? + "\n"
        }
        Style::Tsv => drafts.iter().map(row).fold(String::new(), |text, row| {
            let post = row.post.map_or_else(String::new, |post| post.to_string());
            text + &format!(
                "{}\t{post}\t{}\t{}\n",
                row.id,
                escaped(&row.title),
                row.saved
            )
        }),
        Style::Terminal(_) if drafts.is_empty() => {
            context.style.say("No text waits to be sent");
            String::new()
        }
        Style::Terminal(width) => {
            let now = Clock::system().now();
            let mut table = Table::new(&["ID", "POST", "TITLE", "KEPT"], 2, width);
            let lines = drafts.iter().map(|draft| {
                let post = draft
                    .post
                    .map_or_else(|| "new".to_owned(), |id| id.to_string());
                let (id, title) = (draft.id.0.clone(), draft.title.clone());
                table.row(&[id, post, title, ago(now, draft.saved)])
            });
            let text: String = lines.collect();
            text + &table.flush()
        }
    };
    Ok(put(&text)?)
}

pub(super) fn show(args: &OneDraft, context: &Context) -> Result<(), Failure> {
    let (_, draft) = one(args, context)?;
    let Style::Terminal(_) = context.style else {
        return Ok(context.style.record(&Whole {
            row: row(&draft),
            content: &draft.content,
        })?);
    };
    let head = format!(
        "{}\nkept {}; `{}` continues it\n",
        printable(&draft.title),
        ago(Clock::system().now(), draft.saved),
        continues(&draft)
    );
    Ok(put(&format!("{head}\n{}", shown(&draft.content)))?)
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
    context.style.say("Discarded");
    let json = json!({ "id": draft.id.0, "discarded": true });
    Ok(context.style.result("", &json)?)
}

fn row(draft: &Draft) -> Row {
    let saved = DateTime::from_timestamp(draft.saved, 0).unwrap_or_default();
    Row {
        id: draft.id.0.clone(),
        post: draft.post,
        title: draft.title.clone(),
        saved: saved.to_rfc3339_opts(SecondsFormat::Secs, true),
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
