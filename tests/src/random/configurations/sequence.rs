//! The sequence of requests that is asked under every configuration: sign-in, tokens of each kind, handed out and signed
//! by hand, shown wherever one can be shown, before and after the user's account has changed.

use serde_json::json;

use super::super::step::Step;
use super::super::template::{Flaw, Forged, Piece, Template};
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

    /// Refresh, replay, verify, logout.
    fn life_of_a_pair(&mut self) {
        let ids = "with `jti_claim = \"\"`, a refresh or a logout";
        let first = self.log_in("a login that is refreshed", "ann", PASSWORD);
        self.show("verify an access token", VERIFY, access(first));
        self.show("verify a refresh token", VERIFY, refresh(first));
        self.show("verify no token", VERIFY, text("x"));
        self.show("refresh with an access token", REFRESH, access(first));
        self.may_fail(ids);
        let second = self.show("a refresh", REFRESH, refresh(first));
        self.may_fail(ids);
        self.signed_in(
            "the profile after a refresh",
            "GET",
            PROFILE,
            access(second),
        );
        self.show("a refresh with a used token", REFRESH, refresh(first));
        self.may_fail(ids);
        self.show("verify a used token", VERIFY, refresh(first));
        self.signed_in(
            "the profile by a used token",
            "GET",
            PROFILE,
            refresh(first),
        );
        let third = self.show("a refresh with the successor", REFRESH, refresh(second));
        self.may_fail(ids);
        self.show("log out with a used token", BLACKLIST, refresh(second));
        self.may_fail(ids);
        self.show("log out with the newest token", BLACKLIST, refresh(third));
        self.may_fail(ids);
        let other = self.log_in("a login that is ended", "bob", PASSWORD);
        self.show("log out with an access token", BLACKLIST, access(other));
        self.may_fail(ids);
        for name in ["a logout", "the same logout again"] {
            self.show(name, BLACKLIST, refresh(other));
            self.may_fail(ids);
        }
        self.show("verify after a logout", VERIFY, refresh(other));
        self.show("refresh after a logout", REFRESH, refresh(other));
        self.may_fail(ids);
        self.signed_in("the profile after a logout", "GET", PROFILE, access(other));
        let name = "the profile by a refresh token after a logout";
        self.signed_in(name, "GET", PROFILE, refresh(other));
    }

    fn life_of_a_sliding_token(&mut self) {
        let first = self.sliding_log_in("a sliding login", "ann");
        self.signed_in(
            "the profile by a sliding token",
            "GET",
            PROFILE,
            access(first),
        );
        let second = self.show("a sliding refresh", SLIDING, access(first));
        let name = "the profile by a sliding token's successor";
        self.signed_in(name, "GET", PROFILE, access(second));
        self.show("the same sliding refresh again", SLIDING, access(first));
        self.show("verify a sliding token", VERIFY, access(second));
        for path in [REFRESH, BLACKLIST] {
            self.show(&format!("a sliding token at {path}"), path, access(first));
            self.may_fail("with `jti_claim = \"\"`, a refresh or a logout");
        }
        let body = json!({"username": "ann", "password": "wrong"}).to_string();
        let path = "/api/token/sliding/";
        self.post("a sliding login with a wrong password", path, text(&body));
        self.post("a sliding login of nobody", path, text("{}"));
        self.post("a sliding refresh of nothing", SLIDING, text("{}"));
        for (what, value) in [
            ("in a minute", Some(now(60))),
            ("before", Some(now(-300))),
            ("as text", Some(text("\"x\""))),
            ("missing", None),
        ] {
            let claim = self.jwt.sliding.as_str();
            let token = self.forged("sliding", &[(claim, value)]);
            self.show(
                &format!("a sliding refresh that may be {what}"),
                SLIDING,
                token,
            );
            self.may_fail("a signed sliding token whose `refresh_exp` is not a number");
        }
        let token = self.forged("sliding", &[("exp", Some(now(-300)))]);
        self.show("a sliding refresh that is too late", SLIDING, token);
    }

    /// A token of each type, wherever one can be shown.
    fn types(&mut self) {
        for kind in ["access", "refresh", "sliding", "untyped", "other", ""] {
            let claim = self.jwt.token_type.as_str();
            let token = |writer: &mut Self| match kind {
                "" => writer.forged("access", &[(claim, None)]),
                kind => writer.forged(kind, &[]),
            };
            let signed = token(self);
            let name = format!("the profile by a signed token of type {kind}");
            self.signed_in(&name, "GET", PROFILE, signed.clone());
            self.show(
                &format!("verify a signed token of type {kind}"),
                VERIFY,
                signed,
            );
            for path in [REFRESH, BLACKLIST, SLIDING] {
                let signed = token(self);
                self.show(
                    &format!("a signed token of type {kind} at {path}"),
                    path,
                    signed,
                );
                self.may_fail("with `jti_claim = \"\"`, a refresh or a logout");
            }
        }
    }

    /// Odd claims.
    fn claims(&mut self, is_whole: bool) {
        let (user, id) = (self.user(), self.jwt.id.as_str());
        let no_number = "a signed token whose `user_id` is not a number";
        let mut odd: Vec<(&str, &str, Option<Template>, Option<&'static str>)> = Vec::new();
        for value in [
            "1",
            "\"01\"",
            "null",
            "\"999\"",
            "\"ann\"",
            "\"bob@example.com\"",
            "[]",
            "\"\"",
            "true",
        ] {
            odd.push((user, value, Some(text(value)), Some(no_number)));
        }
        odd.push((user, "no", None, None));
        for (name, seconds) in [
            ("exp", -20),
            ("exp", -300),
            ("iat", 20),
            ("iat", 300),
            ("nbf", 20),
            ("nbf", -20),
        ] {
            odd.push((
                name,
                if seconds < 0 { "before" } else { "ahead" },
                Some(now(seconds)),
                None,
            ));
        }
        odd.push(("exp", "no", None, None));
        odd.push(("iat", "no", None, None));
        for (name, values) in [
            (
                "aud",
                &["\"a\"", "\"x\"", "\"z\"", "[\"z\",\"a\"]", "[]", "5"][..],
            ),
            ("iss", &["\"i\"", "\"j\"", "\"\"", "5"]),
            ("sub", &["\"s\"", "5"]),
            ("hash_password", &["\"x\"", "null"]),
            ("username", &["\"me\"", "5"]),
            ("email", &["\"me@example.com\"", "null"]),
            ("null", &["\"n\"", "5"]),
            ("jti", &["\"j\"", "5"]),
            ("x", &["{\"y\":[1,2.50,null,\"\u{e9}\"]}"]),
        ] {
            let fails = match name {
                "iss" => Some("a signed refresh token whose `iss` is not a string"),
                _ if name == user => Some(no_number),
                _ => None,
            };
            for value in values {
                odd.push((name, value, Some(text(value)), fails));
            }
            if ![user, id].contains(&name) {
                odd.push((name, "no", None, fails));
            }
        }
        let no_id = "a signed refresh token without `jti`";
        odd.push((id, "no", None, Some(no_id)));
        let jwt = self.jwt;
        let is_named = |name: &str| {
            let is_origin = jwt.claimed.iter().any(|(claim, _)| claim == name);
            let is_mark = jwt.mark.as_deref() == Some(name);
            is_origin || is_mark || [user, id, "exp", "iat"].contains(&name)
        };
        odd.retain(|(name, ..)| is_whole || is_named(name));
        for (name, what, value, fails) in odd {
            let mut token = |kind| self.forged(kind, &[(name, value.clone())]);
            let [access, refresh, verified] = ["access", "refresh", "access"].map(&mut token);
            let at = self.signed_in(
                &format!("{name}: {what}, in a header"),
                "GET",
                PROFILE,
                access,
            );
            self.asked[at].fails = fails;
            let at = self.show(&format!("{name}: {what}, at refresh"), REFRESH, refresh);
            self.asked[at].fails = fails.or(Some("with `jti_claim = \"\"`, a refresh or a logout"));
            if ["exp", "aud", "iss", "null", "jti"].contains(&name) {
                self.show(&format!("{name}: {what}, at verify"), VERIFY, verified);
            }
        }
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

    /// A token that the configuration takes, but for what is changed.
    fn forged(&mut self, kind: &str, changed: Changed<'_>) -> Template {
        self.ids += 1;
        let jwt = self.jwt;
        let mut claims = vec![
            (jwt.token_type.clone(), text(&format!("\"{kind}\""))),
            ("exp".to_owned(), now(600)),
            ("iat".to_owned(), now(0)),
            (jwt.id.clone(), text(&format!("\"{:032x}\"", self.ids))),
        ];
        if kind == "sliding" {
            claims.push((jwt.sliding.clone(), now(6000)));
        }
        claims.push((jwt.user.clone(), text(&format!("\"{}\"", jwt.ann))));
        if let Some(mark) = &jwt.mark {
            claims.push((mark.clone(), text(&format!("\"{MARK}\""))));
        }
        let mut origin: Vec<_> = jwt.claimed.clone();
        claims.extend(origin.drain(..).map(|(name, value)| (name, text(&value))));
        for (name, value) in changed {
            let at = claims.iter().position(|(known, _)| known == name);
            match (at, value) {
                (Some(at), Some(value)) => claims[at].1 = value.clone(),
                (Some(at), None) => drop(claims.remove(at)),
                (None, Some(value)) => claims.push(((*name).to_owned(), value.clone())),
                (None, None) => {}
            }
        }
        let mut payload = text("{");
        for (at, (name, value)) in claims.into_iter().enumerate() {
            payload.push(if at > 0 { "," } else { "" });
            payload.push(&format!("\"{name}\":"));
            payload.extend(value);
        }
        payload.push("}");
        let header = format!("{{\"alg\":\"{}\",\"typ\":\"JWT\"}}", jwt.algorithm);
        Template::piece(Piece::Forged(Box::new(Forged {
            header: text(&header),
            payload,
            algorithm: jwt.algorithm.clone(),
            secret: jwt.secret.clone(),
            flaw: Flaw::None,
        })))
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
