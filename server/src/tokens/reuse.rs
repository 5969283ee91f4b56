//! What a refresh token that may have been used before is answered: a pure decision, by the rows of "The rules of
//! refresh" in `docs/security.md`.

use super::rows::{Past, Rotation};
use crate::db::Moment;
use crate::settings::Seconds;

/// The decision about a presented token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Row 1: never used. It may be rotated.
    Unused,
    /// Rows 2 and 5: the one that rotated it asks again. It gets the same successor.
    Replay(Rotation),
    /// Row 3: the right key, but the successor is used already: somebody else has the key as well.
    Late(Rotation),
    /// Rows 4 and 6: used by somebody else, or too late.
    Reuse(Rotation),
    /// The successor that would be given again (rows 2 and 5) has expired. It is refused, and nothing is noted. Once the
    /// clean-up has removed what says that the successor was used, rows 3 and 6 look the same.
    Expired(Rotation),
    /// Row 7: blacklisted by logout, the admin or Django.
    Blacklisted,
}

/// Decides about a token with this `past`, shown with this key (hashed with the token's id).
pub(super) fn judge(past: &Past, key_hash: Option<&str>, now: Moment, grace: Seconds) -> Verdict {
    let Some(rotation) = past.rotation() else {
        return if past.is_blacklisted {
            Verdict::Blacklisted
        } else {
            Verdict::Unused
        };
    };
    let is_replay = match (rotation.key_hash.as_deref(), key_hash) {
        (Some(rotated_with), Some(shown)) if rotated_with == shown => {
            if past.child_is_used {
                return Verdict::Late(rotation);
            }
            true
        }
        (None, None) => {
            let until = rotation.issued_at.plus(grace.get());
            // without a grace also a clock that is behind the other replica's decides nothing
            grace.get() > 0 && !past.child_is_used && until.is_some_and(|until| now < until)
        }
        _ => false,
    };
    if !is_replay {
        return Verdict::Reuse(rotation);
    }
    if rotation.child_exp <= now {
        Verdict::Expired(rotation)
    } else {
        Verdict::Replay(rotation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Seconds = Seconds::new(30);

    fn at(seconds: i64) -> Moment {
        Moment::from_timestamp(seconds).unwrap()
    }

    fn rotation(key_hash: Option<&str>) -> Rotation {
        Rotation {
            child_jti: "child".to_owned(),
            chain: "chain".to_owned(),
            key_hash: key_hash.map(str::to_owned),
            issued_at: at(1000),
            child_exp: at(9000),
        }
    }

    fn rotated(key_hash: Option<&str>, child_is_used: bool) -> Past {
        Past::rotated(rotation(key_hash), child_is_used)
    }

    #[test]
    fn each_row_is_answered_as_the_table_says() {
        let unused = Past::unused();
        assert_eq!(
            judge(&unused, Some("k"), at(1001), GRACE),
            Verdict::Unused,
            "row 1"
        );
        let with_key = rotated(Some("k"), false);
        assert_eq!(
            judge(&with_key, Some("k"), at(8999), GRACE),
            Verdict::Replay(rotation(Some("k"))),
            "row 2"
        );
        let with_key_used = rotated(Some("k"), true);
        assert_eq!(
            judge(&with_key_used, Some("k"), at(1001), GRACE),
            Verdict::Late(rotation(Some("k"))),
            "row 3"
        );
        for shown in [None, Some("other")] {
            assert_eq!(
                judge(&with_key, shown, at(1001), GRACE),
                Verdict::Reuse(rotation(Some("k"))),
                "row 4"
            );
        }
        let without_key = rotated(None, false);
        assert_eq!(
            judge(&without_key, None, at(1029), GRACE),
            Verdict::Replay(rotation(None)),
            "row 5"
        );
        assert_eq!(
            judge(&without_key, None, at(1030), GRACE),
            Verdict::Reuse(rotation(None)),
            "row 6, late"
        );
        assert_eq!(
            judge(&without_key, Some("k"), at(1001), GRACE),
            Verdict::Reuse(rotation(None)),
            "row 6, a key"
        );
        let without_key_used = rotated(None, true);
        assert_eq!(
            judge(&without_key_used, None, at(1001), GRACE),
            Verdict::Reuse(rotation(None)),
            "row 6, child used"
        );
        assert_eq!(
            judge(&Past::blacklisted(), Some("k"), at(1001), GRACE),
            Verdict::Blacklisted,
            "row 7"
        );
    }

    #[test]
    fn without_a_grace_nothing_without_a_key_is_replayed() {
        for now in [999, 1000] {
            assert_eq!(
                judge(&rotated(None, false), None, at(now), Seconds::new(0)),
                Verdict::Reuse(rotation(None)),
                "{now}"
            );
        }
    }

    #[test]
    fn an_expired_successor_is_not_handed_out_again() {
        assert_eq!(
            judge(&rotated(Some("k"), false), Some("k"), at(9000), GRACE),
            Verdict::Expired(rotation(Some("k")))
        );
    }
}
