//! A request of the admin: who asks, for what and with which form; and the answer, with its cookies and headers.

use axum::extract::Request;
use axum::http::{HeaderMap, Method};

use super::cookies::{Cookies, SessionCookie};
use super::csrf::Csrf;
use super::pages::{Level, Message, Text, Time};
use super::session::{self, Session};
use super::staff::Staff;
use super::state::Admin;
use super::{dates, messages, session_rows, staff_rows};
use crate::app::App;
use crate::db::Moment;
use crate::http::body::Body;
use crate::http::client::{Client, Scheme};
use crate::http::error::Error;
use crate::http::log::Context;
use crate::http::page::Page as Origin;
use crate::http::{cookies as sent, host, path};
use django::charset::Charset;
use django::form::parse_form;
use django::redirects;

/// Names and values of a query or a form, in their order.
pub(super) type Pairs = Vec<(String, String)>;

/// A request of the admin, and what its answer will say beside its page.
pub(super) struct Visit<'a> {
    pub(super) app: &'a App,
    pub(super) admin: &'a Admin,
    pub(super) method: Method,
    /// The decoded path, below the root path.
    pub(super) path: String,
    /// What stands behind the path, as it was sent.
    pub(super) raw_query: String,
    pub(super) query: Pairs,
    pub(super) form: Pairs,
    pub(super) headers: HeaderMap,
    pub(super) context: Context,
    pub(super) csrf: Csrf,
    /// The session of the cookie.
    pub(super) session: Option<Session>,
    /// Whoever is signed in by it.
    pub(super) person: Option<Staff>,
    pub(super) now: Moment,
    scheme: Option<Scheme>,
    /// The host that the browser asked.
    host: Option<String>,
    sent_messages: bool,
    /// Whether something was said that the browser does not know yet.
    says_more: bool,
    messages: Vec<Message>,
    cookie: SessionCookie,
}

/// What a page comes to, when it is not shown.
pub(super) enum Refusal {
    /// Nobody of the staff is signed in.
    SignIn,
    /// 403: the person may not.
    Forbidden,
    /// 403, and why the form was not taken.
    Csrf(&'static str),
    /// 404.
    NotFound,
    /// 400, and why, for the log.
    BadRequest(String),
    /// 405, and what is taken.
    NotAllowed(&'static str),
    /// To another page.
    Redirect(String),
    /// For good, to the same page with its slash.
    Moved(String),
    /// Something failed, or is asked for too often.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Refusal {
    #[track_caller]
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// A page's HTML, or what there is in place of it.
pub(super) type Outcome = Result<String, Refusal>;

impl<'a> Visit<'a> {
    /// Reads a request's form and finds its session.
    pub(super) async fn of(
        app: &'a App,
        admin: &'a Admin,
        request: Request,
        client: &Client,
    ) -> Result<Self, Error> {
        let method = request.method().clone();
        let (path, raw_query) = (
            path::decode(request.uri().path()).into_owned(),
            request.uri().query().unwrap_or_default().to_owned(),
        );
        let headers = request.headers().clone();
        let host = client.host.as_deref();
        let host = host.or_else(|| host::asked(&headers, request.uri()).host());
        let host = host.map(str::to_owned);
        let body = Body::of(request)?;
        let context = body.context().clone();
        let form = if method == Method::POST {
            body.pairs().await?
        } else {
            Pairs::new()
        };
        let query = parse_form(raw_query.as_bytes(), Charset::Utf8);
        let query = query.map_err(|_| Error::refused("the query has more than 1,000 parts"))?;
        let said = sent::find(&headers, messages::COOKIE);
        let now = app.clock().now();
        let mut visit = Self {
            csrf: Csrf::of(&headers, app.entropy()),
            sent_messages: said.is_some(),
            says_more: false,
            messages: said
                .map(|said| admin.messages.read(&said))
                .unwrap_or_default(),
            app,
            admin,
            method,
            path,
            raw_query,
            query,
            form,
            headers,
            context,
            session: None,
            person: None,
            now,
            scheme: client.scheme,
            host,
            cookie: SessionCookie::Stays,
        };
        visit.find_session().await?;
        Ok(visit)
    }

    /// Finds who is signed in. A session whose password was changed since is removed, as in Django.
    async fn find_session(&mut self) -> Result<(), Error> {
        let Some(key) = sent::find(&self.headers, session::COOKIE) else {
            return Ok(());
        };
        // no key of Django's is any other text
        let is_key = key.len() >= 8 && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_key {
            self.cookie = SessionCookie::Goes;
            return Ok(());
        }
        let (app, now) = (self.app.clone(), self.app.dates().kept(self.now));
        let found = self.app.admin_db().read(move |conn| {
            Box::pin(async move {
                let Some(admin) = app.admin() else {
                    return Ok((None, None));
                };
                let session = admin.sessions.find(conn, &key, now).await?;
                let user = session.as_ref().and_then(Session::user);
                let account = match user {
                    Some(id) => staff_rows::account(conn, id).await?,
                    None => None,
                };
                let person = match account {
                    Some(account) => {
                        Some(staff_rows::with_rights(conn, &admin.tables, account).await?)
                    }
                    None => None,
                };
                Ok((session, person))
            })
        });
        let (session, person) = found.await?;
        if let (Some(session), Some(person)) = (&session, &person)
            && !self.admin.sessions.is_of(session, &person.account)
        {
            return Ok(self.end_session(&session.key).await?);
        }
        if session.is_none() {
            self.cookie = SessionCookie::Goes;
        }
        self.session = session;
        self.person = person.filter(|person| person.account.is_active);
        Ok(())
    }

    /// What a write came to. What it wrote may refer to the person, who was deleted meanwhile.
    pub(super) async fn written<T>(
        &self,
        done: crate::db::Result<T>,
    ) -> Result<crate::db::Result<T>, Refusal> {
        if let Err(crate::db::Error::Dangling(_)) = &done {
            let id = self.staff()?.id();
            let found = self
                .app
                .db()
                .read(move |conn| Box::pin(async move { staff_rows::account(conn, id).await }));
            found.await?.ok_or(Refusal::SignIn)?;
        }
        Ok(done)
    }

    /// Removes a session and its cookie.
    pub(super) async fn end_session(&mut self, key: &str) -> crate::db::Result<()> {
        let key = key.to_owned();
        let removed = self.app.admin_db().write_once(move |tx| {
            let key = key.clone();
            Box::pin(async move { session_rows::remove(tx, &key).await })
        });
        removed.await?;
        (self.session, self.person) = (None, None);
        self.cookie = SessionCookie::Goes;
        Ok(())
    }

    /// Gives the browser the key of a session.
    pub(super) fn keep_session(&mut self, key: String) {
        self.cookie = SessionCookie::Set(key);
    }

    /// Whether it changes something.
    pub(super) fn is_post(&self) -> bool {
        self.method == Method::POST
    }

    /// Whether a form may be taken: it has the token of a page of ours.
    pub(super) fn check_csrf(&self) -> Result<(), Refusal> {
        let is_safe = [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE];
        if is_safe.contains(&self.method) {
            return Ok(());
        }
        let origin: Origin = self.context.page;
        let checked = self
            .csrf
            .check(&self.headers, &self.form, origin, self.scheme);
        checked.map_err(Refusal::Csrf)
    }

    /// Whether a link leads to a page of this site, and by https where it was asked so.
    pub(super) fn is_of_site(&self, link: &str) -> bool {
        let host = self.host.as_deref().unwrap_or_default();
        redirects::is_allowed(link, host, self.scheme == Some(Scheme::Https))
    }

    /// The last value of a form's field.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        last(&self.form, name)
    }

    /// All values of a form's field.
    pub(super) fn fields(&self, name: &str) -> Vec<&str> {
        let pairs = self.form.iter().filter(|(known, _)| known == name);
        pairs.map(|(_, value)| value.as_str()).collect()
    }

    /// The last value of the query's parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        last(&self.query, name)
    }

    /// Says something on the page that is shown next.
    pub(super) fn say(&mut self, level: Level, text: impl Into<Text>) {
        let text = text.into();
        self.messages.push(Message { level, text });
        self.says_more = true;
    }

    /// The messages for the page that is made now, which are shown once.
    pub(super) fn take_messages(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.messages)
    }

    /// Keeps messages for the next page.
    pub(super) fn keep_messages(&mut self, messages: Vec<Message>) {
        self.messages = messages;
    }

    /// A date as people and programs read it.
    pub(super) fn time(&self, kept: Moment) -> Time {
        let mut iso = Vec::new();
        self.app.dates().write(&mut iso, kept);
        Time {
            shown: dates::shown(self.app.dates(), kept),
            iso: String::from_utf8_lossy(&iso).into_owned(),
        }
    }

    /// Sets what the browser is to keep from now on.
    pub(super) fn set_cookies(&self, headers: &mut HeaderMap) {
        let is_secure = self.scheme == Some(Scheme::Https);
        let mut cookies = Cookies::new(headers, is_secure, self.now);
        cookies.session(&self.cookie);
        if self.csrf.is_used {
            cookies.csrf(self.csrf.cookie());
        }
        if self.says_more && !self.messages.is_empty() {
            let at = u64::try_from(self.now.timestamp()).unwrap_or(0);
            cookies.messages(&self.admin.messages.write(&self.messages, at));
        } else if self.sent_messages && self.messages.is_empty() {
            cookies.no_messages();
        }
    }
}

fn last<'p>(pairs: &'p Pairs, name: &str) -> Option<&'p str> {
    let pair = pairs.iter().rev().find(|(known, _)| known == name);
    pair.map(|(_, value)| value.as_str())
}
