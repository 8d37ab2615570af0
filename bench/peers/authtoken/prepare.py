"""Make the database, a user who logs in, and 200 users with a token each; print the tokens.

Usage: prepare.py PASSWORD
"""

import json
import sys

import django
from django.core.management import call_command

TOKENS = 200


def main() -> None:
    """Do so."""
    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User
    from rest_framework.authtoken.models import Token

    User.objects.create_user("login", password=sys.argv[1])
    users = [User.objects.create(username=f"user-{number}") for number in range(TOKENS)]
    print(json.dumps([Token.objects.create(user=user).key for user in users]))


main()
