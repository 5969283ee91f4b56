//! Whether the settings name the claims of the stored tokens: what a row says beside its token tells which claim is which.

use std::collections::BTreeMap;

use django::json::Raw;
use django::pyjwt::is_text;

use super::report::{LAST_RESORT, Report, quoted};
use super::rows::Holder;
use super::seen::Seen;
use crate::settings::{Effective, UserIdField};

/// TOKEN_TYPE_CLAIM, JTI_CLAIM, USER_ID_CLAIM and USER_ID_FIELD.
pub(super) fn compare(report: &mut Report, seen: &[Seen<'_>], effective: &Effective) {
    let jwt = &effective.settings.simple_jwt;
    for (key, ours, found, what) in [
        (
            "simple_jwt.token_type_claim",
            &jwt.token_type_claim,
            counted(seen, |_, value| is_text(value, "refresh")),
            "that they are refresh tokens",
        ),
        (
            "simple_jwt.jti_claim",
            &jwt.jti_claim,
            counted(seen, |seen, value| is_text(value, &seen.token.jti)),
            "the id that stands in their row",
        ),
    ] {
        let own = found.get(ours).copied().unwrap_or_default();
        let best = found.iter().max_by_key(|(_, count)| **count);
        let is_beaten = best.is_some_and(|(_, best)| *best > own) && !effective.is_given(key);
        if own > 0 && !is_beaten {
            continue;
        }
        report.problem(match best {
            Some((name, _)) => format!(
                "the stored tokens say {what} in the claim {name}, and {key} is {} here; set {key} = {}",
                quoted(ours),
                quoted(name)
            ),
            None => format!(
                "the stored tokens say {what} in no claim, and Gatepost takes no others; {LAST_RESORT}"
            ),
        });
    }
    users(report, seen, effective);
}

/// Who says what of a user, and in how many tokens: by field and claim.
type Found = BTreeMap<(u8, String), usize>;

const FIELDS: [(UserIdField, &str); 3] = [
    (UserIdField::Id, "id"),
    (UserIdField::Username, "username"),
    (UserIdField::Email, "email"),
];

fn users(report: &mut Report, seen: &[Seen<'_>], effective: &Effective) {
    const CLAIM: &str = "simple_jwt.user_id_claim";
    const FIELD: &str = "simple_jwt.user_id_field";
    let jwt = &effective.settings.simple_jwt;
    let ours = &jwt.user_id_claim;
    if seen.iter().all(|seen| seen.token.holder.is_none()) {
        // no row tells who it was
        if !seen.iter().any(|seen| seen.claims.get(ours).is_some()) {
            report.problem(format!("the stored tokens have no claim {ours} by which their users could be found; set {CLAIM} to SIMPLE_JWT's USER_ID_CLAIM"));
        }
        return;
    }
    let mut found = Found::new();
    for (at, (field, _)) in (0..).zip(FIELDS) {
        let names = |seen: &Seen<'_>, value: Raw<'_>| {
            let holder = seen.token.holder.as_ref();
            holder.is_some_and(|holder| is_of(holder, field, value))
        };
        let counts = counted(seen, names).into_iter();
        found.extend(counts.map(|(name, count)| ((at, name), count)));
    }
    let is_ours = |at: u8| FIELDS[usize::from(at)].0 == jwt.user_id_field;
    let own = (found.iter()).find(|((at, name), _)| is_ours(*at) && name == ours);
    let own = own.map_or(0, |(_, count)| *count);
    // of two that do as well, the one that changes less
    let rank = |((at, name), count): &(&(u8, String), &usize)| {
        (
            **count,
            name == ours,
            is_ours(*at),
            FIELDS.len() - usize::from(*at),
        )
    };
    let best = found.iter().max_by_key(rank);
    let is_given = effective.is_given(CLAIM) || effective.is_given(FIELD);
    if own > 0 && (is_given || best.is_none_or(|(_, best)| *best <= own)) {
        return;
    }
    report.problem(match best {
        Some(((at, name), _)) => {
            let (_, field) = FIELDS[usize::from(*at)];
            let mut set = Vec::new();
            if name != ours {
                set.push(format!("{CLAIM} = {}", quoted(name)));
            }
            if !is_ours(*at) {
                set.push(format!("{FIELD} = {}", quoted(field)));
            }
            format!("the stored tokens name their users by the {field} in the claim {name}, which the settings contradict; set {}", set.join(" and "))
        }
        None => format!("the stored tokens have no claim with the id, username or email of their users (SIMPLE_JWT's USER_ID_FIELD), by which alone Gatepost finds them; {LAST_RESORT}"),
    });
}

/// Whether a claim names this user by this field.
fn is_of(holder: &Holder, field: UserIdField, value: Raw<'_>) -> bool {
    match field {
        UserIdField::Id => {
            let id = holder.id.0.to_string();
            is_text(value, &id) || matches!(value, Raw::Int(digits) if digits == id)
        }
        UserIdField::Username => is_text(value, &holder.username),
        UserIdField::Email => !holder.email.is_empty() && is_text(value, &holder.email),
    }
}

/// In how many tokens each claim has what fits.
fn counted(
    seen: &[Seen<'_>],
    fits: impl Fn(&Seen<'_>, Raw<'_>) -> bool,
) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for token in seen {
        for name in token.names() {
            if (token.claims.get(&name)).is_some_and(|value| fits(token, value)) {
                *counts.entry(name).or_default() += 1;
            }
        }
    }
    counts
}
