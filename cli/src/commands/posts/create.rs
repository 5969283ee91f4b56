//! `gatepost posts create`: write a post, given by flags or in an editor.

use gatepost_sdk::NewPost;

use super::{body, no_editor, unsure};
use crate::args::Text;
use crate::context::Context;
use crate::editor;
use crate::errors::Failure;
use crate::prompt;

pub(in crate::commands) async fn run(text: Text, context: &Context) -> Result<(), Failure> {
    let posts = context.client()?.posts();
    let body = body(&text)?;
    let created = match (text.title, body) {
        (Some(title), Some(body)) => posts
            .create(&NewPost::new(title, body))
            .await
            .map_err(unsure)?,
        (title, body) if prompt::is_attended() => {
            let draft = NewPost::new(title.unwrap_or_default(), body.unwrap_or_default());
            let Some(edited) = editor::edit(&draft).await? else {
                return Err(Failure::usage("nothing was written, so nothing was sent"));
            };
            match posts.create(&edited.post).await {
                Ok(post) => post,
                Err(error) => return Err(edited.keep(unsure(error))),
            }
        }
        _ => return Err(no_editor("--title and --body")),
    };
    context
        .style
        .say(&format!("Created post {}: {}", created.id, created.title));
    Ok(context.style.result(&created.id.to_string(), &created)?)
}
