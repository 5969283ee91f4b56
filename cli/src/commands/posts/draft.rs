//! A post's text on its way from a person to the server: it is among the drafts until the server has acknowledged it.

use std::path::PathBuf;

use gatepost_sdk::{Client, Clock, NewPost, PostId, SessionState};
use gatepost_terminal::drafts::{Draft, DraftId, Drafts};
use gatepost_terminal::merge::has_marks;
use gatepost_terminal::post::Version;

use super::folder::{continues, open, said_again, unkept, unsent_one, writer};
use super::{body, can_edit};
use crate::args::Text;
use crate::context::Context;
use crate::editor;
use crate::errors::{Exit, Failure};

/// A text that is being written.
pub(super) struct Writing {
    drafts: Drafts,
    pub(super) draft: Draft,
    /// Whether there is a text in it that is nowhere else: written before, or come through a pipe.
    is_old: bool,
    /// Whether the editor came back with nothing: it may be open still, in a window of its own.
    is_open: bool,
}

/// What came of an editor.
pub(super) enum Edited {
    /// There is something to be sent.
    Text,
    /// Nothing was changed, and nothing is left to be sent.
    Nothing,
}

impl Writing {
    /// Begins a text, of a new post or of one that is changed.
    pub(super) fn begin(
        context: &Context,
        client: &Client,
        post: Option<PostId>,
        text: Version,
        base: Option<Version>,
    ) -> Result<Self, Failure> {
        let drafts = open(context)?;
        let mut draft = Draft {
            id: DraftId::new(drafts.run(), 1),
            server: client.server().to_owned(),
            user: writer(context, client),
            post,
            title: String::new(),
            content: String::new(),
            saved: Clock::system().now(),
            base,
            sent: None,
            has_head: true,
        };
        draft.set(text);
        Ok(Self {
            drafts,
            draft,
            is_old: false,
            is_open: false,
        })
    }

    /// Begins with a text that came through a pipe: it is nowhere else, and so a draft at once, whatever comes then.
    pub(super) fn of_pipe(
        context: &Context,
        client: &Client,
        post: Option<PostId>,
        text: &Version,
    ) -> Result<Self, Failure> {
        let mut writing = Self::begin(context, client, post, text.clone(), None)?;
        writing.is_old = true;
        writing.save(context).map(|()| writing)
    }

    /// Keeps a text that was not sent as one of a new post; where it can't be kept, it is said again.
    pub(super) fn put_away(
        context: &Context,
        client: &Client,
        text: &Version,
        failure: Failure,
    ) -> Failure {
        match Self::of_pipe(context, client, None, text) {
            Ok(writing) => writing.keep(failure),
            Err(unkept) => said_again(&unkept, text, failure),
        }
    }

    /// Goes on with a text that was not sent: with what was given now, and in the editor where there is one.
    pub(super) async fn go_on(
        context: &Context,
        client: &Client,
        post: Option<PostId>,
        text: Text,
    ) -> Result<Self, Failure> {
        signed_in(client).await?;
        let mut writing = Self::resume(context, client, post)?;
        if let Some(body) = body(&text).await? {
            writing.draft.content = body;
        }
        if let Some(title) = text.title {
            writing.draft.title = title;
        }
        if can_edit() {
            writing.edit(context).await?;
        } else {
            writing.save(context)?;
        }
        Ok(writing)
    }

    /// The newest text of a new post, or of this one, that was not sent.
    fn resume(context: &Context, client: &Client, post: Option<PostId>) -> Result<Self, Failure> {
        let drafts = open(context)?;
        let user = writer(context, client);
        let mut found = drafts.of(client.server(), &user);
        found.retain(|draft| draft.post == post && !user.is_empty());
        if found.is_empty() {
            let what = post.map_or_else(|| "a new post".to_owned(), |id| format!("post {id}"));
            return Err(Failure::new(
                Exit::NotFound,
                "no_draft",
                format!("there is no text of {what} that waits to be sent"),
            ));
        }
        // as a draft of this run, so that no other takes it meanwhile
        let mut draft = found.remove(0);
        let old = std::mem::replace(&mut draft.id, DraftId::new(drafts.run(), 1));
        draft.has_head = true;
        drafts
            .save(&draft)
            .map_err(|error| unkept(context, &error))?;
        drafts.remove(&old);
        let writing = Self {
            drafts,
            draft,
            is_old: true,
            is_open: false,
        };
        writing.remember();
        Ok(writing)
    }

    /// Says that there are texts that were not sent.
    pub(super) fn announce(&self, context: &Context) {
        let (server, user) = (&self.draft.server, &self.draft.user);
        let mut left = self.drafts.of(server, user);
        left.retain(|draft| draft.post == self.draft.post && draft.id != self.draft.id);
        if !left.is_empty() {
            context.output.say(&format!(
                "A text that you wrote before was not sent: `{}` continues it",
                self.command()
            ));
        }
    }

    /// Opens the editor on it. What it writes is kept, however it ends.
    pub(super) async fn edit(&mut self, context: &Context) -> Result<Edited, Failure> {
        let given = self.draft.file();
        self.save(context)?;
        let file = self.drafts.lend(&self.draft.id, &given);
        let file = file.map_err(|error| unkept(context, &error))?;
        let outcome = editor::edit(file.clone(), given.clone()).await;
        self.is_open = matches!(outcome, Ok(None));
        // as nano and Emacs do, whatever they end with
        let beside = self.drafts.left(&self.draft.id);
        let beside = beside.filter(|left| *left != file);
        let text = match (outcome, beside) {
            (Ok(Some(text)), _) => text,
            (Ok(None), Some(beside)) => {
                let what = "the editor left its text beside the file that it was given";
                let failure = Failure::new(Exit::Refused, "editor", what);
                return Err(failure.kept(self.command(), beside));
            }
            (Ok(None), None) if self.is_old => return Ok(Edited::Text),
            (Ok(None), None) => {
                self.sent();
                return Ok(Edited::Nothing);
            }
            (Err(failed), beside) => {
                let failure = Failure::new(Exit::Refused, "editor", lower(&failed.why));
                // an editor that was told to end may still be writing
                let is_kept = failed.has_written || editor::was_ended();
                if is_kept || beside.is_some() {
                    return Err(failure.kept(self.command(), beside.unwrap_or(file)));
                }
                // it may have taken its file away
                if self.is_old {
                    return Err(self.keep(failure));
                }
                self.sent();
                return Err(failure);
            }
        };
        let shown = Version::from_file(&given);
        let back = match (shown, Version::from_file(&text)) {
            (Ok(shown), Ok(back)) => self.draft.version().edited(&shown, back),
            (_, Err(why)) | (Err(why), _) => {
                return Err(Failure::usage(why).kept(self.command(), file));
            }
        };
        if back.title.trim().is_empty() && back.content.trim().is_empty() {
            if self.is_old {
                let failure = Failure::usage("nothing is left of the text, so nothing was sent");
                self.drafts.taken(&self.draft.id);
                return Err(self.keep(failure));
            }
            self.sent();
            return Ok(Edited::Nothing);
        }
        self.draft.set(back);
        self.is_old = true;
        self.save(context)?;
        self.drafts.taken(&self.draft.id);
        Ok(Edited::Text)
    }

    /// Keeps it as it is now.
    pub(super) fn save(&mut self, context: &Context) -> Result<(), Failure> {
        self.draft.saved = Clock::system().now();
        let saved = self.drafts.save(&self.draft);
        saved.map_err(|error| unkept(context, &error))?;
        self.remember();
        Ok(())
    }

    /// Lets a signal name it.
    fn remember(&self) {
        *unsent_one() = Some((self.command(), self.own_file()));
    }

    /// That it was not sent, and where it is.
    pub(super) fn keep(&self, failure: Failure) -> Failure {
        match self.drafts.lend(&self.draft.id, &self.draft.file()) {
            Ok(file) => failure.kept(self.command(), file),
            Err(_) => failure.kept(self.command(), self.own_file()),
        }
    }

    /// Refuses a text with the marks of a conflict in it.
    pub(super) fn check(&self) -> Result<(), Failure> {
        check(&self.draft.version()).map_err(|failure| self.keep(failure))
    }

    /// The server has it, or there is nothing in it.
    pub(super) fn sent(&self) {
        if self.is_open {
            self.drafts.leave(&self.draft.id);
        } else {
            self.drafts.remove(&self.draft.id);
        }
        *unsent_one() = None;
    }

    fn own_file(&self) -> PathBuf {
        self.drafts
            .folder()
            .join(format!("{}.json", self.draft.id.0))
    }

    /// What continues it.
    pub(super) fn command(&self) -> String {
        continues(&self.draft)
    }
}

/// Refuses a text with the marks of a conflict in it.
pub(super) fn check(text: &Version) -> Result<(), Failure> {
    if has_marks(text) {
        let what = "the text still holds the marks of both versions, so it was not sent";
        let failure = Failure::new(Exit::Refused, "conflict", what);
        return Err(failure.hint("keep what you want and delete the marked lines, or give the field whole with --title or --body"));
    }
    Ok(())
}

/// What is sent of it.
pub(super) fn new_post(text: &Version) -> NewPost {
    NewPost::new(&text.title, &text.content)
}

/// Finds out that somebody is logged in, before a text is written that could not be sent.
pub(super) async fn signed_in(client: &Client) -> Result<(), Failure> {
    match client.session().load().await? {
        SessionState::SignedOut => Err(Failure::signed_out(client.server())),
        SessionState::Expired { reason, .. } => Err(Failure::ended(reason)),
        _ => Ok(()),
    }
}

/// The sentence as it stands after `error: `.
fn lower(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}
