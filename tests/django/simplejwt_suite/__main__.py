"""Runs SimpleJWT's own tests, unmodified, with Gatepost in SimpleJWT's place: what they ask is asked over HTTP.

tests.txt says of each test whether it can be asked so. SQLITE_PATH is the database of the Gatepost that server.py
speaks to; what differs is told on standard error.
"""
import os
import sys
import time
import unittest
from pathlib import Path
from unittest import mock

from django.conf import LazySettings

import tests

LIST = Path(__file__).with_name("tests.txt")
# How the entry of a test begins: it is asked; so, with the tokens that it makes being Gatepost's; it fails alike at the
# reference, with this in each failure; it is answered as these words of docs/deviations.md say; it can't be asked.
ASKED, HANDED_OUT, ALIKE, DIFFERS, NOT = "asked", "asked, handed out", "fails alike: ", "differs: ", "not: "


def configure():
    """The suite's own settings of Django, on Gatepost's database and URLs, and with a hash that it need not replace."""
    from tests.conftest import pytest_configure

    ours = {
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["SQLITE_PATH"]}},
        "ROOT_URLCONF": "simplejwt_suite.urls",
        # the suite's own is shorter than a new database of Gatepost's may have it
        "SECRET_KEY": "not very secret in tests, but long enough",
        "PASSWORD_HASHERS": ["reference.hashers.QuickPBKDF2PasswordHasher"],
    }
    theirs = LazySettings.configure
    with mock.patch.object(LazySettings, "configure", lambda self, **given: theirs(self, **{**given, **ours})):
        pytest_configure()


def keep_off_the_second():
    """Gatepost's clock moves on by a microsecond at each look, and must not come to the next second by it."""
    from rest_framework_simplejwt import tokens, utils

    real = utils.aware_utcnow

    def aware_utcnow():
        while (now := real()).microsecond >= 999_000:
            time.sleep(0.0005)
        return now

    utils.aware_utcnow = tokens.aware_utcnow = aware_utcnow


def entries():
    """The list: a test, and how it is asked."""
    lines = (line for line in LIST.read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split(maxsplit=1) for line in lines)


def all_tests():
    """Each test of the suite, by its name."""
    files = sorted(Path(tests.__path__[0]).glob("test_*.py"))
    found = unittest.defaultTestLoader.loadTestsFromNames([f"tests.{file.stem}" for file in files])
    waiting, all_of_them = [found], {}
    while waiting:
        test = waiting.pop()
        if isinstance(test, unittest.TestSuite):
            waiting.extend(test)
        else:
            all_of_them[test.id().removeprefix("tests.")] = test
    return dict(sorted(all_of_them.items()))


def run(test, how):
    """What is wrong with it, and how many requests it took."""
    from . import database, handed_out, server, sign_in

    database.empty()
    sign_in.replace()
    handed_out.from_nothing = how == HANDED_OUT
    before, result = server.answered, unittest.TestResult()
    unittest.TestSuite([test]).run(result)
    failures = [text for _, text in result.failures + result.errors]
    requests = server.answered - before
    wrong = list(failures)
    if how.startswith(ALIKE):
        wrong = [text for text in failures if how.removeprefix(ALIKE) not in text]
    if how.startswith(DIFFERS):
        wrong = []
    if how.startswith((ALIKE, DIFFERS)) and not failures:
        wrong.append("is said to fail, and does not")
    if result.skipped or result.testsRun != 1:
        wrong.append("was not run")
    if requests == 0:
        wrong.append("is said to be asked over HTTP, and no request was made")
    return wrong, requests


def main():
    configure()
    keep_off_the_second()
    from . import backend, database, endpoints, handed_out

    for piece in (database, endpoints, handed_out, backend):
        piece.replace()
    listed, found = entries(), all_tests()
    wrong = [f"{name}: is not in {LIST.name}" for name in found if name not in listed]
    wrong += [f"{name}: is in {LIST.name} and not in the suite" for name in listed if name not in found]
    asked = requests = 0
    for name, test in found.items():
        how = listed.get(name, NOT)
        if how.startswith(NOT):
            continue
        if how not in (ASKED, HANDED_OUT) and not how.startswith((ALIKE, DIFFERS)):
            wrong.append(f"{name}: {LIST.name} says neither how it is asked nor why not")
            continue
        faults, took = run(test, how)
        asked, requests = asked + 1, requests + took
        wrong += [f"===== {name}: {fault}" for fault in faults]
    print(*wrong, sep="\n", file=sys.stderr)
    print(f"{asked} of {len(found)} tests asked by {requests} requests, {len(wrong)} faults", file=sys.stderr)
    return 1 if wrong else 0


sys.exit(main())
