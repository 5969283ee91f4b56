//! The same steps at two sites, each answer and each database compared with the other's.

use std::collections::{BTreeMap, BTreeSet};

use gatepost_server::Clock;
use serde_json::Value;
use sqlx::types::chrono::DateTime;

use super::browser::{Browser, Request};
use super::compare;
use super::declared::is_declared;
use super::rows::Rows;
use super::sites::{PASSWORD, Sites};

/// Two sites, in what follows always Django's first.
pub(crate) struct Walk {
    sides: [Side; 2],
    prepared: Value,
    role: String,
    step: String,
    /// Whose browser is used.
    person: String,
    /// How the rows differed when it was looked last.
    rows_differ: BTreeSet<String>,
    pub(crate) requests: usize,
    pub(crate) differences: Vec<String>,
}

struct Side {
    base: String,
    browsers: BTreeMap<String, Browser>,
    rows: Rows,
}

impl Side {
    fn browser(&mut self, person: &str) -> &mut Browser {
        let new = || Browser::at(&format!("{}/admin/", self.base));
        self.browsers.entry(person.to_owned()).or_insert_with(new)
    }
}

impl Walk {
    pub(crate) async fn new(sites: &Sites) -> Self {
        let side = async |at: usize| Side {
            base: sites.bases[at].clone(),
            browsers: BTreeMap::new(),
            rows: Rows::new(&sites.databases[at]).await,
        };
        Self {
            sides: [side(0).await, side(1).await],
            prepared: sites.prepared.clone(),
            role: String::new(),
            step: String::new(),
            person: String::new(),
            rows_differ: BTreeSet::new(),
            requests: 0,
            differences: Vec::new(),
        }
    }

    /// The id of a row, such as `user/root`, `live/target01` (a token) or `right/add_user`.
    pub(crate) fn id(&self, name: &str) -> String {
        let id = &self.prepared["ids"][name];
        assert!(id.is_number(), "{name} was not prepared");
        id.to_string()
    }

    /// The path of a row's pages in the admin, without a final slash.
    pub(crate) fn path(&self, name: &str) -> String {
        let (model, _) = name.split_once('/').unwrap();
        let list = match model {
            "user" => "auth/user",
            "group" => "auth/group",
            "post" => "posts/post",
            "blacklisted" => "token_blacklist/blacklistedtoken",
            _ => "token_blacklist/outstandingtoken",
        };
        format!("/admin/{list}/{}", self.id(name))
    }

    /// A refresh token, such as `live/target01`.
    pub(crate) fn token(&self, name: &str) -> String {
        self.prepared["tokens"][name].as_str().unwrap().to_owned()
    }

    /// Who walks, with a browser of his own.
    pub(crate) fn role(&mut self, name: &str) {
        name.clone_into(&mut self.role);
        name.clone_into(&mut self.person);
    }

    /// Uses another browser, which keeps what it has.
    pub(crate) fn browser(&mut self, person: &str) {
        person.clone_into(&mut self.person);
    }

    /// What is done by the requests that follow.
    pub(crate) fn step(&mut self, name: &str) {
        name.clone_into(&mut self.step);
    }

    pub(crate) async fn get(&mut self, path: &str) {
        self.send(&Request::get(path)).await;
    }

    /// Sends fields that stand in no form, with the secret of the browser's cookie.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) {
        let mut request = Request::post(path, fields);
        request
            .fields
            .as_mut()
            .unwrap()
            .push(("csrfmiddlewaretoken".to_owned(), CSRF.to_owned()));
        self.send(&request).await;
    }

    /// The same with values that were put together.
    pub(crate) async fn post_all(&mut self, path: &str, fields: &[(&str, String)]) {
        let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
        self.post(path, &fields.collect::<Vec<_>>()).await;
    }

    /// Whether both pages have this button or field.
    pub(crate) fn offers(&mut self, button: &str) -> bool {
        let person = &self.person;
        let has = |side: &mut Side| side.browser(person).last.page.form(button).is_some();
        self.sides.iter_mut().all(has)
    }

    pub(crate) async fn send(&mut self, request: &Request) {
        let requests = [0, 1].map(|at| {
            let mut request = request.clone();
            let side = &mut self.sides[at];
            let csrf = side.browser(&self.person).csrf();
            let fill = |text: &str| text.replace(CSRF, &csrf).replace(BASE, &side.base);
            for (_, value) in request.fields.iter_mut().flatten() {
                *value = fill(value);
            }
            for (_, value) in &mut request.headers {
                *value = fill(value);
            }
            Ok(request)
        });
        self.both(requests, &format!("{} {}", request.method, request.path))
            .await;
    }

    /// Sends the form that has this button or field, with these changes ([`Browser::filled`]).
    pub(crate) async fn submit(&mut self, button: &str, changes: &[(&str, &str)]) {
        let filled = [0, 1].map(|at| self.sides[at].browser(&self.person).filled(button, changes));
        let changes = changes.iter().map(|(name, value)| {
            let short: String = value.chars().take(40).collect();
            format!("{name}={short:?}")
        });
        let words = format!(
            "the form with {button}, {}",
            changes.collect::<Vec<_>>().join(" ")
        );
        if filled.iter().all(Result::is_err) {
            self.note(&format!("{words}: {}", filled[0].as_ref().unwrap_err()));
            return;
        }
        self.both(filled, &words).await;
    }

    /// Goes where the last answer leads.
    pub(crate) async fn follow(&mut self) {
        let requests = [0, 1].map(|at| {
            let last = &self.sides[at].browser(&self.person).last;
            let location = last.location.as_deref().ok_or("leads nowhere");
            location.map(Request::get).map_err(str::to_owned)
        });
        self.both(requests, "where that leads").await;
    }

    /// The same, where it leads anywhere.
    pub(crate) async fn follow_if_sent(&mut self) {
        let person = &self.person;
        let leads = |side: &mut Side| side.browser(person).last.location.is_some();
        let [theirs, ours] = &mut self.sides;
        if leads(theirs) | leads(ours) {
            self.follow().await;
        }
    }

    async fn both(&mut self, requests: [Result<Request, String>; 2], words: &str) {
        let [theirs, ours] = &mut self.sides;
        let [to_them, to_us] = &requests;
        let person = &self.person;
        let at = |side: &mut Side| side.browser(person).at.path().to_owned();
        let from = at(theirs);
        let now = Clock::system().now().timestamp();
        // the walk may go on past midnight
        let recent = [now, now - 86_400].map(day);
        let one = async |side: &mut Side, request: &Result<Request, String>| match request {
            Ok(request) => {
                let answer = side.browser(person).send(request).await;
                Ok((answer, side.rows.changes(now).await))
            }
            Err(why) => Err(why.clone()),
        };
        let (theirs, ours) = tokio::join!(one(theirs, to_them), one(ours, to_us));
        self.requests += 1;
        let mut found = Vec::new();
        match (&theirs, &ours) {
            (Ok((theirs, their_rows)), Ok((ours, our_rows))) => {
                let path = self.sides[0].browser(&self.person).at.path().to_owned();
                let bases = [&self.sides[0].base, &self.sides[1].base].map(String::as_str);
                found = compare::answers(&path, bases, theirs, ours, &recent);
                let differ = compare::rows(their_rows, our_rows);
                // only what came with this step
                found.extend(differ.difference(&self.rows_differ).cloned());
                self.rows_differ = differ;
            }
            (Err(why), Err(_)) => found.push(format!("neither: {why}")),
            (Err(why), Ok(_)) => {
                found.push(format!("Django's {why}; it is sent to the other alone"));
            }
            (Ok(_), Err(why)) => found.push(format!("the other {why}; it is sent to Django alone")),
        }
        let done = format!("{}: {words} from {from}", self.step);
        found.retain(|difference| !is_declared(&done, difference));
        if !found.is_empty() {
            let found = found.join("\n    ");
            self.note(&format!("{words} from {from}\n    {found}"));
        }
    }

    fn note(&mut self, found: &str) {
        let Self {
            role, step, person, ..
        } = self;
        let person = if role == person {
            String::new()
        } else {
            format!(" (browser {person})")
        };
        let difference = format!("{role}{person}: {step}: {found}");
        self.differences.push(difference);
    }

    /// Puts a cookie into the browser.
    pub(crate) fn set_cookie(&mut self, name: &str, value: &str) {
        for side in &mut self.sides {
            let cookies = &mut side.browser(&self.person).cookies;
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Takes it out.
    pub(crate) fn forget_cookie(&mut self, name: &str) {
        for side in &mut self.sides {
            side.browser(&self.person).cookies.remove(name);
        }
    }

    /// Signs this user in, from the page.
    pub(crate) async fn sign_in(&mut self, name: &str) {
        self.sign_in_with(name, PASSWORD).await;
    }

    /// The same with another password than everybody has at the start.
    pub(crate) async fn sign_in_with(&mut self, name: &str, password: &str) {
        self.get("/admin/login/").await;
        self.submit("password", &[("username", name), ("password", password)])
            .await;
        self.follow_if_sent().await;
    }

    /// The first row that can be chosen on Django's page.
    pub(crate) fn first_row(&mut self) -> String {
        let page = &self.sides[0].browser(&self.person).last.page;
        let form = page.form("_selected_action").expect("a list with actions");
        form.fields["_selected_action"].first().cloned().unwrap()
    }
}

/// In a request's values: the secret of the browser's cookie, and where the site is.
pub(crate) const CSRF: &str = "{csrf}";
pub(crate) const BASE: &str = "{base}";

fn day(of: i64) -> String {
    let moment = DateTime::from_timestamp(of, 0).unwrap();
    moment.format("%Y-%m-%d").to_string()
}
