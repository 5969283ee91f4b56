//! `gatepost posts create`: write a post, given by flags or in an editor.

use gatepost_sdk::Post;
use gatepost_terminal::post::Version;

use super::draft::{Edited, Writing, check, new_post, signed_in};
use super::folder::said_again;
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
        .output
        .say(&format!("Created post {}: {}", created.id, created.title));
    context.output.result(&created.id.to_string(), &created)
}

async fn create(args: Create, context: &Context) -> Result<Post, Failure> {
    let client = context.client()?;
    let is_read_once = is_read_once(&args.text);
    // before a text is read that can't be had again
    if args.text.title.is_none() && is_read_once && !can_edit() {
        return Err(no_editor("--title too"));
    }
    let (title, body) = (args.text.title.clone(), body(&args.text).await?);
    let is_whole = title.is_some() && body.is_some();
    let text = Version::new(title.unwrap_or_default(), body.unwrap_or_default());
    let mut writing = if is_read_once {
        match Writing::of_pipe(context, &client, None, &text) {
            Ok(writing) => writing,
            Err(unkept) if is_whole => {
                let sent = send_text(&text, &client).await;
                return sent.map_err(|failure| said_again(&unkept, &text, failure));
            }
            Err(unkept) => {
                let failure = Failure::usage("without a place for it, no editor is opened");
                return Err(said_again(&unkept, &text, failure));
            }
        }
    } else if is_whole {
        // whoever gave it by a flag, or in a file, has it still
        return send_text(&text, &client).await;
    } else if can_edit() {
        signed_in(&client).await?;
        Writing::begin(context, &client, None, text, None)?
    } else {
        return Err(no_editor("--title and --body"));
    };
    if is_whole {
        return send(&writing, &client).await;
    }
    if is_read_once {
        let found = signed_in(&client).await;
        found.map_err(|failure| writing.keep(failure))?;
    }
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

/// Sends a new post that is no draft.
async fn send_text(text: &Version, client: &gatepost_sdk::Client) -> Result<Post, Failure> {
    check(text)?;
    client.posts().create(&new_post(text)).await.map_err(unsure)
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
