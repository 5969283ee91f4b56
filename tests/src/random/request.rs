//! The next request of a random sequence: an endpoint, who asks, with which fields.

use super::body::{Fields, Val, raw};
use super::dice::Dice;
use super::dress;
use super::fails::Cause;
use super::shown::{authorize, shown};
use super::step::{Intent, Step};
use super::template::Template;
use super::world::World;
use super::{behind, text};

#[derive(Clone, Copy)]
enum Kind {
    Register,
    LogIn,
    Refresh,
    Verify,
    Blacklist,
    Profile,
    List,
    Create,
    Detail,
    Describe,
    Path,
    Sql,
}

/// The next step.
pub(super) fn next(dice: &mut Dice, world: &World) -> Step {
    if let Some(step) = begin(dice, world) {
        return step;
    }
    let start = world.users.len() < 2;
    let kind = dice.weighted(&[
        (if start { 60 } else { 10 }, Kind::Register),
        (if world.tokens.len() < 3 { 40 } else { 9 }, Kind::LogIn),
        (14, Kind::Refresh),
        (9, Kind::Verify),
        (8, Kind::Blacklist),
        (12, Kind::Profile),
        (4, Kind::List),
        (10, Kind::Create),
        (18, Kind::Detail),
        (5, Kind::Describe),
        (8, Kind::Path),
        (3, Kind::Sql),
    ]);
    let mut step = match kind {
        Kind::Register => register(dice, world),
        Kind::LogIn => log_in(dice, world),
        Kind::Refresh => refresh(dice, world),
        Kind::Verify => of_token(dice, world, "/api/token/verify/", "token"),
        Kind::Blacklist => of_token(dice, world, "/api/token/blacklist/", "refresh"),
        Kind::Profile => profile(dice, world),
        Kind::List => list(dice, world),
        Kind::Create => create(dice, world),
        Kind::Detail => detail(dice, world),
        Kind::Describe => describe(dice, world),
        Kind::Path => dress::odd_path(dice),
        Kind::Sql => {
            let mut step = profile(dice, world);
            behind::happen(dice, world, &mut step);
            step
        }
    };
    if world.jwt.is_by_email {
        step.fails.push(Cause::SharedEmail);
    }
    dress::dress(dice, &mut step);
    step
}

/// What must be there before much can happen: two users, who are signed in.
fn begin(dice: &mut Dice, world: &World) -> Option<Step> {
    if dice.percent(40) {
        return None;
    }
    let as_json = |mut step: Step, body: String| {
        step.header("Content-Type", "application/json");
        step.body = Some(Template::text(&body));
        Some(step)
    };
    if world.users.len() < 2 {
        let (name, password) = (
            format!("user{}", dice.hex(6)),
            format!("Long-{}", dice.hex(9)),
        );
        let body = format!(
            r#"{{"username":"{name}","password":"{password}","password2":"{password}","email":"{name}@example.com","first_name":"","last_name":"é"}}"#
        );
        let mut step = Step::new("POST", "/api/users/register/");
        step.intent = Intent::Register { name, password };
        return as_json(step, body);
    }
    if world.tokens.len() < 3 {
        let user = dice.pick(&world.users).clone();
        let body = serde_json::json!({"username": user.name, "password": user.password});
        let mut step = Step::new("POST", "/api/token/");
        step.intent = Intent::LogIn { name: user.name };
        return as_json(step, body.to_string());
    }
    None
}

/// A field's value: most often the good one, else one that is odd in some way.
fn value(dice: &mut Dice, good: String) -> Val {
    match dice.below(20) {
        0 => Val::Raw(raw(dice)),
        1 => Val::Text(text::odd(dice)),
        2 => Val::Text(format!("{good}{}", text::odd(dice))),
        _ => Val::Text(good),
    }
}

/// Leaves a field out, repeats one, adds one that nobody knows, or changes the order.
fn disturbed(dice: &mut Dice, mut fields: Fields) -> Fields {
    match dice.below(12) {
        0 if !fields.is_empty() => {
            let at = dice.below(fields.len());
            fields.remove(at);
        }
        1 if !fields.is_empty() => {
            let (name, _) = fields[dice.below(fields.len())].clone();
            let again = text::word(dice);
            let again = value(dice, again);
            fields.push((name, again));
        }
        2 => fields.push((text::odd(dice), Val::Raw(raw(dice)))),
        3 => dice.shuffle(&mut fields),
        _ => {}
    }
    fields
}

fn named(name: &str, value: Val) -> (String, Val) {
    (name.to_owned(), value)
}

fn plain(value: &Val) -> Option<String> {
    match value {
        Val::Text(text) => Some(text.trim().to_owned()),
        _ => None,
    }
}

fn register(dice: &mut Dice, world: &World) -> Step {
    let name = match dice.below(8) {
        0 if !world.users.is_empty() => dice.pick(&world.users).name.clone(),
        1 if !world.users.is_empty() => dice.pick(&world.users).name.to_uppercase(),
        _ => text::username(dice),
    };
    let password = text::password(dice);
    let second = if dice.percent(93) {
        password.clone()
    } else {
        text::password(dice)
    };
    let email = text::email(dice);
    let names = [text::prose(dice, 150), text::prose(dice, 150)];
    let first = if dice.percent(50) {
        String::new()
    } else {
        names[0].clone()
    };
    let last = if dice.percent(50) {
        "User".to_owned()
    } else {
        names[1].clone()
    };
    let name = value(dice, name);
    let (email, first, last) = (value(dice, email), value(dice, first), value(dice, last));
    let intent = plain(&name).map(|name| Intent::Register {
        name,
        password: password.clone(),
    });
    let fields = vec![
        named("username", name),
        named("password", Val::Text(password)),
        named("password2", Val::Text(second)),
        named("email", email),
        named("first_name", first),
        named("last_name", last),
    ];
    let mut step = Step::new("POST", "/api/users/register/");
    if dice.percent(6) {
        authorize(dice, world, &mut step, None);
    }
    step.intent = intent.unwrap_or(Intent::Nothing);
    let fields = disturbed(dice, fields);
    dress::fill(dice, &mut step, &fields);
    step
}

fn log_in(dice: &mut Dice, world: &World) -> Step {
    let mut step = Step::new("POST", "/api/token/");
    step.fails.push(Cause::Hash);
    let (name, password) = if world.users.is_empty() {
        (text::username(dice), text::password(dice))
    } else {
        let user = dice.pick(&world.users).clone();
        match dice.below(10) {
            0 => (user.name, text::password(dice)),
            1 => (text::username(dice), user.password),
            2 => (
                format!(" {}\u{1f}", user.name),
                format!("\u{a0}{}\n", user.password),
            ),
            3 => (user.name.to_uppercase(), user.password),
            _ => (user.name, user.password),
        }
    };
    step.intent = Intent::LogIn { name: name.clone() };
    let fields = if dice.percent(85) {
        vec![
            named("username", Val::Text(name)),
            named("password", Val::Text(password)),
        ]
    } else {
        let fields = vec![
            named("username", value(dice, name)),
            named("password", value(dice, password)),
        ];
        disturbed(dice, fields)
    };
    dress::fill(dice, &mut step, &fields);
    step
}

fn refresh(dice: &mut Dice, world: &World) -> Step {
    let mut step = Step::new("POST", "/api/token/refresh/");
    step.fails.push(Cause::UserGone);
    let (value, owner) = shown(dice, world, "refresh", &mut step);
    step.intent = Intent::Refresh { owner };
    let fields = disturbed(dice, vec![named("refresh", value)]);
    dress::fill(dice, &mut step, &fields);
    step
}

fn of_token(dice: &mut Dice, world: &World, path: &str, field: &str) -> Step {
    let mut step = Step::new("POST", path);
    let wanted = if field == "refresh" || dice.percent(50) {
        "refresh"
    } else {
        "access"
    };
    let (value, _) = shown(dice, world, wanted, &mut step);
    let fields = disturbed(dice, vec![named(field, value)]);
    dress::fill(dice, &mut step, &fields);
    step
}

fn profile(dice: &mut Dice, world: &World) -> Step {
    let method = dice.weighted(&[
        (20, "GET"),
        (3, "HEAD"),
        (1, "POST"),
        (1, "PUT"),
        (1, "DELETE"),
    ]);
    let mut step = Step::new(method, "/api/users/profile/");
    authorize(dice, world, &mut step, None);
    step
}

fn list(dice: &mut Dice, world: &World) -> Step {
    let method = dice.weighted(&[
        (20, "GET"),
        (4, "HEAD"),
        (1, "PUT"),
        (1, "PATCH"),
        (1, "DELETE"),
    ]);
    let mut step = Step::new(method, "/api/posts/");
    authorize(dice, world, &mut step, None);
    step
}

fn post_fields(dice: &mut Dice) -> Fields {
    let (title, content) = (text::prose(dice, 200), text::prose(dice, 30));
    let mut fields = vec![
        named("title", value(dice, title)),
        named("content", value(dice, content)),
    ];
    if dice.percent(10) {
        let name = dice.one(&["id", "author", "created_at", "updated_at"]);
        fields.push(named(name, Val::Raw("7".to_owned())));
    }
    disturbed(dice, fields)
}

fn create(dice: &mut Dice, world: &World) -> Step {
    let mut step = Step::new("POST", "/api/posts/");
    let owner = authorize(dice, world, &mut step, None);
    step.intent = owner.map_or(Intent::Nothing, |owner| Intent::Post { owner });
    let fields = post_fields(dice);
    dress::fill(dice, &mut step, &fields);
    step
}

fn detail(dice: &mut Dice, world: &World) -> Step {
    // the list stays short
    let crowded = world.posts.len() > 40;
    let method = dice.weighted(&[
        (10, "GET"),
        (2, "HEAD"),
        (8, "PUT"),
        (10, "PATCH"),
        (if crowded { 30 } else { 5 }, "DELETE"),
        (1, "POST"),
    ]);
    let post = (!world.posts.is_empty()).then(|| dice.pick(&world.posts).clone());
    let id = post.as_ref().map_or(1, |post| post.id);
    let key = if dice.percent(85) {
        id.to_string()
    } else {
        dress::odd_key(dice, id)
    };
    let mut step = Step::new(method, &format!("/api/posts/{key}/"));
    // most often the author
    let owner = post.as_ref().map(|post| post.owner.as_str());
    let of = owner.filter(|_| dice.percent(80));
    authorize(dice, world, &mut step, of);
    if method == "DELETE" {
        step.intent = Intent::Delete { id };
    }
    if method == "PUT" || method == "PATCH" {
        let mut fields = post_fields(dice);
        if method == "PATCH" && dice.percent(50) {
            fields.truncate(dice.below(2));
        }
        dress::fill(dice, &mut step, &fields);
    }
    step
}

const PATHS: [&str; 8] = [
    "/api/token/",
    "/api/token/refresh/",
    "/api/token/verify/",
    "/api/token/blacklist/",
    "/api/users/register/",
    "/api/users/profile/",
    "/api/posts/",
    "/api/posts/1/",
];

fn describe(dice: &mut Dice, world: &World) -> Step {
    let mut path = (dice.one(&PATHS)).to_owned();
    if path.ends_with("/1/") && !world.posts.is_empty() {
        path = format!("/api/posts/{}/", dice.pick(&world.posts).id);
    }
    let method = dice.weighted(&[
        (20, "OPTIONS"),
        (1, "TRACE"),
        (1, "PROPFIND"),
        (1, "FOO"),
        (1, "M-SEARCH"),
        (1, "GET"),
        (1, "PUT"),
        (1, "LINK"),
    ]);
    let mut step = Step::new(method, &path);
    if dice.percent(60) {
        authorize(dice, world, &mut step, None);
    }
    step
}
