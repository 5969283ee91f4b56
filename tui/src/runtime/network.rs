//! The one place that knows the sdk: calls become requests, their results become messages.

use std::collections::{BTreeMap, HashMap};
use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gatepost_sdk::{
    Client, Error, ErrorKind, Logout, NewPost, NewUser, SessionDetails, StatusCode,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;

use crate::effect::{Call, Epoch, Gen, Slot};
use crate::msg::{Details, Failure, Kind, Msg, Post, PostId, Reply, Row, User};

/// How many rows a message brings.
const CHUNK: usize = 100;

/// The server, and what is being asked of it.
pub(crate) struct Network {
    client: Client,
    to: UnboundedSender<Msg>,
    reads: BTreeMap<Slot, AbortHandle>,
    /// Asks the list for more.
    more: Option<UnboundedSender<()>>,
    is_checking: Arc<AtomicBool>,
}

impl Network {
    /// Through this client. From now on, changes of its session are told.
    pub(crate) fn new(client: Client, to: UnboundedSender<Msg>) -> Self {
        let mut states = client.session().subscribe();
        let told = to.clone();
        tokio::spawn(async move {
            while states.changed().await.is_ok() {
                let state = states.borrow_and_update().clone();
                if told.send(Msg::Session(state)).is_err() {
                    return;
                }
            }
        });
        Self {
            client,
            to,
            reads: BTreeMap::new(),
            more: None,
            is_checking: Arc::default(),
        }
    }

    /// Asks. An older read of the same slot is given up; a write never is, since nobody would know what came of it.
    pub(crate) fn call(&mut self, slot: Slot, r#gen: Gen, epoch: Epoch, call: Call) {
        let client = self.client.clone();
        let to = self.to.clone();
        let answer = Answer {
            slot: slot.clone(),
            r#gen,
            epoch,
            to,
        };
        let is_read = matches!(
            call,
            Call::List | Call::Post(_) | Call::Profile | Call::Details | Call::Verify
        );
        let task = if call == Call::List {
            let (more, asked) = unbounded_channel();
            self.more = Some(more);
            tokio::spawn(list(client, answer, asked))
        } else {
            tokio::spawn(async move {
                let is_login = matches!(call, Call::SignIn { .. });
                let reply = ask(&client, call).await;
                answer.tell(reply.map_err(|error| failure(&error, is_login)));
            })
        };
        if is_read && let Some(old) = self.reads.insert(slot, task.abort_handle()) {
            old.abort();
        }
    }

    /// Goes on with the list.
    pub(crate) fn more(&self) {
        if let Some(more) = &self.more {
            let _ = more.send(());
        }
    }

    /// Looks whether another process has changed the session; its state is told if so.
    pub(crate) fn check(&self) {
        // the first key of many is enough
        if !self.is_checking.swap(true, Ordering::SeqCst) {
            let (session, is_checking) = (self.client.session(), self.is_checking.clone());
            tokio::spawn(async move {
                // what can't be read now will be said by the next request
                let _ = session.load().await;
                is_checking.store(false, Ordering::SeqCst);
            });
        }
    }

    /// Waits until no exchange of tokens is under way.
    pub(crate) async fn settle(&self, limit: Duration) {
        self.client.session().settle(limit).await;
    }
}

/// To whom an answer goes.
struct Answer {
    slot: Slot,
    r#gen: Gen,
    epoch: Epoch,
    to: UnboundedSender<Msg>,
}

impl Answer {
    fn tell(&self, reply: Result<Reply, Failure>) {
        let _ = self.to.send(Msg::Reply {
            slot: self.slot.clone(),
            r#gen: self.r#gen,
            epoch: self.epoch,
            reply,
        });
    }
}

async fn ask(client: &Client, call: Call) -> Result<Reply, Error> {
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
        Call::Profile => Reply::Profile(user(client.profile().await?)),
        Call::Post(id) => Reply::Post(post(client.posts().get(id).await?)),
        Call::Create { title, content } => {
            let new = NewPost::new(title, content);
            Reply::Post(post(client.posts().create(&new).await?))
        }
        Call::Update { id, title, content } => {
            let new = NewPost::new(title, content);
            Reply::Post(post(client.posts().update(id, &new).await?))
        }
        Call::Delete(id) => {
            client.posts().delete(id).await?;
            Reply::Done
        }
        // streamed by `list`
        Call::List => Reply::Done,
    })
}

/// Streams the list: a chunk at once, each further one when it is asked for.
async fn list(client: Client, answer: Answer, mut asked: UnboundedReceiver<()>) {
    // one answer with everything is read at once: a server that waits for a slow reader may give up on it
    let is_paged = match client.session().details().await {
        Ok(Some(details)) => details.features.iter().any(|name| name == "paging"),
        _ => false,
    };
    let mut posts = client.posts().list().stream();
    let mut authors = HashMap::<String, Arc<str>>::new();
    loop {
        let mut rows = Vec::with_capacity(CHUNK);
        let mut is_end = false;
        while rows.len() < CHUNK && !is_end {
            match posts.next().await {
                Some(Ok(post)) => {
                    let author = match authors.get(&post.author) {
                        Some(author) => author.clone(),
                        None => authors
                            .entry(post.author.clone())
                            .or_insert_with(|| post.author.as_str().into())
                            .clone(),
                    };
                    rows.push(Row {
                        id: post.id,
                        title: post.title.into(),
                        author,
                        created: post.created_at.timestamp(),
                    });
                }
                Some(Err(error)) => {
                    if !rows.is_empty() {
                        let is_end = false;
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

fn post(post: gatepost_sdk::Post) -> Post {
    let id: PostId = post.id;
    Post {
        id,
        title: post.title,
        content: post.content,
        author: post.author,
        created: post.created_at,
        updated: post.updated_at,
    }
}

fn user(user: gatepost_sdk::User) -> User {
    User {
        id: user.id,
        username: user.username,
        email: user.email,
        first_name: user.first_name,
        last_name: user.last_name,
    }
}

fn details(details: SessionDetails) -> Details {
    Details {
        user: details.user,
        access_until: details.access_expires_at,
        refresh_until: details.refresh_expires_at,
        skew: details.clock_skew,
        features: details.features,
    }
}

fn failure(error: &Error, is_login: bool) -> Failure {
    let mut fields = Vec::new();
    let kind = match error.kind() {
        ErrorKind::Api(no) => {
            fields = no
                .fields()
                .iter()
                .map(|field| (field.path.clone(), field.messages.clone()))
                .collect();
            match no.status() {
                StatusCode::UNAUTHORIZED if is_login => Kind::Credentials,
                StatusCode::UNAUTHORIZED => Kind::Ended(None),
                StatusCode::BAD_REQUEST => Kind::Invalid,
                StatusCode::FORBIDDEN => Kind::Forbidden,
                StatusCode::NOT_FOUND => Kind::NotFound,
                StatusCode::TOO_MANY_REQUESTS => Kind::TooMany(no.retry_after()),
                status if status.is_server_error() => Kind::Server(no.retry_after()),
                _ => Kind::Other,
            }
        }
        ErrorKind::NotSignedIn => Kind::Ended(None),
        ErrorKind::SessionExpired(reason) => Kind::Ended(Some(*reason)),
        ErrorKind::Network if was_never_sent(error) => Kind::Offline,
        ErrorKind::Network | ErrorKind::Timeout => Kind::NoAnswer,
        ErrorKind::Busy { .. } => Kind::Server(None),
        _ => Kind::Other,
    };
    let text = match error.kind() {
        ErrorKind::Api(no) => no.detail().map(str::to_owned),
        _ => None,
    };
    // what the system said is what helps: a name that is not found, a certificate that is not trusted
    let cause = match error.kind() {
        ErrorKind::Network | ErrorKind::Config(_) => root(error),
        _ => None,
    };
    let text = match (text, cause) {
        (Some(text), _) => text,
        (None, Some(cause)) => format!("{error} ({cause})"),
        (None, None) => error.to_string(),
    };
    Failure {
        kind,
        text,
        hint: error.hint().map(str::to_owned),
        fields,
    }
}

/// The first of the causes.
fn root(error: &Error) -> Option<String> {
    let mut cause = error.source()?;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Some(cause.to_string())
}

/// Whether nothing can have reached the server.
fn was_never_sent(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(cause) = cause.downcast_ref::<io::Error>() {
            return matches!(
                cause.kind(),
                io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::NetworkUnreachable
                    | io::ErrorKind::NotFound
            );
        }
        source = cause.source();
    }
    false
}
