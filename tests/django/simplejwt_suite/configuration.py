"""SimpleJWT's settings at this moment, as Gatepost takes them."""
import json
from datetime import timedelta

from django.conf import settings as django_settings
from rest_framework_simplejwt.settings import DEFAULTS, api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, SlidingToken

# How far the tests put back one of the reference's two clocks: a token of now is then shown two minutes and a half ago.
SLACK = timedelta(minutes=3)

# Django's own behaviour where Gatepost's default is another, SimpleJWT's optional parts, and what the suite needs.
ALWAYS = {
    "refresh.grace": 0,
    "refresh.reuse": "reject",
    "tokens.stored": "signed",
    "tokens.sliding": True,
    "tokens.clock_slack": SLACK,
    "passwords.iterations": 1000,
    "throttle.enabled": False,
}
ALL_USERS_BACKEND = "django.contrib.auth.backends.AllowAllUsersModelBackend"


def configuration(changed):
    """TOML; a changed setting has SimpleJWT's name, or Gatepost's with its section."""
    jwt = {name: getattr(api_settings, name) for name in DEFAULTS}
    if jwt["SIGNING_KEY"] == django_settings.SECRET_KEY:
        jwt["SIGNING_KEY"] = None
    # tests change the classes
    jwt["ACCESS_TOKEN_LIFETIME"] = AccessToken.lifetime
    jwt["REFRESH_TOKEN_LIFETIME"] = RefreshToken.lifetime
    jwt["SLIDING_TOKEN_LIFETIME"] = SlidingToken.lifetime
    settings = {"server.secret_key": django_settings.SECRET_KEY, **ALWAYS}
    settings["users.inactive_may_log_in"] = ALL_USERS_BACKEND in django_settings.AUTHENTICATION_BACKENDS
    for name, value in {**jwt, **changed}.items():
        settings[name if "." in name else f"simple_jwt.{name.lower()}"] = value
    return "\n".join(f"{name} = {json.dumps(plain(value))}" for name, value in settings.items())


def plain(value):
    if value is None:
        return ""
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if callable(value):
        return f"{value.__module__}.{value.__qualname__}"
    return value
