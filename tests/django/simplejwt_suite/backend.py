"""SimpleJWT's TokenBackend: what it decodes is shown to a Gatepost with its key, what it encodes compared with a token
of Gatepost's."""
import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import jwt
from django.urls import reverse
from jwt.algorithms import RSAAlgorithm
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenBackendExpiredToken

from .handed_out import PASSWORD
from .server import ask

# What is looked at after the backend: the token has been decoded where one of these is missing.
LATER = ("Token has no 'exp' claim", "Token has no id", "Token has no type")


class Backend(TokenBackend):
    def ask(self, path, body, token=None):
        """Asks a Gatepost with this backend's keys, which is alone on its database for that."""
        settings = {
            "ALGORITHM": self.algorithm,
            "SIGNING_KEY": self.signing_key,
            "VERIFYING_KEY": self.verifying_key,
            "AUDIENCE": self.audience,
            "ISSUER": self.issuer,
            "LEEWAY": self.get_leeway(),
        }
        if self.jwks_client is not None:
            # beside a private key Gatepost asks for it: its own tokens would be refused without
            settings.update({"JWK_URL": published(self.jwks_client, token), "tokens.kid": True})
        return ask("POST", path, body, alone=True, **settings)

    def decode(self, token, verify=True):
        if not verify:
            return super().decode(token, verify=False)
        answer = self.ask(reverse("token_verify"), {"token": token}, token)
        if answer.status == 200 or answer.detail() in LATER:
            return super().decode(token, verify=False)
        if answer.detail() == "Token is expired":
            raise TokenBackendExpiredToken(answer.detail())
        # Gatepost's refusal; why is said to no client, so the sentence is SimpleJWT's own
        try:
            super().decode(token)
        except TokenBackendError as error:
            raise error
        raise TokenBackendError(answer.detail())

    def encode(self, payload):
        password = {"password": PASSWORD, "password2": PASSWORD}
        person = {"username": "somebody", "email": "a@example.com", "first_name": "A", "last_name": "B"}
        self.ask("/api/users/register/", {**person, **password})
        given = self.ask(reverse("token_obtain_pair"), {**person, **password}).data["access"]
        claims = jwt.decode(given, options={"verify_signature": False})
        ours = super().encode(claims)
        assert given == ours, f"Gatepost hands out\n{given}\nand SimpleJWT encodes its claims as\n{ours}"
        return super().encode(payload)


def published(client, token):
    """Where the key that a test's client of JWK sets has for a token is published, or a set without it."""
    keys = []
    with contextlib.suppress(jwt.PyJWKClientError):
        key = RSAAlgorithm(RSAAlgorithm.SHA256).prepare_key(client.get_signing_key_from_jwt(token).key)
        keys = [{**RSAAlgorithm.to_jwk(key, as_dict=True), "kid": jwt.get_unverified_header(token)["kid"]}]
    body = json.dumps({"keys": keys}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/jwks.json"


def replace():
    from tests import test_backends

    test_backends.TokenBackend = Backend
