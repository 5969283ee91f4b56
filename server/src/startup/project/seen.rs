//! Settings of a project whose effect a client sees, and that Gatepost does not have: what is otherwise here, and the remedy.

use super::told::Told;
use crate::startup::adoption::Report;

/// Django's, as `ask.py` looks for them, and what is here in their place.
const DJANGOS: [(&str, &str); 12] = [
    (
        "LANGUAGE_CODE",
        "sentences are in English here; let clients look at the status and at `code`",
    ),
    (
        "DEFAULT_CHARSET",
        "answers are in UTF-8 here; let clients read them so",
    ),
    (
        "DATA_UPLOAD_MAX_NUMBER_FIELDS",
        "a form has 1000 fields at most here; let the proxy send longer ones to Django",
    ),
    (
        "USE_X_FORWARDED_HOST",
        "X-Forwarded-Host counts here from the proxies of server.trusted_proxies alone; name them there",
    ),
    (
        "APPEND_SLASH",
        "a path without its final slash is redirected here; let the proxy answer such paths",
    ),
    (
        "PREPEND_WWW",
        "no host is redirected here; let the proxy do it",
    ),
    (
        "DISALLOWED_USER_AGENTS",
        "every user agent is answered here; let the proxy refuse them",
    ),
    (
        "X_FRAME_OPTIONS",
        "answers have `X-Frame-Options: DENY` here; let the proxy put another in its place",
    ),
    (
        "SECURE_SSL_REDIRECT",
        "plain http is answered here; let the proxy redirect it to https",
    ),
    (
        "SECURE_CONTENT_TYPE_NOSNIFF",
        "answers have `X-Content-Type-Options: nosniff` here; let the proxy take it off where that matters",
    ),
    (
        "SECURE_REFERRER_POLICY",
        "answers have `Referrer-Policy: same-origin` here; let the proxy put another in its place",
    ),
    (
        "SECURE_CROSS_ORIGIN_OPENER_POLICY",
        "answers have `Cross-Origin-Opener-Policy: same-origin` here; let the proxy put another in its place",
    ),
];

/// Django REST framework's by what is here in their place.
const FRAMEWORKS: [(&[&str], &str); 10] = [
    (
        &["DEFAULT_RENDERER_CLASSES"],
        "answers are JSON here, and a page for browsers",
    ),
    (
        &["DEFAULT_PARSER_CLASSES"],
        "bodies are JSON, forms or multipart here",
    ),
    (
        &[
            "DEFAULT_CONTENT_NEGOTIATION_CLASS",
            "URL_FORMAT_OVERRIDE",
            "FORMAT_SUFFIX_KWARG",
        ],
        "Accept and `?format=` choose the form of an answer here",
    ),
    (
        &[
            "DEFAULT_THROTTLE_CLASSES",
            "DEFAULT_THROTTLE_RATES",
            "NUM_PROXIES",
        ],
        "logins and registrations have limits of their own here ([throttle]), and nothing else has: limit its rate in the proxy",
    ),
    (
        &[
            "DEFAULT_PAGINATION_CLASS",
            "PAGE_SIZE",
            "DEFAULT_FILTER_BACKENDS",
            "SEARCH_PARAM",
            "ORDERING_PARAM",
        ],
        "/api/posts/ is one whole list here",
    ),
    (
        &["EXCEPTION_HANDLER", "NON_FIELD_ERRORS_KEY"],
        "errors have DRF's own form here",
    ),
    (
        &[
            "DATETIME_FORMAT",
            "DATETIME_INPUT_FORMATS",
            "DATE_FORMAT",
            "DATE_INPUT_FORMATS",
            "TIME_FORMAT",
            "TIME_INPUT_FORMATS",
        ],
        "dates are in ISO 8601 here",
    ),
    (
        &["UNICODE_JSON", "COMPACT_JSON", "STRICT_JSON"],
        "JSON is compact, strict and in UTF-8 here",
    ),
    (
        &[
            "DEFAULT_VERSIONING_CLASS",
            "DEFAULT_VERSION",
            "ALLOWED_VERSIONS",
            "VERSION_PARAM",
        ],
        "no request names a version here",
    ),
    (
        &["DEFAULT_METADATA_CLASS"],
        "OPTIONS is answered as by DRF's own class here",
    ),
];

/// Those of DRF that are told by the views themselves, or that no answer of these URLs depends on.
const NO_MATTER: [&str; 12] = [
    "DEFAULT_AUTHENTICATION_CLASSES",
    "DEFAULT_PERMISSION_CLASSES",
    "DEFAULT_SCHEMA_CLASS",
    "TEST_REQUEST_DEFAULT_FORMAT",
    "TEST_REQUEST_RENDERER_CLASSES",
    "SCHEMA_COERCE_PATH_PK",
    "SCHEMA_COERCE_METHOD_NAMES",
    "UPLOADED_FILES_USE_URL",
    "COERCE_DECIMAL_TO_STRING",
    "COERCE_BIGINT_TO_STRING",
    "DURATION_FORMAT",
    "URL_FIELD_NAME",
];

/// Middleware that does here what it does in the project, or nothing that a client of these URLs sees.
const KNOWN: [&str; 8] = [
    SECURITY,
    COMMON,
    FRAMES,
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "corsheaders.middleware.CorsMiddleware",
];

const SECURITY: &str = "django.middleware.security.SecurityMiddleware";
const COMMON: &str = "django.middleware.common.CommonMiddleware";
const FRAMES: &str = "django.middleware.clickjacking.XFrameOptionsMiddleware";

/// What its middleware does here, though the project goes without it.
const DONE: [(&str, &str); 3] = [
    (
        SECURITY,
        "answers have `X-Content-Type-Options: nosniff`, `Referrer-Policy: same-origin` and `Cross-Origin-Opener-Policy: same-origin`",
    ),
    (FRAMES, "answers have `X-Frame-Options: DENY`"),
    (COMMON, "a path without its final slash is redirected"),
];

/// Says all of them.
pub(super) fn judge(told: &Told, report: &mut Report) {
    for (name, value) in &told.seen {
        let known = DJANGOS.iter().find(|(known, _)| known == name);
        let here = known.map_or("Gatepost has no such setting", |(_, here)| here);
        report.remark(format!("{name} of the project is {value}: {here}."));
    }
    let has = |class: &str| told.middleware.iter().any(|found| found == class);
    for (class, does) in DONE.iter().filter(|(class, _)| !has(class)) {
        report.remark(format!("The project goes without {class}, and here {does}; let the proxy change that where it matters."));
    }
    let others = told.middleware.iter().map(String::as_str);
    let others: Vec<&str> = others.filter(|class| !KNOWN.contains(class)).collect();
    if !others.is_empty() {
        report.remark(format!("Middleware of the project does not run here: {}; let the proxy do what clients see of it, or send them to Django.", others.join(", ")));
    }
    let mut rest: Vec<&String> = told.rest_framework.keys().collect();
    rest.retain(|name| !NO_MATTER.contains(&name.as_str()) && !name.starts_with("HTML_"));
    for (names, here) in FRAMEWORKS {
        let (found, others) = rest
            .into_iter()
            .partition(|name| names.contains(&name.as_str()));
        rest = others;
        framework(told, &found, here, report);
    }
    framework(told, &rest, "Gatepost answers by DRF's defaults", report);
}

fn framework(told: &Told, names: &[&String], here: &str, report: &mut Report) {
    let said = names
        .iter()
        .map(|name| format!("{name} = {}", told.rest_framework[*name]));
    let said: Vec<String> = said.collect();
    if !said.is_empty() {
        report.remark(format!("REST_FRAMEWORK of the project says {}, and {here}; compare what your clients see, and let the proxy send to Django what has to stay so.", said.join(", ")));
    }
}
