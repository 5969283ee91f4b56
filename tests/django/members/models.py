"""A user model that adds to Django's (USER_MODEL=members.Member): a bigint key, login by e-mail, and columns of its own."""
import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class Member(AbstractUser):
    email = models.EmailField("email address", unique=True)
    phone = models.CharField(max_length=20, default="it's unknown")
    level = models.PositiveSmallIntegerField(default=3)
    newsletter = models.BooleanField(default=False)
    birthday = models.DateField(null=True)
    changed_at = models.DateTimeField(auto_now=True)
    member_since = models.DateField(auto_now_add=True)
    code = models.UUIDField(default=uuid.uuid4, unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["username"]
