//! The sequence of requests that is asked under every configuration: sign-in, tokens of each kind, handed out and signed
//! by hand, shown wherever one can be shown, before and after the user's account has changed.

mod tokens;

use serde_json::json;

use super::super::step::Step;
use super::super::template::{Piece, Template};
use super::super::world::Jwt;

/// A request, and what it is called.
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) step: Step,
    /// Where Django may fail on it: the words of docs/deviations.md that say what Gatepost answers.
    pub(super) fails: Option<&'static str>,
}

const PASSWORD: &str = "ComplexPassword123!";
/// What both databases hold of it, so that both have the same hash; and of another one.
const HASH: &str =
    "pbkdf2_sha256$1000$gatepostgatepostgate01$YcsCkkbDohXlw5S6LebPewikuBGJKG//HwAbqmMs8/U=";
const OTHER: &str =
    "pbkdf2_sha256$1000$gatepostgatepostgate02$7A68HpCNrEO6rFaIExizbQ1FzYt2OlwrSt7XwNR5d1c=";
/// What REVOKE_TOKEN_CLAIM holds of the first.
const MARK: &str = "EF66D49995879B1719BD3A2B87986EC1";

const PROFILE: &str = "/api/users/profile/";
const POSTS: &str = "/api/posts/";
const REFRESH: &str = "/api/token/refresh/";
const VERIFY: &str = "/api/token/verify/";
const BLACKLIST: &str = "/api/token/blacklist/";
const SLIDING: &str = "/api/token/sliding/refresh/";

/// The sequence; `is_whole` with odd values of claims that the configuration does not name.
pub(super) fn sequence(jwt: &Jwt, is_whole: bool) -> Vec<Asked> {
    let mut writer = Writer {
        jwt,
        asked: Vec::new(),
        ids: 0,
    };
    writer.sign_in();
    writer.posts();
    writer.life_of_a_pair();
    writer.life_of_a_sliding_token();
    writer.types();
    writer.claims(is_whole);
    writer.accounts();
    writer.asked
}

struct Writer<'j> {
    jwt: &'j Jwt,
    asked: Vec<Asked>,
    ids: usize,
}

/// Claims of a token that is signed by hand, in their order; `None` for one that is left out.
type Changed<'c> = &'c [(&'c str, Option<Template>)];

impl<'j> Writer<'j> {
    fn push(&mut self, name: &str, mut step: Step) -> usize {
        if step.method != "GET" {
            step.header("Content-Type", "application/json");
        }
        self.asked.push(Asked {
            name: name.to_owned(),
            step,
            fails: None,
        });
        self.asked.len() - 1
    }

    /// The last request, on which Django fails under some configuration.
    fn may_fail(&mut self, words: &'static str) {
        self.asked.last_mut().expect("a step").fails = Some(words);
    }

    /// Runs statements in both databases before the next request.
    fn before(&mut self, at: usize, statements: &str) {
        self.asked[at].step.sql = Some(statements.to_owned());
    }

    fn post(&mut self, name: &str, path: &str, body: Template) -> usize {
        let mut step = Step::new("POST", path);
        step.body = Some(body);
        self.push(name, step)
    }

    fn signed_in(&mut self, name: &str, method: &str, path: &str, token: Template) -> usize {
        let mut step = Step::new(method, path);
        let mut value = Template::text(&format!("{} ", self.jwt.scheme));
        value.extend(token);
        step.headers.push((self.jwt.header.clone(), value));
        self.push(name, step)
    }

    fn with_body(&mut self, name: &str, method: &str, path: &str, token: Template, body: &str) {
        let at = self.signed_in(name, method, path, token);
        self.asked[at].step.body = Some(Template::text(body));
    }

    fn log_in(&mut self, name: &str, user: &str, password: &str) -> usize {
        let body = json!({"username": user, "password": password}).to_string();
        self.post(name, "/api/token/", Template::text(&body))
    }

    fn sliding_log_in(&mut self, name: &str, user: &str) -> usize {
        let body = json!({"username": user, "password": PASSWORD}).to_string();
        self.post(name, "/api/token/sliding/", Template::text(&body))
    }

    /// Shows a token in a body.
    fn show(&mut self, name: &str, path: &str, token: Template) -> usize {
        let field = if [VERIFY, SLIDING].contains(&path) {
            "token"
        } else {
            "refresh"
        };
        let mut body = Template::text(&format!("{{\"{field}\":\""));
        body.extend(token);
        body.push("\"}");
        self.post(name, path, body)
    }

    fn register(&mut self, name: &str) {
        let body = json!({
            "username": name, "email": format!("{name}@example.com"), "password": PASSWORD, "password2": PASSWORD,
            "first_name": "Änn", "last_name": "O'\"Neill",
        });
        let path = "/api/users/register/";
        self.post(
            &format!("registration of {name}"),
            path,
            Template::text(&body.to_string()),
        );
    }

    /// Registration, sign-in, and the header.
    fn sign_in(&mut self) {
        for name in ["ann", "bob", "eve"] {
            self.register(name);
        }
        let at = self.log_in("a login", "ann", PASSWORD);
        self.before(at, &format!("UPDATE auth_user SET password = '{HASH}'"));
        let ann = || access(at);
        self.log_in("a login with a wrong password", "ann", "wrong");
        self.log_in("a login of nobody", "zed", PASSWORD);
        self.signed_in("the profile", "GET", PROFILE, ann());
        self.signed_in(
            "the profile by a refresh token",
            "GET",
            PROFILE,
            refresh(at),
        );
        self.push("the profile of nobody", Step::new("GET", PROFILE));
        for (header, scheme) in [
            ("Authorization", "Bearer"),
            ("Authorization", "bearer"),
            ("Authorization", "JWT"),
            ("X-Access-Token", "Bearer"),
        ] {
            let mut step = Step::new("GET", PROFILE);
            let mut value = Template::text(&format!("{scheme} "));
            value.extend(ann());
            step.headers.push((header.to_owned(), value));
            self.push(&format!("the profile by {header}: {scheme}"), step);
        }
        self.signed_in("the profile with two tokens", "GET", PROFILE, text("a b"));
        self.signed_in("the profile with no token", "GET", PROFILE, text("x.y.z"));
        let path = "/api/users/register/";
        self.with_body("a registration with a token", "POST", path, ann(), "{}");
        self.with_body(
            "a registration with a bad token",
            "POST",
            path,
            text("x"),
            "{}",
        );
        for path in [
            "/api/token/",
            REFRESH,
            VERIFY,
            BLACKLIST,
            "/api/token/sliding/",
            SLIDING,
        ] {
            self.push(&format!("OPTIONS {path}"), Step::new("OPTIONS", path));
            self.push(&format!("GET {path}"), Step::new("GET", path));
        }
    }

    /// Posts of two users.
    fn posts(&mut self) {
        let ann = self.log_in("ann's login for posts", "ann", PASSWORD);
        let bob = self.log_in("bob's login for posts", "bob", PASSWORD);
        let body = r#"{"title": "One", "content": "words"}"#;
        let made = "with `tokens.stateless`, a new post";
        for (name, by) in [("ann", ann), ("bob", bob)] {
            self.with_body(
                &format!("a post of {name}'s"),
                "POST",
                POSTS,
                access(by),
                body,
            );
            self.may_fail(made);
        }
        self.with_body(
            "a post by a refresh token",
            "POST",
            POSTS,
            refresh(ann),
            body,
        );
        self.may_fail(made);
        self.with_body("a post without words", "POST", POSTS, access(ann), "{}");
        self.signed_in("the list", "GET", POSTS, access(bob));
        for path in ["/api/posts/1/", "/api/posts/77/"] {
            for method in ["GET", "OPTIONS"] {
                self.signed_in(&format!("{method} {path}"), method, path, access(ann));
            }
            for method in ["PUT", "PATCH", "DELETE"] {
                let name = format!("{method} {path} by bob");
                self.with_body(&name, method, path, access(bob), body);
            }
            let name = format!("PATCH {path} by ann");
            self.with_body(&name, "PATCH", path, access(ann), r#"{"title": "Two"}"#);
        }
        let number = self.forged("access", &[(self.user(), Some(text("1")))]);
        let path = "/api/posts/1/";
        self.with_body("PATCH by a number", "PATCH", path, number.clone(), "{}");
        self.signed_in("OPTIONS by a number", "OPTIONS", path, number.clone());
        self.with_body("a post by a number", "POST", POSTS, number, body);
        self.may_fail(made);
    }

    /// Accounts that change while their tokens live.
    fn accounts(&mut self) {
        let ann = self.log_in("ann's login before", "ann", PASSWORD);
        let sliding = self.sliding_log_in("ann's sliding login before", "ann");
        let show = |writer: &mut Self, what: &str, statement: Option<&str>| {
            let at = writer.log_in(&format!("a login, {what}"), "ann", PASSWORD);
            if let Some(statement) = statement {
                writer.before(at, statement);
            }
            writer.signed_in(&format!("the profile, {what}"), "GET", PROFILE, access(ann));
            let body = r#"{"title": "One", "content": "words"}"#;
            writer.with_body(&format!("a post, {what}"), "POST", POSTS, access(ann), body);
            writer.may_fail("with `tokens.stateless`, a new post");
            let signed = writer.forged("refresh", &[]);
            writer.show(&format!("a refresh, {what}"), REFRESH, signed);
            writer.may_fail("also for a user who has been deleted");
            writer.sliding_log_in(&format!("a sliding login, {what}"), "ann");
            let name = format!("the profile by a sliding token, {what}");
            writer.signed_in(&name, "GET", PROFILE, access(sliding));
            writer.show(
                &format!("a sliding refresh, {what}"),
                SLIDING,
                access(sliding),
            );
            writer.show(&format!("verify, {what}"), VERIFY, access(ann));
        };
        let set = |to: &str| format!("UPDATE auth_user SET {to} WHERE username = 'ann'");
        show(self, "switched off", Some(&set("is_active = FALSE")));
        show(self, "switched off as staff", Some(&set("is_staff = TRUE")));
        show(self, "as staff", Some(&set("is_active = TRUE")));
        show(
            self,
            "with another address",
            Some(&set("email = 'new@example.com', first_name = ''")),
        );
        show(
            self,
            "with another password",
            Some(&set(&format!("password = '{OTHER}'"))),
        );
        show(
            self,
            "with the password of before",
            Some(&set(&format!("password = '{HASH}'"))),
        );
        let last = self.log_in("ann's last login", "ann", PASSWORD);
        show(
            self,
            "deleted",
            Some(
                "DELETE FROM posts_post; UPDATE token_blacklist_outstandingtoken SET user_id = NULL WHERE user_id = 1; DELETE FROM auth_user WHERE username = 'ann'",
            ),
        );
        let name = "log out of a deleted account";
        self.show(name, BLACKLIST, refresh(last));
        self.may_fail("with `jti_claim = \"\"`, a refresh or a logout");
    }

    /// The claim that names the user.
    fn user(&self) -> &'j str {
        &self.jwt.user
    }
}

fn text(text: &str) -> Template {
    Template::text(text)
}

fn access(slot: usize) -> Template {
    Template::piece(Piece::Access(slot))
}

fn refresh(slot: usize) -> Template {
    Template::piece(Piece::Refresh(slot))
}

/// Seconds since 1970, so many from now.
fn now(offset: i64) -> Template {
    Template::piece(Piece::Now(offset))
}
