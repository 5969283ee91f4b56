//! The admin's URLs, and the way of every request: who may reach the site, the session, the token of a form, the page.

use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;

use super::models::{self, Model, USER};
use super::response::never_cache;
use super::state::Admin;
use super::visit::{Outcome, Refusal, Visit};
use super::{errors, files, finish, login};
use crate::app::App;
use crate::http::client::Client;
use crate::http::path;
use crate::settings::Proxies;

/// Where a path leads to.
enum Place<'p> {
    Index,
    Login,
    Logout,
    OwnPassword,
    OwnPasswordDone,
    /// Where Django completes what is typed into fields that nobody has here.
    Autocomplete,
    App(&'p str),
    List(&'static Model),
    Add(&'static Model),
    Row(&'static Model, &'p str, &'p str),
    Nothing,
}

/// Answers a request of `/admin/` and below.
pub(crate) async fn answer(app: &App, request: Request, client: &Client) -> Response {
    let Some(admin) = app.admin() else {
        return errors::nothing();
    };
    let networks = &app.settings().server.admin_networks;
    if !networks.is_empty() && !may_reach(networks, client) {
        tracing::debug!("the admin was asked from outside of server.admin_networks");
        return errors::nothing();
    }
    if let Some(file) = files::find(request.uri().path()) {
        return file;
    }
    match Visit::of(app, admin, request, client).await {
        Ok(mut visit) => {
            let outcome = match visit.check_csrf() {
                Ok(()) => Box::pin(lead(&mut visit)).await,
                Err(refusal) => Err(refusal),
            };
            finish::finish(visit, outcome)
        }
        Err(error) => {
            let mut response = errors::unread(error);
            never_cache(response.headers_mut(), app.clock().now());
            response
        }
    }
}

/// Whether a client is within these networks.
fn may_reach(networks: &Proxies, client: &Client) -> bool {
    match client.address {
        Some(address) => networks.contain(address),
        None => networks.contain_unix(),
    }
}

async fn lead(visit: &mut Visit<'_>) -> Outcome {
    let path = visit.path.clone();
    let below = path.strip_prefix("/admin/").unwrap_or_default();
    let place = find(visit.admin, below);
    match place {
        Place::Login => return login::page(visit).await,
        Place::Logout if visit.staff().is_err() => return Err(Refusal::Redirect(visit.root())),
        _ => {}
    }
    visit.staff()?;
    match place {
        Place::Login => login::page(visit).await,
        Place::Logout if visit.method == Method::POST => login::log_out(visit).await,
        Place::Logout => Err(Refusal::NotAllowed("POST, OPTIONS")),
        Place::Index => super::index::page(visit).await,
        Place::App(label) => super::index::of_app(visit, label),
        Place::OwnPassword => super::own_password::page(visit).await,
        Place::OwnPasswordDone => Ok(super::own_password::done(visit)),
        Place::Autocomplete => Err(Refusal::Forbidden),
        Place::List(model) => super::list::page(visit, model).await,
        Place::Add(model) => super::form::add(visit, model).await,
        Place::Row(model, key, page) => of_row(visit, model, key, page).await,
        Place::Nothing => {
            let is_below = |path: &str| !matches!(find(visit.admin, path), Place::Nothing);
            if !below.ends_with('/') && is_below(&format!("{below}/")) {
                let (below, query) = (path::quoted(below), path::quoted_query(&visit.raw_query));
                let query = if query.is_empty() {
                    query
                } else {
                    format!("?{query}")
                };
                return Err(Refusal::Moved(format!("{}{below}/{query}", visit.root())));
            }
            Err(Refusal::NotFound)
        }
    }
}

async fn of_row(visit: &mut Visit<'_>, model: &'static Model, key: &str, page: &str) -> Outcome {
    match page {
        "change" => super::form::change(visit, model, key).await,
        "delete" => super::delete::page(visit, model, key).await,
        "history" => super::history::page(visit, model, key).await,
        "password" if model.is(&USER) => super::password::page(visit, key).await,
        "sessions" if model.is(&USER) => super::token_sessions::page(visit, key).await,
        "" => Err(Refusal::Redirect(format!(
            "{}{}/change/",
            visit.list_url(model),
            path::quoted(key)
        ))),
        _ => Err(Refusal::NotFound),
    }
}

/// What a path below `/admin/` leads to; Django's order of its patterns.
fn find<'p>(admin: &Admin, below: &'p str) -> Place<'p> {
    match below {
        "" => return Place::Index,
        "login/" => return Place::Login,
        "logout/" => return Place::Logout,
        "password_change/" => return Place::OwnPassword,
        "password_change/done/" => return Place::OwnPasswordDone,
        "autocomplete/" => return Place::Autocomplete,
        _ => {}
    }
    let Some((label, rest)) = below.split_once('/') else {
        return Place::Nothing;
    };
    let mut of_app = models::ALL
        .into_iter()
        .filter(|model| admin.tables.label(model) == label)
        .peekable();
    if of_app.peek().is_none() {
        return Place::Nothing;
    }
    if rest.is_empty() {
        return Place::App(label);
    }
    let Some((name, rest)) = rest.split_once('/') else {
        return Place::Nothing;
    };
    let Some(model) = of_app.find(|model| admin.tables.model_name(model) == name) else {
        return Place::Nothing;
    };
    match rest {
        "" => Place::List(model),
        "add/" => Place::Add(model),
        rest => {
            let Some(rest) = rest.strip_suffix('/') else {
                return Place::Nothing;
            };
            let pages = ["change", "delete", "history", "password", "sessions"];
            match rest.rsplit_once('/') {
                Some((key, page)) if pages.contains(&page) && !key.is_empty() => {
                    Place::Row(model, key, page)
                }
                _ => Place::Row(model, rest, ""),
            }
        }
    }
}
