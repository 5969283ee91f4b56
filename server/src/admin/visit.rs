//! A request of the admin: who asks, for what and with which form; and the answer, with its cookies and headers.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use chrono::{DateTime, Utc};

use super::csrf::{self, Csrf};
use super::models::Model;
use super::pages::{Level, Message, Text, Time};
use super::rights::Right;
use super::session::{self, Session};
use super::staff::{self, Staff};
use super::state::Admin;
use super::{dates, messages};
use crate::app::App;
use crate::db::{Id, Moment};
use crate::http::body::Body;
use crate::http::client::{Client, Scheme};
use crate::http::error::Error;
use crate::http::log::Context;
use crate::http::page::Page as Origin;
use crate::http::{cookies, host, path};
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
    cookie: Cookie,
}

/// What the answer does to the session's cookie.
enum Cookie {
    Stays,
    Set(String),
    Goes,
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
        let sent = cookies::find(&headers, messages::COOKIE);
        let now = app.clock().now();
        let mut visit = Self {
            csrf: Csrf::of(&headers, app.entropy()),
            sent_messages: sent.is_some(),
            says_more: false,
            messages: sent
                .map(|sent| admin.messages.read(&sent))
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
            cookie: Cookie::Stays,
        };
        visit.find_session().await?;
        Ok(visit)
    }

    /// Finds who is signed in. A session whose password was changed since is removed, as in Django.
    async fn find_session(&mut self) -> Result<(), Error> {
        let Some(key) = cookies::find(&self.headers, session::COOKIE) else {
            return Ok(());
        };
        // no key of Django's is any other text
        let is_key = key.len() >= 8 && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_key {
            self.cookie = Cookie::Goes;
            return Ok(());
        }
        let (app, now) = (self.app.clone(), self.app.dates().kept(self.now));
        let found = self.app.db().read(move |conn| {
            Box::pin(async move {
                let Some(admin) = app.admin() else {
                    return Ok((None, None));
                };
                let session = admin.sessions.find(conn, &key, now).await?;
                let user = session.as_ref().and_then(Session::user);
                let account = match user {
                    Some(id) => staff::account(conn, id).await?,
                    None => None,
                };
                let person = match account {
                    Some(account) => Some(staff::with_rights(conn, &admin.tables, account).await?),
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
            self.cookie = Cookie::Goes;
        }
        self.session = session;
        self.person = person.filter(|person| person.account.is_active);
        Ok(())
    }

    /// Removes a session and its cookie.
    pub(super) async fn end_session(&mut self, key: &str) -> crate::db::Result<()> {
        let key = key.to_owned();
        let removed = self.app.db().write_once(move |tx| {
            let key = key.clone();
            Box::pin(async move { session::remove(tx, &key).await })
        });
        removed.await?;
        (self.session, self.person) = (None, None);
        self.cookie = Cookie::Goes;
        Ok(())
    }

    /// Gives the browser the key of a session.
    pub(super) fn keep_session(&mut self, key: String) {
        self.cookie = Cookie::Set(key);
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

    /// The member of the staff who asks.
    pub(super) fn staff(&self) -> Result<&Staff, Refusal> {
        let person = self.person.as_ref();
        person
            .filter(|person| person.account.is_staff)
            .ok_or(Refusal::SignIn)
    }

    /// Whether who asks may do this with the rows of a model.
    pub(super) fn may(&self, right: Right, model: &Model) -> bool {
        let person = self.person.as_ref();
        person.is_some_and(|person| person.may(&self.admin.tables, right, model))
    }

    /// Whether who asks may see the rows of a model.
    pub(super) fn may_see(&self, model: &Model) -> bool {
        let person = self.person.as_ref();
        person.is_some_and(|person| person.may_see(&self.admin.tables, model))
    }

    /// Whether who asks may change the rows of a model, or sees them as one who may.
    pub(super) fn may_change(&self, model: &Model) -> bool {
        self.may(Right::Change, model)
    }

    /// Refuses who may not do this.
    pub(super) fn must(&self, right: Right, model: &Model) -> Result<(), Refusal> {
        if self.may(right, model) {
            Ok(())
        } else {
            Err(Refusal::Forbidden)
        }
    }

    /// Refuses who may not see the rows of a model.
    pub(super) fn must_see(&self, model: &Model) -> Result<(), Refusal> {
        if self.may_see(model) {
            Ok(())
        } else {
            Err(Refusal::Forbidden)
        }
    }

    /// Where the site is, such as `/admin/`.
    pub(super) fn root(&self) -> String {
        format!("{}/admin/", self.app.settings().server.root_path)
    }

    /// Where a model's list is.
    pub(super) fn list_url(&self, model: &Model) -> String {
        let tables = &self.admin.tables;
        let (label, name) = (tables.label(model), tables.model_name(model));
        format!("{}{label}/{name}/", self.root())
    }

    /// Where a page of a row is, such as `change`.
    pub(super) fn row_url(&self, model: &Model, id: Id, page: &str) -> String {
        format!("{}{id}/{page}/", self.list_url(model))
    }

    /// This page, as a link to it.
    pub(super) fn here(&self) -> String {
        let root = &self.app.settings().server.root_path;
        let path = format!("{root}{}", path::quoted(&self.path));
        if self.raw_query.is_empty() {
            path
        } else {
            format!("{path}?{}", path::quoted_query(&self.raw_query))
        }
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
        let secure = if self.scheme == Some(Scheme::Https) {
            "; Secure"
        } else {
            ""
        };
        let gone = "expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0";
        let lasting = |age: i64| {
            let at = self.now.plus(age).unwrap_or(self.now);
            format!("expires={}; Max-Age={age}", http_date(at))
        };
        let mut set = |text: String| {
            if let Ok(mut cookie) = HeaderValue::try_from(text) {
                cookie.set_sensitive(true);
                headers.append(header::SET_COOKIE, cookie);
            }
        };
        match &self.cookie {
            Cookie::Stays => {}
            Cookie::Set(key) => set(format!(
                "{}={key}; {}; HttpOnly; Path=/; SameSite=Lax{secure}",
                session::COOKIE,
                lasting(session::AGE)
            )),
            Cookie::Goes => set(format!(
                "{}=\"\"; {gone}; Path=/; SameSite=Lax{secure}",
                session::COOKIE
            )),
        }
        if self.csrf.is_used {
            set(format!(
                "{}={}; {}; Path=/; SameSite=Lax{secure}",
                csrf::COOKIE,
                self.csrf.cookie(),
                lasting(csrf::AGE)
            ));
        }
        if self.says_more && !self.messages.is_empty() {
            let at = u64::try_from(self.now.timestamp()).unwrap_or(0);
            let cookie = self.admin.messages.write(&self.messages, at);
            set(format!(
                "{}={cookie}; HttpOnly; Path=/; SameSite=Lax{secure}",
                messages::COOKIE
            ));
        } else if self.sent_messages && self.messages.is_empty() {
            set(format!(
                "{}=\"\"; {gone}; Path=/; SameSite=Lax{secure}",
                messages::COOKIE
            ));
        }
    }
}

fn last<'p>(pairs: &'p Pairs, name: &str) -> Option<&'p str> {
    let pair = pairs.iter().rev().find(|(known, _)| known == name);
    pair.map(|(_, value)| value.as_str())
}

/// A date as headers have it.
pub(super) fn http_date(at: Moment) -> String {
    let at: DateTime<Utc> = at.into();
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
