"""Gatepost's own database under the suite's rows: nothing is rolled back, and each test begins without any."""
from django.core import management
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import TestCase, TransactionTestCase
from rest_framework_simplejwt.utils import aware_utcnow

from .configuration import SLACK
from .server import flush

# What a test may leave behind, each before what it refers to.
EMPTIED = (
    "gatepost_idempotency gatepost_event gatepost_rotation token_blacklist_blacklistedtoken"
    " token_blacklist_outstandingtoken auth_user_groups auth_user_user_permissions auth_user"
)


def empty():
    """Removes the rows of the test before."""
    with connection.cursor() as cursor:
        for table in EMPTIED.split():
            cursor.execute(f"DELETE FROM {table}")


def call_command(name, *arguments, **options):
    """Gatepost's own clean-up, which waits for the clocks of others."""
    assert name == "flushexpiredtokens", f"{name} has no equal"
    flush(aware_utcnow() + SLACK)


def replace():
    from tests import test_token_blacklist

    TestCase._enter_atomics = classmethod(lambda cls: {})
    TestCase._rollback_atomics = classmethod(lambda cls, atomics: None)
    TransactionTestCase._fixture_teardown = lambda test: None
    # the tables are Gatepost's, and stay
    MigrationExecutor.migrate = lambda executor, targets, *rest, **options: None
    test_token_blacklist.call_command = call_command
