"""Make the database, a user who logs in, a back-end that may ask, and 200 tokens; print them.

Usage: prepare.py PASSWORD
"""

import json
import secrets
import sys
from datetime import timedelta

import django
from django.core.management import call_command

TOKENS = 200
CLIENT = "bench"


def main() -> None:
    """Do so."""
    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User
    from django.utils import timezone
    from oauth2_provider.models import AccessToken, Application

    User.objects.create_user("login", password=sys.argv[1])
    # A public client proves nothing, so a login costs one hash and not two.
    application = Application.objects.create(
        name=CLIENT,
        client_id=CLIENT,
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_PASSWORD,
    )
    users = [User.objects.create(username=f"user-{number}") for number in range(TOKENS)]
    expires = timezone.now() + timedelta(days=1)

    def issue(user: User, scope: str) -> str:
        token = secrets.token_urlsafe(32)
        AccessToken.objects.create(
            user=user, application=application, token=token, expires=expires, scope=scope
        )
        return token

    shown = [issue(user, "read") for user in users]
    print(json.dumps({"asker": issue(users[0], "introspection"), "shown": shown}))


main()
