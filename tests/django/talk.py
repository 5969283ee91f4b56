"""Django without a server: a request a line on standard input, its answer a line on standard output.

{"method": …, "path": …, "token": …, "body": …} is sent as a client would; {"python": …} is run, and what it prints is
the answer. Each is a line of JSON: [status, body].
"""
import contextlib
import io
import json
import logging
import sys

import django

django.setup()

from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402


def ask(client, request):
    if "python" in request:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(request["python"], {})
        return [200, printed.getvalue().strip()]
    headers = {"HTTP_AUTHORIZATION": f"Bearer {request['token']}"} if request.get("token") else {}
    body = json.dumps(request["body"]) if request.get("body") is not None else ""
    answer = client.generic(request["method"], request["path"], body, "application/json", **headers)
    try:
        return [answer.status_code, json.loads(answer.content or "null")]
    except ValueError:
        return [answer.status_code, answer.content.decode()]


logging.getLogger("django.request").setLevel(logging.ERROR)
client = Client(raise_request_exception=False)
for line in sys.stdin:
    print(json.dumps(ask(client, json.loads(line))), flush=True)
connections.close_all()
