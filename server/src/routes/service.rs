//! The service as the binary serves it. A request of Django's URLs comes to its dispatch at once: on the way through
//! axum's router it would be boxed three times more, and would carry an address that nobody here asks for.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::Request;
use axum::response::Response;

use super::dispatch;
use super::health::{LIVE, READY};
use super::route::Route;
use crate::app::App;

/// Every URL; cheap to clone.
#[derive(Clone)]
pub(crate) struct Service {
    pub(super) app: App,
    pub(super) routes: Arc<Vec<Route>>,
    pub(super) probes: Router,
}

impl tower_service::Service<Request> for Service {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if [LIVE, READY].contains(&request.uri().path()) {
            return Box::pin(self.probes.call(request));
        }
        let answer = dispatch::respond(self.app.clone(), self.routes.clone(), request);
        Box::pin(async { Ok(answer.await) })
    }
}
