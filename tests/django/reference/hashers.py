"""The password hasher of FAST_HASH=1."""
from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickPBKDF2PasswordHasher(PBKDF2PasswordHasher):
    """Django's default format with a thousandth of its cost, where hashing is not what is tested."""

    iterations = 1000
