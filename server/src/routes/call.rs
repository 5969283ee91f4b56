//! What a route does with a request: authenticate, permit, find the method, run its handler.

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::route::{Access, Route};
use crate::app::App;
use crate::auth::{self, Caller};
use crate::http::answer::json;
use crate::http::error::Error;
use crate::http::log::Seen;
use crate::http::metadata;
use crate::http::path::Pk;

/// Authenticates, permits, finds the method, and runs its handler.
pub(super) async fn call(
    route: &Route,
    app: &App,
    mut request: Request,
    pk: Option<Pk>,
) -> Result<Response, Error> {
    let claim = match route.access {
        Access::Open => None,
        Access::Anyone | Access::SignedIn => auth::claimed(app, request.headers()).await?,
    };
    if route.access == Access::SignedIn && claim.is_none() {
        return Err(Error::not_authenticated());
    }
    let is_read = route.get_reads && matches!(*request.method(), Method::GET | Method::HEAD);
    let caller = match claim {
        None => None,
        Some(claim) => Some(claim.caller(app, is_read).await?),
    };
    if request.method() == Method::OPTIONS {
        return Box::pin(options(route, app, caller, pk)).await;
    }
    let Some(endpoint) = route.endpoint(request.method()) else {
        return Err(Error::method_not_allowed(request.method().as_str()));
    };
    let seen = caller.as_ref().and_then(Caller::id).map(Seen);
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    if let Some(pk) = pk {
        request.extensions_mut().insert(pk);
    }
    let mut response = endpoint(request, app.clone()).await;
    if let Some(seen) = seen.filter(|_| response.status() != StatusCode::UNAUTHORIZED) {
        response.extensions_mut().insert(seen);
    }
    Ok(response)
}

async fn options(
    route: &Route,
    app: &App,
    caller: Option<Caller>,
    pk: Option<Pk>,
) -> Result<Response, Error> {
    let shown = match (route.actions_if, caller, pk) {
        (Some(condition), Some(caller), Some(pk)) => condition(app.clone(), caller, pk).await?,
        _ => true,
    };
    // DRF shows the fields of POST and PUT, never PATCH's
    let actions: Vec<_> = route
        .methods
        .iter()
        .filter(|called| shown && matches!(called.method, Method::POST | Method::PUT))
        .filter_map(|called| Some((called.method.clone(), called.fields?)))
        .collect();
    Ok(json(
        StatusCode::OK,
        metadata::document(route.name, route.description, &actions),
    ))
}
