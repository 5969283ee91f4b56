//! What is asked about tokens: their lives, their types and their claims.

use serde_json::json;

use super::super::super::template::{Flaw, Forged, Piece, Template};
use super::{
    BLACKLIST, Changed, MARK, PASSWORD, PROFILE, REFRESH, SLIDING, VERIFY, Writer, access, now,
    refresh, text,
};

impl Writer<'_> {
    /// Refresh, replay, verify, logout.
    pub(super) fn life_of_a_pair(&mut self) {
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

    pub(super) fn life_of_a_sliding_token(&mut self) {
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
    pub(super) fn types(&mut self) {
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
    pub(super) fn claims(&mut self, is_whole: bool) {
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

    /// A token that the configuration takes, but for what is changed.
    pub(super) fn forged(&mut self, kind: &str, changed: Changed<'_>) -> Template {
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
