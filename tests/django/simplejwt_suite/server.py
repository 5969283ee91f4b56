"""Requests to a Gatepost that has, at this moment, the settings and the time of the test that asks.

The Rust test at the other end of standard input and output has it running: a line of JSON with its settings (TOML) and
the time (microseconds) is answered by where it serves, or by the sentence with which it refuses to start.
"""
import http.client
import json
import sys
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

from rest_framework_simplejwt import tokens

from .configuration import configuration

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

# How many requests have been answered so far.
answered = 0
lines = {}


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.data = json.loads(body) if "json" in headers.get("Content-Type", "") else body.decode()

    def detail(self):
        return self.data.get("detail", "") if isinstance(self.data, dict) else ""

    def __str__(self):
        return f"{self.status} {self.data}"


def tell(line):
    print(json.dumps(line), flush=True)
    return json.loads(sys.stdin.readline())


def at(now=None):
    """Microseconds; SimpleJWT's own clock, which tests set, has the time."""
    return ((now or tokens.aware_utcnow()) - EPOCH) // timedelta(microseconds=1)


def place(changed, now=None, alone=False):
    """Where a Gatepost with SimpleJWT's settings serves, some of them changed."""
    told = tell({"settings": configuration(changed), "now": at(now), "alone": alone})
    if "refused" in told:
        raise AssertionError(f"Gatepost does not start: {told['refused']}")
    return told["url"]


def ask(method, path, body=None, headers=None, now=None, alone=False, **changed):
    """The answer to a request, of a server that is `alone` on a database of its own; what is no text becomes JSON."""
    global answered
    headers = dict(headers or {})
    if isinstance(body, dict):
        body = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    url = place(changed, now, alone)
    line = lines.setdefault(url, http.client.HTTPConnection(urlsplit(url).netloc, timeout=60))
    line.request(method, path, body, headers)
    answer = line.getresponse()
    answer = Answer(answer.status, answer.headers, answer.read())
    if answer.status >= 500:
        raise AssertionError(f"Gatepost fails on {method} {path}: {answer}")
    answered += 1
    return answer


def flush(now):
    """Has expired rows removed."""
    tell({"settings": configuration({}), "now": at(now), "flush": True})
