//! The cookie that holds a browser's refresh token (`[cookies]`): found, set, removed, and who may use it.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::backend::NewRefreshToken;
use crate::db::Moment;
use crate::http::cookies as http_cookies;
use crate::http::error::Error;
use crate::http::page::Page;
use crate::settings::{Cookies, Settings};

/// Where browsers send it, below the root path: to obtain, refresh, verify and blacklist.
const PATH: &str = "/api/token/";

/// The token in the cookie; none where cookies are off or it is not there.
pub(super) fn find(cookies: &Cookies, headers: &HeaderMap) -> Option<String> {
    if !cookies.is_on() {
        return None;
    }
    http_cookies::find(headers, &cookies.refresh)
}

/// Has the browser keep a token for as long as it lives.
pub(super) fn set(
    response: &mut Response,
    settings: &Settings,
    token: &NewRefreshToken,
    now: Moment,
) {
    let life = token.expires_at.timestamp() - now.timestamp();
    add(response, settings, &token.token, life.max(0));
}

/// Has the browser forget it.
pub(super) fn remove(response: &mut Response, settings: &Settings) {
    add(response, settings, "", 0);
}

fn add(response: &mut Response, settings: &Settings, value: &str, seconds: i64) {
    let Cookies {
        refresh: name,
        same_site,
        secure,
        ..
    } = &settings.cookies;
    let root = &settings.server.root_path;
    let same_site = same_site.name();
    let secure = if *secure { "; Secure" } else { "" };
    let text = format!(
        "{name}={value}; HttpOnly; Max-Age={seconds}; Path={root}{PATH}; SameSite={same_site}{secure}"
    );
    // the name was proved to be one when the settings were read, and a token is base64 with dots
    if let Ok(mut cookie) = HeaderValue::try_from(text) {
        cookie.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Whether the page that asks may use the cookie.
pub(super) fn must_be_trusted(page: Page) -> Result<(), Error> {
    match page {
        Page::Trusted => Ok(()),
        Page::Foreign => Err(Error::of_foreign_page()),
        Page::Untold => Err(Error::of_no_page()),
    }
}

/// Whether the page that asks may have a cookie set: another one would log its visitor in as somebody else.
pub(super) fn must_not_be_foreign(cookies: &Cookies, page: Page) -> Result<(), Error> {
    if cookies.is_on() && page == Page::Foreign {
        return Err(Error::of_foreign_page());
    }
    Ok(())
}

impl Error {
    fn of_foreign_page() -> Self {
        Self::Detail(
            StatusCode::FORBIDDEN,
            "Pages of this origin may not use the session's cookie: list the origin in cors.allowed_origins and set cors.allow_credentials.".into(),
        )
    }

    fn of_no_page() -> Self {
        Self::Detail(
            StatusCode::FORBIDDEN,
            "The request has the session's cookie and does not say from which page it comes: send the header Origin, or the refresh token in the body.".into(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn found(sent: &[&[u8]]) -> Option<String> {
        let cookies = Settings::from_toml("cookies.refresh = 'rt'")
            .unwrap()
            .cookies;
        let mut headers = HeaderMap::new();
        for value in sent {
            headers.append(header::COOKIE, HeaderValue::from_bytes(value).unwrap());
        }
        assert_eq!(find(&Settings::default().cookies, &headers), None);
        find(&cookies, &headers)
    }

    #[test]
    fn the_first_cookie_of_the_name_that_holds_something_counts() {
        for (sent, token) in [
            (&[][..], None),
            (&[b"rt=a.b-c_d" as &[u8]][..], Some("a.b-c_d")),
            (&[b"x=1; rt=a; y=2"], Some("a")),
            (&[b"x=1;rt=a"], Some("a")),
            (&[b"x=1", b"y=2; rt=a"], Some("a")),
            (&[b"rt=a; rt=b"], Some("a")),
            (&[b"rt=; rt=b"], Some("b")),
            (&[b"rt=\"a\""], Some("a")),
            (&[b"rt=\"a"], Some("\"a")),
            (&[b"rt=\""], Some("\"")),
            (&[b"rt=\"\""], None),
            (&[b" rt = a "], Some("a")),
            (&[b"rt=a=b"], Some("a=b")),
            (&[b"rt=a,b c"], Some("a,b c")),
            (&[b"rt=\xff\xc3\xa9"], Some("\u{fffd}é")),
            (&[b"rt"], None),
            (&[b"=; ;;rt"], None),
            (&[b"RT=a; xrt=b; rtx=c"], None),
        ] {
            assert_eq!(found(sent).as_deref(), token, "{sent:?}");
        }
    }
}
