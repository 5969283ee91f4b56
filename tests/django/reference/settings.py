"""Settings, the variable ones from the environment:

DATABASE_URL  postgres://USER:PASSWORD@HOST:PORT/NAME; without it SQLite is used
SQLITE_PATH   the file of the SQLite database
SECRET_KEY    signs tokens and sessions
SIMPLE_JWT    a JSON object of SimpleJWT's settings, its lifetimes in seconds; of a private key the public one is made
ALLOWED_HOSTS a JSON list of hosts; any by default
FAST_HASH     1: hash passwords cheaply
TIME_ZONE     UTC by default
USE_TZ        0: dates are the zone's wall clock
USER_MODEL    another user model, such as people.User
BACKENDS      a JSON list of AUTHENTICATION_BACKENDS
NO_ADMIN      1: without the admin site
STATELESS     1: requests are signed in by their tokens alone
SLIDING       1: with the two routes of sliding tokens
CLAIMS        a JSON object of claims and the columns of the user that they hold, see claims.py
CLAIMS_ANEW   1: a refresh reads them anew
NO_BLACKLIST  1: without the tables of SimpleJWT
ROOT_URLCONF  other URLs, such as own.urls
CORS          a JSON object of django-cors-headers' settings without CORS_, whose middleware stands first; off by default

It runs on Django 3.2, 4.2 and 5.2.
"""
import json
import os
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import django
from django.conf import global_settings

SECRET_KEY = os.environ.get("SECRET_KEY", "reference-secret-key-for-tests-only-0123456789")
ALLOWED_HOSTS = json.loads(os.environ.get("ALLOWED_HOSTS", '["*"]'))
ROOT_URLCONF = os.environ.get("ROOT_URLCONF", "reference.urls")
STATIC_URL = "static/"
USE_TZ = os.environ.get("USE_TZ") != "0"
TIME_ZONE = os.environ.get("TIME_ZONE", "UTC")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The order decides the ids of content types and permissions.
INSTALLED_APPS = [
    *(f"django.contrib.{app}" for app in ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")),
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "posts",
]
if os.environ.get("NO_ADMIN") == "1":
    INSTALLED_APPS.remove("django.contrib.admin")
if os.environ.get("NO_BLACKLIST") == "1":
    INSTALLED_APPS.remove("rest_framework_simplejwt.token_blacklist")
if "USER_MODEL" in os.environ:
    AUTH_USER_MODEL = os.environ["USER_MODEL"]
    INSTALLED_APPS.insert(0, AUTH_USER_MODEL.partition(".")[0])
if "BACKENDS" in os.environ:
    AUTHENTICATION_BACKENDS = json.loads(os.environ["BACKENDS"])
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
if "CORS" in os.environ:
    INSTALLED_APPS.append("corsheaders")
    MIDDLEWARE.insert(0, "corsheaders.middleware.CorsMiddleware")
    globals().update({f"CORS_{name}": value for name, value in json.loads(os.environ["CORS"]).items()})
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


SQLITE_OPTIONS = {"init_command": "PRAGMA journal_mode=WAL", "transaction_mode": "IMMEDIATE"}


def database(url):
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["SQLITE_PATH"],
            "OPTIONS": SQLITE_OPTIONS if django.VERSION >= (5, 1) else {},
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 600,
    }


DATABASES = {"default": database(os.environ.get("DATABASE_URL"))}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{rule}Validator"}
    for rule in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
]
if os.environ.get("FAST_HASH") == "1":
    PASSWORD_HASHERS = ["reference.hashers.QuickPBKDF2PasswordHasher", *global_settings.PASSWORD_HASHERS[1:]]

AUTHENTICATION = "JWTStatelessUserAuthentication" if os.environ.get("STATELESS") == "1" else "JWTAuthentication"
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [f"rest_framework_simplejwt.authentication.{AUTHENTICATION}"]}

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=180),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=50),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
}
for name, value in json.loads(os.environ.get("SIMPLE_JWT", "{}")).items():
    SIMPLE_JWT[name] = timedelta(seconds=value) if name.endswith("LIFETIME") else value
if "PRIVATE KEY" in SIMPLE_JWT.get("SIGNING_KEY", ""):
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    PRIVATE_KEY = load_pem_private_key(SIMPLE_JWT["SIGNING_KEY"].encode(), None)
    SIMPLE_JWT.setdefault(
        "VERIFYING_KEY", PRIVATE_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    )
if "CLAIMS" in os.environ:
    SIMPLE_JWT["TOKEN_OBTAIN_SERIALIZER"] = "reference.claims.PairSerializer"
    SIMPLE_JWT["SLIDING_TOKEN_OBTAIN_SERIALIZER"] = "reference.claims.SlidingSerializer"
    if os.environ.get("CLAIMS_ANEW") == "1":
        SIMPLE_JWT["TOKEN_REFRESH_SERIALIZER"] = "reference.claims.RefreshSerializer"

# Without DEBUG Django would mail the cause of a 500; here it goes to the output that a failed test shows.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"output": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["output"]},
}
