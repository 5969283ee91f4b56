//! The section `[cookies]`: the cookie that holds a browser's refresh token, and what of its values is refused.

use std::net::IpAddr;

use serde::Deserialize;

use super::cors::Cors;
use super::values::is_token;

/// The section `[cookies]`: where browsers keep the refresh token.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Cookies {
    /// The name of the cookie with the refresh token; empty for none.
    pub refresh: String,
    /// From which sites' pages browsers send it.
    pub same_site: SameSite,
    /// Whether browsers send it by https alone.
    pub secure: bool,
}

/// From which sites' pages a browser sends a cookie.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum SameSite {
    /// From pages of the same site.
    Strict,
    /// The same for every request that Gatepost takes it from.
    Lax,
    /// From pages of any site.
    None,
}

impl SameSite {
    /// As `Set-Cookie` has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

impl Cookies {
    /// Whether browsers keep the refresh token in a cookie.
    pub(crate) fn is_on(&self) -> bool {
        !self.refresh.is_empty()
    }

    /// Each setting that cannot be used, and why.
    pub(super) fn broken(&self, cors: &Cors, bind: &str) -> Vec<(&'static str, String)> {
        if !self.is_on() {
            return Vec::new();
        }
        let has_prefix = |prefix: &str| {
            let begin = self.refresh.get(..prefix.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
        };
        let bind = bind.rsplit_once(':');
        let host = bind.map_or("", |(host, _)| host.trim_matches(['[', ']']));
        let is_loopback =
            host == "localhost" || host.parse().is_ok_and(|host: IpAddr| host.is_loopback());
        let rules = [
            (
                !is_token(&self.refresh),
                "cookies.refresh",
                "it is no name of a cookie; write one word such as \"refresh\"",
            ),
            (
                has_prefix("__Host-"),
                "cookies.refresh",
                "browsers take a cookie of this prefix for the path / alone, and this one is for /api/token/; write __Secure- in its place",
            ),
            (
                !self.secure && (has_prefix("__Secure-") || has_prefix("__Http-")),
                "cookies.refresh",
                "browsers take a cookie of this prefix with cookies.secure = true alone; set it, or write another name",
            ),
            (
                !self.secure && self.same_site == SameSite::None,
                "cookies.same_site",
                "browsers take None with cookies.secure = true alone; set it, or write \"Lax\"",
            ),
            (
                !self.secure && !is_loopback,
                "cookies.secure",
                "anybody on the way could read the cookie; set true, or for development server.bind to 127.0.0.1",
            ),
            (
                cors.allow_all_origins && cors.allow_credentials,
                "cors.allow_all_origins",
                "with cookies.refresh and cors.allow_credentials a page of any site could use a visitor's session; list the origins in cors.allowed_origins",
            ),
        ];
        let rules = rules.into_iter().filter(|(is_broken, ..)| *is_broken);
        rules.map(|(_, key, why)| (key, why.to_owned())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    #[test]
    fn it_is_off_by_default_and_lax_and_secure_where_it_is_on() {
        let cookies = Settings::default().cookies;
        assert!(!cookies.is_on() && cookies.secure && cookies.same_site == SameSite::Lax);
        // nothing is asked of what is not used
        assert!(Settings::from_toml("cookies.secure = false\nserver.bind = '0.0.0.0:1'").is_ok());
    }

    #[test]
    fn what_browsers_would_not_take_or_anybody_could_use_is_refused() {
        for (toml, key) in [
            ("refresh = 'a b'", "cookies.refresh"),
            ("refresh = 'a=b'", "cookies.refresh"),
            ("refresh = 'é'", "cookies.refresh"),
            ("refresh = 5", "cookies.refresh"),
            ("refresh = '__Host-r'", "cookies.refresh"),
            ("refresh = '__host-Http-r'", "cookies.refresh"),
            ("refresh = '__Secure-r'\nsecure = false", "cookies.refresh"),
            ("refresh = 'r'\nsame_site = 'none'", "cookies.same_site"),
            (
                "refresh = 'r'\nsame_site = 'None'\nsecure = false",
                "cookies.same_site",
            ),
            (
                "refresh = 'r'\nsecure = false\n[server]\nbind = '0.0.0.0:8000'",
                "cookies.secure",
            ),
            (
                "refresh = 'r'\n[cors]\nallow_all_origins = true\nallow_credentials = true",
                "cors.allow_all_origins",
            ),
        ] {
            let why = Settings::from_toml(&format!("[cookies]\n{toml}")).unwrap_err();
            let begin = format!("{key} from the given TOML is not usable: ");
            assert!(why.to_string().starts_with(&begin), "{toml}: {why}");
        }
        for toml in [
            "refresh = '__Secure-r'\nsame_site = 'None'",
            "refresh = 'r'\nsecure = false",
            "refresh = 'r'\nsecure = false\n[server]\nbind = '[::1]:8000'",
            "refresh = 'r'\n[cors]\nallow_all_origins = true",
        ] {
            let settings = Settings::from_toml(&format!("[cookies]\n{toml}"));
            assert!(settings.is_ok(), "{toml}: {:?}", settings.err());
        }
    }
}
