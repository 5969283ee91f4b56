//! `gatepost posts edit`: change a post of one's own, by flags or in an editor; only what differs is sent.

use gatepost_sdk::{NewPost, Post, PostPatch, Posts};

use super::{body, no_editor, unsure};
use crate::args::Edit;
use crate::context::Context;
use crate::editor;
use crate::errors::Failure;
use crate::prompt;

pub(in crate::commands) async fn run(args: Edit, context: &Context) -> Result<(), Failure> {
    let posts = context.client()?.posts();
    let body = body(&args.text)?;
    let mut change = PostPatch::new();
    change.title = args.text.title;
    change.content = body;
    let changed = if change == PostPatch::new() {
        if !prompt::is_attended() {
            return Err(no_editor("--title or --body"));
        }
        let Some(changed) = in_editor(&posts, &posts.get(args.id).await?).await? else {
            context.style.say("Nothing changed");
            return Ok(());
        };
        changed
    } else {
        posts.patch(args.id, &change).await.map_err(unsure)?
    };
    context
        .style
        .say(&format!("Edited post {}: {}", changed.id, changed.title));
    Ok(context.style.result(&changed.id.to_string(), &changed)?)
}

async fn in_editor(posts: &Posts, post: &Post) -> Result<Option<Post>, Failure> {
    let draft = NewPost::new(&post.title, &post.content);
    let Some(edited) = editor::edit(&draft).await? else {
        return Ok(None);
    };
    let mut change = PostPatch::new();
    change.title = (edited.post.title != post.title).then(|| edited.post.title.clone());
    change.content = (edited.post.content != post.content).then(|| edited.post.content.clone());
    if change == PostPatch::new() {
        return Ok(None);
    }
    match posts.patch(post.id, &change).await {
        Ok(post) => Ok(Some(post)),
        Err(error) => Err(edited.keep(unsure(error))),
    }
}
