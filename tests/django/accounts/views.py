"""Registration and one's own profile."""
# OPTIONS answers a view's name and docstring: the names of the classes are wire, and a docstring would be.
from rest_framework.generics import CreateAPIView, RetrieveAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from .serializers import ProfileSerializer, RegisterSerializer

FIELDS = ["id", "username", "email", "first_name", "last_name"]


class RegisterView(CreateAPIView):
    serializer_class = RegisterSerializer
    permission_classes = [AllowAny]


class UserProfileView(RetrieveAPIView):
    # what `get` answers, for who asks the view
    serializer_class = ProfileSerializer
    permission_classes = [IsAuthenticated]

    def get(self, request):
        # whatever stands there: who is signed in by a token alone has no types
        return Response({name: getattr(request.user, name) for name in FIELDS})
