//! Gatepost and a live Django write to one database at once, and each is killed again and again meanwhile: what either
//! acknowledged is there, and either reads at once what the other wrote.

use std::collections::BTreeSet;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gatepost_server::{Clock, Entropy};
use gatepost_tests::django::Django;
use gatepost_tests::{Backend, SECRET, TestApp, is_full};
use reqwest::Method;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::Value;

use crate::both_databases;
use crate::remote::{Remote, Reply, jti};
use crate::written::Post;

/// Every row is in a list of the admin site, and nothing is left to migrate or to complain about.
const DJANGO_AFTERWARDS: &str = "
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import reverse
setup_test_environment()
call_command('migrate', check_unapplied=True, verbosity=0)
call_command('check', fail_level='WARNING')
client = Client()
client.force_login(User.objects.create_superuser('root'))
for model in admin.site._registry:
    url = reverse(f'admin:{model._meta.app_label}_{model._meta.model_name}_changelist')
    page, listed = 0, set()
    while True:
        page += 1
        shown = client.get(url, {'p': page}).context['cl']
        listed |= {row.pk for row in shown.result_list}
        if page >= shown.paginator.num_pages:
            break
    assert listed == set(model.objects.values_list('pk', flat=True)), (model, len(listed))
    print(model.__name__, len(listed))
";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Gatepost,
    Django,
}

impl At {
    fn other(self) -> Self {
        match self {
            Self::Gatepost => Self::Django,
            Self::Django => Self::Gatepost,
        }
    }
}

/// The two servers, and what they have acknowledged.
struct Servers {
    gatepost: RwLock<Remote>,
    django: Remote,
    acknowledged: [AtomicUsize; 2],
    is_over: AtomicBool,
}

impl Servers {
    fn remote(&self, at: At) -> Remote {
        match at {
            At::Gatepost => self.gatepost.read().unwrap().clone(),
            At::Django => self.django.clone(),
        }
    }

    /// The answer to a write, if one came and said that it was done.
    fn note(&self, at: At, reply: reqwest::Result<Reply>, good: u16) -> Option<Reply> {
        let reply = Self::good(at, reply, good)?;
        self.acknowledged[at as usize].fetch_add(1, Ordering::SeqCst);
        Some(reply)
    }

    /// The answer, if a good one came. Gatepost fails by 503 alone.
    fn good(at: At, reply: reqwest::Result<Reply>, good: u16) -> Option<Reply> {
        let reply = reply.ok()?;
        let is_failure = match at {
            At::Gatepost => reply.status == 503,
            At::Django => reply.status >= 500,
        };
        assert!(
            reply.status == good || is_failure,
            "{at:?}, {good}: {reply:?}"
        );
        (!is_failure).then_some(reply)
    }

    /// Waits until each has acknowledged so many writes more.
    async fn have_acknowledged(&self, more: usize) {
        let before = self.counts();
        let deadline = Instant::now() + Duration::from_mins(1);
        while std::iter::zip(before, self.counts()).any(|(before, now)| now < before + more) {
            assert!(Instant::now() < deadline, "nothing is written any more");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn counts(&self) -> [usize; 2] {
        [At::Gatepost, At::Django].map(|at| self.acknowledged[at as usize].load(Ordering::SeqCst))
    }
}

/// A client that sends each of its requests to either server.
struct Client {
    name: String,
    entropy: Entropy,
    refresh: String,
    access: String,
    posts: Vec<Post>,
    /// How often Django's answer to a refresh was lost, and the session with it.
    lost_by_django: usize,
}

impl Client {
    async fn new(number: u64, servers: &Servers) -> Self {
        let name = format!("user{number}");
        let remote = servers.remote(At::Gatepost);
        remote.register(&name).await;
        let pair = remote.tokens(&name).await;
        Self {
            entropy: Entropy::seeded(number),
            refresh: pair.token("refresh"),
            access: pair.token("access"),
            posts: Vec::new(),
            lost_by_django: 0,
            name,
        }
    }

    fn either(&self) -> At {
        if self.entropy.bytes()[0] < 128 {
            At::Gatepost
        } else {
            At::Django
        }
    }

    async fn write_until_it_is_over(&mut self, servers: &Servers) {
        while !servers.is_over.load(Ordering::SeqCst) {
            self.refresh(servers).await;
            let name = format!("{}/{}", self.name, self.posts.len());
            self.posts.push(Post::new(name));
            self.write(servers).await;
        }
    }

    /// Goes on with a token: as the sdk does at Gatepost, by a new login where Django's answer was lost.
    async fn refresh(&mut self, servers: &Servers) {
        let (at, shown) = (self.either(), self.refresh.clone());
        let key = format!("key-of-{}", jti(&shown));
        let mut reply = None;
        let deadline = Instant::now() + Duration::from_mins(1);
        while reply.is_none() {
            let sent = servers.remote(at).refresh(&shown, Some(&key)).await;
            // the killed Django had blacklisted it
            if at == At::Django && sent.as_ref().is_ok_and(|reply| reply.status == 401) {
                self.lost_by_django += 1;
                let pair = servers.remote(At::Gatepost).login(&self.name).await;
                reply = servers.note(At::Gatepost, pair, 200);
                continue;
            }
            reply = servers.note(at, sent, 200);
            assert!(
                reply.is_some() || Instant::now() < deadline,
                "{at:?} does not come back"
            );
        }
        let pair = reply.expect("there is one");
        self.refresh = pair.token("refresh");
        self.access = pair.token("access");
        // it is used up at the other, too
        let again = servers.remote(at.other()).refresh(&shown, None).await;
        if let Ok(again) = again {
            let is_down = again.status >= 500;
            assert!(
                again.status == 401 || is_down && at == At::Gatepost || again.status == 503,
                "{:?} takes a token that {at:?} has used up: {again:?}",
                at.other()
            );
        }
    }

    /// Creates a post, changes it twice and removes every second, each at either server, and reads it at the other;
    /// ends where an answer does not come.
    async fn write(&mut self, servers: &Servers) -> Option<()> {
        let at = self.either();
        let body = self.posts.last()?.body(0);
        let reply = self
            .send(servers, at, Method::POST, "/api/posts/", &body)
            .await;
        let path = format!("/api/posts/{}/", servers.note(at, reply, 201)?.body["id"]);
        self.posts.last_mut()?.may_be_missing = false;
        self.reads(servers, at.other(), &path, Some(&body)).await;
        for text in 1..3 {
            let at = self.either();
            let post = self.posts.last_mut()?;
            post.texts.push(text);
            let body = post.body(text);
            let reply = self.send(servers, at, Method::PUT, &path, &body).await;
            servers.note(at, reply, 200)?;
            self.posts.last_mut()?.texts = vec![text];
            self.reads(servers, at.other(), &path, Some(&body)).await;
        }
        if self.posts.len().is_multiple_of(2) {
            let at = self.either();
            self.posts.last_mut()?.may_be_missing = true;
            let reply = self
                .send(servers, at, Method::DELETE, &path, &Value::Null)
                .await;
            servers.note(at, reply, 204)?;
            self.posts.last_mut()?.may_be_there = false;
            self.reads(servers, at.other(), &path, None).await;
        }
        Some(())
    }

    async fn send(
        &self,
        servers: &Servers,
        at: At,
        method: Method,
        path: &str,
        body: &Value,
    ) -> reqwest::Result<Reply> {
        let remote = servers.remote(at);
        remote.signed_in(method, path, &self.access, body).await
    }

    /// What one has acknowledged is there for the other, where that is up.
    async fn reads(&self, servers: &Servers, at: At, path: &str, wanted: Option<&Value>) {
        let reply = self
            .send(servers, at, Method::GET, path, &Value::Null)
            .await;
        let status = if wanted.is_some() { 200 } else { 404 };
        let Some(reply) = Servers::good(at, reply, status) else {
            return;
        };
        for name in ["title", "content"] {
            assert_eq!(
                wanted.map(|body| &body[name]),
                reply.body.get(name),
                "{at:?}"
            );
        }
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn gatepost_and_django_write_at_once_and_are_killed(on: Backend) {
    let (kills, phase) = if is_full() {
        (10, Duration::from_secs(15))
    } else {
        (2, Duration::ZERO)
    };
    let settings = "tokens.stored = 'signed'\nrefresh.reuse = 'reject'";
    let app = TestApp::with_clock(on, settings, Clock::system()).await;
    let folder = tempfile::tempdir().unwrap();
    let serve = || {
        let settings = [
            ("GATEPOST_TOKENS__STORED", "signed"),
            ("GATEPOST_REFRESH__REUSE", "reject"),
            ("GATEPOST_REFRESH__GRACE", "0"),
        ];
        app.program(folder.path(), &settings)
    };
    let mut program = serve();
    let environment = [("SECRET_KEY", SECRET), ("FAST_HASH", "1")];
    let mut django = Django::start(&app.database, &environment);
    let servers = Servers {
        gatepost: RwLock::new(Remote::new(&program.base)),
        django: Remote::forgetful(django.url()),
        acknowledged: Default::default(),
        is_over: AtomicBool::new(false),
    };
    let mut clients = Vec::new();
    for number in 0..6 {
        clients.push(Client::new(number, &servers).await);
    }
    let writing = clients
        .iter_mut()
        .map(|client| client.write_until_it_is_over(&servers));
    let killing = async {
        for kill in 0..2 * kills {
            let begun = Instant::now();
            servers.have_acknowledged(20).await;
            while begun.elapsed() < phase {
                servers.have_acknowledged(1).await;
            }
            if kill % 2 == 0 {
                program.kill();
                program = serve();
                *servers.gatepost.write().unwrap() = Remote::new(&program.base);
            } else {
                // in a thread of its own: the clients go on meanwhile
                let killed = tokio::task::spawn_blocking(move || {
                    django.kill_worker();
                    django
                });
                django = killed.await.unwrap();
            }
        }
        servers.have_acknowledged(20).await;
        servers.is_over.store(true, Ordering::SeqCst);
        (program, django)
    };
    tokio::join!(join_all(writing), killing);

    let rows = "SELECT title || ' ' || content FROM posts_post";
    let rows = BTreeSet::from_iter(app.query(rows).await);
    for post in clients.iter().flat_map(|client| &client.posts) {
        post.check(&rows);
    }
    let twice = "SELECT parent_jti FROM gatepost_rotation GROUP BY parent_jti HAVING COUNT(*) > 1";
    assert!(app.query(twice).await.is_empty());
    let lists = Django::python(&app.database, DJANGO_AFTERWARDS);
    let lost: usize = clients.iter().map(|client| client.lost_by_django).sum();
    println!(
        "{on:?}, each killed {kills} times: acknowledged {:?}, {lost} sessions lost by Django; its lists: {lists}",
        servers.counts()
    );
    assert!(lists.contains("\nPost "), "{lists}");
    app.abandon();
}
