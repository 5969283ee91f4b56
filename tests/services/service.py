"""Two services as other people build them; SERVICE says which.

djoser: Djoser, login by e-mail, pages by number, DRF's schemes.
cookies: dj-rest-auth with the refresh token in a cookie, AUTH_HEADER_TYPES = ("JWT",), pages by limit and offset.
"""

import os
from datetime import timedelta

import django
from django.conf import settings
from django.core.management import call_command

COOKIES = os.environ["SERVICE"] == "cookies"

settings.configure(
    SECRET_KEY="a-secret-key-for-tests-0123456789-0123456789",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="service_urls",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["SQLITE_PATH"]}},
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "rest_framework",
        "rest_framework.authtoken",
        "rest_framework_simplejwt.token_blacklist",
        *(["dj_rest_auth"] if COOKIES else ["djoser"]),
        "people",
    ],
    AUTH_USER_MODEL="people.Person",
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "dj_rest_auth.jwt_auth.JWTCookieAuthentication"
            if COOKIES
            else "rest_framework_simplejwt.authentication.JWTAuthentication"
        ],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "PAGE_SIZE": 100,
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination."
        + ("LimitOffsetPagination" if COOKIES else "PageNumberPagination"),
    },
    SIMPLE_JWT={
        "ACCESS_TOKEN_LIFETIME": timedelta(seconds=2),
        "ROTATE_REFRESH_TOKENS": True,
        "BLACKLIST_AFTER_ROTATION": True,
        **({"AUTH_HEADER_TYPES": ("JWT",)} if COOKIES else {}),
    },
    REST_AUTH={
        "USE_JWT": True,
        "TOKEN_MODEL": None,
        "SESSION_LOGIN": False,
        "JWT_AUTH_COOKIE": "my-access-token",
        "JWT_AUTH_REFRESH_COOKIE": "my-refresh-token",
        "JWT_AUTH_HTTPONLY": True,
    },
)
django.setup()

from people.models import Invoice, Person  # noqa: E402

call_command("migrate", run_syncdb=True, verbosity=0)
Person.objects.create_user("ada@example.org", "ComplexPassword123!", username="ada")
Invoice.objects.bulk_create(Invoice(customer=f"customer {number}") for number in range(1000))

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()
