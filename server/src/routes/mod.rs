//! Every URL on one screen.

mod dispatch;
mod health;
mod jwks;
mod metrics;
mod route;

pub(crate) use metrics::scraped;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::middleware;
use axum::routing::get;

use self::dispatch::Service;
use self::route::{Access, Route};
use crate::accounts::own::{delete, password, sessions};
use crate::accounts::{profile, register};
use crate::app::App;
use crate::db::UserTable;
use crate::http::client::Peer;
use crate::http::headers::hsts;
use crate::posts::{handlers as posts, list};
use crate::settings::Settings;
use crate::tokens::{blacklist, obtain, refresh, sliding, verify};

/// Django's URLs: path, name, who may call it, and what each method does.
fn routes(users: UserTable, settings: &Settings) -> Vec<Route> {
    let mut routes = vec![
        Route::new("/api/token/", "Token Obtain Pair", Access::Open)
            .describe("Takes a set of user credentials and returns an access and refresh JSON web\ntoken pair to prove the authentication of those credentials.")
            .taking(Method::POST, obtain::fields(users), obtain::post),
        Route::new("/api/token/refresh/", "Token Refresh", Access::Open)
            .describe("Takes a refresh type JSON web token and returns an access type JSON web\ntoken if the refresh token is valid.")
            .taking(Method::POST, &refresh::FIELDS, refresh::post),
        Route::new("/api/token/verify/", "Token Verify", Access::Open)
            .describe("Takes a token and indicates if it is valid.  This view provides no\ninformation about a token's fitness for a particular use.")
            .taking(Method::POST, &verify::FIELDS, verify::post),
        Route::new("/api/token/blacklist/", "Token Blacklist", Access::Open)
            .describe("Takes a token and blacklists it. Must be used with the\n`rest_framework_simplejwt.token_blacklist` app installed.")
            .taking(Method::POST, &blacklist::FIELDS, blacklist::post),
        Route::new("/api/users/register/", "Register", Access::Anyone)
            .taking(Method::POST, register::fields(users), register::post),
        user_profile(users, settings),
        Route::new("/api/posts/", "Post List", Access::SignedIn)
            .reading(list::get)
            .taking(Method::POST, &posts::FIELDS, posts::create),
        Route::new("/api/posts/{pk}/", "Post Instance", Access::SignedIn)
            .reading(posts::get)
            .taking(Method::PUT, &posts::FIELDS, posts::put)
            .taking(Method::PATCH, &posts::FIELDS, posts::patch)
            .on(Method::DELETE, posts::delete)
            .actions_if(|app, caller, pk| Box::pin(posts::may_change(app, caller, pk))),
    ];
    if settings.tokens.sliding {
        routes.extend([
            Route::new("/api/token/sliding/", "Token Obtain Sliding", Access::Open)
                .describe("Takes a set of user credentials and returns a sliding JSON web token to\nprove the authentication of those credentials.")
                .taking(Method::POST, obtain::fields(users), sliding::post),
            Route::new("/api/token/sliding/refresh/", "Token Refresh Sliding", Access::Open)
                .describe("Takes a sliding JSON web token and returns a new, refreshed version if the\ntoken's refresh period has not expired.")
                .taking(Method::POST, &sliding::FIELDS, sliding::refresh),
        ]);
    }
    if settings.server.extensions {
        routes.extend(account());
    }
    routes
}

fn user_profile(users: UserTable, settings: &Settings) -> Route {
    let route = Route::new("/api/users/profile/", "User Profile", Access::SignedIn)
        .on(Method::GET, profile::get);
    if settings.server.extensions {
        route.taking(Method::PATCH, profile::changes(users), profile::patch)
    } else {
        route
    }
}

/// What a person does with the own account, which Django's service does not have.
fn account() -> [Route; 5] {
    [
        Route::new("/api/account/password/", "Account Password", Access::SignedIn)
            .describe("Changes the password of the caller's account, and ends its other sessions.")
            .taking(Method::POST, &password::FIELDS, password::post),
        Route::new("/api/account/sessions/", "Account Sessions", Access::SignedIn)
            .describe("The live sessions of the caller's account.")
            .taking(Method::POST, &sessions::LIST, sessions::list),
        Route::new("/api/account/sessions/end-others/", "Account Sessions End Others", Access::SignedIn)
            .describe("Ends the sessions of the caller's account, all but the one whose refresh token is shown.")
            .taking(Method::POST, &sessions::KEPT, sessions::end_others),
        Route::new("/api/account/sessions/{pk}/", "Account Session", Access::SignedIn)
            .describe("A session of the caller's account, which can be ended.")
            .on(Method::DELETE, sessions::end),
        Route::new("/api/account/delete/", "Account Delete", Access::SignedIn)
            .describe("Deletes the caller's account with its posts and sessions.")
            .taking(Method::POST, &delete::FIELDS, delete::post),
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
    let service = service(app);
    Router::new().fallback(move |request: Request| service.clone().ask(request))
}

/// The whole service, to serve alone.
pub(crate) fn service(app: App) -> Service {
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
    Service {
        probes: probes.with_state(app.clone()),
        routes: Arc::new(routes(app.db().users(), app.settings())),
        publishes,
        peer: Peer::Nobody,
        is_tls: false,
        hsts: hsts(&app.settings().server),
        app,
    }
}
