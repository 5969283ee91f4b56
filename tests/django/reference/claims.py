"""Columns of the user in tokens, as projects write them with serializers of their own: CLAIMS says which."""
import json
import os

from django.contrib.auth import get_user_model
from rest_framework_simplejwt import serializers
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import RefreshToken

CLAIMS = json.loads(os.environ["CLAIMS"])


def add(token, user):
    for claim, column in CLAIMS.items():
        token[claim] = getattr(user, column)
    return token


class PairSerializer(serializers.TokenObtainPairSerializer):
    @classmethod
    def get_token(cls, user):
        return add(super().get_token(user), user)


class SlidingSerializer(serializers.TokenObtainSlidingSerializer):
    @classmethod
    def get_token(cls, user):
        return add(super().get_token(user), user)


class ReadAnew(RefreshToken):
    def __init__(self, token=None, verify=True):
        super().__init__(token, verify)
        user = token and self.get(api_settings.USER_ID_CLAIM)
        if user:
            add(self, get_user_model().objects.get(**{api_settings.USER_ID_FIELD: user}))


class RefreshSerializer(serializers.TokenRefreshSerializer):
    token_class = ReadAnew
