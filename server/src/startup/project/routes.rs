//! A project's URLs against Gatepost's: which are answered alike, which otherwise, and which are the project's alone.

use super::told::{Ours, Told};
use crate::startup::adoption::Report;

const JWT: &str = "rest_framework_simplejwt.authentication.JWTAuthentication";
/// Those that look no user up.
const STATELESS: [&str; 2] = [
    "rest_framework_simplejwt.authentication.JWTStatelessUserAuthentication",
    "rest_framework_simplejwt.authentication.JWTTokenUserAuthentication",
];
/// How many of the project's own URLs are named.
const NAMED: usize = 6;

/// The fields that an endpoint takes or gives, in any order; `username` is missing where users have none.
fn fields(path: &str) -> &'static [&'static str] {
    match path {
        "/api/token/" => &["username", "password"],
        "/api/token/refresh/" => &["refresh", "access"],
        "/api/token/verify/" => &["token"],
        "/api/token/blacklist/" => &["refresh"],
        "/api/users/register/" => &[
            "username",
            "password",
            "password2",
            "email",
            "first_name",
            "last_name",
        ],
        "/api/users/profile/" => &["id", "username", "email", "first_name", "last_name"],
        _ => &[
            "id",
            "title",
            "content",
            "author",
            "created_at",
            "updated_at",
        ],
    }
}

fn is_open(path: &str) -> bool {
    path.starts_with("/api/token/")
}

/// The class that signs a request in here, of those that the project has at a URL.
fn signs_in(ours: &Ours, is_stateless: bool) -> Option<&String> {
    ours.authentication.iter().find(|class| {
        if is_stateless {
            STATELESS.contains(&class.as_str())
        } else {
            *class == JWT
        }
    })
}

/// Whether requests are signed in by their tokens alone, wherever they have to be signed in.
pub(super) fn is_stateless(told: &Told) -> bool {
    let mut signed_in = (told.ours.iter())
        .filter(|ours| ours.view.is_some() && !is_open(&ours.path))
        .filter(|ours| ours.path != "/api/users/register/")
        .peekable();
    signed_in.peek().is_some() && signed_in.all(|ours| signs_in(ours, true).is_some())
}

/// Compares all of them.
pub(super) fn judge(told: &Told, report: &mut Report) {
    let mut alike = Vec::new();
    let is_stateless = is_stateless(told);
    let by_email = told.user.username_field == "email";
    let missing: Vec<&str> = (told.ours.iter())
        .filter(|ours| ours.view.is_none())
        .map(|ours| ours.path.as_str())
        .collect();
    for ours in told.ours.iter().filter(|ours| ours.view.is_some()) {
        if one(ours, by_email, is_stateless, report) {
            alike.push(ours.path.as_str());
        }
    }
    if !alike.is_empty() {
        report.fact(format!("Answered as in the project: {}.", alike.join(", ")));
    }
    if !missing.is_empty() {
        report.remark(format!("The project has nothing at {}, which Gatepost answers; let the proxy pass on to Gatepost only what is to be reached.", missing.join(", ")));
    }
    others(told, report);
}

/// Says what is another at one URL; whether nothing is.
fn one(ours: &Ours, by_email: bool, is_stateless: bool, report: &mut Report) -> bool {
    let path = ours.path.as_str();
    let before = report.count();
    let is_open = is_open(path);
    let wanted: Vec<&str> = fields(path)
        .iter()
        .map(|field| match *field {
            "username" if by_email && path == "/api/token/" => "email",
            field => field,
        })
        .collect();
    let found: Vec<&str> = ours.fields.iter().map(String::as_str).collect();
    let is_same = wanted.len() == found.len() && wanted.iter().all(|field| found.contains(field));
    // SimpleJWT 4 had no view for this, and projects wrote their own
    let is_own_logout = path == "/api/token/blacklist/" && ours.serializer.is_none();
    let serializer = ours.serializer.as_deref().unwrap_or("code of its own");
    if !is_same && !is_own_logout {
        let theirs = if found.is_empty() {
            "that can't be told".to_owned()
        } else {
            found.join(", ")
        };
        report.remark(format!("{path} has other fields in the project ({serializer}: {theirs}) than here ({}); let the proxy send this URL to Django, or change its clients.", wanted.join(", ")));
    } else if is_open && !serializer.starts_with("rest_framework_simplejwt.") && !found.is_empty() {
        report.remark(format!("{path} is answered by a serializer of the project's own ({serializer}), and here as SimpleJWT's does (claims that it adds can be set in [tokens.claims]); let the proxy send this URL to Django where more of it is needed."));
    }
    if !is_open {
        let signs_in = signs_in(ours, is_stateless);
        if signs_in.is_none() && path != "/api/users/register/" {
            report.problem(format!("requests to {path} are signed in by {} in the project, and here by {JWT} alone; let its clients use that first, or stay with Django", list(&ours.authentication)));
        } else if ours.authentication.len() > 1 {
            let others: Vec<&str> = (ours.authentication.iter().map(String::as_str))
                .filter(|class| signs_in.is_none_or(|own| own != class))
                .collect();
            report.remark(format!("Requests to {path} may also be signed in by {} in the project, and here by a token alone; let the proxy send such requests to Django.", others.join(", ")));
        }
    }
    if let Some(permission) = &ours.permission
        && let Some(here) = other_permission(path, permission)
    {
        report.remark(format!("{path} may be asked by whom {} lets in in the project, and here by {here}; let the proxy send it to Django where that matters.", list(permission)));
    }
    if !ours.throttle.is_empty() {
        report.remark(format!("{path} is throttled in the project ({}), and here only failed logins and registrations are ([throttle]); limit the rate in the proxy.", list(&ours.throttle)));
    }
    if let Some(pages) = &ours.pagination
        && path == "/api/posts/"
    {
        report.remark(format!("{path} is answered in pages in the project ({pages}), and here as one list; let the proxy send it to Django, or change its clients."));
    }
    report.count() == before
}

/// Who may ask here, where the project's view lets in others.
fn other_permission(path: &str, classes: &[String]) -> Option<&'static str> {
    const ANYBODY: &str = "rest_framework.permissions.AllowAny";
    const SIGNED_IN: &str = "rest_framework.permissions.IsAuthenticated";
    let is_posts = path.starts_with("/api/posts/");
    if is_open(path) || path == "/api/users/register/" {
        let is_same = classes.iter().all(|class| class == ANYBODY);
        return (!is_same).then_some("everybody");
    }
    // the tutorial's own class, which lets the author alone change a post
    let is_authors = |class: &String| {
        is_posts
            && ["IsAuthorOrReadOnly", "IsOwnerOrReadOnly"]
                .iter()
                .any(|name| class.ends_with(name))
    };
    let is_same = classes.iter().any(|class| class == SIGNED_IN)
        && classes
            .iter()
            .all(|class| class == SIGNED_IN || is_authors(class));
    let here = if is_posts {
        "whoever is signed in, who changes posts of his own alone"
    } else {
        "whoever is signed in"
    };
    (!is_same).then_some(here)
}

/// The project's other URLs.
fn others(told: &Told, report: &mut Report) {
    let is_ours = |path: &str| {
        let posts = path.starts_with("/api/posts/") && path.contains("pk");
        posts || told.ours.iter().any(|ours| ours.path == path)
    };
    let (admin, others): (Vec<_>, Vec<_>) = (told.routes.iter())
        .filter(|route| !is_ours(&route.path))
        .partition(|route| route.view == "django.contrib.admin");
    if let [admin, ..] = admin.as_slice() {
        report.fact(format!("Gatepost has an admin of its own at /admin/, with users, groups, tokens and posts; for other models of the project, let Django go on answering its admin ({}), on the same database.", admin.path));
    }
    // tokens at another place are the project's main way in
    for route in &others {
        let tokens = [
            ("TokenObtainPairView", "/api/token/"),
            ("TokenRefreshView", "/api/token/refresh/"),
            ("TokenVerifyView", "/api/token/verify/"),
            ("TokenBlacklistView", "/api/token/blacklist/"),
            ("TokenObtainSlidingView", "/api/token/sliding/"),
            ("TokenRefreshSlidingView", "/api/token/sliding/refresh/"),
        ];
        if let Some((_, ours)) = tokens.iter().find(|(view, _)| route.view.ends_with(view)) {
            if route.path == *ours {
                report.fact(format!("Answered as in the project: {ours}."));
                continue;
            }
            report.remark(format!("{} of the project is {ours} here; let the proxy rewrite it, or change its clients.", route.path));
        }
    }
    let paths: Vec<&str> = (others.iter())
        .filter(|route| !route.view.starts_with("rest_framework_simplejwt."))
        .map(|route| route.path.as_str())
        .collect();
    if paths.is_empty() {
        return;
    }
    let more = paths.len().saturating_sub(NAMED);
    let named = paths[..paths.len() - more].join(", ");
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    report.remark(format!("The project answers more than Gatepost: {named}{more}; let the proxy send these to Django, which goes on beside it on the same database."));
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}
