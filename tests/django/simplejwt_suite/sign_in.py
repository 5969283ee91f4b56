"""SimpleJWT's authentication classes and the user that a token alone describes: each is a read at Gatepost."""
from django.contrib.auth import get_user_model
from django.urls import reverse
from rest_framework_simplejwt import authentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken
from rest_framework_simplejwt.models import TokenUser
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken

from .endpoints import headers_of
from .handed_out import init, read, refused
from .server import ask

NOBODY = "Authentication credentials were not provided."


def get_header(backend, request):
    """The header, unless Gatepost sees none."""
    answer = ask("GET", reverse("test_view"), headers=headers_of(request.META))
    if answer.detail() == NOBODY:
        return None
    value = request.META[api_settings.AUTH_HEADER_NAME]
    return value if isinstance(value, bytes) else value.encode()


def get_raw_token(backend, header):
    """The token, unless Gatepost sees none."""
    answer = ask("GET", reverse("test_view"), headers={"Authorization": header.decode()})
    if answer.detail() == NOBODY:
        return None
    if answer.data.get("code") != "token_not_valid":
        raise AuthenticationFailed(answer.detail(), answer.data.get("code"))
    return header.split()[1]


def get_validated_token(backend, text):
    """The token, unless Gatepost refuses the token itself."""
    answer = read(text)
    if refused(answer):
        raise InvalidToken({"detail": answer.detail(), "messages": answer.data["messages"]})
    token = AccessToken.__new__(AccessToken)
    init(token, text, verify=False)
    return token


def signed_in(payload, **changed):
    """The profile that a token with these claims reads."""
    token = AccessToken()
    token.payload.update(payload)
    answer = read(str(token), **changed)
    if answer.status == 200:
        return answer.data
    if answer.data.get("code") == "token_not_valid":
        raise InvalidToken(answer.detail())
    raise AuthenticationFailed(answer.detail(), answer.data.get("code"))


def get_user(backend, payload):
    return get_user_model().objects.get(pk=signed_in(payload)["id"])


def get_stateless_user(backend, payload):
    profile = signed_in(payload, **{"tokens.stateless": True})
    return TokenUser({**payload, api_settings.USER_ID_CLAIM: profile["id"]})


def shown(field):
    """An attribute of TokenUser, as the profile shows it."""

    def value(user):
        payload = getattr(user.token, "payload", user.token)
        return signed_in(payload, **{"tokens.stateless": True})[field]

    return property(value)


def replace():
    """Anew before each test, since some of them load the module again."""
    authentication.JWTAuthentication.get_header = get_header
    authentication.JWTAuthentication.get_raw_token = get_raw_token
    authentication.JWTAuthentication.get_validated_token = get_validated_token
    authentication.JWTAuthentication.get_user = get_user
    authentication.JWTStatelessUserAuthentication.get_user = get_stateless_user
    TokenUser.id = shown("id")
    TokenUser.username = shown("username")
    TokenUser.is_authenticated = property(lambda user: bool(user.id))
    TokenUser.is_anonymous = property(lambda user: not user.id)
