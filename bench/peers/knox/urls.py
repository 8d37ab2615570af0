"""Two views: knox's documented login, and one that needs a token and says whose it is."""

from django.urls import path
from knox.views import LoginView
from rest_framework.authentication import BasicAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Login(LoginView):
    """Logging in by HTTP Basic, as knox's documentation does it."""

    authentication_classes = (BasicAuthentication,)


class Guarded(APIView):
    """Needs a token, by the defaults in the settings."""

    def get(self, request: Request) -> Response:
        """Say whose token it is."""
        user = request.user
        return Response({"id": user.pk, "username": user.username, "is_active": user.is_active})


urlpatterns = [path("login/", Login.as_view()), path("guarded/", Guarded.as_view())]
