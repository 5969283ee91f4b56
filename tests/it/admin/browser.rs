//! A browser without a screen: it keeps cookies, and sends forms as they stand on a page with some fields changed.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, SET_COOKIE};
use reqwest::{Method, Url};

use super::page::{Form, Page};

/// A request as the walk words it, for either site.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Absolute, or from where the browser is.
    pub(crate) path: String,
    pub(crate) fields: Option<Vec<(String, String)>>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// What came back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) kind: String,
    /// Each cookie that was set, with a mask for its value.
    pub(crate) cookies: Vec<String>,
    pub(crate) page: Page,
}

/// One person's browser at one site.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    http: reqwest::Client,
    pub(crate) at: Url,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) last: Answer,
}

impl Request {
    pub(crate) fn get(path: &str) -> Self {
        Self {
            method: Method::GET,
            path: path.to_owned(),
            fields: None,
            headers: Vec::new(),
        }
    }

    pub(crate) fn post(path: &str, fields: &[(&str, &str)]) -> Self {
        let fields = fields.iter();
        Self {
            method: Method::POST,
            fields: Some(
                fields
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
            ),
            ..Self::get(path)
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

impl Browser {
    pub(crate) fn at(base: &str) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(std::time::Duration::from_mins(1));
        Self {
            http: http.build().unwrap(),
            at: Url::parse(base).unwrap(),
            cookies: BTreeMap::new(),
            last: Answer::default(),
        }
    }

    /// The secret that a form of this browser's has to send.
    pub(crate) fn csrf(&self) -> String {
        self.cookies.get("csrftoken").cloned().unwrap_or_default()
    }

    pub(crate) async fn send(&mut self, request: &Request) -> Answer {
        let url = self.at.join(&request.path).unwrap();
        let mut send = self.http.request(request.method.clone(), url.clone());
        if !self.cookies.is_empty() {
            let all = self.cookies.iter();
            let all: Vec<_> = all.map(|(name, value)| format!("{name}={value}")).collect();
            send = send.header("cookie", all.join("; "));
        }
        for (name, value) in &request.headers {
            send = send.header(*name, value);
        }
        if let Some(fields) = &request.fields {
            send = send
                .header("content-type", "application/x-www-form-urlencoded")
                .body(encoded(fields));
        }
        let answer = send.send().await.unwrap();
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        let text = |name: &str| {
            let value = headers.get(name)?.to_str().unwrap();
            Some(value.to_owned())
        };
        let (kind, location) = (text("content-type").unwrap_or_default(), text("location"));
        let body = answer.text().await.unwrap();
        let answer = Answer {
            status,
            location,
            cookies: self.keep(&headers),
            page: if kind.starts_with("text/html") {
                Page::read(&body)
            } else {
                Page::default()
            },
            kind,
        };
        self.at = url;
        self.last = answer.clone();
        answer
    }

    /// Takes the cookies, and says what was set.
    fn keep(&mut self, headers: &HeaderMap) -> Vec<String> {
        let mut set = Vec::new();
        for cookie in headers.get_all(SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let value = value.trim_matches('"');
            let mut attributes: Vec<_> = attributes
                .split(';')
                .map(|attribute| attribute.trim().to_lowercase())
                // the same moment as max-age
                .map(|attribute| match attribute.split_once('=') {
                    Some(("expires", _)) => "expires".to_owned(),
                    _ => attribute,
                })
                .collect();
            attributes.sort();
            if value.is_empty() || attributes.iter().any(|attribute| attribute == "max-age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            let length = if name == "messages" { 1 } else { value.len() };
            let value = if value.is_empty() {
                "nothing".to_owned()
            } else {
                format!("{length} characters")
            };
            set.push(format!("{name}={value}; {}", attributes.join("; ")));
        }
        set.sort();
        set
    }

    /// The form with this button or field on the page, as it is sent with these changes: a value for a name, or for
    /// each of its values one; `-name` is sent no more; `+name` is sent although it stands in no form.
    pub(crate) fn filled(&self, button: &str, changes: &[(&str, &str)]) -> Result<Request, String> {
        let form = self.last.page.form(button);
        let form = form.ok_or_else(|| format!("has no form with {button}"))?;
        let mut values = form.values.clone();
        for (name, _) in changes {
            let plain = name.trim_start_matches(['-', '+']);
            if !name.starts_with('+') && !form.fields.contains_key(plain) {
                return Err(format!("has no field {plain} beside {button}"));
            }
            values.retain(|(other, _)| other != plain);
        }
        for (name, value) in changes.iter().filter(|(name, _)| !name.starts_with('-')) {
            let name = name.trim_start_matches('+').to_owned();
            values.push((name, (*value).to_owned()));
        }
        if let Some(pressed) = form.buttons.iter().find(|(name, _)| name == button) {
            values.push(pressed.clone());
        }
        Ok(self.request(form, values))
    }

    fn request(&self, form: &Form, values: Vec<(String, String)>) -> Request {
        let mut action = match form.action.as_str() {
            "" => self.at.clone(),
            action => self.at.join(action).unwrap(),
        };
        if !form.is_post {
            action.set_query(Some(&encoded(&values)));
        }
        Request {
            method: if form.is_post {
                Method::POST
            } else {
                Method::GET
            },
            path: action.into(),
            fields: form.is_post.then_some(values),
            headers: Vec::new(),
        }
    }
}

/// As a browser encodes a form: its lines end in CRLF.
fn encoded(fields: &[(String, String)]) -> String {
    let lines = |text: &str| {
        text.replace("\r\n", "\n")
            .replace('\r', "\n")
            .replace('\n', "\r\n")
    };
    let mut url = Url::parse("http://form").unwrap();
    url.query_pairs_mut().extend_pairs(
        fields
            .iter()
            .map(|(name, value)| (lines(name), lines(value))),
    );
    url.query().unwrap_or_default().to_owned()
}
