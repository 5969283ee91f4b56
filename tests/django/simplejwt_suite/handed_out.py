"""SimpleJWT's token classes: a token that one of them reads is shown to Gatepost, and one for a user comes from it."""
from datetime import timedelta

import jwt
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.urls import reverse
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.settings import DEFAULTS, api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, SlidingToken, Token, UntypedToken

from .endpoints import refusal, token_error
from .server import ask

PASSWORD = "a password for the suite"

# Whether a token that a test makes from nothing is to be one that Gatepost has handed out.
from_nothing = False
init = Token.__init__


def read(text, now=None, **changed):
    """The answer to a read that this token is to sign in."""
    name = api_settings.AUTH_HEADER_NAME.removeprefix("HTTP_").replace("_", "-")
    kind = api_settings.AUTH_HEADER_TYPES
    kind = kind if isinstance(kind, str) else kind[0]
    return ask("GET", reverse("test_view"), headers={name: f"{kind} {text}"}, now=now, **changed)


def refused(answer):
    """Why a token itself was refused, whoever its user is."""
    messages = answer.data.get("messages")
    return messages[0]["message"] if answer.status == 401 and messages else None


def log_in(name, user, **changed):
    """Logs a user in, whatever his password is."""
    row = get_user_model().objects.filter(pk=user.pk)
    [password] = row.values_list("password", flat=True)
    row.update(password=make_password(PASSWORD))
    answer = ask("POST", reverse(name), {"username": user.get_username(), "password": PASSWORD}, **changed)
    row.update(password=password)
    if answer.status != 200:
        raise AssertionError(f"a login is answered {answer}")
    return answer.data


def access_of(user, now):
    """An access token that comes without a row: that of a refresh token which nobody has stored."""
    refresh = RefreshToken.__new__(RefreshToken)
    init(refresh)
    refresh[api_settings.USER_ID_CLAIM] = str(getattr(user, api_settings.USER_ID_FIELD))
    answer = ask("POST", reverse("token_refresh"), {"refresh": str(refresh)}, now=now)
    if answer.status != 200:
        raise refusal(answer)
    return answer.data["access"]


def check_claims(kind, user, text):
    """Checks what every token of this class says, which the suite takes for granted."""
    claims = jwt.decode(text, options={"verify_signature": False})
    assert claims[api_settings.USER_ID_CLAIM] == str(getattr(user, api_settings.USER_ID_FIELD)), claims
    if api_settings.TOKEN_TYPE_CLAIM is not None:
        assert claims[api_settings.TOKEN_TYPE_CLAIM] == kind.token_type, claims
    else:
        assert DEFAULTS["TOKEN_TYPE_CLAIM"] not in claims, claims


def handed_out(kind, user, now):
    """A token of this class for a user, made at this time."""
    text = text_for(kind, user, now)
    check_claims(kind, user, text)
    return text


def text_for(kind, user, now):
    if kind is AccessToken:
        return access_of(user, now)
    if kind is SlidingToken:
        return log_in("token_obtain_sliding", user, now=now)["token"]
    if kind is RefreshToken:
        return log_in("token_obtain_pair", user, now=now)["refresh"]
    # a class of the suite's, which is an access token in everything but its lifetime
    return log_in("token_obtain_pair", user, now=now, ACCESS_TOKEN_LIFETIME=kind.lifetime)["access"]


def for_user(kind, user):
    """In the place of Token.for_user."""
    now = tokens.aware_utcnow()
    token = kind.__new__(kind)
    init(token, handed_out(kind, user, now), verify=False)
    row = OutstandingToken.objects.filter(jti=token[api_settings.JTI_CLAIM]).first()
    # Gatepost's clock moves on by a microsecond at each look
    token.current_time = row.created_at if row else now
    late = token.current_time - now
    assert timedelta(0) <= late < timedelta(milliseconds=1), f"a row is {late} late"
    return token


def initialise(token, text=None, verify=True):
    """In the place of Token.__init__."""
    kind = type(token)
    if text is not None and verify:
        answer = read(text, AUTH_TOKEN_CLASSES=[SHOWN_AS.get(kind.token_type, kind)])
        message = refused(answer)
        if message:
            raise token_error(message)
        verify = False
    elif text is None and from_nothing:
        user, _ = get_user_model().objects.get_or_create(username="somebody")
        text, verify = handed_out(kind, user, tokens.aware_utcnow()), False
    init(token, text, verify)


SHOWN_AS = {kind.token_type: kind for kind in (AccessToken, RefreshToken, SlidingToken, UntypedToken)}


def blacklist(token):
    """In the place of RefreshToken.blacklist, which takes expired tokens, too: it is asked when the token was made."""
    answer = ask("POST", reverse("token_blacklist"), {"refresh": str(token)}, now=token.current_time)
    if answer.status != 200 and answer.detail() != "Token is blacklisted":
        raise refusal(answer)
    row = BlacklistedToken.objects.get(token__jti=token[api_settings.JTI_CLAIM])
    return row, answer.status == 200


def replace():
    from tests import test_tokens

    test_tokens.MyToken.token_type = AccessToken.token_type
    Token.__init__ = initialise
    for kind in (AccessToken, RefreshToken, SlidingToken, test_tokens.MyToken):
        kind.for_user = classmethod(for_user)
    RefreshToken.blacklist = blacklist
