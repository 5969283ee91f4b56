"""Every URL of the application."""
import os

from django.apps import apps
from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import SimpleRouter
from rest_framework_simplejwt import views as tokens

from accounts.views import RegisterView, UserProfileView
from posts.views import PostViewSet

from .logout import LogoutView

router = SimpleRouter()
router.register("posts", PostViewSet)

urlpatterns = [
    *([path("admin/", admin.site.urls)] if apps.is_installed("django.contrib.admin") else []),
    path("api/", include(router.urls)),
    path("api/users/register/", RegisterView.as_view()),
    path("api/users/profile/", UserProfileView.as_view()),
    path("api/token/", tokens.TokenObtainPairView.as_view()),
    path("api/token/refresh/", tokens.TokenRefreshView.as_view()),
    path("api/token/verify/", tokens.TokenVerifyView.as_view()),
    path("api/token/blacklist/", getattr(tokens, "TokenBlacklistView", LogoutView).as_view()),
]
if os.environ.get("SLIDING") == "1":
    urlpatterns += [
        path("api/token/sliding/", tokens.TokenObtainSlidingView.as_view()),
        path("api/token/sliding/refresh/", tokens.TokenRefreshSlidingView.as_view()),
    ]
