//! Resources of one's own beside Gatepost's, in its table of routes.
//!
//! They have what Gatepost's have, without code of their own: who is signed in, DRF's answers to a wrong token, method,
//! body or `Accept`, `OPTIONS`, the page for browsers, the limits, CORS, the log, the metrics, and their place in the API's
//! document and in its explorer. `server/examples/mount.rs` is a whole program.
//!
//! ```
//! use axum::http::{Method, StatusCode};
//! use axum::response::Response;
//! use gatepost_server::resource::{ApiError, Call, Field, Fields, Resource, Values, json};
//! use gatepost_server::{App, CurrentUser};
//! use serde_json::json;
//!
//! static GREETING: Fields = Fields::new("Greeting", &[Field::short::<50>("to", "To whom"), Field::shown("text", "Text")]);
//!
//! async fn greet(CurrentUser(user): CurrentUser, mut values: Values) -> Result<Response, ApiError> {
//!     let to = values.text("to");
//!     json(StatusCode::OK, &json!({"to": to, "text": format!("{} greets {to}", user.username)}))
//! }
//!
//! fn service(app: &App) -> axum::Router {
//!     let call = Call::new("greet", "Greet somebody").takes(&GREETING).gives(200, &GREETING);
//!     app.router_with([Resource::new("/api/greetings/", "Greetings", app.clone()).on(Method::POST, call, greet)])
//! }
//! ```

mod call;
mod error;
mod request;

use std::sync::Arc;

use axum::extract::{FromRef, Request};
use axum::handler::Handler;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde::Serialize;

pub use self::call::{Call, Fields};
pub use self::error::ApiError;
pub use self::request::{Key, Values};
pub use crate::http::fields::{Field, Kind};

use self::request::Wanted;
use crate::app::App;
use crate::http::answer;
use crate::routes::route::{Access, Route};

/// One URL and what its methods do. Its handlers are axum's, with a state of which an [`App`] can be had.
pub struct Resource<S = App> {
    route: Route,
    state: S,
}

impl<S> Resource<S>
where
    S: Clone + Send + Sync + 'static,
    App: FromRef<S>,
{
    /// A URL for those who are signed in: its path, which ends with a slash and may have a `{pk}`, and what `OPTIONS` and its
    /// page call it.
    pub fn new(path: &'static str, name: &'static str, state: S) -> Self {
        let route = Route::new(path, name, Access::SignedIn);
        Self { route, state }
    }

    /// The same for everybody. Nobody looks at a token; a handler that takes a [`CurrentUser`](crate::CurrentUser) still does.
    #[must_use]
    pub fn open(self) -> Self {
        let route = self.route.open();
        Self { route, ..self }
    }

    /// What a method does: what the API's document says of it, and its handler. `GET` answers `HEAD` too.
    #[must_use]
    pub fn on<T: 'static>(self, method: Method, call: Call, handler: impl Handler<T, S>) -> Self {
        let state = self.state.clone();
        let wanted = call.fields.map(|fields| Wanted {
            fields,
            is_partial: method == Method::PATCH,
        });
        let endpoint = Arc::new(move |mut request: Request, _| {
            if let Some(wanted) = wanted {
                request.extensions_mut().insert(wanted);
            }
            let answer = handler.clone().call(request, state.clone());
            Box::pin(answer) as std::pin::Pin<Box<dyn Future<Output = Response> + Send>>
        });
        let route = self.route.by(method, endpoint, call.fields, call.operation);
        Self { route, ..self }
    }

    pub(crate) fn into_route(self) -> Route {
        self.route
    }
}

/// An answer of JSON.
///
/// # Errors
/// 500 where the value can't be written as JSON.
pub fn json(status: StatusCode, value: &impl Serialize) -> Result<Response, ApiError> {
    let text = serde_json::to_vec(value)?;
    Ok(answer::json(status, text))
}
