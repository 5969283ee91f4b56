"""Gatepost's paths under the names that the suite has for them; whatever it asks of them is asked of Gatepost."""
from django.urls import path

PATHS = {
    "token_obtain_pair": "api/token/",
    "token_refresh": "api/token/refresh/",
    "token_verify": "api/token/verify/",
    "token_blacklist": "api/token/blacklist/",
    "token_obtain_sliding": "api/token/sliding/",
    "token_refresh_sliding": "api/token/sliding/refresh/",
    # the suite's own protected view
    "test_view": "api/users/profile/",
}


def nothing(request):
    raise AssertionError(f"{request.path} was asked of Django")


urlpatterns = [path(where, nothing, name=name) for name, where in PATHS.items()]
