"""What a Django project says of itself, as TOML between two marks: run inside the project by `gatepost-server adopt`.

Nothing is imported but what the project uses already, no query is made and nothing is written. It runs on Django 3.2 and later.
"""
import datetime
import decimal
import importlib
import inspect
import json
import math
import os
import sys
import uuid

MARK = "@MARK@"
# Settings whose effect a client sees, by the middleware that reads them; "" where all of Django does.
SEEN = {
    "": ["LANGUAGE_CODE", "DEFAULT_CHARSET", "DATA_UPLOAD_MAX_NUMBER_FIELDS", "USE_X_FORWARDED_HOST"],
    "django.middleware.common.CommonMiddleware": ["APPEND_SLASH", "PREPEND_WWW", "DISALLOWED_USER_AGENTS"],
    "django.middleware.clickjacking.XFrameOptionsMiddleware": ["X_FRAME_OPTIONS"],
    "django.middleware.security.SecurityMiddleware": [
        "SECURE_SSL_REDIRECT",
        "SECURE_CONTENT_TYPE_NOSNIFF",
        "SECURE_REFERRER_POLICY",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY",
    ],
}
OUR_PATHS = ["token/", "token/refresh/", "token/verify/", "token/blacklist/", "users/register/", "users/profile/", "posts/", "posts/1/"]


class Unknown(Exception):
    """A value that no setting of Gatepost's can hold."""


def toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(str(key))} = {toml(item)}" for key, item in value.items() if item is not None) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, (bool, int)):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value)
    text = str(value).encode("utf-8", "replace").decode("utf-8")
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def dotted(thing):
    return f"{thing.__module__}.{thing.__qualname__}"


def simple(value):
    """A value of SIMPLE_JWT or CORS_…, as Gatepost's settings write it; None is ""."""
    if value is None:
        return ""
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, int) and abs(value) < 2**63:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, datetime.timedelta):
        seconds = value.total_seconds()
        if seconds.is_integer() and seconds >= 0:
            seconds = int(seconds)
            # 180 minutes are Gatepost's own default, and more easily read than seconds
            units = [("d", 86400), ("m", 60)] if seconds else []
            return next((f"{seconds // size}{unit}" for unit, size in units if seconds % size == 0), f"{seconds}s")
        raise Unknown(repr(value))
    if isinstance(value, (list, tuple, set, frozenset)):
        return [simple(item) for item in value]
    if hasattr(value, "pattern"):
        return value.pattern
    if inspect.isclass(value) or inspect.isfunction(value):
        return dotted(value)
    if type(value).__name__ == "__proxy__":
        return str(value)
    raise Unknown(repr(value))


def told(values, nothing=None):
    """What the settings can hold, and what they can't: None is "" there, which here only the names in `nothing` may be."""
    known, unknown = {}, {}
    for name, value in values.items():
        try:
            if value == "" and nothing is not None and name not in nothing:
                raise Unknown("'', an empty text")
            known[name.lower()] = simple(value)
        except Unknown as why:
            unknown[name] = str(why)[:200]
    return known, unknown


def database(settings):
    from django.db import connection

    found = dict(connection.settings_dict)
    options = found.get("OPTIONS") or {}
    name = str(found.get("NAME") or "")
    if connection.vendor == "sqlite":
        name = name if name.startswith("file:") or name == ":memory:" else os.path.abspath(name)
    return {
        "vendor": connection.vendor,
        "engine": found.get("ENGINE"),
        "name": name,
        "user": str(found.get("USER") or ""),
        "password": str(found.get("PASSWORD") or ""),
        "host": str(found.get("HOST") or ""),
        "port": str(found.get("PORT") or ""),
        "options": {key: str(value) for key, value in options.items()},
        "others": [alias for alias in settings.DATABASES if alias != "default"],
    }


def new_value(field):
    """What the model gives a new row in this column, as `users.defaults` writes it; None where it is NULL."""
    from django.db import models
    from django.utils import timezone

    is_moment = isinstance(field, models.DateTimeField)
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return "$now" if is_moment else "$today" if isinstance(field, models.DateField) else None
    if field.has_default():
        if field.default is uuid.uuid4:
            return "$uuid"
        if is_moment and field.default in (timezone.now, datetime.datetime.now, datetime.datetime.utcnow):
            return "$now"
        if field.default in (datetime.date.today, timezone.localdate):
            return "$today"
        value = field.get_default()
        if callable(field.default) and field.get_default() != value:
            raise Unknown(f"is made anew by {getattr(field.default, '__qualname__', field.default)}")
    elif field.null or getattr(field, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED:
        return None
    elif field.empty_strings_allowed and not field.remote_field:
        value = ""
    else:
        raise Unknown("takes no NULL and has no default")
    if value is None:
        return None
    if isinstance(field, getattr(models, "JSONField", ())):
        return json.dumps(value)
    value = field.get_prep_value(value)
    if isinstance(value, (bool, int)) or isinstance(value, str) and "\0" not in value and not value.startswith("$"):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, (decimal.Decimal, datetime.date)) and not isinstance(value, datetime.datetime):
        return str(value)
    raise Unknown(f"has the default {value!r}")


def user_model():
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import AbstractUser

    model = get_user_model()
    known = {field.column for field in AbstractUser._meta.local_fields} | {"id"}
    defaults, unknown, required = {}, {}, []
    for field in model._meta.concrete_fields:
        if field.column in known or field.primary_key:
            continue
        try:
            value = new_value(field)
        except Unknown as why:
            unknown[field.column] = str(why)
            continue
        if value is not None:
            defaults[field.column] = value
            if value == "" and not field.blank:
                required.append(field.name)
    return {
        "label": model._meta.label,
        "table": model._meta.db_table,
        "username_field": model.USERNAME_FIELD,
        "key": type(model._meta.pk).__name__,
        "key_column": model._meta.pk.column,
        "lacks": sorted(known - {field.column for field in model._meta.concrete_fields} - {"id"}),
        "defaults": defaults,
        "unknown": unknown,
        "required": required,
        "parents": [parent._meta.db_table for parent in model._meta.parents],
    }


def serializer_of(callback):
    view = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    if view is None:
        return None, []
    instance = view(**getattr(callback, "initkwargs", {}) or getattr(callback, "view_initkwargs", {}))
    instance.request, instance.args, instance.kwargs, instance.format_kwarg = None, (), {}, None
    actions = getattr(callback, "actions", None) or {}
    instance.action = next(iter(actions.values()), None)
    try:
        serializer = instance.get_serializer_class()
        return dotted(serializer), list(serializer().fields)
    except Exception:
        return None, []


def our_route(path):
    from django.urls import Resolver404, resolve

    try:
        callback = resolve("/api/" + path).func
    except Resolver404:
        return {"path": "/api/" + path}
    view = getattr(callback, "cls", None) or getattr(callback, "view_class", None) or callback
    serializer, fields = serializer_of(callback)
    found = {"path": "/api/" + path, "view": dotted(view), "serializer": serializer, "fields": fields}
    given = getattr(callback, "initkwargs", None) or getattr(callback, "view_initkwargs", None) or {}
    for kind in ("authentication", "permission", "throttle"):
        classes = given.get(kind + "_classes", getattr(view, kind + "_classes", None))
        if isinstance(classes, (list, tuple)):
            found[kind] = [dotted(item) if inspect.isclass(item) else type(item).__name__ for item in classes]
    pages = getattr(view, "pagination_class", None)
    if pages is not None:
        found["pagination"] = dotted(pages)
    return found


def all_routes():
    from django.urls import get_resolver

    found = []

    def walk(patterns, prefix):
        for pattern in patterns:
            path = prefix + str(pattern.pattern).lstrip("^").replace("\\Z", "$").rstrip("$")
            if hasattr(pattern, "url_patterns"):
                if getattr(pattern, "app_name", None) == "admin":
                    found.append({"path": path, "view": "django.contrib.admin"})
                else:
                    walk(pattern.url_patterns, path)
            else:
                callback = pattern.callback
                view = getattr(callback, "cls", None) or getattr(callback, "view_class", None) or callback
                found.append({"path": path, "view": f"{view.__module__}.{getattr(view, '__qualname__', type(view).__name__)}"})

    walk(get_resolver().url_patterns, "/")
    return found[:500]


def simple_jwt(settings):
    try:
        from rest_framework_simplejwt.settings import api_settings
    except ImportError:
        return None
    return {**api_settings.defaults, **(getattr(settings, "SIMPLE_JWT", None) or {})}


def seen(settings):
    """Settings whose effect a client sees and that are not Django's defaults."""
    from django.conf import global_settings

    found = {}
    for middleware, names in SEEN.items():
        if middleware and middleware not in settings.MIDDLEWARE:
            continue
        for name in names:
            value, default = getattr(settings, name, None), getattr(global_settings, name, None)
            is_english = name == "LANGUAGE_CODE" and (not settings.USE_I18N or str(value).lower() in ("en", "en-us"))
            is_same = name == "X_FRAME_OPTIONS" and str(value).upper() == default
            if value != default and not is_english and not is_same:
                found[name] = repr(value)[:200]
    return found


def rest_framework(settings):
    """Settings of Django REST framework that are not its defaults."""
    from rest_framework.settings import DEFAULTS

    def plain(value):
        return [plain(item) for item in value] if isinstance(value, (list, tuple)) else dotted(value) if inspect.isclass(value) else value

    given = getattr(settings, "REST_FRAMEWORK", None) or {}
    return {name: repr(value)[:200] for name, value in given.items() if plain(value) != plain(DEFAULTS.get(name))}


def version(package):
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def ask():
    import django
    from django.conf import settings
    from django.contrib.auth.hashers import get_hashers

    jwt = simple_jwt(settings)
    signing_key = (jwt or {}).pop("SIGNING_KEY", None)
    known, unknown = told(jwt or {}, nothing=("VERIFYING_KEY", "JWK_URL"))
    has_cors = "corsheaders.middleware.CorsMiddleware" in settings.MIDDLEWARE
    cors, odd_cors = told({name[5:]: getattr(settings, name) for name in dir(settings) if name.startswith("CORS_") and has_cors})
    hashers = get_hashers()
    has_hsts = "django.middleware.security.SecurityMiddleware" in settings.MIDDLEWARE and settings.SECURE_HSTS_SECONDS
    return {
        "settings": os.environ.get("DJANGO_SETTINGS_MODULE", ""),
        "django": django.get_version(),
        "simplejwt": version("djangorestframework-simplejwt") if jwt is not None else "",
        "secret_key": settings.SECRET_KEY if isinstance(settings.SECRET_KEY, str) else settings.SECRET_KEY.decode("utf-8", "replace"),
        "signing_key": None if signing_key is None or signing_key == settings.SECRET_KEY else str(signing_key),
        "debug": bool(settings.DEBUG),
        "allowed_hosts": [str(host) for host in settings.ALLOWED_HOSTS],
        "use_tz": bool(settings.USE_TZ),
        "time_zone": str(settings.TIME_ZONE or ""),
        "root_path": str(settings.FORCE_SCRIPT_NAME or ""),
        "hsts": int(settings.SECURE_HSTS_SECONDS) if has_hsts else 0,
        "hsts_include_subdomains": bool(has_hsts and settings.SECURE_HSTS_INCLUDE_SUBDOMAINS),
        "hsts_preload": bool(has_hsts and settings.SECURE_HSTS_PRELOAD),
        "body": settings.DATA_UPLOAD_MAX_MEMORY_SIZE if settings.DATA_UPLOAD_MAX_MEMORY_SIZE is not None else -1,
        "backends": list(settings.AUTHENTICATION_BACKENDS),
        "hashers": [hasher.algorithm for hasher in hashers],
        "iterations": getattr(hashers[0], "iterations", 0),
        "validators": [item["NAME"].rpartition(".")[2] for item in settings.AUTH_PASSWORD_VALIDATORS],
        "validator_options": [item["NAME"].rpartition(".")[2] for item in settings.AUTH_PASSWORD_VALIDATORS if item.get("OPTIONS")],
        "rest_framework": rest_framework(settings),
        "seen": seen(settings),
        "middleware": [str(item) for item in settings.MIDDLEWARE],
        "simple_jwt": known,
        "unknown_jwt": unknown,
        "cors": cors,
        "unknown_cors": odd_cors,
        "database": database(settings),
        "user": user_model(),
        "ours": [our_route(path) for path in OUR_PATHS],
        "routes": all_routes(),
    }


answer = "\n".join(f"{name} = {toml(value)}" for name, value in ask().items() if value is not None)
sys.stdout.flush()
os.write(1, f"\n{MARK}\n{answer}\n{MARK}\n".encode())
