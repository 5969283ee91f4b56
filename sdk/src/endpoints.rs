//! Where the API's resources are: Gatepost's paths, or those of a Django project that mounts them elsewhere.

/// The paths of the API below the client's address.
///
/// ```
/// let endpoints = gatepost_sdk::Endpoints::new().token("/auth/jwt/");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    pub(crate) token: String,
    pub(crate) register: String,
    pub(crate) profile: String,
    pub(crate) posts: String,
}

impl Endpoints {
    /// Gatepost's: `/api/token/`, `/api/users/register/`, `/api/users/profile/`, `/api/posts/`.
    pub fn new() -> Self {
        Self {
            token: "/api/token/".to_owned(),
            register: "/api/users/register/".to_owned(),
            profile: "/api/users/profile/".to_owned(),
            posts: "/api/posts/".to_owned(),
        }
    }

    /// Where a pair of tokens is obtained; `refresh/`, `verify/` and `blacklist/` are below it.
    #[must_use]
    pub fn token(mut self, path: impl Into<String>) -> Self {
        self.token = slashed(path.into());
        self
    }

    /// Where an account is registered.
    #[must_use]
    pub fn register(mut self, path: impl Into<String>) -> Self {
        self.register = slashed(path.into());
        self
    }

    /// Where the caller's account is shown.
    #[must_use]
    pub fn profile(mut self, path: impl Into<String>) -> Self {
        self.profile = slashed(path.into());
        self
    }

    /// Where the posts are.
    #[must_use]
    pub fn posts(mut self, path: impl Into<String>) -> Self {
        self.posts = slashed(path.into());
        self
    }
}

impl Default for Endpoints {
    fn default() -> Self {
        Self::new()
    }
}

/// Django answers a path without its final slash with a redirect, which a POST does not survive.
fn slashed(mut path: String) -> String {
    if !path.ends_with('/') {
        path.push('/');
    }
    path
}
