//! What Python, Django, Django REST framework and PyJWT do with text, for a server that must answer as they do.
//!
//! Nothing in here knows a request, a database or a clock: text or bytes go in, a value or their message comes out.
//! The reference is CPython 3.11 with Django 5.2, Django REST framework 3.18 and PyJWT 2; what they answered to some
//! thousands of inputs lies in `src/testdata/` and `data/`, and the tests of each module ask for the same.
//!
//! | Module | What it does | Follows |
//! |---|---|---|
//! | [`parsers`] | chooses the parser of a body by its `Content-Type` and runs it: begin here to follow a request | `rest_framework.parsers`, `rest_framework.negotiation` |
//! | [`json`] | reads JSON with Python's messages and positions, keeps order and big numbers, and writes it again | `json`, `rest_framework.renderers` |
//! | [`form`] | reads forms and query strings | `django.http.request.QueryDict`, `urllib.parse` |
//! | [`multipart`] | reads forms with files | `django.http.multipartparser` |
//! | [`charset`] | decodes bytes by the name of a charset | `codecs`, `encodings` |
//! | [`negotiation`] | chooses how an answer is written, by `Accept` and `?format=` | `rest_framework.negotiation` |
//! | [`media`] | compares media types | `rest_framework.utils.mediatypes` |
//! | [`header_params`] | reads `value; name=value` headers | `django.utils.http.parse_header_parameters` |
//! | [`validators`] | says what is wrong with the text of a field | `django.core.validators`, `django.contrib.auth.validators`, `rest_framework.validators` |
//! | [`password_validation`] | says what is wrong with a new password | `django.contrib.auth.password_validation` |
//! | [`hashers`] | makes and compares password hashes | `django.contrib.auth.hashers` |
//! | [`pyjwt`] | takes tokens apart, checks their header and claims, and refuses wrong kinds of keys | `jwt.api_jws`, `jwt.api_jwt`, `jwt.algorithms` |
//! | [`signing`] | signs what sessions and one-time messages are kept in | `django.core.signing`, `django.contrib.sessions` |
//! | [`redirects`] | tells whether a link leads to a page of the same host | `django.utils.http.url_has_allowed_host_and_scheme` |
//! | [`csrf`] | masks and compares the tokens of forms | `django.middleware.csrf` |
//! | [`icontains`] | tells whether a text contains another in either case | `django.db.models.lookups.IContains` |
//! | [`python`] | answers what `str.strip`, `int` and `\w` answer, by Unicode 14; matches patterns and splits URLs | `str`, `int`, `re`, `unicodedata`, `urllib.parse` |

pub mod charset;
pub mod csrf;
mod filename;
pub mod form;
pub mod hashers;
pub mod header_params;
pub mod icontains;
pub mod json;
pub mod media;
pub mod multipart;
pub mod negotiation;
pub mod parsers;
pub mod password_validation;
pub mod pyjwt;
pub mod python;
pub mod redirects;
pub mod signing;
pub mod validators;
