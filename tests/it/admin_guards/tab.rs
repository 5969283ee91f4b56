//! A browser without a window: it keeps cookies, and sends forms with the token of their page.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use gatepost_tests::{Answer, TestApp};

/// The password of every user whom a test registers.
pub(crate) const PASSWORD: &str = "ComplexPassword123!";
/// How the site is called.
pub(crate) const HOST: &str = "site.example";
pub(crate) const TOKEN: &str = "csrfmiddlewaretoken";

/// Names and values of a form.
pub(crate) type Form = Vec<(String, String)>;

/// A form from texts.
pub(crate) fn form(pairs: &[(&str, &str)]) -> Form {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(own).collect()
}

/// A form as browsers send it.
pub(crate) fn encoded(form: &[(String, String)]) -> String {
    let mut url = reqwest::Url::parse("http://x/").unwrap();
    url.query_pairs_mut().extend_pairs(form);
    url.query().unwrap_or_default().to_owned()
}

enum Place<'a> {
    InProcess(&'a TestApp),
    At(String, reqwest::Client),
}

/// A browser that is signed in, or is not.
pub(crate) struct Tab<'a> {
    place: Place<'a>,
    pub(crate) cookies: BTreeMap<String, String>,
    /// What it sends with every request.
    pub(crate) headers: Vec<(String, String)>,
}

impl<'a> Tab<'a> {
    /// One that asks a server of this process.
    pub(crate) fn of(app: &'a TestApp) -> Self {
        Self::new(Place::InProcess(app))
    }

    /// One that asks over a connection; `headers` go along with every request.
    pub(crate) fn at(base: &str, headers: &[(&str, &str)]) -> Tab<'static> {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let client = client.danger_accept_invalid_certs(true).build().unwrap();
        let mut tab = Tab::new(Place::At(base.to_owned(), client));
        tab.headers.extend(form(headers));
        tab
    }

    fn new(place: Place<'a>) -> Self {
        Self {
            place,
            cookies: BTreeMap::new(),
            headers: vec![("host".to_owned(), HOST.to_owned())],
        }
    }

    /// One that was signed in by its form.
    pub(crate) async fn signed_in(app: &'a TestApp, name: &str) -> Self {
        let mut tab = Self::of(app);
        tab.sign_in(name).await.expect(302);
        tab
    }

    /// A request with the cookies, which keeps those of its answer.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let mut all = self.headers.clone();
        for (name, value) in headers {
            all.retain(|(known, _)| known != name);
            all.push(((*name).to_owned(), (*value).to_owned()));
        }
        let cookies = self.cookies.iter();
        let cookies: Vec<_> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            all.push(("cookie".to_owned(), cookies.join("; ")));
        }
        let body: Vec<u8> = body.into();
        let answer = match &self.place {
            Place::InProcess(app) => {
                let mut request = Request::builder().method(method).uri(path);
                for (name, value) in &all {
                    request = request.header(name, value);
                }
                app.send(request.body(Body::from(body)).unwrap()).await
            }
            Place::At(base, client) => {
                let mut request = client.request(method.parse().unwrap(), format!("{base}{path}"));
                for (name, value) in &all {
                    request = request.header(name, value);
                }
                let answer = request.body(body).send().await.unwrap();
                Answer {
                    status: answer.status(),
                    headers: answer.headers().clone(),
                    body: answer.bytes().await.unwrap(),
                }
            }
        };
        self.keep(&answer);
        answer
    }

    fn keep(&mut self, answer: &Answer) {
        for text in set(answer) {
            let (pair, attributes) = text.split_once(';').unwrap_or((&text, ""));
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    /// Sends a form as it is.
    pub(crate) async fn submit(
        &mut self,
        path: &str,
        form: &[(String, String)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        self.send("POST", path, &all, encoded(form)).await
    }

    /// Sends a form with its token.
    pub(crate) async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        self.post_form(path, form(pairs)).await
    }

    /// The same with a form that was put together.
    pub(crate) async fn post_form(&mut self, path: &str, mut form: Form) -> Answer {
        form.insert(0, (TOKEN.to_owned(), self.cookie("csrftoken")));
        self.submit(path, &form, &[]).await
    }

    /// A cookie that it holds; nothing where it has none.
    pub(crate) fn cookie(&self, name: &str) -> String {
        self.cookies.get(name).cloned().unwrap_or_default()
    }

    /// Signs in by the form of the site.
    pub(crate) async fn sign_in(&mut self, name: &str) -> Answer {
        self.sign_in_with(name, PASSWORD).await
    }

    /// The same with another password.
    pub(crate) async fn sign_in_with(&mut self, name: &str, password: &str) -> Answer {
        self.get("/admin/login/").await.expect(200);
        let fields = [
            ("username", name),
            ("password", password),
            ("next", "/admin/"),
        ];
        self.post("/admin/login/", &fields).await
    }

    /// Whether the first page knows who asks.
    pub(crate) async fn is_in(&mut self) -> bool {
        let index = self.get("/admin/").await;
        if index.status == 302 {
            assert_eq!(index.header("location"), "/admin/login/?next=/admin/");
            return false;
        }
        index.status == 200
    }
}

/// The cookies that an answer sets, as they stand there.
pub(crate) fn set(answer: &Answer) -> Vec<String> {
    let set = answer.headers.get_all("set-cookie").iter();
    set.map(|value| value.to_str().unwrap().to_owned())
        .collect()
}

/// The cookie of this name that an answer sets, as it stands there.
#[track_caller]
pub(crate) fn set_cookie(answer: &Answer, name: &str) -> String {
    let start = format!("{name}=");
    let found = set(answer)
        .into_iter()
        .find(|text| text.starts_with(&start));
    found.unwrap_or_else(|| panic!("{name} is not set: {answer:?}"))
}
