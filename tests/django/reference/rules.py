"""Rules that a project may name in USER_AUTHENTICATION_RULE."""
from rest_framework_simplejwt.authentication import default_user_authentication_rule


def allow_inactive(user):
    return user is not None


def staff_only(user):
    return default_user_authentication_rule(user) and user.is_staff
