//! Calls become requests of the sdk, their results replies.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use gatepost_sdk::{Client, Error, Logout, NewPost, NewUser, PostId, PostPatch, StatusCode};
use gatepost_terminal::merge::{merge, start};
use gatepost_terminal::post::Version;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::translate::{details, failure};
use crate::effect::{Call, Epoch, Gen, Query, Slot};
use crate::msg::{Failure, Msg, Reply, Row};

/// How often a change is made to what a post has become meanwhile.
const TRIES: u32 = 5;
/// How many rows a message brings.
const CHUNK: usize = 100;

/// To whom an answer goes.
pub(super) struct Answer {
    pub(super) slot: Slot,
    pub(super) r#gen: Gen,
    pub(super) epoch: Epoch,
    pub(super) to: UnboundedSender<Msg>,
}

impl Answer {
    pub(super) fn tell(&self, reply: Result<Reply, Failure>) {
        let _ = self.to.send(Msg::Reply {
            slot: self.slot.clone(),
            r#gen: self.r#gen,
            epoch: self.epoch,
            reply,
        });
    }
}

/// Asks the server, and waits for what it says.
pub(super) async fn ask(client: &Client, call: Call) -> Result<Reply, Error> {
    Ok(match call {
        Call::Load => Reply::State(client.session().load().await?),
        Call::SignIn { username, password } => {
            let session = client.login(&username, &password.0).await?;
            Reply::State(session.state())
        }
        Call::Register {
            username,
            email,
            first_name,
            last_name,
            password,
        } => {
            let user = NewUser::new(username, email, &password.0);
            client
                .register(user.first_name(first_name).last_name(last_name))
                .await?;
            Reply::Done
        }
        Call::SignOut => {
            let done = client.logout(Logout::Server).await?;
            let problem = (!done.revoked).then(|| {
                done.problem
                    .map_or_else(|| "it did not answer".to_owned(), |error| error.to_string())
            });
            Reply::SignedOut { problem }
        }
        Call::Details => Reply::Details(client.session().details().await?.map(details)),
        Call::Verify => {
            let token = client.session().access_token(Duration::ZERO).await?;
            Reply::Valid(client.verify(&token).await?)
        }
        Call::Refresh => {
            client.session().refresh().await?;
            Reply::State(client.session().state())
        }
        Call::Profile => Reply::Profile(client.profile().await?),
        Call::Sessions => Reply::Sessions(client.me().sessions().await?),
        Call::EndSession(id) => {
            client.me().end_session(&id).await?;
            Reply::Done
        }
        Call::Post(id) => Reply::Post(client.posts().get(id).await?),
        Call::Create { title, content } => {
            let new = NewPost::new(title, content);
            Reply::Post(client.posts().create(&new).await?)
        }
        Call::Update {
            id,
            base,
            sent,
            mine,
        } => update(client, id, (base.as_ref(), sent.as_ref()), &mine).await?,
        Call::Delete(id) => {
            client.posts().delete(id).await?;
            Reply::Done
        }
        // streamed by `list`
        Call::List | Call::Find(_) => Reply::Done,
    })
}

/// Sends what was changed of a post, and only that, after a look at what is there now.
async fn update(
    client: &Client,
    id: PostId,
    (base, sent): (Option<&Version>, Option<&Version>),
    mine: &Version,
) -> Result<Reply, Error> {
    let mut tries = 1;
    loop {
        let (post, version) = client.posts().get_version(id).await?;
        let theirs = Version::new(&post.title, &post.content);
        let Ok(patch) = merge(start(base, sent, &theirs).as_ref(), mine, &theirs) else {
            return Ok(Reply::Conflict(post));
        };
        // it is there already: the answer to an earlier try was lost
        if patch.is_empty() {
            return Ok(Reply::Post(post));
        }
        let mut change = PostPatch::new();
        change.title = patch.title;
        change.content = patch.content;
        let changed = client.posts().if_match(version).patch(id, &change).await;
        match changed {
            // somebody was faster: what it is now is looked at
            Err(error)
                if tries < TRIES && error.status() == Some(StatusCode::PRECONDITION_FAILED) =>
            {
                tries += 1;
            }
            changed => return Ok(Reply::Post(changed?)),
        }
    }
}

/// Streams the list: a chunk at once, each further one when it is asked for.
pub(super) async fn list(
    client: Client,
    query: Query,
    answer: Answer,
    mut asked: UnboundedReceiver<()>,
) {
    // one answer with everything is read at once: a server that waits for a slow reader may give up on it
    let is_paged = match client.session().details().await {
        Ok(Some(details)) => details.features.iter().any(|name| name == "paging"),
        _ => false,
    };
    let _ = answer.to.send(Msg::CanSearch(is_paged));
    let mut list = client.posts().list();
    if !query.text.is_empty() {
        list = list.search(query.text);
    }
    if let Some(author) = query.author {
        list = list.author(author);
    }
    let mut posts = list.stream();
    let mut authors = HashMap::<String, Arc<str>>::new();
    loop {
        let mut rows = Vec::with_capacity(CHUNK);
        let mut is_end = false;
        while rows.len() < CHUNK && !is_end {
            match posts.next().await {
                Some(Ok(post)) => {
                    let author = authors.entry(post.author);
                    let author = author.or_insert_with_key(|name| name.as_str().into());
                    rows.push(Row {
                        id: post.id,
                        title: post.title.into(),
                        author: author.clone(),
                        created: post.created_at.timestamp(),
                    });
                }
                Some(Err(error)) => {
                    if !rows.is_empty() {
                        answer.tell(Ok(Reply::Rows { rows, is_end }));
                    }
                    return answer.tell(Err(failure(&error, false)));
                }
                None => is_end = true,
            }
        }
        answer.tell(Ok(Reply::Rows { rows, is_end }));
        if is_end || (is_paged && asked.recv().await.is_none()) {
            return;
        }
    }
}
