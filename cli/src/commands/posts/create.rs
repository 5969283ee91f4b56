//! `gatepost posts create`: write a post, given by flags or in an editor.

use gatepost_sdk::Post;
use gatepost_terminal::post::Version;

use super::draft::{Edited, Writing, check, new_post, signed_in};
use super::{body, can_edit, is_read_once, no_editor, unsure};
use crate::args::Create;
use crate::context::Context;
use crate::errors::Failure;

pub(in crate::commands) async fn run(args: Create, context: &Context) -> Result<(), Failure> {
    let created = if args.resume {
        resume(args, context).await?
    } else {
        create(args, context).await?
    };
    context
        .style
        .say(&format!("Created post {}: {}", created.id, created.title));
    Ok(context.style.result(&created.id.to_string(), &created)?)
}

async fn create(args: Create, context: &Context) -> Result<Post, Failure> {
    let client = context.client()?;
    let is_read_once = is_read_once(&args.text);
    // before a text is read that can't be had again
    if args.text.title.is_none() && is_read_once && !can_edit() {
        return Err(no_editor("--title too"));
    }
    let text = match (args.text.title.clone(), body(&args.text).await?) {
        (Some(title), Some(body)) => {
            let text = Version::new(title, body);
            if let Err(failure) = check(&text) {
                return Err(if is_read_once {
                    Writing::put_away(context, &client, None, &text, None, failure)
                } else {
                    failure
                });
            }
            return match client.posts().create(&new_post(&text)).await {
                Ok(post) => Ok(post),
                // whoever gave it by a flag has it still
                Err(error) if !is_read_once => Err(unsure(error)),
                Err(error) => {
                    let failure = unsure(error);
                    Err(Writing::put_away(
                        context, &client, None, &text, None, failure,
                    ))
                }
            };
        }
        (title, body) => Version::new(title.unwrap_or_default(), body.unwrap_or_default()),
    };
    if !can_edit() {
        return Err(no_editor("--title and --body"));
    }
    signed_in(&client).await?;
    let mut writing = Writing::begin(context, &client, None, text, None)?;
    writing.announce(context);
    match writing.edit(context).await? {
        Edited::Text => send(&writing, &client).await,
        Edited::Nothing => {
            let failure = Failure::usage("nothing was written, so nothing was sent");
            Err(failure.hint(format!(
                "an editor with a window of its own needs an option to wait, as `code --wait`; `{}` continues with what it saves later",
                writing.command()
            )))
        }
    }
}

async fn resume(args: Create, context: &Context) -> Result<Post, Failure> {
    let client = context.client()?;
    let writing = Writing::go_on(context, &client, None, args.text).await?;
    send(&writing, &client).await
}

/// Sends a new post; its draft goes when the server has it.
pub(super) async fn send(
    writing: &Writing,
    client: &gatepost_sdk::Client,
) -> Result<Post, Failure> {
    writing.check()?;
    let post = new_post(&writing.draft.version());
    match client.posts().create(&post).await {
        Ok(post) => {
            writing.sent();
            Ok(post)
        }
        Err(error) => Err(writing.keep(unsure(error))),
    }
}
