//! What the admin site has beyond Django's: sessions of the API, the formats of passwords, who reaches it, user models of
//! a project's own, and how fast its pages are.

mod clearing;
mod locales;
mod models;
mod pace;
mod passwords;
mod reach;
mod refused;
mod sessions;
mod tables;

use std::collections::BTreeMap;

use gatepost_tests::TestApp;

/// The password of every user whom a test registers.
const PASSWORD: &str = "ComplexPassword123!";

/// A browser without a window: it keeps cookies, and sends forms with their token.
struct Tab {
    base: String,
    client: reqwest::Client,
    cookies: BTreeMap<String, String>,
    headers: Vec<(&'static str, String)>,
}

/// What a tab was answered.
#[derive(Debug)]
struct Page {
    status: u16,
    location: String,
    text: String,
}

impl Page {
    #[track_caller]
    fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Whether this stands in it.
    fn has(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    /// The texts that stand between these two.
    fn between(&self, before: &str, after: &str) -> Vec<String> {
        let parts = self.text.split(before).skip(1);
        let parts = parts.filter_map(|part| part.split_once(after));
        parts.map(|(text, _)| text.to_owned()).collect()
    }
}

impl Tab {
    fn at(base: &str) -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Self {
            base: base.to_owned(),
            client: client.build().unwrap(),
            cookies: BTreeMap::new(),
            headers: Vec::new(),
        }
    }

    /// One that this user has signed in at.
    async fn signed_in(base: &str, name: &str) -> Self {
        let mut tab = Self::at(base);
        tab.get("/admin/login/").await.expect(200);
        let fields = [
            ("username", name),
            ("password", PASSWORD),
            ("next", "/admin/"),
        ];
        tab.post("/admin/login/", &fields).await.expect(302);
        tab
    }

    async fn get(&mut self, path: &str) -> Page {
        let request = self.client.get(format!("{}{path}", self.base));
        self.send(request).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.cookies.get("csrftoken").cloned().unwrap_or_default();
        let mut form = vec![("csrfmiddlewaretoken", token.as_str())];
        form.extend(fields);
        let mut url = reqwest::Url::parse("http://x/").unwrap();
        url.query_pairs_mut().extend_pairs(&form);
        let body = url.query().unwrap_or_default().to_owned();
        let request = self.client.post(format!("{}{path}", self.base)).body(body);
        let kind = "application/x-www-form-urlencoded";
        self.send(request.header("content-type", kind)).await
    }

    async fn send(&mut self, mut request: reqwest::RequestBuilder) -> Page {
        let cookies = self.cookies.iter();
        let cookies: Vec<_> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        request = request.header("cookie", cookies.join("; "));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let answer = request.send().await.unwrap();
        for set in answer.headers().get_all("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = answer.headers().get("location");
        Page {
            status: answer.status().as_u16(),
            location: location.map_or("", |to| to.to_str().unwrap()).to_owned(),
            text: answer.text().await.unwrap(),
        }
    }
}

/// Makes a member of the staff with these rights alone.
async fn staff(app: &TestApp, name: &str, rights: &[&str]) {
    app.user(name).await;
    let set = format!("UPDATE auth_user SET is_staff = TRUE WHERE username = '{name}'");
    app.sql(&set).await;
    for right in rights {
        app.sql(&format!(
            "INSERT INTO auth_user_user_permissions (user_id, permission_id)
             SELECT u.id, p.id FROM auth_user u, auth_permission p WHERE u.username = '{name}' AND p.codename = '{right}'"
        ))
        .await;
    }
}

/// Makes a superuser, and signs in.
async fn root(app: &TestApp, base: &str) -> Tab {
    staff(app, "root", &[]).await;
    app.sql("UPDATE auth_user SET is_superuser = TRUE WHERE username = 'root'")
        .await;
    Tab::signed_in(base, "root").await
}

/// The key of a user.
async fn key(app: &TestApp, name: &str) -> String {
    let query = format!("SELECT CAST(id AS text) FROM auth_user WHERE username = '{name}'");
    app.query(&query).await.concat()
}
