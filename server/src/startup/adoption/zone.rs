//! Whether the settings about dates are the project's: what its tables hold of one instant in two ways tells.
//!
//! On PostgreSQL a token without `USE_TZ` expires by its column at another time than by its claim. On SQLite it is the
//! blacklist that has the zone's wall clock, and the successor of a rotated token that was made at the same time has UTC's.

use super::report::Report;
use super::rows::Listed;
use crate::db::{Dates, Dialect, Moment, Zone};
use crate::settings::Effective;

/// No zone is further from another than this.
const DAY: i64 = 24 * 3600;
/// How far apart two dates of one request may be.
const ONE_REQUEST: i64 = 2;
/// The offsets of today's zones are multiples of this.
const STEP: i64 = 15 * 60;
/// How many zones are named that would explain what was found.
const NAMED: usize = 4;
const LATELY: &str =
    "where Django's settings were changed not long ago, set both to today's, which are then taken";
const TAKEN: &str = "are taken as they were given";

/// An instant, and what the tables hold of it.
pub(super) type Sample = (Moment, Moment);

/// Says whether what the tables hold agrees with the settings.
pub(super) fn compare(
    report: &mut Report,
    samples: &[Sample],
    effective: &Effective,
    dialect: Dialect,
) {
    let server = &effective.settings.server;
    let kept: fn(Dates, Moment) -> Moment = match dialect {
        Dialect::Postgres => Dates::kept_of_token,
        Dialect::Sqlite => Dates::kept,
    };
    let explained = |zone: Zone, use_tz: bool| {
        let dates = Dates::new(zone, use_tz, dialect);
        let fits = |(instant, found): &&Sample| {
            (kept(dates, *instant).timestamp() - found.timestamp()).abs() <= ONE_REQUEST
        };
        samples.iter().filter(fits).count()
    };
    // a few may be anybody's
    let explains = |zone, use_tz| 2 * explained(zone, use_tz) > samples.len();
    let ours = format!(
        "server.time_zone = \"{}\" and server.use_tz = {}",
        server.time_zone.name(),
        server.use_tz
    );
    let is_given = effective.is_given("server.time_zone") || effective.is_given("server.use_tz");
    if samples.is_empty() || explains(server.time_zone, server.use_tz) {
        let is_assumed = if is_given {
            TAKEN
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
    // Django's settings were changed not long ago, and somebody says to what
    let fitting = explained(server.time_zone, server.use_tz);
    if is_given && fitting > 0 {
        report.remark(format!("{ours} {TAKEN}: {fitting} of {} stored dates agree, and the others were written by other settings.", samples.len()));
        return;
    }
    if explains(Zone::UTC, true) {
        report.problem(format!("the stored dates are instants in UTC, which {ours} contradicts; set server.use_tz = true; {LATELY}"));
        return;
    }
    let zones: Vec<_> = Zone::all().filter(|zone| explains(*zone, false)).collect();
    let names: Vec<_> = zones.iter().take(NAMED).map(|zone| zone.name()).collect();
    if let Some((first, others)) = names.split_first() {
        let others = if others.is_empty() {
            String::new()
        } else {
            format!(
                " (or Django's TIME_ZONE where it is another with the same clocks, such as {})",
                others.join(", ")
            )
        };
        report.problem(format!("the stored dates are the wall clock of a time zone, which {ours} contradicts; set server.use_tz = false and server.time_zone = \"{first}\"{others}; {LATELY}"));
        return;
    }
    let why = format!(
        "the stored dates contradict {ours}, and no time zone explains most of them: Django's TIME_ZONE or USE_TZ was changed, or somebody else wrote them"
    );
    // sessions live on by what the tokens themselves say
    if is_given {
        report.remark(format!("{ours} {TAKEN}, but {why}."));
    } else {
        report.problem(format!("{why}; set server.time_zone and server.use_tz both to what Django's settings say today, which is then taken"));
    }
}

/// When tokens were rotated, by their successors and by the blacklist. Logouts have no successors: such rows count only
/// where one happens to be near, so what few say is not believed.
pub(super) fn of_rotations(listed: &[Listed]) -> Vec<Sample> {
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
