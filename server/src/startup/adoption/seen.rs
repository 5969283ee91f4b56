//! The stored tokens whose claims count: those that the secret key signed, and whether the server would take them.

use django::json::Members;
use django::pyjwt::whole;
use secrecy::ExposeSecret;

use super::key::Signed;
use super::report::{LAST_RESORT, Report};
use super::rows::Token;
use crate::db::Moment;
use crate::settings::{Settings, SimpleJwt, TokenClass};
use crate::startup::keys::Known;
use crate::tokens::TokenBackend;
use crate::tokens::signing::Keys;

/// A stored token and what it claims.
pub(super) struct Seen<'t> {
    pub(super) token: &'t Token,
    pub(super) claims: Members<'static>,
}

impl<'t> Seen<'t> {
    /// The tokens that the key signed, the newest first; where it signed none, all that have a signature.
    pub(super) fn of(tokens: &'t [Token], key: Option<&Known>) -> Vec<Self> {
        let signed = |token: &'t Token| {
            let signed = Signed::of(token.text.expose_secret())?;
            let is_ours = key.is_some_and(|known| signed.is_by(&known.key));
            let claims = token.claims()?;
            Some((is_ours, Self { token, claims }))
        };
        let signed: Vec<_> = tokens.iter().filter_map(signed).collect();
        let has_ours = signed.iter().any(|(is_ours, _)| *is_ours);
        let signed = signed.into_iter();
        let counts = signed.filter(|(is_ours, _)| *is_ours || !has_ours);
        counts.map(|(_, seen)| seen).collect()
    }

    /// Whether the key signed them: it signed all or none.
    pub(super) fn has_one_of(seen: &[Self], known: &Known) -> bool {
        let signed = |seen: &Self| Signed::of(seen.token.text.expose_secret());
        seen.iter()
            .filter_map(signed)
            .any(|signed| signed.is_by(&known.key))
    }

    /// The names of its claims.
    pub(super) fn names(&self) -> Vec<String> {
        let all = self.claims.to_object();
        let names = all.iter().filter_map(|(name, _)| name.as_str());
        names.map(str::to_owned).collect()
    }

    /// When it was made, or the last second of its life where it does not say.
    fn made(&self) -> Option<Moment> {
        let at = |name: &str| whole(self.claims.get(name)?);
        Moment::from_timestamp(at("iat").or_else(|| at("exp").map(|exp| exp - 1))?)
    }

    /// What a server would say to it in the second in which it was made.
    fn refusal(&self, backend: &TokenBackend) -> Option<&'static str> {
        let at = self.made()?;
        let claims = match backend.read(self.token.text.expose_secret(), at) {
            Ok(claims) => claims,
            Err(why) => return Some(why),
        };
        if let Err(why) = claims.check(TokenClass::Refresh) {
            return Some(why);
        }
        let is_of_row = matches!(claims.jti(), Ok(Some(jti)) if jti == self.token.jti);
        if !is_of_row {
            return Some("its id is not its row's");
        }
        let is_of_user = claims.user_id().is_some();
        (!is_of_user).then_some("it names no user")
    }
}

/// Runs the server's own checks over the tokens.
pub(super) fn prove(
    report: &mut Report,
    seen: &[Seen<'_>],
    keys: Keys,
    jwt: &SimpleJwt,
    settings: &Settings,
) {
    let backend = TokenBackend::new(keys, jwt, &settings.tokens);
    let refused: Vec<_> = (seen.iter())
        .filter_map(|seen| seen.refusal(&backend))
        .collect();
    let (count, all) = (refused.len(), seen.len());
    match refused.first() {
        None => report.fact("The stored tokens have the claims that the settings name.".to_owned()),
        Some(why) if count == all => report.problem(format!(
            "the stored tokens would be refused here ({why}), so that every session would end; compare [simple_jwt] with the project's SIMPLE_JWT, or {LAST_RESORT}"
        )),
        Some(why) => report.remark(format!(
            "Of the newest {all} stored tokens that the key signed, {count} would be refused here ({why}); what of them is still in use ends."
        )),
    }
}
