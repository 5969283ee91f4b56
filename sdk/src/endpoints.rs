//! Where the API's resources are: Gatepost's paths, or those of a Django project that mounts them elsewhere.

/// The paths of the API below the client's address.
///
/// ```
/// use gatepost_sdk::Endpoints;
///
/// let mounted_elsewhere = Endpoints::new().token("/auth/jwt/");
/// let of_ones_own = Endpoints::new().login("/v1/sessions").refresh("/v1/sessions/renew").without_final_slashes();
/// let in_a_cookie = Endpoints::dj_rest_auth().refresh_cookie("my-refresh-token");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    login: String,
    refresh: String,
    verify: String,
    logout: Option<String>,
    register: String,
    profile: String,
    posts: String,
    account: Option<String>,
    slashes: bool,
    refresh_cookie: Option<String>,
}

/// Which resource.
#[derive(Clone, Copy)]
pub(crate) enum Resource {
    Login,
    Refresh,
    Verify,
    Register,
    Profile,
    Posts,
}

impl Endpoints {
    /// Gatepost's: `/api/token/`, `/api/users/register/`, `/api/users/profile/`, `/api/posts/`, `/api/account/`.
    pub fn new() -> Self {
        Self {
            login: "/api/token/".to_owned(),
            refresh: "/api/token/refresh/".to_owned(),
            verify: "/api/token/verify/".to_owned(),
            logout: Some("/api/token/blacklist/".to_owned()),
            register: "/api/users/register/".to_owned(),
            profile: "/api/users/profile/".to_owned(),
            posts: "/api/posts/".to_owned(),
            account: Some("/api/account/".to_owned()),
            slashes: true,
            refresh_cookie: None,
        }
    }

    /// Those of Djoser with SimpleJWT, mounted at `/auth/`: `/auth/jwt/create/`, `/auth/users/me/`, … It has no path
    /// that ends a refresh token; name one with [`Endpoints::logout`] where the project has it.
    pub fn djoser() -> Self {
        Self {
            login: "/auth/jwt/create/".to_owned(),
            refresh: "/auth/jwt/refresh/".to_owned(),
            verify: "/auth/jwt/verify/".to_owned(),
            logout: None,
            register: "/auth/users/".to_owned(),
            account: None,
            profile: "/auth/users/me/".to_owned(),
            ..Self::new()
        }
    }

    /// Those of dj-rest-auth with JWT, mounted at `/dj-rest-auth/`. Where `JWT_AUTH_HTTPONLY` is on, which is its
    /// default, the refresh token comes in a cookie: name it with [`Endpoints::refresh_cookie`].
    pub fn dj_rest_auth() -> Self {
        Self {
            login: "/dj-rest-auth/login/".to_owned(),
            refresh: "/dj-rest-auth/token/refresh/".to_owned(),
            verify: "/dj-rest-auth/token/verify/".to_owned(),
            logout: Some("/dj-rest-auth/logout/".to_owned()),
            register: "/dj-rest-auth/registration/".to_owned(),
            account: None,
            profile: "/dj-rest-auth/user/".to_owned(),
            ..Self::new()
        }
    }

    /// Where a pair of tokens is obtained; `refresh/`, `verify/` and `blacklist/` are below it.
    #[must_use]
    pub fn token(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        let path = path.trim_end_matches('/');
        self.login = format!("{path}/");
        self.refresh = format!("{path}/refresh/");
        self.verify = format!("{path}/verify/");
        self.logout = Some(format!("{path}/blacklist/"));
        self
    }

    /// Where one logs in.
    #[must_use]
    pub fn login(mut self, path: impl Into<String>) -> Self {
        self.login = path.into();
        self
    }

    /// Where a refresh token is exchanged.
    #[must_use]
    pub fn refresh(mut self, path: impl Into<String>) -> Self {
        self.refresh = path.into();
        self
    }

    /// Where the server says whether a token is valid.
    #[must_use]
    pub fn verify(mut self, path: impl Into<String>) -> Self {
        self.verify = path.into();
        self
    }

    /// Where a refresh token is ended.
    #[must_use]
    pub fn logout(mut self, path: impl Into<String>) -> Self {
        self.logout = Some(path.into());
        self
    }

    /// Where an account is registered.
    #[must_use]
    pub fn register(mut self, path: impl Into<String>) -> Self {
        self.register = path.into();
        self
    }

    /// Where the caller's account is shown.
    #[must_use]
    pub fn profile(mut self, path: impl Into<String>) -> Self {
        self.profile = path.into();
        self
    }

    /// Where the posts are.
    #[must_use]
    pub fn posts(mut self, path: impl Into<String>) -> Self {
        self.posts = path.into();
        self
    }

    /// Below which the sessions, the password and the end of the caller's account are: `password/`, `sessions/`, `delete/`.
    #[must_use]
    pub fn account(mut self, path: impl Into<String>) -> Self {
        self.account = Some(path.into());
        self
    }

    /// For a server whose paths end without a slash. Otherwise each gets one: Django answers a path without it with a
    /// redirect, which a POST does not survive.
    #[must_use]
    pub fn without_final_slashes(mut self) -> Self {
        self.slashes = false;
        self
    }

    /// The cookie in which the server gives the refresh token and takes it: `JWT_AUTH_REFRESH_COOKIE` of dj-rest-auth,
    /// `cookies.refresh` of Gatepost. It is sent to where tokens are exchanged and ended, and nowhere else.
    ///
    /// Without a name the cookie is found by the token in it, as long as that calls itself a refresh token. Gatepost also
    /// takes the token in the body, where it is sent in any case, so that nothing has to be named there.
    #[must_use]
    pub fn refresh_cookie(mut self, name: impl Into<String>) -> Self {
        self.refresh_cookie = Some(name.into());
        self
    }

    /// The path of a resource.
    pub(crate) fn path(&self, resource: Resource) -> String {
        self.ended(match resource {
            Resource::Login => &self.login,
            Resource::Refresh => &self.refresh,
            Resource::Verify => &self.verify,
            Resource::Register => &self.register,
            Resource::Profile => &self.profile,
            Resource::Posts => &self.posts,
        })
    }

    /// The path where a refresh token is ended, where there is one.
    pub(crate) fn logout_path(&self) -> Option<String> {
        self.logout.as_deref().map(|path| self.ended(path))
    }

    /// The path of a post.
    pub(crate) fn post_path(&self, id: i64) -> String {
        self.ended(&format!("{}/{id}", self.posts.trim_end_matches('/')))
    }

    /// A path below that of the account, where there is one.
    pub(crate) fn account_path(&self, below: &str) -> Option<String> {
        let account = self.account.as_deref()?.trim_end_matches('/');
        Some(self.ended(&format!("{account}/{below}")))
    }

    pub(crate) fn cookie(&self) -> Option<&str> {
        self.refresh_cookie.as_deref()
    }

    fn ended(&self, path: &str) -> String {
        let path = path.trim_end_matches('/');
        let slash = if self.slashes { "/" } else { "" };
        format!("{path}{slash}")
    }
}

impl Default for Endpoints {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_end_as_the_server_wants_them() {
        let paths = |endpoints: &Endpoints| {
            [
                endpoints.path(Resource::Login),
                endpoints.path(Resource::Refresh),
                endpoints.logout_path().unwrap_or_default(),
                endpoints.post_path(7),
            ]
        };
        let own = Endpoints::new().token("/t").posts("/p");
        assert_eq!(
            paths(&own),
            ["/t/", "/t/refresh/", "/t/blacklist/", "/p/7/"]
        );
        let bare = own.without_final_slashes();
        assert_eq!(paths(&bare), ["/t", "/t/refresh", "/t/blacklist", "/p/7"]);
        assert_eq!(paths(&Endpoints::djoser())[2], "");
        let account = |endpoints: Endpoints| endpoints.account_path("password");
        assert_eq!(
            account(Endpoints::new()).as_deref(),
            Some("/api/account/password/")
        );
        assert_eq!(account(Endpoints::djoser()), None);
    }
}
