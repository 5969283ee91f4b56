//! Whether the settings about dates are the project's: what its tables hold of one instant in two ways tells.
//!
//! On PostgreSQL a token without `USE_TZ` expires by its column at another time than by its claim. On SQLite it is the
//! blacklist that has the zone's wall clock, and the successor of a rotated token that was made at the same time has UTC's.

use secrecy::ExposeSecret;

use super::report::Report;
use super::rows::{Listed, Token};
use crate::db::{Dates, Dialect, Moment, Zone};
use crate::settings::Effective;
use crate::tokens::stored;

/// No zone is further from another than this.
const DAY: i64 = 24 * 3600;
/// How far apart two dates of one request may be.
const ONE_REQUEST: i64 = 2;
/// The offsets of today's zones are multiples of this.
const STEP: i64 = 15 * 60;
/// How many zones are named that would explain what was found.
const NAMED: usize = 4;

/// An instant, and what the tables hold of it.
type Sample = (Moment, Moment);

/// Says whether what the tables hold agrees with the settings.
pub(super) fn compare(
    report: &mut Report,
    tokens: &[Token],
    listed: &[Listed],
    effective: &Effective,
    dialect: Dialect,
) {
    let server = &effective.settings.server;
    let (samples, kept): (_, fn(Dates, Moment) -> Moment) = match dialect {
        Dialect::Postgres => (of_tokens(tokens), Dates::kept_of_token),
        Dialect::Sqlite => (of_rotations(listed), Dates::kept),
    };
    let explains = |zone: Zone, use_tz: bool| {
        let dates = Dates::new(zone, use_tz, dialect);
        let fits = |(instant, found): &&Sample| {
            (kept(dates, *instant).timestamp() - found.timestamp()).abs() <= ONE_REQUEST
        };
        // a few may be anybody's
        2 * samples.iter().filter(fits).count() > samples.len()
    };
    let ours = format!(
        "server.time_zone = \"{}\" and server.use_tz = {}",
        server.time_zone.name(),
        server.use_tz
    );
    let is_given = effective.is_given("server.time_zone") || effective.is_given("server.use_tz");
    if samples.is_empty() || explains(server.time_zone, server.use_tz) {
        let is_assumed = if is_given {
            "are taken as they were given"
        } else {
            "were assumed; where Django's TIME_ZONE or USE_TZ is another, set them"
        };
        report.fact(if samples.is_empty() {
            format!("{ours} {is_assumed}. Nothing stored tells more.")
        } else if server.use_tz {
            // an instant is the same in every zone
            format!("The stored dates agree with server.use_tz = true. {ours} {is_assumed}.")
        } else {
            format!("The stored dates agree with {ours}.")
        });
        return;
    }
    if explains(Zone::UTC, true) {
        report.problem(format!("the stored dates are instants in UTC, which {ours} contradicts; set server.use_tz = true"));
        return;
    }
    let zones: Vec<_> = Zone::all().filter(|zone| explains(*zone, false)).collect();
    let names: Vec<_> = zones.iter().take(NAMED).map(|zone| zone.name()).collect();
    report.problem(match names.split_first() {
        Some((first, others)) => {
            let others = if others.is_empty() {
                String::new()
            } else {
                format!(" (or Django's TIME_ZONE where it is another with the same clocks, such as {})", others.join(", "))
            };
            format!("the stored dates are the wall clock of a time zone, which {ours} contradicts; set server.use_tz = false and server.time_zone = \"{first}\"{others}")
        }
        None => format!("the stored tokens expire at other times than their own claims say, which {ours} contradicts and no time zone explains; remove them with Django's `manage.py flushexpiredtokens`, or ask who else wrote them"),
    });
}

/// When tokens expire by their claim, and by their column.
fn of_tokens(tokens: &[Token]) -> Vec<Sample> {
    let sample = |token: &Token| {
        let instant = stored::expires_at(token.text.expose_secret())?;
        Some((instant, token.expires_at))
    };
    tokens.iter().filter_map(sample).collect()
}

/// When tokens were rotated, by their successors and by the blacklist. Logouts have no successors: such rows count only
/// where one happens to be near, so what few say is not believed.
fn of_rotations(listed: &[Listed]) -> Vec<Sample> {
    let sample = |listed: &Listed| {
        let at = listed.at;
        let distance = |made: Moment| at.timestamp() - made.timestamp();
        let is_one_request = |made: &Moment| {
            let distance = distance(*made);
            let beside = distance.rem_euclid(STEP);
            distance.abs() < DAY && (beside <= ONE_REQUEST || STEP - beside <= ONE_REQUEST)
        };
        let made = listed.made.iter().copied().filter(is_one_request);
        made.min_by_key(|made| distance(*made).abs())
            .map(|made| (made, at))
    };
    let samples: Vec<_> = listed.iter().filter_map(sample).collect();
    if 4 * samples.len() > listed.len() {
        samples
    } else {
        Vec::new()
    }
}
