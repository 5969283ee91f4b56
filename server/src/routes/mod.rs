//! Every URL on one screen.

mod dispatch;
mod find;
mod finish;
mod health;
mod jwks;
mod malformed;
mod metrics;
pub(crate) mod route;

pub(crate) use health::{LIVE, READY};
pub(crate) use metrics::scraped;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, Request};
use axum::http::Method;
use axum::middleware;
use axum::routing::get;

use self::dispatch::Service;
use self::route::{Access, Route};
use crate::accounts::own::{delete, password, sessions};
use crate::accounts::{profile, register};
use crate::app::App;
use crate::db::UserTable;
use crate::docs::Docs;
use crate::http::client::Peer;
use crate::http::headers::hsts;
use crate::posts::{handlers as posts, list, told};
use crate::resource::Resource;
use crate::settings::Settings;
use crate::tokens::{blacklist, obtain, refresh, sliding, verify};

/// Django's URLs: path, name, who may call it, and what each method does.
fn routes(users: UserTable, settings: &Settings) -> Vec<Route> {
    let mut routes = vec![
        Route::new("/api/token/", "Token Obtain Pair", Access::Open)
            .describe("Takes a set of user credentials and returns an access and refresh JSON web\ntoken pair to prove the authentication of those credentials.")
            .taking(Method::POST, obtain::fields(users), obtain::post)
            .told(obtain::obtains(users, settings)),
        Route::new("/api/token/refresh/", "Token Refresh", Access::Open)
            .describe("Takes a refresh type JSON web token and returns an access type JSON web\ntoken if the refresh token is valid.")
            .taking(Method::POST, &refresh::FIELDS, refresh::post)
            .told(refresh::refreshes(settings)),
        Route::new("/api/token/verify/", "Token Verify", Access::Open)
            .describe("Takes a token and indicates if it is valid.  This view provides no\ninformation about a token's fitness for a particular use.")
            .taking(Method::POST, &verify::FIELDS, verify::post)
            .told(verify::verifies()),
        Route::new("/api/token/blacklist/", "Token Blacklist", Access::Open)
            .describe("Takes a token and blacklists it. Must be used with the\n`rest_framework_simplejwt.token_blacklist` app installed.")
            .taking(Method::POST, &blacklist::FIELDS, blacklist::post)
            .told(blacklist::logs_out(settings)),
        Route::new("/api/users/register/", "Register", Access::Anyone)
            .taking(Method::POST, register::fields(users), register::post)
            .told(register::registers(users, settings)),
        user_profile(users, settings),
        Route::new("/api/posts/", "Post List", Access::SignedIn)
            .reading(list::get)
            .told(told::lists(settings))
            .taking(Method::POST, &posts::FIELDS, posts::create)
            .told(told::creates(settings)),
        Route::new("/api/posts/{pk}/", "Post Instance", Access::SignedIn)
            .reading(posts::get)
            .told(told::gets(settings))
            .taking(Method::PUT, &posts::FIELDS, posts::put)
            .told(told::puts(settings))
            .taking(Method::PATCH, &posts::FIELDS, posts::patch)
            .told(told::patches(settings))
            .on(Method::DELETE, posts::delete)
            .told(told::deletes(settings))
            .actions_if(|app, caller, pk| Box::pin(posts::may_change(app, caller, pk))),
    ];
    if settings.tokens.sliding {
        routes.extend([
            Route::new("/api/token/sliding/", "Token Obtain Sliding", Access::Open)
                .describe("Takes a set of user credentials and returns a sliding JSON web token to\nprove the authentication of those credentials.")
                .taking(Method::POST, obtain::fields(users), sliding::post)
                .told(sliding::obtains(users, settings)),
            Route::new("/api/token/sliding/refresh/", "Token Refresh Sliding", Access::Open)
                .describe("Takes a sliding JSON web token and returns a new, refreshed version if the\ntoken's refresh period has not expired.")
                .taking(Method::POST, &sliding::FIELDS, sliding::refresh)
                .told(sliding::refreshes()),
        ]);
    }
    if settings.server.extensions {
        routes.extend(account(settings));
    }
    routes
}

fn user_profile(users: UserTable, settings: &Settings) -> Route {
    let route = Route::new("/api/users/profile/", "User Profile", Access::SignedIn)
        .on(Method::GET, profile::get)
        .told(profile::gets(settings));
    if settings.server.extensions {
        route
            .taking(Method::PATCH, profile::changes(users), profile::patch)
            .told(profile::patches(settings))
    } else {
        route
    }
}

/// What a person does with the own account, which Django's service does not have.
fn account(settings: &Settings) -> [Route; 5] {
    [
        Route::new("/api/account/password/", "Account Password", Access::SignedIn)
            .describe("Changes the password of the caller's account, and ends its other sessions.")
            .taking(Method::POST, &password::FIELDS, password::post)
            .told(password::changes(settings)),
        Route::new("/api/account/sessions/", "Account Sessions", Access::SignedIn)
            .describe("The live sessions of the caller's account.")
            .taking(Method::POST, &sessions::LIST, sessions::list)
            .told(sessions::lists(settings)),
        Route::new("/api/account/sessions/end-others/", "Account Sessions End Others", Access::SignedIn)
            .describe("Ends the sessions of the caller's account, all but the one whose refresh token is shown.")
            .taking(Method::POST, &sessions::KEPT, sessions::end_others)
            .told(sessions::ends_others(settings)),
        Route::new("/api/account/sessions/{pk}/", "Account Session", Access::SignedIn)
            .describe("A session of the caller's account, which can be ended.")
            .on(Method::DELETE, sessions::end)
            .told(sessions::ends(settings)),
        Route::new("/api/account/delete/", "Account Delete", Access::SignedIn)
            .describe("Deletes the caller's account with its posts and sessions.")
            .taking(Method::POST, &delete::FIELDS, delete::post)
            .told(delete::deletes(settings)),
    ]
}

/// The whole service as a router, to serve or to mount beside resources of one's own.
///
/// A program's own routes win over Gatepost's, whose fallback answers every other path as Django does, with 404
/// where it is nobody's. So a program that has a fallback of its own cannot merge this router (axum panics): it
/// mounts it as a service at `/api/{*path}`, and beside it `/-/{*probe}`. The settings `[cors]` are about Gatepost's
/// URLs alone; a route of one's own needs a layer of its own.
///
/// A handler of one's own takes [`CurrentUser`](crate::CurrentUser) as an argument. Its state is [`App`] itself,
/// or whatever an `App` can be had from (`App: FromRef<S>`).
///
/// ```
/// use axum::{Router, extract::FromRef, routing::get};
/// use gatepost_server::{App, CurrentUser};
///
/// #[derive(Clone, FromRef)]
/// struct Mine {
///     app: App,
///     greeting: &'static str,
/// }
///
/// fn with_my_own(mine: Mine) -> Router {
///     let gatepost = gatepost_server::router(mine.app.clone());
///     Router::new()
///         .route("/api/greeting/", get(async |CurrentUser(user): CurrentUser| format!("Hello, {}!", user.username)))
///         .with_state(mine)
///         .merge(gatepost)
/// }
/// ```
pub fn router(app: App) -> Router {
    mounted(app, Vec::new())
}

fn mounted(app: App, own: Vec<Route>) -> Router {
    let service = service_with(app, own);
    Router::new().fallback(move |request: Request| service.clone().ask(request))
}

impl App {
    /// The whole service as a router, see [`router`].
    pub fn router(&self) -> Router {
        self.router_with(std::iter::empty::<Resource>())
    }

    /// The same with resources of one's own, which win over Gatepost's where they have the same path.
    pub fn router_with<S>(&self, resources: impl IntoIterator<Item = Resource<S>>) -> Router
    where
        S: Clone + Send + Sync + 'static,
        App: FromRef<S>,
    {
        let own = resources.into_iter().map(Resource::into_route).collect();
        mounted(self.clone(), own)
    }
}

/// The whole service, to serve alone.
pub(crate) fn service(app: App) -> Service {
    service_with(app, Vec::new())
}

fn service_with(app: App, mut all: Vec<Route>) -> Service {
    let mut probes = Router::new()
        .route(health::LIVE, get(health::live))
        .route(health::READY, get(health::ready));
    // without a key pair there is no such page, as in Django
    let publishes = app.tokens().publishes();
    if publishes {
        probes = probes.route(jwks::JWKS, get(jwks::get));
    }
    if app.cors().is_some() {
        probes = probes.layer(middleware::from_fn_with_state(app.clone(), dispatch::probe));
    }
    all.extend(routes(app.db().users(), app.settings()));
    let routes = Arc::new(all);
    Service {
        probes: probes.with_state(app.clone()),
        docs: Docs::of(app.clone(), routes.clone()),
        routes,
        publishes,
        peer: Peer::Nobody,
        is_tls: false,
        hsts: hsts(&app.settings().server),
        app,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::http::fields::Field;
    use crate::http::operation::Shape;

    /// The names that an example must have.
    fn names(fields: &[Field], is_shown: impl Fn(&Field) -> bool) -> BTreeSet<&str> {
        let shown = fields.iter().filter(|field| is_shown(field));
        shown.map(|field| field.name).collect()
    }

    fn example(text: &str) -> Value {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn every_method_of_every_route_is_told_of() {
        let settings = Settings::from_toml("tokens.sliding = true").unwrap();
        let mut ids = BTreeSet::new();
        for route in routes(UserTable::default(), &settings) {
            for called in &route.methods {
                let at = format!("{} {}", called.method, route.path);
                let told = called.operation.as_ref();
                let told = told.unwrap_or_else(|| panic!("{at} is not told of: .told(…)"));
                assert!(ids.insert(told.id), "{at}: {} is taken", told.id);
                assert!(!told.summary.is_empty() && !told.answers.is_empty(), "{at}");
                assert!(
                    told.answers.iter().all(|answer| answer.status < 400),
                    "{at}"
                );
                for (status, _) in &told.refusals {
                    assert!(
                        crate::docs::is_shared(*status),
                        "{at}: {status} has no shape"
                    );
                }
                if let Some(fields) = called.fields {
                    let example = example(told.example);
                    let sent: BTreeSet<_> = example
                        .as_object()
                        .unwrap()
                        .keys()
                        .map(String::as_str)
                        .collect();
                    let taken = names(fields.0, |field| !field.read_only);
                    let fits =
                        sent == taken || called.method == Method::PATCH && sent.is_subset(&taken);
                    assert!(
                        fits && !told.takes.is_empty(),
                        "{at}: {sent:?} and {taken:?}"
                    );
                }
                for answer in &told.answers {
                    if let Shape::One(_, fields) | Shape::Many(_, fields) | Shape::Page(_, fields) =
                        answer.shape
                    {
                        let example = example(answer.example);
                        let given: BTreeSet<_> = example
                            .as_object()
                            .unwrap()
                            .keys()
                            .map(String::as_str)
                            .collect();
                        let shown = names(fields.0, |field| !field.write_only);
                        assert_eq!(given, shown, "{at}");
                    }
                }
            }
        }
        assert!(ids.len() > 12, "only {ids:?}");
    }
}
