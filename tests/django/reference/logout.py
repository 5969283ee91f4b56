"""Logging out where SimpleJWT has no view for it: before 4.8."""
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.tokens import RefreshToken


class LogoutView(APIView):
    authentication_classes = permission_classes = []

    def post(self, request):
        try:
            RefreshToken(request.data["refresh"]).blacklist()
        except TokenError as error:
            raise InvalidToken(error.args[0]) from error
        return Response({})
