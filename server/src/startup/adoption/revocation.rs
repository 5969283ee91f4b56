//! CHECK_REVOKE_TOKEN was on where tokens carry its claim.

use django::json::Raw;
use secrecy::ExposeSecret;

use super::report::{Report, quoted};
use super::seen::Seen;
use crate::settings::edit::Entry;
use crate::settings::{Effective, SimpleJwt};
use crate::tokens::of_password;

const CHECK: &str = "simple_jwt.check_revoke_token";
const CLAIM: &str = "simple_jwt.revoke_token_claim";
/// REVOKE_TOKEN_CLAIM where the project says nothing.
const USUAL: &str = "hash_password";

/// Says whether the settings are the tokens', and sets in `jwt` what adopting will write.
pub(super) fn compare(
    report: &mut Report,
    seen: &[Seen<'_>],
    effective: &Effective,
    jwt: &mut SimpleJwt,
) {
    let ours = jwt.revoke_token_claim.clone();
    let Some(found) = seen.iter().find_map(|seen| of_password_in(seen, &ours)) else {
        if jwt.check_revoke_token && !seen.is_empty() {
            report.problem(format!("the stored tokens carry no claim {ours}, so that {CHECK} = true would refuse the access tokens that are made of them; set it to false, as it was in Django, and to true once users have signed in again"));
        }
        return;
    };
    if effective.is_given(CHECK) && !jwt.check_revoke_token {
        report.remark(format!("Tokens carry the claim {found} of CHECK_REVOKE_TOKEN, but {CHECK} is set to false here: a new password will not end the access tokens of the old one."));
        return;
    }
    if found != ours && effective.is_given(CLAIM) {
        report.problem(format!("the stored tokens carry the claim {found} of CHECK_REVOKE_TOKEN, and {CLAIM} is {} here, so that their access tokens would be refused; set {CLAIM} = {}", quoted(&ours), quoted(&found)));
        return;
    }
    if jwt.check_revoke_token && found == ours {
        report.fact(format!(
            "Tokens carry the claim {found} of CHECK_REVOKE_TOKEN, which is on."
        ));
        return;
    }
    report.fact(format!(
        "Tokens carry the claim {found} of CHECK_REVOKE_TOKEN: adopting sets {CHECK} = true."
    ));
    report.setting(Entry {
        section: "simple_jwt",
        key: "check_revoke_token".into(),
        value: "true".into(),
        remark: "As in Django: its tokens carry the claim by which a new password ends them.",
    });
    jwt.check_revoke_token = true;
    if found != ours {
        report.setting(Entry {
            section: "simple_jwt",
            key: "revoke_token_claim".into(),
            value: quoted(&found).into(),
            remark: "The claim that its tokens carry.",
        });
        jwt.revoke_token_claim = found;
    }
}

/// The claim that holds the password's hash, as CHECK_REVOKE_TOKEN writes it.
fn of_password_in(seen: &Seen<'_>, ours: &str) -> Option<String> {
    let password = seen.token.holder.as_ref().map(|holder| &holder.password);
    let hash = password.map(|encoded| of_password(encoded.expose_secret()));
    let is_hash = |name: &String| match (seen.claims.get(name), &hash) {
        (Some(Raw::Text(text)), Some(hash)) => text == **hash,
        _ => false,
    };
    let found = seen.names().into_iter().find(is_hash);
    // a password that was changed since has another hash
    found.or_else(|| {
        let mut known = [ours, USUAL].into_iter();
        let known = known.find(|name| seen.claims.get(name).is_some());
        known.map(str::to_owned)
    })
}
