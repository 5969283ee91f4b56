//! ISSUER and AUDIENCE: what the newest stored token carries, Django writes into each.

use std::borrow::Cow;

use django::json::Raw;
use django::pyjwt::is_text;

use super::report::{Report, quoted};
use super::seen::Seen;
use crate::settings::edit::Entry;
use crate::settings::{Audience, Effective, SimpleJwt};

/// Says which settings are the tokens', and sets in `jwt` what adopting will write.
pub(super) fn compare(
    report: &mut Report,
    seen: &[Seen<'_>],
    effective: &Effective,
    jwt: &mut SimpleJwt,
) {
    let Some(newest) = seen.first() else { return };
    let issuer = newest.claims.get("iss").and_then(|value| match value {
        Raw::Text(text) => Some(text.as_str()?.into_owned()),
        _ => None,
    });
    let is_ours =
        |seen: &Seen<'_>| (seen.claims.get("iss")).is_some_and(|found| is_text(found, &jwt.issuer));
    let fits = jwt.issuer.is_empty() || seen.iter().any(is_ours);
    let has_none = jwt.issuer.is_empty();
    let found = issuer.as_deref().filter(|found| !found.is_empty());
    let found = found.map(quoted);
    if judge(
        report,
        effective,
        "issuer",
        fits,
        has_none,
        found.as_deref(),
    ) {
        jwt.issuer = issuer.unwrap_or_default();
    }

    let audience = of_claim(newest);
    let is_ours = |seen: &Seen<'_>| {
        let ours = jwt.audience.as_slice();
        of_claim(seen)
            .as_slice()
            .iter()
            .any(|one| ours.contains(one))
    };
    let has_none = jwt.audience == Audience::None;
    let fits = has_none || seen.iter().any(is_ours);
    let found = match &audience {
        Audience::None => None,
        Audience::One(one) => Some(quoted(one)),
        Audience::Many(many) => Some(toml::Value::from(many.clone()).to_string()),
    };
    if judge(
        report,
        effective,
        "audience",
        fits,
        has_none,
        found.as_deref(),
    ) {
        jwt.audience = audience;
    }
}

/// Whether adopting writes the setting.
fn judge(
    report: &mut Report,
    effective: &Effective,
    key: &'static str,
    fits: bool,
    has_none: bool,
    found: Option<&str>,
) -> bool {
    let setting = format!("simple_jwt.{key}");
    match found {
        None if fits => {}
        None => report.problem(format!("the stored tokens carry no {key}, and {setting} asks for one; take it out")),
        Some(found) if !fits => report.problem(format!(
            "the stored tokens carry the {key} {found}, and {setting} is another one; set {setting} = {found}"
        )),
        Some(_) if !has_none => {}
        Some(found) if effective.is_given(&setting) => report.remark(format!(
            "Tokens carry the {key} {found}, but {setting} is set to none here: new tokens of a login will carry none, and nobody asks for it."
        )),
        Some(found) => {
            report.fact(format!("Tokens carry the {key} {found}: adopting sets {setting} = {found}."));
            report.setting(Entry {
                section: "simple_jwt",
                key: Cow::Borrowed(key),
                value: found.to_owned().into(),
                remark: "As in Django: its tokens carry it.",
            });
            return true;
        }
    }
    false
}

/// The audience that a token carries.
fn of_claim(seen: &Seen<'_>) -> Audience {
    match seen.claims.get("aud") {
        Some(Raw::Text(text)) => {
            let text = text.as_str().filter(|text| !text.is_empty());
            text.map_or(Audience::None, |text| Audience::One(text.into_owned()))
        }
        Some(list @ Raw::List(_)) => {
            let texts = list.texts().unwrap_or_default();
            let texts: Vec<_> = (texts.iter())
                .filter_map(|text| text.as_str().map(str::to_owned))
                .collect();
            if texts.is_empty() {
                Audience::None
            } else {
                Audience::Many(texts)
            }
        }
        _ => Audience::None,
    }
}
