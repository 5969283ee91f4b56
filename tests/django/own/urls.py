"""A project that does some things its own way (ROOT_URLCONF=own.urls)."""
from django.http import HttpResponse
from django.urls import path
from rest_framework.authentication import SessionAuthentication
from rest_framework.pagination import PageNumberPagination
from rest_framework.throttling import AnonRateThrottle
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

from accounts.serializers import ProfileSerializer
from accounts.views import UserProfileView
from posts.views import PostViewSet


class ClaimsSerializer(TokenObtainPairSerializer):
    @classmethod
    def get_token(cls, user):
        token = super().get_token(user)
        token["email"] = user.email
        return token


class LoginView(TokenObtainPairView):
    serializer_class = ClaimsSerializer
    throttle_classes = [AnonRateThrottle]


class ShortSerializer(ProfileSerializer):
    class Meta(ProfileSerializer.Meta):
        fields = ["id", "username", "date_joined"]


class ShortView(UserProfileView):
    serializer_class = ShortSerializer
    authentication_classes = [JWTAuthentication, SessionAuthentication]


class Paged(PostViewSet):
    pagination_class = PageNumberPagination


urlpatterns = [
    path("api/token/", LoginView.as_view()),
    path("auth/refresh/", TokenRefreshView.as_view()),
    path("api/users/profile/", ShortView.as_view()),
    path("api/posts/", Paged.as_view({"get": "list", "post": "create"})),
    path("api/invoices/", lambda request: HttpResponse()),
]
