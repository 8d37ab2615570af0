"""Two views: the framework's own login, and one that needs a token and says whose it is."""

from django.urls import path
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Guarded(APIView):
    """Needs a token, by the defaults in the settings."""

    def get(self, request: Request) -> Response:
        """Say whose token it is."""
        user = request.user
        return Response({"id": user.pk, "username": user.username, "is_active": user.is_active})


urlpatterns = [path("login/", ObtainAuthToken.as_view()), path("guarded/", Guarded.as_view())]
