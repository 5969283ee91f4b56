//! One URL: its path, its name, who may call it, and the handler of each method.

use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{HeaderValue, Method};
use axum::response::Response;

use crate::app::App;
use crate::auth::Caller;
use crate::http::error::Error;
use crate::http::fields::Serializer;
use crate::http::operation::Operation;
use crate::http::path::Pk;

type Future<T> = Pin<Box<dyn std::future::Future<Output = T> + Send>>;
pub(crate) type Endpoint = Arc<dyn Fn(Request, App) -> Future<Response> + Send + Sync>;
type Condition = fn(App, Caller, Pk) -> Future<Result<bool, Error>>;

/// Who may call an endpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody; the `Authorization` header is never looked at.
    Open,
    /// Everybody, but a bad token is refused.
    Anyone,
    /// Whoever is signed in.
    SignedIn,
}

/// One URL: Django's path with its final slash, `{pk}` for a key.
pub(crate) struct Route {
    pub(crate) path: &'static str,
    /// What stands before and after the key.
    around_pk: Option<(&'static str, &'static str)>,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) access: Access,
    pub(crate) methods: Vec<Called>,
    /// GET looks its caller up itself, as it reads.
    pub(super) get_reads: bool,
    pub(super) actions_if: Option<Condition>,
    pub(super) allow: HeaderValue,
}

/// A method of a URL.
pub(crate) struct Called {
    pub(crate) method: Method,
    pub(super) endpoint: Endpoint,
    /// The fields of its body.
    pub(crate) fields: Option<&'static Serializer>,
    /// What the API's document says of it.
    pub(crate) operation: Option<Operation>,
}

/// The route of a path, and the key in the path.
pub(crate) struct Match<'r> {
    pub(crate) route: &'r Route,
    pub(crate) pk: Option<Pk>,
}

/// The order in which Django lists methods.
const ORDER: [Method; 7] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::HEAD,
    Method::OPTIONS,
];

impl Route {
    pub(crate) fn new(path: &'static str, name: &'static str, access: Access) -> Self {
        let route = Self {
            path,
            around_pk: path.split_once("{pk}"),
            name,
            description: "",
            access,
            methods: Vec::new(),
            get_reads: false,
            actions_if: None,
            allow: HeaderValue::from_static(""),
        };
        route.with_allow()
    }

    /// What OPTIONS says of it.
    pub(super) fn describe(self, description: &'static str) -> Self {
        Self {
            description,
            ..self
        }
    }

    /// A method without a body.
    pub(super) fn on<T: 'static>(
        self,
        method: Method,
        handler: impl Handler<T, App, Future = Future<Response>>,
    ) -> Self {
        self.with(method, handler, None)
    }

    /// GET by a handler that takes a [`Caller`], and looks him up as it reads.
    pub(super) fn reading<T: 'static>(
        self,
        handler: impl Handler<T, App, Future = Future<Response>>,
    ) -> Self {
        let route = self.with(Method::GET, handler, None);
        Self {
            get_reads: true,
            ..route
        }
    }

    /// A method that takes these fields.
    pub(super) fn taking<T: 'static>(
        self,
        method: Method,
        serializer: &'static Serializer,
        handler: impl Handler<T, App, Future = Future<Response>>,
    ) -> Self {
        self.with(method, handler, Some(serializer))
    }

    /// The same for everybody.
    pub(crate) fn open(self) -> Self {
        let access = Access::Open;
        Self { access, ..self }
    }

    /// A method of a resource of a program's own.
    pub(crate) fn by(
        mut self,
        method: Method,
        endpoint: Endpoint,
        fields: Option<&'static Serializer>,
        operation: Operation,
    ) -> Self {
        self.methods.push(Called {
            method,
            endpoint,
            fields,
            operation: Some(operation),
        });
        self.with_allow()
    }

    /// What the API's document says of the method before it.
    pub(super) fn told(mut self, operation: Operation) -> Self {
        if let Some(called) = self.methods.last_mut() {
            called.operation = Some(operation);
        }
        self
    }

    /// OPTIONS shows the fields only where this holds.
    pub(super) fn actions_if(self, condition: Condition) -> Self {
        Self {
            actions_if: Some(condition),
            ..self
        }
    }

    /// Whether a decoded path is this URL's, and the key in it.
    pub(crate) fn matches(&self, path: &str) -> Option<Match<'_>> {
        let Some((before, after)) = self.around_pk else {
            let pk = None;
            return (self.path == path).then_some(Match { route: self, pk });
        };
        let pk = path.strip_prefix(before)?.strip_suffix(after)?;
        let pk = (!pk.is_empty() && !pk.contains(['/', '.'])).then(|| Pk(pk.to_owned()))?;
        Some(Match {
            route: self,
            pk: Some(pk),
        })
    }

    fn with<T: 'static>(
        mut self,
        method: Method,
        handler: impl Handler<T, App, Future = Future<Response>>,
        serializer: Option<&'static Serializer>,
    ) -> Self {
        let endpoint: Endpoint = Arc::new(move |request, app| handler.clone().call(request, app));
        self.methods.push(Called {
            method,
            endpoint,
            fields: serializer,
            operation: None,
        });
        self.with_allow()
    }

    fn with_allow(mut self) -> Self {
        let names: Vec<_> = ORDER
            .iter()
            .filter(|method| self.has(method))
            .map(Method::as_str)
            .collect();
        self.allow = HeaderValue::try_from(names.join(", ")).expect("names of methods are ASCII");
        self
    }

    fn has(&self, method: &Method) -> bool {
        *method == Method::OPTIONS || self.endpoint(method).is_some()
    }

    /// The handler of a method; HEAD is GET without its body.
    pub(super) fn endpoint(&self, method: &Method) -> Option<&Endpoint> {
        let method = if *method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        self.methods
            .iter()
            .find(|called| called.method == method)
            .map(|called| &called.endpoint)
    }
}
