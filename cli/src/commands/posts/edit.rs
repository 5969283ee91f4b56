//! `gatepost posts edit`: change a post of one's own, by flags or in an editor; only what differs is sent, and nothing
//! that somebody else wrote meanwhile is overwritten unasked.

use gatepost_sdk::{Client, Post, PostId, PostPatch, StatusCode};
use gatepost_terminal::merge::{Conflict, Keep, Patch, merge, settle};
use gatepost_terminal::post::Version;

use super::draft::{Edited, Writing, check};
use super::folder::said_again;
use super::{body, by_author, can_edit, create, is_read_once, no_editor};
use crate::args::{Edit, Side};
use crate::context::Context;
use crate::errors::{Exit, Failure};
use crate::prompt;

/// How often a change is made to what a post has become meanwhile.
const TRIES: u32 = 5;

/// What came of sending a change.
enum Outcome {
    Changed(Post),
    Recreated(Post),
    Unchanged,
}

/// What was decided of a conflict before it was there.
struct Decided {
    /// Whose version is to be kept.
    keep: Option<Side>,
    /// The fields that were given, which are to be as they are given.
    given: Conflict,
}

impl Decided {
    fn of(args: &Edit) -> Self {
        let text = &args.text;
        Self {
            keep: args.keep,
            given: Conflict {
                title: text.title.is_some(),
                content: text.body.is_some() || text.body_file.is_some(),
            },
        }
    }

    /// Which version is to be kept, or what is still to be decided.
    fn of_conflict(&self, conflict: Conflict) -> Result<Keep, Conflict> {
        let open = Conflict {
            title: conflict.title && !self.given.title,
            content: conflict.content && !self.given.content,
        };
        match self.keep {
            Some(Side::Mine) => Ok(Keep::Mine),
            _ if open == Conflict::default() => Ok(Keep::Mine),
            Some(Side::Theirs) => Ok(Keep::Theirs),
            None => Err(open),
        }
    }
}

pub(in crate::commands) async fn run(args: Edit, context: &Context) -> Result<(), Failure> {
    let client = context.client()?;
    let outcome = if args.resume {
        let decided = Decided::of(&args);
        let mut writing = Writing::go_on(context, &client, Some(args.id), args.text).await?;
        send(&mut writing, args.id, &client, context, &decided).await?
    } else if args.text.is_empty() {
        in_editor(args.id, &client, context, &Decided::of(&args)).await?
    } else {
        by_flags(args, &client, context).await?
    };
    let (said, post) = match outcome {
        Outcome::Changed(post) => ("Edited", post),
        Outcome::Recreated(post) => ("Created", post),
        Outcome::Unchanged => {
            context.output.say("Nothing changed");
            return Ok(());
        }
    };
    context
        .output
        .say(&format!("{said} post {}: {}", post.id, post.title));
    context.output.result(&post.id.to_string(), &post)
}

/// What is given by flags is what it is to be, whatever it was.
async fn by_flags(args: Edit, client: &Client, context: &Context) -> Result<Outcome, Failure> {
    let is_read_once = is_read_once(&args.text);
    let patch = Patch {
        content: body(&args.text).await?,
        title: args.text.title,
    };
    let text = Version::new(
        patch.title.clone().unwrap_or_default(),
        patch.content.clone().unwrap_or_default(),
    );
    if !is_read_once {
        check(&text)?;
        let error = match client.posts().patch(args.id, &wire(patch.clone())).await {
            Ok(post) => return Ok(Outcome::Changed(post)),
            Err(error) => error,
        };
        // it can be a new post, and is more than a flag where it is gone
        let is_kept = is_gone(&error) && patch.content.is_some();
        let failure = by_author(error);
        return Err(if is_kept {
            Writing::put_away(context, client, &text, failure)
        } else {
            failure
        });
    }
    let mut writing = match Writing::of_pipe(context, client, Some(args.id), &text) {
        Ok(writing) => writing,
        Err(unkept) => {
            check(&text).map_err(|failure| said_again(&unkept, &text, failure))?;
            let sent = client.posts().patch(args.id, &wire(patch)).await;
            return match sent {
                Ok(post) => Ok(Outcome::Changed(post)),
                Err(error) => Err(said_again(&unkept, &text, by_author(error))),
            };
        }
    };
    writing.check()?;
    match piped(&mut writing, args.id, patch, client, context).await? {
        Ok(post) => {
            writing.sent();
            Ok(Outcome::Changed(post))
        }
        Err(error) => {
            if is_gone(&error) {
                // it can be a new post
                (writing.draft.post, writing.draft.base) = (None, None);
                writing.save(context)?;
            }
            Err(writing.keep(by_author(error)))
        }
    }
}

/// Sends a change that came through a pipe. What was not given is as it was, should the text be sent later.
async fn piped(
    writing: &mut Writing,
    id: PostId,
    patch: Patch,
    client: &Client,
    context: &Context,
) -> Result<gatepost_sdk::Result<Post>, Failure> {
    let base = match client.posts().get(id).await {
        Ok(post) => version(&post),
        Err(error) => return Ok(Err(error)),
    };
    writing.draft.set(Version::new(
        patch.title.as_ref().unwrap_or(&base.title),
        patch.content.as_ref().unwrap_or(&base.content),
    ));
    writing.draft.base = Some(base);
    // where the answer is lost, it must not be taken for somebody else's
    writing.draft.sent = Some(writing.draft.version());
    writing.save(context)?;
    Ok(client.posts().patch(id, &wire(patch)).await)
}

/// Whether the post is not there any more.
fn is_gone(error: &gatepost_sdk::Error) -> bool {
    error.status() == Some(StatusCode::NOT_FOUND)
}

async fn in_editor(
    id: PostId,
    client: &Client,
    context: &Context,
    decided: &Decided,
) -> Result<Outcome, Failure> {
    if !can_edit() {
        return Err(no_editor("--title or --body"));
    }
    let base = version(&client.posts().get(id).await?);
    let mut writing = Writing::begin(context, client, Some(id), base.clone(), Some(base))?;
    writing.announce(context);
    match writing.edit(context).await? {
        Edited::Text => send(&mut writing, id, client, context, decided).await,
        Edited::Nothing => Ok(Outcome::Unchanged),
    }
}

/// Reads the post again and sends what the person changed of it; where both sides changed the same, asks.
async fn send(
    writing: &mut Writing,
    id: PostId,
    client: &Client,
    context: &Context,
    decided: &Decided,
) -> Result<Outcome, Failure> {
    let mut tries = 1;
    loop {
        writing.check()?;
        let (theirs, version_of_theirs) = match client.posts().get_version(id).await {
            Ok(found) => found,
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => {
                return recreate(writing, id, client, context).await;
            }
            Err(error) => return Err(writing.keep(error.into())),
        };
        let (mine, at_server) = (writing.draft.version(), version(&theirs));
        writing.draft.base = writing.draft.start(&at_server);
        let conflict = match merge(writing.draft.base.as_ref(), &mine, &at_server) {
            Ok(patch) if patch.is_empty() => {
                writing.sent();
                return Ok(Outcome::Unchanged);
            }
            Ok(patch) => {
                // where the answer is lost, it must not be taken for somebody else's
                writing.draft.sent = Some(mine);
                writing.save(context)?;
                let posts = client.posts().if_match(version_of_theirs);
                match posts.patch(id, &wire(patch)).await {
                    Ok(post) => {
                        writing.sent();
                        return Ok(Outcome::Changed(post));
                    }
                    Err(error) if error.status() == Some(StatusCode::PRECONDITION_FAILED) => {
                        // somebody was faster: what it is now is looked at
                        if tries == TRIES {
                            return Err(writing.keep(changing(id)));
                        }
                        tries += 1;
                        continue;
                    }
                    Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => {
                        return recreate(writing, id, client, context).await;
                    }
                    Err(error) => return Err(writing.keep(by_author(error))),
                }
            }
            Err(conflict) => conflict,
        };
        let keep = match decided.of_conflict(conflict) {
            Ok(keep) => keep,
            Err(open) => {
                let failure = changed(id, open);
                if !prompt::is_attended() {
                    return Err(writing.keep(failure));
                }
                let what = failure.message();
                crate::output::warn(&format!("{what}: both are marked in the editor"));
                Keep::Both
            }
        };
        let settled = settle(writing.draft.base.as_ref(), &mine, &at_server, keep);
        writing.draft.set(settled);
        writing.draft.base = Some(at_server);
        if keep == Keep::Both {
            writing.edit(context).await?;
        } else {
            writing.save(context)?;
        }
    }
}

/// The post is gone: what was written of it is the text of a new one, if the person wants that.
async fn recreate(
    writing: &mut Writing,
    id: PostId,
    client: &Client,
    context: &Context,
) -> Result<Outcome, Failure> {
    writing.draft.post = None;
    writing.draft.base = None;
    writing.save(context)?;
    let question = format!("Post {id} was deleted meanwhile. Create it anew?");
    let is_wanted = prompt::is_attended()
        && prompt::confirm(&question, "")
            .await
            .map_err(|failure| writing.keep(failure))?;
    if is_wanted {
        let post = create::send(writing, client).await?;
        return Ok(Outcome::Recreated(post));
    }
    let what = format!("post {id} was deleted meanwhile");
    Err(writing.keep(Failure::new(Exit::NotFound, "deleted", what)))
}

fn changing(id: PostId) -> Failure {
    let what = format!("post {id} is being changed by somebody else again and again");
    Failure::new(Exit::Refused, "conflict", what)
}

fn changed(id: PostId, conflict: Conflict) -> Failure {
    let fields = conflict.fields();
    let verb = if fields.len() == 1 { "was" } else { "were" };
    Failure::new(
        Exit::Refused,
        "conflict",
        format!(
            "{} of post {id} {verb} changed by somebody else meanwhile",
            fields.join(" and ")
        ),
    )
    .fields(&fields, "changed here and at the server")
    .hint("--keep mine or --keep theirs decides, or give the field whole with --title or --body")
}

fn version(post: &Post) -> Version {
    Version::new(&post.title, &post.content)
}

fn wire(patch: Patch) -> PostPatch {
    let mut wire = PostPatch::new();
    wire.title = patch.title;
    wire.content = patch.content;
    wire
}
